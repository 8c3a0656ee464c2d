-- What whoever runs the server asks of the database: is it the one this build knows, does the outbox keep up, do the tasks run. Numbers of all
-- organisations together, never a row of one.

-- How many of these files were not applied as they are; null where nobody kept a record (sql/ applied with psql). The caller names them, so
-- that it learns nothing but whether they are there.
create function app.migraciones_pendientes(nombres text[], sumas text[]) returns int
language plpgsql stable security definer set search_path = '' as $$
begin
  if to_regclass('public.migraciones_aplicadas') is null then
    return null;
  end if;
  return (
    select count(*) from unnest(nombres, sumas) e (nombre, suma)
    where not exists (select from public.migraciones_aplicadas m where m.nombre = e.nombre and m.sha256 = e.suma));
end $$;

-- Each channel with deliveries that wait, and `reparto`: events not yet shared out. The delay is that of the oldest that a worker could take now:
-- due, in nobody's hands, behind no other of its order, to an endpoint that receives. What one endpoint does not take delays nobody else.
-- Counts up to 20,000, so that a backlog does not make looking at it dear.
create function app.estado_bandeja() returns table (cola text, pendientes bigint, retraso_segundos float8)
language sql stable security definer set search_path = '' set app.bypass_rls = 'true' as $$
  with muestra as materialized (
    select d.organizacion_id, d.evento_id, d.canal, d.carril, d.destino_id, d.clave_orden, d.proximo_intento_en, d.tomada_hasta
    from public.entregas d where d.estado = 'pendiente' limit 20000
  ),
  vencidas as (
    select m.canal, m.proximo_intento_en
    from muestra m
    left join public.destinos_webhook w on w.organizacion_id = m.organizacion_id and w.id = m.destino_id
    where m.proximo_intento_en < now() and coalesce(m.tomada_hasta < now(), true)
      and (m.destino_id is null or w.activo and w.pausado_en is null and coalesce(w.espera_hasta < now(), true))
      and not exists (
        select from public.entregas antes
        where antes.organizacion_id = m.organizacion_id and antes.carril = m.carril and antes.clave_orden = m.clave_orden
          and antes.estado = 'pendiente' and antes.evento_id < m.evento_id)
  ),
  retrasos as (select v.canal, extract(epoch from now() - min(v.proximo_intento_en)) as segundos from vencidas v group by v.canal),
  por_repartir as (select e.ocurrido_en from public.eventos e where e.repartido_en is null limit 20000)
  select m.canal, count(*), coalesce(max(r.segundos), 0)::float8
  from muestra m left join retrasos r on r.canal = m.canal
  group by m.canal
  union all
  select 'reparto', count(*), greatest(coalesce(extract(epoch from now() - min(p.ocurrido_en)), 0), 0)::float8 from por_repartir p
$$;

-- Of each task when it last ended well, and how its last run stands.
create function app.estado_tareas() returns table (tarea text, completada_en timestamptz, estado text)
language sql stable security definer set search_path = '' as $$
  with recursive tareas as (
    (select e.tarea from public.ejecuciones_tareas e order by e.tarea limit 1)
    union all
    select (select e.tarea from public.ejecuciones_tareas e where e.tarea > t.tarea order by e.tarea limit 1) from tareas t where t.tarea is not null
  )
  select t.tarea, (
      select e.terminada_en from public.ejecuciones_tareas e where e.tarea = t.tarea and e.estado = 'completada' order by e.programada_para desc limit 1),
    (select e.estado from public.ejecuciones_tareas e where e.tarea = t.tarea order by e.programada_para desc limit 1)
  from tareas t where t.tarea is not null
$$;
