import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { Problem } from '../http/problems.js';
import { Limits } from '../limits/limits.service.js';
import { Mensajes } from '../notifications/mensajes.service.js';
import { TEXTOS, type Lengua } from '../notifications/mensajes.textos.js';
import type { ConEnlace } from './codigos.dto.js';
import { Codigos } from './codigos.service.js';

/** Whether the e-mail of an account is its owner's. */
@Injectable()
export class VerificacionService {
  constructor(
    private readonly db: Db,
    private readonly codigos: Codigos,
    private readonly mensajes: Mensajes,
    private readonly limits: Limits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async ask(session: Session): Promise<void> {
    this.mensajes.exigir('email');
    const { code } = this.config.limits;
    // Whose e-mail it is, nobody knows yet.
    if (code) await this.limits.takeShared(code, `verification ${session.organizacion_id}/${session.usuario_id}`);
    this.send(session);
  }

  /** After the COMMIT that made the account. Where mail cannot be sent, the account is good without. */
  send({ organizacion_id, usuario_id, rol }: Session): void {
    if (!this.mensajes.hay('email')) return;
    this.mensajes.despues('Verification', async () => {
      const mail = await this.db.run({ organizacion_id, usuario_id, rol }, () => this.#write());
      if (mail) this.mensajes.correo(mail);
    });
  }

  async #write() {
    const { organizacion_id, usuario_id } = this.db.session;
    const account = await this.db.sql
      .selectFrom('usuarios as u')
      .innerJoin('organizaciones as o', 'o.id', 'u.organizacion_id')
      .select(['u.email', 'u.email_verificado', 'u.nombre', 'o.nombre_comercial', 'o.idioma'])
      .where('u.organizacion_id', '=', organizacion_id)
      .where('u.id', '=', usuario_id)
      .executeTakeFirst();
    if (!account?.email || account.email_verificado) return undefined;
    const enlace = await this.codigos.link('verificar', { proposito: 'verificacion', destino: account.email, usuario_id: usuario_id! });
    if (!enlace) return undefined;
    return { to: account.email, ...TEXTOS[account.idioma as Lengua].verificacion(account.nombre_comercial, account.nombre, enlace) };
  }

  async verify({ token }: ConEnlace): Promise<void> {
    await this.db.run(this.codigos.sessionOf(token), async () => {
      const enlace = await this.codigos.find('verificacion', token);
      const account = await this.codigos.accountOf(enlace);
      if (!(await this.codigos.use(enlace.id))) throw new Problem('enlace_invalido');
      await this.db.become(account);
      await this.db.sql
        .updateTable('usuarios')
        .set({ email_verificado: true })
        .where('organizacion_id', '=', account.organizacion_id)
        .where('id', '=', account.usuario_id)
        .execute();
    });
  }
}
