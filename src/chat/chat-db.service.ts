import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { sql, type Generated, type GeneratedAlways, type Kysely } from 'kysely';
import pg from 'pg';
import { reasonOf } from '../../scripts/reason.mjs';
import { CONFIG, type Config } from '../config.js';
import { ContextClient, type Scope } from '../database/context-client.js';
import { kyselyOnTransaction } from '../database/kysely.js';
import { requireHeldByRls } from '../database/role-check.js';
import { NOBODY } from '../database/session.js';
import { isUnavailable } from '../database/sql-error.js';
import { inTransaction } from '../database/transaction.js';
import { Problem } from '../http/problems.js';

const CONNECTIONS = 4;

/** sql/chat as Kysely sees it; n8n writes the first too. */
export interface ChatTables {
  'chat.n8n_chat_histories': {
    id: GeneratedAlways<number>;
    session_id: string;
    message: unknown;
    organizacion_id: GeneratedAlways<number>;
    rol: Generated<string>;
    canal: Generated<string>;
    usuario_id: number | null;
    externo_id: string | null;
    creado_en: Generated<Date>;
  };
  'chat.conversaciones': {
    session_id: string;
    organizacion_id: GeneratedAlways<number>;
    canal: string;
    ultimo_mensaje_en: Date;
    ultimo_mensaje_id: number;
    creado_en: Generated<Date>;
  };
}

/** chat_memories_db: another database, so another pool and other transactions. Without it the rest of the API works. */
@Injectable()
export class ChatDb implements OnModuleDestroy {
  readonly #log = new Logger('ChatDb');
  readonly #pool?: pg.Pool;
  /** On the transaction of the `run` that it is called in. */
  readonly sql: Kysely<ChatTables>;
  /** Asked for in the first transaction and not at the start, which must not need this database. */
  #held = false;

  constructor(@Inject(CONFIG) config: Config) {
    this.sql = kyselyOnTransaction<ChatTables>(config.preparedStatements);
    if (!config.chatDatabaseUrl) return;
    this.#pool = new pg.Pool({
      connectionString: config.chatDatabaseUrl,
      max: CONNECTIONS,
      connectionTimeoutMillis: 3_000,
      idleTimeoutMillis: 30_000,
      query_timeout: 10_000,
      application_name: 'franja-chat',
      Client: ContextClient as unknown as typeof pg.Client,
    });
    this.#pool.on('error', () => {}); // an idle connection was lost; the next one is asked for when it is needed
  }

  get configured(): boolean {
    return this.#pool !== undefined;
  }

  async onModuleDestroy() {
    await this.#pool?.end();
  }

  /** How many of these files of sql/chat were not applied as they are; none where nobody kept a record (sql/ applied with psql). */
  async pending(nombres: string[], sumas: string[]): Promise<number> {
    return inTransaction(this.#pool!, { session: { ...NOBODY, readOnly: true } }, async () => {
      const { rows: [{ anotadas }] } = await sql<{ anotadas: boolean }>`select to_regclass('public.migraciones_aplicadas') is not null as anotadas`.execute(this.sql);
      if (!anotadas) return 0;
      const { rows: [{ faltan }] } = await sql<{ faltan: number }>`
        select count(*)::int as faltan from unnest(${nombres}::text[], ${sumas}::text[]) e (nombre, suma)
        where not exists (select from public.migraciones_aplicadas m where m.nombre = e.nombre and m.sha256 = e.suma)`.execute(this.sql);
      return faltan;
    });
  }

  /** One transaction for that tenant. Never inside one of the main database: it would hold a connection that bookings need. */
  async run<T>(organizacion_id: number, work: () => Promise<T>, readOnly = false): Promise<T> {
    const scope: Scope = { session: { ...NOBODY, organizacion_id, readOnly } };
    if (!this.#pool) throw new Problem('conversaciones_no_disponibles');
    try {
      return await inTransaction(this.#pool, scope, async () => {
        if (!this.#held) await requireHeldByRls(this.sql, 'CHAT_DATABASE_URL');
        this.#held = true;
        return work();
      });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#log.warn(`The conversations do not answer: ${reasonOf(error)}`);
      throw new Problem('no_disponible');
    }
  }
}
