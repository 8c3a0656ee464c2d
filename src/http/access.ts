import { applyDecorators, createParamDecorator, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Rol, Session } from '../database/session.js';
import { OWN_TRANSACTIONS } from '../database/tenant.interceptor.js';
import { tokenHash } from '../database/token-hash.js';
import { Problem } from './problems.js';

/**
 * A request once the guards have passed; `organizacionId` when it came as /organizations/{organizacionId}/…; `asks` when it came with an
 * API key, whose role and scopes only its transaction knows.
 */
export type FranjaRequest = FastifyRequest & {
  user?: Session;
  asks?: { roles: readonly Rol[]; permiso: string };
  raw: FastifyRequest['raw'] & { organizacionId?: number };
};

const PUBLIC = 'franja:public';
const ROLES = 'franja:roles';
const SCOPE = 'franja:scope';

export const STAFF: readonly Rol[] = ['admin', 'propietario', 'empleado'];
export const MANAGERS: readonly Rol[] = ['admin', 'propietario'];
export const EVERYBODY: readonly Rol[] = ['admin', 'propietario', 'empleado', 'cliente'];
/** Whoever has an account, the platform's too: for what is one's own. */
export const ANY_ACCOUNT: readonly Rol[] = [...EVERYBODY, 'super_admin'];
export const SUPER_ADMIN: readonly Rol[] = ['super_admin'];

/** Anybody, without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Who may call the route. A route without @Roles or @Public is refused. */
export const Roles = (roles: readonly Rol[]) =>
  applyDecorators(SetMetadata(ROLES, roles), ApiBearerAuth(), ApiExtension('x-roles', roles));

/** What an API key may be allowed: all that routes ask for. */
export const PERMISOS = [
  'citas:read', 'citas:write', 'clientes:read', 'clientes:write', 'servicios:read', 'servicios:write', 'profesionales:read', 'profesionales:write',
  'horarios:read', 'horarios:write', 'disponibilidad:read', 'disponibilidad:write', 'organizaciones:read', 'metricas:read', 'plantillas:read',
  'subscripciones:read',
] as const;
export type Permiso = (typeof PERMISOS)[number];
type Recurso = Permiso extends `${infer R}:${string}` ? R : never;

/** What API keys may do here: `scope:read` for GET, `scope:write` for the rest. A route without it is closed to them. */
export const Scope = (scope: Recurso) => applyDecorators(SetMetadata(SCOPE, scope), ApiExtension('x-scope', scope));

/** The session of the token, for a handler that opens its own transactions. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Session => context.switchToHttp().getRequest<FranjaRequest>().user!);

/** What the caller says it is. Not @Headers: a page cannot set it, and the document would ask it to. */
export const UserAgent = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().headers['user-agent']);

const KEY = /^frj_([1-9]\d{0,14})_[\w-]{43}$/;

/** An API key, as `Authorization: Bearer` or, for tools that cannot, as `X-API-Key`. */
function keyOf({ headers }: FastifyRequest): Session | undefined {
  const sent = headers['x-api-key'] ?? headers.authorization?.replace(/^Bearer +/i, '');
  if (typeof sent !== 'string') return undefined;
  const [, organizacion] = KEY.exec(sent) ?? [];
  if (!organizacion) return undefined;
  return { organizacion_id: Number(organizacion), usuario_id: null, rol: null, clave: tokenHash(sent) };
}

/** Verifies the access token; what it says becomes the session. Never touches the database. */
@Injectable()
export class JwtGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<FranjaRequest>();
    // Node keeps the first of two, a proxy in front of us may have checked the second.
    if ((request.raw.headersDistinct?.authorization?.length ?? 0) > 1) throw new Problem('no_autenticado');
    const key = keyOf(request);
    if (!key) return (await super.canActivate(context)) as boolean;
    request.user = key;
    return true;
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
    const roles = this.reflector.getAllAndOverride<readonly Rol[] | undefined>(ROLES, targets) ?? [];
    if (session?.rol === 'super_admin') return this.#aim(request, session, roles);
    if (organizacionId !== undefined && organizacionId !== session?.organizacion_id) throw new Problem('no_encontrado');
    if (session?.clave) return this.#lay(request, roles, targets);
    if (!session?.rol || !roles.includes(session.rol)) throw new Problem('prohibido');
    return true;
  }

  /** A super_admin reads in any organisation what its admin may, and works where a route says so; both are written down there. */
  #aim(request: FranjaRequest, session: Session, roles: readonly Rol[]): boolean {
    const named = request.raw.organizacionId ?? (request.params as { organizacionId?: string }).organizacionId;
    const reads = request.method === 'GET' && named !== undefined && roles.includes('admin');
    if (!reads && !roles.includes('super_admin')) throw new Problem('prohibido');
    if (named === undefined) return true;
    if (!/^[1-9]\d{0,14}$/.test(String(named))) throw new Problem('no_encontrado');
    request.user = { ...session, organizacion_propia: session.organizacion_id!, organizacion_id: Number(named) };
    return true;
  }

  /** The transaction says whose the key is; until then only what no key may do is refused. */
  #lay(request: FranjaRequest, roles: readonly Rol[], targets: Parameters<Reflector['getAllAndOverride']>[1]): boolean {
    const scope = this.reflector.getAllAndOverride<string | undefined>(SCOPE, targets);
    if (!scope || this.reflector.getAllAndOverride<boolean>(OWN_TRANSACTIONS, targets)) throw new Problem('prohibido');
    request.asks = { roles, permiso: `${scope}:${request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write'}` };
    return true;
  }
}
