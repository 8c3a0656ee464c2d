import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { FranjaRequest } from './access.js';
import { API } from './openapi.js';

/** The ETags of which the caller has the answer. A proxy that compresses makes them weak: W/"…" is as good. */
export const askedWith = ({ headers }: Pick<FastifyRequest, 'headers'>): string[] => headers['if-none-match']?.match(/"[^"]*"/g) ?? [];

/**
 * What has an ETag may be kept, and is asked about before each use; 304 if the caller has it. Nothing else is kept, and what was asked with a token
 * only by who asked, and for that token: a browser that goes back shows what it has without asking, whoever signed in since.
 */
export function revalidate(app: NestFastifyApplication) {
  app.getHttpAdapter().getInstance().addHook('onSend', async (request: FranjaRequest, reply, payload) => {
    if (!request.url.startsWith(API)) return payload;
    const etag = reply.statusCode < 300 ? reply.getHeader('etag') : undefined;
    reply.header('cache-control', !etag ? 'no-store' : request.user ? 'private, no-cache' : 'no-cache');
    if (etag && request.user) reply.header('vary', [reply.getHeader('vary'), 'Authorization, X-API-Key'].filter(Boolean).join(', '));
    if (!etag || !askedWith(request).includes(String(etag))) return payload;
    reply.code(304).removeHeader('content-type');
    return request.method === 'HEAD' ? Readable.from([]) : null; // a HEAD of Fastify measures what it is given
  });
}
