-- migrate:no-transaction
-- Who left, without the staff who stay, and the staff, without the clients who left: in one index for both, each list went through all of the other's.
drop index concurrently if exists public.usuarios_inactivos;
create index concurrently usuarios_inactivos on public.usuarios (organizacion_id, id) where not activo and not es_clave_api;
comment on index public.usuarios_inactivos is 'GET /users';

drop index concurrently if exists public.usuarios_equipo;
create index concurrently usuarios_equipo on public.usuarios (organizacion_id, id) where rol <> 'cliente' and not es_clave_api;
comment on index public.usuarios_equipo is 'GET /users';
