import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.js';
import { scopes } from './context-client.js';

const ENDS = new Set(['BEGIN', 'COMMIT', 'ROLLBACK']);
const NOTHING = { rows: [], fields: [], rowCount: 0 };

/** Hands Prisma the connection of the call's own transaction, whose BEGIN, COMMIT and ROLLBACK are not Prisma's to send. */
class ScopePool extends pg.Pool {
  override async connect(): Promise<any> {
    const client = scopes.getStore()?.client;
    if (!client) throw new Error('Prisma was used outside a transaction');
    return {
      query: (config: pg.QueryConfig) => (ENDS.has(config.text) ? Promise.resolve(NOTHING) : client.query(config)),
      on: () => {},
      removeListener: () => {},
      release: () => {},
    };
  }

  // Outside $transaction Prisma would merge look-ups of several requests into one.
  override query(): any {
    throw new Error('Prisma runs in db.prisma() alone');
  }
}

export const prismaOnTransaction = () =>
  new PrismaClient({
    adapter: new PrismaPg(new ScopePool(), { disposeExternalPool: true, onPoolError: () => {} }),
    transactionOptions: { timeout: 30_000 },
  });
