import type { rol_usuario } from '../generated/prisma/enums.js';

export type Rol = rol_usuario;

/** Who a transaction works for. `codigo_tenant` instead of an organisation: a visitor of its public pages. */
export interface Session {
  organizacion_id: number | null;
  usuario_id: number | null;
  rol: Rol | null;
  codigo_tenant?: string;
  /** Moved clock, RFC 3339; never set in production. */
  ahora?: string;
  readOnly?: boolean;
}

/** Work of the server itself: no tenant, no user. It reaches only what system functions let it. */
export const NOBODY: Session = { organizacion_id: null, usuario_id: null, rol: null };
