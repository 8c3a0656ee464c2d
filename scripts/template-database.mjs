// The database that sql/ gives, built once per version of sql/ by the real setup and migrator, for whoever clones or reads it.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { migrate, urlOf } from './database.mjs';
import { startPostgres } from './embedded-postgres.mjs';
import { elsewhere } from './postgres-binaries.mjs';

const roles = ['saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user'];
const TMPFS = 0x01021994;
const mark = 'franja-prueba-'; // the connection that shows that a run goes on

/**
 * Login roles have the SHA-256 of their own names as passwords there: everybody finds them, production would take them. TEST_DATABASE_URL names another server, as its superuser.
 * @returns {Promise<{ adminUrl: string, name: string, run: string, close: () => Promise<void> }>}
 *   `run` names this use: databases called `prueba_<run>_…` are dropped by `close`, or by the next run.
 */
export async function openTemplate() {
  const server = process.env.TEST_DATABASE_URL
    ? { url: process.env.TEST_DATABASE_URL, stop: async () => {} }
    : await startPostgres({ dataDir: testDataDir(), durable: false, settings: { max_connections: 300, shared_buffers: '128MB' } });
  const run = randomBytes(4).toString('hex');
  const client = new pg.Client({ connectionString: urlOf(server.url, 'postgres'), application_name: mark + run });
  const close = async () => {
    await dropAll(client, "select datname from pg_database where split_part(datname, '_', 2) = $1 and datname like 'prueba\\_%'", [run]);
    await client.end();
    await server.stop();
  };
  await client.connect();
  try {
    const name = `plantilla_${hashOfSql()}`;
    await dropLeftovers(client, name);
    const passwords = Object.fromEntries(roles.map((role) => [`${role}_password`, createHash('sha256').update(role).digest('base64url')]));
    await migrate({ adminUrl: server.url, variables: { postgres_db: name, chat_db: `${name}_chat`, ...passwords } });
    return { adminUrl: server.url, name, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * In memory, where four gigabytes of it are free: each database is hundreds of files, and ext4 makes new ones ten times as slowly while it
 * remembers those of the last one that was dropped.
 */
function testDataDir() {
  const memory = '/dev/shm';
  const { type, bavail, bsize } = fs.existsSync(memory) ? fs.statfsSync(memory) : {};
  const disk = '.data/test-pg';
  return type === TMPFS && bavail * bsize >= 4 * 1024 ** 3 ? elsewhere(disk, memory) : disk;
}

function hashOfSql() {
  const hash = createHash('sha256');
  const sql = fs.readdirSync('sql', { recursive: true }).filter((file) => file.endsWith('.sql')).map((file) => path.join('sql', file));
  for (const file of [...sql.sort(), 'scripts/database.mjs', 'scripts/sql-script.mjs']) hash.update(file).update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

// What killed runs and older versions of sql/ left; never what a run that goes on at the same time still uses.
async function dropLeftovers(client, template) {
  const others = `select substr(application_name, ${mark.length + 1}) from pg_stat_activity
    where application_name like '${mark}%' and pid <> pg_backend_pid()`;
  await dropAll(client, `select datname from pg_database
    where (datname like 'prueba\\_%' and split_part(datname, '_', 2) not in (${others}))
       or (datname like 'plantilla\\_%' and datname not in ($1::text, $1::text || '_chat') and not exists (${others}))`, [template]);
}

async function dropAll(client, query, values) {
  const { rows } = await client.query(query, values);
  for (const { datname } of rows) await client.query(`drop database if exists ${client.escapeIdentifier(datname)} with (force)`);
}
