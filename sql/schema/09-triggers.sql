-- Triggers keep what must hold whoever writes: stamps, directories, the state machine, local times, and the franja of each cita.
-- They write only rows of the same tenant.

-- ── Stamps ──────────────────────────────────────────────────────────────────────────────────────────────────────
create function app.sellar_cambio() returns trigger language plpgsql set search_path = '' as $$
begin
  new.creado_en := old.creado_en;
  new.creado_por := old.creado_por;
  new.actualizado_en := now();
  new.actualizado_por := coalesce(app.usuario_actual(), old.actualizado_por);
  return new;
end $$;

create trigger a_sellar_cambio before update on public.organizaciones for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.usuarios for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.profesionales for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.clientes for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.servicios for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.servicios_profesionales for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.citas for each row execute function app.sellar_cambio();
create trigger a_sellar_cambio before update on public.horarios_disponibilidad for each row execute function app.sellar_cambio();

-- ── Organisations ───────────────────────────────────────────────────────────────────────────────────────────────
create function app.organizaciones_validar() returns trigger language plpgsql set search_path = '' as $$
begin
  if not exists (select from pg_catalog.pg_timezone_names z where z.name = new.zona_horaria and z.name !~ '^(posix|right)/') then
    raise exception 'Zona horaria desconocida: %', new.zona_horaria using errcode = 'FR400', constraint = 'organizaciones_zona_horaria';
  end if;
  -- Apart, so that registration (saas_system, which may not read servicios) never plans the look at servicios.
  if tg_op = 'UPDATE' and new.moneda <> old.moneda then
    if exists (select from public.servicios s where s.organizacion_id = new.id) then
      raise exception 'La moneda no cambia con servicios creados' using errcode = 'FR409', constraint = 'organizaciones_moneda_fija';
    end if;
  end if;
  return new;
end $$;
create trigger b_validar before insert or update of zona_horaria, moneda on public.organizaciones
  for each row execute function app.organizaciones_validar();

-- Instants are the truth: when the zone changes, what is of today or still to come shows its new local time.
-- All of today, because its franjas are generated again around what is already over.
create function app.organizaciones_rezonificar() returns trigger language plpgsql set search_path = '' as $$
declare
  hoy constant timestamptz := app.instante_cercano((app.ahora() at time zone new.zona_horaria)::date, time '00:00', new.zona_horaria);
begin
  update public.citas c set actualizado_en = now() where c.organizacion_id = new.id and c.termina_en > hoy;
  update public.horarios_disponibilidad h set actualizado_en = now() where h.organizacion_id = new.id and h.termina_en > hoy;
  return null;
end $$;
create trigger rezonificar after update of zona_horaria on public.organizaciones
  for each row when (new.zona_horaria <> old.zona_horaria) execute function app.organizaciones_rezonificar();

-- Security definer (saas_system): tenants cannot read or write the directories.
create function app.organizaciones_directorio() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.directorio_organizaciones (codigo_tenant, organizacion_id) values (new.codigo_tenant, new.id)
  on conflict (organizacion_id) do update set codigo_tenant = excluded.codigo_tenant;
  return null;
end $$;
create trigger directorio after insert or update of codigo_tenant on public.organizaciones
  for each row execute function app.organizaciones_directorio();

-- ── Users ───────────────────────────────────────────────────────────────────────────────────────────────────────
create function app.usuarios_directorio() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.directorio_usuarios d where d.organizacion_id = old.organizacion_id and d.usuario_id = old.id;
  end if;
  insert into public.directorio_usuarios (email, organizacion_id, usuario_id) values (new.email, new.organizacion_id, new.id);
  return null;
end $$;
create trigger directorio after insert or update of email on public.usuarios for each row execute function app.usuarios_directorio();

