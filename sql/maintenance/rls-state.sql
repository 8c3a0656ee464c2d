-- Is isolation whole? Run as a superuser on the main database: psql -d saas_db -f sql/maintenance/rls-state.sql
-- The first query must return no row.

-- Tables of tenants without RLS enabled and forced, or where a role has more or fewer than one permissive policy.
select c.relname as tabla, c.relrowsecurity as activada, c.relforcerowsecurity as forzada, p.rol, count(p.rol) as politicas
from pg_class c
left join lateral (
  select r::regrole::text as rol from pg_policy y, unnest(y.polroles) r where y.polrelid = c.oid and y.polpermissive) p on true
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  and c.relname not in ('monedas', 'planes_subscripcion', 'plantillas_servicios', 'migraciones_aplicadas')
group by 1, 2, 3, 4
having not (c.relrowsecurity and c.relforcerowsecurity) or count(p.rol) <> 1
order by 1;

-- Who is allowed what, and by which rule.
select tablename as tabla, policyname as politica, roles, cmd as orden, qual as ve, with_check as escribe
from pg_policies where schemaname = 'public' order by 1, 2;

-- What runs with more rights than its caller: each has an owner that nobody can connect as, and an empty search_path.
select p.oid::regprocedure as funcion, p.proowner::regrole as dueno, r.rolcanlogin as dueno_con_login, p.proconfig as ajustes
from pg_proc p join pg_roles r on r.oid = p.proowner
where p.prosecdef and p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) order by 1;
