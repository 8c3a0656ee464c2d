-- The subscription: its states, its periods, the one door through which it changes, and what is told of it.

-- ── Columns ─────────────────────────────────────────────────────────────────────────────────────────────────────
alter table public.organizaciones add column solo_lectura boolean not null default false;
comment on column public.organizaciones.solo_lectura is 'Its subscription is suspendida, expirada or cancelada. Kept by the trigger of subscripciones; no role may set it.';

alter table public.subscripciones
  add column ancla timestamp,
  add column periodo_inicio timestamptz,
  add column plan_siguiente public.plan_tipo,
  add column ciclo_siguiente text constraint subscripciones_ciclo_siguiente_valido check (ciclo_siguiente in ('mensual', 'anual')),
  add column deuda_vence_en timestamptz,
  add column cambio jsonb,
  add column cambiada_en timestamptz not null default clock_timestamp(),
  add constraint subscripciones_siguiente_entero check ((plan_siguiente is null) = (ciclo_siguiente is null)),
  alter column fecha_inicio set default app.ahora();
comment on column public.subscripciones.ancla is 'Local time at which the first period began: each period ends at that day and hour of its month, or on the last day of a shorter one.';
comment on column public.subscripciones.plan_siguiente is 'A smaller plan or cycle that begins with the next period, if use still fits.';
comment on column public.subscripciones.deuda_vence_en is 'When the oldest unpaid invoice was or is due. Null: nothing is owed.';
comment on column public.subscripciones.cambio is 'Why, for the history: {tipo, motivo, importe}. The trigger takes it from the row, where it is always null.';
comment on column public.subscripciones.cambiada_en is 'By the real clock: whoever began before it and wants to change something answers 409.';

alter table public.historial_subscripciones
  add column ciclo_anterior text,
  add column ciclo_nuevo text,
  add column descuento_anterior numeric(5,2),
  add column descuento_nuevo numeric(5,2),
  add column importe numeric(12,2),
  add column moneda char(3),
  add column rol text,
  alter column creado_en set default app.ahora();
comment on column public.historial_subscripciones.importe is 'What this change was charged, or paid; null when it was neither.';
comment on column public.historial_subscripciones.rol is 'Of whom: a super_admin is of another organisation. Null: the clock or a payment.';

-- What was written before these columns were. The owner obeys the policies of a forced table, and has none.
alter table public.historial_subscripciones no force row level security;
alter table public.subscripciones no force row level security;
alter table public.organizaciones no force row level security;
update public.subscripciones s
set ancla = s.fecha_inicio at time zone o.zona_horaria, periodo_inicio = s.fecha_inicio
from public.organizaciones o
where o.id = s.organizacion_id and s.fecha_proximo_pago is not null;
update public.organizaciones o set solo_lectura = true
where exists (select from public.subscripciones s where s.organizacion_id = o.id)
  and not exists (
    select from public.subscripciones s where s.organizacion_id = o.id and s.estado not in ('suspendida', 'expirada', 'cancelada'));
update public.historial_subscripciones h
set moneda = s.moneda, ciclo_nuevo = s.ciclo, descuento_nuevo = s.descuento_porcentaje
from public.subscripciones s
where s.organizacion_id = h.organizacion_id and s.id = h.subscripcion_id;
alter table public.historial_subscripciones force row level security;
alter table public.subscripciones force row level security;
alter table public.organizaciones force row level security;
alter table public.subscripciones
  add constraint subscripciones_periodo_entero check ((ancla is null) = (fecha_proximo_pago is null) and (ancla is null) = (periodo_inicio is null));

-- ── States ──────────────────────────────────────────────────────────────────────────────────────────────────────
create function app.subscripcion_puede(de public.estado_subscripcion, a public.estado_subscripcion) returns boolean
language sql immutable parallel safe set search_path = ''
return case de
  when 'prueba' then a in ('activa', 'expirada', 'cancelada')
  when 'activa' then a in ('morosa', 'suspendida', 'cancelada')
  when 'morosa' then a in ('activa', 'suspendida', 'cancelada')
  when 'suspendida' then a in ('activa', 'cancelada')
  when 'expirada' then a in ('prueba', 'activa')
  when 'cancelada' then a = 'activa'
end;

-- Before and not after, so that why is taken from the row and does not stay on it. Whoever writes, a change leaves one row of history.
create function app.subscripciones_cambio() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  razon constant jsonb := coalesce(new.cambio, '{}');
  antes public.plan_tipo;
  despues public.plan_tipo;
