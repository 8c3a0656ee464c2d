import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { CONFIG, type Config } from '../config.js';
import type { Rol, Session } from '../database/session.js';

export const ISSUER = 'franja';
export const AUDIENCE = 'franja-api';

interface AccessToken {
  sub: string;
  organizacion_id: number;
  rol: Rol;
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(@Inject(CONFIG) config: Config) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // A KeyObject, which the types do not know: with bytes the library tries them as a public key first, 380 us a request.
      secretOrKey: config.jwtSecret as unknown as Buffer,
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  }

  validate(token: AccessToken): Session {
    return { usuario_id: Number(token.sub), organizacion_id: token.organizacion_id, rol: token.rol };
  }
}
