import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Db } from '../database/db.service.js';
import type { Rol } from '../database/session.js';
import { Problem } from '../http/problems.js';
import type { Tokens } from './auth.dto.js';
import { CredencialesService } from './credenciales.service.js';
import { ISSUER } from './jwt.strategy.js';
import type { Desafio, ResponderDesafio, SecretoSegundoFactor, TokensSegundoFactor } from './segundo-factor.dto.js';
import { SegundoFactorService } from './segundo-factor.service.js';
import { TokensService } from './tokens.service.js';

interface Account {
  organizacion_id: number;
  usuario_id: number;
  rol: Rol;
}

/** Not the audience, nor the type, of an access token: neither passes as the other. */
const AUDIENCE = 'franja-2fa';
const TYPE = '2fa+jwt';
const SECONDS = 300;

/** Sign-in after the right password. */
@Injectable()
export class SegundoFactorLogin {
  constructor(
    private readonly db: Db,
    private readonly jwt: JwtService,
    private readonly tokens: TokensService,
    private readonly factor: SegundoFactorService,
    private readonly credenciales: CredencialesService,
  ) {}

  /**
   * Signs in, or says which second step is missing; `huella`, of which password. Call inside a transaction of that account, and throw the problem
   * after it.
   */
  async enter(account: Account, agente?: string, huella?: string): Promise<Tokens | Problem> {
    const factor = await this.factor.current();
    if (factor?.activado_en) return new Problem('segundo_factor_requerido', { extra: { desafio: await this.#challenge(account, false, huella) } });
    if (await this.factor.isRequired()) return new Problem('debe_activar_segundo_factor', { extra: { desafio: await this.#challenge(account, true, huella) } });
    return this.#signIn(account, agente);
  }

  /** The secret of an account that may not sign in without one. */
  async enroll({ desafio }: Desafio): Promise<SecretoSegundoFactor> {
    const { account, enrolls, huella } = await this.#read(desafio);
    if (!enrolls) throw new Problem('desafio_invalido');
    return this.db.run(account, async () => {
      await this.#requireCurrent(account, huella);
      return this.factor.enroll(await this.factor.label());
    });
  }

  async answer({ desafio, codigo }: ResponderDesafio, agente?: string): Promise<TokensSegundoFactor> {
    const { account, enrolls, huella } = await this.#read(desafio);
    return this.factor.counted(account, async () => {
      await this.#requireCurrent(account, huella);
      const active = (await this.factor.current())?.activado_en;
      // Reset since then: the password is asked again.
      if (!active && !enrolls) throw new Problem('desafio_invalido');
      const codes = active ? (await this.factor.check(codigo)) && undefined : await this.factor.activate(codigo);
      if (codes === null) return null;
      return { ...(await this.#signIn(account, agente)), ...(codes && { codigos_recuperacion: codes }) };
    });
  }

  async #signIn(account: Account, agente?: string): Promise<Tokens> {
    const { organizacion_id, usuario_id } = account;
    await this.db.prisma((tx) => tx.usuarios.updateMany({ where: { organizacion_id, id: usuario_id }, data: { ultimo_acceso: new Date() } }));
    return this.tokens.issue(account, undefined, agente);
  }

  /** Whoever replaced the password meanwhile shut out who knew the former one. Who came by a code proved none. */
  async #requireCurrent({ organizacion_id, usuario_id }: Account, huella: string | undefined): Promise<void> {
    if (huella !== undefined && !(await this.credenciales.isCurrent(organizacion_id, usuario_id, huella))) throw new Problem('desafio_invalido');
  }

  #challenge({ organizacion_id, usuario_id, rol }: Account, enrolls: boolean, huella: string | undefined): Promise<string> {
    return this.jwt.signAsync(
      { organizacion_id, rol, enrolls, huella },
      { subject: String(usuario_id), issuer: ISSUER, audience: AUDIENCE, expiresIn: SECONDS, header: { alg: 'HS256', typ: TYPE } },
    );
  }

  async #read(desafio: string): Promise<{ account: Account; enrolls: boolean; huella?: string }> {
    const { header, payload } = await this.jwt
      .verifyAsync<any>(desafio, { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE, complete: true })
      .catch(() => ({ header: {}, payload: {} }));
    if (header.typ !== TYPE) throw new Problem('desafio_invalido');
    const { organizacion_id, sub, rol, enrolls, huella } = payload;
    return { account: { organizacion_id, usuario_id: Number(sub), rol }, enrolls, huella };
  }
}
