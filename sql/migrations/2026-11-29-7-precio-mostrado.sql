-- What a change is shown to cost is what it costs from then on. Of a plan that the platform agreed on in a trial the list was shown and billed, and the agreed
-- price kept for the months that followed; whoever chose again what had ended, with nothing to pay, kept an old price where the list was shown.

-- As in 9b, but that whoever chooses in a trial what was agreed with them pays what was agreed.
create or replace function app.presupuestar_cambio(plan public.plan_tipo, ciclo_nuevo text)
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
  if s.estado = 'prueba' and (s.plan_id, s.ciclo) = (nuevo.id, ciclo_nuevo) then
    precio := s.precio_actual;
    moneda := s.moneda;
  end if;
  select m.decimales into strict decimales from public.monedas m where m.codigo = moneda;
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
    if s.moneda <> moneda or nuevo.orden < actual.orden or (s.ciclo = 'anual' and ciclo_nuevo = 'mensual') or cargo < credito then
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

-- As in 9l, but for that price. Made anew: it belongs to saas_system.
drop function app.cambiar_subscripcion(text, jsonb, text, numeric);
create function app.cambiar_subscripcion(tipo text, cambios jsonb, motivo text default null, importe numeric default null)
returns setof public.subscripciones
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  de_plataforma constant text[] := array['precio_actual', 'moneda', 'descuento_porcentaje', 'fecha_fin_prueba', 'suspendida_por_plataforma'];
  de_todos constant text[] := array['plan_id', 'ciclo', 'estado', 'ancla', 'periodo_inicio', 'fecha_proximo_pago', 'fecha_fin', 'cancelar_al_final',
    'motivo_cancelacion', 'plan_siguiente', 'ciclo_siguiente', 'deuda_vence_en', 'cliente_externo_id', 'antes'];
  s public.subscripciones%rowtype;
  n public.subscripciones%rowtype;
  p public.planes_subscripcion%rowtype;
begin
  if exists (select from jsonb_object_keys(cambios) k where k <> all (de_todos || de_plataforma))
    or (session_user = 'saas_app' and cambios ?| de_plataforma) then
    raise exception 'La subscripción no se cambia así' using errcode = '42501';
  end if;
  if cambios ? 'antes' and cambios -> 'antes' not in ('true', 'null') then
    raise exception 'Lo que había antes lo escribe la puerta' using errcode = '42501';
  end if;
  select * into s from app.tomar_subscripcion();
  if not found then
    return;
  end if;
  n := jsonb_populate_record(s, cambios);
  if cambios -> 'antes' = 'true' then
    n.antes := jsonb_build_object('plan_id', s.plan_id, 'ciclo', s.ciclo, 'precio_actual', s.precio_actual::text, 'moneda', s.moneda, 'ancla', s.ancla,
      'periodo_inicio', s.periodo_inicio, 'fecha_proximo_pago', s.fecha_proximo_pago, 'plan_siguiente', s.plan_siguiente, 'ciclo_siguiente', s.ciclo_siguiente);
  elsif cambios ? 'antes' then
    n.antes := null;
  end if;
  if session_user = 'saas_app' and n.plan_siguiente is distinct from s.plan_siguiente and not app.plan_a_la_venta(n.plan_siguiente)
    and not exists (select from public.planes_subscripcion x where x.id = s.plan_id and x.codigo_plan = n.plan_siguiente) then
    raise exception 'Ese plan no está a la venta' using errcode = '42501';
  end if;
  -- Who comes back to what they had before it ended was shown the list, as whoever chooses another.
  if (n.plan_id, n.ciclo) is distinct from (s.plan_id, s.ciclo)
    or (session_user = 'saas_app' and cambios ? 'plan_id' and s.estado in ('expirada', 'cancelada')) then
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
      antes = n.antes, suspendida_por_plataforma = n.suspendida_por_plataforma, deuda_vence_en = n.deuda_vence_en, cliente_externo_id = n.cliente_externo_id,
      cambio = jsonb_strip_nulls(jsonb_build_object('tipo', tipo, 'motivo', motivo, 'importe', importe))
  where x.organizacion_id = s.organizacion_id and x.id = s.id
  returning x.*;
end $$;
