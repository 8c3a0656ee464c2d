-- Roles. Login roles take their passwords from the environment; NOLOGIN roles own things and can never be connected to.
-- No role is a member of another: policies "to x" also reach members of x, and set_config('role', …) equals SET ROLE.

select format('create role %I nologin', nombre)
from unnest(array['saas_owner', 'saas_auth', 'saas_system', 'saas_search']) as nombre
where not exists (select from pg_roles where rolname = nombre)
\gexec

select format('create role %I login', nombre)
from unnest(array['saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user']) as nombre
where not exists (select from pg_roles where rolname = nombre)
\gexec

select format('alter role %I nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit', nombre)
from unnest(array['saas_owner', 'saas_auth', 'saas_system', 'saas_search', 'saas_app', 'saas_admin', 'n8n_app', 'evolution_app',
                  'readonly_user', 'integration_user']) as nombre
\gexec

-- A membership granted by hand would widen everything above: take it back at every migrate.
select format('revoke %s from %s', m.roleid::regrole, m.member::regrole)
from pg_auth_members m
where m.member::regrole::text in ('saas_owner', 'saas_auth', 'saas_system', 'saas_search', 'saas_app', 'saas_admin', 'n8n_app', 'evolution_app',
                                  'readonly_user', 'integration_user')
\gexec

alter role saas_app password :'saas_app_password';
alter role saas_admin password :'saas_admin_password';
alter role n8n_app password :'n8n_app_password';
alter role evolution_app password :'evolution_app_password';
alter role readonly_user password :'readonly_user_password';
alter role integration_user password :'integration_user_password';

-- pg_stat_activity shows every session of one's own role, so with it the literals of other tenants.
alter role saas_app set track_activities = off;
alter role saas_app set search_path = public;
alter role saas_app set timezone = 'UTC';
alter role saas_app set idle_in_transaction_session_timeout = '60s';
alter role saas_app set statement_timeout = '30s';
-- Where the server has LLVM, compiling the plan of a set-returning function took 1.8 s; running it takes 20 ms.
alter role saas_app set jit = off;
-- One plan for each statement, made once: the one whose pages the tests bound. Left to choose, the server planned the longest ones anew at every call,
-- half of what it takes to give the time of a cita back.
alter role saas_app set plan_cache_mode = force_generic_plan;
-- What is read often is in memory, and disks no longer turn: at the 4 of those that did, the few rows of a small table are read whole for each cita of a list.
alter role saas_app set random_page_cost = 1.1;
alter role saas_admin set track_activities = off;
alter role saas_admin set search_path = public;
alter role saas_admin set timezone = 'UTC';
-- Whose password is in a report or in somebody else's program: it keeps the API out of no connection of the server.
alter role readonly_user connection limit 20;
alter role integration_user connection limit 20;
alter role readonly_user set default_transaction_read_only = on;
alter role readonly_user set statement_timeout = '60s';

-- Who writes a function with "set app.…" in its head needs this right (PostgreSQL 15 and later).
grant set on parameter "app.bypass_rls" to saas_owner, saas_system;
grant set on parameter "app.current_user_role" to saas_owner, saas_auth;

\connect :"postgres_db"

revoke all on schema public from public;
grant create on database :"postgres_db" to saas_owner;
grant create, usage on schema public to saas_owner;
grant usage on schema extensions to public;

-- Deny by default: what saas_owner creates later is for nobody until it is granted.
alter default privileges for role saas_owner revoke execute on functions from public;
alter default privileges for role saas_owner revoke usage on types from public;

\connect :"chat_db"

revoke all on schema public from public;
grant create on database :"chat_db" to saas_owner;
grant usage on schema extensions to public;
alter default privileges for role saas_owner revoke execute on functions from public;
alter default privileges for role saas_owner revoke usage on types from public;
