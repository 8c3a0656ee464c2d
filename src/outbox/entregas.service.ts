import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { Canales, type Entrega, type Envio, type NombreCanal, type Resultado } from './canal.js';
import { tellingOf } from './deliveries.js';

/** A lease: the delivery is this worker's until its time is over or another one takes it. */
export interface Tomada {
  organizacion_id: number;
  id: number;
  toma: number;
  intentos: number;
}

/** So many times as long as an endpoint has to answer. Whoever needs longer, such as a slow mail server, is given more while it is at work. */
const LEASE = 4;
const LONGEST_DELAY_MS = 8 * 3_600_000;
/** Of two failures further apart nobody knows what an endpoint did in between, unless it was left alone because it asked for that. */
const IN_A_ROW = sql<boolean>`greatest(fallo_en, espera_hasta) > now() - interval '9 hours'`;

/** Exponential with full jitter, about `first` ms after the first failure; never at once, never after more than eight hours. */
export function esperaTras(intentos: number, first: number, random = Math.random()): number {
  return Math.max(first / 5, random * Math.min(LONGEST_DELAY_MS, first * 2 ** Math.min(intentos, 40)));
}

/** The queue: takes deliveries, says what one needs, notes what became of it. Each in its own short transaction. */
@Injectable()
export class Entregas {
  constructor(
    private readonly db: Db,
    private readonly canales: Canales,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  get arriendoMs(): number {
    return this.config.outbox.timeoutMs * LEASE;
  }

  async tomar(cuantas: number): Promise<Tomada[]> {
    const ready = this.canales.todos.filter((canal) => canal.listo?.() ?? true);
    if (ready.length === 0) return [];
    const { rows } = await this.db.run(NOBODY, () =>
      sql<Tomada>`
        select organizacion_id, id, toma, intentos
        from app.tomar_entregas(${ready.map(({ canal }) => canal)}::text[], ${ready.map(({ simultaneas }) => simultaneas)}::int[],
          ${ready.map(({ compartido }) => compartido)}::boolean[], ${cuantas}, make_interval(secs => ${this.arriendoMs / 1000}))`.execute(this.db.sql),
    );
    return rows;
  }

  /** How to send it; undefined when it is not ours any more. */
  async preparar({ organizacion_id, id, toma }: Tomada): Promise<Envio | undefined> {
    return this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const { rows } = await sql<Entrega & { canal: NombreCanal }>`
        select d.id, d.intentos, d.toma, d.destino_id, d.canal, e.uuid, e.evento, e.organizacion_id, e.ocurrido_en, e.datos
        from entregas d join eventos e on e.organizacion_id = d.organizacion_id and e.id = d.evento_id
        where d.organizacion_id = ${organizacion_id} and d.id = ${id} and d.estado = 'pendiente' and d.toma = ${toma}`.execute(this.db.sql);
      if (!rows[0]) return undefined;
      const { canal, ...entrega } = rows[0];
      return tellingOf(canal, entrega.evento, await this.canales.get(canal)!.preparar(entrega));
    });
  }

  /** It is still being sent: without this another worker would send it too, and what the first one notes would not count. */
  async alargar({ organizacion_id, id, toma }: Tomada): Promise<void> {
    await this.db.run({ ...NOBODY, organizacion_id }, () =>
      sql`
        update entregas set tomada_hasta = clock_timestamp() + make_interval(secs => ${this.arriendoMs / 1000})
        where organizacion_id = ${organizacion_id} and id = ${id} and estado = 'pendiente' and toma = ${toma} and tomada_hasta is not null`.execute(this.db.sql),
    );
  }

  /** Gives it back unsent: the next worker starts where this one would have. */
  async soltar({ organizacion_id, id, toma }: Tomada): Promise<void> {
    await this.db.run({ ...NOBODY, organizacion_id }, () =>
      sql`
        update entregas set tomada_hasta = null, intentos = greatest(intentos - 1, 0)
        where organizacion_id = ${organizacion_id} and id = ${id} and estado = 'pendiente' and toma = ${toma}`.execute(this.db.sql),
    );
  }

  /** What became of it. Nothing is written when the lease ended and another worker has it. */
  async anotar({ organizacion_id, id, toma, intentos }: Tomada, resultado: Resultado, ms: number): Promise<void> {
    await this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const last = { ultimo_estado_http: resultado.estado_http ?? null, ultima_respuesta: resultado.respuesta?.slice(0, 500) ?? null, duracion_ms: Math.round(ms), tomada_hasta: null };
      const noted = await this.db.sql
        .updateTable('entregas')
        .set({ ...last, ...this.#changes(resultado, intentos) })
        .where('organizacion_id', '=', organizacion_id)
        .where('id', '=', id)
        .where('estado', '=', 'pendiente')
        .where('toma', '=', toma)
        .returning(['carril', 'clave_orden', 'evento_id', 'destino_id', 'estado', 'intentos', 'proximo_intento_en'])
        .executeTakeFirst();
      if (!noted) return;
      await this.#moverSiguientes(organizacion_id, noted);
      if (noted.destino_id !== null) await this.#anotarDestino(organizacion_id, noted.destino_id, resultado);
    });
  }

  #changes(resultado: Resultado, intentos: number) {
    if (resultado.es === 'entregada') return { estado: 'entregada', entregada_en: sql<Date>`now()`, ultimo_error: null };
    const ultimo_error = resultado.error.slice(0, 200);
    if (resultado.es !== 'reintentar') return { estado: 'cancelada', ultimo_error };
    // Zero, or a moment that is over, asks for nothing: taken at its word it would be answered the same again, at once and for days.
    const seconds = resultado.despues || esperaTras(intentos, this.config.outbox.retryMs) / 1000;
    return {
      ultimo_error,
      estado: sql<string>`case when now() >= reintentar_hasta then 'fallida' else 'pendiente' end`,
      // The last one is when its days are over, however long the delay.
      proximo_intento_en: sql<Date>`greatest(now() + interval '1 second' * ${Math.min(seconds, 1)}::float8,
        least(now() + interval '1 second' * ${seconds}::float8, reintentar_hasta))`,
    };
  }

  /** Those behind it in its order cannot go before it: while it waits nobody looks at them, and when it is done they may go. */
  async #moverSiguientes(organizacion_id: number, noted: { carril: string; clave_orden: string; evento_id: number; estado: string; intentos: number; proximo_intento_en: Date }) {
    const waits = noted.estado === 'pendiente';
    if (!waits && noted.intentos === 1) return;
    await sql`
      update entregas set proximo_intento_en = ${waits ? noted.proximo_intento_en : sql`now()`}
      where organizacion_id = ${organizacion_id} and carril = ${noted.carril} and clave_orden = ${noted.clave_orden} and estado = 'pendiente'
        and evento_id > ${noted.evento_id} and tomada_hasta is null and intentos = 0
        and ${waits ? sql`proximo_intento_en < ${noted.proximo_intento_en}` : sql`proximo_intento_en > now()`}`.execute(this.db.sql);
  }

  /** A day of nothing but failures, one after the other, pauses the endpoint; 410 switches it off, with what waited for it. */
  async #anotarDestino(organizacion_id: number, id: number, resultado: Resultado) {
    if (resultado.es === 'entregada') {
      await sql`
        update destinos_webhook set fallando_desde = null
        where organizacion_id = ${organizacion_id} and id = ${id} and fallando_desde is not null and pausado_en is null`.execute(this.db.sql);
    } else if (resultado.es === 'pausar') {
      await sql`
        update destinos_webhook set activo = false, pausado_en = now(), motivo_pausa = ${resultado.error}
        where organizacion_id = ${organizacion_id} and id = ${id} and activo`.execute(this.db.sql);
      await this.cancelarPendientes(id, 'el destino se desactivó');
    } else if (resultado.es === 'reintentar') {
      const wait = resultado.despues ? sql`now() + make_interval(secs => ${resultado.despues})` : sql`espera_hasta`;
      const enough = sql`${IN_A_ROW} and fallando_desde <= now() - interval '24 hours'`;
      await sql`
        update destinos_webhook set fallando_desde = coalesce(case when ${IN_A_ROW} then fallando_desde end, now()), fallo_en = now(),
          espera_hasta = greatest(espera_hasta, ${wait}), pausado_en = case when ${enough} then now() end,
          motivo_pausa = case when ${enough} then ${`24 horas seguidas de fallos; el último: ${resultado.error}`.slice(0, 200)} end
        where organizacion_id = ${organizacion_id} and id = ${id} and pausado_en is null
          and (fallando_desde is null or ${enough} or coalesce(fallo_en < now() - interval '10 minutes', true) or ${Boolean(resultado.despues)})`.execute(this.db.sql);
    }
  }

  /**
   * Gives up what nobody could send in the days it had: its channel is not of this server, or its endpoint is in pause; and at once what was shared out
   * for an endpoint just as it was switched off, so that who did could not see it. In the transaction of the caller; answers how many.
   */
  async vencer(cuantas: number): Promise<number> {
    const { organizacion_id } = this.db;
    const { rows } = await sql`
      with vencidas as (
        select d.id, coalesce(not w.activo, false) as apagado
        from entregas d
        left join destinos_webhook w on w.organizacion_id = ${organizacion_id} and w.id = d.destino_id
        where d.organizacion_id = ${organizacion_id} and d.estado = 'pendiente' and coalesce(d.tomada_hasta < now(), true)
          and (not w.activo
            or d.reintentar_hasta < now() and (w.pausado_en is not null or d.canal <> all (${this.canales.todos.map(({ canal }) => canal)}::text[])))
        order by d.id limit ${cuantas} for update of d skip locked)
      update entregas e set tomada_hasta = null, estado = case when v.apagado then 'cancelada' else 'fallida' end,
        ultimo_error = case when v.apagado then 'el destino se desactivó' when e.canal = 'webhook' then 'venció mientras el destino estaba en pausa'
          else 'venció sin enviarse: el servidor no tiene ese canal' end
      from vencidas v
      where e.organizacion_id = ${organizacion_id} and e.id = v.id
      returning e.id`.execute(this.db.sql);
    return rows.length;
  }

  /** In the transaction of the caller. */
  async cancelarPendientes(destino_id: number, motivo: string): Promise<void> {
    await sql`
      update entregas set estado = 'cancelada', tomada_hasta = null, ultimo_error = ${motivo}
      where organizacion_id = ${this.db.organizacion_id} and destino_id = ${destino_id} and carril = ${`webhook:${destino_id}`} and estado = 'pendiente'`.execute(this.db.sql);
  }
}