begin
  new.cambio := null;
  if new.estado <> old.estado and not app.subscripcion_puede(old.estado, new.estado) then
    raise exception 'Una subscripción % no pasa a %', old.estado, new.estado using errcode = 'FR409', constraint = 'subscripciones_transicion';
  end if;
  if (new.plan_id, new.estado, new.ciclo, new.precio_actual, new.moneda, new.descuento_porcentaje, new.cancelar_al_final, new.fecha_fin_prueba,
      new.periodo_inicio, new.fecha_proximo_pago, new.plan_siguiente, new.ciclo_siguiente) is not distinct from
     (old.plan_id, old.estado, old.ciclo, old.precio_actual, old.moneda, old.descuento_porcentaje, old.cancelar_al_final, old.fecha_fin_prueba,
      old.periodo_inicio, old.fecha_proximo_pago, old.plan_siguiente, old.ciclo_siguiente) then
    return new;
  end if;
  select p.codigo_plan into antes from public.planes_subscripcion p where p.id = old.plan_id;
  select p.codigo_plan into despues from public.planes_subscripcion p where p.id = new.plan_id;
  insert into public.historial_subscripciones (organizacion_id, subscripcion_id, tipo_evento, plan_anterior, plan_nuevo, estado_anterior, estado_nuevo,
    ciclo_anterior, ciclo_nuevo, precio_anterior, precio_nuevo, descuento_anterior, descuento_nuevo, importe, moneda, motivo, rol)
  values (new.organizacion_id, new.id, coalesce(razon ->> 'tipo', 'cambio_directo'), antes, despues, old.estado, new.estado,
    old.ciclo, new.ciclo, old.precio_actual, new.precio_actual, old.descuento_porcentaje, new.descuento_porcentaje,
    (razon ->> 'importe')::numeric, new.moneda, razon ->> 'motivo', app.rol_actual());
  new.cambiada_en := clock_timestamp();
  return new;
end $$;
create trigger b_cambio before update on public.subscripciones for each row execute function app.subscripciones_cambio();

create function app.subscripciones_alta() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.historial_subscripciones (organizacion_id, subscripcion_id, tipo_evento, plan_nuevo, estado_nuevo, ciclo_nuevo, precio_nuevo,
    descuento_nuevo, moneda, usuario_id, rol)
  select new.organizacion_id, new.id, 'alta', p.codigo_plan, new.estado, new.ciclo, new.precio_actual, new.descuento_porcentaje, new.moneda,
    new.creado_por, app.rol_actual()
  from public.planes_subscripcion p
  where p.id = new.plan_id;
  return null;
end $$;
create trigger z_alta after insert on public.subscripciones for each row execute function app.subscripciones_alta();

-- What the organisation shows of it. The live one counts; without one, the last.
create function app.subscripciones_reflejo() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  update public.organizaciones o
  set plan_actual = v.codigo_plan, solo_lectura = v.cerrada
  from (
    select p.codigo_plan, s.estado in ('suspendida', 'expirada', 'cancelada') as cerrada
    from public.subscripciones s join public.planes_subscripcion p on p.id = s.plan_id
    where s.organizacion_id = new.organizacion_id
    order by s.estado in ('expirada', 'cancelada'), s.id desc
    limit 1) v
  where o.id = new.organizacion_id and (o.plan_actual, o.solo_lectura) is distinct from (v.codigo_plan, v.cerrada);
  return null;
end $$;
create trigger z_reflejo after insert or update of plan_id, estado on public.subscripciones
  for each row execute function app.subscripciones_reflejo();

-- Registration as in 02, but that the trigger writes the history and the trial ends by the clock of the transaction.
drop function app.registrar_organizacion(text, text, public.industria_tipo, text, text, text, text, text, text, text, text);
create function app.registrar_organizacion(
  codigo text, nombre text, industria public.industria_tipo, zona text, codigo_moneda text, codigo_pais text, lengua text,
  correo text, telefono_contacto text, nombre_admin text, hash_password text)
returns table (organizacion_id bigint, usuario_id bigint)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  nueva bigint;
  administrador bigint;
