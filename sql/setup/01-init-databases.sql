-- The four databases of the ecosystem and their extensions. Run as a superuser, connected to `postgres`.
-- psql:  psql -v postgres_db=saas_db -v chat_db=chat_memories_db -f sql/setup/01-init-databases.sql
-- UTF8 from template0: the names of clients do not fit in SQL_ASCII, and template1 may carry local changes.

select format('create database %I template template0 encoding ''UTF8''', nombre)
from unnest(array[:'postgres_db', 'n8n_db', 'evolution_db', :'chat_db']) as nombre
where not exists (select from pg_database where datname = nombre)
\gexec

-- Nobody connects by default; 03-grant-permissions.sql says who may.

select format('revoke all on database %I from public', nombre)
from unnest(array[:'postgres_db', 'n8n_db', 'evolution_db', :'chat_db']) as nombre
\gexec

\connect :"postgres_db"

-- Extensions live apart, so that no tenant-facing schema holds a function that nobody wrote.
create schema if not exists extensions;
create extension if not exists "uuid-ossp" schema extensions;
create extension if not exists pg_trgm schema extensions;
create extension if not exists btree_gin schema extensions;
create extension if not exists btree_gist schema extensions;
create extension if not exists unaccent schema extensions;

\connect n8n_db

create schema if not exists extensions;
create extension if not exists "uuid-ossp" schema extensions;
create extension if not exists pg_trgm schema extensions;
create extension if not exists btree_gin schema extensions;
create extension if not exists btree_gist schema extensions;

\connect evolution_db

create schema if not exists extensions;
create extension if not exists "uuid-ossp" schema extensions;
create extension if not exists pg_trgm schema extensions;

\connect :"chat_db"

create schema if not exists extensions;
create extension if not exists "uuid-ossp" schema extensions;
create extension if not exists pg_trgm schema extensions;
