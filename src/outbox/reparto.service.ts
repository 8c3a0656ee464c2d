import { Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { reasonOf } from '../../scripts/reason.mjs';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { isUnavailable } from '../database/sql-error.js';
import { Canales } from './canal.js';

const ORGANIZATIONS = 200;
const EVENTS = 500;

/** Makes of each evento one entrega for every destination that wants it, exactly once. */
@Injectable()
export class Reparto {
  readonly #log = new Logger('Outbox');

  constructor(
    private readonly db: Db,
    private readonly canales: Canales,
  ) {}

  /** Whether there may be more. */
  async repartir(): Promise<boolean> {
    const { rows } = await this.db.run(NOBODY, () => sql<{ id: number }>`select id from app.organizaciones_por_repartir(${ORGANIZATIONS}) as id`.execute(this.db.sql));
    let more = rows.length === ORGANIZATIONS;
    for (const { id } of rows) {
      try {
        more = (await this.#repartirDe(id)) === EVENTS || more;
      } catch (error) {
        if (isUnavailable(error)) throw error;
        // What fails in one organisation is not what the others wait for.
        this.#log.error(`The events of organisation ${id} could not be shared out: ${reasonOf(error)}`);
      }
    }
    return more;
  }

  /** One instance at a time in an organisation, in the order of its eventos: a later one never overtakes an earlier one that is not there yet. */
  async #repartirDe(organizacion_id: number): Promise<number> {
    return this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const lock = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended(${`reparto/${organizacion_id}`}, 0)) as taken`.execute(this.db.sql);
      if (!lock.rows[0].taken) return 0;
      const wanted = this.canales.todos.map((canal) => sql`select ${sql.lit(canal.canal)} as canal, x.evento_id, x.destino_id from (${canal.reparto(organizacion_id)}) x`);
      const deliveries = sql`, hechas as (
        insert into entregas (evento_id, canal, destino_id, clave_orden)
        select n.id, r.canal, r.destino_id, n.clave_orden
        from nuevos n join (${sql.join(wanted, sql` union all `)}) r on r.evento_id = n.id
        order by n.id)`;
      const { rows } = await sql`
        with nuevos as materialized (
          select * from eventos where organizacion_id = ${organizacion_id} and repartido_en is null order by id limit ${EVENTS})
        ${wanted.length ? deliveries : sql``}
        update eventos e set repartido_en = now() from nuevos n
        where e.organizacion_id = ${organizacion_id} and e.id = n.id
        returning e.id`.execute(this.db.sql);
      return rows.length;
    });
  }
}
