import { sql } from 'kysely';

export interface Decidido {
  estado: 'enviado' | 'omitido';
  cuantos: number;
  citas: number;
}

/**
 * Decides the reminders that are due of one organisation, at most those of `limite` citas: each becomes a row, and a row that is sent an
 * evento. The citas are locked, so that one being cancelled or moved at this moment is either still as it was or no longer here; those that
 * somebody has locked come at the next tick. In quiet hours nothing is decided.
 *
 * Due is `inicia_en` − offset, so outside a silence a range of the index says it all: what fell due in a silence that has ended was waiting
 * for now. Only what is to go out before a silence that has yet to begin is a second range. app.momento_recordatorio is asked for few rows. Why
 * estado is asked as text: app.organizaciones_con_trabajo.
 */
export const decidirRecordatorios = (organizacion_id: number, limite: number) => sql<Decidido>`
  with org as materialized (
    select o.zona_horaria as zona, o.silencio_desde as desde, o.silencio_hasta as hasta, o.recordatorios_minutos as minutos, app.ahora() as ahora,
      app.silencio_de(app.ahora() + interval '15 minutes', o.silencio_desde, o.silencio_hasta, o.zona_horaria) as silencio
    from organizaciones o
    where o.id = ${organizacion_id} and o.activo and o.recordatorios_activos
      and app.silencio_de(app.ahora(), o.silencio_desde, o.silencio_hasta, o.zona_horaria) is null
  ), tramos as materialized (
    select m, ahora as despues, ahora + make_interval(mins => m) as hasta from org, unnest(minutos) m
    union all
    select m, lower(silencio) + make_interval(mins => m, secs => -1),
      least(upper(silencio) + make_interval(mins => m), upper(silencio) + interval '30 minutes') - interval '1 second'
    from org, unnest(minutos) m where silencio is not null
  ), elegidas as materialized (
    select c.id, c.inicia_en
    from citas c
    where c.organizacion_id = ${organizacion_id} and c.estado::text in ('pendiente', 'confirmada')
      and c.inicia_en > app.ahora() and c.inicia_en <= (select max(t.hasta) from tramos t)
      and exists (
        select from tramos t
        where c.inicia_en > t.despues and c.inicia_en <= t.hasta and not exists (
          select from recordatorios r
          where r.organizacion_id = ${organizacion_id} and r.cita_id = c.id and r.canal = 'evento' and r.minutos_antes = t.m and r.inicia_en = c.inicia_en))
    order by c.inicia_en, c.id
    limit ${limite}
    for no key update skip locked
  ), vencidos as (
    select e.id, e.inicia_en, t.m, org.ahora, app.momento_recordatorio(e.inicia_en, t.m, org.desde, org.hasta, org.zona) as momento,
      (select coalesce(max(h.creado_en), '-infinity') from historial_citas h
       where h.organizacion_id = ${organizacion_id} and h.cita_id = e.id
         and (h.estado_anterior is null or h.inicia_en_anterior <> h.inicia_en_nueva)) as agendada_en
    from elegidas e
    cross join org
    join tramos t on e.inicia_en > t.despues and e.inicia_en <= t.hasta
    where not exists (
      select from recordatorios r
      where r.organizacion_id = ${organizacion_id} and r.cita_id = e.id and r.canal = 'evento' and r.minutos_antes = t.m and r.inicia_en = e.inicia_en)
  ), juzgados as (
    select v.*, case
      when v.agendada_en > least(v.inicia_en - make_interval(mins => v.m), v.momento) then 'reserva_tardia'
      when v.ahora > greatest(v.inicia_en - make_interval(mins => greatest(15, v.m / 4)), v.momento + interval '10 minutes') then 'tarde'
      when exists (
        select from recordatorios r
        where r.organizacion_id = ${organizacion_id} and r.cita_id = v.id and r.canal = 'evento' and r.inicia_en = v.inicia_en
          and r.minutos_antes < v.m and r.estado = 'enviado') then 'otro_mas_cercano' end as motivo
    from vencidos v
  ), finales as (
    select j.*, coalesce(j.motivo, case when j.m > min(j.m) filter (where j.motivo is null) over (partition by j.id) then 'otro_mas_cercano' end) as porque
    from juzgados j
  ), hechos as (
    insert into recordatorios (cita_id, canal, minutos_antes, inicia_en, programado_para, enviado_en, estado, motivo)
    select f.id, 'evento', f.m, f.inicia_en, f.momento, case when f.porque is null then f.ahora end,
      case when f.porque is null then 'enviado' else 'omitido' end, f.porque
    from finales f
    order by f.inicia_en, f.id
    on conflict on constraint recordatorios_uno do nothing
    returning estado
  )
  select h.estado, count(*) as cuantos, (select count(*) from elegidas) as citas from hechos h group by h.estado`;
