-- Work of the clock: reminders, requests for a rating, no-shows, usage and cleaning; and the record of who ran what, so that one instance does.

-- ── Runs ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: every instance ticks, one runs; and whoever looks after the platform sees what ran and what failed. No tenant: a run is of all.
create table public.ejecuciones_tareas (
  id bigint generated always as identity primary key,
  tarea text not null constraint ejecuciones_tareas_tarea_formato check (tarea ~ '^[a-z_]{3,40}$'),
  programada_para timestamptz not null,
  origen text not null constraint ejecuciones_tareas_origen_valido check (origen in ('reloj', 'manual')),
  pedida_por bigint,
  intentos smallint not null default 1 constraint ejecuciones_tareas_intentos_pocos check (intentos between 1 and 3),
  estado text not null default 'en_curso'
    constraint ejecuciones_tareas_estado_valido check (estado in ('en_curso', 'completada', 'con_errores', 'interrumpida', 'abandonada')),
  iniciada_en timestamptz not null default clock_timestamp(),
  latido_en timestamptz not null default clock_timestamp(),
  terminada_en timestamptz,
  cuentas jsonb not null default '{}' constraint ejecuciones_tareas_cuentas_objeto check (jsonb_typeof(cuentas) = 'object'),
  error text constraint ejecuciones_tareas_error_largo check (length(error) <= 300),
  constraint ejecuciones_tareas_una_por_turno unique (tarea, programada_para),
  constraint ejecuciones_tareas_terminada_con_sello check ((terminada_en is null) = (estado = 'en_curso')),
  constraint ejecuciones_tareas_pedida_a_mano check (pedida_por is null or origen = 'manual')
);
comment on table public.ejecuciones_tareas is 'Written by app.tomar_tarea and its like alone; saas_admin reads it. Rows go after 90 days.';
comment on column public.ejecuciones_tareas.programada_para is 'The turn: of all instances that see it come, the one that inserts this row runs it.';
comment on column public.ejecuciones_tareas.pedida_por is 'The super_admin who asked for it.';
comment on column public.ejecuciones_tareas.latido_en is 'Written every few seconds. Two minutes of silence: its process is gone, and the next tick takes it over.';
comment on column public.ejecuciones_tareas.error is 'Organisation and SQLSTATE of the first failure: never data of anybody.';
-- One at a time of each task, whatever a turn is called.
create unique index ejecuciones_tareas_una_en_curso on public.ejecuciones_tareas (tarea) where estado = 'en_curso';

-- What a killed or stopped process left of a task, three times at most, or else the turn of now, if nobody has had it. `situacion` is tomada,
-- en_curso (somebody alive has the task in hand) or hecha.
create function app.tomar_tarea(nombre text, cada interval, desfase interval, a_mano boolean default false, usuario bigint default null)
returns table (ejecucion bigint, intento smallint, situacion text, faltan_segundos float8)
language plpgsql volatile security definer set search_path = '' as $$
declare
  ahora constant timestamptz := clock_timestamp();
  turno constant timestamptz := date_bin(cada, ahora - desfase, timestamptz '2000-01-01Z') + desfase;
begin
  faltan_segundos := extract(epoch from turno + cada - ahora);
  perform pg_advisory_xact_lock(hashtextextended('app.tomar_tarea ' || nombre, 0));
  if exists (select from public.ejecuciones_tareas e where e.tarea = nombre and e.estado = 'en_curso' and e.latido_en > ahora - interval '2 minutes') then
    situacion := 'en_curso';
    return next;
    return;
  end if;
  update public.ejecuciones_tareas e set estado = 'abandonada', terminada_en = e.latido_en
  where e.tarea = nombre and e.estado = 'en_curso' and (a_mano or e.intentos = 3);
  if not a_mano then
    update public.ejecuciones_tareas e set estado = 'en_curso', intentos = e.intentos + 1, latido_en = clock_timestamp(), terminada_en = null
    where e.id = (select u.id from public.ejecuciones_tareas u where u.tarea = nombre order by u.programada_para desc limit 1)
      and e.estado in ('en_curso', 'interrumpida') and e.intentos < 3
    returning e.id, e.intentos into ejecucion, intento;
  end if;
  if ejecucion is null then
    insert into public.ejecuciones_tareas as e (tarea, programada_para, origen, pedida_por)
    values (nombre, case when a_mano then ahora else turno end, case when a_mano then 'manual' else 'reloj' end, usuario)
    on conflict (tarea, programada_para) do nothing
    returning e.id, e.intentos into ejecucion, intento;
  end if;
  situacion := case when ejecucion is null then 'hecha' else 'tomada' end;
  return next;
