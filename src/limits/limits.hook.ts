import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config.js';
import { isInbound, STRIPE_WEBHOOK } from '../http/inbound.js';
import { API } from '../http/openapi.js';
import { addressOf } from '../http/origin.js';
import { tellQuota } from '../http/problem.filter.js';
import { networkOf } from './address.js';
import { Limits } from './limits.service.js';

const AUTH = `${API}/auth/`;
const READS = ['GET', 'HEAD'];

/**
 * Every request counts, even for a path that does not exist. What writes under /auth counts apart and exactly: by its path, so that no new
 * route is forgotten.
 */
export function limitByAddress(app: NestFastifyApplication, { limits }: Config) {
  const fastify = app.getHttpAdapter().getInstance();
  const counts = app.get(Limits);
  fastify.addHook('onRequest', async (request, reply) => {
    const from = networkOf(addressOf(request) ?? 'unknown');
    const route = request.routeOptions.url ?? '';
    // One Evolution API speaks for all the phones of all organisations, one Stripe for all payments: apart from people, and from each other.
    const [name, limit] = isInbound(route) ? ([route === STRIPE_WEBHOOK ? 'stripe' : 'inbound', limits.inbound] as const) : (['ip', limits.ip] as const);
    if (limit) tellQuota(reply, counts.take(limit, `${name} ${from}`));
    if (!route.startsWith(AUTH) || READS.includes(request.method)) return;
    if (limits.auth) tellQuota(reply, await counts.takeShared(limits.auth, `auth ${from}`));
    if (limits.register && route.startsWith(`${AUTH}register-`)) tellQuota(reply, await counts.takeShared(limits.register, `register ${from}`));
  });
}
