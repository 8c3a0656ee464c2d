import { applyDecorators, createParamDecorator, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Rol, Session } from '../database/session.js';
import { Problem } from './problems.js';

/** A request once the guards have passed; `organizacionId` when it came as /organizations/{organizacionId}/…. */
export type FranjaRequest = FastifyRequest & { user?: Session; raw: FastifyRequest['raw'] & { organizacionId?: number } };

const PUBLIC = 'franja:public';
const ROLES = 'franja:roles';

export const STAFF: readonly Rol[] = ['admin', 'propietario', 'empleado'];
export const MANAGERS: readonly Rol[] = ['admin', 'propietario'];
export const EVERYBODY: readonly Rol[] = ['admin', 'propietario', 'empleado', 'cliente'];

/** Anybody, without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Who may call the route. A route without @Roles or @Public is refused. */
export const Roles = (roles: readonly Rol[]) =>
  applyDecorators(SetMetadata(ROLES, roles), ApiBearerAuth(), ApiExtension('x-roles', roles));

/** The session of the token, for a handler that opens its own transactions. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Session => context.switchToHttp().getRequest<FranjaRequest>().user!);

/** Verifies the access token; what it says becomes the session. Never touches the database. */
@Injectable()
export class JwtGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    return (await super.canActivate(context)) as boolean;
  }

  override handleRequest<T>(error: unknown, user: T): T {
    if (error || !user) throw new Problem('no_autenticado');
    return user;
  }
}

/** Role against route, and the organisation of the path against the token's: a foreign one does not exist. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<FranjaRequest>();
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const session = request.user;
    const { organizacionId } = request.raw;
    if (organizacionId !== undefined && organizacionId !== session?.organizacion_id) throw new Problem('no_encontrado');
    const roles = this.reflector.getAllAndOverride<readonly Rol[] | undefined>(ROLES, targets);
    if (!session?.rol || !roles?.includes(session.rol)) throw new Problem('prohibido');
    return true;
  }
}
