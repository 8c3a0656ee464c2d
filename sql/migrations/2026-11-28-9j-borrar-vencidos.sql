-- As in 2026-11-23-7, but planned for the tenant at hand. A connection that had cleaned up for a large one went over to plans for any, and these read
-- sesiones, idempotencia, entregas and eventos whole for each tenant that followed, most of which have nothing to delete.
drop function app.borrar_vencidos(int);
create function app.borrar_vencidos(cuantas int) returns table (tabla text, borradas int)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' set plan_cache_mode = 'force_custom_plan' as $$
declare
  org constant bigint := app.tenant_actual();
begin
  delete from public.idempotencia t where t.organizacion_id = org and (t.usuario_id, t.clave) in (
    select x.usuario_id, x.clave from public.idempotencia x
    where x.organizacion_id = org and x.creado_en < now() - interval '7 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'idempotencia';
  return next;

  delete from public.sesiones t where t.organizacion_id = org and t.id in (
    select x.id from public.sesiones x where x.organizacion_id = org and x.expira_en < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'sesiones';
  return next;

  delete from public.codigos t where t.organizacion_id = org and t.id in (
    select x.id from public.codigos x where x.organizacion_id = org and x.expira_en < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'codigos';
  return next;

  delete from public.entregas t where t.organizacion_id = org and t.id in (
    select x.id from public.entregas x
    where x.organizacion_id = org and x.estado <> 'pendiente' and x.creado_en < now() - interval '30 days'
      and coalesce(x.entregada_en, x.ultimo_intento_en, x.creado_en) < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'entregas';
  return next;

  delete from public.eventos t where t.organizacion_id = org and t.id in (
    select x.id from public.eventos x
    where x.organizacion_id = org and x.repartido_en < now() - interval '30 days'
      and not exists (select from public.entregas e where e.organizacion_id = org and e.evento_id = x.id)
    order by x.id limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'eventos';
  return next;
end $$;