end $$;

-- False: it was taken over meanwhile.
create function app.latir_tarea(ejecucion bigint, intento smallint) returns boolean
language sql volatile security definer set search_path = '' as $$
  with e as (
    update public.ejecuciones_tareas e set latido_en = clock_timestamp()
    where e.id = ejecucion and e.intentos = intento and e.estado = 'en_curso' returning 1)
  select exists (select from e)
$$;

create function app.terminar_tarea(ejecucion bigint, intento smallint, como text, contadas jsonb, fallo text) returns void
language sql volatile security definer set search_path = '' as $$
  update public.ejecuciones_tareas e
  set estado = como, cuentas = contadas, error = left(fallo, 300), latido_en = clock_timestamp(), terminada_en = clock_timestamp()
  where e.id = ejecucion and e.intentos = intento and e.estado = 'en_curso';

  delete from public.ejecuciones_tareas v
  where v.id in (
    select a.id from public.ejecuciones_tareas a
    where a.tarea = (select e.tarea from public.ejecuciones_tareas e where e.id = ejecucion) and a.programada_para < now() - interval '90 days'
    limit 500);
$$;

-- ── What an organisation decides ────────────────────────────────────────────────────────────────────────────────
alter table public.organizaciones
  add column recordatorios_activos boolean not null default true,
  -- From the farthest to the nearest, so that equal ones cannot hide.
  add column recordatorios_minutos int[] not null default '{1440,120}' constraint organizaciones_recordatorios_validos check (
    cardinality(recordatorios_minutos) between 1 and 5 and array_position(recordatorios_minutos, null) is null
    and 15 <= all (recordatorios_minutos) and 20160 >= all (recordatorios_minutos)
    and coalesce(recordatorios_minutos[1] > recordatorios_minutos[2], true) and coalesce(recordatorios_minutos[2] > recordatorios_minutos[3], true)
    and coalesce(recordatorios_minutos[3] > recordatorios_minutos[4], true) and coalesce(recordatorios_minutos[4] > recordatorios_minutos[5], true)),
  add column silencio_desde time(0) default '21:00',
  add column silencio_hasta time(0) default '08:00',
  add column feedback_minutos int default 60 constraint organizaciones_feedback_valido check (feedback_minutos between 0 and 1440),
  add column inasistencia_minutos int constraint organizaciones_inasistencia_valida check (inasistencia_minutos between 5 and 1440),
  add constraint organizaciones_silencio_completo check ((silencio_desde is null) = (silencio_hasta is null)),
  -- Four hours of the day remain for what it has to say.
  add constraint organizaciones_silencio_termina check (
    (extract(epoch from silencio_hasta - silencio_desde)::int + 86400) % 86400 between 1 and 72000);
comment on column public.organizaciones.recordatorios_minutos is 'Minutes before a cita at which its client is reminded, the farthest first.';
comment on column public.organizaciones.silencio_desde is 'Local time from which until silencio_hasta, over midnight or not, no reminder and no request goes out. Null: any hour serves.';
comment on column public.organizaciones.feedback_minutos is 'So long after a cita was completed its client is asked how it was. Null: never.';
comment on column public.organizaciones.inasistencia_minutos is 'Who has not arrived so long after the start did not come. Null: only people say so.';

-- The silence that contains an instant, or null. Whole nights and not hours of the clock: on the days that DST changes it is still one interval.
create function app.silencio_de(instante timestamptz, desde time, hasta time, zona text) returns tstzrange
language plpgsql stable parallel safe set search_path = '' as $$
declare
  hoy constant date := (instante at time zone zona)::date;
  inicio timestamptz;
  silencio tstzrange;
begin
  if desde is null then
    return null;
  end if;
  for atras in 0..1 loop
    inicio := app.instante_cercano(hoy - atras, desde, zona);
    silencio := tstzrange(inicio, greatest(inicio, app.instante_cercano(hoy - atras + (hasta <= desde)::int, hasta, zona)));
    if silencio @> instante then
      return silencio;
    end if;
  end loop;
  return null;
end $$;

