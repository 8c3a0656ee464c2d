import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { refusals } from '../database/shed.js';
import { transactions, type Ended } from '../database/statements.js';
import { runs, type Run } from '../jobs/tarea.js';
import { Kept } from '../http/versiones.interceptor.js';
import { Canales } from '../outbox/canal.js';
import { deliveries, type Delivered } from '../outbox/deliveries.js';
import { BOOKINGS, bookingOutcome, OUTCOMES } from './bookings.js';
import { ChatState } from './chat-state.service.js';
import { methodOf, type Seen } from './seen.js';
import { ServerState } from './server-state.service.js';

const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DATABASE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const DELIVERY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30];
const TASK_SECONDS = [0.1, 1, 10, 60, 300, 1800];

/**
 * What Prometheus reads. Every label has few values that are known beforehand: a route is its template, and no tenant, user or address is ever one.
 * Names, units and meanings: docs/observability.md.
 */
@Injectable()
export class Metrics implements OnModuleDestroy {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #requests = new Counter({ name: 'franja_http_requests_total', help: 'Requests answered; 499 is a client that left before.', labelNames: ['method', 'route', 'status'], registers: this.#registers });
  readonly #seconds = new Histogram({ name: 'franja_http_request_duration_seconds', help: 'From the head of a request to the end of its answer.', labelNames: ['method', 'route'], buckets: HTTP_SECONDS, registers: this.#registers });
  readonly #inFlight = new Gauge({ name: 'franja_http_requests_in_flight', help: 'Requests being answered.', registers: this.#registers });
  readonly #problems = new Counter({ name: 'franja_problems_total', help: 'Answers that are a problem, by its code.', labelNames: ['codigo'], registers: this.#registers });
  readonly #bookings = new Counter({ name: 'franja_bookings_total', help: 'Attempts to book, move, hold and cancel; conflict: that time was taken.', labelNames: ['operation', 'outcome'], registers: this.#registers });
  readonly #transactions = new Counter({ name: 'franja_transactions_total', help: 'Transactions ended; refused: no connection in time.', labelNames: ['outcome'], registers: this.#registers });
  readonly #retries = new Counter({ name: 'franja_transaction_retries_total', help: 'Transactions that repeated one which lost a deadlock.', registers: this.#registers });
  readonly #transactionSeconds = new Histogram({ name: 'franja_transaction_duration_seconds', help: 'Of a transaction, with its wait for a connection.', buckets: DATABASE_SECONDS, registers: this.#registers });
  readonly #waitSeconds = new Histogram({ name: 'franja_transaction_wait_seconds', help: 'Of a transaction, waiting for a connection.', buckets: DATABASE_SECONDS, registers: this.#registers });
  readonly #deliveries = new Counter({ name: 'franja_deliveries_total', help: 'Attempts of this process to deliver.', labelNames: ['channel', 'outcome'], registers: this.#registers });
  readonly #deliverySeconds = new Histogram({ name: 'franja_delivery_duration_seconds', help: 'Of an attempt to deliver.', labelNames: ['channel'], buckets: DELIVERY_SECONDS, registers: this.#registers });
  readonly #runs = new Counter({ name: 'franja_task_runs_total', help: 'Runs of tasks by this process.', labelNames: ['task', 'outcome'], registers: this.#registers });
  readonly #runSeconds = new Histogram({ name: 'franja_task_duration_seconds', help: 'Of a run of a task.', labelNames: ['task'], buckets: TASK_SECONDS, registers: this.#registers });
  readonly #databaseUp = new Gauge({ name: 'franja_database_up', help: '1 when the database answered this scrape; without it what is read there is absent.', registers: this.#registers });
  readonly #pending = new Gauge({ name: 'franja_outbox_pending', help: 'Deliveries that wait, of all processes; reparto: events not yet shared out. At most 20000 of each.', labelNames: ['queue'], registers: this.#registers });
  readonly #delay = new Gauge({ name: 'franja_outbox_delay_seconds', help: 'How long the oldest that could go now has been due.', labelNames: ['queue'], registers: this.#registers });
  readonly #taskDone = new Gauge({ name: 'franja_task_last_success_timestamp_seconds', help: 'When a task last ended well, in any process.', labelNames: ['task'], registers: this.#registers });
  readonly #taskFailed = new Gauge({ name: 'franja_task_last_run_failed', help: '1 when the last run of a task, in any process, had errors or was abandoned.', labelNames: ['task'], registers: this.#registers });

