// What each request costs the database: its statements, and, as the server itself counts them, the scans of each table and index and the
// pages read of them. Counted in the request's own transaction, so that functions, triggers and foreign keys are in it.
import { randomUUID } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { ContextClient, type Scope } from '../src/database/context-client.js';
import { statements, type Statement } from '../src/database/statements.js';
import { origin } from '../src/http/origin.js';

export interface Cost {
  /** Method and path as it was asked, without /api/v1 and query; of a task, `task` and its name. */
  ruta: string;
  status: number;
  transactions: number;
  /** Besides BEGIN with its context, and COMMIT. */
  statements: string[];
  /** By table (whole scans) and by index. */
  scans: Map<string, number>;
  /** Pages of tables and indexes that were looked at. */
  pages: number;
}

type Reads = Map<string, { scans: number; pages: number }>;

const COUNTERS = `
  select c.relname as name, pg_stat_get_xact_numscans(c.oid)::int as scans, pg_stat_get_xact_blocks_fetched(c.oid)::int as pages
  from pg_class c where c.relnamespace in (select n.oid from pg_namespace n where n.nspname in ('public', 'chat')) and c.relkind in ('r', 'i')`;

/** Unheard by the channel, so that it is no statement of the request. */
const readCounters = async (client: ContextClient): Promise<Reads> => {
  const { rows } = await (pg.Client.prototype.query as (text: string) => Promise<pg.QueryResult>).call(client, COUNTERS);
  return new Map(rows.map(({ name, scans, pages }) => [name, { scans, pages }]));
};

const { begin, say } = Object.getOwnPropertyDescriptors(ContextClient.prototype);
const before = new WeakMap<ContextClient, Promise<Reads | undefined>>();

export class Medidor {
  readonly #costs = new Map<string, Cost>();
  readonly #pending = new Set<Promise<unknown>>();

  constructor() {
    const costOf = () => this.#of(origin.getStore()?.solicitud, origin.getStore()?.ruta);
    const add = (client: ContextClient, counted: Promise<Reads | undefined>) => this.#add(before.get(client), counted, costOf());
    const wait = (promise: Promise<unknown>) => this.#wait(promise);
    ContextClient.prototype.begin = async function (this: ContextClient, scope: Scope) {
      const begun = begin.value!.call(this, scope);
      // Right behind BEGIN, before any read that sets out with it; where nothing sets out before the answer, once that is there.
      const pipelined = (this as { pipeline?: boolean }).pipeline;
      if (!pipelined) await begun;
      before.set(this, readCounters(this).catch(() => undefined));
      await begun;
    };
    ContextClient.prototype.say = function (this: ContextClient, command) {
      if (command !== 'COMMIT') return say.value!.call(this, command);
      const counted = readCounters(this).catch(() => undefined);
      wait(add(this, counted));
      return (this as { pipeline?: boolean }).pipeline ? say.value!.call(this, command) : counted.then(() => say.value!.call(this, command));
    };
    statements.subscribe(this.#heard);
    diagnostics.subscribe('http.server.response.finish', this.#answered);
  }

  close() {
    Object.defineProperties(ContextClient.prototype, { begin, say });
    statements.unsubscribe(this.#heard);
    diagnostics.unsubscribe('http.server.response.finish', this.#answered);
  }

  /** What was measured since the last time. */
  async take(): Promise<Cost[]> {
    await new Promise((resolve) => setTimeout(resolve, 50)); // a read is answered before its COMMIT
    await Promise.all(this.#pending);
    const costs = [...this.#costs.values()].filter(({ ruta }) => ruta);
    this.#costs.clear();
    return costs;
  }

  /** Work of the server itself, under that name. */
  work<T>(ruta: string, run: () => Promise<T>): Promise<T> {
    const solicitud = randomUUID();
    this.#of(solicitud, ruta)!.status = 200;
    return origin.run({ ip: null, solicitud, ruta, plantilla: ruta }, run);
  }

  readonly #heard = (message: unknown) => {
    const { text, solicitud, ruta } = message as Statement;
    const cost = this.#of(solicitud, ruta);
    if (!cost || text === 'COMMIT' || text === 'ROLLBACK') return;
    if (text.startsWith('BEGIN')) cost.transactions++;
    else cost.statements.push(text);
  };

  readonly #answered = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const cost = this.#of(String(response.getHeader('x-request-id')), `${request.method} ${request.url!.split('?')[0]}`);
    cost!.status = response.statusCode;
  };

  #of(solicitud?: string, ruta?: string): Cost | undefined {
    if (!solicitud) return undefined;
    const known = this.#costs.get(solicitud);
    if (known) return known;
    const cost: Cost = { ruta: (ruta ?? '').replace('/api/v1', ''), status: 0, transactions: 0, statements: [], scans: new Map(), pages: 0 };
    this.#costs.set(solicitud, cost);
    return cost;
  }

  async #add(before: Promise<Reads | undefined> | undefined, after: Promise<Reads | undefined>, cost?: Cost) {
    const [from, to] = [await before, await after];
    if (!from || !to || !cost) return;
    for (const [name, { scans, pages }] of to) {
      const was = from.get(name) ?? { scans: 0, pages: 0 };
      if (scans > was.scans) cost.scans.set(name, (cost.scans.get(name) ?? 0) + scans - was.scans);
      cost.pages += pages - was.pages;
    }
  }

  #wait(promise: Promise<unknown>) {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise));
  }
}
