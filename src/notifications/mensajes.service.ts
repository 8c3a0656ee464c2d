import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG, type Config } from '../config.js';
import { Problem } from '../http/problems.js';
import { enArchivo, porSmtp, type Correo } from './correo.js';
import { Fallo, type Enviar } from './fallo.js';
import { enTexto, porEvolution, type Whatsapp } from './whatsapp.js';

export const CANALES = ['email', 'whatsapp'] as const;
export type Canal = (typeof CANALES)[number];

const ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A server that stalls must not gather connections, nor a flood of requests memory. */
const AT_A_TIME = 8;
const MOST_WAITING = 1_000;
const DRAIN_MS = 5_000;
const LATER_MS = 300;

/**
 * Messages to people. Call it after COMMIT: it sends in the background, so that no answer waits for a mail server, nor tells by its time
 * whether there was anything to send.
 */
@Injectable()
export class Mensajes implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('Mensajes');
  readonly #mail?: Enviar<Correo>;
  readonly #whatsapp?: Enviar<Whatsapp>;
  readonly #tasks = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #stop = new AbortController();
  #sending = 0;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    const { mail, evolution, produccion } = config;
    if (mail.smtpUrl) this.#mail = porSmtp(mail);
    else if (!produccion) this.#mail = enArchivo(mail);
    if (evolution) this.#whatsapp = porEvolution(evolution);
    else if (!produccion) this.#whatsapp = enTexto(mail.dir);
  }

  onModuleInit() {
    if (this.#mail) return;
    this.#log.warn('SMTP_URL is not set: no invitation, verification or password reset can be sent by e-mail');
  }

  /** On the way out, what is under way has a few seconds to leave. */
  async onModuleDestroy() {
    await Promise.race([this.#drained(), sleep(DRAIN_MS, undefined, { ref: false })]);
    this.#stop.abort();
  }

  /** What was to be done later has messages of its own. */
  async #drained() {
    while (this.#tasks.size) await Promise.all(this.#tasks);
  }

  hay(canal: Canal): boolean {
    return (canal === 'email' ? this.#mail : this.#whatsapp) !== undefined;
  }

  /** For whoever asks for a message: that it cannot leave is said at once, before anything is looked up. */
  exigir(canal: Canal): void {
    if (!this.hay(canal)) throw new Problem('canal_no_disponible');
  }

  correo(mail: Correo): void {
    if (this.#mail) this.#deliver('Mail', this.#mail, mail);
  }

  whatsapp(message: Whatsapp): void {
    if (this.#whatsapp) this.#deliver('WhatsApp message', this.#whatsapp, message);
  }

  /** Work whose length must not show: not in the answer, nor, begun some time later, in that of a request sent right behind it. */
  despues(what: string, work: () => Promise<void>): void {
    this.#track(what, async () => {
      await sleep(Math.random() * LATER_MS);
      await work();
    });
  }

  #track(what: string, work: () => Promise<void>) {
    const task = work()
      .catch((error: Error) => this.#log.error(`${what}: ${error.message}`))
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  #deliver<T>(what: string, send: Enviar<T>, message: T) {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#log.error(`${what} dropped: ${MOST_WAITING} are waiting`);
      return;
    }
    this.#track(what, async () => {
      if (this.#sending >= AT_A_TIME) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else this.#sending++;
      try {
        await this.#try(what, () => send(message));
      } finally {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#sending--;
      }
    });
  }

  async #try(what: string, send: () => Promise<string | undefined>) {
    for (let attempt = 1; ; attempt++) {
      try {
        const file = await send();
        if (file) this.#log.warn(`${what} written to ${file}`);
        return;
      } catch (error) {
        const fallo = error instanceof Fallo ? error : new Fallo((error as NodeJS.ErrnoException).code ?? 'error', false);
        const last = fallo.definitivo || attempt === ATTEMPTS || this.#stop.signal.aborted;
        if (last) throw new Error(`not sent, attempt ${attempt}: ${fallo.message}`, { cause: error });
      }
      await sleep(PAUSE_MS * 4 ** (attempt - 1) * (0.5 + Math.random()), undefined, { signal: this.#stop.signal });
    }
  }
}
