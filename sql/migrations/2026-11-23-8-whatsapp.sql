-- WhatsApp of each organisation through Evolution API, what is said there, and the words of every message.

-- Why: a business writes from its own number. One instance of Evolution API an organisation; the row is made before the instance, so that a
-- crash between the two leaves a name to go on with and not an instance that nobody knows.
create table public.instancias_whatsapp (
  organizacion_id bigint not null default app.tenant_actual()
    constraint instancias_whatsapp_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  nombre text collate "C" not null constraint instancias_whatsapp_nombre_formato check (nombre ~ '^franja-[1-9][0-9]*-[0-9a-f]{24}$'),
  apikey_sellado text,
  token_hash bytea not null constraint instancias_whatsapp_token_hash_sha256 check (length(token_hash) = 32),
  estado text not null default 'creada' constraint instancias_whatsapp_estado_valido check (estado in ('creada', 'esperando_qr', 'conectada', 'desconectada')),
  estado_desde timestamptz not null default now(),
  numero text constraint instancias_whatsapp_numero_formato check (numero ~ '^\+[1-9][0-9]{6,14}$'),
  proximo_envio_en timestamptz not null default now(),
  eliminada_en timestamptz,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint instancias_whatsapp_eliminada_calla check (eliminada_en is null or apikey_sellado is null)
);
comment on column public.instancias_whatsapp.nombre is 'In Evolution API. Nobody guesses it, and no answer shows it.';
comment on column public.instancias_whatsapp.apikey_sellado is
  'By src/sealing.ts. Chosen here and given to Evolution API, so that it is known before the instance is. Null only until the update that follows the insert, and once deleted.';
comment on column public.instancias_whatsapp.token_hash is 'SHA-256 of what the path of its webhook ends in. That is derived from the key, so that it can be set again.';
comment on column public.instancias_whatsapp.estado is 'As Evolution API last told. creada: not known whether it exists there yet.';
comment on column public.instancias_whatsapp.proximo_envio_en is 'The next message may leave then: whoever sends moves it on, so that all processes together stay below the pace that WhatsApp tolerates.';
comment on column public.instancias_whatsapp.eliminada_en is 'Kept without its key, because messages name it.';
create unique index instancias_whatsapp_una on public.instancias_whatsapp (organizacion_id) where eliminada_en is null;
create trigger a_sellar_cambio before update on public.instancias_whatsapp for each row execute function app.sellar_cambio();
create trigger z_auditar after insert or update of nombre, apikey_sellado, token_hash, numero, eliminada_en on public.instancias_whatsapp
  for each row execute function app.auditar();
select app.proteger_tabla('public.instancias_whatsapp');
drop policy solo_lectura on public.instancias_whatsapp;
drop policy integracion on public.instancias_whatsapp;

