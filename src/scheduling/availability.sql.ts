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

/**
 * Of one professional at one price: tramos, side by side and in no order. Of each the first start in minutes since 1970 by the local clock, by how many its
 * end is later on that clock, by how many its instant is (of UTC), and how many starts it has, one every `paso` minutes.
 */
export type Oferta = [profesional_id: number, profesional_nombre: string, precio: string, duracion_minutos: number, locales: number[], hasta_fin: number[], hasta_utc: number[], cuantos: number[]];

/** No row: the service or the professional does not exist. `ofertas`: by the order of the professionals; null = none. */
export interface Answer {
  zona_horaria: string;
  moneda: string;
  paso: number;
  ofertas: Oferta[] | null;
  /**
   * The next instant at which the answer changes though nobody wrote, in microseconds since 1970: its first start is too near, or a hold
   * expires; null when neither is to come. A midnight, which moves the horizon, it does not tell.
   */
  hasta: number | null;
}

/**
 * Every start of a service between two dates, of one professional or of all who give it, in one statement.
 * Reads only the free intervals of those days (horarios_disponibilidad_libres) and the holds among them that expired, merged;
 * the rest is arithmetic: from the first mark of the clock's grid around which service and buffers fit, every `paso` minutes, to the last. That
 * many are told and not each: as rows or as JSON, a month of ten professionals took the database fifteen times as long.
 * @param more a query of one row, answered with it and as of the same moment
 */
