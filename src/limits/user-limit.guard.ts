import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import type { FranjaRequest } from '../http/access.js';
import { tellQuota } from '../http/problem.filter.js';
import { Limits } from './limits.service.js';

/**
 * After JwtGuard: each account has a limit of its own, from however many addresses and tokens it works, and so has each API key. Anybody opens a client's,
 * with whose e-mail they like, and what it books, moves and cancels is told there: so what it writes has a lower one.
 */
@Injectable()
export class UserLimitGuard implements CanActivate {
  constructor(
    private readonly limits: Limits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { user, method } = http.getRequest<FranjaRequest>();
    if (!user) return true;
    const { limits } = this.config;
    // A key by its hash: whose it is, only its transaction knows.
    const [limit, name] = user.clave ? [limits.key, `key ${user.clave.toString('base64url')}`] : [limits.user, `user ${user.organizacion_id}/${user.usuario_id}`];
    if (limit) tellQuota(http.getResponse<FastifyReply>(), this.limits.take(limit, name));
    if (limits.client && user.rol === 'cliente' && method !== 'GET' && method !== 'HEAD') {
      tellQuota(http.getResponse<FastifyReply>(), this.limits.take(limits.client, `client ${user.organizacion_id}/${user.usuario_id}`));
    }
    return true;
  }
}