-- Why: WhatsApp tells some messages twice, and a delivery whose answer was lost may have arrived: what was said is known by its key.
create table public.mensajes_whatsapp (
  organizacion_id bigint not null default app.tenant_actual()
    constraint mensajes_whatsapp_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  instancia_id bigint not null,
  clave text collate "C" not null constraint mensajes_whatsapp_clave_largo check (length(clave) between 1 and 100),
  direccion text not null constraint mensajes_whatsapp_direccion_valida check (direccion in ('entrante', 'saliente')),
  telefono text constraint mensajes_whatsapp_telefono_formato check (telefono ~ '^\+[1-9][0-9]{6,14}$'),
  nombre text constraint mensajes_whatsapp_nombre_largo check (length(nombre) <= 150),
  tipo text not null default 'texto' constraint mensajes_whatsapp_tipo_valido check (tipo in ('texto', 'archivo')),
  texto text not null constraint mensajes_whatsapp_texto_largo check (length(texto) <= 5000),
  cliente_id bigint,
  cita_id bigint,
  evento text,
  entrega_id bigint,
  accion text constraint mensajes_whatsapp_accion_valida check (accion in ('confirmar', 'cancelar', 'baja', 'alta')),
  enviado_en timestamptz not null,
  conversado_en timestamptz,
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, id),
  constraint mensajes_whatsapp_clave_unica unique (organizacion_id, instancia_id, clave),
  constraint mensajes_whatsapp_instancia foreign key (organizacion_id, instancia_id)
    references public.instancias_whatsapp (organizacion_id, id) on delete restrict,
  constraint mensajes_whatsapp_cliente foreign key (organizacion_id, cliente_id) references public.clientes (organizacion_id, id) on delete restrict,
  constraint mensajes_whatsapp_cita foreign key (organizacion_id, cita_id) references public.citas (organizacion_id, id) on delete restrict,
  constraint mensajes_whatsapp_accion_de_entrante check (accion is null or direccion = 'entrante'),
  constraint mensajes_whatsapp_entrega_de_saliente check (entrega_id is null or direccion = 'saliente')
);
comment on column public.mensajes_whatsapp.clave is 'key.id of WhatsApp.';
comment on column public.mensajes_whatsapp.telefono is 'Of the other side. Null: WhatsApp hid it.';
comment on column public.mensajes_whatsapp.tipo is 'archivo: an image, a voice note and the like; texto says which, and its caption.';
comment on column public.mensajes_whatsapp.evento is 'Which message of ours it was, such as recordatorio-cita.';
comment on column public.mensajes_whatsapp.entrega_id is 'The delivery that it was. Without a foreign key: the log of deliveries is cleared before this.';
comment on column public.mensajes_whatsapp.accion is 'What it was understood as. Null: nothing, so it went to the conversation and to n8n.';
comment on column public.mensajes_whatsapp.texto is 'Until it is in the conversation, or for a week; then empty, so that the words are in one place.';
comment on column public.mensajes_whatsapp.conversado_en is 'When its text went to the conversation, which is in another database, or was cleared.';
-- What is yet to be added to its conversation.
create index mensajes_whatsapp_por_conversar on public.mensajes_whatsapp (organizacion_id, id) where conversado_en is null;
-- What was last said with a phone.
create index mensajes_whatsapp_telefono on public.mensajes_whatsapp (organizacion_id, telefono, creado_en);
-- fk mensajes_whatsapp → citas; which were answered here
create index mensajes_whatsapp_cita_id on public.mensajes_whatsapp (organizacion_id, cita_id) where cita_id is not null;
-- fk mensajes_whatsapp → clientes
create index mensajes_whatsapp_cliente_id on public.mensajes_whatsapp (organizacion_id, cliente_id) where cliente_id is not null;
-- For retention.
create index mensajes_whatsapp_creado_en on public.mensajes_whatsapp (organizacion_id, creado_en);
select app.proteger_tabla('public.mensajes_whatsapp');
drop policy solo_lectura on public.mensajes_whatsapp;
drop policy integracion on public.mensajes_whatsapp;

-- Who wrote, by their phone.
create index clientes_telefono on public.clientes (organizacion_id, telefono) where telefono is not null;

-- Why: a business speaks in its own words. What it does not write, the code says (src/notifications/plantillas-mensajes.textos.ts).
create table public.plantillas_mensajes (
  organizacion_id bigint not null default app.tenant_actual()
    constraint plantillas_mensajes_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  evento text not null constraint plantillas_mensajes_evento_formato check (evento ~ '^[a-z]+(-[a-z]+){0,4}$'),
  canal text not null constraint plantillas_mensajes_canal_valido check (canal in ('whatsapp', 'correo')),
  idioma text not null constraint plantillas_mensajes_idioma_valido check (idioma in ('es', 'en', 'pt')),
  asunto text constraint plantillas_mensajes_asunto_largo check (length(btrim(asunto)) between 1 and 200),
  cuerpo text not null constraint plantillas_mensajes_cuerpo_largo check (length(btrim(cuerpo)) between 1 and 4000),
  activo boolean not null default true,
  solo_respaldo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint plantillas_mensajes_una unique (organizacion_id, evento, canal, idioma),
  constraint plantillas_mensajes_asunto_de_correo check ((asunto is not null) = (canal = 'correo'))
);
comment on column public.plantillas_mensajes.activo is 'false: this evento is not told by this channel.';
comment on column public.plantillas_mensajes.solo_respaldo is 'Of a correo: only when WhatsApp cannot tell it. Of a whatsapp it says nothing.';
create trigger a_sellar_cambio before update on public.plantillas_mensajes for each row execute function app.sellar_cambio();
create trigger z_auditar after insert or update or delete on public.plantillas_mensajes for each row execute function app.auditar();
select app.proteger_tabla('public.plantillas_mensajes');
drop policy solo_lectura on public.plantillas_mensajes;
drop policy integracion on public.plantillas_mensajes;