-- When a reminder of so many minutes goes out. Out of the silence: at its end, if that is half an hour before the cita; else before it begins.
create function app.momento_recordatorio(inicia timestamptz, minutos int, desde time, hasta time, zona text) returns timestamptz
language plpgsql stable parallel safe set search_path = '' as $$
declare
  normal constant timestamptz := inicia - make_interval(mins => minutos);
  silencio constant tstzrange := app.silencio_de(normal, desde, hasta, zona);
begin
  return case
    when silencio is null then normal
    when upper(silencio) <= inicia - interval '30 minutes' then upper(silencio)
    else lower(silencio) - interval '15 minutes' end;
end $$;

-- ── Reminders ───────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: this row is the promise of exactly one: whoever inserts it has reminded, or has decided not to. inicia_en is in the key, so that a
-- cita that moves is reminded of its new time.
create table public.recordatorios (
  organizacion_id bigint not null default app.tenant_actual()
    constraint recordatorios_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  cita_id bigint not null,
  canal text collate "C" not null default 'evento' constraint recordatorios_canal_valido check (canal in ('evento')),
  minutos_antes int not null,
  inicia_en timestamptz not null,
  programado_para timestamptz not null,
  enviado_en timestamptz,
  estado text not null constraint recordatorios_estado_valido check (estado in ('enviado', 'omitido')),
  motivo text constraint recordatorios_motivo_valido check (motivo in ('reserva_tardia', 'tarde', 'otro_mas_cercano')),
  creado_en timestamptz not null default app.ahora(),
  primary key (organizacion_id, id),
  constraint recordatorios_cita foreign key (organizacion_id, cita_id) references public.citas (organizacion_id, id) on delete restrict,
  constraint recordatorios_uno unique (organizacion_id, cita_id, canal, minutos_antes, inicia_en),
  constraint recordatorios_enviado_con_sello check ((enviado_en is not null) = (estado = 'enviado')),
  constraint recordatorios_omitido_con_motivo check ((motivo is not null) = (estado = 'omitido'))
);
comment on table public.recordatorios is 'Append-only by privilege. What is enviado is an evento; the outbox takes that to each channel of the organisation, once to each.';
comment on column public.recordatorios.inicia_en is 'Of the cita when it was decided.';
comment on column public.recordatorios.programado_para is 'When it was due, out of quiet hours.';
comment on column public.recordatorios.motivo is
  'reserva_tardia: booked when it was already due; tarde: too near the cita to help; otro_mas_cercano: a nearer one goes, or went.';
select app.proteger_tabla('public.recordatorios');
drop policy solo_lectura on public.recordatorios;
drop policy integracion on public.recordatorios;
-- Said by recordatorios, for each offset; nobody ever wrote it.
alter table public.citas drop column recordatorio_enviado_en;

-- Security definer (saas_system): only who reminds can tell of it.
create function app.recordatorios_evento() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  select c.organizacion_id, 'recordatorio-cita', 'cita:' || c.id, app.cita_json(c) || jsonb_build_object('recordatorio', jsonb_build_object(
    'id', new.id, 'minutos_antes', new.minutos_antes, 'programado_para', app.instante_json(new.programado_para),
    'faltan_minutos', floor(extract(epoch from c.inicia_en - app.ahora()) / 60)::int))
  from public.citas c
  where c.organizacion_id = new.organizacion_id and c.id = new.cita_id;
  return null;
end $$;
create trigger z_evento after insert on public.recordatorios for each row when (new.estado = 'enviado') execute function app.recordatorios_evento();

-- ── Requests for a rating, no-shows ─────────────────────────────────────────────────────────────────────────────
-- Whom to ask how it was: only a completada has that hour.
create index citas_por_opinar on public.citas (organizacion_id, hora_fin_real) where hora_fin_real is not null and feedback_solicitado_en is null;

-- As in 09, but that the history says when nobody but the clock decided that somebody did not come.
create or replace function app.citas_franja() returns trigger language plpgsql set search_path = '' as $$
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
      case when movida then old.inicia_en end, new.inicia_en, new.profesional_id,
      coalesce(new.motivo_cancelacion, case when new.estado = 'no_asistio' and app.usuario_actual() is null then 'Automático: no llegó' end));
  end if;
  return null;
end $$;

