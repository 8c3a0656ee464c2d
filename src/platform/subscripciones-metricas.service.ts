import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { badRange } from '../http/problems.js';
import type { FiltroMetricasPlataforma, MesPlataforma, MetricasPlataforma } from './subscripciones-metricas.dto.js';

const MESES = 24;

/** Of all organisations, as role saas_admin. */
@Injectable()
export class MetricasPlataformaService {
  constructor(private readonly db: Db) {}

  async get({ desde, hasta }: FiltroMetricasPlataforma): Promise<MetricasPlataforma> {
    const { rows } = await sql<{ primero: string; ultimo: string; meses: number }>`
      select primero, ultimo, (extract(year from age(ultimo, primero)) * 12 + extract(month from age(ultimo, primero)) + 1)::int as meses
      from (select date_trunc('month', coalesce(${desde ?? null}::date, ultimo - interval '11 months'))::date as primero, ultimo
            from (select date_trunc('month', coalesce(${hasta ?? null}::date, (app.ahora() at time zone 'UTC')::date))::date as ultimo) u) x`.execute(this.db.sql);
    const [{ primero, ultimo, meses }] = rows;
    if (meses < 1 || meses > MESES) throw badRange('desde', 'hasta', MESES * 31);
    return { meses: await this.#meses(primero, ultimo) };
  }

  /**
   * For each month and subscription the last row of history before its end, and before its beginning: one row each, so that nothing multiplies. The
   * history is read once, each row with the moment of the next one: looked up for each month, it was read a dozen times of every subscription there is.
   * Whatever pays is activa or morosa.
   */
  async #meses(primero: string, ultimo: string): Promise<MesPlataforma[]> {
    const { rows } = await sql<MesPlataforma>`
      with meses as (
        select m::date as mes, m at time zone 'UTC' as inicio, (m + interval '1 month') at time zone 'UTC' as fin
        from generate_series(${primero}::timestamp, ${ultimo}::timestamp, interval '1 month') m),
      tramos as (
        select h.*, lead(h.creado_en) over (partition by h.organizacion_id, h.subscripcion_id order by h.creado_en, h.id) as hasta
        from historial_subscripciones h),
      vigentes as materialized (
        select i.instante, t.*
        from (select inicio from meses union select fin from meses) i (instante)
        join tramos t on t.creado_en < i.instante and (t.hasta is null or t.hasta >= i.instante)),
      fotos as materialized (
        select m.mes, o.tipo_industria as industria, f.plan_nuevo as plan, f.moneda, f.estado_nuevo as estado,
          coalesce(f.estado_nuevo in ('activa', 'morosa'), false) as paga, coalesce(a.estado_nuevo in ('activa', 'morosa'), false) as pagaba,
          f.precio_nuevo * (100 - coalesce(f.descuento_nuevo, 0)) / 100 / case f.ciclo_nuevo when 'anual' then 12 else 1 end as mensual
        from meses m
        join vigentes f on f.instante = m.fin
        join organizaciones o on o.id = f.organizacion_id and not o.es_plataforma
        left join vigentes a on a.instante = m.inicio and a.organizacion_id = f.organizacion_id and a.subscripcion_id = f.subscripcion_id),
      ingresos as (
        select f.mes, f.moneda, f.plan, f.industria, grouping(f.plan) as sin_plan, grouping(f.industria) as sin_industria, count(*)::int as activas,
          round(sum(f.mensual), d.decimales)::text as mrr
        from fotos f join monedas d on d.codigo = f.moneda
        where f.paga
        group by grouping sets ((f.mes, f.moneda, d.decimales), (f.mes, f.moneda, d.decimales, f.plan), (f.mes, f.moneda, d.decimales, f.industria))),
      cuentas as (
        select f.mes, count(*) filter (where f.paga)::int as activas, count(*) filter (where f.estado = 'prueba')::int as pruebas,
          count(*) filter (where f.pagaba)::int as pagaban, count(*) filter (where f.pagaba and not f.paga)::int as bajas
        from fotos f group by f.mes),
      pruebas as (
        select m.mes, count(*)::int as terminadas, count(*) filter (where h.estado_nuevo = 'activa')::int as convertidas
        from meses m
        join historial_subscripciones h on h.creado_en >= m.inicio and h.creado_en < m.fin and h.estado_anterior = 'prueba' and h.estado_nuevo <> 'prueba'
        group by m.mes)
      select m.mes::text, coalesce(c.activas, 0) as activas, coalesce(c.pruebas, 0) as pruebas, coalesce(c.bajas, 0) as bajas,
        round(c.bajas * 100.0 / nullif(c.pagaban, 0), 2)::text as tasa_bajas,
        coalesce(p.terminadas, 0) as pruebas_terminadas, coalesce(p.convertidas, 0) as pruebas_convertidas,
        round(p.convertidas * 100.0 / nullif(p.terminadas, 0), 2)::text as tasa_conversion,
        coalesce((select json_agg(json_build_object('moneda', i.moneda, 'mrr', i.mrr) order by i.moneda)
          from ingresos i where i.mes = m.mes and i.sin_plan = 1 and i.sin_industria = 1), '[]') as mrr,
        coalesce((select json_agg(json_build_object('plan', i.plan, 'moneda', i.moneda, 'activas', i.activas, 'mrr', i.mrr) order by i.plan, i.moneda)
          from ingresos i where i.mes = m.mes and i.sin_plan = 0), '[]') as por_plan,
        coalesce((select json_agg(json_build_object('industria', i.industria, 'moneda', i.moneda, 'activas', i.activas, 'mrr', i.mrr) order by i.industria, i.moneda)
          from ingresos i where i.mes = m.mes and i.sin_industria = 0), '[]') as por_industria
      from meses m
      left join cuentas c on c.mes = m.mes
      left join pruebas p on p.mes = m.mes
      order by m.mes`.execute(this.db.sql);
    return rows;
  }
}
