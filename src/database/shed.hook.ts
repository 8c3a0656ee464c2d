import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API } from '../http/openapi.js';
import { sendProblem } from '../http/problem.filter.js';
import { Problem } from '../http/problems.js';
import { Db } from './db.service.js';

/** Whoever asks how this process does wants to hear just that. Neither asks for a connection when there is none. */
const HEALTH = `${API}/health/`;

/** One for all: an error of its own for each would write down a stack that nobody reads. */
const BUSY = new Problem('no_disponible');

/** As the queue for a connection is full, a request is turned away before anything is spent on it: 503 now instead of a time-out later. */
export function shedLoad(app: NestFastifyApplication) {
  const db = app.get(Db);
  app.getHttpAdapter().getInstance().addHook('onRequest', (request, reply, done) => {
    if (!db.full || request.url.startsWith(HEALTH)) return done();
    sendProblem(BUSY, request, reply);
  });
}
