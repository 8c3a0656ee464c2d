// A durable PostgreSQL of the benchmarks' own, databases of a known size in it, and the API as it runs in production.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { startApi, waitUntilLive } from '../scripts/api-process.mjs';
import { migrate, urlOf } from '../scripts/database.mjs';
import { startPostgres, tryPort } from '../scripts/embedded-postgres.mjs';
import { step } from '../scripts/progress.mjs';
import { fill, kinds } from './fixture.mjs';

const fresh = 7; // days that a filled database serves

const roles = ['saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user'];
const secret = () => randomBytes(32).toString('base64url');

export async function openServer() {
  const passwords = Object.fromEntries(roles.map((role) => [`${role}_password`, secret()]));
  // As docker-compose.yml sets them; and no checkpoint of its own accord in the middle of a round.
  const settings = { max_connections: 200, shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '30min' };
  const server = await startPostgres({ dataDir: '.data/bench-pg', settings });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const migrated = (name) => migrate({ adminUrl: server.url, variables: { postgres_db: name, chat_db: 'bench_chat', ...passwords } });
  return {
    server: server.url,
    admin,
    urlFor: (database, role) => (role ? urlOf(server.url, database, role, passwords[`${role}_password`]) : urlOf(server.url, database)),
    database: (kind, citas) => database({ admin, migrated, url: server.url }, kind, citas),
    /** A copy that may be changed. */
    async copy({ name, today }) {
      const copy = `${name}_copia`;
      await admin.query(`drop database if exists ${copy} with (force)`);
      await admin.query(`create database ${copy} template ${name}`);
      await migrated(copy); // grants are of the database
      return { name: copy, today, drop: () => admin.query(`drop database if exists ${copy} with (force)`) };
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

/** Made once for each version of sql/schema and of the fixture, and again when its days to come are used up. Migrations come upon it as upon any other. */
async function database({ admin, migrated, url }, kind, citas = 0) {
  const name = `bench_${kind}_${citas ? `${citas}_` : ''}${stamp()}`;
  const { rows } = await admin.query("select shobj_description(oid, 'pg_database') as today from pg_database where datname = $1", [name]);
  const today = rows[0]?.today;
  if (today && Date.now() - Date.parse(today) < fresh * 86_400_000) {
    await migrated(name); // today's passwords
    return { name, today };
  }
  await dropOthers(admin, `bench_${kind}_${citas ? `${citas}_` : ''}`);
  return step(`Filling ${name}`, async () => {
    await migrated(name);
    const client = new pg.Client({ connectionString: urlOf(url, name) });
    await client.connect();
    try {
      const { rows: [{ date }] } = await client.query('select current_date::text as date');
      await fill(client, kinds[kind](citas));
      await admin.query(`comment on database ${name} is '${date}'`);
      return { name, today: date };
    } finally {
      await client.end();
    }
  });
}

function stamp() {
  const files = fs.readdirSync('sql/schema').map((file) => path.join('sql/schema', file));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), 'bench/fixture.mjs']) hash.update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 10);
}

async function dropOthers(admin, prefix) {
  const { rows } = await admin.query('select datname from pg_database where datname ~ $1', [`^${prefix}[0-9a-f]{10}(_copia)?$`]);
  for (const { datname } of rows) await admin.query(`drop database ${datname} with (force)`);
}

/** What the API reads, as in production but for its limits: one address asks for all. */
export function environment({ urlFor }, database, more = {}) {
  return {
    NODE_ENV: 'production',
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    APP_DATABASE_URL: urlFor(database, 'saas_app'),
    CHAT_DATABASE_URL: urlFor('bench_chat', 'saas_app'),
    JWT_SECRET: secret(),
    ENCRYPTION_KEY: secret(),
    TRUST_PROXY: 'off',
    APP_URL: 'https://app.example.com',
    LIMIT_IP: '9999999/1s',
    LIMIT_USER: '9999999/1s',
    ...more,
  };
}

export async function openApi(env) {
  const port = await tryPort(0);
  const api = startApi({ host: '127.0.0.1', port }, { ...env, PORT: String(port) });
  await waitUntilLive(api);
  return api;
}
