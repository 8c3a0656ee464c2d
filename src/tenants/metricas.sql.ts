import { sql } from 'kysely';
import type { Metricas } from './metricas.dto.js';

export const MAX_DIAS = 366;

/**
 * Every KPI in one statement, each table aggregated on its own: joined first, rows and money would multiply.
 * The citas of the range are read once, into a small cube. No row when the range is inverted or too long.
 * Active clients are counted as they come and go (app.uso): there are more of them than of all the rest.
 * Occupied minutes come from live citas, each of which has exactly its franja; free ones from the franjas.
 */
export const metricas = (organizacion_id: number, desde: string | null, hasta: string | null) => sql<Metricas>`
  with rango as (
    select o.moneda, m.decimales::int as decimales, make_interval(mins => o.tolerancia_minutos) as tolerancia, a.desde, b.hasta,
      app.instante_cercano(a.desde, time '00:00', o.zona_horaria) as inicio, app.instante_cercano(b.hasta + 1, time '00:00', o.zona_horaria) as fin
    from organizaciones o
    join monedas m on m.codigo = o.moneda
    cross join lateral (select coalesce(${hasta}::date, (app.ahora() at time zone o.zona_horaria)::date) as hasta) b
    cross join lateral (select coalesce(${desde}::date, b.hasta - 30) as desde) a
    where o.id = ${organizacion_id} and b.hasta - a.desde between 0 and ${MAX_DIAS - 1}::int
  ), cubo as (
    select c.servicio_id, c.profesional_id, c.estado, count(*) as citas, sum(c.precio_final) as importe,
      count(c.calificacion_cliente) as calificadas, sum(c.calificacion_cliente) as estrellas,
      count(c.hora_inicio_real) as iniciadas, sum(c.tiempo_espera_minutos) as espera,
      count(*) filter (where c.hora_inicio_real <= c.inicia_en + r.tolerancia) as puntuales,
      sum(c.ocupa_hasta - c.ocupa_desde) as ocupado
    from rango r
    join citas c on c.organizacion_id = ${organizacion_id} and c.fecha_cita between r.desde and r.hasta
    group by c.servicio_id, c.profesional_id, c.estado
  )
  select r.desde as fecha_desde, r.hasta as fecha_hasta, p.profesionales_activos, s.servicios_activos, c.clientes_activos, c.clientes_nuevos,
    k.citas_total,
    (select json_object_agg(e.estado, coalesce(x.citas, 0) order by e.estado)
     from unnest(enum_range(null::estado_cita)) as e(estado)
     left join (select estado, sum(citas) as citas from cubo group by estado) x on x.estado = e.estado) as citas_por_estado,
    coalesce(k.importe, 0)::numeric(14,2) as ingresos,
    round(k.importe / nullif(k.completadas, 0), r.decimales)::numeric(14,2) as ticket_promedio,
    r.moneda,
    round(k.estrellas / nullif(k.calificadas, 0), 2) as calificacion_promedio,
    round(100 * k.no_asistio / nullif(k.completadas + k.no_asistio, 0), 2) as tasa_no_show,
    round(100 * k.canceladas / nullif(k.citas_total, 0)::numeric, 2) as tasa_cancelacion,
    round(100 * k.ocupado / nullif(k.ocupado + f.libre, 0), 2) as ocupacion_porcentaje,
    round(k.espera / nullif(k.iniciadas, 0), 2) as minutos_espera_promedio,
    round(100 * k.puntuales / nullif(k.iniciadas, 0), 2) as puntualidad_porcentaje,
    to_json(array(
      select json_build_object('servicio_id', x.id, 'nombre', x.nombre, 'citas_completadas', sum(b.citas), 'ingresos', sum(b.importe)::numeric(14,2)::text)
      from cubo b
      join servicios x on x.organizacion_id = ${organizacion_id} and x.id = b.servicio_id
      where b.estado = 'completada'
      group by x.id, x.nombre
      order by sum(b.importe) desc, sum(b.citas) desc, x.id
      limit 5)) as top_servicios,
    to_json(array(
      select json_build_object('profesional_id', x.id, 'nombre_completo', x.nombre_completo, 'citas_completadas', sum(b.citas),
        'ingresos', sum(b.importe)::numeric(14,2)::text, 'calificacion_promedio', round(sum(b.estrellas) / nullif(sum(b.calificadas), 0), 2)::text)
      from cubo b
      join profesionales x on x.organizacion_id = ${organizacion_id} and x.id = b.profesional_id
      where b.estado = 'completada'
      group by x.id, x.nombre_completo
      order by sum(b.importe) desc, sum(b.citas) desc, x.id
      limit 5)) as top_profesionales
  from rango r
  cross join lateral (
    select count(*) as profesionales_activos from profesionales x where x.organizacion_id = ${organizacion_id} and x.activo) p
  cross join lateral (
    select count(*) as servicios_activos from servicios x where x.organizacion_id = ${organizacion_id} and x.activo) s
  cross join lateral (
    select (select u.uso from app.uso(${organizacion_id}) u where u.medida = 'clientes') as clientes_activos, count(*) as clientes_nuevos
    from clientes x where x.organizacion_id = ${organizacion_id} and x.creado_en >= r.inicio and x.creado_en < r.fin) c
  cross join (
    select coalesce(sum(citas), 0)::int as citas_total,
      coalesce(sum(citas) filter (where estado = 'completada'), 0) as completadas,
      coalesce(sum(citas) filter (where estado = 'cancelada'), 0) as canceladas,
      coalesce(sum(citas) filter (where estado = 'no_asistio'), 0) as no_asistio,
      sum(importe) filter (where estado = 'completada') as importe,
      sum(estrellas) as estrellas, sum(calificadas) as calificadas,
      sum(espera) as espera, sum(iniciadas) as iniciadas, sum(puntuales) as puntuales,
      coalesce(extract(epoch from sum(ocupado) filter (where estado not in ('cancelada', 'no_asistio'))), 0) as ocupado
    from cubo) k
  cross join lateral (
    select coalesce(extract(epoch from sum(x.termina_en - x.inicia_en)), 0) as libre
    from horarios_disponibilidad x
    where x.organizacion_id = ${organizacion_id} and x.fecha between r.desde and r.hasta and x.estado = 'disponible') f`;
