import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { CONFIG, type Config } from '../config.js';
import { sqlErrorOf } from '../database/sql-error.js';
import type { FranjaRequest } from '../http/access.js';
import { UsoService } from './uso.service.js';

/**
 * Says how much the plan allows to whom it refused. Around the interceptor that holds the transaction (AppModule provides it, so it is the
 * outermost): the numbers are read in a transaction of their own once that has given its connection back.
 */
@Injectable()
export class UsoInterceptor implements NestInterceptor {
  constructor(
    private readonly uso: UsoService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError(async (error: unknown) => {
      const refused = sqlErrorOf(error);
      const request = context.switchToHttp().getRequest<FranjaRequest>();
      const { user } = request;
      // A client and a visitor learn that the business has reached a limit, and not which or how much.
      const isStaff = user?.clave !== undefined || (user?.rol && user.rol !== 'cliente');
      if (refused?.sqlstate !== 'FR402' || !/^(limite|funcion)_/.test(refused.constraint ?? '') || !isStaff) throw error;
      const ahora = this.config.produccion ? undefined : (request.headers['x-franja-now'] as string | undefined);
      throw await this.uso.explain({ ...user, ahora }, refused.constraint!);
    }));
  }
}
