import { isUrl } from './config-values.js';

/** The outbox of this process, and the n8n of whoever runs the server. */
export interface OutboxConfig {
  outbox: {
    /** Whether this process delivers; one that only answers requests does not. */
    activo: boolean;
    pollMs: number;
    timeoutMs: number;
    /** About when a failed delivery is tried again for the first time. */
    retryMs: number;
    /** Deliveries to one endpoint at the same time. */
    simultaneas: number;
    /** Whether the endpoints of organisations may stand on private addresses. */
    redesPrivadas: boolean;
  };
  n8n?: { url: string; secreto: string };
}

type Integer = (name: string, fallback: number, min: number, max: number) => number;

export function readOutbox(env: NodeJS.ProcessEnv, errors: string[], integer: Integer): OutboxConfig {
  const { N8N_WEBHOOK_URL: url, N8N_WEBHOOK_SECRET: secreto } = env;
  if (url && !isUrl(url)) errors.push('N8N_WEBHOOK_URL must be an http or https URL');
  if (url && !secreto) errors.push('N8N_WEBHOOK_SECRET is required with N8N_WEBHOOK_URL');
  if (secreto && !isSecret(secreto)) errors.push('N8N_WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 bytes: printf whsec_; openssl rand -base64 32');
  return {
    outbox: {
      activo: env.JOBS !== 'off',
      pollMs: integer('JOBS_POLL_MS', 1_000, 10, 60_000),
      timeoutMs: integer('WEBHOOK_TIMEOUT_MS', 15_000, 50, 60_000),
      retryMs: integer('WEBHOOK_RETRY_MS', 5_000, 10, 600_000),
      simultaneas: integer('WEBHOOK_CONCURRENCY', 2, 1, 50),
      redesPrivadas: env.WEBHOOK_PRIVATE === 'on',
    },
    n8n: url && secreto ? { url: url.replace(/\/+$/, ''), secreto } : undefined,
  };
}

function isSecret(secreto: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secreto) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64;
}
