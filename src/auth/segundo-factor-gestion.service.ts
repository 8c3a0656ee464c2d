import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { Problem } from '../http/problems.js';
import { CredencialesService } from './credenciales.service.js';
import type { CodigosRecuperacion, CodigoSegundoFactor, EmpezarSegundoFactor, QuitarSegundoFactor } from './segundo-factor.dto.js';
import { SegundoFactorService } from './segundo-factor.service.js';
import { TokensService } from './tokens.service.js';

/** What somebody who is signed in does with a second factor: a token alone is not enough to add or take one. */
@Injectable()
export class SegundoFactorGestion {
  constructor(
    private readonly db: Db,
    private readonly factor: SegundoFactorService,
    private readonly credenciales: CredencialesService,
    private readonly tokens: TokensService,
  ) {}

  state() {
    return this.factor.state();
  }

  async start(session: Session, { password }: EmpezarSegundoFactor) {
    await this.credenciales.confirm(session, password, 'password');
    return this.db.run(session, async () => this.factor.enroll(await this.factor.label()));
  }

  async activate(session: Session, { codigo }: CodigoSegundoFactor): Promise<CodigosRecuperacion> {
    return { codigos_recuperacion: await this.factor.counted(session, () => this.factor.activate(codigo)) };
  }

  async newCodes(session: Session, { codigo }: CodigoSegundoFactor): Promise<CodigosRecuperacion> {
    return { codigos_recuperacion: await this.factor.counted(session, async () => (await this.factor.check(codigo)) && this.factor.newCodes()) };
  }

  async disable(session: Session, { password, codigo }: QuitarSegundoFactor): Promise<void> {
    if (await this.db.run(session, () => this.factor.isRequired())) throw new Problem('segundo_factor_obligatorio');
    await this.credenciales.confirm(session, password, 'password');
    await this.factor.counted(session, async () => (await this.factor.check(codigo)) && this.factor.remove(session.usuario_id!));
  }

  /** Of somebody below. One's own asks for the password and a code. */
  async reset(usuario_id: number): Promise<void> {
    if (usuario_id === this.db.session.usuario_id) throw new Problem('prohibido');
    if (!(await this.factor.remove(usuario_id))) throw new Problem('no_encontrado');
    await this.tokens.revokeAll(usuario_id);
  }
}
