import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type DatabaseConnection, type Driver } from 'kysely';
import { scopes } from './context-client.js';
import type { DB } from './tables.js';

/** Kysely without a pool: every statement runs on the connection of the transaction it is called in. */
export function kyselyOnTransaction<Tables = DB>(named: boolean): Kysely<Tables> {
  const connection: DatabaseConnection = {
    async executeQuery(query) {
      const client = scopes.getStore()?.client;
      if (!client) throw new Error('db.sql was used outside a transaction');
      const result = await client.run(query.sql, query.parameters, named);
      return { rows: result.rows, numAffectedRows: BigInt(result.rowCount ?? 0) };
    },
    async *streamQuery() {
      throw new Error('A transaction answers whole results');
    },
  };
  const nothing = async () => {};
  const driver: Driver = {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
  return new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
