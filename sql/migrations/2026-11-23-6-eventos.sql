-- The outbox: what happened, written by triggers in the transaction that caused it, and what became of telling it.

-- Why: a message sent by a request is lost with its process, or sent for a booking that was rolled back. A row commits with its cause.
create table public.eventos (
  organizacion_id bigint not null default app.tenant_actual()
    constraint eventos_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  uuid uuid not null default gen_random_uuid(),
  evento text not null constraint eventos_evento_formato check (evento ~ '^[a-z]+(-[a-z]+){0,4}$'),
  clave_orden text collate "C" not null constraint eventos_clave_orden_formato check (clave_orden ~ '^[a-z_]+:[0-9]+$'),
  datos jsonb not null constraint eventos_datos_objeto check (jsonb_typeof(datos) = 'object'),
  ocurrido_en timestamptz not null default app.ahora(),
  repartido_en timestamptz,
  primary key (organizacion_id, id)
);
comment on table public.eventos is 'Written by triggers and system functions alone: no role may insert.';
comment on column public.eventos.uuid is 'webhook-id of every attempt, to whomever: receivers drop what they have seen.';
comment on column public.eventos.clave_orden is 'What it is about, such as cita:123: told in the order in which it happened. A cita''s lock gives its ids that order.';
comment on column public.eventos.datos is 'How things stood at that moment, with all that a message needs.';
comment on column public.eventos.repartido_en is 'When its entregas were made. Null: not yet.';
-- What is yet to be shared out. Nearly always empty.
create index eventos_por_repartir on public.eventos (organizacion_id, id) where repartido_en is null;
select app.proteger_tabla('public.eventos');
drop policy solo_lectura on public.eventos;
drop policy integracion on public.eventos;

-- Why: where an organisation wants to be told, besides the n8n of whoever runs the server.
create table public.destinos_webhook (
  organizacion_id bigint not null default app.tenant_actual()
    constraint destinos_webhook_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  url text not null constraint destinos_webhook_url_formato check (url ~ '^https?://' and length(url) <= 500),
  descripcion text constraint destinos_webhook_descripcion_largo check (length(descripcion) <= 200),
  eventos text[] constraint destinos_webhook_eventos_pocos check (cardinality(eventos) between 1 and 50),
  secreto_sellado text,
  secreto_anterior_sellado text,
  anterior_hasta timestamptz,
  activo boolean not null default true,
  fallando_desde timestamptz,
  espera_hasta timestamptz,
  pausado_en timestamptz,
  motivo_pausa text constraint destinos_webhook_motivo_pausa_largo check (length(motivo_pausa) <= 200),
  eliminado_en timestamptz,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint destinos_webhook_pausa_con_motivo check ((pausado_en is null) = (motivo_pausa is null)),
  constraint destinos_webhook_anterior_con_plazo check ((secreto_anterior_sellado is null) = (anterior_hasta is null)),
  constraint destinos_webhook_eliminado_calla check (eliminado_en is null or (not activo and secreto_sellado is null and secreto_anterior_sellado is null))
);
comment on column public.destinos_webhook.eventos is 'Only these; null = all, those of later versions too.';
comment on column public.destinos_webhook.secreto_sellado is 'By src/sealing.ts. Null only between the insert that gives the row its id and the update that follows, and once deleted.';
comment on column public.destinos_webhook.secreto_anterior_sellado is 'Signs too until anterior_hasta, so that a receiver changes its own without losing one.';
comment on column public.destinos_webhook.fallando_desde is 'First of the failures in a row; null after a success. A day of them pauses it.';
comment on column public.destinos_webhook.espera_hasta is 'It asked for this with Retry-After.';
comment on column public.destinos_webhook.pausado_en is 'Nothing is sent, and what happens meanwhile waits. Ended by PUT /webhooks/{id}/resume.';
comment on column public.destinos_webhook.eliminado_en is 'Kept without its secrets, because the log of deliveries names it.';
create trigger a_sellar_cambio before update on public.destinos_webhook for each row execute function app.sellar_cambio();
create trigger z_auditar after insert or update of url, descripcion, eventos, secreto_sellado, activo, pausado_en, eliminado_en on public.destinos_webhook
  for each row execute function app.auditar();