-- ── Over all organisations ──────────────────────────────────────────────────────────────────────────────────────
-- Where a task may find something to do: ids alone, and the work is then done as each tenant. One look over all is cheaper than a
-- transaction in each of a thousand organisations every minute. Of estado it is asked as text: asked as what it is, the planner takes the
-- index of citas_sin_solape, whose condition that implies, for one row, and reads all of a tenant's citas (1.5 s for 100,000; 20 ms so).
create function app.organizaciones_con_trabajo(tarea text)
returns setof bigint language plpgsql stable security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  case tarea
  when 'recordatorios' then
    return query
    select o.id from public.organizaciones o
    where o.activo and o.recordatorios_activos and (
      -- Just before a silence also what falls due inside it.
      (extract(epoch from o.silencio_desde - (app.ahora() at time zone o.zona_horaria)::time)::int + 86400) % 86400 <= 960
      or exists (
        select from unnest(o.recordatorios_minutos) m
        cross join lateral (  -- offset 0: each range by the index
          select c.id, c.inicia_en from public.citas c
          where c.organizacion_id = o.id and c.inicia_en > app.ahora() and c.inicia_en <= app.ahora() + make_interval(mins => m)
            and c.estado::text in ('pendiente', 'confirmada')
          offset 0) c
        where not exists (
          select from public.recordatorios r
          where r.organizacion_id = o.id and r.cita_id = c.id and r.canal = 'evento' and r.minutos_antes = m and r.inicia_en = c.inicia_en)))
    order by o.id;
  when 'solicitudes_feedback' then
    return query
    select o.id from public.organizaciones o
    where o.activo and o.feedback_minutos is not null and exists (
      select from public.citas c
      where c.organizacion_id = o.id and c.feedback_solicitado_en is null and c.calificada_en is null
        and c.hora_fin_real > app.ahora() - interval '48 hours' and c.hora_fin_real <= app.ahora() - make_interval(mins => o.feedback_minutos))
    order by o.id;
  when 'inasistencias' then
    return query
    select o.id from public.organizaciones o
    where o.activo and o.inasistencia_minutos is not null and exists (
      select from public.citas c
      where c.organizacion_id = o.id and c.estado::text in ('pendiente', 'confirmada') and c.hora_llegada is null
        and c.inicia_en > app.ahora() - interval '7 days' and c.inicia_en <= app.ahora() - make_interval(mins => o.inasistencia_minutos))
    order by o.id;
  when 'reservas_vencidas' then
    return query
    select o.id from public.organizaciones o
    where exists (
      select from public.horarios_disponibilidad h
      where h.organizacion_id = o.id and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora())
    order by o.id;
  else
    -- What a closed organisation has is cleaned like the rest.
    return query select o.id from public.organizaciones o where o.activo or tarea in ('retencion', 'retencion_chat') order by o.id;
  end case;
end $$;

-- ── Cleaning ────────────────────────────────────────────────────────────────────────────────────────────────────
-- What has served, of the tenant of the context, so many rows of each table. By the real clock and with ages that nobody passes: whoever
-- calls this deletes no more than would go anyway.
create function app.borrar_vencidos(cuantas int) returns table (tabla text, borradas int)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  org constant bigint := app.tenant_actual();
begin
  delete from public.idempotencia t where t.organizacion_id = org and (t.usuario_id, t.clave) in (
    select x.usuario_id, x.clave from public.idempotencia x
    where x.organizacion_id = org and x.creado_en < now() - interval '7 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'idempotencia';
  return next;

  delete from public.sesiones t where t.organizacion_id = org and t.id in (
    select x.id from public.sesiones x where x.organizacion_id = org and x.expira_en < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'sesiones';
  return next;

  delete from public.codigos t where t.organizacion_id = org and t.id in (
    select x.id from public.codigos x where x.organizacion_id = org and x.expira_en < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'codigos';
  return next;

  delete from public.entregas t where t.organizacion_id = org and t.id in (
    select x.id from public.entregas x
    where x.organizacion_id = org and x.estado <> 'pendiente' and x.creado_en < now() - interval '30 days'
      and coalesce(x.entregada_en, x.ultimo_intento_en, x.creado_en) < now() - interval '30 days' limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'entregas';
  return next;

  delete from public.eventos t where t.organizacion_id = org and t.id in (
    select x.id from public.eventos x
    where x.organizacion_id = org and x.repartido_en < now() - interval '30 days'
      and not exists (select from public.entregas e where e.organizacion_id = org and e.evento_id = x.id)
    order by x.id limit cuantas);
  get diagnostics borradas = row_count;
  tabla := 'eventos';
  return next;
end $$;
