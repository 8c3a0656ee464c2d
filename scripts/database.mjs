// Brings a PostgreSQL server to the state that sql/ describes: setup (databases, roles), the files not yet applied, grants.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { folders, readSql, sqlFiles, sqlFilesIn } from './sql-files.mjs';
import { statements } from './sql-script.mjs';

const chatFolders = ['chat']; // of the database of conversations, applied by the same rules
const lockKey = 7_310_244_511; // any constant
/** Whoever comes after a lock that is waited for waits too: so a file waits briefly, lets them pass, and tries again, for so long. */
const lockWait = { eachMs: 1_000, betweenMs: 2_000, allMs: 300_000 };

/** The same server, another database (and user): what stands after the path is kept. */
export function urlOf(url, database, user, password) {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  if (user) changed.username = encodeURIComponent(user);
  if (password !== undefined) changed.password = encodeURIComponent(password);
  return changed.href;
}

/**
 * @param {{ adminUrl: string, variables: Record<string, string>, root?: string, log?: (name: string) => void }} options
 *   `variables` are those of the setup scripts; `postgres_db` names the main database, `chat_db` that of conversations.
 * @returns {Promise<string[]>} the names of the files applied now
 */
export async function migrate({ adminUrl, variables: given, root = 'sql', log = () => {} }) {
  const variables = { chat_db: 'chat_memories_db', ...given };
  return withClient(urlOf(adminUrl, 'postgres'), async (client) => {
    // A waiting pg_advisory_lock() holds a snapshot and deadlocks with another instance's CREATE INDEX CONCURRENTLY: ask again instead.
    while (!(await client.query('select pg_try_advisory_lock($1) as mine', [lockKey])).rows[0].mine) await sleep(50);
    for (const name of setupFiles(root, '01', '02')) await runSetup(adminUrl, root, name, variables);
    const applied = await applyFiles(urlOf(adminUrl, variables.postgres_db), root, folders, log);
    if (fs.existsSync(path.join(root, chatFolders[0]))) applied.push(...(await applyFiles(urlOf(adminUrl, variables.chat_db), root, chatFolders, log)));
    for (const name of setupFiles(root, '03')) await runSetup(adminUrl, root, name, variables);
    return applied;
  });
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, application_name: 'franja-migrate' });
  client.on('error', () => {}); // the query under way reports it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function setupFiles(root, ...prefixes) {
  return sqlFilesIn(root, 'setup').filter((name) => prefixes.some((prefix) => path.basename(name).startsWith(prefix)));
}

// A psql script: as in psql, every statement is its own transaction.
async function runSetup(adminUrl, root, name, variables) {
  const file = path.join(root, name);
  let database = 'postgres';
  let part = [];
  const flush = async () => {
    if (part.length === 0) return;
    await withClient(urlOf(adminUrl, database), async (client) => {
      for (const statement of part) {
        const result = await runStatement(client, file, statement);
        if (statement.command !== 'gexec') continue;
        for (const sql of result.rows.flatMap(Object.values)) if (sql !== null) await runStatement(client, file, { ...statement, sql });
      }
    });
    part = [];
  };
  for (const statement of readScript(root, name, variables)) {
    if (statement.command !== 'connect') {
      part.push(statement);
      continue;
    }
    if (statement.sql.trim()) part.push({ sql: statement.sql, line: statement.line });
    await flush();
    database = statement.argument;
  }
  await flush();
}

function readScript(root, name, variables) {
  try {
    return statements(readSql(root, name), variables);
  } catch (error) {
    throw new Error(`${path.join(root, name)}:${error.line}: ${error.message}`, { cause: error });
  }
}

async function applyFiles(url, root, folders, log) {
  const files = sqlFiles(root, folders);
  return withClient(url, async (client) => {
    // An empty record would say of every file that it is missing, and the API that serves would not be ready.
    const { rows: unrecorded } = await client.query("select where to_regnamespace('app') is not null and to_regclass('public.migraciones_aplicadas') is null");
    if (unrecorded.length) throw new Error(`${client.database} was prepared with psql, which records nothing: apply what is new in sql/ with psql too (README, "On your own PostgreSQL").`);
    await client.query(`create table if not exists public.migraciones_aplicadas (
      nombre text primary key, sha256 text not null, aplicada_en timestamptz not null default now(), duracion_ms integer not null)`);
    const { rows } = await client.query('select nombre, sha256 from public.migraciones_aplicadas');
    const pending = pendingFiles(files, new Map(rows.map((row) => [row.nombre, row.sha256])), root, folders.at(-1));
    for (const file of pending) {
      log(file.name);
      await applyWhenFree(client, root, file);
    }
    return pending.map((file) => file.name);
  });
}