select app.proteger_tabla('public.destinos_webhook');
drop policy solo_lectura on public.destinos_webhook;
drop policy integracion on public.destinos_webhook;

-- Why: one row for each evento and destination is the queue and its log. A lease and not a lock: HTTP takes seconds, transactions must not.
create table public.entregas (
  organizacion_id bigint not null default app.tenant_actual()
    constraint entregas_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  evento_id bigint not null,
  canal text collate "C" not null constraint entregas_canal_valido check (canal in ('n8n', 'webhook', 'whatsapp', 'correo')),
  destino_id bigint,
  carril text collate "C" not null generated always as (canal || coalesce(':' || destino_id::text, '')) stored,
  clave_orden text collate "C" not null,
  estado text not null default 'pendiente' constraint entregas_estado_valido check (estado in ('pendiente', 'entregada', 'fallida', 'cancelada')),
  intentos int not null default 0 constraint entregas_intentos_positivo check (intentos >= 0),
  toma int not null default 0,
  tomada_hasta timestamptz,
  proximo_intento_en timestamptz not null default now(),
  reintentar_hasta timestamptz not null default now() + interval '3 days',
  ultimo_intento_en timestamptz,
  ultimo_estado_http smallint,
  ultimo_error text constraint entregas_ultimo_error_largo check (length(ultimo_error) <= 200),
  ultima_respuesta text constraint entregas_ultima_respuesta_largo check (length(ultima_respuesta) <= 500),
  duracion_ms int,
  entregada_en timestamptz,
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, id),
  constraint entregas_una_por_destino unique (organizacion_id, evento_id, carril),
  constraint entregas_evento foreign key (organizacion_id, evento_id) references public.eventos (organizacion_id, id) on delete cascade,
  constraint entregas_destino foreign key (organizacion_id, destino_id) references public.destinos_webhook (organizacion_id, id) on delete restrict,
  constraint entregas_destino_solo_webhook check ((destino_id is not null) = (canal = 'webhook')),
  constraint entregas_entregada_con_sello check ((entregada_en is not null) = (estado = 'entregada')),
  constraint entregas_tomada_solo_pendiente check (tomada_hasta is null or estado = 'pendiente')
);
comment on column public.entregas.carril is 'One destination: its deliveries are bounded and ordered among themselves, and wait for no other''s.';
comment on column public.entregas.intentos is 'Since it was made or replayed.';
comment on column public.entregas.toma is 'How often it was taken: what a worker writes counts only while nobody took it after.';
comment on column public.entregas.tomada_hasta is 'Lease. Whoever was killed with it in hand leaves it to others then.';
comment on column public.entregas.reintentar_hasta is 'A failure after that is the last.';
comment on column public.entregas.ultima_respuesta is 'The beginning of what the destination answered.';
-- All that the queue itself reads is unfinished, so that finished ones cost it nothing.
create index entregas_pendientes on public.entregas (organizacion_id, carril, proximo_intento_en) where estado = 'pendiente';
-- Is an earlier one of the same cita still to be delivered?
create index entregas_orden on public.entregas (organizacion_id, carril, clave_orden, evento_id) where estado = 'pendiente';
-- How many are in hand.
create index entregas_tomadas on public.entregas (organizacion_id, carril) where estado = 'pendiente' and tomada_hasta is not null;
-- The log: of one destination, of what did not arrive, of some days. fk entregas → destinos_webhook
create index entregas_destino_id on public.entregas (organizacion_id, destino_id, id) where destino_id is not null;
create index entregas_sin_entregar on public.entregas (organizacion_id, id) where estado <> 'entregada';
create index entregas_creado_en on public.entregas (organizacion_id, creado_en);
select app.proteger_tabla('public.entregas');
drop policy solo_lectura on public.entregas;
drop policy integracion on public.entregas;

