import { sql, type RawBuilder } from 'kysely';
import type { Cita } from './citas.dto.js';

/**
 * A cita of that organisation as it is answered, from rows of `source`: the table, or what an insert or update returned. offset 0: each name by its key, for that row.
 * Joined, a plan for any tenant begins with all services, professionals and clients of it, which in an average one are few; and what RLS says of a joined
 * organisation the planner says once more of each cita, expects a tenth of the rows for it, and then remembers no name from row to row.
 */
export function citasFrom(source: RawBuilder<unknown>, organizacion_id: number, forClient: boolean): RawBuilder<Cita> {
  return sql<Cita>`
    select c.id, c.codigo_cita, c.estado, c.fecha_cita, c.hora_inicio, c.hora_fin, c.inicia_en, c.termina_en,
      c.cliente_id, cl.nombre as cliente_nombre, cl.telefono as cliente_telefono, c.profesional_id, p.nombre_completo as profesional_nombre,
      c.servicio_id, s.nombre as servicio_nombre, c.precio_servicio, c.descuento, c.precio_final, c.moneda,
      c.hora_llegada, c.hora_inicio_real, c.hora_fin_real, c.tiempo_espera_minutos,
      round(extract(epoch from c.hora_fin_real - c.hora_inicio_real) / 60)::int as duracion_real_minutos,
      case when c.hora_inicio_real <= c.inicia_en + make_interval(mins => o.tolerancia_minutos) then 'puntual'
           when c.hora_inicio_real is not null then 'tarde' end as puntualidad,
      c.calificacion_cliente, c.comentario_cliente, c.confirmada_en, c.cancelada_en, c.cancelada_por, c.motivo_cancelacion,
      c.origen, c.veces_reprogramada, c.notas_cliente, ${forClient ? sql`null` : sql`c.notas_internas`} as notas_internas, c.creado_en, c.actualizado_en
    from ${source} c
    cross join lateral (select x.tolerancia_minutos from organizaciones x where x.id = ${organizacion_id} offset 0) o
    cross join lateral (select x.nombre, x.telefono from clientes x where x.organizacion_id = ${organizacion_id} and x.id = c.cliente_id offset 0) cl
    cross join lateral (select x.nombre_completo from profesionales x where x.organizacion_id = ${organizacion_id} and x.id = c.profesional_id offset 0) p
    cross join lateral (select x.nombre from servicios x where x.organizacion_id = ${organizacion_id} and x.id = c.servicio_id offset 0) s`;
}
