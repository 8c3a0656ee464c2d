-- Citas and the franjas that hold them. The two EXCLUDE constraints are the promise: nobody is double-booked.

create table public.citas (
  organizacion_id bigint not null default app.tenant_actual()
    constraint citas_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  codigo_cita text not null constraint citas_codigo_formato check (codigo_cita ~ '^[0-9A-HJKMNP-TV-Z]{7}$'),
  cliente_id bigint not null,
  profesional_id bigint not null,
  servicio_id bigint not null,
  reserva_id bigint,
  -- the truth: instants
  inicia_en timestamptz not null,
  termina_en timestamptz not null,
  buffer_antes_minutos smallint not null default 0 constraint citas_buffer_antes_valido check (buffer_antes_minutos between 0 and 120),
  buffer_despues_minutos smallint not null default 0 constraint citas_buffer_despues_valido check (buffer_despues_minutos between 0 and 120),
  ocupa_desde timestamptz not null,
  ocupa_hasta timestamptz not null,
  -- what people see, in the organisation's zone
  fecha_cita date not null,
  hora_inicio time(0) not null,
  hora_fin time(0) not null,
  estado public.estado_cita not null default 'pendiente',
  precio_servicio numeric(12,2) not null constraint citas_precio_servicio_positivo check (precio_servicio >= 0),
  descuento numeric(12,2) not null default 0 constraint citas_descuento_positivo check (descuento >= 0),
  precio_final numeric(12,2) not null constraint citas_precio_final_positivo check (precio_final >= 0),
  moneda char(3) not null constraint citas_moneda_existe references public.monedas (codigo) on delete restrict,
  -- what really happened
  hora_llegada timestamptz,
  hora_inicio_real timestamptz,
  hora_fin_real timestamptz,
  tiempo_espera_minutos int constraint citas_tiempo_espera_positivo check (tiempo_espera_minutos >= 0),
  calificacion_cliente smallint constraint citas_calificacion_rango check (calificacion_cliente between 1 and 5),
  comentario_cliente text constraint citas_comentario_largo check (length(comentario_cliente) <= 1000),
  calificada_en timestamptz,
  confirmada_en timestamptz,
  cancelada_en timestamptz,
  cancelada_por bigint,
  motivo_cancelacion text constraint citas_motivo_largo check (length(motivo_cancelacion) <= 500),
  recordatorio_enviado_en timestamptz,
  feedback_solicitado_en timestamptz,
  origen text not null default 'recepcion' constraint citas_origen_valido check (origen in ('recepcion', 'web', 'whatsapp', 'telefono', 'api')),
  veces_reprogramada smallint not null default 0,
  notas_cliente text constraint citas_notas_cliente_largo check (length(notas_cliente) <= 1000),
  notas_internas text constraint citas_notas_internas_largo check (length(notas_internas) <= 2000),
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint citas_codigo_unico unique (organizacion_id, codigo_cita),
  constraint citas_cliente foreign key (organizacion_id, cliente_id) references public.clientes (organizacion_id, id) on delete restrict,
  constraint citas_profesional foreign key (organizacion_id, profesional_id) references public.profesionales (organizacion_id, id) on delete restrict,
  constraint citas_servicio foreign key (organizacion_id, servicio_id) references public.servicios (organizacion_id, id) on delete restrict,
  constraint citas_termina_despues check (termina_en > inicia_en and termina_en <= inicia_en + interval '12 hours'),
  constraint citas_minutos_enteros check (extract(epoch from inicia_en) % 60 = 0 and extract(epoch from termina_en) % 60 = 0),
  constraint citas_ocupa_su_tiempo check (ocupa_desde <= inicia_en and ocupa_hasta >= termina_en),
  constraint citas_precio_cuadra check (precio_final = precio_servicio - descuento),
  constraint citas_fin_tras_inicio_real check (hora_fin_real >= hora_inicio_real),
  constraint citas_inicio_real_con_estado check ((hora_inicio_real is not null) = (estado in ('en_curso', 'completada'))),
  constraint citas_fin_real_con_estado check ((hora_fin_real is not null) = (estado = 'completada')),
  constraint citas_cancelada_con_sello check ((cancelada_en is not null) = (estado = 'cancelada')),
  constraint citas_motivo_solo_cancelada check (motivo_cancelacion is null or estado = 'cancelada'),
  constraint citas_calificacion_solo_completada check ((calificacion_cliente is null and comentario_cliente is null) or estado = 'completada'),
  constraint citas_calificacion_con_sello check ((calificacion_cliente is null) = (calificada_en is null)),
  -- Not deferrable, and it starts with the tenant: otherwise a conflict would tell of another tenant's agenda.
  constraint citas_sin_solape exclude using gist (
    organizacion_id with =, profesional_id with =, tstzrange(ocupa_desde, ocupa_hasta) with &&)
    where (estado not in ('cancelada', 'no_asistio'))
);
comment on column public.citas.moneda is 'Always the organisation''s, set by trigger.';
comment on column public.citas.ocupa_desde is 'inicia_en less the buffer before; with ocupa_hasta what the professional''s time really is. Set by trigger.';
comment on column public.citas.reserva_id is 'The hold that this booking consumed; only at creation and rescheduling, without a foreign key because holds vanish.';
comment on column public.citas.tiempo_espera_minutos is 'Minutes from the later of arrival and appointed start to the real start.';