-- ── What happened ───────────────────────────────────────────────────────────────────────────────────────────────
create function app.instante_json(instante timestamptz) returns text language sql stable parallel safe
return pg_catalog.to_char(instante at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

create function app.organizacion_json(o public.organizaciones) returns jsonb language sql stable parallel safe
return jsonb_build_object(
  'id', (o).id, 'codigo_tenant', (o).codigo_tenant, 'nombre_comercial', (o).nombre_comercial, 'tipo_industria', (o).tipo_industria,
  'email_admin', (o).email_admin, 'telefono', (o).telefono, 'sitio_web', (o).sitio_web, 'direccion', (o).direccion, 'ciudad', (o).ciudad,
  'pais', (o).pais, 'zona_horaria', (o).zona_horaria, 'idioma', (o).idioma, 'moneda', (o).moneda);

-- All that a message about a cita says, so that who receives it asks nothing back. plpgsql, because its plan is kept: it is on the path of booking.
create function app.cita_json(c public.citas) returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'cita', jsonb_build_object(
        'id', c.id, 'codigo_cita', c.codigo_cita, 'estado', c.estado,
        'inicia_en', app.instante_json(c.inicia_en), 'termina_en', app.instante_json(c.termina_en),
        'fecha_cita', c.fecha_cita, 'hora_inicio', left(c.hora_inicio::text, 5), 'hora_fin', left(c.hora_fin::text, 5), 'zona_horaria', o.zona_horaria,
        'precio_servicio', c.precio_servicio::text, 'descuento', c.descuento::text, 'precio_final', c.precio_final::text, 'moneda', c.moneda,
        'origen', c.origen, 'veces_reprogramada', c.veces_reprogramada, 'notas_cliente', c.notas_cliente, 'motivo_cancelacion', c.motivo_cancelacion),
      'cliente', jsonb_build_object('id', cl.id, 'nombre', cl.nombre, 'email', cl.email, 'telefono', cl.telefono, 'acepta_mensajes', cl.acepta_mensajes),
      'profesional', jsonb_build_object('id', p.id, 'nombre_completo', p.nombre_completo, 'tipo_profesional', p.tipo_profesional,
        'email', p.email, 'telefono', p.telefono),
      'servicio', jsonb_build_object('id', s.id, 'nombre', s.nombre, 'categoria', s.categoria, 'duracion_minutos', s.duracion_minutos),
      'organizacion', app.organizacion_json(o))
    from public.organizaciones o
    join public.clientes cl on cl.organizacion_id = o.id and cl.id = c.cliente_id
    join public.profesionales p on p.organizacion_id = o.id and p.id = c.profesional_id
    join public.servicios s on s.organizacion_id = o.id and s.id = c.servicio_id
    where o.id = c.organizacion_id);
end $$;

-- Security definer (saas_system): nobody who may book may tell that something happened which did not.
create function app.citas_evento() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  mueve constant boolean := tg_op = 'UPDATE' and new.estado = old.estado;
begin
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  values (
    new.organizacion_id,
    case when tg_op = 'INSERT' then 'cita-creada' when mueve then 'cita-reprogramada' else 'cita-' || replace(new.estado::text, '_', '-') end,
    'cita:' || new.id,
    app.cita_json(new) || case when not mueve then '{}'::jsonb else jsonb_build_object('anterior', jsonb_build_object(
      'profesional_id', old.profesional_id, 'inicia_en', app.instante_json(old.inicia_en), 'termina_en', app.instante_json(old.termina_en),
      'fecha_cita', old.fecha_cita, 'hora_inicio', left(old.hora_inicio::text, 5), 'hora_fin', left(old.hora_fin::text, 5))) end);
  return null;
