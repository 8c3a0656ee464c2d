// What the scripts read from the environment. Outside production, missing secrets are made once and kept in .data/secrets.json.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { urlOf } from './database.mjs';
import { withFileLock } from './file-lock.mjs';
import { weakSecrets } from './weak-secrets.mjs';

const passwords = [
  'SAAS_APP_PASSWORD',
  'SAAS_ADMIN_PASSWORD',
  'N8N_APP_PASSWORD',
  'EVOLUTION_APP_PASSWORD',
  'READONLY_USER_PASSWORD',
  'INTEGRATION_USER_PASSWORD',
];
const file = '.data/secrets.json';

export async function readEnvironment(env = process.env) {
  const port = readPort('PORT', env.PORT || '3000');
  const postgresPort = env.PGPORT ? readPort('PGPORT', env.PGPORT) : undefined;
  if (env.DATABASE_URL && !(/^postgres(ql)?:\/\//.test(env.DATABASE_URL) && URL.canParse(env.DATABASE_URL))) {
    throw new Error('DATABASE_URL must be like postgresql://postgres:password@localhost:5432/postgres');
  }
  const production = env.NODE_ENV === 'production';
  const database = env.POSTGRES_DB || 'saas_db';
  const secrets = await readSecrets(env, production);
  const variables = { postgres_db: database };
  for (const name of passwords) variables[name.toLowerCase()] = secrets[name];
  return {
    production,
    database,
    variables,
    jwtSecret: secrets.JWT_SECRET,
    encryptionKeys: [secrets.ENCRYPTION_KEY, ...(env.ENCRYPTION_KEY_PREVIOUS ?? '').split(',').map((key) => key.trim()).filter(Boolean)],
    n8nSecret: secrets.N8N_WEBHOOK_SECRET,
    databaseUrl: env.DATABASE_URL || undefined,
    backupDir: env.BACKUP_DIR || undefined,
    postgresPort,
    host: env.HOST || '127.0.0.1',
    port,
  };
}

function readPort(name, value) {
  const port = Number(value);
  if (!(Number.isInteger(port) && port > 0 && port < 65536)) throw new Error(`${name} must be an integer from 1 to 65535`);
  return port;
}

async function readSecrets(env, production) {
  // In production the last one is needed only where there is an n8n to tell.
  const names = [...passwords, 'JWT_SECRET', 'ENCRYPTION_KEY', ...(production && !env.N8N_WEBHOOK_URL ? [] : ['N8N_WEBHOOK_SECRET'])];
  const missing = names.filter((name) => !env[name]);
  if (production && missing.length) throw new Error(`NODE_ENV=production needs these environment variables:\n  ${missing.join('\n  ')}`);
  const weak = production ? weakSecrets(Object.fromEntries(names.map((name) => [name, env[name]]))) : [];
  if (weak.length) throw new Error(`NODE_ENV=production refuses:\n  ${weak.join('\n  ')}`);
  // One at a time: of two first starts at once the second finds what the first has made.
  const kept = missing.length ? await withFileLock('.data/secrets.lock', () => keep(missing)) : {};
  return Object.fromEntries(names.map((name) => [name, env[name] || kept[name]]));
}

function keep(names) {
  const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  const made = names.filter((name) => !kept[name]);
  for (const name of made) kept[name] = name === 'N8N_WEBHOOK_SECRET' ? `whsec_${randomBytes(32).toString('base64')}` : randomBytes(32).toString('base64url');
  if (made.length) {
    // Renamed when whole: a disk that is full must not cost the secrets that were there, and with them what they seal.
    fs.writeFileSync(`${file}.new`, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }
  return kept;
}

/** The API's own environment: it never sees the administrative connection nor other roles' passwords. */
export function environmentOfApi(settings, adminUrl, env = process.env) {
  const own = { ...env };
  for (const name of [...passwords, 'DATABASE_URL']) delete own[name];
  for (const name of Object.keys(own)) if (name.startsWith('PG')) delete own[name];
  return {
    ...own,
    APP_DATABASE_URL: env.APP_DATABASE_URL || urlOf(adminUrl, settings.database, 'saas_app', settings.variables.saas_app_password),
    ADMIN_DATABASE_URL: env.ADMIN_DATABASE_URL || urlOf(adminUrl, settings.database, 'saas_admin', settings.variables.saas_admin_password),
    CHAT_DATABASE_URL: env.CHAT_DATABASE_URL || urlOf(adminUrl, 'chat_memories_db', 'saas_app', settings.variables.saas_app_password),
    JWT_SECRET: settings.jwtSecret,
    ENCRYPTION_KEY: settings.encryptionKeys[0],
    ...(settings.n8nSecret && { N8N_WEBHOOK_SECRET: settings.n8nSecret }),
    HOST: settings.host,
    PORT: String(settings.port),
  };
}
