import { Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { Problem } from '../http/problems.js';
import { LoginAttempts } from '../limits/login-attempts.service.js';
import { Sealing, type Place } from '../sealing.js';
import { newRecoveryCodes, recoveryHash } from './recovery-codes.js';
import type { EstadoSegundoFactor, SecretoSegundoFactor } from './segundo-factor.dto.js';

const TABLE = 'segundos_factores';
/** What every authenticator application understands. */
const TOTP_OF = { issuer: 'Franja', algorithm: 'SHA1', digits: 6, period: 30 };
/** Steps that a phone's clock may be off, either way. */
const WINDOW = 1;

export type Factor = NonNullable<Awaited<ReturnType<SegundoFactorService['current']>>>;

/**
 * The second factor of the session's own user. Every method but `counted` runs in the caller's transaction. Its clock is the real one: a
 * moved one would make codes of the past good again.
 */
@Injectable()
export class SegundoFactorService {
  constructor(
    private readonly db: Db,
    private readonly sealing: Sealing,
    private readonly attempts: LoginAttempts,
  ) {}

  /** Counts a guess, and commits that, before `work` looks at the code. Null is a wrong one. */
  async counted<T>(session: Session, work: () => Promise<T | null>): Promise<T> {
    const attempt = await this.attempts.beginSecondFactor(session.organizacion_id!, session.usuario_id!);
    const result = await this.db.run(session, work);
    if (result === null) throw new Problem('segundo_factor_invalido');
    await attempt.succeeded();
    return result;
  }

  current() {
    return this.db.sql
      .selectFrom(TABLE)
      .select(['secreto_sellado', 'ultimo_paso', 'activado_en'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('usuario_id', '=', this.db.session.usuario_id!)
      .executeTakeFirst();
  }

  /** Of a super_admin always, of an admin where the organisation says so. */
  async isRequired(): Promise<boolean> {
    const { organizacion_id, session } = this.db;
    if (session.rol !== 'admin') return session.rol === 'super_admin';
    const { segundo_factor_obligatorio } = await this.db.sql
      .selectFrom('organizaciones')
      .select('segundo_factor_obligatorio')
      .where('id', '=', organizacion_id)
      .executeTakeFirstOrThrow();
    return segundo_factor_obligatorio;
  }

  async state(): Promise<EstadoSegundoFactor> {
    const factor = await this.current();
    const { left } = await this.db.sql
      .selectFrom('codigos_recuperacion')
      .select((select) => select.fn.countAll<number>().as('left'))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('usuario_id', '=', this.db.session.usuario_id!)
      .executeTakeFirstOrThrow();
    return { activo_desde: factor?.activado_en ?? null, codigos_restantes: left, obligatorio: await this.isRequired() };
  }

  /** What an authenticator application shows beside the code. */
  async label(): Promise<string> {
    const { quien, codigo_tenant } = await this.db.sql
      .selectFrom('usuarios as u')
      .innerJoin('organizaciones as o', 'o.id', 'u.organizacion_id')
      .select((select) => [select.fn.coalesce('u.email', 'u.nombre').as('quien'), 'o.codigo_tenant'])
      .where('u.organizacion_id', '=', this.db.organizacion_id)
      .where('u.id', '=', this.db.session.usuario_id!)
      .executeTakeFirstOrThrow();
    return `${quien} (${codigo_tenant})`;
  }

  /** A new secret, which serves once its first code is confirmed; it replaces one that never was. */
  async enroll(label: string): Promise<SecretoSegundoFactor> {
    const secret = new Secret({ size: 20 });
    const secreto_sellado = this.sealing.seal(secret.base32, this.#place());
    const enrolled = await this.db.sql
      .insertInto(TABLE)
      .values({ usuario_id: this.db.session.usuario_id!, secreto_sellado })
      .onConflict((conflict) =>
        conflict
          .columns(['organizacion_id', 'usuario_id'])
          .doUpdateSet({ secreto_sellado, ultimo_paso: null, creado_en: new Date() })
          .where('segundos_factores.activado_en', 'is', null),
      )
      .returning('usuario_id')
      .executeTakeFirst();
    if (!enrolled) throw new Problem('segundo_factor_activo');
    return { secreto: secret.base32, uri: new TOTP({ ...TOTP_OF, secret, label }).toString() };
  }

  /** Activates a pending one with its first code. Answers its recovery codes, or null when the code is wrong. */
  async activate(codigo: string): Promise<string[] | null> {
    const pending = await this.current();
    if (!pending || pending.activado_en) throw new Problem(pending ? 'segundo_factor_activo' : 'segundo_factor_inactivo');
    const ultimo_paso = this.#stepOf(pending, codigo);
    if (ultimo_paso === null) return null;
    // Of the secret that was looked at: one that replaced it meanwhile is not confirmed by a code of the former.
    const { numUpdatedRows } = await this.#own()
      .set({ ultimo_paso, activado_en: new Date() })
      .where('activado_en', 'is', null)
      .where('secreto_sellado', '=', pending.secreto_sellado)
      .executeTakeFirst();
    return numUpdatedRows ? this.newCodes() : null;
  }

  /** Takes a code of an active one, of the application or of recovery, at most once. */
  async check(codigo: string): Promise<true | null> {
    const factor = await this.current();
    if (!factor?.activado_en) throw new Problem('segundo_factor_inactivo');
    const ultimo_paso = this.#stepOf(factor, codigo);
    if (ultimo_paso === null) return this.#recover(codigo);
    const { numUpdatedRows } = await this.#own()
      .set({ ultimo_paso, ...this.#sealedAgain(factor) })
      .where('activado_en', 'is not', null)
      .where('ultimo_paso', '<', ultimo_paso)
      .executeTakeFirst();
    return numUpdatedRows ? true : null;
  }

  /** The former ones serve no more. */
  async newCodes(): Promise<string[]> {
    const { organizacion_id } = this.db;
    const usuario_id = this.db.session.usuario_id!;
    await this.db.sql.deleteFrom('codigos_recuperacion').where('organizacion_id', '=', organizacion_id).where('usuario_id', '=', usuario_id).execute();
    const codes = newRecoveryCodes();
    await this.db.sql
      .insertInto('codigos_recuperacion')
      .values(codes.map((code) => ({ usuario_id, codigo_hash: recoveryHash(code, organizacion_id, usuario_id)! })))
      .execute();
    return codes;
  }

  /** Its recovery codes go with it. Who may is for app.segundo_factor_guardia to say. */
  async remove(usuario_id: number): Promise<boolean> {
    const { numDeletedRows } = await this.db.sql
      .deleteFrom(TABLE)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('usuario_id', '=', usuario_id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async #recover(codigo: string): Promise<true | null> {
    const { organizacion_id } = this.db;
    const usuario_id = this.db.session.usuario_id!;
    const hash = recoveryHash(codigo, organizacion_id, usuario_id);
    if (!hash) return null;
    const { numDeletedRows } = await this.db.sql
      .deleteFrom('codigos_recuperacion')
      .where('organizacion_id', '=', organizacion_id)
      .where('usuario_id', '=', usuario_id)
      .where('codigo_hash', '=', hash)
      .executeTakeFirst();
    return numDeletedRows ? true : null;
  }

  #own() {
    return this.db.sql
      .updateTable(TABLE)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('usuario_id', '=', this.db.session.usuario_id!);
  }

  #place(): Place {
    return { tabla: TABLE, organizacion_id: this.db.organizacion_id, id: this.db.session.usuario_id! };
  }

  /** The 30-second step that the code belongs to, or null. */
  #stepOf({ secreto_sellado }: Factor, codigo: string): number | null {
    if (!/^\d{6}$/.test(codigo)) return null;
    const totp = new TOTP({ ...TOTP_OF, secret: Secret.fromBase32(this.sealing.open(secreto_sellado, this.#place())) });
    const timestamp = Date.now();
    const off = totp.validate({ token: codigo, timestamp, window: WINDOW });
    return off === null ? null : totp.counter({ timestamp }) + off;
  }

  #sealedAgain({ secreto_sellado }: Factor): { secreto_sellado?: string } {
    if (!this.sealing.isStale(secreto_sellado)) return {};
    return { secreto_sellado: this.sealing.seal(this.sealing.open(secreto_sellado, this.#place()), this.#place()) };
  }
}
