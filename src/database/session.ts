import type { rol_usuario } from '../generated/prisma/enums.js';

export type Rol = rol_usuario;

/** Who a transaction works for. `codigo_tenant` instead of an organisation: a visitor of its public pages. */
export interface Session {
  organizacion_id: number | null;
  usuario_id: number | null;
  rol: Rol | null;
  codigo_tenant?: string;
  /** The sign-in of its token (`sesiones.familia`): when that is ended, so is the token. */
  sesion?: string;
  /** SHA-256 of an API key, instead of a user: the transaction finds out whose it is, and sets `usuario_id`, `rol` and `permisos`. */
  clave?: Buffer;
  /** Scopes of that key, such as `citas:read`. */
  permisos?: string[];
  /** Organisation of a super_admin's account while `organizacion_id` is the one looked at. */
  organizacion_propia?: number;
  /** Moved clock, RFC 3339; never set in production. */
  ahora?: string;
  readOnly?: boolean;
  /** What a replica must have replayed to be read instead of the primary; without it none is. */
  replicaFrom?: bigint;
}

/** Work of the server itself: no tenant, no user. It reaches only what system functions let it. */
export const NOBODY: Session = { organizacion_id: null, usuario_id: null, rol: null };
