// A primary with Franja's databases and its streaming standby, in folders of their own, for the process that started this one: it writes
// `kill` and `start` into stdin, a line each, and what it closes ends both servers. pg_basebackup is not among the binaries of the
// package, so the copy is made by hand, as PostgreSQL's manual describes it.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate, urlOf } from '../../scripts/database.mjs';
import { startPostgres } from '../../scripts/embedded-postgres.mjs';
import { account } from '../../scripts/postgres-binaries.mjs';

const database = 'replicada';
const passwordOf = (role) => createHash('sha256').update(role).digest('base64url');
const roles = ['saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user'];
const folder = path.resolve(`.data/test-replication-${process.pid}`);
// Replay cancels a read at once, but only the one that a test means it to.
const settings = { max_connections: 60, shared_buffers: '64MB', max_standby_streaming_delay: 0, hot_standby_feedback: 'on', wal_receiver_status_interval: 1, autovacuum: 'off' };

const primary = await startPostgres({ dataDir: `${folder}/primary`, durable: false, settings });
const home = path.dirname(primary.dataDir);
const standbyDir = path.join(home, 'standby');
let standby;
try {
  const variables = Object.fromEntries(roles.map((role) => [`${role}_password`, passwordOf(role)]));
  await migrate({ adminUrl: primary.url, variables: { postgres_db: database, chat_db: `${database}_chat`, ...variables } });
  await copy();
  const urlsOf = (url) => ({ adminUrl: urlOf(url, database), ...Object.fromEntries(roles.slice(0, 2).map((role) => [role, urlOf(url, database, role, passwordOf(role))])) });
  standby = await startPostgres({ dataDir: standbyDir, durable: false, settings });
  say({ name: database, primary: urlsOf(primary.url), standby: urlsOf(standby.url), postmaster: postmaster() });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'kill') process.kill(postmaster(), 'SIGKILL');
    if (line === 'start') standby = await again();
    say({ postmaster: postmaster() });
  }
} finally {
  await standby?.stop().catch(() => {});
  await primary.stop();
  for (const each of new Set([folder, home])) fs.rmSync(each, { recursive: true, force: true });
}

function say(what) {
  console.log(JSON.stringify(what));
}

function postmaster() {
  return Number(fs.readFileSync(path.join(standbyDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

async function copy() {
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  await client.query("select pg_backup_start('standby', true)");
  fs.cpSync(primary.dataDir, standbyDir, { recursive: true, filter: (file) => !/postmaster\.(pid|opts)$|franja\.(port|log)$|pg_wal\/.|pgsql_tmp/.test(file.slice(primary.dataDir.length)) });
  const { rows: [label] } = await client.query('select labelfile from pg_backup_stop()');
  await client.end();
  const { hostname, port, username, password } = new URL(primary.url);
  fs.writeFileSync(path.join(standbyDir, 'backup_label'), label.labelfile);
  fs.writeFileSync(path.join(standbyDir, 'standby.signal'), '');
  fs.appendFileSync(path.join(standbyDir, 'postgresql.auto.conf'), `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`);
  fs.chmodSync(standbyDir, 0o700);
  if (account) for (const file of ['', ...fs.readdirSync(standbyDir, { recursive: true })]) fs.chownSync(path.join(standbyDir, file), account.uid, account.gid);
}

// The children of a killed postmaster are a moment behind it.
async function again() {
  for (let tries = 0; ; tries++) {
    try {
      return await startPostgres({ dataDir: standbyDir, durable: false, settings });
    } catch (error) {
      if (tries === 40) throw error;
      await sleep(250);
    }
  }
}