end $$;
create trigger z_evento_alta after insert on public.citas for each row execute function app.citas_evento();
-- Not en_curso: it tells nobody anything. A change of zone moves no instant, so it is none either.
create trigger z_evento_cambio after update on public.citas for each row
  when ((old.estado <> new.estado and new.estado in ('confirmada', 'completada', 'cancelada', 'no_asistio'))
    or (old.estado = new.estado
      and (old.inicia_en, old.termina_en, old.profesional_id) is distinct from (new.inicia_en, new.termina_en, new.profesional_id)))
  execute function app.citas_evento();

-- What the clock causes and no change of a row: the jobs ask for it. The tenant comes from the context.
create function app.registrar_evento_cita(tipo text, cita bigint)
returns bigint language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  select c.organizacion_id, tipo, 'cita:' || c.id, app.cita_json(c)
  from public.citas c
  where c.organizacion_id = app.tenant_actual() and c.id = cita and tipo = 'solicitar-feedback'
  returning id
$$;

create function app.organizaciones_evento() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  select o.id, 'organizacion-creada', 'organizacion:' || o.id, jsonb_build_object('organizacion', app.organizacion_json(o), 'administrador', (
    select jsonb_build_object('id', u.id, 'nombre', u.nombre, 'email', u.email, 'telefono', u.telefono)
    from public.usuarios u where u.organizacion_id = o.id and u.rol = 'admin' order by u.id limit 1))
  from public.organizaciones o
  where o.id = new.id;
  return null;
end $$;
-- At the end of the transaction, because its administrator is written after it.
create constraint trigger z_evento_alta after insert on public.organizaciones deferrable initially deferred
  for each row when (not new.es_plataforma) execute function app.organizaciones_evento();

-- The notice of a pause goes out like everything else: it cannot be lost with the process that paused.
create function app.destinos_webhook_evento() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en)
  select o.id, 'webhook-pausado', 'destino_webhook:' || new.id, jsonb_build_object(
    'destino', jsonb_build_object('id', new.id, 'url', new.url, 'motivo_pausa', new.motivo_pausa,
      'fallando_desde', app.instante_json(new.fallando_desde), 'pausado_en', app.instante_json(new.pausado_en)),
    'organizacion', app.organizacion_json(o)), now()
  from public.organizaciones o
  where o.id = new.organizacion_id;
  return null;
end $$;
create trigger z_evento_pausa after update on public.destinos_webhook for each row
  when (old.pausado_en is null and new.pausado_en is not null) execute function app.destinos_webhook_evento();

-- A ping: an evento for one destination, shared out to it at once.
create function app.registrar_prueba(destino bigint)
returns bigint language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  with evento as (
    insert into public.eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en, repartido_en)
    select d.organizacion_id, 'prueba', 'destino_webhook:' || d.id,
      jsonb_build_object('destino_id', d.id, 'organizacion', app.organizacion_json(o)), now(), now()
    from public.destinos_webhook d join public.organizaciones o on o.id = d.organizacion_id
    where d.organizacion_id = app.tenant_actual() and d.id = destino and d.activo and d.pausado_en is null
    returning organizacion_id, id, clave_orden)
  insert into public.entregas (organizacion_id, evento_id, canal, destino_id, clave_orden)
  select e.organizacion_id, e.id, 'webhook', destino, e.clave_orden from evento e
  returning id
$$;

-- ── Who takes what ──────────────────────────────────────────────────────────────────────────────────────────────
-- Workers look over all tenants, and learn ids; they read and write as one tenant after the other.

-- Jumps from organisation to organisation, however many eventos each has.
create function app.organizaciones_por_repartir(cuantas int)
returns setof bigint language sql stable security definer set search_path = '' set app.bypass_rls = 'true' as $$
  with recursive pendientes as (
    (select e.organizacion_id as id from public.eventos e where e.repartido_en is null order by e.organizacion_id limit 1)
    union all
    select (select e.organizacion_id from public.eventos e where e.repartido_en is null and e.organizacion_id > p.id order by e.organizacion_id limit 1)
    from pendientes p where p.id is not null)
  select p.id from pendientes p where p.id is not null limit cuantas
