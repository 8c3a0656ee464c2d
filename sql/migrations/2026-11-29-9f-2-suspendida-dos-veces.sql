-- As in 2026-11-23-9b, but that a suspension by the platform is a change also of who is suspended for a debt: from then on no payment lifts it, and
-- who did it, when and why stood nowhere. Made anew: it belongs to saas_system.
drop trigger b_cambio on public.subscripciones;
drop function app.subscripciones_cambio();
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
      new.periodo_inicio, new.fecha_proximo_pago, new.plan_siguiente, new.ciclo_siguiente, new.suspendida_por_plataforma) is not distinct from
     (old.plan_id, old.estado, old.ciclo, old.precio_actual, old.moneda, old.descuento_porcentaje, old.cancelar_al_final, old.fecha_fin_prueba,
      old.periodo_inicio, old.fecha_proximo_pago, old.plan_siguiente, old.ciclo_siguiente, old.suspendida_por_plataforma) then
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
