import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AsyncLocalStorage } from 'node:async_hooks';
import { isIP } from 'node:net';

/** Where the call under way comes from. The database writes it down beside what the call changes. */
export interface Origin {
  /** Null when a trusted proxy forwarded something that is no address. */
  ip: string | null;
  solicitud: string;
  ruta: string;
  /** Where the log was after its last commit, when there are replicas: the answer says so. */
  version?: string;
}

export const origin = new AsyncLocalStorage<Origin>();

/** In preHandler and not before: reading the body leaves the context of earlier hooks. */
export function rememberOrigin(app: NestFastifyApplication) {
  app.getHttpAdapter().getInstance().addHook('preHandler', (request, _reply, done) => {
    const [ip] = (request.ip ?? '').split('%'); // no address when the client is gone already; the zone of a link-local one means nothing elsewhere
    origin.run({ ip: isIP(ip) ? ip : null, solicitud: request.id, ruta: `${request.method} ${request.originalUrl.split('?')[0]}` }, done);
  });
}
