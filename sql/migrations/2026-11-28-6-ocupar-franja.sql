-- As in 09, but that it takes what the named hold covers whatever its length: a service may have changed since it was held, and a cita that moves
-- keeps the length and the buffers that were agreed. And nothing of who was deactivated while the booking waited for their lock.
create or replace function app.ocupar_franja(
  org bigint, profesional bigint, dia date, desde timestamptz, hasta timestamptz, nuevo_estado public.estado_franja,
  servicio bigint, cita bigint default null, reserva bigint default null, plazo timestamptz default null)
returns bigint language plpgsql set search_path = '' as $$
declare
  libre public.horarios_disponibilidad%rowtype;
  franja bigint;
begin
  if not exists (select from public.profesionales p where p.organizacion_id = org and p.id = profesional and p.activo) then
    raise exception 'Ya no trabaja aqui' using errcode = 'FR409', constraint = 'sin_disponibilidad';
  end if;

  if reserva is not null then
    update public.horarios_disponibilidad h
    set estado = 'ocupado', cita_id = cita, servicio_id = servicio, reservado_hasta = null, reservado_por = null
    where h.organizacion_id = org and h.id = reserva and h.profesional_id = profesional and h.estado = 'reservado_temporal'
      and h.inicia_en = desde and h.termina_en = hasta
    returning h.id into franja;
    if found then
      return franja;
    end if;
  end if;

  -- An expired hold counts as free, and so does the one that is named here: give its time back first.
  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = profesional and h.fecha = dia and h.estado = 'reservado_temporal'
    and (h.reservado_hasta <= app.ahora() or h.id = reserva) and h.inicia_en < hasta and h.termina_en > desde;
  if found then
    perform app.generar_franjas(org, array[profesional], dia, dia);
  end if;

  select * into libre from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = profesional and h.fecha = dia and h.estado = 'disponible'
    and h.inicia_en <= desde and h.termina_en >= hasta;
  if not found then
    raise exception 'Esa hora no esta disponible' using errcode = 'FR409', constraint = 'sin_disponibilidad';
  end if;

  -- Shrink the free franja before inserting into the room: the EXCLUDE is checked at once.
  if libre.inicia_en < desde then
    update public.horarios_disponibilidad h set termina_en = desde where h.organizacion_id = org and h.id = libre.id;
  elsif libre.termina_en > hasta then
    update public.horarios_disponibilidad h set inicia_en = hasta where h.organizacion_id = org and h.id = libre.id;
  else
    delete from public.horarios_disponibilidad h where h.organizacion_id = org and h.id = libre.id;
  end if;
  insert into public.horarios_disponibilidad (organizacion_id, profesional_id, inicia_en, termina_en, tipo_horario, estado, es_recurrente,
    precio_dinamico, horario_profesional_id, servicio_id, cita_id, reservado_hasta, reservado_por)
  values (org, profesional, desde, hasta, libre.tipo_horario, nuevo_estado, libre.es_recurrente,
    libre.precio_dinamico, libre.horario_profesional_id, servicio, cita, plazo, case when plazo is not null then app.usuario_actual() end)
  returning id into franja;
  if libre.inicia_en < desde and libre.termina_en > hasta then
    insert into public.horarios_disponibilidad (organizacion_id, profesional_id, inicia_en, termina_en, tipo_horario, estado, es_recurrente,
      precio_dinamico, horario_profesional_id)
    values (org, profesional, hasta, libre.termina_en, libre.tipo_horario, 'disponible', libre.es_recurrente,
      libre.precio_dinamico, libre.horario_profesional_id);
  end if;
  return franja;
end $$;
