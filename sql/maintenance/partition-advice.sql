-- Is a table so large that it should be partitioned, and how? Run as a superuser, after ANALYZE: psql -d saas_db -f sql/maintenance/partition-advice.sql
-- A good answer: in consejo only "no". Past 50 M rows it names key and interval.
--
-- Partitioning is not free and not faster: at 8 M rows it made point reads 2.4 to 3 times slower, and every plan opens more tables. What it buys past some
-- 50 M rows is vacuum and reindex of one part at a time, and old months dropped instead of deleted. So first: are there old rows that may go (docs/jobs.md)?
--
-- Every key here is (organizacion_id, id) and a partitioned table needs its partition key in each of them. Hence
--   hash (organizacion_id)   for what foreign keys point at, or an EXCLUDE watches: every constraint stays as it is, every query names its tenant and so reads
--                            one part, but months do not come apart. EXCLUDE on a partitioned table: PostgreSQL 17 and later.
--   range (creado_en)        for what only grows and nobody points at (history, audit, events): its key becomes (organizacion_id, id, creado_en), queries must name a
--                            time to read few parts, and a month is dropped at no cost.
-- Past one machine, Citus distributes by the same organizacion_id, and does this on the way.

with tablas as (
  select c.oid, c.relname, greatest(c.reltuples, 0) as filas, c.relpages, pg_total_relation_size(c.oid) as bytes,
    exists (select from pg_constraint k where k.confrelid = c.oid and k.conrelid <> c.oid and k.contype = 'f') as la_senalan,
    exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'x') as tiene_exclude,
    -- The part that the planner's histogram puts in the last 30 days: no scan, and no better than 1 %.
    (select avg((m::timestamptz > now() - interval '30 days')::int) from pg_stats s, unnest(s.histogram_bounds::text::text[]) m
     where s.schemaname = 'public' and s.tablename = c.relname and s.attname = 'creado_en') as parte_del_mes
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relispartition
), crecen as (
  select *, filas * parte_del_mes as al_mes from tablas
)
select relname as tabla, filas::bigint as filas_estimadas, pg_size_pretty(bytes) as tamano_con_indices, al_mes::bigint as filas_al_mes,
  case when filas < 5e7 and al_mes > 0 then ceil((5e7 - filas) / al_mes)::bigint end as meses_hasta_50_millones,
  case
    when filas < 5e7 then 'no'
    when (la_senalan or tiene_exclude) and tiene_exclude and current_setting('server_version_num')::int < 170000
      then 'not before PostgreSQL 17, which knows EXCLUDE on partitioned tables; then hash (organizacion_id)'
    when la_senalan or tiene_exclude then format('hash (organizacion_id), %s parts: some 10 million rows in each', greatest(8, 2 ^ ceil(log(2, (filas / 1e7)::numeric))))
    else format('range (creado_en), a part each %s: its foreign keys stay, its primary key gains creado_en',
      case when coalesce(al_mes, 0) > 2e7 then 'week' when coalesce(al_mes, 0) > 2e6 then 'month' else 'quarter' end)
  end as consejo
from crecen
where filas >= 1e6 or bytes > 1024 * 1024 * 1024 or relname = 'citas'
order by filas desc, bytes desc;