-- self access: a user changes only their own row, and never their role. Only an admin of the tenant touches others.
create function app.usuarios_guardia() returns trigger language plpgsql set search_path = '' as $$
begin
  if current_user <> 'saas_app' then
    return new;
  end if;
  if new.rol = 'super_admin' or (tg_op = 'UPDATE' and old.rol = 'super_admin') then
    raise exception 'Rol reservado' using errcode = '42501';
  end if;
  if coalesce(app.rol_actual(), '') in ('admin', 'propietario') then
    return new;
  end if;
  if tg_op = 'UPDATE' and old.id is distinct from app.usuario_actual() then
    raise exception 'Solo el propio usuario' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' and (new.rol, new.activo) is distinct from (old.rol, old.activo) then
    raise exception 'Solo un administrador cambia roles' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' and new.rol <> 'cliente' then
    raise exception 'Solo un administrador crea usuarios' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger b_guardia before insert or update on public.usuarios for each row execute function app.usuarios_guardia();

-- ── Money: the organisation's currency, with no more decimals than it has ───────────────────────────────────────
create function app.exigir_decimales(codigo_moneda text, importe numeric) returns void language plpgsql stable set search_path = '' as $$
begin
  if importe <> round(importe, (select m.decimales::int from public.monedas m where m.codigo = codigo_moneda)) then
    raise exception '% no tiene tantos decimales', codigo_moneda using errcode = 'FR400', constraint = 'decimales_de_la_moneda';
  end if;
end $$;

create function app.servicios_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  -- Not strict, here and below: an organisation out of reach is for the policy to refuse.
  select o.moneda into new.moneda from public.organizaciones o where o.id = new.organizacion_id;
  perform app.exigir_decimales(new.moneda, new.precio);
  return new;
end $$;
create trigger b_moneda before insert or update of precio, moneda on public.servicios for each row execute function app.servicios_moneda();

create function app.servicios_profesionales_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  perform app.exigir_decimales((select o.moneda from public.organizaciones o where o.id = new.organizacion_id), new.precio_personalizado);
  return new;
end $$;
create trigger b_moneda before insert or update of precio_personalizado on public.servicios_profesionales
  for each row execute function app.servicios_profesionales_moneda();

-- ── Citas: the state machine, the times, the price ──────────────────────────────────────────────────────────────
create function app.transicion_permitida(de public.estado_cita, a public.estado_cita) returns boolean language sql immutable parallel safe
return case de
  when 'pendiente' then a in ('confirmada', 'en_curso', 'cancelada', 'no_asistio')
  when 'confirmada' then a in ('en_curso', 'cancelada', 'no_asistio')
  when 'en_curso' then a = 'completada'
  else false
end;

create function app.bloquear_profesionales(org bigint, ids bigint[]) returns void language plpgsql set search_path = '' as $$
begin
  -- The one lock of booking, always in the order of ids. NO KEY: foreign-key checks of others do not wait for it.
  perform 1 from public.profesionales p where p.organizacion_id = org and p.id = any (ids) order by p.id for no key update;
end $$;

create function app.citas_preparar() returns trigger language plpgsql set search_path = '' as $$
declare
  org record;
  mueve boolean := tg_op = 'INSERT';
  cambia_estado constant boolean := tg_op = 'UPDATE' and new.estado <> old.estado;
