import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Worker } from './worker.service.js';

/** A request that changed something has committed by the time it is answered. */
export function wakeOutbox(app: NestFastifyApplication) {
  const worker = app.get(Worker, { strict: false });
  app.getHttpAdapter().getInstance().addHook('onResponse', (request, reply, done) => {
    if (request.method !== 'GET' && reply.statusCode < 400) worker.despertar();
    done();
  });
}