  constructor(
    private readonly db: Db,
    private readonly state: ServerState,
    private readonly chat: ChatState,
    private readonly canales: Canales,
    private readonly kept: Kept,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    if (!config.metrics) return;
    collectDefaultMetrics({ register: this.#registry });
    this.#poolGauges();
    this.#cacheCounter();
    if (config.chatDatabaseUrl) this.#chatGauge();
    for (const operation of Object.values(BOOKINGS)) for (const outcome of OUTCOMES) this.#bookings.inc({ operation, outcome }, 0);
    for (const outcome of ['commit', 'rollback', 'refused']) this.#transactions.inc({ outcome }, 0);
    transactions.subscribe(this.#transaction);
    deliveries.subscribe(this.#delivery);
    runs.subscribe(this.#run);
    refusals.subscribe(this.#refusal);
  }

  onModuleDestroy() {
    transactions.unsubscribe(this.#transaction);
    deliveries.unsubscribe(this.#delivery);
    runs.unsubscribe(this.#run);
    refusals.unsubscribe(this.#refusal);
  }

  began(): void {
    this.#inFlight.inc();
  }

  answered({ method, route, status, seconds, codigo, replayed }: Seen): void {
    this.#inFlight.dec();
    this.#requests.inc({ method, route, status });
    this.#seconds.observe({ method, route }, seconds);
    if (codigo) this.#problems.inc({ codigo });
    const operation = BOOKINGS[`${method} ${route}`];
    if (operation) this.#bookings.inc({ operation, outcome: bookingOutcome(status, codigo, replayed) });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** What is known here, and, when the database answers soon, what it knows. */
  async text(): Promise<string> {
    const state = await this.state.read();
    for (const gauge of [this.#pending, this.#delay, this.#taskDone, this.#taskFailed]) gauge.reset();
    this.#databaseUp.set(state ? 1 : 0);
    for (const { cola: queue, pendientes, retraso_segundos } of state?.colas ?? []) {
      this.#pending.set({ queue }, pendientes);
      // What waits for a channel that whoever runs the server has turned off is not late.
      if (queue === 'reparto' || this.canales.get(queue)) this.#delay.set({ queue }, retraso_segundos);
    }
    for (const { tarea: task, completada_en, estado } of state?.tareas ?? []) {
      if (completada_en) this.#taskDone.set({ task }, completada_en.getTime() / 1000);
      this.#taskFailed.set({ task }, estado === 'con_errores' || estado === 'abandonada' ? 1 : 0);
    }
    return this.#registry.metrics();
  }

  #poolGauges() {
    const { db, config } = this;
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({ name, help, registers: this.#registers, collect() { this.set(value()); } });
    gauge('franja_pool_connections_active', 'Connections at work.', () => db.pressure().active);
    gauge('franja_pool_connections_max', 'Connections there may be (POOL_MAX).', () => db.pressure().max);
    gauge('franja_pool_waiting', 'Calls that wait for a connection.', () => db.pressure().waiting);
    gauge('franja_pool_waiting_max', 'Calls that may wait (POOL_QUEUE); the next is answered 503.', () => config.poolQueue);
  }

  #cacheCounter() {
    const { answers, outcomes } = this.kept;
    new Counter({
      name: 'franja_cache_answers_total', help: 'Answers of what is offered and free: made, sent as kept, or unchanged since the copy of the caller.', labelNames: ['outcome'], registers: this.#registers,
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(outcomes)) this.inc({ outcome }, count);
      },
    });
    new Gauge({ name: 'franja_cache_bytes', help: 'Memory of the answers that are kept; at most CACHE_MB.', registers: this.#registers, collect() { this.set(answers.calculatedSize); } });
  }

  #chatGauge() {
    const { chat } = this;
    new Gauge({
      name: 'franja_chat_ready', help: '1 when the database of conversations answers and has the migrations that this build knows.', registers: this.#registers,
      async collect() { this.set((await chat.read()) === 'ok' ? 1 : 0); },
    });
  }

  readonly #transaction = (message: unknown) => {
    const { outcome, ms, waited_ms, attempt } = message as Ended;
    this.#transactions.inc({ outcome });
    if (attempt > 1) this.#retries.inc();
    this.#transactionSeconds.observe(ms / 1000);
    this.#waitSeconds.observe(waited_ms / 1000);
  };

  readonly #delivery = (message: unknown) => {
    const { canal: channel, es: outcome, ms } = message as Delivered;
    this.#deliveries.inc({ channel, outcome });
    this.#deliverySeconds.observe({ channel }, ms / 1000);
  };

  readonly #run = (message: unknown) => {
    const { tarea: task, estado: outcome, ms } = message as Run;
    this.#runs.inc({ task, outcome });
    this.#runSeconds.observe({ task }, ms / 1000);
  };

  readonly #refusal = (method: unknown) => {
    this.#requests.inc({ method: methodOf(String(method)), route: 'turned_away', status: 503 });
    this.#problems.inc({ codigo: 'no_disponible' });
  };
}