begin
  select o.zona_horaria as zona, o.tolerancia_minutos as tolerancia, o.moneda into org from public.organizaciones o where o.id = new.organizacion_id;

  if tg_op = 'INSERT' then
    new.codigo_cita := app.codigo_legible(new.id);
    if new.estado not in ('pendiente', 'confirmada') then
      raise exception 'Una cita nace pendiente o confirmada' using errcode = 'FR409', constraint = 'citas_transicion';
    end if;
    if new.inicia_en is null then
      new.inicia_en := app.instante(new.fecha_cita, new.hora_inicio, org.zona);
      new.termina_en := app.instante(new.fecha_cita, new.hora_fin, org.zona);
    end if;
  else
    if cambia_estado and not app.transicion_permitida(old.estado, new.estado) then
      raise exception 'De % no se pasa a %', old.estado, new.estado
        using errcode = 'FR409', constraint = 'citas_transicion', detail = old.estado::text || '>' || new.estado::text;
    end if;
    -- Somebody who moved only what people see moved the cita.
    if (new.inicia_en, new.termina_en) = (old.inicia_en, old.termina_en)
       and (new.fecha_cita, new.hora_inicio, new.hora_fin) is distinct from (old.fecha_cita, old.hora_inicio, old.hora_fin) then
      new.inicia_en := app.instante(new.fecha_cita, new.hora_inicio, org.zona);
      new.termina_en := app.instante(new.fecha_cita, new.hora_fin, org.zona);
    end if;
    mueve := (new.inicia_en, new.termina_en, new.profesional_id, new.buffer_antes_minutos, new.buffer_despues_minutos)
      is distinct from (old.inicia_en, old.termina_en, old.profesional_id, old.buffer_antes_minutos, old.buffer_despues_minutos);
    if mueve and (cambia_estado or old.estado not in ('pendiente', 'confirmada')) then
      raise exception 'Solo se mueve una cita pendiente o confirmada' using errcode = 'FR409', constraint = 'citas_movible';
    end if;
  end if;

  if mueve or new.estado in ('cancelada', 'no_asistio') then
    perform app.bloquear_profesionales(new.organizacion_id, case tg_op
      when 'INSERT' then array[new.profesional_id] else array[old.profesional_id, new.profesional_id] end);
    -- A change of zone holds every professional: what was read before the lock may be the zone that was.
    select o.zona_horaria into org.zona from public.organizaciones o where o.id = new.organizacion_id;
  end if;

  if mueve and new.inicia_en < app.ahora() - make_interval(mins => org.tolerancia) then
    raise exception 'La hora ya ha pasado' using errcode = 'FR400', constraint = 'citas_en_el_pasado';
  end if;
  new.ocupa_desde := new.inicia_en - make_interval(mins => new.buffer_antes_minutos);
  new.ocupa_hasta := new.termina_en + make_interval(mins => new.buffer_despues_minutos);
  new.fecha_cita := (new.inicia_en at time zone org.zona)::date;
  new.hora_inicio := (new.inicia_en at time zone org.zona)::time;
  new.hora_fin := app.hora_de_fin(new.inicia_en at time zone org.zona, app.fin_local(new.termina_en, org.zona));
  new.moneda := org.moneda;
  new.precio_final := new.precio_servicio - new.descuento;
  perform app.exigir_decimales(new.moneda, new.precio_servicio);
  perform app.exigir_decimales(new.moneda, new.descuento);

  if cambia_estado then
    case new.estado
      when 'confirmada' then
        new.confirmada_en := app.ahora();
      when 'en_curso' then
        if (app.ahora() at time zone org.zona)::date < new.fecha_cita then
          raise exception 'Una cita no empieza antes de su dia' using errcode = 'FR409', constraint = 'citas_inicio_en_su_dia';
        end if;
        new.hora_inicio_real := coalesce(new.hora_inicio_real, app.ahora());
        new.tiempo_espera_minutos := greatest(0, floor(extract(epoch from
          new.hora_inicio_real - greatest(new.inicia_en, coalesce(new.hora_llegada, new.inicia_en))) / 60));
      when 'completada' then
        new.hora_fin_real := coalesce(new.hora_fin_real, greatest(app.ahora(), new.hora_inicio_real));
      when 'cancelada' then
        new.cancelada_en := app.ahora();
        new.cancelada_por := app.usuario_actual();
      when 'no_asistio' then
        if app.ahora() < new.inicia_en then
          raise exception 'Aun no es la hora de la cita' using errcode = 'FR409', constraint = 'citas_no_asistio_tras_inicio';
        end if;
      else null;
    end case;
  elsif tg_op = 'INSERT' and new.estado = 'confirmada' then
    new.confirmada_en := app.ahora();
  end if;

  if tg_op = 'UPDATE' and (new.calificacion_cliente, new.comentario_cliente) is distinct from (old.calificacion_cliente, old.comentario_cliente) then
    if old.calificacion_cliente is not null then
      raise exception 'Una cita se califica una vez' using errcode = 'FR409', constraint = 'citas_calificada_una_vez';
    end if;
    new.calificada_en := app.ahora();
  end if;
  return new;
