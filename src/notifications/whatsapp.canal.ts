import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { Canales, type Canal, type Entrega, type Envio, type Resultado } from '../outbox/canal.js';
import { esperaTras } from '../outbox/entregas.service.js';
import { ConversacionWhatsapp } from './conversacion.service.js';
import { CanalCorreo } from './correo.canal.js';
import { Evolution, type Conexion } from './evolution.js';
import { ESTADO_DE, InstanciasService, type Instancia } from './instancias.service.js';
import { MensajesCliente, type Mensaje } from './mensajes-cliente.service.js';
import { EVENTOS_CLIENTE } from './plantillas-mensajes.textos.js';
import { variantes } from './telefonos.js';

/** What one message needs to leave, read in one transaction. */
interface Preparado extends Mensaje {
  organizacion_id: number;
  entrega: Entrega;
  instancia: Instancia;
  apikey: string;
  telefono: string;
  /** Seconds that it may wait yet; 0: a failure is the last. */
  resta: number;
}

const KNOWN_OPEN_MS = 5_000;
const LONGEST_WAIT_MS = 5_000;
/** So many times the first wait, half a minute: somebody has to look for the phone. */
const NOT_CONNECTED = 6;
/** Nobody waits for a server that may never come back, but who turns it on again within the day has what waited sent. */
const TURNED_OFF_SECONDS = 600;

const done = (resultado: Resultado): Envio => async () => resultado;

/** Messages to clients from the business's own number. What is not connected waits a while, and then an e-mail says it. */
@Injectable()
export class CanalWhatsapp implements Canal, OnModuleInit {
  readonly canal = 'whatsapp';
  readonly compartido = false;
  /** WhatsApp bans who writes like a machine, so there is nothing to gain from more. */
  readonly simultaneas = 1;
  readonly #log = new Logger('WhatsApp');
  readonly #open = new Map<string, number>();

