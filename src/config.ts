import { createSecretKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

/** At most `max` in `seconds`. */
export interface Limit {
  max: number;
  seconds: number;
}

export interface Config {
  produccion: boolean;
  host: string;
  port: number;
  /** Connection of role saas_app to the main database. */
  databaseUrl: string;
  poolMax: number;
  /** Named prepared statements: faster, but a transaction pooler older than PgBouncer 1.21 refuses them. */
  preparedStatements: boolean;
  jwtSecret: KeyObject;
  accessTokenSeconds: number;
  refreshTokenDays: number;
  corsOrigins: string[];
  /** Addresses of the proxies whose X-Forwarded-For is believed; false believes nobody. */
  trustProxy: false | string[];
  /** An absent one is off. */
  limits: Partial<Record<'ip' | 'user' | 'auth' | 'register' | 'login' | 'account', Limit>>;
  logLevel: string;
}

export const CONFIG = Symbol('config');

/** Reads the environment once; one error lists everything that is wrong with it. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const errors: string[] = [];
  const text = (name: string, fallback?: string) => {
    const value = env[name] ?? fallback;
    if (!value) errors.push(`${name} is required`);
    return value ?? '';
  };
  const integer = (name: string, fallback: number, min: number, max: number) => {
    const value = Number(env[name] ?? fallback);
    if (!Number.isInteger(value) || value < min || value > max) errors.push(`${name} must be an integer from ${min} to ${max}`);
    return value;
  };
  const produccion = env.NODE_ENV === 'production';
  // Off outside production, where one machine sends everything: demo, tests and replay.
  const limit = (name: string, fallback: string): Limit | undefined => {
    const value = env[name] ?? (produccion ? fallback : '0');
    const [, max, length, unit] = /^(\d{1,7})\/(\d{1,4})([smh])$/.exec(value) ?? [];
    const seconds = Number(length) * { s: 1, m: 60, h: 3600 }[unit]!;
    if (value === '0') return undefined;
    if (!(Number(max) > 0 && seconds > 0)) errors.push(`${name} must be like ${fallback} (s, m or h), or 0 for no limit`);
    return { max: Number(max), seconds };
  };
  const proxies = (value: string): Config['trustProxy'] => {
    if (value === 'off') return false;
    const addresses = value.split(',').map((address) => address.trim());
    const known = (address: string) => isIP(address.replace(/\/\d{1,3}$/, '')) > 0 || ['loopback', 'linklocal', 'uniquelocal'].includes(address);
    if (!addresses.every(known)) errors.push('TRUST_PROXY must be off, or the addresses of your proxies, such as loopback,10.0.0.0/8');
    return addresses;
  };
  const secret = text('JWT_SECRET');
  if (secret && Buffer.byteLength(secret) < 32) errors.push('JWT_SECRET must have at least 32 bytes');
  const config = {
    produccion,
    host: text('HOST', '127.0.0.1'),
    port: integer('PORT', 3000, 0, 65535),
    databaseUrl: text('APP_DATABASE_URL'),
    poolMax: integer('POOL_MAX', 16, 1, 500),
    preparedStatements: env.PREPARED_STATEMENTS !== 'off',
    jwtSecret: createSecretKey(Buffer.from(secret || 'missing')),
    accessTokenSeconds: integer('ACCESS_TOKEN_SECONDS', 900, 30, 86_400),
    refreshTokenDays: integer('REFRESH_TOKEN_DAYS', 30, 1, 365),
    corsOrigins: (env.CORS_ORIGINS ?? '').split(',').map((o) => o.trim()).filter(Boolean),
    trustProxy: proxies(env.TRUST_PROXY ?? 'off'),
    limits: {
      ip: limit('LIMIT_IP', '600/1m'),
      user: limit('LIMIT_USER', '1200/1m'),
      auth: limit('LIMIT_AUTH', '20/1m'),
      register: limit('LIMIT_REGISTER', '20/1h'),
      login: limit('LIMIT_LOGIN', '5/1h'),
      account: limit('LIMIT_ACCOUNT', '20/15m'),
    },
    logLevel: text('LOG_LEVEL', 'warn'),
  };
  if (errors.length) throw new Error(`Configuration:\n- ${errors.join('\n- ')}`);
  return config;
}
