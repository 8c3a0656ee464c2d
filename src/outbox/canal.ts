import { Injectable } from '@nestjs/common';
import type { RawBuilder } from 'kysely';
import type { Evento } from './eventos.js';

export type NombreCanal = 'n8n' | 'webhook' | 'whatsapp' | 'correo';

/** One evento for one destination, in hand. */
export interface Entrega extends Evento {
  id: number;
  /** This attempt's number, from 1. */
  intentos: number;
  /** How often it was taken. More than once: it may have left already, also when an attempt that was broken off counts for none. */
  toma: number;
  destino_id: number | null;
}

/** What the log keeps of an answer: never a secret. */
export interface Respuesta {
  estado_http?: number;
  /** Its beginning. */
  respuesta?: string;
}

/**
 * What became of an attempt. `reintentar` waits `despues` seconds, or the schedule's time; `descartar`: there is nothing to deliver any more;
 * `pausar`: its destination wants nothing more, ever.
 */
export type Resultado = Respuesta &
  ({ es: 'entregada' } | { es: 'reintentar'; error: string; despues?: number } | { es: 'descartar'; error: string } | { es: 'pausar'; error: string });

/** Sends, outside any transaction, and never throws for what the other side does. Ends soon after `signal`. */
export type Envio = (signal: AbortSignal) => Promise<Resultado>;

/** A way out. Register it with Canales when the module starts (onModuleInit). */
export interface Canal {
  readonly canal: NombreCanal;
  /** Deliveries at the same time: of one destination; if `compartido`, of all organisations together. */
  readonly simultaneas: number;
  readonly compartido: boolean;
  /** Whether it takes anything just now; without it, always. */
  listo?(): boolean;
  /**
   * Which of the new eventos it wants to deliver and where: a select of (evento_id, destino_id) from `nuevos` (organizacion_id, id, evento,
   * clave_orden, datos, ocurrido_en), one row for each delivery. Runs as the organisation, in the transaction that marks them as shared out.
   */
  reparto(organizacion_id: number): RawBuilder<unknown>;
  /**
   * Reads what sending needs, in a transaction of the organisation, and checks again whether it is still to be sent; then sends without one.
   * What it answers may be sent twice, when a process is killed between sending and noting it: at least once.
   */
  preparar(entrega: Entrega): Promise<Envio>;
}

/** The channels of this process. What has none here waits for one that has, its three days long. */
@Injectable()
export class Canales {
  readonly #canales = new Map<string, Canal>();

  registrar(canal: Canal): void {
    this.#canales.set(canal.canal, canal);
  }

  get todos(): Canal[] {
    return [...this.#canales.values()];
  }

  get(canal: string): Canal | undefined {
    return this.#canales.get(canal);
  }
}
