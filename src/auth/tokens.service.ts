import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Rol } from '../database/session.js';
import { Problem } from '../http/problems.js';
import type { Tokens } from './auth.dto.js';
import { AUDIENCE, ISSUER } from './jwt.strategy.js';

interface Account {
  organizacion_id: number;
  usuario_id: number;
  rol: Rol;
}

const digest = (token: string) => createHash('sha256').update(token).digest();

/** Access tokens are signed and short; refresh tokens are random, stored hashed, used once, and name their organisation. */
@Injectable()
export class TokensService {
  constructor(
    private readonly db: Db,
    private readonly jwt: JwtService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Call inside a transaction of the account's organisation. */
  async issue(account: Account, familia: string = randomUUID(), agente?: string): Promise<Tokens> {
    const refresh_token = `${account.organizacion_id}.${randomBytes(32).toString('base64url')}`;
    const now = Date.now();
    await this.db.tx.sesiones.create({
      data: {
        usuario_id: account.usuario_id,
        familia,
        token_hash: digest(refresh_token),
        expira_en: new Date(now + this.config.refreshTokenDays * 86_400_000),
        agente: agente?.slice(0, 300),
      },
      select: { id: true },
    });
    const access_token = await this.jwt.signAsync(
      { organizacion_id: account.organizacion_id, rol: account.rol },
      { subject: String(account.usuario_id), issuer: ISSUER, audience: AUDIENCE, expiresIn: this.config.accessTokenSeconds, algorithm: 'HS256' },
    );
    return { access_token, refresh_token, token_type: 'Bearer', expires_in: this.config.accessTokenSeconds };
  }

  /** The organisation that a refresh token names; whether the token is real is for `rotate` to say. */
  organizationOf(refresh_token: string): number {
    const match = /^([1-9]\d{0,14})\.[\w-]{43}$/.exec(refresh_token);
    if (!match) throw new Problem('token_invalido');
    return Number(match[1]);
  }

  /** A token used twice is in two hands: its whole family ends. Returns null then, so that the revocation commits. */
  async rotate(refresh_token: string, agente?: string): Promise<Tokens | null> {
    const { organizacion_id } = this.db;
    const [used] = await this.db.tx.sesiones.updateManyAndReturn({
      where: { organizacion_id, token_hash: digest(refresh_token), usada_en: null, revocada_en: null, expira_en: { gt: new Date() } },
      data: { usada_en: new Date() },
      select: { usuario_id: true, familia: true },
    });
    if (!used) {
      await this.revoke(refresh_token);
      return null;
    }
    const user = await this.db.tx.usuarios.findFirst({
      where: { organizacion_id, id: used.usuario_id, activo: true, organizacion: { activo: true } },
      select: { rol: true },
    });
    if (!user) return null;
    return this.issue({ organizacion_id, usuario_id: Number(used.usuario_id), rol: user.rol }, used.familia, agente);
  }

  /** Ends the family of a refresh token; an unknown one changes nothing. */
  async revoke(refresh_token: string): Promise<void> {
    const { organizacion_id } = this.db;
    const session = await this.db.tx.sesiones.findFirst({ where: { organizacion_id, token_hash: digest(refresh_token) }, select: { familia: true } });
    if (!session) return;
    await this.db.tx.sesiones.updateMany({ where: { organizacion_id, familia: session.familia, revocada_en: null }, data: { revocada_en: new Date() } });
  }

  /** Ends every session of that user, but the one that `kept`, a refresh token of theirs, belongs to. */
  async revokeAll(usuario_id: number, kept?: string): Promise<void> {
    const { organizacion_id } = this.db;
    const session =
      kept && (await this.db.tx.sesiones.findFirst({ where: { organizacion_id, usuario_id, token_hash: digest(kept) }, select: { familia: true } }));
    await this.db.tx.sesiones.updateMany({
      where: { organizacion_id, usuario_id, revocada_en: null, ...(session && { NOT: { familia: session.familia } }) },
      data: { revocada_en: new Date() },
    });
  }
}
