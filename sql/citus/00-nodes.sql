-- Every node of a Citus cluster, before the schema is distributed (docs/citus.md): by a superuser, in the main database, on each node.
create extension if not exists citus;

-- SET LOCAL is told to the nodes that a transaction touches: the context of app.fijar_contexto (02-context.sql).
select format('alter database %I set citus.propagate_set_commands = ''local''', current_database())
\gexec

-- Citus asks another node in the name of the role that runs the statement; inside a system function that is its owner. So these may sign in,
-- without a password, and pg_hba.conf lets them in from the nodes alone, by certificate.
alter role saas_owner login;
alter role saas_auth login;
alter role saas_system login;
alter role saas_search login;

-- What stands in the head of a function stays on the node that runs it: there saas_system says it of itself.
alter role saas_system set app.bypass_rls = 'true';

-- The coordinator comes as whoever asks it. sql/setup/03 says so there alone.
select format('grant connect on database %I to saas_owner, saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user', current_database())
\gexec

-- Citus plans by the values: of a plan for any it cannot say which node it is of.
select format('alter role saas_app in database %I set plan_cache_mode = force_custom_plan', current_database())
\gexec
