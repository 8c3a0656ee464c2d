-- Which statements cost the server most? Run as a superuser: psql -d saas_db -f sql/maintenance/slow-queries.sql
-- A good answer: no row in 1, in 2 nothing that you would not expect, and in 3 no row. Texts have $1 where values were, so they show no tenant's data.
-- It needs pg_stat_statements, which docker-compose.yml loads. On your own server, in postgresql.conf, and then a restart:
--   shared_preload_libraries = 'pg_stat_statements'
--   pg_stat_statements.track_utility = off      -- otherwise it keeps "alter role … password …" as it was written
-- and once, in the main database:  create extension pg_stat_statements schema extensions
-- Counters are since pg_stat_statements_reset().

-- 1. Why there is nothing below.
select case
  when not 'pg_stat_statements' = any (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
    then 'pg_stat_statements is not loaded: add it to shared_preload_libraries and restart PostgreSQL'
  when not exists (select from pg_extension where extname = 'pg_stat_statements')
    then 'pg_stat_statements is loaded, but not in this database: create extension pg_stat_statements schema extensions'
  when not pg_has_role('pg_read_all_stats', 'usage') then 'the texts of other roles are hidden from you: be a superuser, or a member of pg_read_all_stats'
end as falta
where not 'pg_stat_statements' = any (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
  or not exists (select from pg_extension where extname = 'pg_stat_statements')
  or not pg_has_role('pg_read_all_stats', 'usage');

-- 2. The twenty that took most time together. A high share with a low mean is something called too often; a high mean lacks an index or reads too much.
--    Times in milliseconds; paginas_leidas came from outside shared_buffers.
select format($$
  select round((100 * s.total_exec_time / nullif(sum(s.total_exec_time) over (), 0))::numeric, 1) as parte_pct, s.calls as llamadas,
    round(s.mean_exec_time::numeric, 2) as media_ms, round(s.max_exec_time::numeric, 1) as maximo_ms, s.rows / s.calls as filas_por_llamada,
    s.shared_blks_hit / s.calls as paginas_por_llamada, s.shared_blks_read as paginas_leidas, s.temp_blks_written as temporales,
    s.userid::regrole as rol, regexp_replace(left(s.query, 300), '\s+', ' ', 'g') as consulta
  from %I.pg_stat_statements s
  where s.dbid = (select oid from pg_database where datname = current_database()) and s.calls > 0
  order by s.total_exec_time desc
  limit 20 $$, extnamespace::regnamespace)
from pg_extension
where extname = 'pg_stat_statements' and 'pg_stat_statements' = any (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
\gexec

-- 3. Of the API alone: what takes over 100 ms in the mean. A request has one second of patience, and several of these.
select format($$
  select round(s.mean_exec_time::numeric) as media_ms, round(s.stddev_exec_time::numeric) as desviacion_ms, s.calls as llamadas, s.rows / s.calls as filas_por_llamada,
    regexp_replace(left(s.query, 300), '\s+', ' ', 'g') as consulta
  from %I.pg_stat_statements s
  where s.dbid = (select oid from pg_database where datname = current_database()) and s.userid = 'saas_app'::regrole and s.mean_exec_time > 100 and s.calls > 0
  order by s.mean_exec_time desc
  limit 20 $$, extnamespace::regnamespace)
from pg_extension
where extname = 'pg_stat_statements' and 'pg_stat_statements' = any (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
\gexec
