import { Inject, Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { createHmac, randomBytes } from 'node:crypto';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { API } from '../http/openapi.js';
import { localPhone } from '../http/phone.js';
import { Problem } from '../http/problems.js';
import { Sealing } from '../sealing.js';
import { Evolution, type Conexion, type Qr } from './evolution.js';
import { Fallo } from './fallo.js';
import type { EstadoInstancia, InstanciaWhatsapp, ProbarWhatsapp } from './instancias.dto.js';
import type { Lengua } from './mensajes.textos.js';

const TABLA = 'instancias_whatsapp';
const QR_MS = 5_000;

export const ESTADO_DE: Record<Conexion, EstadoInstancia> = { open: 'conectada', connecting: 'esperando_qr', close: 'desconectada', ausente: 'desconectada' };

const PRUEBA: Record<Lengua, (negocio: string) => string> = {
  es: (negocio) => `Prueba de WhatsApp de ${negocio}: llegó. ✅`,
  en: (negocio) => `WhatsApp test from ${negocio}: it arrived. ✅`,
  pt: (negocio) => `Teste de WhatsApp de ${negocio}: chegou. ✅`,
};

/** What the path of its webhook ends in: derived from the key that Evolution has anyway, so that it can be told again and is stored nowhere. */
export const tokenDe = (organizacion_id: number, apikey: string) =>
  `${organizacion_id}.${createHmac('sha256', apikey).update('franja whatsapp webhook').digest('base64url')}`;

export interface Instancia {
  id: number;
  nombre: string;
  estado: EstadoInstancia;
  estado_desde: Date;
  numero: string | null;
  creado_en: Date;
}

/** The instance of an organisation. The row comes first and the key is ours, so whatever dies in between, repeating goes on from there. */
@Injectable()
export class InstanciasService {
  readonly #log = new Logger('WhatsApp');

  constructor(
    private readonly db: Db,
    private readonly evolution: Evolution,
    private readonly sealing: Sealing,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async create(session: Session): Promise<InstanciaWhatsapp> {
    this.#require();
    const apikey = randomBytes(32).toString('base64url');
    await this.db.run(session, async () => {
      const { organizacion_id } = this.db;
      const made = await sql<{ id: number }>`
        insert into instancias_whatsapp (nombre, token_hash)
        values (${`franja-${organizacion_id}-${randomBytes(12).toString('hex')}`}, ${tokenHash(tokenDe(organizacion_id, apikey))})
        on conflict (organizacion_id) where eliminada_en is null do nothing
        returning id`.execute(this.db.sql);
      if (made.rows[0]) await this.#set(made.rows[0].id, { apikey_sellado: this.sealing.seal(apikey, { tabla: TABLA, organizacion_id, id: made.rows[0].id }) });
    });
    return this.#connect(session);
  }

  reconnect(session: Session): Promise<InstanciaWhatsapp> {
    this.#require();
    return this.#connect(session);
  }

  async get(session: Session): Promise<InstanciaWhatsapp> {
    const row = await this.db.run({ ...session, readOnly: true }, () => this.actual());
    try {
      return await this.#observed(session, row, await this.evolution.estado(row.nombre));
    } catch (error) {
      if (!(error instanceof Fallo)) throw error;
      return shown(row, false);
    }
  }

  async remove(session: Session): Promise<void> {
    this.#require();
    const { id, nombre } = await this.db.run(session, () => this.actual());
    await this.#asked(() => this.evolution.eliminar(nombre));
    await this.db.run(session, () => this.#set(id, { eliminada_en: sql<Date>`now()`, apikey_sellado: null, estado: 'desconectada', estado_desde: sql<Date>`now()` }));
  }

  async test(session: Session, body: ProbarWhatsapp): Promise<void> {
    this.#require();
    const { nombre, apikey, telefono, texto } = await this.db.run(session, async () => {
      const { telefono } = await localPhone(this.db, body);
      const { id, nombre } = await this.actual();
      const { negocio, idioma } = await this.db.sql
        .selectFrom('organizaciones').select(['nombre_comercial as negocio', 'idioma']).where('id', '=', this.db.organizacion_id).executeTakeFirstOrThrow();
      return { nombre, apikey: await this.apikey(id), telefono, texto: PRUEBA[idioma as Lengua](negocio) };
    });
    if ((await this.#asked(() => this.evolution.estado(nombre, apikey))) !== 'open') throw new Problem('whatsapp_desconectado');
    const sent = await this.evolution.enviar(nombre, apikey, telefono, texto, this.config.outbox.timeoutMs);
    if (sent.es === 'sin_whatsapp') throw new Problem('numero_sin_whatsapp');
    if (sent.es === 'fallo') throw new Problem('whatsapp_no_responde');
  }

  /** In a transaction of the organisation. */
  async actual(): Promise<Instancia> {
    const row = await this.db.sql
      .selectFrom('instancias_whatsapp')
      .select(['id', 'nombre', 'estado', 'estado_desde', 'numero', 'creado_en'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('eliminada_en', 'is', null)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row as Instancia;
  }

  /** In a transaction of the organisation. */
  async apikey(id: number): Promise<string> {
    const { organizacion_id } = this.db;
    const { apikey_sellado } = await this.db.sql
      .selectFrom('instancias_whatsapp').select('apikey_sellado').where('organizacion_id', '=', organizacion_id).where('id', '=', id).executeTakeFirstOrThrow();
    if (!apikey_sellado) throw new Problem('no_encontrado');
    return this.sealing.open(apikey_sellado, { tabla: TABLA, organizacion_id, id });
  }

  /** In a transaction of the organisation: what Evolution told. Only what changed is written. */
  async anotarEstado(id: number, estado: EstadoInstancia, numero?: string | null): Promise<void> {
    await sql`
      update instancias_whatsapp set estado = ${estado}, numero = coalesce(${numero ?? null}, numero),
        estado_desde = case when estado = ${estado} then estado_desde else now() end
      where organizacion_id = ${this.db.organizacion_id} and id = ${id} and eliminada_en is null
        and (estado <> ${estado} or numero is distinct from coalesce(${numero ?? null}, numero))`.execute(this.db.sql);
  }

  /** Makes in Evolution what is not there, tells it where to report to, and starts connecting. */
  async #connect(session: Session): Promise<InstanciaWhatsapp> {
    const { row, apikey, organizacion_id } = await this.db.run(session, async () => {
      const row = await this.actual();
      const { organizacion_id } = this.db;
      const apikey = await this.apikey(row.id);
      // Under the key in use, whichever it was sealed with.
      await this.#set(row.id, { apikey_sellado: this.sealing.seal(apikey, { tabla: TABLA, organizacion_id, id: row.id }) });
      return { row, apikey, organizacion_id };
    });
    const { state, qr } = await this.#asked(async () => {
      const found = row.estado === 'creada' ? 'ausente' : await this.evolution.estado(row.nombre);
      if (found === 'open' || found === 'connecting') return { state: found };
      if (found === 'ausente') await this.evolution.crear(row.nombre, apikey);
      await this.evolution.fijarWebhook(row.nombre, `${this.config.publicUrl}${API}/whatsapp/inbound/${tokenDe(organizacion_id, apikey)}`);
      const qr = await this.evolution.conectar(row.nombre);
      return { state: qr ? ('connecting' as const) : await this.evolution.estado(row.nombre), qr };
    });
    return this.#observed(session, row, state, qr);
  }

  /** The row as Evolution says it is now, with the QR that it waits for. A super_admin only looks. */
  async #observed(session: Session, row: Instancia, state: Conexion, shownQr?: Qr): Promise<InstanciaWhatsapp> {
    const estado = ESTADO_DE[state];
    if (session.rol === 'super_admin') return shown({ ...row, estado }, true);
    const now = await this.db.run({ ...session, readOnly: false }, async () => {
      await this.anotarEstado(row.id, estado);
      return this.actual();
    });
    const waits = state === 'connecting' && !shownQr;
    return shown(now, true, waits ? await this.evolution.conectar(row.nombre, QR_MS).catch(() => undefined) : shownQr);
  }

  async #set(id: number, values: object): Promise<void> {
    await this.db.sql.updateTable('instancias_whatsapp').set(values).where('organizacion_id', '=', this.db.organizacion_id).where('id', '=', id).execute();
  }

  #require() {
    if (!this.evolution.hay) throw new Problem('canal_no_disponible');
  }

  /** What goes wrong there is no fault of the caller's, and its words go to the log, where they hold no secret. */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Fallo)) throw error;
      this.#log.warn(`Evolution API: ${error.message}`);
      throw new Problem('whatsapp_no_responde');
    }
  }
}

function shown({ estado, numero, estado_desde, creado_en }: Instancia, en_vivo: boolean, qr?: Qr): InstanciaWhatsapp {
  return { estado, en_vivo, numero, estado_desde, qr: qr ?? null, creado_en };
}
