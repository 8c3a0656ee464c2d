-- The context of a transaction, told to every node that the transaction touches (docs/citus.md). The same signatures, rights and effect as
-- in sql/schema and sql/migrations. set_config() stays on the node that runs it; of SET LOCAL Citus sends the text along, where
-- citus.propagate_set_commands is 'local'. As saas_owner, on the coordinator.

create or replace function app.fijar_contexto(organizacion bigint, usuario bigint, rol text, ahora timestamptz default null)
returns void language plpgsql volatile set search_path = '' as $$
begin
  execute pg_catalog.format('set local app.current_tenant_id = %L', coalesce(organizacion::text, ''));
  execute pg_catalog.format('set local app.current_user_id = %L', coalesce(usuario::text, ''));
  execute pg_catalog.format('set local app.current_user_role = %L', coalesce(rol, ''));
  execute pg_catalog.format('set local app.ahora = %L', coalesce(ahora::text, ''));
end $$;

create or replace function app.fijar_origen(ip inet, solicitud uuid)
returns void language plpgsql volatile set search_path = '' as $$
begin
  execute pg_catalog.format('set local app.ip = %L', coalesce(pg_catalog.host(ip), ''));
  execute pg_catalog.format('set local app.solicitud = %L', coalesce(solicitud::text, ''));
end $$;

-- As in sql/schema/02, without a CASE: Citus evaluates each branch of one before it sends an INSERT to a node, and '' is no instant.
create or replace function app.ahora() returns timestamptz language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('app.ahora', true), '')::timestamptz, pg_catalog.now());