-- ── What a message causes ───────────────────────────────────────────────────────────────────────────────────────
-- Security definer (saas_system), as all that writes eventos. The tenant comes from the context, and what is told from the row.

create function app.registrar_mensaje_recibido(mensaje bigint)
returns bigint language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  insert into public.eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en)
  select m.organizacion_id, 'mensaje-recibido', coalesce('telefono:' || substr(m.telefono, 2), 'mensaje:' || m.id),
    jsonb_build_object(
      'mensaje', jsonb_build_object('id', m.id, 'canal', 'whatsapp', 'telefono', m.telefono, 'nombre', m.nombre, 'tipo', m.tipo, 'texto', m.texto,
        'enviado_en', app.instante_json(m.enviado_en)),
      'cliente', case when cl.id is not null then jsonb_build_object(
        'id', cl.id, 'nombre', cl.nombre, 'email', cl.email, 'telefono', cl.telefono, 'acepta_mensajes', cl.acepta_mensajes) end,
      'organizacion', app.organizacion_json(o)),
    now()
  from public.mensajes_whatsapp m
  join public.organizaciones o on o.id = m.organizacion_id
  left join public.clientes cl on cl.organizacion_id = m.organizacion_id and cl.id = m.cliente_id
  where m.organizacion_id = app.tenant_actual() and m.id = mensaje and m.direccion = 'entrante'
  returning id
$$;

-- An answer to what somebody wrote: an evento for WhatsApp alone, shared out at once. Late by hours it would puzzle more than it helps.
create function app.registrar_respuesta(mensaje bigint, respuesta text)
returns bigint language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  with evento as (
    insert into public.eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en, repartido_en)
    select m.organizacion_id, respuesta, 'telefono:' || substr(m.telefono, 2),
      coalesce(app.cita_json(c), jsonb_build_object('organizacion', app.organizacion_json(o))) || jsonb_build_object('responder_a', m.telefono), now(), now()
    from public.mensajes_whatsapp m
    join public.organizaciones o on o.id = m.organizacion_id
    left join public.citas c on c.organizacion_id = m.organizacion_id and c.id = m.cita_id
    where m.organizacion_id = app.tenant_actual() and m.id = mensaje and m.direccion = 'entrante' and m.telefono is not null
      and respuesta like 'respuesta-%'
    returning organizacion_id, id, clave_orden)
  insert into public.entregas (organizacion_id, evento_id, canal, clave_orden, reintentar_hasta)
  select e.organizacion_id, e.id, 'whatsapp', e.clave_orden, now() + interval '2 hours' from evento e
  returning id
$$;

-- WhatsApp gives a delivery up: no further attempt, and where it may be an e-mail tells it instead, as one more delivery of the same evento.
create function app.rendir_whatsapp(entrega bigint, con_correo boolean)
returns void language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  update public.entregas e set reintentar_hasta = least(e.reintentar_hasta, now())
  where e.organizacion_id = app.tenant_actual() and e.id = entrega and e.canal = 'whatsapp' and e.estado = 'pendiente';
  insert into public.entregas (organizacion_id, evento_id, canal, clave_orden)
  select e.organizacion_id, e.evento_id, 'correo', e.clave_orden
  from public.entregas e
  where e.organizacion_id = app.tenant_actual() and e.id = entrega and e.canal = 'whatsapp' and e.estado = 'pendiente' and con_correo
  on conflict do nothing
$$;
