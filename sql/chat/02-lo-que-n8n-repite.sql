-- What a client writes by WhatsApp is here when it has arrived, under the id of its channel. n8n's memory adds it again when its agent has answered:
-- the same words in the same conversation, within the time that an agent may take. They were said once.
create or replace function app.completar_mensaje() returns trigger language plpgsql set search_path = '' as $$
begin
  if new.rol is null and new.externo_id is null and new.message ->> 'type' = 'human' and exists (
    select from (
      select h.rol, h.externo_id, h.message, h.creado_en from chat.n8n_chat_histories h
      where h.session_id = new.session_id order by h.id desc limit 50) h
    where h.rol = 'cliente' and h.externo_id is not null and h.creado_en > pg_catalog.clock_timestamp() - interval '10 minutes'
      and app.contenido_de(h.message) = app.contenido_de(new.message))
  then
    return null;
  end if;
  new.rol := coalesce(new.rol, app.rol_de(new.message));
  new.canal := coalesce(new.canal, app.canal_de(new.session_id));
  return new;
end $$;
