import type pg from 'pg';
import { origin } from '../http/origin.js';
import { Problem } from '../http/problems.js';
import { scopes, type ContextClient, type PooledClient, type Scope } from './context-client.js';
import { inOrder } from './in-order.js';
import { onlyReads } from './sql-error.js';
import { transactions, type Ended } from './statements.js';

/** When a connection of each pool was last told that its server only reads: those opened before lead there too. */
const onlyRead = new WeakMap<pg.Pool, number>();

/** A connection to whoever serves by now; one opened for this call is, as far as can be known. */
async function connect(pool: pg.Pool): Promise<PooledClient> {
  const asked = performance.now();
  for (;;) {
    const client = (await pool.connect()) as PooledClient;
    if (client.opened > Math.min(asked, onlyRead.get(pool) ?? 0)) return client;
    client.release(true);
  }
}

/** Runs `work` in one transaction of `scope`, on a connection of `pool`. */
export async function inTransaction<T>(pool: pg.Pool, scope: Scope, work: () => Promise<T>, attempt = 1): Promise<T> {
  const from = origin.getStore();
  const asked = performance.now();
  let connected = asked;
  const tell = (outcome: Ended['outcome']) => {
    if (!transactions.hasSubscribers) return;
    const ended: Ended = { outcome, ms: performance.now() - asked, waited_ms: connected - asked, attempt, replica: scope.floor !== undefined, ruta: from?.ruta, solicitud: from?.solicitud };
    transactions.publish(ended);
  };
  const client = await connect(pool).catch((error) => {
    connected = performance.now();
    tell('refused');
    throw error;
  });
  connected = performance.now();
  scope.client = client;
  let result: T;
  try {
    result = await scopes.run(scope, () => withContext(client, scope, work, pool.totalCount - pool.idleCount > 1));
  } catch (error) {
    const stale = onlyReads(error);
    if (stale) onlyRead.set(pool, performance.now());
    const broken = await client.say('ROLLBACK').then(() => false, () => true);
    client.release(broken || stale);
    tell('rollback');
    throw error;
  }
  const committed = commit(client, scope).then(() => tell('commit'));
  // Of what only read there is nothing to lose: the answer need not wait.
  if (scope.session.readOnly) committed.catch(() => {});
  else await committed;
  return result;
}

/**
 * Who is a user by the token sets out right behind BEGIN: if the database then says that the user may not, it has set no tenant, so nothing was
 * visible, and all is rolled back before anything is answered. Everything else waits until it has said who calls. `busy`: others are being served,
 * so both travel in one packet, less work for everybody; alone, the database begins while the first statement is still being made.
 */
async function withContext<T>(client: ContextClient, scope: Scope, work: () => Promise<T>, busy: boolean): Promise<T> {
  const { usuario_id, rol } = scope.session;
  const known = usuario_id !== null && rol !== 'super_admin';
  if (known && busy) client.hold();
  const begun = client.begin(scope).then(() => check(scope));
  if (!known) {
    await begun;
    return work();
  }
  const [, done] = await inOrder<[void, T]>(begun, work());
  return done;
}

function check({ behind, refused, session }: Scope) {
  if (behind) throw new Error('The replica has not replayed what this call must see');
  if (refused) throw new Problem('no_autenticado');
  if (session.rol === 'super_admin' && session.organizacion_id === null) throw new Problem('no_encontrado');
}

/** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: that must not pass for success. */
async function commit(client: PooledClient, scope: Scope): Promise<void> {
  try {
    if (scope.versioned) scope.version = ''; // until it is answered, nobody knows whether it was done
    const [{ command }, position] = [await client.say(scope.versioned ? 'COMMIT; SELECT pg_current_wal_insert_lsn() AS version' : 'COMMIT')].flat();
    scope.version = position?.rows[0].version;
    if (command !== 'COMMIT') throw new Error('A statement of this transaction failed and its error was caught: nothing was committed');
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}
