-- migrate:no-transaction
-- Lists of a few among many: staff among clients who registered, clients and users who left, runs that failed. Each began at the newest or
-- in order and went through all the others. Partial, so that what is written all day (a client, a run that ends well) is not in them.
drop index concurrently if exists public.usuarios_equipo;
create index concurrently usuarios_equipo on public.usuarios (organizacion_id, id) where (rol <> 'cliente' or not activo) and not es_clave_api;
comment on index public.usuarios_equipo is 'GET /users';

drop index concurrently if exists public.clientes_inactivos;
create index concurrently clientes_inactivos on public.clientes (organizacion_id, busqueda, id) where not activo;
comment on index public.clientes_inactivos is 'GET /clients';

drop index concurrently if exists public.ejecuciones_tareas_sin_completar;
create index concurrently ejecuciones_tareas_sin_completar on public.ejecuciones_tareas (id) where estado <> 'completada';
comment on index public.ejecuciones_tareas_sin_completar is 'GET /admin/jobs/runs';
