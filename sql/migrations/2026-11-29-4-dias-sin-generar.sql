-- As in 9e, but that time which is given back opens no day after generado_hasta. A change of zone puts a cita there, and where the clock repeats the
-- last hour of a day one ends before it begins, as one past midnight does. A change of hours looks no further than generado_hasta: what was opened
-- beyond it stayed on offer when those hours were worked no more.
create or replace function app.citas_franja() returns trigger language plpgsql set search_path = '' as $$
declare
  estaba_viva constant boolean := tg_op = 'UPDATE' and old.estado not in ('cancelada', 'no_asistio');
  esta_viva constant boolean := new.estado not in ('cancelada', 'no_asistio');
  movida constant boolean := tg_op = 'UPDATE'
    and (old.profesional_id, old.ocupa_desde, old.ocupa_hasta) is distinct from (new.profesional_id, new.ocupa_desde, new.ocupa_hasta);
  hoy date;
  primer_dia date;
  ultimo_dia date;
begin
  if estaba_viva and (movida or not esta_viva) then
    hoy := app.hoy();
    -- By the instant: its local day may be that of a zone that was.
    update public.horarios_disponibilidad h set estado = 'disponible', cita_id = null, servicio_id = null
    where h.organizacion_id = old.organizacion_id and h.cita_id = old.id
      and h.termina_en <= app.instante_cercano(hoy, time '00:00', app.zona_actual());
    if not found then
      delete from public.horarios_disponibilidad h where h.organizacion_id = old.organizacion_id and h.cita_id = old.id
      returning h.fecha, h.fecha + (h.hora_fin < h.hora_inicio)::int into primer_dia, ultimo_dia;
      perform app.generar_franjas(p.organizacion_id, array[p.id], greatest(primer_dia, hoy), least(ultimo_dia, p.generado_hasta))
      from public.profesionales p
      where p.organizacion_id = old.organizacion_id and p.id = old.profesional_id;
    end if;
  end if;
  if esta_viva and (movida or not estaba_viva) then
    perform app.ocupar_franja(new.organizacion_id, new.profesional_id, new.fecha_cita, new.ocupa_desde, new.ocupa_hasta, 'ocupado',
      new.servicio_id, new.id, new.reserva_id);
  end if;
  if movida or tg_op = 'INSERT' or new.estado <> old.estado then
    insert into public.historial_citas (organizacion_id, cita_id, estado_anterior, estado_nuevo, inicia_en_anterior, inicia_en_nueva, profesional_id, motivo)
    values (new.organizacion_id, new.id, case when tg_op = 'UPDATE' then old.estado end, new.estado,
      case when movida then old.inicia_en end, new.inicia_en, new.profesional_id,
      coalesce(new.motivo_cancelacion, case when new.estado = 'no_asistio' and app.usuario_actual() is null then 'Automático: no llegó' end));
  end if;
  return null;
end $$;
