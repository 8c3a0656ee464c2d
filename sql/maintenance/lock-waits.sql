-- Who waits for whom, now? Run as a superuser: psql -d saas_db -f sql/maintenance/lock-waits.sql
-- A good answer: no row. It speaks of the database that you are connected to. Bookings of one professional queue on a row of profesionales, each for some milliseconds; a wait of seconds has a cause in 2.
-- Of saas_app no statement is shown: its activity is off (02-create-users.sql), because statements carry the data of tenants. Table, lock and times are.
-- To let go: select pg_cancel_backend(pid), and if that does not help pg_terminate_backend(pid), of a "raiz" that nobody knows. It loses nothing committed.

-- 1. Each wait: since when, on what, and who stands before it. raiz = it waits for nobody itself: the cause.
with esperas as (
  select l.pid, min(l.waitstart) as desde, string_agg(l.locktype || ' ' || l.mode, ', ') as bloqueo,
    coalesce(string_agg(distinct l.relation::regclass::text, ', '),
      -- Who waits for a row waits for a transaction, and holds the turn on the row.
      (select string_agg(distinct t.relation::regclass::text, ', ') from pg_locks t where t.pid = l.pid and t.granted and t.locktype = 'tuple')) as tabla
  from pg_locks l where not l.granted group by l.pid
)
select e.pid as espera, a.usename as rol, round(extract(epoch from clock_timestamp() - e.desde)::numeric, 1) as segundos, e.tabla, e.bloqueo,
  regexp_replace(left(a.query, 200), '\s+', ' ', 'g') as consulta,
  b.pid as detras_de, p.usename as rol_delante, p.state as estado_delante, cardinality(pg_blocking_pids(b.pid)) = 0 as raiz,
  regexp_replace(left(p.query, 200), '\s+', ' ', 'g') as ultima_consulta_delante
from esperas e
join pg_stat_activity a on a.pid = e.pid and a.datname = current_database()
cross join lateral (select distinct unnest(pg_blocking_pids(e.pid)) as pid) b -- 0 is a prepared transaction
left join pg_stat_activity p on p.pid = b.pid
order by e.desde, b.pid;

-- 2. Who holds something open and does nothing: a transaction that waits for its client. Of saas_app it is not known since when; the server ends it after a minute.
select a.pid, a.usename as rol, a.application_name as programa, a.client_addr as desde_ip,
  round(extract(epoch from clock_timestamp() - a.state_change)::numeric) as segundos_sin_hacer_nada, round(extract(epoch from clock_timestamp() - a.xact_start)::numeric) as segundos_abierta,
  (select string_agg(distinct l.relation::regclass::text, ', ') from pg_locks l
   where l.pid = a.pid and l.granted and l.relation is not null and l.mode <> 'AccessShareLock') as escribe_en,
  regexp_replace(left(a.query, 200), '\s+', ' ', 'g') as ultima_consulta
from pg_stat_activity a
where a.datname = current_database() and a.backend_type = 'client backend' and a.wait_event = 'ClientRead' and a.pid <> pg_backend_pid()
  and exists (select from pg_locks l where l.pid = a.pid and l.granted and l.locktype in ('transactionid', 'virtualxid'))
  and coalesce(a.state_change < clock_timestamp() - interval '1 second', a.state is distinct from 'idle')
order by a.xact_start nulls last;

-- 3. Transactions prepared and never ended hold their locks for ever, across restarts. Franja makes none.
select gid, owner as rol, prepared as desde, database as base from pg_prepared_xacts order by prepared;
