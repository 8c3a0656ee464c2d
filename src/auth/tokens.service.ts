import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { randomBytes, randomUUID } from 'node:crypto';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Rol } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { origin } from '../http/origin.js';
import { Problem } from '../http/problems.js';
import type { Tokens } from './auth.dto.js';
import { AUDIENCE, ISSUER, keyId, TYPE } from './jwt.strategy.js';

interface Account {
  organizacion_id: number;
  usuario_id: number;
  rol: Rol;
}

/** A super_admin's session is short and ends: nobody holds a token that makes another. */
const SUPER_ADMIN_SECONDS = 3_600;

/** Access tokens are signed and short; refresh tokens are random, stored hashed, used once, and name their organisation. */
@Injectable()
export class TokensService {
  readonly #kid: string;

  constructor(
    private readonly db: Db,
    private readonly jwt: JwtService,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#kid = keyId(config.jwtSecret);
  }

  /** Call inside a transaction of the account's organisation. */
  async issue(account: Account, familia: string = randomUUID(), agente?: string): Promise<Tokens> {
    const refresh_token = `${account.organizacion_id}.${randomBytes(32).toString('base64url')}`;
    const now = Date.now();
    const renewable = account.rol !== 'super_admin';
    const expires_in = renewable ? this.config.accessTokenSeconds : SUPER_ADMIN_SECONDS;
    await this.db.prisma((tx) => tx.sesiones.create({
      data: {
        usuario_id: account.usuario_id,
        familia,
        token_hash: tokenHash(refresh_token),
        expira_en: new Date(now + (renewable ? this.config.refreshTokenDays * 86_400_000 : expires_in * 1000)),
        agente: agente?.slice(0, 300),
        ip: origin.getStore()?.ip,
      },
      select: { id: true },
    }));
    const access_token = await this.jwt.signAsync(
      { organizacion_id: account.organizacion_id, rol: account.rol, sid: familia },
      {
        subject: String(account.usuario_id),
        issuer: ISSUER,
        audience: AUDIENCE,
        expiresIn: expires_in,
        notBefore: 0,
        header: { alg: 'HS256', typ: TYPE, kid: this.#kid },
      },
    );
    return { access_token, refresh_token: renewable ? refresh_token : null, token_type: 'Bearer', expires_in };
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
    const [used] = await this.db.prisma((tx) => tx.sesiones.updateManyAndReturn({
      where: { organizacion_id, token_hash: tokenHash(refresh_token), usada_en: null, revocada_en: null, expira_en: { gt: new Date() } },
      data: { usada_en: new Date() },
      select: { usuario_id: true, familia: true },
    }));
    if (!used) {
      await this.revoke(refresh_token);
      return null;
    }
    // A row that another refresh was inserting while the session was ended is not marked itself; its family is.
    const ended = await this.db.prisma((tx) => tx.sesiones.findFirst({ where: { organizacion_id, familia: used.familia, NOT: { revocada_en: null } }, select: { id: true } }));
    if (ended) return null;
    const user = await this.db.prisma((tx) => tx.usuarios.findFirst({
      where: { organizacion_id, id: used.usuario_id, activo: true, organizacion: { activo: true } },
      select: { rol: true },
    }));
    // Whoever became a super_admin since then signs in again, with the second factor.
    if (!user || user.rol === 'super_admin') return null;
    return this.issue({ organizacion_id, usuario_id: Number(used.usuario_id), rol: user.rol }, used.familia, agente);
  }

  /** Ends the family of a refresh token; an unknown one changes nothing. */
  async revoke(refresh_token: string): Promise<void> {
    const { organizacion_id } = this.db;
    const session = await this.db.prisma((tx) => tx.sesiones.findFirst({ where: { organizacion_id, token_hash: tokenHash(refresh_token) }, select: { familia: true } }));
    if (!session) return;
    await this.db.prisma((tx) => tx.sesiones.updateMany({ where: { organizacion_id, familia: session.familia, revocada_en: null }, data: { revocada_en: new Date() } }));
  }

  /** Ends every session of that user, but `kept`, and with each its access tokens. */
  async revokeAll(usuario_id: number, kept?: string): Promise<void> {
    const { organizacion_id } = this.db;
    await this.db.prisma((tx) => tx.sesiones.updateMany({
      where: { organizacion_id, usuario_id, revocada_en: null, ...(kept && { NOT: { familia: kept } }) },
      data: { revocada_en: new Date() },
    }));
  }
}
