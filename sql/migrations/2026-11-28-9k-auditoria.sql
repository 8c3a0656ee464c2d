-- migrate:no-transaction
-- The audit of a day, and what is rare in it, without all that was written since. Concurrently: every booking writes here.
drop index concurrently if exists public.auditoria_momento;
create index concurrently auditoria_momento on public.auditoria (organizacion_id, ocurrido_en, id);
comment on index public.auditoria_momento is 'GET /audit';

drop index concurrently if exists public.auditoria_raras;
create index concurrently auditoria_raras on public.auditoria (organizacion_id, id) where accion in ('baja', 'acceso');
comment on index public.auditoria_raras is 'GET /audit';