begin
  insert into public.organizaciones (codigo_tenant, nombre_comercial, tipo_industria, zona_horaria, moneda, pais, idioma, email_admin, telefono)
  values (lower(codigo), nombre, industria, zona, codigo_moneda, codigo_pais, lengua, lower(correo), telefono_contacto)
  returning id into nueva;

  insert into public.usuarios (organizacion_id, email, password_hash, rol, nombre, telefono)
  values (nueva, lower(correo), hash_password, 'admin', nombre_admin, telefono_contacto)
  returning id into administrador;

  insert into public.subscripciones (organizacion_id, plan_id, estado, precio_actual, moneda, fecha_fin_prueba, creado_por)
  select nueva, p.id, 'prueba', 0, p.moneda, app.ahora() + make_interval(days => p.dias_prueba), administrador
  from public.planes_subscripcion p where p.codigo_plan = 'trial';
  insert into public.metricas_uso_organizacion (organizacion_id) values (nueva);

  return query select nueva, administrador;
end $$;

-- ── Periods and amounts ─────────────────────────────────────────────────────────────────────────────────────────
-- Where a period that begins at `inicio` ends. Always counted from the anchor: 31 January, 28 February, 31 March. The two days are for a
-- business that changes its zone: the boundary at which this one begins is then some hours off.
create function app.fin_de_periodo(ancla timestamp, ciclo text, inicio timestamptz, zona text) returns timestamptz
language plpgsql stable parallel safe set search_path = '' as $$
declare
  local constant timestamp := inicio at time zone zona;
  mes int := (extract(year from local) - extract(year from ancla)) * 12 + extract(month from local) - extract(month from ancla);
  dia timestamp;
begin
  while app.instante_cercano((ancla + make_interval(months => mes))::date, ancla::time, zona) <= inicio + interval '2 days' loop
    mes := mes + 1;
  end loop;
  dia := ancla + make_interval(months => mes + case ciclo when 'anual' then 11 else 0 end);
  return app.instante_cercano(dia::date, dia::time, zona);
end $$;

create function app.importe_neto(precio numeric, descuento numeric, decimales int) returns numeric language sql immutable parallel safe set search_path = ''
return round(precio * (100 - descuento) / 100, decimales);

-- The share of an amount that is left of a period at a moment of it, rounded half up.
create function app.prorratear(importe numeric, desde timestamptz, hasta timestamptz, momento timestamptz, decimales int) returns numeric
language sql immutable parallel safe set search_path = ''
return round(importe * extract(epoch from hasta - least(greatest(momento, desde), hasta)) / extract(epoch from hasta - desde), decimales);

-- The one that counts, of the tenant of the context.
create function app.subscripcion_vigente() returns setof public.subscripciones language sql stable set search_path = '' as $$
  select s.* from public.subscripciones s
  where s.organizacion_id = app.tenant_actual()
  order by s.estado in ('expirada', 'cancelada'), s.id desc
  limit 1
$$;

-- What a change would cost and when it would happen: `inmediato` or `fin_de_periodo`. Up is at once; down, and anything that would give money back, waits.
create function app.presupuestar_cambio(plan public.plan_tipo, ciclo_nuevo text)
returns table (momento text, precio numeric, moneda text, credito numeric, cargo numeric, importe numeric, periodo_inicio timestamptz, periodo_fin timestamptz, ancla timestamp)
language plpgsql stable set search_path = '' as $$
declare
  ahora constant timestamptz := app.ahora();
  zona constant text := app.zona_actual();
  s public.subscripciones%rowtype;
  actual public.planes_subscripcion%rowtype;
  nuevo public.planes_subscripcion%rowtype;
  decimales int;
  neto numeric;
