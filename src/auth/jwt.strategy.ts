import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { createHash, type KeyObject } from 'node:crypto';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import { CONFIG, type Config } from '../config.js';
import type { Rol, Session } from '../database/session.js';
import { rol_usuario } from '../generated/prisma/enums.js';

export const ISSUER = 'franja';
export const AUDIENCE = 'franja-api';
/** RFC 9068: says what the token is for, so that no other of ours passes as one. */
export const TYPE = 'at+jwt';

/** What `issue` writes; also of a token with the right signature nothing is believed that has another form. */
interface AccessToken {
  sub: string;
  aud: string;
  exp: number;
  organizacion_id: number;
  rol: Rol;
  sid: string;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const isId = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

const isOurs = ({ sub, aud, exp, organizacion_id, rol, sid }: AccessToken) =>
  typeof sub === 'string' && /^[1-9]\d{0,15}$/.test(sub) && isId(Number(sub)) && isId(organizacion_id) &&
  aud === AUDIENCE && // the library also takes a list
  Number.isFinite(exp) && // and a token that never expires
  typeof rol === 'string' && Object.hasOwn(rol_usuario, rol) && typeof sid === 'string' && UUID.test(sid);

/** The name of a signing key, so that a new one can be used while what the former signed still serves. */
export const keyId = (key: KeyObject): string => createHash('sha256').update('franja kid').update(key.export()).digest('base64url').slice(0, 8);

/** The key that the token's own header names, if it is one of ours. The algorithm is not the token's to choose. */
function keysOf({ jwtSecret, jwtPreviousSecrets }: Config): SecretOrKeyProvider {
  const keys = new Map([...jwtPreviousSecrets, jwtSecret].map((key) => [keyId(key), key]));
  return (_request, token: string, done) => {
    const { typ, kid } = headerOf(token);
    const key = typ === TYPE && typeof kid === 'string' ? keys.get(kid) : undefined;
    // A KeyObject, which the types do not know: with bytes the library tries them as a public key first, 380 us a request.
    done(key ? null : new Error('No such key'), key as unknown as Buffer);
  };
}

function headerOf(token: string): { typ?: unknown; kid?: unknown } {
  try {
    return JSON.parse(Buffer.from(token.split('.', 1)[0], 'base64url').toString()) ?? {};
  } catch {
    return {};
  }
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(@Inject(CONFIG) config: Config) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keysOf(config),
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  }

  validate(token: AccessToken): Session | false {
    if (!isOurs(token)) return false;
    return { usuario_id: Number(token.sub), organizacion_id: token.organizacion_id, rol: token.rol, sesion: token.sid };
  }
}
