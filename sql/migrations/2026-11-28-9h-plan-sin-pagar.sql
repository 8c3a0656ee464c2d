-- Who is expirada or cancelada and chooses a plan has it when its invoice is paid. The row said it at once: when the platform withdrew that invoice,
-- reactivating within the period that had been paid gave the plan that had not. What was chosen waits in plan_siguiente, and its price beside it.
alter table public.subscripciones
  add column precio_siguiente numeric(12,2) constraint subscripciones_precio_siguiente_positivo check (precio_siguiente >= 0),
  add column moneda_siguiente char(3)
    constraint subscripciones_moneda_siguiente references public.monedas (codigo) on delete restrict,
  add constraint subscripciones_precio_siguiente_entero check (
    (precio_siguiente is null) = (moneda_siguiente is null) and (precio_siguiente is null or plan_siguiente is not null));
comment on column public.subscripciones.plan_siguiente is 'What begins with the next period, if use still fits; of who is expirada or cancelada, when its invoice is paid.';
comment on column public.subscripciones.precio_siguiente is 'That of the list when it was chosen, of what begins when it is paid. Null: that of the list when it begins.';

-- As in 6, but that it keeps the price of what waits to be paid. Made anew: it belongs to saas_system.
drop function app.cambiar_subscripcion(text, jsonb, text, numeric);
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
  if session_user = 'saas_app' and n.plan_siguiente is distinct from s.plan_siguiente and not app.plan_a_la_venta(n.plan_siguiente)
    and not exists (select from public.planes_subscripcion x where x.id = s.plan_id and x.codigo_plan = n.plan_siguiente) then
    raise exception 'Ese plan no está a la venta' using errcode = '42501';
  end if;
  if (n.plan_id, n.ciclo) is distinct from (s.plan_id, s.ciclo) then
    select * into strict p from public.planes_subscripcion x where x.id = n.plan_id;
    -- What was for sale when it was asked for is given at the end of the period, also when it is on no list any more.
    if session_user = 'saas_app' and n.plan_id <> s.plan_id and p.codigo_plan is distinct from s.plan_siguiente and not app.plan_a_la_venta(p.codigo_plan) then
      raise exception 'Ese plan no está a la venta' using errcode = '42501';
    end if;
    if not cambios ? 'precio_actual' then
      n.precio_actual := case n.ciclo when 'anual' then p.precio_anual else p.precio_mensual end;
      n.moneda := p.moneda;
    end if;
  end if;
  -- Whoever chooses a plan that begins when it is paid pays from then on what its invoice was made of, whatever the list says on that day.
  if cambios ? 'plan_id' and not cambios ? 'precio_actual' and s.precio_siguiente is not null and n.ciclo = s.ciclo_siguiente
    and exists (select from public.planes_subscripcion x where x.id = n.plan_id and x.codigo_plan = s.plan_siguiente) then
    n.precio_actual := s.precio_siguiente;
    n.moneda := s.moneda_siguiente;
  end if;
  if n.plan_siguiente is null then
    n.precio_siguiente := null;
    n.moneda_siguiente := null;
  elsif (n.plan_siguiente, n.ciclo_siguiente) is distinct from (s.plan_siguiente, s.ciclo_siguiente) and n.estado in ('expirada', 'cancelada') then
    select case n.ciclo_siguiente when 'anual' then x.precio_anual else x.precio_mensual end, x.moneda into strict n.precio_siguiente, n.moneda_siguiente
    from public.planes_subscripcion x where x.codigo_plan = n.plan_siguiente;
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
      precio_siguiente = n.precio_siguiente, moneda_siguiente = n.moneda_siguiente,
      deuda_vence_en = n.deuda_vence_en, cliente_externo_id = n.cliente_externo_id,
      cambio = jsonb_strip_nulls(jsonb_build_object('tipo', tipo, 'motivo', motivo, 'importe', importe))
  where x.organizacion_id = s.organizacion_id and x.id = s.id
  returning x.*;
end $$;

-- As in 9a, but that users meet a limit without a live subscription too: people join by invitation, and come back, also while it is over, and whoever
-- cancelled, had as many join as they liked and reactivated had more users than the plan allows. It is that of the last plan, or of a smaller one that
-- is chosen and not paid.
create or replace function app.contar_uso(org bigint, que text, cuantos int, cuando timestamptz default null) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  pocos constant int := 2;
  sin_plegar constant int := 32;
  yo constant bigint := pg_current_xact_id()::text::bigint;
  clave constant bigint := hashtextextended('app.contar_uso ' || que || org, 0);
  margen constant int := pocos * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int);
  mes_hoy date;
  mes_de date;
  tope int;
  usado int;
  mias int;
  filas int;
  exclusivo boolean;
begin
  select h.mes, least(app.limite_de(p, que), app.limite_de(e, que)), app.uso_plegado(u, que, h.mes)
  into mes_hoy, tope, usado
  from public.organizaciones o
  cross join lateral (select date_trunc('month', coalesce(cuando, app.ahora()) at time zone o.zona_horaria)::date as mes) h
  left join public.metricas_uso_organizacion u on u.organizacion_id = o.id
  left join lateral (
    select x.plan_id, case when x.estado in ('cancelada', 'expirada') then x.plan_siguiente end as elegido from public.subscripciones x
    where x.organizacion_id = o.id and (que = 'usuarios' or x.estado not in ('cancelada', 'expirada'))
    order by x.estado in ('cancelada', 'expirada'), x.id desc
    limit 1) s on true
  left join public.planes_subscripcion p on p.id = s.plan_id
  left join public.planes_subscripcion e on e.codigo_plan = s.elegido
  where o.id = org;
  mes_de := case when cuando is not null then mes_hoy end;

  if cuantos > 0 and tope is not null then
    exclusivo := cuantos > pocos or usado + 2 * sin_plegar + cuantos > tope - margen;
    loop
      if que = 'whatsapp_mes' then
        exclusivo := true; -- it has left already: whoever sends asks before, one at a time (src/notifications/whatsapp.canal.ts)
      elsif exclusivo then
        perform pg_advisory_xact_lock(clave);
      else
        perform pg_advisory_xact_lock_shared(clave);
      end if;
      select coalesce((select app.uso_plegado(u, que, mes_de) from public.metricas_uso_organizacion u where u.organizacion_id = org), 0)
          + coalesce(sum(d.delta), 0) + cuantos,
        coalesce(sum(d.delta) filter (where d.transaccion = yo and d.delta > 0), 0) + cuantos,
        count(*)
      into usado, mias, filas
      from public.uso_deltas d
      where d.organizacion_id = org and d.medida = que and d.mes is not distinct from mes_de;
      exit when exclusivo or (mias <= pocos and usado <= tope - margen);
      exclusivo := true; -- two at once here may wait for each other; the one that the server ends is run again
    end loop;
    if usado > tope and que <> 'whatsapp_mes' then
      raise exception 'El plan no admite mas: %', que using errcode = 'FR402', constraint = 'limite_' || que;
    end if;
    -- What it saw when it began may be long past, and a lock does not change that.
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception 'El limite de % se comprueba en READ COMMITTED', que using errcode = '40001';
    end if;
    if usado::bigint * 100 >= tope::bigint * 80 then
      perform app.avisar_uso(org, que, mes_hoy, usado, tope);
    end if;
    if filas >= sin_plegar then
      perform app.plegar_uso(org, false);
    end if;
  end if;
  insert into public.uso_deltas (organizacion_id, medida, mes, delta) values (org, que, mes_de, cuantos);
  return true;
end $$;
