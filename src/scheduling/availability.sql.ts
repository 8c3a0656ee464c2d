import { sql, type RawBuilder } from 'kysely';

export interface Question {
  organizacion_id: number;
  servicio_id: number;
  profesional_id?: number;
  fecha_desde: string;
  fecha_hasta: string;
  /** At most so many starts; null = all. */
  limite: number | null;
  /** Staff book inside the notice, beyond the horizon, and what is not offered online. */
  staff: boolean;
}

/** No row: the service or the professional does not exist. `inicios`: JSON of them, without the brackets, instants without the Z; null = none. */
export interface Answer {
  zona_horaria: string;
  moneda: string;
  inicios: string | null;
}

/**
 * Every start of a service between two dates, of one professional or of all who give it, in one statement.
 * Reads only the free intervals of those days (horarios_disponibilidad_libres) and the holds among them that expired, merged;
 * the rest is arithmetic: the starts on the clock's grid around which service and buffers fit. JSON is written here: as rows, reading and
 * writing them again cost the process three times what they cost the database.
 */
export function starts(q: Question): RawBuilder<Answer> {
  const one = q.profesional_id;
  const days = sql`h.organizacion_id = ${q.organizacion_id} and h.fecha between ${q.fecha_desde}::date and ${q.fecha_hasta}::date
      ${one === undefined ? sql`` : sql`and h.profesional_id = ${one}`}`;
  const known = one === undefined ? sql`` : sql`
      and exists (select from profesionales p where p.organizacion_id = ${q.organizacion_id} and p.id = ${one})`;
  return sql<Answer>`
  with consulta as materialized (
    select o.zona_horaria as zona, o.moneda, m.decimales::int as decimales, coalesce(s.paso_minutos, o.paso_minutos)::int as paso,
      -- where a clock change is of half an hour, a grid of 20 or 60 minutes moves on an absolute one
      make_interval(mins => gcd(coalesce(s.paso_minutos, o.paso_minutos)::int, 30)) as avance,
      s.precio, s.duracion_minutos, make_interval(mins => s.buffer_antes_minutos) as antes, make_interval(mins => s.buffer_despues_minutos) as despues,
      s.activo and (s.reservable_en_linea or ${q.staff}) as ofrecido,
      case when ${q.staff} then app.ahora()
        else app.ahora() + make_interval(mins => coalesce(s.antelacion_minima_minutos, o.antelacion_minima_minutos)) end as primer_inicio,
      case when ${q.staff} then 'infinity'
        else (app.ahora() at time zone o.zona_horaria)::date + coalesce(s.horizonte_dias, o.horizonte_dias)::int end as ultima_fecha
    from organizaciones o
    join monedas m on m.codigo = o.moneda
    join servicios s on s.organizacion_id = o.id and s.id = ${q.servicio_id}
    where o.id = ${q.organizacion_id} ${known}
  ), tiempo as (
    select h.profesional_id, h.fecha, h.precio_dinamico, h.inicia_en, h.termina_en
    from horarios_disponibilidad h
    where ${days} and h.estado = 'disponible'
    union all
    select h.profesional_id, h.fecha, h.precio_dinamico, h.inicia_en, h.termina_en
    from horarios_disponibilidad h
    where ${days} and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora()
  ), libres as (
    -- merged before professionals are joined: whatever order the planner would join them in, the days are read once
    select t.profesional_id, t.fecha, t.precio_dinamico, unnest(range_agg(tstzrange(t.inicia_en, t.termina_en))) as rango
    from tiempo t
    group by t.profesional_id, t.fecha, t.precio_dinamico
  ), quien as materialized (
    select p.id, p.nombre_completo, p.orden, coalesce(sp.precio_personalizado, c.precio) as precio,
      coalesce(sp.duracion_personalizada_minutos, c.duracion_minutos)::int as duracion
    from consulta c
    join servicios_profesionales sp on sp.organizacion_id = ${q.organizacion_id} and sp.servicio_id = ${q.servicio_id} and sp.activo
    join profesionales p on p.organizacion_id = ${q.organizacion_id} and p.id = sp.profesional_id and p.activo
    where c.ofrecido and (p.reservable_en_linea or ${q.staff})
  ), inicios as (
    select l.fecha, i.hora::time as hora_inicio, app.hora_de_fin(i.hora, app.fin_local(f.termina_en, c.zona)) as hora_fin, g.inicia_en, f.termina_en,
      p.id as profesional_id, p.nombre_completo as profesional_nombre, p.orden,
      round(p.precio * (1 + coalesce(l.precio_dinamico, 0) / 100), c.decimales)::numeric(12,2) as precio, p.duracion as duracion_minutos
    from consulta c
    cross join libres l
    join quien p on p.id = l.profesional_id
    cross join lateral (
      select greatest(lower(l.rango) + c.antes, c.primer_inicio) as primero, upper(l.rango) - c.despues - make_interval(mins => p.duracion) as ultimo,
        (l.fecha + time '12:00') at time zone c.zona - (l.fecha - 1 + time '12:00') at time zone c.zona <> interval '24 hours'
          or (l.fecha + 1 + time '12:00') at time zone c.zona - (l.fecha + time '12:00') at time zone c.zona <> interval '24 hours' as cambia_la_hora
      offset 0  -- once a free interval, not once a start
      ) v
    cross join lateral (
      -- up to the next mark of the local clock
      select v.primero + (date_bin(c.avance, (v.primero at time zone c.zona) + c.avance - interval '1 microsecond', timestamp '2000-01-01')
        - (v.primero at time zone c.zona)) as marca) m
    cross join lateral generate_series(m.marca, v.ultimo, c.avance) g (inicia_en)
    cross join lateral (select g.inicia_en at time zone c.zona as hora) i
    cross join lateral (select g.inicia_en + make_interval(mins => p.duracion) as termina_en) f
    where l.fecha <= c.ultima_fecha and extract(epoch from i.hora::time)::int / 60 % c.paso = 0
      -- a local time that the clock repeats is booked in its first pass, so only that one is offered
      and (not v.cambia_la_hora or app.instante_cercano(l.fecha, i.hora::time, c.zona) = g.inicia_en)
  )
  select c.zona as zona_horaria, c.moneda, (
    select string_agg(row_to_json(x)::text, ',') from (
      select i.fecha, left(i.hora_inicio::text, 5) as hora_inicio, left(i.hora_fin::text, 5) as hora_fin, i.inicia_en at time zone 'UTC' as inicia_en,
        i.termina_en at time zone 'UTC' as termina_en, i.profesional_id, i.profesional_nombre, i.precio::text, i.duracion_minutos
      from inicios i
      order by i.inicia_en, i.orden, i.profesional_id
      limit ${q.limite}::int) x) as inicios
  from consulta c`;
}

/**
 * The next instant at which a visitor's answer changes though nobody wrote: its first start is too near, or a hold expires; null when
 * neither is to come. A midnight, which moves the horizon, it does not tell.
 */
export const until = (q: Pick<Question, 'organizacion_id' | 'servicio_id' | 'profesional_id' | 'fecha_desde' | 'fecha_hasta'>, primero?: string) => sql<{ hasta: number | null }>`
  select (extract(epoch from least(
    ${primero ?? null}::timestamptz - make_interval(mins => coalesce(s.antelacion_minima_minutos, o.antelacion_minima_minutos)),
    (select min(h.reservado_hasta) from horarios_disponibilidad h
     where h.organizacion_id = o.id and h.fecha between ${q.fecha_desde}::date and ${q.fecha_hasta}::date and h.estado = 'reservado_temporal'
       and h.profesional_id = coalesce(${q.profesional_id ?? null}, h.profesional_id) and h.reservado_hasta > app.ahora()))) * 1000000)::bigint as hasta
  from organizaciones o
  join servicios s on s.organizacion_id = o.id and s.id = ${q.servicio_id}
  where o.id = ${q.organizacion_id}`;
