-- Which indexes are read, and which only cost. psql -d saas_db -f sql/maintenance/index-use.sql
-- A good answer: few large indexes with no reads, and no row in the second. Counters are since the last pg_stat_reset(): look after a whole month, on every replica.

-- Never or hardly read, largest first; those that a constraint needs are marked and stay.
select s.relname as tabla, s.indexrelname as indice, s.idx_scan as lecturas, pg_size_pretty(pg_relation_size(s.indexrelid)) as tamano,
  i.indisunique or i.indisexclusion as de_restriccion
from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
where s.schemaname = 'public'
order by s.idx_scan, pg_relation_size(s.indexrelid) desc;

-- Tables read whole more often than by index, where they are large enough to matter.
select relname as tabla, seq_scan as recorridos, seq_tup_read / nullif(seq_scan, 0) as filas_por_recorrido, idx_scan as por_indice, n_live_tup as filas
from pg_stat_user_tables
where schemaname = 'public' and seq_scan > coalesce(idx_scan, 0) and n_live_tup > 10000
order by seq_tup_read desc;
