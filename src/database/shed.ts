import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Config } from '../config.js';
import { EXPOSED } from '../http/cors.js';
import { API } from '../http/openapi.js';
import { languageOf, problemBody, RETRY_SECONDS } from '../http/problem.filter.js';
import { Problem } from '../http/problems.js';
import { Db } from './db.service.js';

/** Each request that was turned away, as its method. */
export const refusals = diagnostics.channel('franja:refusal');

/** Whoever asks how this process does wants to hear just that; and what a page of another origin may send it is told before it sends. */
const admitted = ({ method, url = '' }: IncomingMessage) => method === 'OPTIONS' || url.startsWith(`${API}/health/`) || url.split('?')[0] === '/metrics';

/** One for all: an error of its own for each would write down a stack that nobody reads. */
const BUSY = new Problem('no_disponible');

/**
 * As the queue for a connection is full, a request is turned away before anything is spent on it, Fastify included: 503 now instead of a
 * time-out later, and what refusals do not take is left for what is served.
 */
export function shedLoad(app: NestFastifyApplication, { corsOrigins }: Config) {
  const db = app.get(Db);
  const server: Server = app.getHttpServer();
  const serve = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (db.full && !admitted(request)) refuse(request, response, corsOrigins);
    else for (const listener of serve) listener(request, response);
  });
}

function refuse(request: IncomingMessage, response: ServerResponse, corsOrigins: string[]) {
  const id = randomUUID();
  const language = languageOf(request);
  const body = JSON.stringify(problemBody(BUSY, language, id));
  const { origin } = request.headers;
  response.writeHead(BUSY.getStatus(), {
    ...(origin && corsOrigins.includes(origin) && { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED.join(', ') }),
    ...(corsOrigins.length && { vary: 'Origin' }),
    'retry-after': String(RETRY_SECONDS),
    'x-request-id': id,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/problem+json; charset=utf-8',
    'content-language': language,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
  refusals.publish(request.method);
}
