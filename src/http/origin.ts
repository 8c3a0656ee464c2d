import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { AsyncLocalStorage } from 'node:async_hooks';
import { isIP } from 'node:net';
import type { Session } from '../database/session.js';

/** Where the call under way comes from. The database writes it down beside what the call changes. */
export interface Origin {
  /** Null when a trusted proxy forwarded something that is no address. */
  ip: string | null;
  solicitud: string;
  ruta: string;
  /** Where the log was after its last commit, when there are replicas: the answer says so. */
  version?: string;
  /** The same without its values, such as GET /api/v1/citas/:id: one of a few hundred. */
  plantilla: string;
  /** Whom its last transaction worked for: of a key, or of a public page, only the database knows. */
  session?: Session;
}

/** What is known of a request when it has been answered: nothing of what was not reached. */
export type Answered = FastifyRequest & { origin?: Origin; codigo?: string };

export const origin = new AsyncLocalStorage<Origin>();

/**
 * Where it comes from, without what some proxies forward beside it: the port (203.0.113.7:51234), and the zone of a link-local address, which means
 * nothing elsewhere. Null when that is no address, or the client is gone already.
 */
export function addressOf({ ip = '' }: { ip?: string }): string | null {
  const [address] = ip.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1').split('%');
  return isIP(address) ? address : null;
}

/** In preHandler and not before: reading the body leaves the context of earlier hooks. */
export function rememberOrigin(app: NestFastifyApplication) {
  app.getHttpAdapter().getInstance().addHook('preHandler', (request, _reply, done) => {
    const ruta = `${request.method} ${request.originalUrl.split('?')[0]}`;
    const from: Origin = { ip: addressOf(request), solicitud: request.id, ruta, plantilla: `${request.method} ${request.routeOptions.url}` };
    (request as Answered).origin = from;
    origin.run(from, done);
  });
}
