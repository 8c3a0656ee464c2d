-- Conversations live in chat_memories_db (sql/chat); here stand how long a business keeps them and the trace of erasing a client's.
alter table public.organizaciones add column retencion_chat_dias integer default 180
  constraint organizaciones_retencion_chat check (retencion_chat_dias between 1 and 3650);
comment on column public.organizaciones.retencion_chat_dias is 'Messages older than this are deleted from chat_memories_db; null keeps them.';

-- No row of this database changes when a conversation is erased, so no trigger could tell of it. Security definer like app.auditar:
-- nobody writes the audit but these functions, and this one says this only.
create function app.auditar_borrado_conversaciones(cliente bigint) returns void
language sql volatile security definer set search_path = '' set app.bypass_rls = 'true'
begin atomic
  insert into public.auditoria (organizacion_id, accion, tabla, registro_id, usuario_id, rol, ip, solicitud)
  values (app.tenant_actual(), 'baja', 'conversaciones', cliente, app.usuario_actual(), app.rol_actual(), app.ip_actual(), app.solicitud_actual());
end;