$$;

-- Leases what may be sent now: due, in a lane that is not paused, behind no unfinished one of the same lane and clave_orden, and never more
-- than `simultaneas` at a time of a lane; of a shared channel, of all organisations together. One at a time takes, so that the count is true.
create function app.tomar_entregas(canales text[], simultaneas int[], compartidos boolean[], cuantas int, arriendo interval)
returns table (organizacion_id bigint, id bigint, toma int, intentos int)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
#variable_conflict use_column
declare
  ahora timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('app.tomar_entregas', 0));
  ahora := clock_timestamp();
  return query
  with recursive carriles as (
    (select e.organizacion_id, e.carril from public.entregas e where e.estado = 'pendiente' order by e.organizacion_id, e.carril limit 1)
    union all
    select s.organizacion_id, s.carril from carriles c cross join lateral (
      select e.organizacion_id, e.carril from public.entregas e
      where e.estado = 'pendiente' and (e.organizacion_id, e.carril) > (c.organizacion_id, c.carril)
      order by e.organizacion_id, e.carril limit 1) s
  ),
  tomadas as materialized (
    select e.organizacion_id, e.carril, e.canal, count(*)::int as n
    from public.entregas e
    where e.estado = 'pendiente' and e.tomada_hasta is not null and e.tomada_hasta > ahora
    group by 1, 2, 3
  ),
  canal as (
    select k.canal, k.n, k.compartido, k.n - coalesce((select sum(t.n) from tomadas t where t.canal = k.canal), 0) as sitio
    from unnest(canales, simultaneas, compartidos) k (canal, n, compartido)
  ),
  -- Apart, so that of a lane that is paused or full no delivery is looked at, however many wait there.
  abiertos as materialized (
    select c.organizacion_id, c.carril, k.canal, k.compartido, k.sitio, k.n - coalesce(t.n, 0) as libres
    from carriles c
    join canal k on k.canal = split_part(c.carril, ':', 1)
    left join tomadas t on t.organizacion_id = c.organizacion_id and t.carril = c.carril
    left join public.destinos_webhook d on d.organizacion_id = c.organizacion_id and d.id = nullif(split_part(c.carril, ':', 2), '')::bigint
    where k.n > coalesce(t.n, 0) and (k.sitio > 0 or not k.compartido)
      and (k.canal <> 'webhook' or (d.activo and d.pausado_en is null and (d.espera_hasta is null or d.espera_hasta <= ahora)))
  ),
  candidatas as (
    select x.organizacion_id, x.id, c.compartido, c.sitio, row_number() over (partition by c.canal order by x.proximo_intento_en) as puesto
    from abiertos c
    cross join lateral (
      select e.organizacion_id, e.id, e.proximo_intento_en
      from public.entregas e
      where e.organizacion_id = c.organizacion_id and e.carril = c.carril and e.estado = 'pendiente' and e.proximo_intento_en <= ahora
        and (e.tomada_hasta is null or e.tomada_hasta <= ahora)
        and not exists (
          select from public.entregas antes
          where antes.organizacion_id = e.organizacion_id and antes.carril = e.carril and antes.clave_orden = e.clave_orden
            and antes.estado = 'pendiente' and antes.evento_id < e.evento_id)
      order by e.proximo_intento_en
      limit c.libres
      for update skip locked) x
  ),
  elegidas as (
    select c.organizacion_id, c.id from candidatas c where not c.compartido or c.puesto <= c.sitio order by random() limit cuantas
  )
  update public.entregas e
  set tomada_hasta = ahora + arriendo, toma = e.toma + 1, intentos = e.intentos + 1, ultimo_intento_en = ahora
  from elegidas x
  where e.organizacion_id = x.organizacion_id and e.id = x.id
  returning e.organizacion_id, e.id, e.toma, e.intentos;
end $$;
