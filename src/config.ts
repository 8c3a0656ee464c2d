import { createSecretKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { readObservability, type ObservabilityConfig } from './config-observability.js';
import { readOutbox, type OutboxConfig } from './config-outbox.js';
import { DATABASES, productionErrors } from './config-production.js';
import { readStripe, type StripeConfig } from './config-stripe.js';
import { isLoopback, isUrl, list } from './config-values.js';
import { readWhatsapp, type WhatsappConfig } from './config-whatsapp.js';

/** At most `max` in `seconds`. */
export interface Limit {
  max: number;
  seconds: number;
}

export interface MailConfig {
  /** Without it mail is not sent: outside production it is written into `dir`. */
  smtpUrl?: string;
  /** Send nothing, a password least of all, before TLS with a certificate that is vouched for. */
  tls: boolean;
  from: string;
  dir: string;
}

export interface Config extends OutboxConfig, WhatsappConfig, StripeConfig, ObservabilityConfig {
  produccion: boolean;
  host: string;
  port: number;
  /** Connection of role saas_app to the main database. */
  databaseUrl: string;
  /** Connection of role saas_admin, for super_admin; without it nobody is one here. */
  adminDatabaseUrl?: string;
  /** Connection of role saas_app to the database of conversations; without it there are none here. */
  chatDatabaseUrl?: string;
  /** Connections of role saas_app to standbys of the main database; reads may go there. */
  replicaDatabaseUrls: string[];
  /** What a read may lack at most. */
  replicaMaxStalenessMs: number;
  poolMax: number;
  /** Calls that may wait for a connection; the next is answered 503. */
  poolQueue: number;
  /** Memory for answers that are kept, in MiB; 0 keeps none. */
  cacheMb: number;
  /** Named prepared statements: faster, but a transaction pooler older than PgBouncer 1.21 refuses them. */
  preparedStatements: boolean;
  jwtSecret: KeyObject;
  /** Former secrets: what they signed serves until it expires. */
  jwtPreviousSecrets: KeyObject[];
  /** Seal what must be read again (src/sealing.ts): the first seals, all open. */
  encryptionKeys: KeyObject[];
  accessTokenSeconds: number;
  refreshTokenDays: number;
  corsOrigins: string[];
  /** Addresses of the proxies whose X-Forwarded-For is believed; false believes nobody. */
  trustProxy: false | string[];
  /** How long a request may take to arrive whole. */
  requestTimeoutSeconds: number;
  /** An absent one is off. */
  limits: Partial<Record<'ip' | 'inbound' | 'user' | 'client' | 'key' | 'auth' | 'register' | 'login' | 'account' | 'code' | 'invitation', Limit>>;
  mail: MailConfig;
  evolution?: { url: string; apiKey: string; instance: string };
  /** Base of the web application, for the links of messages. */
  appUrl: string;
  logLevel: string;
}

export const CONFIG = Symbol('config');

/** Reads the environment once; one error lists everything that is wrong with it. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const errors: string[] = [];
  const text = (name: string, fallback?: string) => {
    const value = env[name] || fallback;
    if (!value) errors.push(`${name} is required`);
    return value ?? '';
  };
  const integer = (name: string, fallback: number, min: number, max: number) => {
    const value = Number(env[name] || fallback);
    if (!Number.isInteger(value) || value < min || value > max) errors.push(`${name} must be an integer from ${min} to ${max}`);
    return value;
  };
  const produccion = env.NODE_ENV === 'production';
  // Off outside production, where one machine sends everything: demo, tests and replay.
  const limit = (name: string, fallback: string): Limit | undefined => {
    const value = env[name] || (produccion ? fallback : '0');
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
  const encryption = [text('ENCRYPTION_KEY'), ...list(env.ENCRYPTION_KEY_PREVIOUS)];
  for (const key of encryption) if (key && Buffer.byteLength(key) < 32) errors.push('ENCRYPTION_KEY, and each of ENCRYPTION_KEY_PREVIOUS, must have at least 32 bytes');
  if (produccion) errors.push(...productionErrors(env));
  const logLevel = text('LOG_LEVEL', 'warn');
  if (!/^(silent|fatal|error|warn|info|debug|trace)$/.test(logLevel)) errors.push('LOG_LEVEL must be silent, error, warn, info or debug');
  for (const name of ['PREPARED_STATEMENTS', 'DATABASE_TLS', 'JOBS', 'SMTP_TLS', 'WEBHOOK_PRIVATE']) if (env[name] && !/^(on|off)$/.test(env[name])) errors.push(`${name} must be on or off`);
  for (const name of DATABASES) {
    // A path that begins with / is that of a socket.
    if (!list(env[name]).every((url) => url.startsWith('/') || isUrl(url, ['postgres:', 'postgresql:', 'socket:']))) errors.push(`${name} must be like postgresql://user:password@host:5432/database, with / in a password as %2F`);
  }
  const channels = readChannels(env, produccion, errors);
  const config = {
    produccion,
    host: text('HOST', '127.0.0.1'),
    port: integer('PORT', 3000, 0, 65535),
    databaseUrl: text('APP_DATABASE_URL'),
    adminDatabaseUrl: env.ADMIN_DATABASE_URL || undefined,
    chatDatabaseUrl: env.CHAT_DATABASE_URL || undefined,
    replicaDatabaseUrls: list(env.REPLICA_DATABASE_URL),
    replicaMaxStalenessMs: integer('REPLICA_MAX_STALENESS_MS', 2_000, 500, 60_000),
    poolMax: integer('POOL_MAX', 16, 1, 500),
    poolQueue: integer('POOL_QUEUE', 160, 1, 100_000),
    cacheMb: integer('CACHE_MB', 32, 0, 4_096),
    preparedStatements: env.PREPARED_STATEMENTS !== 'off',
    jwtSecret: createSecretKey(Buffer.from(secret || 'missing')),
    jwtPreviousSecrets: list(env.JWT_SECRET_PREVIOUS).map((former) => createSecretKey(Buffer.from(former))),
    encryptionKeys: encryption.map((key) => createSecretKey(Buffer.from(key || 'missing'))),
    accessTokenSeconds: integer('ACCESS_TOKEN_SECONDS', 900, 30, 86_400),
    refreshTokenDays: integer('REFRESH_TOKEN_DAYS', 30, 1, 365),
    corsOrigins: list(env.CORS_ORIGINS),
    trustProxy: proxies(env.TRUST_PROXY ?? 'off'),
    requestTimeoutSeconds: integer('REQUEST_TIMEOUT_SECONDS', 20, 1, 300),
    limits: {
      ip: limit('LIMIT_IP', '600/1m'),
      inbound: limit('LIMIT_INBOUND', '6000/1m'),
      user: limit('LIMIT_USER', '1200/1m'),
      client: limit('LIMIT_CLIENT', '60/1h'),
      key: limit('LIMIT_KEY', '600/1m'),
      auth: limit('LIMIT_AUTH', '20/1m'),
      register: limit('LIMIT_REGISTER', '20/1h'),
      login: limit('LIMIT_LOGIN', '5/1h'),
      account: limit('LIMIT_ACCOUNT', '20/15m'),
      code: limit('LIMIT_CODE', '5/1h'),
      invitation: limit('LIMIT_INVITATION', '100/1h'),
    },
    ...channels,
    ...readStripe(env, channels.appUrl, errors),
    ...readOutbox(env, errors, integer),
    ...readWhatsapp(env, produccion, errors, integer),
    ...readObservability(env, produccion, errors, integer),
    logLevel,
  };
  if (errors.length) throw new Error(`Configuration:\n- ${errors.join('\n- ')}`);
  return config;
}

/** How messages leave: by SMTP, by Evolution API, and with links into which web application. */
function readChannels(env: NodeJS.ProcessEnv, produccion: boolean, errors: string[]): Pick<Config, 'mail' | 'evolution' | 'appUrl'> {
  const { SMTP_URL: smtpUrl, EVOLUTION_API_URL: url, EVOLUTION_API_KEY: apiKey, EVOLUTION_INSTANCE: instance } = env;
  const appUrl = (env.APP_URL || (produccion ? '' : 'http://localhost:5173')).replace(/\/+$/, '');
  if (smtpUrl && !isUrl(smtpUrl, ['smtp:', 'smtps:'])) errors.push('SMTP_URL must be like smtps://user:password@mail.example.com:465');
  const tls = produccion && env.SMTP_TLS !== 'off' && !(smtpUrl && URL.canParse(smtpUrl) && isLoopback(new URL(smtpUrl).hostname));
  if (smtpUrl && produccion && !env.MAIL_FROM) errors.push('MAIL_FROM is required with SMTP_URL');
  if ((url || apiKey || instance) && !(url && apiKey && instance)) {
    errors.push('EVOLUTION_API_URL, EVOLUTION_API_KEY and EVOLUTION_INSTANCE go together');
  }
  if (url && !isUrl(url)) errors.push('EVOLUTION_API_URL must be an http or https URL');
  if (appUrl && !isUrl(appUrl, produccion ? ['https:'] : ['http:', 'https:'])) {
    errors.push(`APP_URL must be an ${produccion ? 'https' : 'http or https'} URL`);
  }
  if (!appUrl && (smtpUrl || url)) errors.push('APP_URL is required to send links');
  return {
    mail: { smtpUrl: smtpUrl || undefined, tls, from: env.MAIL_FROM || 'Franja <no-reply@localhost>', dir: env.MAIL_DIR || '.data/mail' },
    evolution: url && apiKey && instance ? { url: url.replace(/\/+$/, ''), apiKey, instance } : undefined,
    appUrl,
  };
}