-- Why: who did what to a cita, when and why. Append-only: no update or delete is granted.
create table public.historial_citas (
  organizacion_id bigint not null default app.tenant_actual()
    constraint historial_citas_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  cita_id bigint not null,
  estado_anterior public.estado_cita,
  estado_nuevo public.estado_cita not null,
  inicia_en_anterior timestamptz,
  inicia_en_nueva timestamptz not null,
  profesional_id bigint not null,
  motivo text,
  usuario_id bigint default app.usuario_actual(),
  rol text default app.rol_actual(),
  creado_en timestamptz not null default app.ahora(),
  primary key (organizacion_id, id),
  constraint historial_citas_cita foreign key (organizacion_id, cita_id) references public.citas (organizacion_id, id) on delete restrict
);

-- Why: maximal intervals and not slots: 200 organisations generate in seconds, and any duration fits. EXCLUDE makes overlap impossible.
create table public.horarios_disponibilidad (
  organizacion_id bigint not null default app.tenant_actual()
    constraint horarios_disponibilidad_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  profesional_id bigint not null,
  fecha date not null,
  hora_inicio time(0) not null,
  hora_fin time(0) not null,
  dia_semana smallint not null generated always as (extract(dow from fecha)::smallint) stored,
  inicia_en timestamptz not null,
  termina_en timestamptz not null,
  tipo_horario public.tipo_horario not null default 'regular',
  estado public.estado_franja not null default 'disponible',
  es_recurrente boolean not null default true,
  precio_dinamico numeric(5,2) constraint horarios_disponibilidad_precio_dinamico_valido check (precio_dinamico between -90 and 200),
  horario_profesional_id bigint,
  servicio_id bigint,
  cita_id bigint,
  reservado_hasta timestamptz,
  reservado_por bigint,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint horarios_disponibilidad_profesional foreign key (organizacion_id, profesional_id)
    references public.profesionales (organizacion_id, id) on delete restrict,
  constraint horarios_disponibilidad_servicio foreign key (organizacion_id, servicio_id) references public.servicios (organizacion_id, id) on delete restrict,
  constraint horarios_disponibilidad_cita foreign key (organizacion_id, cita_id) references public.citas (organizacion_id, id) on delete restrict,
  constraint horarios_disponibilidad_cita_unica unique (organizacion_id, cita_id),
  constraint horarios_disponibilidad_termina_despues check (termina_en > inicia_en),
  constraint horarios_disponibilidad_ocupado_con_cita check ((cita_id is not null) = (estado = 'ocupado')),
  constraint horarios_disponibilidad_reserva_con_plazo check ((reservado_hasta is not null) = (estado = 'reservado_temporal')),
  constraint horarios_disponibilidad_sin_solape exclude using gist (
    organizacion_id with =, profesional_id with =, tstzrange(inicia_en, termina_en) with &&)
);
comment on column public.horarios_disponibilidad.dia_semana is '0 = Sunday … 6 = Saturday.';
comment on column public.horarios_disponibilidad.precio_dinamico is 'Percentage added to the price of what starts inside this franja (-20.00 = a fifth less). Null = none.';
comment on column public.horarios_disponibilidad.reservado_hasta is 'A hold past this instant counts as free.';
comment on column public.horarios_disponibilidad.es_recurrente is 'From the weekly template; false for the hours of one date.';

-- KPIs of the last 30 days. Each table is aggregated on its own: joining them first multiplies rows and money.
-- security_invoker: a view runs as its owner otherwise and would show every tenant.
create view public.metricas_organizacion with (security_invoker = true) as
select o.id as organizacion_id, o.nombre_comercial, o.moneda, d.desde as fecha_desde,
  p.profesionales_activos, s.servicios_activos, c.clientes_activos, c.clientes_nuevos_mes,
  k.citas_mes, k.citas_completadas_mes, k.citas_canceladas_mes, k.no_shows_mes, k.ingresos_mes, k.calificacion_promedio_mes
from public.organizaciones o
cross join lateral (select (app.ahora() at time zone o.zona_horaria)::date as hoy) h
cross join lateral (select h.hoy - 30 as desde, app.instante_cercano(h.hoy - 30, time '00:00', o.zona_horaria) as desde_en) d
cross join lateral (
  select count(*) filter (where x.activo) as profesionales_activos from public.profesionales x where x.organizacion_id = o.id) p
cross join lateral (
  select count(*) filter (where x.activo) as servicios_activos from public.servicios x where x.organizacion_id = o.id) s
cross join lateral (
  select count(*) filter (where x.activo) as clientes_activos,
         count(*) filter (where x.creado_en >= d.desde_en) as clientes_nuevos_mes
  from public.clientes x where x.organizacion_id = o.id) c
cross join lateral (
  select count(*) as citas_mes,
         count(*) filter (where x.estado = 'completada') as citas_completadas_mes,
         count(*) filter (where x.estado = 'cancelada') as citas_canceladas_mes,
         count(*) filter (where x.estado = 'no_asistio') as no_shows_mes,
         coalesce(sum(x.precio_final) filter (where x.estado = 'completada'), 0.00)::numeric(14,2) as ingresos_mes,
         round(avg(x.calificacion_cliente), 2) as calificacion_promedio_mes
  from public.citas x where x.organizacion_id = o.id and x.fecha_cita between d.desde and h.hoy) k
where o.activo;