begin
  select * into strict s from app.subscripcion_vigente();
  select * into strict actual from public.planes_subscripcion p where p.id = s.plan_id;
  select * into strict nuevo from public.planes_subscripcion p where p.codigo_plan = plan;
  precio := case ciclo_nuevo when 'anual' then nuevo.precio_anual else nuevo.precio_mensual end;
  moneda := nuevo.moneda;
  select m.decimales into strict decimales from public.monedas m where m.codigo = nuevo.moneda;
  neto := app.importe_neto(precio, s.descuento_porcentaje, decimales);

  -- A period of its own, from now.
  momento := 'inmediato';
  credito := round(0.0, decimales);
  cargo := neto;
  ancla := ahora at time zone zona;
  periodo_inicio := ahora;
  if s.estado in ('activa', 'morosa', 'suspendida') and s.fecha_proximo_pago > ahora then
    credito := app.prorratear(app.importe_neto(s.precio_actual, s.descuento_porcentaje, decimales), s.periodo_inicio, s.fecha_proximo_pago, ahora, decimales);
    if s.ciclo = ciclo_nuevo then
      cargo := app.prorratear(neto, s.periodo_inicio, s.fecha_proximo_pago, ahora, decimales);
      ancla := s.ancla;
      periodo_inicio := s.periodo_inicio;
      periodo_fin := s.fecha_proximo_pago;
    end if;
    if s.moneda <> nuevo.moneda or nuevo.orden < actual.orden or (s.ciclo = 'anual' and ciclo_nuevo = 'mensual') or cargo < credito then
      momento := 'fin_de_periodo';
      credito := round(0.0, decimales);
      cargo := credito;
      ancla := s.ancla;
      periodo_inicio := s.fecha_proximo_pago;
      periodo_fin := null;
    end if;
  end if;
  importe := cargo - credito;
  periodo_fin := coalesce(periodo_fin, app.fin_de_periodo(ancla, ciclo_nuevo, periodo_inicio, zona));
  return next;
end $$;

-- What the tenant of the context uses beyond a plan.
create function app.uso_que_no_cabe(plan public.plan_tipo) returns table (medida text, uso int, limite int)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select u.medida, u.uso, l.limite
  from public.planes_subscripcion p
  cross join lateral app.uso(app.tenant_actual()) u
  cross join lateral (select (to_jsonb(p) ->> ('limite_' || u.medida))::int as limite) l
  where p.codigo_plan = plan and u.uso > l.limite;
end $$;

-- ── The door ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Security definer (saas_system): no role of the API may write the table. The subscription in hand until the end of the transaction;
-- `exclusiva`: refused when somebody changed it after this transaction began.
create function app.tomar_subscripcion(exclusiva boolean default false) returns setof public.subscripciones
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  s public.subscripciones%rowtype;
begin
  select * into s from public.subscripciones x
  where x.organizacion_id = app.tenant_actual()
  order by x.estado in ('expirada', 'cancelada'), x.id desc
  limit 1
  for no key update;
  if not found then
    return;
  end if;
  if exclusiva and s.cambiada_en > now() then
    raise exception 'Otra solicitud acaba de cambiar la subscripción' using errcode = 'FR409', constraint = 'subscripciones_cambio_simultaneo';
  end if;
  return next s;
end $$;

-- `cambios`: columns and their values. A plan or a cycle brings the price of its list. What is agreed with one customer, and plans that are
-- not for sale, only saas_admin writes, by the role it signed in to the database as and not by a variable.
create function app.cambiar_subscripcion(tipo text, cambios jsonb, motivo text default null, importe numeric default null)
returns setof public.subscripciones
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  de_plataforma constant text[] := array['precio_actual', 'moneda', 'descuento_porcentaje', 'fecha_fin_prueba'];
  de_todos constant text[] := array['plan_id', 'ciclo', 'estado', 'ancla', 'periodo_inicio', 'fecha_proximo_pago', 'fecha_fin', 'cancelar_al_final',
    'motivo_cancelacion', 'plan_siguiente', 'ciclo_siguiente', 'deuda_vence_en', 'cliente_externo_id'];
  s public.subscripciones%rowtype;
  n public.subscripciones%rowtype;
  p public.planes_subscripcion%rowtype;
