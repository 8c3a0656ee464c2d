import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import type { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { origin } from '../http/origin.js';
import { Problem } from '../http/problems.js';
import { ContextClient, scopes, type Scope } from './context-client.js';
import { kyselyOnTransaction } from './kysely.js';
import { prismaOnTransaction } from './prisma.js';
import { Replicas, type ReplicaPressure } from './replicas.js';
import type { Session } from './session.js';
import { sqlErrorOf } from './sql-error.js';
import type { DB } from './tables.js';
import { inTransaction } from './transaction.js';

const RETRIED = new Set(['40001', '40P01']);
const ATTEMPTS = 3;
const ADMIN_CONNECTIONS = 2;
/** The server itself ends what takes 30 seconds (02-create-users.sql): later, nobody is there, and the connection would say so after a quarter of an hour. */
const SILENT_MS = 35_000;

function poolOf(connectionString: string, max: number, connectionTimeoutMillis = 5_000): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis,
    idleTimeoutMillis: 30_000,
    query_timeout: SILENT_MS,
    application_name: 'franja',
    pipeline: true,
    Client: ContextClient as unknown as typeof pg.Client,
  } as pg.PoolConfig);
  pool.on('error', () => {}); // an idle connection was lost; the next one is opened when it is needed
  return pool;
}

/** The one door to the database: a transaction per request, its identity and connection in the call's own store. */
@Injectable()
export class Db implements OnModuleDestroy {
  readonly #pool: pg.Pool;
  /** Of role saas_admin, for super_admin alone: what saas_app may not see of other tenants, no mistake of ours shows it. */
  readonly #adminPool?: pg.Pool;
  readonly #replicas?: Replicas;
  readonly #queueMax: number;
  readonly #kysely: Kysely<DB>;
  readonly #prisma: PrismaClient = prismaOnTransaction();

  constructor(@Inject(CONFIG) config: Config) {
    this.#pool = poolOf(config.databaseUrl, config.poolMax);
    this.#queueMax = config.poolQueue;
    if (config.adminDatabaseUrl) this.#adminPool = poolOf(config.adminDatabaseUrl, ADMIN_CONNECTIONS);
    if (config.replicaDatabaseUrls.length) this.#replicas = new Replicas(config, (url) => poolOf(url, config.poolMax, 1_000));
    this.#kysely = kyselyOnTransaction(config.preparedStatements);
  }

  async onModuleDestroy() {
    await Promise.all([this.#prisma.$disconnect(), this.#pool.end(), this.#adminPool?.end(), this.#replicas?.end()]);
  }

  /** Connections at work, calls that wait for one, and how many there may be: of the primary, and of each replica. */
  pressure(): { active: number; waiting: number; max: number; replicas: ReplicaPressure[] } {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { active: totalCount - idleCount, waiting: waitingCount, max: options.max, replicas: this.#replicas?.pressure() ?? [] };
  }

  /** As many calls wait as may: the next would not be served in time. */
  get full(): boolean {
    return this.#pool.waitingCount >= this.#queueMax;
  }

  /** Prisma on the transaction of this call. */
  prisma<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.#prisma.$transaction(work);
  }

  /** Kysely on the same connection: for what is sent to a client, and for sets. */
  get sql(): Kysely<DB> {
    return this.#kysely;
  }

  get session(): Session {
    const scope = scopes.getStore();
    if (!scope) throw new Error('There is no session outside a transaction');
    return scope.session;
  }

  /** The tenant of this call; every query names it, RLS is the net under it. */
  get organizacion_id(): number {
    const id = this.session.organizacion_id;
    if (id === null) throw new Error('This session has no organisation');
    return id;
  }

  /**
   * Runs `work` in one transaction for `session`, if its user is still active and has that role; deadlocks and serialization failures
   * run it again, up to three times. A read that a replica may answer goes there first; an error is believed from the primary alone.
   */
  async run<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const read = this.#replicas?.for(session);
    if (read) {
      try {
        return await inTransaction(read.replica.pool, { session: { ...session }, floor: read.floor }, work);
      } catch (error) {
        read.replica.failed(error);
      }
    }
    for (let attempt = 1; ; attempt++) {
      const scope: Scope = { session: { ...session }, versioned: this.#replicas?.counts(session) };
      try {
        return await inTransaction(this.#poolFor(session), scope, work, attempt);
      } catch (error) {
        if (attempt === ATTEMPTS || !RETRIED.has(sqlErrorOf(error)?.sqlstate ?? '')) throw error;
        await sleep(Math.random() * 20 * attempt);
      } finally {
        this.#replicas?.wrote(scope);
      }
    }
  }

  #poolFor(session: Session): pg.Pool {
    if (session.rol !== 'super_admin') {
      if (this.full && origin.getStore()) throw new Problem('no_disponible'); // work of the server itself has nobody to turn away
      return this.#pool;
    }
    if (!this.#adminPool) throw new Problem('prohibido');
    return this.#adminPool;
  }

  /** Changes who the rest of this transaction works for: registration becomes its new organisation, sign-in its user. */
  async become(session: Pick<Session, 'organizacion_id' | 'usuario_id' | 'rol'>): Promise<void> {
    const scope = scopes.getStore();
    if (!scope?.client) throw new Error('become() was used outside a transaction');
    Object.assign(scope.session, session);
    await scope.client.run(
      'select app.fijar_contexto($1, $2, $3, $4)',
      [session.organizacion_id, session.usuario_id, session.rol, scope.session.ahora ?? null],
      false,
    );
  }
}
