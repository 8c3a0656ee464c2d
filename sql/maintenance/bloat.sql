-- Does vacuum keep up? Run as a superuser: psql -d saas_db -f sql/maintenance/bloat.sql
-- A good answer: no row in 1 to 4, and every database of 5 far below 100.

-- 1. Tables that hold more air than rows: at least 10 MB and 40 % of them. From the statistics of the last ANALYZE, so a few per cent off; TOAST is not
--    counted. What grew once and is used again is no harm. What grows each week wants a lower autovacuum_vacuum_scale_factor on that table; to give the
--    space back: pg_repack, or "vacuum full" with the business closed.
with anchos as (
  select starelid, 28 + 8 * ceil(sum((1 - stanullfrac) * stawidth) / 8) as bytes from pg_statistic where not stainherit group by starelid
), tamanos as (
  select c.oid, c.relpages::bigint as paginas, c.reltuples,
    ceil(c.reltuples * a.bytes / ((b.bloque - 24) * coalesce(substring(c.reloptions::text from 'fillfactor=(\d+)')::int, 100) / 100.0)) as bastarian, b.bloque
  from pg_class c
  join anchos a on a.starelid = c.oid
  cross join (select current_setting('block_size')::bigint as bloque) b
  where c.relkind = 'r' and c.reltuples >= 0 and c.relnamespace <> 'pg_catalog'::regnamespace
)
select oid::regclass as tabla, pg_size_pretty(paginas * bloque) as tamano, pg_size_pretty(((paginas - bastarian) * bloque)::bigint) as aire,
  round((100 * (1 - bastarian / nullif(paginas, 0)))::numeric) as aire_pct, reltuples::bigint as filas
from tamanos
where (paginas - bastarian) * bloque >= 10 * 1024 * 1024 and 1 - bastarian / nullif(paginas, 0) >= 0.4
order by (paginas - bastarian) desc;

-- 2. The same of btree indexes: "reindex index concurrently" gives it back. An index filled at random is two thirds full when all is well. What PostgreSQL
--    deduplicates is smaller than reckoned here, so an index of few distinct values may hide some.
with anchos as (
  select i.indexrelid, 12 + 8 * ceil(sum((1 - s.stanullfrac) * s.stawidth) / 8) as bytes
  from pg_index i
  join pg_attribute a on a.attrelid = i.indexrelid
  cross join lateral (select i.indkey[a.attnum - 1] as columna) k -- 0 is an expression: the index has its statistics
  join pg_statistic s on not s.stainherit
    and s.starelid = case k.columna when 0 then i.indexrelid else i.indrelid end
    and s.staattnum = case k.columna when 0 then a.attnum else k.columna end
  group by i.indexrelid
), tamanos as (
  select c.oid, c.relpages::bigint as paginas, c.reltuples,
    1 + ceil(c.reltuples * a.bytes / ((b.bloque - 40) * coalesce(substring(c.reloptions::text from 'fillfactor=(\d+)')::int, 90) / 100.0)) as bastarian, b.bloque
  from pg_class c
  join anchos a on a.indexrelid = c.oid
  cross join (select current_setting('block_size')::bigint as bloque) b
  where c.relam = (select oid from pg_am where amname = 'btree') and c.reltuples >= 0 and c.relnamespace <> 'pg_catalog'::regnamespace
)
select oid::regclass as indice, pg_size_pretty(paginas * bloque) as tamano, pg_size_pretty(((paginas - bastarian) * bloque)::bigint) as aire,
  round((100 * (1 - bastarian / nullif(paginas, 0)))::numeric) as aire_pct, reltuples::bigint as entradas
from tamanos
where (paginas - bastarian) * bloque >= 10 * 1024 * 1024 and 1 - bastarian / nullif(paginas, 0) >= 0.4
order by (paginas - bastarian) desc;

-- 3. Tables with more dead rows than autovacuum waits for, or that it must not touch. A moment is normal; an hour means that it cannot keep up, or that
--    something of 4 holds it back.
with umbrales as (
  select s.*, c.reltuples, coalesce(substring(c.reloptions::text from 'autovacuum_enabled=(\w+)')::boolean, true) and current_setting('autovacuum')::boolean as activo,
    least(
      coalesce(substring(c.reloptions::text from 'autovacuum_vacuum_threshold=(\d+)')::float8, current_setting('autovacuum_vacuum_threshold')::float8)
        + coalesce(substring(c.reloptions::text from 'autovacuum_vacuum_scale_factor=([\d.]+)')::float8, current_setting('autovacuum_vacuum_scale_factor')::float8)
        * greatest(c.reltuples, 0),
      -- PostgreSQL 18 also has a most; -1 is none.
      nullif(current_setting('autovacuum_vacuum_max_threshold', true), '-1')::float8) as espera
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
)
select relid::regclass as tabla, n_live_tup as vivas, n_dead_tup as muertas, espera::bigint as espera_a, activo as autovacuum, last_autovacuum, last_autoanalyze
from umbrales
where n_dead_tup > espera or not activo
order by n_dead_tup desc;

-- 4. What keeps dead rows from being taken away: transactions, prepared ones, replication slots and standbys that may still look at them, where that is more
--    than 100,000 transactions ago or five minutes. When a transaction of saas_app began is not shown: its activity is hidden, and it ends within a minute.
with retenes as (
  select 'transaccion' as que, pid::text as cual, usename::text as de, age(backend_xmin) as edad, xact_start as desde
  from pg_stat_activity where backend_xmin is not null and backend_type <> 'walsender'
  union all
  select 'preparada', gid, owner::text, age(transaction), prepared from pg_prepared_xacts
  union all
  select 'ranura', slot_name::text, plugin::text, greatest(age(xmin), age(catalog_xmin)), null from pg_replication_slots where coalesce(xmin, catalog_xmin) is not null
  union all
  select 'replica', application_name, usename::text, age(backend_xmin), null from pg_stat_replication where backend_xmin is not null
)
select que, cual, de, edad as transacciones, desde from retenes
where edad > 100000 or desde < now() - interval '5 minutes'
order by edad desc;

-- 5. How far each database is from the freeze that nothing may postpone (100 = autovacuum does it whatever else happens) and from the end of the
--    transaction numbers (parada_pct: at 100 the server takes no more writes). Over 150, look at 4.
select datname as base, age(datfrozenxid) as transacciones,
  round(100 * age(datfrozenxid)::numeric / current_setting('autovacuum_freeze_max_age')::bigint) as congelacion_pct,
  round(100 * mxid_age(datminmxid)::numeric / current_setting('autovacuum_multixact_freeze_max_age')::bigint) as multixact_pct,
  round(100 * greatest(age(datfrozenxid), mxid_age(datminmxid))::numeric / 2147483648) as parada_pct
from pg_database
order by greatest(age(datfrozenxid), mxid_age(datminmxid)) desc;