begin
  if exists (select from jsonb_object_keys(cambios) k where k <> all (de_todos || de_plataforma))
    or (session_user = 'saas_app' and cambios ?| de_plataforma) then
    raise exception 'La subscripción no se cambia así' using errcode = '42501';
  end if;
  select * into s from app.tomar_subscripcion();
  if not found then
    return;
  end if;
  n := jsonb_populate_record(s, cambios);
  if (n.plan_id, n.ciclo) is distinct from (s.plan_id, s.ciclo) then
    select * into strict p from public.planes_subscripcion x where x.id = n.plan_id;
    if session_user = 'saas_app' and n.plan_id <> s.plan_id and (p.codigo_plan in ('trial', 'custom') or not p.activo) then
      raise exception 'Ese plan no está a la venta' using errcode = '42501';
    end if;
    if not cambios ? 'precio_actual' then
      n.precio_actual := case n.ciclo when 'anual' then p.precio_anual else p.precio_mensual end;
      n.moneda := p.moneda;
    end if;
  end if;
  if cambios ?| array['precio_actual', 'moneda'] then
    perform app.exigir_decimales(n.moneda, n.precio_actual);
  end if;
  return query
  update public.subscripciones x
  set plan_id = n.plan_id, ciclo = n.ciclo, estado = n.estado, precio_actual = n.precio_actual, moneda = n.moneda,
      descuento_porcentaje = n.descuento_porcentaje, fecha_fin_prueba = n.fecha_fin_prueba, ancla = n.ancla, periodo_inicio = n.periodo_inicio,
      fecha_proximo_pago = n.fecha_proximo_pago, fecha_fin = n.fecha_fin, cancelar_al_final = n.cancelar_al_final,
      motivo_cancelacion = n.motivo_cancelacion, plan_siguiente = n.plan_siguiente, ciclo_siguiente = n.ciclo_siguiente,
      deuda_vence_en = n.deuda_vence_en, cliente_externo_id = n.cliente_externo_id,
      cambio = jsonb_strip_nulls(jsonb_build_object('tipo', tipo, 'motivo', motivo, 'importe', importe))
  where x.organizacion_id = s.organizacion_id and x.id = s.id
  returning x.*;
end $$;

-- ── Notices ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: this row is the promise of exactly one: whoever inserts it has told the administrator.
create table public.avisos_subscripcion (
  organizacion_id bigint not null default app.tenant_actual()
    constraint avisos_subscripcion_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  subscripcion_id bigint not null,
  aviso text collate "C" not null constraint avisos_subscripcion_aviso_formato check (aviso ~ '^[a-z]+(_[a-z0-9]+){0,4}$'),
  sobre timestamptz not null,
  creado_en timestamptz not null default app.ahora(),
  primary key (organizacion_id, id),
  constraint avisos_subscripcion_subscripcion foreign key (organizacion_id, subscripcion_id)
    references public.subscripciones (organizacion_id, id) on delete restrict,
  constraint avisos_subscripcion_uno unique (organizacion_id, subscripcion_id, aviso, sobre)
);
comment on table public.avisos_subscripcion is 'Append-only by privilege, written by app.avisar_subscripcion. Each is an evento that goes to the administrator by mail.';
comment on column public.avisos_subscripcion.sobre is 'The end or the due date that it speaks of: another one is told anew.';
select app.proteger_tabla('public.avisos_subscripcion');
drop policy solo_lectura on public.avisos_subscripcion;
drop policy integracion on public.avisos_subscripcion;

-- Security definer (saas_system): nobody writes an evento by hand. False: it was told before.
create function app.avisar_subscripcion(que text, acerca_de timestamptz, mas jsonb default '{}') returns boolean
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  org constant bigint := app.tenant_actual();
  s public.subscripciones%rowtype;
begin
  select * into strict s from app.subscripcion_vigente();
  insert into public.avisos_subscripcion (organizacion_id, subscripcion_id, aviso, sobre) values (org, s.id, que, acerca_de)
  on conflict on constraint avisos_subscripcion_uno do nothing;
  if not found then
    return false;
  end if;
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  select o.id, 'aviso-subscripcion', 'subscripcion:' || s.id, mas || jsonb_build_object('aviso', que, 'fecha', (acerca_de at time zone o.zona_horaria)::date,
    'subscripcion', jsonb_build_object('id', s.id, 'codigo_plan', p.codigo_plan, 'nombre_plan', p.nombre, 'estado', s.estado, 'ciclo', s.ciclo,
      'precio_actual', s.precio_actual::text, 'moneda', s.moneda), 'organizacion', app.organizacion_json(o))
  from public.organizaciones o join public.planes_subscripcion p on p.id = s.plan_id
  where o.id = org;
  return true;
end $$;

-- Where the clock has something to do with a subscription, or may have: ids alone.
create function app.subscripciones_por_atender() returns setof bigint
language sql stable security definer set search_path = '' set app.bypass_rls = 'true' as $$
  select s.organizacion_id
  from public.subscripciones s join public.organizaciones o on o.id = s.organizacion_id
  where o.activo and (
    (s.estado = 'prueba' and s.fecha_fin_prueba <= app.ahora() + interval '8 days')
    or (s.estado in ('activa', 'morosa') and (s.fecha_proximo_pago <= app.ahora() or s.deuda_vence_en <= app.ahora())))
  order by s.organizacion_id
$$;
