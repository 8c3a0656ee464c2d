-- A business whose subscription is suspendida, expirada or cancelada reads, cancels and pays; the rest waits. Nothing is deleted.

-- Of saas_app alone, and of its own statements: what a permitted write causes through triggers and system functions is permitted. So a
-- booking asks this once for each statement of its own, by the key of a row that is in memory.
create function app.exigir_subscripcion() returns trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from public.organizaciones o where o.id = app.tenant_actual() and o.solo_lectura) then
    raise exception 'La subscripción está suspendida o terminó' using errcode = 'FR402', constraint = 'subscripcion_suspendida';
  end if;
  return null;
end $$;

do $$
declare
  tabla text;
begin
  foreach tabla in array array['profesionales', 'servicios', 'servicios_profesionales', 'horarios_profesionales', 'horarios_disponibilidad',
    'historial_citas', 'organizaciones', 'plantillas_mensajes'] loop
    execute format('create trigger a_exigir_subscripcion before insert or update or delete on public.%I for each statement
      when (current_user = ''saas_app'' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion()', tabla);
  end loop;
end $$;
-- What these tell of how sending goes is written on; and whoever asks not to be written to is heard.
create trigger a_exigir_subscripcion before insert or delete or update of usuario_id, nombre, email, telefono, fecha_nacimiento, profesional_preferido_id,
  alergias, notas, direccion, como_conocio, activo on public.clientes for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();
create trigger a_exigir_subscripcion before insert or delete or update of url, descripcion, eventos, secreto_sellado, activo, eliminado_en
  on public.destinos_webhook for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();
create trigger a_exigir_subscripcion before insert or delete or update of apikey_sellado, eliminada_en on public.instancias_whatsapp for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();
-- A person who joins by an invitation comes through a system function.
create trigger a_exigir_subscripcion before insert on public.usuarios for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();
create trigger a_exigir_subscripcion before insert on public.claves_api for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();
create trigger a_exigir_subscripcion before insert or delete on public.citas for each statement
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion();

-- A cita may be cancelled by anybody who might, a client may answer a reminder, and how it was may be asked: each of these and nothing beside it.
create function app.exigir_subscripcion_cita() returns trigger language plpgsql set search_path = '' as $$
declare
  antes jsonb;
  cambia text[];
begin
  if exists (select from public.organizaciones o where o.id = app.tenant_actual() and o.solo_lectura) then
    antes := to_jsonb(old);
    cambia := array(select c.key from jsonb_each(to_jsonb(new)) c where c.value is distinct from antes -> c.key);
    if not (cambia <@ array['feedback_solicitado_en']
      or (new.estado = 'cancelada' and cambia <@ array['estado', 'motivo_cancelacion'])
      or (new.estado = 'confirmada' and app.usuario_actual() is null and cambia <@ array['estado'])) then
      raise exception 'La subscripción está suspendida o terminó' using errcode = 'FR402', constraint = 'subscripcion_suspendida';
    end if;
  end if;
  return new;
end $$;
create trigger a_exigir_subscripcion_cambio before update on public.citas for each row
  when (current_user = 'saas_app' and pg_trigger_depth() = 0) execute function app.exigir_subscripcion_cita();

-- ── Over all organisations ──────────────────────────────────────────────────────────────────────────────────────
-- Where a task has work, less where it may not write.
create function app.organizaciones_para(tarea text) returns setof bigint
language plpgsql stable security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  if tarea = 'subscripciones' then
    return query select s from app.subscripciones_por_atender() s;
  elsif tarea in ('inasistencias', 'reservas_vencidas', 'extension_horarios') then
    return query select o.id from app.organizaciones_con_trabajo(tarea) t join public.organizaciones o on o.id = t where not o.solo_lectura order by o.id;
  else
    return query select t from app.organizaciones_con_trabajo(tarea) t;
  end if;
end $$;