end $$;
create trigger b_preparar before insert or update on public.citas for each row execute function app.citas_preparar();

-- ── Citas: their franja and their history ───────────────────────────────────────────────────────────────────────

-- Takes [desde, hasta) out of the free time of a professional. The caller holds the professional's lock.
create function app.ocupar_franja(
  org bigint, profesional bigint, dia date, desde timestamptz, hasta timestamptz, nuevo_estado public.estado_franja,
  servicio bigint, cita bigint default null, reserva bigint default null, plazo timestamptz default null)
returns bigint language plpgsql set search_path = '' as $$
declare
  libre public.horarios_disponibilidad%rowtype;
  franja bigint;
begin
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

  -- An expired hold counts as free: give its time back first.
  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = profesional and h.fecha = dia and h.estado = 'reservado_temporal'
    and h.reservado_hasta <= app.ahora() and h.inicia_en < hasta and h.termina_en > desde;
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

create function app.citas_franja() returns trigger language plpgsql set search_path = '' as $$
declare
  estaba_viva constant boolean := tg_op = 'UPDATE' and old.estado not in ('cancelada', 'no_asistio');
  esta_viva constant boolean := new.estado not in ('cancelada', 'no_asistio');
  movida constant boolean := tg_op = 'UPDATE'
    and (old.profesional_id, old.ocupa_desde, old.ocupa_hasta) is distinct from (new.profesional_id, new.ocupa_desde, new.ocupa_hasta);
begin
  if estaba_viva and (movida or not esta_viva) then
    delete from public.horarios_disponibilidad h where h.organizacion_id = old.organizacion_id and h.cita_id = old.id;
    perform app.generar_franjas(old.organizacion_id, array[old.profesional_id], old.fecha_cita, old.fecha_cita);
  end if;
  if esta_viva and (movida or not estaba_viva) then
    perform app.ocupar_franja(new.organizacion_id, new.profesional_id, new.fecha_cita, new.ocupa_desde, new.ocupa_hasta, 'ocupado',
      new.servicio_id, new.id, new.reserva_id);
  end if;
  if movida or tg_op = 'INSERT' or new.estado <> old.estado then
    insert into public.historial_citas (organizacion_id, cita_id, estado_anterior, estado_nuevo, inicia_en_anterior, inicia_en_nueva, profesional_id, motivo)
    values (new.organizacion_id, new.id, case when tg_op = 'UPDATE' then old.estado end, new.estado,
      case when movida then old.inicia_en end, new.inicia_en, new.profesional_id, new.motivo_cancelacion);
  end if;
  return null;
end $$;
create trigger franja after insert or update on public.citas for each row execute function app.citas_franja();

-- ── Franjas: local times follow the instants ────────────────────────────────────────────────────────────────────
create function app.horarios_disponibilidad_hora_local() returns trigger language plpgsql set search_path = '' as $$
declare
  zona constant text := (select o.zona_horaria from public.organizaciones o where o.id = new.organizacion_id);
begin
  new.fecha := (new.inicia_en at time zone zona)::date;
  new.hora_inicio := (new.inicia_en at time zone zona)::time;
  new.hora_fin := app.hora_de_fin(new.inicia_en at time zone zona, app.fin_local(new.termina_en, zona));
  return new;
end $$;
create trigger b_hora_local before insert or update on public.horarios_disponibilidad
  for each row execute function app.horarios_disponibilidad_hora_local();
