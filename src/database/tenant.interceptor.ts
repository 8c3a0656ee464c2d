import { applyDecorators, Inject, Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { FranjaRequest } from '../http/access.js';
import { CONFIG, type Config } from '../config.js';
import { isInstant } from '../http/fields.js';
import { Problem } from '../http/problems.js';
import { Db } from './db.service.js';
import { Idempotency } from './idempotency.js';
import { KeyUse } from './key-use.js';
import { replicaFrom } from './replicas.js';
import { NOBODY, type Session } from './session.js';

export const OWN_TRANSACTIONS = 'franja:own-transactions';

/**
 * The handler hashes or calls out, which must not happen inside a transaction: it opens its own short ones with db.run.
 * No Idempotency-Key there: its fingerprint of the body would be a fast hash of a password.
 */
export const OwnTransactions = () => applyDecorators(SetMetadata(OWN_TRANSACTIONS, true), ApiExtension('x-own-transactions', true));

/** One request, one transaction, one tenant context. The answer leaves after COMMIT. */
@Injectable()
export class TenantInterceptor implements NestInterceptor {
  constructor(
    private readonly db: Db,
    private readonly idempotency: Idempotency,
    private readonly keyUse: KeyUse,
    private readonly reflector: Reflector,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FranjaRequest>();
    const session = this.#sessionOf(request);
    if (this.reflector.getAllAndOverride<boolean>(OWN_TRANSACTIONS, [context.getHandler(), context.getClass()])) return next.handle();
    const work = async () => {
      if (session.codigo_tenant && this.db.session.organizacion_id === null) throw new Problem('no_encontrado');
      this.#checkKey(request);
      return this.idempotency.once(request, http.getResponse<FastifyReply>(), () => lastValueFrom(next.handle(), { defaultValue: undefined }));
    };
    return from(this.db.run(session, work));
  }

  /** Only now is it known whose key it is. A super_admin has no keys. */
  #checkKey({ asks }: FranjaRequest) {
    if (!asks) return;
    this.keyUse.note();
    const { rol, permisos } = this.db.session;
    if (!rol || !asks.roles.includes(rol)) throw new Problem('prohibido');
    if (!permisos?.includes(asks.permiso)) throw new Problem('permiso_faltante', { args: [asks.permiso] });
  }

  #sessionOf(request: FranjaRequest): Session {
    const { codigo_tenant } = request.params as { codigo_tenant?: string };
    if (codigo_tenant !== undefined && !/^[a-z0-9-]{1,60}$/i.test(codigo_tenant)) throw new Problem('no_encontrado');
    return {
      ...(request.user ?? NOBODY),
      codigo_tenant: request.user ? undefined : codigo_tenant,
      ahora: this.#movedClock(request),
      readOnly: request.method === 'GET' || request.method === 'HEAD',
      replicaFrom: replicaFrom(request),
    };
  }

  #movedClock(request: FranjaRequest): string | undefined {
    const ahora = request.headers['x-franja-now'];
    if (ahora === undefined) return undefined;
    if (this.config.produccion || !isInstant(ahora)) throw new Problem('reloj_no_disponible');
    return ahora;
  }
}
