import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { Readiness } from './readiness.service.js';

/** Requests under way have so long to end, and the rest of the process as long again. */
const DRAIN_MS = 15_000;
const soon = (work: Promise<unknown>) => Promise.race([work, sleep(DRAIN_MS, undefined, { ref: false })]);

/**
 * Told to end: says so to whoever asks if it is ready, gives them time to ask, then takes no new connections and finishes what it has. A second
 * signal ends at once.
 */
export function stopOnSignal(app: NestFastifyApplication, { shutdownDelaySeconds }: Config): void {
  let leaving = false;
  // A connection that a client keeps ends with an answer, not under its next request.
  app.getHttpAdapter().getInstance().addHook('onSend', async (_, reply) => {
    if (leaving) reply.header('connection', 'close');
  });
  const stop = async () => {
    // Whoever started this process, and would lose patience.
    if (process.connected) process.send!({ endsInMs: shutdownDelaySeconds * 1000 + 2 * DRAIN_MS });
    app.get(Readiness).drain();
    leaving = true;
    await sleep(shutdownDelaySeconds * 1000);
    await soon(drain(app));
    await soon(app.close());
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const other of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.removeAllListeners(other);
      stop().catch((error) => {
        console.error(error);
        process.exit(1);
      });
    });
  }
}

/** The listener closes; connections close once they have their answer, also those that a client would keep. Only then may the database go. */
async function drain(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const idle = setInterval(() => fastify.server.closeIdleConnections(), 50);
  await fastify.close().finally(() => clearInterval(idle));
}
