import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../scripts/reason.mjs';
import { CONFIG, type Config } from '../config.js';
import { isUnavailable } from '../database/sql-error.js';
import type { Envio } from './canal.js';
import { Entregas, type Tomada } from './entregas.service.js';
import { Reparto } from './reparto.service.js';

/** Slow ones hold only memory: as many as to leave room for the rest whatever some endpoints do. */
const MOST_AT_ONCE = 200;
/** So many are begun together: each reads what it needs, and requests want connections too. */
const BATCH = 20;
/** What commits at once is looked at together. */
const GATHER_MS = 20;
const DRAIN_MS = 5_000;
const NOTE_AGAIN_MS = 500;

/** Delivers what has happened: one loop in each process, any number of processes. */
@Injectable()
export class Worker implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('Outbox');
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #stopped = false;
  #woken = false;
  #wake?: () => void;
  #loop?: Promise<void>;

  constructor(
    private readonly reparto: Reparto,
    private readonly entregas: Entregas,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap() {
    if (this.config.outbox.activo) this.#loop = this.#run();
  }

  /** On the way out, what is under way has a few seconds to end; what has not is given back. */
  async onModuleDestroy() {
    this.#stopped = true;
    this.despertar();
    await this.#loop;
    await Promise.race([Promise.all(this.#underWay), sleep(DRAIN_MS, undefined, { ref: false })]);
    this.#end.abort();
    await Promise.all(this.#underWay);
  }

  /** Something may have happened: looks now, and not at the next tick. */
  despertar(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async #run() {
    while (!this.#stopped) {
      this.#woken = false;
      try {
        if (await this.reparto.repartir()) this.#woken = true;
        await this.#take(Math.min(BATCH, MOST_AT_ONCE - this.#underWay.size));
      } catch (error) {
        this.#log.warn(`The queue could not be read: ${reasonOf(error)}`);
        this.#woken = false;
      }
      if (!this.#woken) await this.#rest();
      if (this.#woken && !this.#stopped) await sleep(GATHER_MS);
    }
  }

  async #take(room: number) {
    if (this.#stopped || room <= 0) return;
    const taken = await this.entregas.tomar(room);
    for (const tomada of taken) this.#start(tomada);
    if (taken.length === room) this.#woken = true;
  }

  async #rest() {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.config.outbox.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #start(tomada: Tomada) {
    const beat = setInterval(() => {
      void this.entregas.alargar(tomada).catch(() => {}); // whoever cannot write now will in a moment, or another takes it
    }, this.entregas.arriendoMs / 3).unref();
    const task = this.#deliver(tomada)
      .catch((error: Error) => this.#log.error(`Delivery ${tomada.organizacion_id}/${tomada.id}: ${error.message}`))
      .finally(() => {
        clearInterval(beat);
        this.#underWay.delete(task);
        this.despertar();
      });
    this.#underWay.add(task);
  }

  async #deliver(tomada: Tomada) {
    const send = await this.entregas.preparar(tomada).catch((error: Error) => this.#broken(tomada, error));
    if (!send) return;
    const began = performance.now();
    const resultado = await send(this.#end.signal).catch(async (error: Error) => (await this.#broken(tomada, error))(this.#end.signal));
    const ms = performance.now() - began;
    if (this.#end.signal.aborted && resultado.es === 'reintentar') await this.entregas.soltar(tomada);
    else await this.#note(() => this.entregas.anotar(tomada, resultado, ms));
  }

  /** What was sent is sent again unless it is noted: while the database is gone, as in a failover, until it is back. */
  async #note(note: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await note();
      } catch (error) {
        if (!isUnavailable(error) || this.#end.signal.aborted) throw error;
        await sleep(NOTE_AGAIN_MS, undefined, { signal: this.#end.signal }).catch(() => {});
      }
    }
  }

  /** A mistake of ours, such as a secret whose key is gone: it is told to whoever runs the server, and tried again like any failure. */
  async #broken({ organizacion_id, id }: Tomada, error: Error): Promise<Envio> {
    this.#log.error(`Delivery ${organizacion_id}/${id} could not be prepared: ${error.message}`);
    return async () => ({ es: 'reintentar', error: 'error interno' });
  }
}
