import type pg from 'pg';
import type { Config } from '../config.js';
import type { FranjaRequest } from '../http/access.js';
import { origin } from '../http/origin.js';
import type { Scope } from './context-client.js';
import { BEYOND, formatLsn, parseLsn } from './lsn.js';
import { IDENTITY, probeOf, Replica } from './replica.js';
import type { Session } from './session.js';

/** How often primary and replicas are asked how far they are, and for how long after the last read that might have used the answer. */
const INTERVAL_MS = 250;
const IDLE_MS = 10_000;

/** Where a position was. */
interface Mark {
  at: number;
  lsn: bigint;
}

/** Accounts, and whether this process can serve, are asked of the primary alone. */
const PRIMARY_ALONE = /^\/api\/v1\/(auth|users|api-keys|health)(\/|$)/;

/** What a replica must have replayed to answer this request, as far as the caller says; undefined where none may. */
export function replicaFrom({ headers, routeOptions }: FranjaRequest): bigint | undefined {
  if (PRIMARY_ALONE.test(routeOptions.url ?? '')) return undefined;
  const version = headers['franja-version'];
  return version === undefined ? 0n : parseLsn(version);
}

export interface ReplicaPressure {
  active: number;
  waiting: number;
  max: number;
  /** How old what it shows may be; null while it is not read. */
  lag_ms: number | null;
}

/** Standbys that may answer reads: which, when, and what they must have replayed. */
export class Replicas {
  readonly #replicas: Replica[];
  readonly #primary: pg.Pool;
  readonly #maxStaleness: number;
  /** The primary was at most there then: whoever has replayed it lacks nothing that was committed before. Oldest first. */
  #marks: Mark[] = [];
  /** The last write of each organisation, of the last `maxStaleness`: an older one is behind any mark that still counts. Oldest first. */
  readonly #written = new Map<number, Mark>();
  #asked = 0;
  #timer?: NodeJS.Timeout;
  #closed = false;

  constructor({ databaseUrl, replicaDatabaseUrls, replicaMaxStalenessMs }: Config, poolOf: (url: string) => pg.Pool) {
    this.#maxStaleness = replicaMaxStalenessMs;
    this.#primary = probeOf(databaseUrl);
    this.#replicas = replicaDatabaseUrls.map((url) => new Replica(url, poolOf(url)));
  }

  /** The replica for a transaction of that session, and the position that its BEGIN has to confirm. */
  for({ replicaFrom, readOnly, rol, organizacion_id }: Session): { replica: Replica; floor: string } | undefined {
    if (replicaFrom === undefined || !readOnly || rol === 'super_admin') return undefined;
    const now = performance.now();
    this.#asked = now;
    this.#timer ??= setTimeout(() => void this.#look(), 0).unref();
    let floor = this.#marks.find(({ at }) => at >= now - this.#maxStaleness)?.lsn;
    if (floor === undefined) return undefined;
    for (const lsn of [replicaFrom, this.#written.get(organizacion_id ?? 0)?.lsn ?? 0n]) if (lsn > floor) floor = lsn;
    let found: Replica | undefined;
    for (const replica of this.#replicas) {
      const { replayed, pool, load } = replica;
      if (replayed !== undefined && replayed >= floor && pool.waitingCount < pool.options.max && load < (found?.load ?? Infinity)) found = replica;
    }
    return found && { replica: found, floor: formatLsn(floor) };
  }

  /** Whether COMMIT of that session shall say where the log is. */
  counts({ readOnly }: Session): boolean {
    return !readOnly && origin.getStore() !== undefined;
  }

  /** A request has committed, or was about to and nobody knows. The whole organisation reads it from now on, and the caller is told. */
  wrote({ session: { organizacion_id }, version }: Scope): void {
    if (version === undefined) return;
    const now = performance.now();
    const lsn = parseLsn(version);
    if (lsn !== BEYOND) origin.getStore()!.version = version;
    if (organizacion_id === null) return;
    const before = this.#written.get(organizacion_id)?.lsn ?? 0n;
    this.#written.delete(organizacion_id);
    this.#written.set(organizacion_id, { at: now, lsn: lsn > before ? lsn : before });
    for (const [id, { at }] of this.#written) {
      if (at >= now - this.#maxStaleness) break;
      this.#written.delete(id);
    }
  }

  pressure(): ReplicaPressure[] {
    const now = performance.now();
    return this.#replicas.map(({ pool, replayed }) => {
      const mark = this.#marks.findLast(({ lsn }) => replayed !== undefined && lsn <= replayed);
      return { active: pool.totalCount - pool.idleCount, waiting: pool.waitingCount, max: pool.options.max, lag_ms: mark ? Math.round(now - mark.at) : null };
    });
  }

  async end(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#primary.end(), ...this.#replicas.map((replica) => replica.end())]);
  }

  async #look() {
    const at = performance.now(); // before the round trip: the position is of then or later
    const answer = await this.#primary.query(`select pg_current_wal_insert_lsn() as lsn, ${IDENTITY}`).catch(() => undefined);
    if (this.#closed) return;
    if (answer) {
      const [{ lsn, identity }] = answer.rows;
      this.#marks = [...this.#marks.filter((mark) => mark.at >= at - this.#maxStaleness), { at, lsn: parseLsn(lsn) }];
      for (const replica of this.#replicas) void replica.look(identity);
    }
    this.#timer = performance.now() - this.#asked < IDLE_MS ? setTimeout(() => void this.#look(), INTERVAL_MS).unref() : undefined;
  }
}
