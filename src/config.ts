import { createSecretKey, type KeyObject } from 'node:crypto';

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
  const secret = text('JWT_SECRET');
  if (secret && Buffer.byteLength(secret) < 32) errors.push('JWT_SECRET must have at least 32 bytes');
  const config = {
    produccion: env.NODE_ENV === 'production',
    host: text('HOST', '127.0.0.1'),
    port: integer('PORT', 3000, 0, 65535),
    databaseUrl: text('APP_DATABASE_URL'),
    poolMax: integer('POOL_MAX', 16, 1, 500),
    preparedStatements: env.PREPARED_STATEMENTS !== 'off',
    jwtSecret: createSecretKey(Buffer.from(secret || 'missing')),
    accessTokenSeconds: integer('ACCESS_TOKEN_SECONDS', 900, 30, 86_400),
    refreshTokenDays: integer('REFRESH_TOKEN_DAYS', 30, 1, 365),
    corsOrigins: (env.CORS_ORIGINS ?? '').split(',').map((o) => o.trim()).filter(Boolean),
    logLevel: text('LOG_LEVEL', 'warn'),
  };
  if (errors.length) throw new Error(`Configuration:\n- ${errors.join('\n- ')}`);
  return config;
}
