// Backup and restore of the server that Franja starts itself. Its package has no pg_basebackup, so these are the steps that PostgreSQL documents
// for whoever copies files: pg_backup_start, copy, pg_backup_stop. For a server of one's own: docs/backup.md.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { idleFolder, startPostgres } from './embedded-postgres.mjs';
import { maintenance } from './maintenance.mjs';
import { account, reachable } from './postgres-binaries.mjs';

// 20270308T143005Z: sorts by time, and is a file name everywhere.
const stampOf = (date) => date.toISOString().replace(/[-:]|\.\d+/g, '');
const instantOf = (stamp) => Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));

/** With these the server puts each piece of WAL into `folder`/wal as it is finished, after a minute at the latest: then a restore can end at any instant. */
export function archiveSettings(folder) {
  const wal = path.resolve(folder, 'wal');
  fs.mkdirSync(folder, { recursive: true });
  if (!reachable(folder)) throw new Error(`${folder} is out of reach for the account that runs PostgreSQL: choose another BACKUP_DIR.`);
  if (!fs.existsSync(wal)) {
    fs.mkdirSync(wal, { mode: 0o700 });
    if (account) fs.chownSync(wal, account.uid, account.gid);
  }
  return { archive_mode: 'on', archive_library: 'basic_archive', 'basic_archive.archive_directory': wal, archive_timeout: 60 };
}

/**
 * Copies the whole server, all databases at one instant, into `folder`/base/<that instant>, while it is in use. It contains the WAL that it needs.
 * @param {{ adminUrl: string, folder: string }} options `adminUrl` of a server whose data folder this process may read
 * @returns {Promise<{ copy: string, archived: boolean }>} `archived`: whether what comes after it is archived too
 */
