-- Is this copy whole? Run as a superuser on what was restored, before anybody writes to it: psql -d saas_db -f sql/maintenance/verify-restore.sql
-- A good answer: no row, three times. Then look at 1 and 2 of rls-state.sql. It reads every row of every table, so it takes its time on a large copy.
-- Whether a block on disk is damaged it cannot say: pg_amcheck and data checksums do (docs/backup.md). Nor does it miss a constraint, an index or a trigger
-- that is not there at all: pg_restore --exit-on-error stops where it could not make one.

-- 1. What the database promises: nobody is booked twice, every live cita has exactly its franja, every tenant's table is isolated, every rule that is there is in force.
--    Overlaps are found without the EXCLUDE constraints that they would break.
with vivas as (
  select * from public.citas where estado not in ('cancelada', 'no_asistio')
), fallos as (
  select 'cita over another' as problema, profesional_id::text as donde, organizacion_id, id
  from (
    select *, max(ocupa_hasta) over (partition by organizacion_id, profesional_id order by ocupa_desde, id rows between unbounded preceding and 1 preceding) as anterior
    from vivas) c
  where anterior > ocupa_desde
  union all
  select 'franja over another', profesional_id::text, organizacion_id, id
  from (
    select *, max(termina_en) over (partition by organizacion_id, profesional_id order by inicia_en, id rows between unbounded preceding and 1 preceding) as anterior
    from public.horarios_disponibilidad) h
  where anterior > inicia_en
  union all
  select 'cita and its franja differ', coalesce(c.profesional_id, h.profesional_id)::text, coalesce(c.organizacion_id, h.organizacion_id), coalesce(c.id, h.cita_id)
  from vivas c
  full join (select * from public.horarios_disponibilidad where estado = 'ocupado') h on h.organizacion_id = c.organizacion_id and h.cita_id = c.id
  where (h.profesional_id, h.inicia_en, h.termina_en) is distinct from (c.profesional_id, c.ocupa_desde, c.ocupa_hasta)
  union all
  select 'table without forced RLS or without policies', c.relname, null, null
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and exists (select from pg_attribute a where a.attrelid = c.oid and not a.attisdropped and (a.attname = 'organizacion_id' or c.relname = 'organizaciones'))
    and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
  union all
  select 'constraint not validated', conrelid::regclass || '.' || conname, null, null
  from pg_constraint where connamespace = 'public'::regnamespace and not convalidated
  union all
  select 'index not valid', indexrelid::regclass::text, null, null
  from pg_index where not indisvalid
  union all
  select 'trigger switched off', tgrelid::regclass || '.' || tgname, null, null
  from pg_trigger where tgenabled = 'D'
)
select problema, donde, count(*) as cuantos, min(organizacion_id || '/' || id) as ejemplo
from fallos
group by 1, 2
order by 1, 2;

-- 2. Rows that point at nothing, or at another tenant's: each foreign key compared anew, whole.
select string_agg(format(
  'select %L as problema, count(*) as cuantos from %s c where %s and not exists (select from %s p where %s) having count(*) > 0',
  k.conrelid::regclass || ' has rows that ' || k.conname || ' should have refused', k.conrelid::regclass, k.llenas, k.confrelid::regclass, k.iguales), ' union all ' order by k.conname)
from (
  select c.conname, c.conrelid, c.confrelid, string_agg(format('c.%I is not null', a.attname), ' and ') as llenas, string_agg(format('p.%I = c.%I', b.attname, a.attname), ' and ') as iguales
  from pg_constraint c
  cross join lateral unnest(c.conkey, c.confkey) as u (propia, ajena)
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = u.propia
  join pg_attribute b on b.attrelid = c.confrelid and b.attnum = u.ajena
  where c.contype = 'f' and c.connamespace = 'public'::regnamespace
  group by c.oid, c.conname, c.conrelid, c.confrelid) k
\gexec

-- 3. Sequences that would give a number again.
select string_agg(format(
  'select %L as problema, (select last_value from %s) as llega_a, max(%I) as usado from %s having max(%I) >= (select last_value + is_called::int from %s)',
  s.oid::regclass || ' is behind its table', s.oid::regclass, a.attname, d.refobjid::regclass, a.attname, s.oid::regclass), ' union all ' order by s.relname)
from pg_class s
join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('i', 'a')
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where s.relkind = 'S' and s.relnamespace = 'public'::regnamespace
\gexec
