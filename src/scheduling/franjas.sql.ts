import { sql } from 'kysely';
import type { CitaEnConflicto } from './horarios.dto.js';
import type { Franja, FiltroFranjas } from './franjas.dto.js';

export interface Rebuilt {
  franjas_creadas: number;
  franjas_eliminadas: number;
}

/** The days that were already generated, of each professional up to its own last one. */
export const regenerate = (organizacion_id: number, ids: number[], desde: string, hasta: string | null) => sql<Rebuilt>`
  select coalesce(sum(g.creadas), 0)::int as franjas_creadas, coalesce(sum(g.eliminadas), 0)::int as franjas_eliminadas
  from (
    select array_agg(p.id order by p.id) as ids, greatest(app.hoy(), ${desde}::date) as desde, least(p.generado_hasta, ${hasta}::date) as hasta
    from profesionales p
    where p.organizacion_id = ${organizacion_id} and p.id = any (${ids}::bigint[])
      and p.generado_hasta >= greatest(app.hoy(), ${desde}::date) and (${hasta}::date is null or ${hasta}::date >= app.hoy())
    group by p.generado_hasta) r
  cross join lateral app.generar_franjas(${organizacion_id}, r.ids, r.desde, r.hasta) g`;

/** Whether the whole of [a, b) is time that takes citas, by the hours as they are now. */
const isWorkingTime = (organizacion_id: number, row: string) => sql`
  exists (
    select from app.reglas_vigentes(${organizacion_id}, array[${sql.ref(`${row}.profesional_id`)}], ${sql.ref(`${row}.dia`)}, ${sql.ref(`${row}.dia`)}) r
    having range_agg(r.rango) filter (where r.es_trabajo) - coalesce(range_agg(r.rango) filter (where r.es_pausa), '{}')
      @> tstzrange(${sql.ref(`${row}.desde`)}, ${sql.ref(`${row}.hasta`)}))`;

/** A hold is minutes old and nobody was promised anything: it gives way to new hours, so that no cita is born outside them. */
export const releaseOutside = (organizacion_id: number, ids: number[], desde: string, hasta: string | null) => sql<{ viva: boolean }>`
  delete from horarios_disponibilidad h
  using (
    select t.id, t.profesional_id, t.fecha as dia, t.inicia_en as desde, t.termina_en as hasta
    from horarios_disponibilidad t
    where t.organizacion_id = ${organizacion_id} and t.estado = 'reservado_temporal' and t.profesional_id = any (${ids}::bigint[])
      and t.fecha >= greatest(app.hoy(), ${desde}::date) and (${hasta}::date is null or t.fecha <= ${hasta}::date)) t
  where h.organizacion_id = ${organizacion_id} and h.id = t.id and not ${isWorkingTime(organizacion_id, 't')}
  returning h.reservado_hasta > app.ahora() as viva`;

/** The professionals are sifted after the dates: asked for both at once, the planner reads the whole history of each by the EXCLUDE's index. */
export const conflicts = (organizacion_id: number, ids: number[], desde: string, hasta: string | null, named: boolean) => sql<CitaEnConflicto>`
  with abiertas as materialized (
    select t.id, t.codigo_cita, t.inicia_en, t.cliente_id, t.profesional_id, t.fecha_cita as dia, t.ocupa_desde as desde, t.ocupa_hasta as hasta
    from citas t
    where t.organizacion_id = ${organizacion_id} and t.inicia_en > app.ahora() and t.estado in ('pendiente', 'confirmada')
      and t.fecha_cita >= ${desde}::date and (${hasta}::date is null or t.fecha_cita <= ${hasta}::date)
  )
  select c.id, c.codigo_cita, c.inicia_en, c.cliente_id, cl.nombre as cliente_nombre, cl.telefono as cliente_telefono, c.profesional_id,
    p.nombre_completo as profesional_nombre
  from abiertas c
  left join lateral (select x.nombre, x.telefono from clientes x where x.organizacion_id = ${organizacion_id} and x.id = c.cliente_id offset 0) cl on ${named}
  cross join lateral (select x.nombre_completo from profesionales x where x.organizacion_id = ${organizacion_id} and x.id = c.profesional_id offset 0) p
  where c.profesional_id = any (${ids}::bigint[]) and not ${isWorkingTime(organizacion_id, 'c')}
  order by c.inicia_en, c.id`;

/** The agenda as it is. The list of professionals keeps each read inside the days asked for, however long the history. */
export const slots = (organizacion_id: number, { fecha_desde, fecha_hasta, profesional_id, estado }: FiltroFranjas) => sql<Franja>`
  select h.id, h.profesional_id, h.fecha, h.hora_inicio, h.hora_fin, h.inicia_en, h.termina_en, e.estado, h.tipo_horario, h.precio_dinamico,
    h.horario_profesional_id, h.es_recurrente, h.cita_id,
    case when e.estado = 'disponible' then null else h.servicio_id end as servicio_id,
    case when e.estado = 'disponible' then null else h.reservado_hasta end as reservado_hasta
  from horarios_disponibilidad h
  cross join lateral (
    select case when h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora() then 'disponible' else h.estado end as estado) e
  where h.organizacion_id = ${organizacion_id} and h.fecha between ${fecha_desde}::date and ${fecha_hasta}::date
    and h.profesional_id = any (array(
      select p.id from profesionales p where p.organizacion_id = ${organizacion_id} and p.id = coalesce(${profesional_id ?? null}::bigint, p.id)))
    and (${estado ?? null}::estado_franja is null or e.estado = ${estado ?? null}::estado_franja)
  order by h.inicia_en, h.profesional_id`;
