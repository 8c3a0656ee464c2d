import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { origin } from '../http/origin.js';
import { Db } from './db.service.js';

const WRITE_EVERY_MS = 30_000;

interface Use {
  en: Date;
  ip: string | null;
}

/** When each API key was last used, and from where. Kept here and written now and then: a read stays a read. */
@Injectable()
export class KeyUse implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('KeyUse');
  /** By organisation and by the key's user. */
  #uses = new Map<number, Map<number, Use>>();
  #timer?: NodeJS.Timeout;

  constructor(private readonly db: Db) {}

  onModuleInit() {
    this.#timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async onModuleDestroy() {
    clearInterval(this.#timer);
    await this.write();
  }

  /** The transaction under way is a key's. */
  note() {
    const { organizacion_id, usuario_id } = this.db.session;
    this.#keep(organizacion_id!, usuario_id!, { en: new Date(), ip: origin.getStore()?.ip ?? null });
  }

  #keep(organizacion_id: number, usuario_id: number, use: Use) {
    const uses = this.#uses.get(organizacion_id) ?? new Map<number, Use>();
    this.#uses.set(organizacion_id, uses.set(usuario_id, use));
  }

  /** One statement an organisation. What could not be written is tried again with the next, unless it was used since. */
  async write() {
    const due = this.#uses;
    this.#uses = new Map();
    for (const [organizacion_id, uses] of due) {
      try {
        await this.#writeOf(organizacion_id, uses);
      } catch (error) {
        this.#log.warn((error as Error).message);
        for (const [usuario_id, use] of uses) if (!this.#uses.get(organizacion_id)?.has(usuario_id)) this.#keep(organizacion_id, usuario_id, use);
      }
    }
  }

  async #writeOf(organizacion_id: number, uses: Map<number, Use>) {
    const rows = [...uses.values()];
    await this.db.run({ organizacion_id, usuario_id: null, rol: null }, () =>
      sql`
        update claves_api c set ultimo_uso_en = t.en, ultima_ip = t.ip
        from unnest(${[...uses.keys()]}::bigint[], ${rows.map(({ en }) => en)}::timestamptz[], ${rows.map(({ ip }) => ip)}::inet[]) as t (usuario_id, en, ip)
        where c.organizacion_id = ${organizacion_id} and c.usuario_id = t.usuario_id and coalesce(c.ultimo_uso_en < t.en, true)`.execute(this.db.sql),
    );
  }
}