  constructor(
    private readonly canales: Canales,
    private readonly db: Db,
    private readonly evolution: Evolution,
    private readonly instancias: InstanciasService,
    private readonly mensajes: MensajesCliente,
    private readonly conversacion: ConversacionWhatsapp,
    private readonly correo: CanalCorreo,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit() {
    // What waited when whoever runs the server turned it off is given to the mail.
    if (this.evolution.hay || this.correo.hay) this.canales.registrar(this);
  }

  reparto(organizacion_id: number): RawBuilder<unknown> {
    return this.mensajes.reparto(organizacion_id, 'whatsapp');
  }

  async preparar(entrega: Entrega): Promise<Envio> {
    const mensaje = await this.mensajes.redactar(entrega, 'whatsapp');
    if ('descartar' in mensaje) return done({ es: 'descartar', error: mensaje.descartar });
    const { telefono } = mensaje;
    // Before anything else: what left is not told again by e-mail either.
    if (telefono && entrega.toma > 1 && (await this.#salio(entrega, telefono, mensaje))) return done({ es: 'entregada' });
    // Its time is over already, so this notes it.
    if (entrega.toma > 1 && (await this.#rendida(entrega))) return done({ es: 'reintentar', error: 'se dejó de intentar' });
    if (!mensaje.activa) return this.#ceder(entrega, 'la plantilla está desactivada');
    if (!telefono) return this.#ceder(entrega, 'el cliente no tiene teléfono');
    if (!this.evolution.hay) return this.#sinServidor(entrega);
    const instancia = await this.#instancia();
    if (!instancia) return this.#ceder(entrega, 'el negocio ya no tiene WhatsApp');
    const { rows } = await sql<{ resta: number; cabe: boolean }>`
      select u.uso < coalesce(u.limite, u.uso + 1) as cabe, case when ${this.mensajes.conectada}
          then greatest(extract(epoch from d.creado_en + make_interval(mins => ${this.config.whatsapp.esperaMinutos}) - now()), 0)::float8 else 0 end as resta
      from entregas d
      join app.uso(d.organizacion_id) u on u.medida = 'whatsapp_mes'
      join instancias_whatsapp i on i.organizacion_id = d.organizacion_id and i.id = ${instancia.id}
      where d.organizacion_id = ${this.db.organizacion_id} and d.id = ${entrega.id}`.execute(this.db.sql);
    if (!rows[0].cabe) return this.#ceder(entrega, 'el plan no admite más WhatsApp este mes');
    const listo: Preparado = {
      ...mensaje, telefono, entrega, instancia, organizacion_id: this.db.organizacion_id, apikey: await this.instancias.apikey(instancia.id), resta: rows[0].resta,
    };
    return (signal) => this.#enviar(listo, signal);
  }

  async #enviar(listo: Preparado, signal: AbortSignal): Promise<Resultado> {
    const { instancia, apikey, telefono, texto } = listo;
    const state = await this.#estado(listo, signal);
    if (state === undefined) return this.#fallo(listo, signal, 'Evolution API no responde', {});
    if (state !== 'open') return this.#fallo(listo, signal, 'WhatsApp no está conectado', { despues: (NOT_CONNECTED * this.config.outbox.retryMs) / 1000 });
    const wait = await this.#turno(listo);
    if (wait === null) return { es: 'reintentar', error: 'espera su turno', despues: LONGEST_WAIT_MS / 1000 };
    try {
      await sleep(wait, undefined, { signal });
    } catch {
      return { es: 'reintentar', error: 'interrumpida' };
    }
    const sent = await this.evolution.enviar(instancia.nombre, apikey, telefono, texto, this.config.outbox.timeoutMs, signal);
    if (sent.es === 'enviado') {
      await this.#anotar(listo, sent.clave);
      this.conversacion.alDia(listo.organizacion_id);
      return { es: 'entregada' };
    }
    if (sent.es === 'sin_whatsapp') {
      await this.#rendirse(listo);
      return { es: 'descartar', error: 'ese número no tiene WhatsApp' };
    }
    this.#open.delete(instancia.nombre);
    return this.#fallo(listo, signal, sent.error, { estado_http: sent.estado_http });
  }

  /** Asked before every message, because a 500 tells nothing, but not more often than every few seconds. What is new is written down. */
  async #estado({ organizacion_id, instancia, apikey }: Preparado, signal: AbortSignal): Promise<Conexion | undefined> {
    const { id, nombre, estado } = instancia;
    if ((this.#open.get(nombre) ?? 0) > Date.now()) return 'open';
    const state = await this.evolution.estado(nombre, apikey, signal).catch(() => undefined);
    if (state === 'open') this.#open.set(nombre, Date.now() + KNOWN_OPEN_MS);
    if (state && ESTADO_DE[state] !== estado) await this.db.run({ ...NOBODY, organizacion_id }, () => this.instancias.anotarEstado(id, ESTADO_DE[state]));
    return state;
  }

  /** When this message may leave, in ms; null when that is too far away to wait in hand. The row counts for all processes. */
  async #turno({ organizacion_id, instancia }: Preparado): Promise<number | null> {
    const gap = this.config.whatsapp.intervaloMs * (1 + Math.random() / 2);
    if (gap === 0) return 0;
    const { rows } = await this.db.run({ ...NOBODY, organizacion_id }, () =>
      sql<{ ms: number }>`
        update instancias_whatsapp set proximo_envio_en = greatest(proximo_envio_en, clock_timestamp()) + interval '1 millisecond' * ${gap}::float8
        where organizacion_id = ${organizacion_id} and id = ${instancia.id}
          and proximo_envio_en < clock_timestamp() + interval '1 millisecond' * ${LONGEST_WAIT_MS}::float8
        returning (extract(epoch from proximo_envio_en - clock_timestamp()) * 1000)::float8 as ms`.execute(this.db.sql),
    );
    return rows[0] ? Math.max(0, Math.ceil(rows[0].ms - gap)) : null;
  }

  /** What we broke off ourselves is no failure: the next process goes on from there. No pause is longer than what it may wait: its cita does not wait either. */
  async #fallo(listo: Preparado, signal: AbortSignal, error: string, more: { despues?: number; estado_http?: number }): Promise<Resultado> {
    const { resta, entrega } = listo;
    if (resta === 0 && !signal.aborted) await this.#rendirse(listo);
    const pause = more.despues ?? esperaTras(entrega.intentos, this.config.outbox.retryMs) / 1000;
    return { es: 'reintentar', error, ...more, despues: resta === 0 ? pause : Math.min(pause, resta) };
  }

  /** No further attempt; an e-mail, if there is one to send. */
  async #rendirse({ organizacion_id, entrega }: Preparado): Promise<void> {
    await this.db.run({ ...NOBODY, organizacion_id }, () => this.#respaldar(entrega));
  }

  /** In a transaction of the organisation, as the next three. */
  async #ceder(entrega: Entrega, error: string): Promise<Envio> {
    await this.#respaldar(entrega);
    return done({ es: 'descartar', error });
  }

  /** Without an address nothing is lost by waiting. */
  async #sinServidor(entrega: Entrega): Promise<Envio> {
    if (await this.#porCorreo(entrega)) return this.#ceder(entrega, 'el servidor ya no tiene WhatsApp');
    return done({ es: 'reintentar', error: 'el servidor no tiene WhatsApp', despues: TURNED_OFF_SECONDS });
  }

  async #respaldar(entrega: Entrega): Promise<void> {
    await sql`select app.rendir_whatsapp(${entrega.id}::bigint, ${await this.#porCorreo(entrega)})`.execute(this.db.sql);
  }

  /** Whoever gave it up died, or had to end, before noting it: the e-mail, if there was one to send, tells it. */
  async #rendida(entrega: Entrega): Promise<boolean> {
    const { rows } = await sql`
      select from entregas where organizacion_id = ${this.db.organizacion_id} and id = ${entrega.id} and reintentar_hasta <= now()`.execute(this.db.sql);
    return rows.length > 0;
  }

