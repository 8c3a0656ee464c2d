import { setTimeout as sleep } from 'node:timers/promises';

/** An answer that everybody shares while it is fresh: one question at a time, however often it is asked, and nobody waits for long. */
export class Recent<T> {
  #asked?: Promise<T>;
  #until = Infinity;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly times: { keepMs: number; waitMs: number },
  ) {}

  get(): Promise<T> {
    if (!this.#asked || performance.now() > this.#until) this.#begin();
    return Promise.race([this.#asked!, this.#late()]);
  }

  #begin() {
    this.#until = Infinity; // the one under way is the only one
    const end = () => (this.#until = performance.now() + this.times.keepMs);
    this.#asked = this.ask();
    this.#asked.then(end, end);
  }

  async #late(): Promise<never> {
    await sleep(this.times.waitMs, undefined, { ref: false });
    throw new Error('No answer in time');
  }
}
