import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { PooledClient } from './context-client.js';
import { parseLsn } from './lsn.js';
import { isUnavailable, sqlErrorOf } from './sql-error.js';

/** How long a replica that failed is left alone, and how long its answer to "how far are you?" may take. */
const ALONE_MS = 1_000;
const ANSWER_MS = 1_000;

/** Of one cluster, as one role, in one database: anything else is a wrong URL and would show other data. */
export const IDENTITY = `(select system_identifier from pg_control_system()) || '/' || current_user || '/' || current_database() as identity`;

/** A connection apart: what is asked here must not wait behind requests. */
export function probeOf(connectionString: string): pg.Pool {
  const probe = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS, application_name: 'franja-replicas' });
  probe.on('error', () => {});
  return probe;
}

/** One standby: its connections, and how far it has replayed. */
export class Replica {
  /** Undefined: not to be asked. */
  replayed?: bigint;
  readonly #probe: pg.Pool;
  readonly #clients = new Set<PooledClient>();
  readonly #log = new Logger('Replica');
  readonly #where: string;
  #aloneUntil = 0;
  #looking = false;
  #why?: string;

  constructor(
    url: string,
    readonly pool: pg.Pool,
  ) {
    this.#probe = probeOf(url);
    const { host, port } = new pg.Client({ connectionString: url });
    this.#where = `${host}:${port}`;
    pool.on('connect', (client) => this.#clients.add(client as PooledClient));
    pool.on('remove', (client) => this.#clients.delete(client as PooledClient));
  }

  get load(): number {
    return this.pool.totalCount - this.pool.idleCount + this.pool.waitingCount;
  }

  /** Asks how far it is. `identity` is the primary's. */
  async look(identity: string): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { rows: [at] } = await this.#probe.query(`select pg_last_wal_replay_lsn() as lsn, pg_is_in_recovery() as standby, ${IDENTITY}`);
      const wrong = at.identity !== identity ? 'it is another cluster, role or database than APP_DATABASE_URL' : !at.standby && 'it is no standby';
      if (wrong) this.#leave(wrong);
      else if (performance.now() >= this.#aloneUntil) this.#take(parseLsn(at.lsn));
    } catch (error) {
      this.#leave((error as Error).message);
      // What was asked of who hangs: asked of the primary it is answered now.
      if (!sqlErrorOf(error)) for (const client of this.#clients) client.abandon();
    } finally {
      this.#looking = false;
    }
  }

  /** A read failed here; whether that was the server's doing decides what becomes of it. */
  failed(error: unknown): void {
    if (isUnavailable(error) || sqlErrorOf(error)?.sqlstate.startsWith('40')) this.#leave((error as Error).message);
  }

  #take(replayed: bigint) {
    this.replayed = replayed;
    if (this.#why) this.#log.warn(`The replica at ${this.#where} is read again`);
    this.#why = undefined;
  }

  #leave(why: string) {
    this.replayed = undefined;
    this.#aloneUntil = performance.now() + ALONE_MS;
    if (!this.#why) this.#log.warn(`The replica at ${this.#where} is not read: ${why}`);
    this.#why = why;
  }

  async end(): Promise<void> {
    await Promise.all([this.pool.end(), this.#probe.end()]);
  }
}
