-- Plans and subscriptions. Limits and counters are enforced by the billing migrations; registration already starts a trial here.

create table public.planes_subscripcion (
  id bigint generated always as identity primary key,
  codigo_plan public.plan_tipo not null constraint planes_subscripcion_codigo_unico unique,
  nombre text not null constraint planes_subscripcion_nombre_largo check (length(nombre) between 1 and 80),
  descripcion text not null constraint planes_subscripcion_descripcion_largo check (length(descripcion) <= 500),
  precio_mensual numeric(12,2) not null constraint planes_subscripcion_precio_mensual_positivo check (precio_mensual >= 0),
  precio_anual numeric(12,2) not null constraint planes_subscripcion_precio_anual_positivo check (precio_anual >= 0),
  moneda char(3) not null constraint planes_subscripcion_moneda_existe references public.monedas (codigo) on delete restrict,
  limite_profesionales int constraint planes_subscripcion_limite_profesionales_valido check (limite_profesionales > 0),
  limite_clientes int constraint planes_subscripcion_limite_clientes_valido check (limite_clientes > 0),
  limite_servicios int constraint planes_subscripcion_limite_servicios_valido check (limite_servicios > 0),
  limite_usuarios int constraint planes_subscripcion_limite_usuarios_valido check (limite_usuarios > 0),
  limite_citas_mes int constraint planes_subscripcion_limite_citas_valido check (limite_citas_mes > 0),
  limite_whatsapp_mes int constraint planes_subscripcion_limite_whatsapp_valido check (limite_whatsapp_mes >= 0),
  dias_prueba int not null default 0 constraint planes_subscripcion_dias_prueba_validos check (dias_prueba between 0 and 365),
  funciones jsonb not null default '{}' constraint planes_subscripcion_funciones_objeto check (jsonb_typeof(funciones) = 'object'),
  orden smallint not null default 0,
  activo boolean not null default true
);
comment on table public.planes_subscripcion is 'Global. A null limit is no limit.';

create table public.subscripciones (
  organizacion_id bigint not null default app.tenant_actual()
    constraint subscripciones_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  plan_id bigint not null constraint subscripciones_plan references public.planes_subscripcion (id) on delete restrict,
  estado public.estado_subscripcion not null,
  ciclo text not null default 'mensual' constraint subscripciones_ciclo_valido check (ciclo in ('mensual', 'anual')),
  precio_actual numeric(12,2) not null constraint subscripciones_precio_positivo check (precio_actual >= 0),
  moneda char(3) not null constraint subscripciones_moneda_existe references public.monedas (codigo) on delete restrict,
  descuento_porcentaje numeric(5,2) not null default 0 constraint subscripciones_descuento_valido check (descuento_porcentaje between 0 and 100),
  fecha_inicio timestamptz not null default now(),
  fecha_fin_prueba timestamptz,
  fecha_proximo_pago timestamptz,
  fecha_fin timestamptz,
  cancelar_al_final boolean not null default false,
  motivo_cancelacion text constraint subscripciones_motivo_largo check (length(motivo_cancelacion) <= 500),
  cliente_externo_id text constraint subscripciones_cliente_externo_largo check (length(cliente_externo_id) <= 100),
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint subscripciones_prueba_con_fin check (estado <> 'prueba' or fecha_fin_prueba is not null),
  constraint subscripciones_fin_despues check (fecha_fin > fecha_inicio)
);
-- One live subscription an organisation.
create unique index subscripciones_una_viva on public.subscripciones (organizacion_id) where estado not in ('cancelada', 'expirada');
-- fk subscripciones → planes_subscripcion (global side)
create index subscripciones_plan_id on public.subscripciones (plan_id);
create trigger a_sellar_cambio before update on public.subscripciones for each row execute function app.sellar_cambio();

create table public.metricas_uso_organizacion (
  organizacion_id bigint primary key constraint metricas_uso_organizacion_organizacion references public.organizaciones (id) on delete restrict,
  uso_profesionales int not null default 0 constraint metricas_uso_organizacion_profesionales_positivo check (uso_profesionales >= 0),
  uso_clientes int not null default 0 constraint metricas_uso_organizacion_clientes_positivo check (uso_clientes >= 0),
  uso_servicios int not null default 0 constraint metricas_uso_organizacion_servicios_positivo check (uso_servicios >= 0),
  uso_usuarios int not null default 0 constraint metricas_uso_organizacion_usuarios_positivo check (uso_usuarios >= 0),
  uso_citas_mes_actual int not null default 0 constraint metricas_uso_organizacion_citas_positivo check (uso_citas_mes_actual >= 0),
  uso_whatsapp_mes_actual int not null default 0 constraint metricas_uso_organizacion_whatsapp_positivo check (uso_whatsapp_mes_actual >= 0),
  mes_actual date constraint metricas_uso_organizacion_mes_primer_dia check (extract(day from mes_actual) = 1),
  actualizado_en timestamptz not null default now()
);

-- Why: every change of plan, price or state, with who and why. Append-only: no update or delete is granted.
create table public.historial_subscripciones (
  organizacion_id bigint not null default app.tenant_actual()
    constraint historial_subscripciones_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  subscripcion_id bigint not null,
  tipo_evento text not null constraint historial_subscripciones_tipo_formato check (tipo_evento ~ '^[a-z_]{2,40}$'),
  plan_anterior public.plan_tipo,
  plan_nuevo public.plan_tipo,
  estado_anterior public.estado_subscripcion,
  estado_nuevo public.estado_subscripcion,
  precio_anterior numeric(12,2),
  precio_nuevo numeric(12,2),
  motivo text constraint historial_subscripciones_motivo_largo check (length(motivo) <= 500),
  usuario_id bigint default app.usuario_actual(),
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, id),
  constraint historial_subscripciones_subscripcion foreign key (organizacion_id, subscripcion_id)
    references public.subscripciones (organizacion_id, id) on delete restrict
);
-- fk historial_subscripciones → subscripciones, and the history in order
create index historial_subscripciones_subscripcion_id on public.historial_subscripciones (organizacion_id, subscripcion_id, id);

select app.proteger_tabla('public.subscripciones');
select app.proteger_tabla('public.metricas_uso_organizacion');
select app.proteger_tabla('public.historial_subscripciones');
