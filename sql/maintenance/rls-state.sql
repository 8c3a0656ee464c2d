-- Is isolation whole? Run as a superuser on the main database: psql -d saas_db -f sql/maintenance/rls-state.sql
-- A good answer: no row in 1 and 2; 3 and 4 are to be read.

-- 1. Tables of tenants without RLS enabled and forced, or where a role has more or fewer than one permissive policy.
select c.relname as tabla, c.relrowsecurity as activada, c.relforcerowsecurity as forzada, p.rol, count(p.rol) as politicas
from pg_class c
left join lateral (
  select r::regrole::text as rol from pg_policy y, unnest(y.polroles) r where y.polrelid = c.oid and y.polpermissive) p on true
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  -- What belongs to no tenant: catalogues, settings and records of the platform. Which role may read them is said in 03-grant-permissions.sql.
  and c.relname not in ('monedas', 'planes_subscripcion', 'plantillas_servicios', 'migraciones_aplicadas', 'limites', 'ejecuciones_tareas',
    'emisores_facturas', 'impuestos_pais', 'eventos_stripe')
group by 1, 2, 3, 4
having not (c.relrowsecurity and c.relforcerowsecurity) or count(p.rol) <> 1
order by 1;

-- 2. What RLS does not hold: roles of the application that are more than they should be, and views that show what their owner sees.
select 'rol' as que, r.rolname as cual, concat_ws(', ', case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end,
  case when r.rolcreaterole then 'createrole' end, case when m.roleid is not null then 'member of ' || m.roleid::regrole end) as por
from pg_roles r left join pg_auth_members m on m.member = r.oid
where r.rolname in ('saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user')
  and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or m.roleid is not null)
union all
select 'tabla', c.relname, 'owned by ' || c.relowner::regrole
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  and c.relowner::regrole::text in ('saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user')
union all
select 'vista', c.relname, 'without security_invoker'
from pg_class c
where c.relnamespace = 'public'::regnamespace and (c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions, '{}') @> '{security_invoker=true}')
order by 1, 2;

-- 3. Who is allowed what, and by which rule.
select tablename as tabla, policyname as politica, roles, cmd as orden, qual as ve, with_check as escribe
from pg_policies where schemaname = 'public' order by 1, 2;

-- 4. What runs with more rights than its caller: each has an owner that nobody can connect as, and an empty search_path.
select p.oid::regprocedure as funcion, p.proowner::regrole as dueno, r.rolcanlogin as dueno_con_login, p.proconfig as ajustes
from pg_proc p join pg_roles r on r.oid = p.proowner
where p.prosecdef and p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) order by 1;
