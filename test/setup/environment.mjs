// The tests run in the realm of their process, where their dependencies are (runtime.mjs): in a context of its own, every look at a global
// is slow, and what crosses is no instance of anything.
import { TestEnvironment } from 'jest-environment-node';

const before = new Set(Object.getOwnPropertySymbols(globalThis));
const exit = Object.getOwnPropertyDescriptor(process, 'exit');

export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
  }

  /** What a file leaves on the global object would keep all of its modules in memory, and be found by the next one. */
  async teardown() {
    await super.teardown();
    Object.defineProperty(process, 'exit', exit);
    delete globalThis.classValidatorMetadataStorage;
    for (const key of Object.getOwnPropertySymbols(globalThis)) {
      const ofJest = Symbol.keyFor(key) === undefined || key.description === 'EVENT_HANDLERS';
      if (ofJest && !before.has(key)) delete globalThis[key];
    }
  }
}
