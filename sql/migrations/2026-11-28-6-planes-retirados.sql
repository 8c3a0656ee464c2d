-- A plan may be taken off the list while somebody waits for the end of a period to have it. The change was then refused each time the clock
-- came by: the subscription was neither renewed nor billed, for as long as nobody looked. And what was no longer sold could still be asked for.

-- No plan is one that may be asked for: it is how what waited is dropped.
create function app.plan_a_la_venta(plan public.plan_tipo) returns boolean language sql stable set search_path = '' as $$
  select plan is null or exists (
    select from public.planes_subscripcion p where p.codigo_plan = plan and p.activo and p.codigo_plan not in ('trial', 'custom'))
$$;

-- As in 9b, but for who had asked for what is not sold any more.
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
