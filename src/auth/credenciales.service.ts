import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { NOBODY, type Rol, type Session } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { wrongPassword } from '../http/problems.js';
import { LoginAttempts } from '../limits/login-attempts.service.js';
import { passwordMatches } from './passwords.js';

export interface Acceso {
  organizacion_id: number;
  codigo_tenant: string;
  nombre_comercial: string;
  usuario_id: number;
  rol: Rol;
  /** Null: an account that signs in by code alone. */
  password_hash: string | null;
  /** How many accounts the e-mail has, in whichever organisation; of twenty or more, twenty. */
  cuentas: number;
}

/** The limit of app.buscar_acceso. */
const MOST = 20;

/** Right for every account that the e-mail has: there is no other that it could be a guess at. */
export const opensAll = (matching: Acceso[]) => matching.length === matching[0].cuentas && matching.length < MOST;

/** Names a stored hash, and so the password that was right for it, to compare later. */
export const huellaDe = (password_hash: string): string => tokenHash(password_hash).toString('base64url');

/** The look-up of an account for its password, and the password asked again of who is signed in. Both count as attempts. */
@Injectable()
export class CredencialesService {
  constructor(
    private readonly db: Db,
    private readonly attempts: LoginAttempts,
  ) {}

  async find(email: string, codigo_tenant?: string): Promise<Acceso[]> {
    // A row even of nobody: the same work, whether there is an account or not.
    const { rows } = await this.db.run(NOBODY, () =>
      sql<Acceso>`
        select a.*, c.cuentas
        from (select count(*)::int as cuentas from app.buscar_acceso(${email})) c left join app.buscar_acceso(${email}, ${codigo_tenant ?? null}) a on true`.execute(this.db.sql),
    );
    return rows.filter(({ usuario_id }) => usuario_id !== null);
  }

  /** A stolen token must not be a way to guess the password past sign-in's own limits. Answers whose it is, and which. */
  async confirm(session: Session, password: string, campo: string) {
    const account = await this.db.run(session, () => this.#account());
    if (!account.email) throw wrongPassword(campo);
    const attempt = await this.attempts.begin(account.email, account.codigo_tenant);
    const own = (await this.find(account.email, account.codigo_tenant)).filter(({ usuario_id }) => usuario_id === session.usuario_id);
    if (!(await passwordMatches(own[0]?.password_hash ?? undefined, password))) throw wrongPassword(campo);
    await attempt.succeeded(opensAll(own));
    return { ...account, email: account.email, huella: huellaDe(own[0].password_hash!) };
  }

  /**
   * Whether the password that was right is still the account's. Call it in the transaction that relies on it: it holds the account until the end, so
   * that whoever replaces the password comes before and is seen, or comes after and ends the session.
   */
  async isCurrent(organizacion_id: number, usuario_id: number, huella: string): Promise<boolean> {
    await sql`select from usuarios where organizacion_id = ${organizacion_id} and id = ${usuario_id} for no key update`.execute(this.db.sql);
    const { rows } = await sql<{ password_hash: string | null }>`
      select a.password_hash
      from usuarios u
      join organizaciones o on o.id = u.organizacion_id
      cross join lateral app.buscar_acceso(u.email, o.codigo_tenant) a
      where u.organizacion_id = ${organizacion_id} and u.id = ${usuario_id}`.execute(this.db.sql);
    return rows.some(({ password_hash }) => password_hash !== null && huellaDe(password_hash) === huella);
  }

  #account() {
    return this.db.sql
      .selectFrom('usuarios as u')
      .innerJoin('organizaciones as o', 'o.id', 'u.organizacion_id')
      .select(['u.email', 'o.codigo_tenant', 'o.nombre_comercial'])
      .where('u.organizacion_id', '=', this.db.organizacion_id)
      .where('u.id', '=', this.db.session.usuario_id!)
      .executeTakeFirstOrThrow();
  }
}
