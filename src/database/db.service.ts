import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { Problem } from '../http/problems.js';
import { ContextClient, scopes, type Scope } from './context-client.js';
import { kyselyOnTransaction } from './kysely.js';
import type { Session } from './session.js';
import { sqlErrorOf } from './sql-error.js';
import type { DB } from './tables.js';

const RETRIED = new Set(['40001', '40P01']);
const ATTEMPTS = 3;
const ADMIN_CONNECTIONS = 2;

function prismaOn(connectionString: string, max: number): PrismaClient {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'franja',
    Client: ContextClient as unknown as typeof pg.Client,
  });
  return new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, onPoolError: () => {} }),
    transactionOptions: { maxWait: 10_000, timeout: 30_000 },
  });
}

/** The one door to the database: a transaction per request, its identity and connection in the call's own store. */
@Injectable()
export class Db implements OnModuleDestroy {
  readonly #prisma: PrismaClient;
  /** Of role saas_admin, for super_admin alone: what saas_app may not see of other tenants, no mistake of ours shows it. */
  readonly #adminPrisma?: PrismaClient;
  readonly #kysely: Kysely<DB>;

  constructor(@Inject(CONFIG) config: Config) {
    this.#prisma = prismaOn(config.databaseUrl, config.poolMax);
    if (config.adminDatabaseUrl) this.#adminPrisma = prismaOn(config.adminDatabaseUrl, ADMIN_CONNECTIONS);
    this.#kysely = kyselyOnTransaction(config.preparedStatements);
  }

  async onModuleDestroy() {
    await Promise.all([this.#prisma.$disconnect(), this.#adminPrisma?.$disconnect()]);
  }

  /** Prisma on the transaction of this call. */
  get tx(): Prisma.TransactionClient {
    const prisma = scopes.getStore()?.prisma;
    if (!prisma) throw new Error('db.tx was used outside a transaction');
    return prisma;
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
   * run it again, up to three times.
   */
  async run<T>(session: Session, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once({ ...session }, work);
      } catch (error) {
        if (attempt === ATTEMPTS || !RETRIED.has(sqlErrorOf(error)?.sqlstate ?? '')) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  #once<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const scope: Scope = { session };
    const prisma = session.rol === 'super_admin' ? this.#adminPrisma : this.#prisma;
    if (!prisma) throw new Problem('prohibido');
    return scopes.run(scope, async () =>
      prisma.$transaction(async (prisma) => {
        if (scope.refused) throw new Problem('no_autenticado');
        if (session.rol === 'super_admin' && session.organizacion_id === null) throw new Problem('no_encontrado');
        scope.prisma = prisma;
        return work();
      }),
    );
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
