import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FranjaRequest } from '../http/access.js';
import type { Answered } from '../http/origin.js';

/** A request once it was answered, without anything that names a person. */
export interface Seen {
  solicitud: string;
  method: string;
  /** The template, such as /api/v1/appointments/:id. What is under /organizations/{id} is the route that it stands for. */
  route: string;
  /** 499: the client left before the answer was whole. */
  status: number;
  seconds: number;
  codigo?: string;
  /** An Idempotency-Key gave the answer of before. */
  replayed: boolean;
  organizacion_id?: number | null;
  usuario_id?: number | null;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** An invented method may not become a label. */
export const methodOf = (method: string): string => (METHODS.has(method) ? method : 'OTHER');

/** Of what no route answers the path may not become one either. */
export function routeOf({ method, routeOptions }: FastifyRequest): { method: string; route: string } {
  const { url } = routeOptions;
  return { method: methodOf(method), route: url === undefined || url === '*' || url === '/*' ? 'unmatched' : url };
}

export function seenOf(request: Answered, reply: FastifyReply): Seen {
  const session = request.origin?.session ?? (request as FranjaRequest).user;
  return {
    solicitud: request.id,
    ...routeOf(request),
    status: reply.raw.writableFinished ? reply.statusCode : 499,
    seconds: reply.elapsedTime / 1000,
    codigo: request.codigo,
    replayed: reply.getHeader('idempotency-replayed') !== undefined,
    organizacion_id: session?.organizacion_id,
    usuario_id: session?.usuario_id,
  };
}