export async function backup({ adminUrl, folder }) {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'franja-backup' });
  const base = path.resolve(folder, 'base');
  const partial = path.join(base, `.partial-${process.pid}`); // renamed when complete
  await client.connect();
  try {
    const one = async (sql, values) => (await client.query(sql, values)).rows[0];
    const { data, archived, tablespaces } = await one(`select current_setting('data_directory') as data, current_setting('archive_mode') <> 'off' as archived,
      exists (select from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as tablespaces`);
    if (tablespaces) throw new Error('This server has tablespaces, which lie outside its data folder: use pg_basebackup.');
    // It keeps the WAL from here on, and goes when this connection does.
    await client.query('select pg_create_physical_replication_slot($1, true, true)', [`franja_backup_${process.pid}`]);
    const { first } = await one("select pg_walfile_name(pg_backup_start('franja', fast => true)) as first");
    fs.mkdirSync(folder, { recursive: true });
    fs.mkdirSync(partial, { recursive: true, mode: 0o700 });
    await copyFolder(data, partial, '');
    const { last, labelfile, ended } = await one('select pg_walfile_name(lsn) as last, labelfile, clock_timestamp() as ended from pg_backup_stop(wait_for_archive => false)');
    fs.writeFileSync(path.join(partial, 'backup_label'), labelfile, { mode: 0o600 });
    const segments = fs.readdirSync(path.join(data, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
    for (const name of segments) fs.copyFileSync(path.join(data, 'pg_wal', name), path.join(partial, 'pg_wal', name));
    const copy = path.join(base, stampOf(new Date(Math.ceil(ended.getTime() / 1000) * 1000)));
    fs.renameSync(partial, copy);
    return { copy, archived };
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
    await client.end();
  }
}

// What a new server makes anew, and what is of the running one alone.
const emptied = ['pg_wal', 'pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'];
const left = /^(postmaster\.(pid|opts)|franja\.log|pg_internal\.init.*|pgsql_tmp.*|backup_label|recovery\.signal|standby\.signal)$/;

async function copyFolder(from, to, folder) {
  const entries = await fs.promises.readdir(path.join(from, folder), { withFileTypes: true });
  // pg_control at the end, as pg_basebackup does.
  for (const entry of entries.sort((a, b) => (a.name === 'pg_control') - (b.name === 'pg_control'))) {
    const name = path.join(folder, entry.name);
    if (left.test(entry.name)) continue;
    if (entry.isDirectory()) {
      fs.mkdirSync(path.join(to, name), { mode: 0o700 });
      if (!emptied.includes(name)) await copyFolder(from, to, name);
    } else if (entry.isFile()) await copyFile(path.join(from, name), path.join(to, name));
  }
  if (folder === '') fs.mkdirSync(path.join(to, 'pg_wal/archive_status'), { mode: 0o700 });
}

async function copyFile(from, to) {
  try {
    await fs.promises.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error; // a table dropped meanwhile: the WAL says so
  }
}

/**
 * Puts back the newest copy in `folder` that is older than `until`, replays the WAL up to that instant, and leaves the server stopped. The data that
 * was there is kept beside it; if anything fails, it is there again.
 * @param {{ dataDir: string, folder: string, until?: Date, history?: number }} options without `until`, all that is archived; each restore begins
 *   another history, and without `history` it is the last of them
 * @returns {Promise<{ copy: string, former: string | undefined }>}
 */
export async function recover({ dataDir, folder, until, history }) {
  const copy = newestCopy(folder, until);
  const archive = path.resolve(folder, 'wal');
  const archived = fs.existsSync(archive);
  if (until && !archived) throw new Error(`There is no archive of WAL in ${folder}, so a copy can only be restored whole: leave --until out.`);
  const data = await idleFolder(dataDir);
  const former = fs.existsSync(data) ? `${data}.${stampOf(new Date())}` : undefined;
  if (former) fs.renameSync(data, former);
  let server;
  try {
    await fs.promises.cp(copy, data, { recursive: true });
    fs.chmodSync(data, 0o700); // PostgreSQL starts on nothing that others may read, and not every Node keeps the mode of a folder
    if (archived) fs.writeFileSync(path.join(data, 'recovery.signal'), '');
    if (account) for (const name of ['.', ...fs.readdirSync(data, { recursive: true })]) fs.chownSync(path.join(data, name), account.uid, account.gid);
    // What was not archived yet is in the former data, if the disk is still there.
    const sources = [archive, ...(former ? [path.join(former, 'pg_wal')] : [])];
    const settings = archived && {
      ...archiveSettings(folder),
      restore_command: sources.map((source) => `cp "${source}/%f" "%p" 2>/dev/null`).join(' || '),
      ...(until && { recovery_target_time: until.toISOString().replace('Z', '+00'), recovery_target_action: 'promote' }),
      ...(history && { recovery_target_timeline: history }),
    };
    server = await startPostgres({ dataDir, settings: settings || {} });
    await promoted(server);
    await server.stop();
    // From here on another history is archived, which leads on from no copy that was made later than that instant.
    for (const later of until ? copiesIn(folder).filter((one) => instantOf(path.basename(one)) > until) : []) fs.renameSync(later, `${later}.undone`);
    return { copy, former };
  } catch (error) {
    await server?.stop();
    const log = path.join(data, 'franja.log');
    const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').match(/FATAL: {2}(?!the database system).*/g)?.at(-1) : undefined;
    // Out of the way first: a server that is still ending writes where it was started, and must not stand between the data and its place. Its pid file goes last.
    const failed = `${data}.failed`;
    fs.rmSync(failed, { recursive: true, force: true });
    if (fs.existsSync(data)) fs.renameSync(data, failed);
    if (former) fs.renameSync(former, data);
    for (let n = 0; n < 100 && fs.existsSync(path.join(failed, 'postmaster.pid')); n++) await sleep(100);
    fs.rmSync(failed, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    throw new Error(`Nothing was restored, and the data is as it was. ${said ?? error.message}`, { cause: error });
  }
}

/** Whole ones, the oldest first. */
function copiesIn(folder) {
  const base = path.resolve(folder, 'base');
  const names = fs.existsSync(base) ? fs.readdirSync(base).filter((name) => !Number.isNaN(instantOf(name))) : [];
  return names.sort().map((name) => path.join(base, name));
}

function newestCopy(folder, until) {
  const copy = copiesIn(folder).findLast((one) => instantOf(path.basename(one)) <= (until ?? Infinity));
  const base = path.resolve(folder, 'base');
  if (!copy) throw new Error(until ? `No copy in ${base} is older than ${until.toISOString()}.` : `There is no copy in ${base}.`);
  return copy;
}

// It accepts readers as soon as it is consistent; the end of the replay is later.
async function promoted({ url }) {
  const client = new pg.Client({ connectionString: url, application_name: 'franja-restore' });
  client.on('error', () => {}); // the query under way reports it
  await client.connect();
  try {
    while ((await client.query('select pg_is_in_recovery() as yet')).rows[0].yet) await sleep(100);
  } finally {
    await client.end();
  }
}

/** What is not whole in the main database; nothing when all is. */
export async function verify(adminUrl) {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'franja-verify' });
  await client.connect();
  try {
    const wrong = [...(await maintenance(client, 'verify-restore')), ...(await maintenance(client, 'rls-state')).slice(0, 2)].flat();
    return wrong.map((row) => Object.values(row).filter((value) => value !== null).join(' '));
  } finally {
    await client.end();
  }
}
