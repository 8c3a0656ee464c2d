-- An endpoint that a day of failures paused, and that then answers 410, is switched off by that: who was told of the pause learns that nothing waits any more.
drop trigger z_evento_pausa on public.destinos_webhook;
drop function app.destinos_webhook_evento();
-- As in 2026-11-23-6.
create function app.destinos_webhook_evento() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en)
  select o.id, 'webhook-pausado', 'destino_webhook:' || new.id, jsonb_build_object(
    'destino', jsonb_build_object('id', new.id, 'url', new.url, 'motivo_pausa', new.motivo_pausa,
      'fallando_desde', app.instante_json(new.fallando_desde), 'pausado_en', app.instante_json(new.pausado_en)),
    'organizacion', app.organizacion_json(o)), now()
  from public.organizaciones o
  where o.id = new.organizacion_id;
  return null;
end $$;
create trigger z_evento_pausa after update on public.destinos_webhook for each row
  when (new.pausado_en is not null and new.motivo_pausa is distinct from old.motivo_pausa) execute function app.destinos_webhook_evento();
