import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sendProblem } from '../http/problem.filter.js';
import { Problem } from '../http/problems.js';
import { Db } from './db.service.js';

/** As the queue for a connection is full, a request is turned away before anything is spent on it: 503 now instead of a time-out later. */
export function shedLoad(app: NestFastifyApplication) {
  const db = app.get(Db);
  app.getHttpAdapter().getInstance().addHook('onRequest', (request, reply, done) => {
    if (!db.full || request.url.endsWith('/health/live')) return done();
    sendProblem(new Problem('no_disponible'), request, reply);
  });
}