// Refuses whatever would make two databases with the same list of applied files differ.
function pendingFiles(files, applied, root, home) {
  const again = `Applied files never change: put the change into a new file in sql/${home} (or, in development, npm run db:reset)`;
  for (const name of applied.keys()) {
    if (files.some((file) => file.name === name)) continue;
    if (name.startsWith(`${home}/`) && name > files.at(-1).name) {
      throw new Error(`${path.join(root, name)} is of a later version, which prepared this database: the API of this one is started without it (docs/deploy.md, "Going back"). ${again}.`);
    }
    throw new Error(`${path.join(root, name)} was applied but is missing. ${again}.`);
  }
  const last = files.findLastIndex((file) => applied.has(file.name));
  return files.filter((file, index) => {
    const sha256 = applied.get(file.name);
    if (sha256 && sha256 !== file.sha256) throw new Error(`${path.join(root, file.name)} was changed after it was applied. ${again}.`);
    if (!sha256 && index < last && !file.name.startsWith('data/')) {
      throw new Error(`${path.join(root, file.name)} comes before ${path.join(root, files[last].name)}, which was already applied. ${again}.`);
    }
    return !sha256;
  });
}

async function applyWhenFree(client, root, file) {
  for (const until = performance.now() + lockWait.allMs; ; await sleep(lockWait.betweenMs)) {
    try {
      return await applyFile(client, root, file);
    } catch (error) {
      if (error.cause?.code !== '55P03' || performance.now() > until) throw error;
    }
  }
}

async function applyFile(client, root, { name, sql, sha256 }) {
  const has = (mark) => new RegExp(String.raw`^--\s*migrate:${mark}\s*$`, 'm').test(sql);
  const alone = has('no-transaction');
  const began = performance.now();
  const file = path.join(root, name);
  if (!alone) await client.query(`begin; set local lock_timeout = ${lockWait.eachMs}`);
  try {
    const { rows: before } = await client.query(rights);
    if (!has('as-admin')) await client.query(alone ? 'set role saas_owner' : 'set local role saas_owner');
    for (const statement of statements(sql)) {
      const [word] = /^\w*/.exec(statement.sql.toLowerCase());
      if (!alone && ['begin', 'start', 'commit', 'end', 'rollback', 'abort'].includes(word)) {
        throw new Error(`${file}:${statement.line}: ${word}: each file is already one transaction (see "-- migrate:no-transaction")`);
      }
      await runStatement(client, file, statement);
    }
    await client.query('reset role; reset all');
    await giveBack(client, before);
    await client.query('insert into public.migraciones_aplicadas (nombre, sha256, duracion_ms) values ($1, $2, $3)', [
      name,
      sha256,
      Math.round(performance.now() - began),
    ]);
    if (!alone) await client.query('commit');
  } catch (error) {
    if (!alone) await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Of each function who owns it and who may call it, as the statements that say so. */
const rights = `
  select p.oid, p.oid::regprocedure::text as name, array[
      format('alter function %s owner to %I', p.oid::regprocedure, pg_get_userbyid(p.proowner)),
      format('revoke all on function %s from public', p.oid::regprocedure)]
    || array(
      select format('grant execute on function %s to %s', p.oid::regprocedure, case a.grantee when 0 then 'public' else a.grantee::regrole::text end)
      from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner) as said
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('app', 'public') and p.prokind = 'f'`;

/** What a file drops and makes anew is nobody's until setup/03, files later: an API that serves meanwhile calls it and may not. */
async function giveBack(client, before) {
  const { rows: now } = await client.query(rights);
  const made = before.filter(({ name, oid }) => now.some((one) => one.name === name && one.oid !== oid));
  for (const sql of made.flatMap(({ said }) => said)) await client.query(sql);
}

async function runStatement(client, file, { sql, line }) {
  try {
    return await client.query(sql);
  } catch (error) {
    const before = [...sql].slice(0, Number(error.position ?? 1) - 1); // positions count characters, not UTF-16 units
    const at = line + before.filter((character) => character === '\n').length;
    const more = [error.detail, error.hint].filter(Boolean).join(' ');
    throw new Error(`${file}:${at}: ${error.message}${more && ` (${more})`}`, { cause: error });
  }
}