export function starts<More extends object>(q: Question, more?: RawBuilder<More>): RawBuilder<Answer & Partial<More>> {
  const one = q.profesional_id;
  const days = sql`h.organizacion_id = ${q.organizacion_id} and h.fecha between ${q.fecha_desde}::date and ${q.fecha_hasta}::date
      ${one === undefined ? sql`` : sql`and h.profesional_id = ${one}`}`;
  const known = one === undefined ? sql`` : sql`
      and exists (select from profesionales p where p.organizacion_id = ${q.organizacion_id} and p.id = ${one})`;
  return sql<Answer & Partial<More>>`
  with consulta as materialized (
    select o.zona_horaria as zona, o.moneda, m.decimales::int as decimales, coalesce(s.paso_minutos, o.paso_minutos)::int as paso,
      -- where a clock change is of half an hour, a grid of 20 or 60 minutes moves on an absolute one
      make_interval(mins => gcd(coalesce(s.paso_minutos, o.paso_minutos)::int, 30)) as avance,
      s.precio, s.duracion_minutos, make_interval(mins => s.buffer_antes_minutos) as antes, make_interval(mins => s.buffer_despues_minutos) as despues,
      s.activo and (s.reservable_en_linea or ${q.staff}) as ofrecido,
      case when ${q.staff} then interval '0'
        else make_interval(mins => coalesce(s.antelacion_minima_minutos, o.antelacion_minima_minutos)) end as antelacion, app.ahora() as ahora,
      case when ${q.staff} then 'infinity'
        else (app.ahora() at time zone o.zona_horaria)::date + coalesce(s.horizonte_dias, o.horizonte_dias)::int end as ultima_fecha
    from organizaciones o
    join monedas m on m.codigo = o.moneda
    join servicios s on s.organizacion_id = o.id and s.id = ${q.servicio_id}
    where o.id = ${q.organizacion_id} ${known}
  ), dias as materialized (
    -- a zone is looked up for each day and not for each interval of it, by how far its clock is from UTC at noon; pareja: as the day before and the day after
    select d.fecha, d.termina_en, d.desfase, -${minutes(sql`d.desfase`)} as hasta_utc,
      d.desfase = lag(d.desfase) over w and d.desfase = lead(d.desfase) over w as pareja
    from (
      select f.fecha::date as fecha, f.fecha + interval '12 hours' - (f.fecha + interval '12 hours') at time zone c.zona at time zone 'UTC' as desfase,
        (f.fecha + interval '1 day') at time zone c.zona as termina_en
      from consulta c
      cross join generate_series(${q.fecha_desde}::date - interval '1 day', ${q.fecha_hasta}::date + interval '1 day', interval '1 day') f (fecha)) d
    window w as (order by d.fecha)
  ), tiempo as (
    select h.profesional_id, h.fecha, h.precio_dinamico, h.inicia_en, h.termina_en
    from horarios_disponibilidad h
    where ${days} and h.estado = 'disponible'
    union all
    select h.profesional_id, h.fecha, h.precio_dinamico, h.inicia_en, h.termina_en
    from horarios_disponibilidad h
    where ${days} and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora()
  ), libres as materialized (
    -- read and merged once, whatever order the planner joins professionals in: it expects one, and merged all anew for each
    select t.profesional_id, t.fecha, t.precio_dinamico, range_agg(tstzrange(t.inicia_en, t.termina_en)) as rangos
    from tiempo t
    group by t.profesional_id, t.fecha, t.precio_dinamico
  ), quien as materialized (
    select p.id, p.nombre_completo, p.orden, coalesce(sp.precio_personalizado, c.precio) as precio,
      coalesce(sp.duracion_personalizada_minutos, c.duracion_minutos)::int as duracion
    from consulta c
    join servicios_profesionales sp on sp.organizacion_id = ${q.organizacion_id} and sp.servicio_id = ${q.servicio_id} and sp.activo
    join profesionales p on p.organizacion_id = ${q.organizacion_id} and p.id = sp.profesional_id and p.activo
    where c.ofrecido and (p.reservable_en_linea or ${q.staff})
  ), huecos as materialized (
    -- between when the first and the last start must lie; parejo: clock and time go together in all of it
    select p.orden, p.id, p.duracion, round(p.precio * (1 + coalesce(l.precio_dinamico, 0) / 100), c.decimales)::numeric(12,2) as precio,
      l.fecha, d.desfase, d.hasta_utc, d.pareja and upper(r.rango) <= d.termina_en as parejo,
      greatest(lower(r.rango) + c.antes, c.ahora + c.antelacion) as primero, upper(r.rango) - c.despues - make_interval(mins => p.duracion) as ultimo
    from consulta c
    cross join libres l
    join dias d on d.fecha = l.fecha
    join quien p on p.id = l.profesional_id
    cross join lateral unnest(l.rangos) as r (rango)
    where l.fecha <= c.ultima_fecha
  ), tramos as materialized (
    -- from the next mark of the local clock, as many as fit
    select m.orden, m.id, m.precio, m.inicia_en, ${minutes(sql`m.local`)} as local, m.duracion as hasta_fin, m.hasta_utc,
      floor(date_part('epoch', m.ultimo - m.inicia_en) / (60 * c.paso))::int + 1 as cuantos
    from consulta c
    cross join lateral (
      select h.*, h.primero + (x.local - r.local) as inicia_en, x.local
      from huecos h
      cross join lateral (select h.primero at time zone h.desfase as local) r
      cross join lateral (select date_bin(make_interval(mins => c.paso), r.local + make_interval(mins => c.paso) - interval '1 microsecond', h.fecha) as local) x
      where h.parejo) m
    where m.inicia_en <= m.ultimo
    union all
    -- where the clock changes, or an interval that somebody wrote goes past midnight: one by one
    select h.orden, h.id, h.precio, g.inicia_en, ${minutes(sql`i.local`)},
      ${minutes(sql`h.fecha + app.hora_de_fin(i.local, app.fin_local(g.inicia_en + make_interval(mins => h.duracion), c.zona)) - i.local`)},
      ${minutes(sql`g.inicia_en`)} - ${minutes(sql`i.local`)}, 1
    from consulta c
    cross join huecos h
    cross join lateral (select h.primero at time zone c.zona as local) r
    cross join lateral generate_series(h.primero + (date_bin(c.avance, r.local + c.avance - interval '1 microsecond', timestamp '2000-01-01') - r.local),
      h.ultimo, c.avance) g (inicia_en)
    cross join lateral (select g.inicia_en at time zone c.zona as local) i
    where not h.parejo and extract(epoch from i.local::time)::int / 60 % c.paso = 0
      -- a local time that the clock repeats is booked in its first pass, so only that one is offered; and the next day is not this one's
      and app.instante_cercano(h.fecha, i.local::time, c.zona) = g.inicia_en
  )
  select c.zona as zona_horaria, c.moneda, c.paso, (
    select json_agg(json_build_array(p.id, p.nombre_completo, y.precio::text, p.duracion, y.locales, y.hasta_fin, y.hasta_utc, y.cuantos) order by p.orden, p.id)
    from (
      select x.id, x.precio, array_agg(x.local) as locales, array_agg(x.hasta_fin) as hasta_fin, array_agg(x.hasta_utc) as hasta_utc, array_agg(x.cuantos) as cuantos
      from (
        -- the first of each: so many starts are in no more of them
        select t.* from tramos t
        ${q.limite === null ? sql`` : sql`order by t.inicia_en, t.orden, t.id limit ${q.limite}`}) x
      group by x.id, x.precio) y
    join quien p on p.id = y.id) as ofertas, (
    extract(epoch from least(
      (select min(t.inicia_en) from tramos t) - c.antelacion,
      (select min(h.reservado_hasta) from horarios_disponibilidad h where ${days} and h.estado = 'reservado_temporal' and h.reservado_hasta > app.ahora())
    )) * 1000000)::bigint as hasta${more ? sql`, m.*` : sql``}
  from consulta c${more ? sql` cross join (${more}) m` : sql``}`;
}

const minutes = (since: RawBuilder<unknown>) => sql`(date_part('epoch', ${since}) / 60)::int`;
