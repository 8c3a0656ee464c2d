-- Most clients have no account: they answer the question how it was with a number, by WhatsApp.
-- What stands was held to less than this: 2026-11-29-8-1 looks it through, while others read and write.
alter table public.mensajes_whatsapp drop constraint mensajes_whatsapp_accion_valida,
  add constraint mensajes_whatsapp_accion_valida check (accion in ('confirmar', 'cancelar', 'calificar', 'baja', 'alta')) not valid;

-- Of a business that only reads as well: it was asked about in time, and the answer is the client's.
create or replace function app.exigir_subscripcion_cita() returns trigger language plpgsql set search_path = '' as $$
declare
  antes jsonb;
  cambia text[];
begin
  if exists (select from public.organizaciones o where o.id = app.tenant_actual() and o.solo_lectura) then
    antes := to_jsonb(old);
    cambia := array(select c.key from jsonb_each(to_jsonb(new)) c where c.value is distinct from antes -> c.key);
    if not (cambia <@ array['feedback_solicitado_en']
      or (new.estado = 'cancelada' and cambia <@ array['estado', 'motivo_cancelacion'])
      or (app.usuario_actual() is null and ((new.estado = 'confirmada' and cambia <@ array['estado']) or cambia <@ array['calificacion_cliente']))) then
      raise exception 'La subscripción está suspendida o terminó' using errcode = 'FR402', constraint = 'subscripcion_suspendida';
    end if;
  end if;
  return new;
end $$;
