import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { Problem } from '../http/problems.js';
import type { Medida, Uso } from './uso.dto.js';

export interface Deriva {
  medida: Medida;
  contador: number;
  recuento: number;
}

/** What an organisation uses of its plan. The database counts and refuses (sql/migrations/…-limites-de-plan.sql); here it is read. */
@Injectable()
export class UsoService {
  constructor(private readonly db: Db) {}

  async usage(): Promise<Uso> {
    const { rows } = await sql<Uso>`
      with mes as (
        select date_trunc('month', x.local)::date as mes,
          greatest(1, extract(epoch from x.local - date_trunc('month', x.local)) / 86400) as van,
          extract(day from date_trunc('month', x.local) + interval '1 month' - interval '1 day') as dias
        from organizaciones o cross join lateral (select app.ahora() at time zone o.zona_horaria as local) x
        where o.id = ${this.db.organizacion_id})
      select m.mes, p.codigo_plan as plan, u.medidas
      from mes m
      left join subscripciones s on s.organizacion_id = ${this.db.organizacion_id} and s.estado not in ('cancelada', 'expirada')
      left join planes_subscripcion p on p.id = s.plan_id
      cross join lateral (
        select jsonb_agg(jsonb_build_object(
          'medida', u.medida, 'limite', u.limite, 'uso', u.uso,
          'porcentaje', case when u.limite is not null then round(case when u.limite = 0 then 100 else u.uso * 100.0 / u.limite end, 2)::text end,
          'proyeccion', case when u.medida like '%\\_mes' then round(u.uso + u.uso / m.van * (m.dias - least(m.van, m.dias))) end,
          'estado', case when u.uso >= u.limite then 'alcanzado' when u.uso >= u.limite * 0.8 then 'cerca' else 'ok' end) order by u.orden) as medidas
        from app.uso(${this.db.organizacion_id}) with ordinality u (medida, uso, limite, orden)) u`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  /** Adds what was appended to the counters, in a transaction of one organisation. Answers how many rows. */
  async fold(): Promise<number> {
    const { rows } = await sql<{ plegadas: number }>`select app.plegar_uso() as plegadas`.execute(this.db.sql);
    return rows[0].plegadas;
  }

  /** Folds, counts the rows themselves, and mends the counters where they differed, which it answers. */
  async recount(): Promise<Deriva[]> {
    const { rows } = await sql<Deriva>`select * from app.recontar_uso()`.execute(this.db.sql);
    return rows;
  }

  /** Why the database refused, with the numbers: read anew, because what was refused is over. */
  explain(session: Session, regla: string): Promise<Problem> {
    return this.db.run({ ...session, readOnly: true }, async () => {
      const [, what, name] = /^(limite|funcion)_(\w+)$/.exec(regla)!;
      const { organizacion_id } = this.db;
      const isLimit = what === 'limite';
      const { rows } = await sql<{ plan: string | null; plan_sugerido: string | null; limite: number | null; uso: number | null }>`
        select p.codigo_plan as plan, app.plan_sugerido(o.id, ${isLimit ? name : null}, ${isLimit ? null : name}) as plan_sugerido, app.limite_de(p, ${name}) as limite, u.uso
        from organizaciones o
        left join app.subscripcion_vigente() s on s.organizacion_id = o.id
        left join planes_subscripcion p on p.id = s.plan_id
        left join app.uso(${organizacion_id}) u on u.medida = ${name}
        where o.id = ${organizacion_id}`.execute(this.db.sql);
      const { plan, plan_sugerido, limite, uso } = rows[0];
      return isLimit
        ? new Problem('limite_alcanzado', { extra: { medida: name, limite, uso, plan, plan_sugerido } })
        : new Problem('funcion_no_incluida', { extra: { funcion: name, plan, plan_sugerido } });
    });
  }
}