  async #porCorreo(entrega: Entrega): Promise<boolean> {
    if (!this.correo.hay || !(EVENTOS_CLIENTE as readonly string[]).includes(entrega.evento)) return false;
    const mail = await this.mensajes.redactar(entrega, 'correo');
    return !('descartar' in mail) && mail.activa && mail.email !== null;
  }

  /** It left: a failure to write that down must not send it again. */
  async #anotar({ organizacion_id, instancia, telefono, texto, entrega, cliente_id, cita_id }: Preparado, clave: string): Promise<void> {
    const values = { evento: entrega.evento, entrega_id: entrega.id, cliente_id, cita_id };
    try {
      await this.db.run({ ...NOBODY, organizacion_id }, () =>
        this.db.sql
          .insertInto('mensajes_whatsapp')
          .values({ ...values, instancia_id: instancia.id, clave, direccion: 'saliente', telefono, texto: texto.slice(0, 5_000), enviado_en: new Date() })
          .onConflict((c) => c.constraint('mensajes_whatsapp_clave_unica').doUpdateSet(values))
          .execute(),
      );
    } catch (error) {
      this.#log.error(`A message that left could not be noted: ${(error as Error).message}`);
    }
  }

  /** An attempt whose answer was lost: Evolution tells of every message that leaves, so it is there if it left. In a transaction. */
  async #salio(entrega: Entrega, telefono: string, { texto, cliente_id, cita_id }: Mensaje): Promise<boolean> {
    const { rows } = await sql`
      update mensajes_whatsapp set entrega_id = ${entrega.id}, evento = ${entrega.evento}, cliente_id = ${cliente_id}, cita_id = ${cita_id}
      where organizacion_id = ${this.db.organizacion_id} and id = (
        select m.id from mensajes_whatsapp m
        join entregas d on d.organizacion_id = m.organizacion_id and d.id = ${entrega.id}
        where m.organizacion_id = ${this.db.organizacion_id} and m.direccion = 'saliente' and m.telefono = any (${variantes(telefono)}::text[])
          and (m.entrega_id = d.id or (m.entrega_id is null and m.texto = ${texto} and m.creado_en >= d.creado_en))
        order by m.id limit 1)
      returning id`.execute(this.db.sql);
    return rows.length > 0;
  }

  async #instancia(): Promise<Instancia | undefined> {
    return (await this.db.sql
      .selectFrom('instancias_whatsapp')
      .select(['id', 'nombre', 'estado', 'estado_desde', 'numero', 'creado_en'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('eliminada_en', 'is', null)
      .executeTakeFirst()) as Instancia | undefined;
  }
}
