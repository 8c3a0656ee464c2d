import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY, type Rol } from '../database/session.js';
import { Problem } from '../http/problems.js';
import { Limits } from '../limits/limits.service.js';
import { Mensajes } from '../notifications/mensajes.service.js';
import { TEXTOS, type Lengua } from '../notifications/mensajes.textos.js';
import type { PedirRestablecimiento, Restablecer } from './codigos.dto.js';
import { Codigos } from './codigos.service.js';
import { hashPassword, refuseCommon } from './passwords.js';
import { TokensService } from './tokens.service.js';

/** Another password for who forgot theirs and still reads their mail. */
@Injectable()
export class RestablecimientoService {
  constructor(
    private readonly db: Db,
    private readonly codigos: Codigos,
    private readonly mensajes: Mensajes,
    private readonly limits: Limits,
    private readonly tokens: TokensService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Whether there is an account is looked up after the answer: neither its body nor its time can tell. */
  async ask({ email, codigo_tenant }: PedirRestablecimiento): Promise<void> {
    this.mensajes.exigir('email');
    const { code } = this.config.limits;
    if (code) await this.limits.takeShared(code, `forgot ${email}`);
    this.mensajes.despues('Password reset', () => this.#send(email, codigo_tenant));
  }

  /** One mail, however many businesses know that e-mail. */
  async #send(email: string, codigo_tenant: string | undefined) {
    const { rows } = await this.db.run(NOBODY, () =>
      sql<{ organizacion_id: number; usuario_id: number; rol: Rol }>`
        select organizacion_id, usuario_id, rol from app.buscar_acceso(${email}, ${codigo_tenant ?? null})`.execute(this.db.sql),
    );
    const enlaces = [];
    for (const account of rows.filter(({ rol }) => rol !== 'super_admin')) enlaces.push(...(await this.#linkFor(account, email)));
    if (enlaces.length > 0) this.mensajes.correo({ to: email, ...TEXTOS[enlaces[0].lengua].restablecimiento(enlaces) });
  }

  #linkFor({ organizacion_id, usuario_id }: { organizacion_id: number; usuario_id: number }, email: string) {
    return this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const enlace = await this.codigos.link('restablecer', { proposito: 'restablecimiento', destino: email, usuario_id });
      if (!enlace) return [];
      const { nombre_comercial, idioma } = await this.db.sql
        .selectFrom('organizaciones')
        .select(['nombre_comercial', 'idioma'])
        .where('id', '=', organizacion_id)
        .executeTakeFirstOrThrow();
      return [{ negocio: nombre_comercial, lengua: idioma as Lengua, enlace }];
    });
  }

  /** Whoever held the account before is out, and whoever holds the mail now signs in like anybody: the second factor is asked there. */
  async reset({ token, password_nueva }: Restablecer): Promise<void> {
    const session = this.codigos.sessionOf(token);
    const look = async () => {
      const enlace = await this.codigos.find('restablecimiento', token);
      return { enlace, account: await this.codigos.accountOf(enlace) };
    };
    const { enlace, account } = await this.db.run(session, look);
    refuseCommon('password_nueva', password_nueva, enlace.destino, [account.nombre_comercial, account.codigo_tenant]);
    const password_hash = await hashPassword(password_nueva);
    await this.db.run(session, async () => {
      const { account } = await look();
      if (!(await this.codigos.use(enlace.id))) throw new Problem('enlace_invalido');
      await this.db.become(account);
      await this.db.sql
        .updateTable('usuarios')
        .set({ password_hash, email_verificado: true })
        .where('organizacion_id', '=', account.organizacion_id)
        .where('id', '=', account.usuario_id)
        .execute();
      await this.tokens.revokeAll(account.usuario_id);
    });
  }
}
