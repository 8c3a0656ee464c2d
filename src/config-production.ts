import pg from 'pg';
import { weakSecrets } from '../scripts/weak-secrets.mjs';
import { isLoopback, list } from './config-values.js';

export const DATABASES = ['APP_DATABASE_URL', 'REPLICA_DATABASE_URL', 'ADMIN_DATABASE_URL', 'CHAT_DATABASE_URL'];

/** What may pass on a developer's machine and not in production; one line each, with what to write instead. */
export function productionErrors(env: NodeJS.ProcessEnv): string[] {
  const connections = DATABASES.flatMap((name) =>
    (name.startsWith('REPLICA') ? list(env[name]) : [env[name] ?? '']).flatMap((url) => (url ? [connectionOf(name, url, env.DATABASE_TLS !== 'off')] : [])));
  // One role may reach several databases, with the one password that it has.
  const roles = connections.filter(({ user }, i) => connections.findIndex((other) => other.user === user) === i);
  const passwords = roles.map(({ name, password }) => [`The password in ${name}`, password]);
  const former = (name: string) => list(env[name]).map((key, i) => [`${name}, number ${i + 1},`, key]);
  return [
    ...weakSecrets({
      JWT_SECRET: env.JWT_SECRET, ENCRYPTION_KEY: env.ENCRYPTION_KEY, N8N_WEBHOOK_SECRET: env.N8N_WEBHOOK_SECRET,
      ...(env.METRICS_TOKEN && { METRICS_TOKEN: env.METRICS_TOKEN }),
      ...Object.fromEntries([...former('JWT_SECRET_PREVIOUS'), ...former('ENCRYPTION_KEY_PREVIOUS'), ...passwords]),
    }),
    ...connections.flatMap(({ error }) => error ?? []),
    ...(env.TRUST_PROXY
      ? []
      : ['TRUST_PROXY must be said in production: off when clients connect to this process itself, or the addresses of your proxies, such as loopback,10.0.0.0/8']),
    ...list(env.CORS_ORIGINS).flatMap((origin) => {
      if (origin.includes('*')) return [`CORS_ORIGINS has ${origin}: name each origin, such as https://app.example.com`];
      return /^https:\/\/[^/]+$/.test(origin) ? [] : [`CORS_ORIGINS has ${origin}: an origin is https:// and a host, without a path`];
    }),
  ];
}

interface Connection {
  name: string;
  user?: string;
  password?: string;
  error?: string;
}

/**
 * pg itself says where it would connect and whether it would check the certificate, so that its reading of the URL and ours cannot differ.
 * In 8.23 prefer, require, verify-ca and verify-full all check it, no-verify and disable do not; uselibpqcompat=true weakens the first two.
 */
function connectionOf(name: string, url: string, tls: boolean): Connection {
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: url });
  } catch (error) {
    return { name, error: `${name} cannot be read: ${(error as Error).message}` };
  }
  const { host, user, password } = client;
  const { ssl } = client as unknown as { ssl: boolean | { rejectUnauthorized?: boolean } };
  const local = host.startsWith('/') || isLoopback(host);
  const checked = ssl === true || (typeof ssl === 'object' && ssl.rejectUnauthorized !== false);
  const error = `${name} goes to ${host} without checking its certificate: add sslmode=verify-full (with sslrootcert=<file> for an authority of your own), or say DATABASE_TLS=off if that network is private`;
  return { name, user, password: password ?? undefined, error: local || checked || !tls ? undefined : error };
}
