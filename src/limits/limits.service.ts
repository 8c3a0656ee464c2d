import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { createHmac, hkdfSync } from 'node:crypto';
import { CONFIG, type Config, type Limit } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { tooMany, type Quota } from '../http/problems.js';

interface Counter {
  name: string;
  limit: Limit;
  /** What the table said last; `pending` was counted here since. */
  shared: number;
  pending: number;
  ends: number;
}

const SHARE_EVERY_MS = 1_000;
const CLEAN_EVERY_MS = 600_000;
/** Who has used less of a limit than this part is not worth a write: each instance may let so much more pass. */
const UNSHARED_PART = 1 / 20;
const MOST_COUNTERS = 100_000;

/** Counts requests against limits that all instances share through the table `limites`. */
@Injectable()
export class Limits implements OnModuleInit, OnModuleDestroy {
  readonly #key: Buffer;
  readonly #counters = new Map<string, Counter>();
  readonly #due = new Set<Counter>();
  readonly #log = new Logger('Limits');
  #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly db: Db,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#key = Buffer.from(hkdfSync('sha256', config.jwtSecret.export(), '', 'franja limites', 32));
  }

  onModuleInit() {
    if (Object.values(this.config.limits).every((limit) => !limit)) return;
    const repeat = (work: () => Promise<void>, every: number) =>
      setInterval(() => void work().catch((error: Error) => this.#log.warn(error.message)), every).unref();
    this.#timers = [repeat(() => this.#share(), SHARE_EVERY_MS), repeat(() => this.clean(), CLEAN_EVERY_MS)];
  }

  onModuleDestroy() {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** The name under which the table knows something: it tells neither an address nor an e-mail. */
  keyOf(name: string): string {
    return createHmac('sha256', this.#key).update(name).digest().subarray(0, 16).toString('base64url');
  }

  /** Counts one here, without a round trip; other instances learn of it about a second later. */
  take(limit: Limit, name: string): Quota {
    const counter = this.#counter(limit, name);
    if (counter.shared + counter.pending >= limit.max) throw tooMany(quotaOf(counter));
    counter.pending++;
    if (counter.pending > limit.max * UNSHARED_PART) this.#due.add(counter);
    return quotaOf(counter);
  }

  /** Counts one in the table before it answers, so that instances and parallel requests cannot pass each other. */
  async takeShared(limit: Limit, name: string): Promise<Quota> {
    const counter = this.#counter(limit, name);
    if (counter.shared > limit.max) throw tooMany(quotaOf(counter)); // its window is known here: no round trip
    const [used] = await this.#add([[counter, 1]]);
    if (used > limit.max) throw tooMany(quotaOf(counter));
    return quotaOf(counter, used);
  }

  #counter(limit: Limit, name: string): Counter {
    const now = performance.now();
    let counter = this.#counters.get(name);
    if (!counter || counter.ends <= now) {
      this.#counters.delete(name); // the oldest window stays first
      if (this.#counters.size >= MOST_COUNTERS) this.#counters.delete(this.#counters.keys().next().value!);
      counter = { name, limit, shared: 0, pending: 0, ends: now + limit.seconds * 1000 };
      this.#counters.set(name, counter);
    }
    return counter;
  }

  async #share() {
    const due = [...this.#due].filter((counter) => counter.ends > performance.now());
    this.#due.clear();
    if (due.length === 0) return;
    const amounts = due.map((counter): [Counter, number] => [counter, counter.pending]);
    try {
      await this.#add(amounts);
    } catch (error) {
      for (const counter of due) this.#due.add(counter);
      throw error;
    }
    for (const [counter, amount] of amounts) counter.pending -= amount;
  }

  /** Adds to the table and learns its totals. Rows are locked in the order of their keys, so that instances never deadlock. */
  async #add(amounts: [Counter, number][]): Promise<number[]> {
    const now = performance.now();
    const keys = amounts.map(([{ name }]) => this.keyOf(name));
    const { rows } = await this.db.run(NOBODY, () =>
      sql<{ clave: string; cuenta: number; segundos: number }>`
        insert into limites as l (clave, cuenta, vence_en)
        select clave, cuenta, now() + make_interval(secs => segundos)
        from unnest(${keys}::text[], ${amounts.map(([, amount]) => amount)}::int[], ${amounts.map(([{ ends }]) => (ends - now) / 1000)}::float8[])
          as t (clave, cuenta, segundos)
        order by clave collate "C"
        on conflict (clave) do update set
          cuenta = case when l.vence_en <= now() then excluded.cuenta else least(l.cuenta::bigint + excluded.cuenta, 2000000000)::int end,
          vence_en = case when l.vence_en <= now() then excluded.vence_en else l.vence_en end
        returning clave, cuenta, extract(epoch from vence_en - now())::float8 as segundos`.execute(this.db.sql),
    );
    const found = new Map(rows.map((row) => [row.clave, row]));
    return amounts.map(([counter], i) => {
      const { cuenta, segundos } = found.get(keys[i])!;
      counter.shared = cuenta;
      counter.ends = now + segundos * 1000; // from before the round trip: its length is not added to the window
      return cuenta;
    });
  }

  /** Deletes what has expired, here and in the table; two instances at it never wait for each other. */
  async clean() {
    const now = performance.now();
    for (const [name, counter] of this.#counters) if (counter.ends <= now) this.#counters.delete(name);
    await this.db.run(NOBODY, () =>
      sql`
        delete from limites
        where clave in (select clave from limites where vence_en < now() limit 50000 for update skip locked)`.execute(this.db.sql),
    );
  }
}

function quotaOf({ limit, shared, pending, ends }: Counter, used = shared + pending): Quota {
  return { limit: limit.max, remaining: Math.max(0, limit.max - used), reset: Math.max(1, Math.ceil((ends - performance.now()) / 1000)) };
}
