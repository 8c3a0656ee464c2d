import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { problemOf, sendProblem } from '../http/problem.filter.js';
import { Problem } from '../http/problems.js';
import { API } from '../http/openapi.js';
import { Metrics } from './metrics.service.js';
import { seenOf, type Seen } from './seen.js';
import { logSlowQueries } from './slow-queries.js';

const PATH = '/metrics';

/** Before every hook of ours, so that it sees what they refuse. Counts, logs and traces each request at its end, however that came. */
export async function observe(app: NestFastifyApplication, config: Config): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = config.metrics ? app.get(Metrics) : undefined;
  const traces = config.traces ? new (await import('./traces.js')).Traces() : undefined;
  const logged = ['info', 'debug', 'trace'].includes(config.logLevel);
  if (traces) fastify.addHook('onClose', () => traces.close());
  if (config.slowQueryMs > 0) {
    const end = logSlowQueries(fastify.log, config.slowQueryMs);
    fastify.addHook('onClose', async () => end());
  }
  const answered = (request: FastifyRequest, reply: FastifyReply) => {
    const seen = seenOf(request, reply);
    metrics?.answered(seen);
    traces?.answered(seen);
    if (logged) log(seen);
  };
  const log = ({ seconds, replayed, ...seen }: Seen) => {
    // Probes and scrapes come every few seconds, and say nothing when all is well.
    const level = seen.status < 400 && (seen.route === PATH || seen.route.startsWith(`${API}/health/`)) ? 'debug' : 'info';
    fastify.log[level]({ ...seen, ms: Math.round(seconds * 1e4) / 10, replayed: replayed || undefined }, 'request');
  };
  if (metrics || traces || logged) {
    fastify.addHook('onRequest', (request, reply, done) => {
      metrics?.began();
      traces?.began(request);
      reply.raw.once('close', () => answered(request, reply));
      done();
    });
  }
  if (metrics) serveMetrics(fastify, metrics, config.metricsToken);
}

/** Whoever has the token is answered before limits and queues: when these refuse, somebody wants to see why. */
function serveMetrics(fastify: ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance'] extends () => infer F ? F : never, metrics: Metrics, token: string | undefined) {
  const wanted = token && digest(`Bearer ${token}`);
  const may = ({ headers }: FastifyRequest) => !wanted || timingSafeEqual(wanted, digest(headers.authorization ?? ''));
  const send = async (reply: FastifyReply) => reply.header('content-type', metrics.contentType).header('cache-control', 'no-store').send(await metrics.text());
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url === PATH && may(request)) void send(reply);
    else done();
  });
  // What Nest does with errors it does for its own routes alone.
  const errorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(problemOf(error), request, reply);
  fastify.get(PATH, { errorHandler }, (request, reply) => sendProblem(new Problem('no_autenticado'), request, reply));
}

const digest = (text: string) => createHash('sha256').update(text).digest();
