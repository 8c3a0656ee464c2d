import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { checkOrder, cursorOf, pageOf, readIdCursor } from '../http/page.js';
import { badRange, Problem } from '../http/problems.js';
import type { DetalleEntrega, Entregada, FiltroEntregas, ListaEntregas } from './entregas.dto.js';
import { cuerpoDe, type Evento } from './eventos.js';
import type { Reenviadas, ReenviarEntregas } from './webhooks.dto.js';

const MOST_AT_ONCE = 1000;
const MOST_DAYS = 31;

/** The log of deliveries, and their replay. What people receive is in the log too, but is not sent to them again. */
@Injectable()
export class RegistroEntregas {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor, estado, canal, destino_id, evento, desde, hasta }: FiltroEntregas): Promise<ListaEntregas> {
    checkOrder({ desde, hasta });
    const before = readIdCursor<[number]>(cursor, 1);
    const rows = await this.#rows()
      // A literal, so that the partial index of what did not arrive applies whatever the plan.
      .$if(estado !== undefined, (q) => q.where('d.estado', '=', sql.lit(estado!)))
      .$if(canal !== undefined, (q) => q.where('d.canal', '=', canal!))
      .$if(destino_id !== undefined, (q) => q.where('d.destino_id', '=', destino_id!))
      .$if(evento !== undefined, (q) => q.where('e.evento', '=', evento!))
      .$if(desde !== undefined, (q) => q.where('d.creado_en', '>=', new Date(desde!)))
      .$if(hasta !== undefined, (q) => q.where('d.creado_en', '<', new Date(hasta!)))
      .$if(before !== undefined, (q) => q.where('d.id', '<', before![0]))
      .orderBy('d.id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows as Entregada[], limite, (row) => [row.id]);
  }

  async get(id: number): Promise<DetalleEntrega> {
    const row = await this.#rows().select(['d.ultima_respuesta', 'e.organizacion_id', 'e.ocurrido_en', 'e.datos']).where('d.id', '=', id).executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    const { organizacion_id, ocurrido_en, datos, ...entrega } = row;
    return { ...entrega, cuerpo: cuerpoDe({ uuid: row.webhook_id, evento: row.evento, organizacion_id, ocurrido_en, datos } as Evento) } as DetalleEntrega;
  }

  async replay(id: number): Promise<Entregada> {
    const entrega = await this.get(id);
    const { rows } = await this.#again(sql`d.id = ${id} and d.canal in ('n8n', 'webhook')`, 1);
    if (rows.length === 0) throw new Problem(entrega.canal === 'webhook' ? 'destino_inactivo' : 'no_reenviable');
    const { cuerpo: _, ultima_respuesta: __, ...now } = await this.get(id);
    return now;
  }

  /** The oldest first: whoever repeats it with its cursor until `quedan` is false has all, each once, whatever becomes of them meanwhile. */
  async replayRange({ desde, hasta, destino_id, estado, cursor }: ReenviarEntregas): Promise<Reenviadas> {
    const days = (Date.parse(hasta) - Date.parse(desde)) / 86_400_000;
    if (!(days > 0 && days <= MOST_DAYS)) throw badRange('desde', 'hasta', MOST_DAYS);
    const after = readIdCursor<[number]>(cursor, 1);
    const states = estado ? [estado] : ['fallida', 'cancelada'];
    const { rows } = await this.#again(
      sql`d.creado_en >= ${new Date(desde)} and d.creado_en < ${new Date(hasta)} and d.estado in (${sql.join(states.map((state) => sql.lit(state)))})
        and d.canal in ('n8n', 'webhook') ${destino_id === undefined ? sql`` : sql`and d.destino_id = ${destino_id}`}
        ${after === undefined ? sql`` : sql`and d.id > ${after[0]}`}`,
      MOST_AT_ONCE,
    );
    const quedan = rows.length === MOST_AT_ONCE;
    return { reenviadas: rows.length, quedan, cursor: quedan ? cursorOf([Math.max(...rows.map((row) => row.id))]) : null };
  }

  /** As if they had just been made: due now, with three days of their own. One that is in hand is left there. */
  #again(which: ReturnType<typeof sql>, limit: number) {
    const { organizacion_id } = this.db;
    return sql<{ id: number }>`
      with elegidas as (
        select d.id from entregas d
        where d.organizacion_id = ${organizacion_id} and ${which}
          and (d.destino_id is null or exists (
            select from destinos_webhook w where w.organizacion_id = ${organizacion_id} and w.id = d.destino_id and w.activo))
        order by d.id limit ${limit} for update of d)
      update entregas d
      set estado = 'pendiente', entregada_en = null, proximo_intento_en = now(),
        intentos = case when d.estado = 'pendiente' then d.intentos else 0 end,
        reintentar_hasta = case when d.estado = 'pendiente' then d.reintentar_hasta else now() + interval '3 days' end
      from elegidas x
      where d.organizacion_id = ${organizacion_id} and d.id = x.id
      returning d.id`.execute(this.db.sql);
  }

  #rows() {
    return this.db.sql
      .selectFrom('entregas as d')
      .innerJoin('eventos as e', (join) => join.onRef('e.organizacion_id', '=', 'd.organizacion_id').onRef('e.id', '=', 'd.evento_id'))
      .select(['d.id', 'e.uuid as webhook_id', 'e.evento', 'd.canal', 'd.destino_id', 'd.estado', 'd.intentos', 'd.ultimo_intento_en'])
      .select(['d.ultimo_estado_http', 'd.ultimo_error', 'd.duracion_ms', 'd.entregada_en', 'd.creado_en'])
      .select(sql<Date | null>`case when d.estado = 'pendiente' then d.proximo_intento_en end`.as('proximo_intento_en'))
      .where('d.organizacion_id', '=', this.db.organizacion_id);
  }
}
