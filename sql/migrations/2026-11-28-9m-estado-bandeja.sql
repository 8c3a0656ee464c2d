-- As in 2026-11-28-4, but lane by lane, as app.tomar_entregas walks them: by jumps from one to the next, and of each what is oldest. That one looked at some
-- 20,000 deliveries, whichever they were: where as many wait for a channel that is turned off, it said of all others that nothing of theirs was late.
-- Counts up to 20,000 of each channel, and looks for what could go now among the 1,000 oldest of a lane, so that a backlog does not make it dear. Nothing is
-- sorted, as an index has each order that is asked for: where statistics are older than the backlog, each jump would read and sort all that is left.
drop function app.estado_bandeja();
create function app.estado_bandeja() returns table (cola text, pendientes bigint, retraso_segundos float8)
language sql stable security definer set search_path = '' set app.bypass_rls = 'true' set enable_sort = 'off' as $$
  with recursive saltos as (
    (select e.organizacion_id, e.carril from public.entregas e where e.estado = 'pendiente' order by e.organizacion_id, e.carril limit 1)
    union all
    select s.organizacion_id, s.carril from saltos c cross join lateral (
      select e.organizacion_id, e.carril from public.entregas e
      where e.estado = 'pendiente' and (e.organizacion_id, e.carril) > (c.organizacion_id, c.carril)
      order by e.organizacion_id, e.carril limit 1) s
  ),
  carriles as materialized (
    select s.organizacion_id, s.carril, split_part(s.carril, ':', 1) as canal, nullif(split_part(s.carril, ':', 2), '')::bigint as destino_id from saltos s
  ),
  cuentas as (
    select k.canal, n.pendientes
    from (select distinct c.canal from carriles c) k
    cross join lateral (
      select count(*) as pendientes from (
        select from carriles c
        cross join lateral (
          select from public.entregas e where e.organizacion_id = c.organizacion_id and e.carril = c.carril and e.estado = 'pendiente' limit 20000) d
        where c.canal = k.canal limit 20000) x) n
  ),
  retrasos as (
    select c.canal, extract(epoch from now() - min(v.proximo_intento_en)) as segundos
    from carriles c
    left join public.destinos_webhook w on w.organizacion_id = c.organizacion_id and w.id = c.destino_id
    cross join lateral (
      select m.proximo_intento_en from (
        select e.evento_id, e.clave_orden, e.proximo_intento_en, e.tomada_hasta from public.entregas e
        where e.organizacion_id = c.organizacion_id and e.carril = c.carril and e.estado = 'pendiente' and e.proximo_intento_en < now()
        order by e.proximo_intento_en limit 1000) m
      where coalesce(m.tomada_hasta < now(), true)
        and m.evento_id = (
          select primera.evento_id from public.entregas primera
          where primera.organizacion_id = c.organizacion_id and primera.carril = c.carril and primera.clave_orden = m.clave_orden
            and primera.estado = 'pendiente'
          order by primera.evento_id limit 1)
      order by m.proximo_intento_en limit 1) v
    where c.destino_id is null or w.activo and w.pausado_en is null and coalesce(w.espera_hasta < now(), true)
    group by c.canal
  ),
  por_repartir as (
    select min(p.ocurrido_en) as desde from app.organizaciones_por_repartir(20000) o (id)
    cross join lateral (
      select e.ocurrido_en from public.eventos e where e.organizacion_id = o.id and e.repartido_en is null order by e.id limit 1) p
  )
  select c.canal, c.pendientes, coalesce(r.segundos, 0)::float8
  from cuentas c left join retrasos r on r.canal = c.canal
  union all
  select 'reparto', (select count(*) from (select from public.eventos e where e.repartido_en is null limit 20000) x),
    greatest(coalesce(extract(epoch from now() - p.desde), 0), 0)::float8
  from por_repartir p
$$;
