// A server of its own, with an archive: bookings go on while it is copied, all citas are deleted, and it goes back to the instant before.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { archiveSettings, backup, recover, verify } from '../scripts/backup.mjs';
import { migrate, urlOf } from '../scripts/database.mjs';
import { startPostgres } from '../scripts/embedded-postgres.mjs';
import { maintenance } from '../scripts/maintenance.mjs';
import { ok } from './agenda.js';
import { day, nextWeekday, openShop, startApi, type Api, type Shop } from './api.js';

const roles = ['saas_app', 'saas_admin', 'n8n_app', 'evolution_app', 'readonly_user', 'integration_user'];
const variables = { postgres_db: 'saas_db', ...Object.fromEntries(roles.map((role) => [`${role}_password`, `clave-de-${role}`])) };

let home: string;
let dataDir: string;
let folder: string;
let server: Awaited<ReturnType<typeof startPostgres>>;
let api: Api | undefined;

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'franja respaldo-'));
  fs.chmodSync(home, 0o755); // root lends its server to another account
  dataDir = path.join(home, 'pg');
  folder = path.join(home, 'copias');
  await start();
  await run(server.url, 'alter system set fsync = off', 'select pg_reload_conf()'); // also in what is restored: this disk is not what is tested
  await migrate({ adminUrl: server.url, variables });
}, 60_000);
afterAll(async () => {
  await api?.close();
  await server.stop();
  fs.rmSync(home, { recursive: true });
});

async function start() {
  server = await startPostgres({ dataDir, settings: { ...archiveSettings(folder), shared_preload_libraries: 'pg_stat_statements', max_wal_senders: 2 } });
}

const urlAs = (role: string, database = 'saas_db') => urlOf(server.url, database, role, `clave-de-${role}`);
const open = () => startApi({}, { database: { name: 'saas_db', adminUrl: urlOf(server.url, 'saas_db'), appUrl: urlAs('saas_app'), urlAs, drop: async () => {} } } as Api);

/** Statements in one session. */
async function run(url: string, ...sql: string[]): Promise<any[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: any[] = [];
    for (const statement of sql) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}
const admin = (...sql: string[]) => run(urlOf(server.url, 'saas_db'), ...sql);
const message = (texto: string, organizacion: number) =>
  run(urlAs('n8n_app', 'chat_memories_db'), `insert into chat.n8n_chat_histories (session_id, message) values ('${organizacion}:web:1', '{"type": "human", "content": "${texto}"}')`);
const messages = () => run(urlOf(server.url, 'chat_memories_db'), "select message ->> 'content' as texto from chat.n8n_chat_histories order by id");

interface Booking {
  sent: number;
  acknowledged?: number;
  id?: number;
  ask: Record<string, unknown>;
}

/** Books one time after the other, three at once, until it is told to stop. */
function bookings(shop: Shop) {
  const all: Booking[] = [];
  let going = true;
  const times = (function* () {
    for (let week = 0; week < 7; week++)
      for (let weekday = 1; weekday <= 5; weekday++)
        for (const hour of ['09', '10', '11', '12', '14', '15', '16', '17']) for (const minutes of ['00', '30']) yield [nextWeekday(weekday, 3 + 7 * week), `${hour}:${minutes}`];
  })();
  const book = async () => {
    while (going) {
      const { value, done } = times.next();
      if (done) throw new Error('There is no time left to book');
      const [fecha_cita, hora_inicio] = value;
      const booking: Booking = { sent: Date.now(), ask: { cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita, hora_inicio } };
      all.push(booking);
      booking.id = ok(await shop.request('POST', '/appointments', booking.ask)).id;
      booking.acknowledged = Date.now();
      await sleep(100); // there are times for twenty seconds
    }
  };
  const working = Promise.all([book(), book(), book()]);
  const acknowledged = () => all.filter((booking) => booking.acknowledged !== undefined);
  return {
    all,
    acknowledged,
    async more(count: number) {
      const goal = acknowledged().length + count;
      while (acknowledged().length < goal) await Promise.race([sleep(10), working]);
    },
    async stop() {
      going = false;
      await working;
    },
  };
}

test('back to the instant before all citas were deleted: what was acknowledged is there, nothing later, and walls and rules stand', async () => {
  await admin('update planes_subscripcion set limite_citas_mes = null', 'create extension pg_stat_statements schema extensions');
  api = await open();
  const shop = await openShop(api, {}, 60);
  const other = await openShop(api);
  await admin('select extensions.pg_stat_statements_reset()');
  const writing = bookings(shop);
  await writing.more(5);
  const before = writing.acknowledged().length;
  const { copy, archived } = await backup({ adminUrl: server.url, folder });
  expect(archived).toBe(true);
  expect(writing.acknowledged().length).toBeGreaterThan(before); // it went on meanwhile
  await message('antes', shop.cuenta.organizacion_id);
  await sleep(1_000); // the copy is named by the second in which it was whole
  await writing.more(5);
  const kept = writing.acknowledged();
  await sleep(5);
  const until = new Date();
  await sleep(5);
  await message('después', shop.cuenta.organizacion_id);
  await writing.more(5);
  await writing.stop();
  const lost = writing.all.filter(({ sent }) => sent > until.getTime());
  expect(lost.length).toBeGreaterThan(3);

  const client = new pg.Client({ connectionString: urlOf(server.url, 'saas_db') });
  await client.connect();
  const slow = await maintenance(client, 'slow-queries');
  await client.end();
  expect(slow[0]).toEqual([]);
  expect(slow[1].length).toBeGreaterThan(5);
  expect(slow[1].find(({ consulta }) => /insert into citas \(/.test(consulta))).toMatchObject({ rol: 'saas_app', consulta: expect.stringContaining('$1') });
  await api.close();
  api = undefined;

  expect(await verify(urlOf(server.url, 'saas_db'))).toEqual([]);
  await admin('set session_replication_role = replica', 'delete from citas');
  expect((await verify(urlOf(server.url, 'saas_db'))).join()).toMatch(/cita and its franja differ .* historial_citas_cita should have refused/);
  await server.stop();
  const restored = await recover({ dataDir, folder, until });
  expect(restored.copy).toBe(copy);
  expect(fs.existsSync(path.join(restored.former!, 'PG_VERSION'))).toBe(true);
  await start();

  expect(await verify(urlOf(server.url, 'saas_db'))).toEqual([]);
  await admin('create extension amcheck schema extensions', `select extensions.bt_index_check(c.oid, true) from pg_class c where relkind = 'i' and relam = (select oid from pg_am where amname = 'btree')`);
  expect(await admin(`select c.relname, v.* from pg_class c, extensions.verify_heapam(c.oid) v where relkind = 'r'`)).toEqual([]);
  expect(await migrate({ adminUrl: server.url, variables })).toEqual([]);
  const ids = (await admin('select id::int from citas order by id')).map(({ id }) => id);
  expect(kept.filter(({ id }) => !ids.includes(id))).toEqual([]);
  expect(lost.filter(({ id }) => ids.includes(id))).toEqual([]);
  expect(await messages()).toEqual([{ texto: 'antes' }]); // both databases stand at one instant

  const seen = (organizacion: number | null) =>
    run(urlAs('saas_app'), 'begin', `select app.fijar_contexto(${organizacion}, null, 'admin')`, 'select count(*)::int as citas, count(distinct organizacion_id)::int as de from citas');
  expect(await seen(shop.cuenta.organizacion_id)).toEqual([{ citas: ids.length, de: 1 }]);
  expect(await seen(other.cuenta.organizacion_id)).toEqual([{ citas: 0, de: 0 }]);
  expect(await seen(null)).toEqual([{ citas: 0, de: 0 }]);

  // A time that was booked after it is free again, and takes a number of its own.
  api = await open();
  const again = ok(await shop.request('POST', `${api.url}/api/v1/appointments`, lost.at(-1)!.ask));
  expect(again.id).toBeGreaterThan(Math.max(...ids));
  expect((await other.request('GET', `${api.url}/api/v1/appointments/${again.id}`)).status).toBe(404);
  await api.close();
  api = undefined;

  // The disk is lost, and with it the history before and after that restore: the archive has both.
  const [{ segment }] = await admin('select pg_walfile_name(pg_switch_wal()) as segment');
  for (let n = 0; n < 200 && !fs.existsSync(path.join(folder, 'wal', segment)); n++) await sleep(50);
  await server.stop();
  for (const gone of [dataDir, restored.former!]) fs.rmSync(gone, { recursive: true });
  expect(await recover({ dataDir, folder })).toEqual({ copy, former: undefined });
  await start();
  expect((await admin('select id::int from citas order by id')).map(({ id }) => id)).toEqual([...ids, again.id]);
  expect(await verify(urlOf(server.url, 'saas_db'))).toEqual([]);
}, 120_000);

test('what cannot be reached is said, and the data stays as it was', async () => {
  const citas = 'select count(*)::int as n from citas';
  const before = await admin(citas);
  await expect(recover({ dataDir, folder })).rejects.toThrow(/is running on/);
  await server.stop();
  await expect(recover({ dataDir, folder, until: new Date(`${day(-1)}T00:00:00Z`) })).rejects.toThrow(/No copy in .* is older than/);
  await expect(recover({ dataDir, folder, until: new Date(`${day(1)}T00:00:00Z`) })).rejects.toThrow(/the data is as it was. .*recovery ended before configured recovery target was reached/);
  await start();
  expect(await admin(citas)).toEqual(before);
  expect(fs.readdirSync(home).filter((name) => name.startsWith('pg'))).toEqual(['pg']);
}, 60_000);

test('what a killed run left without an archive is started again with one; what somebody uses is not', async () => {
  const place = path.join(home, 'huérfana');
  fs.mkdirSync(place);
  const left = { dataDir: path.join(place, 'pg'), durable: false };
  const kept = await startPostgres(left);
  const archiving = async () => (await run(kept.url, 'show archive_mode'))[0].archive_mode;
  const settings = archiveSettings(path.join(place, 'copias'));
  const joined = await startPostgres({ ...left, settings });
  expect([joined.joined, await archiving()]).toEqual([true, 'off']);
  await joined.stop();
  await run(kept.url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'franja-hold'"); // as a kill ends its connection
  const again = await startPostgres({ ...left, settings });
  expect([again.joined, again.url, await archiving()]).toEqual([false, kept.url, 'on']);
  const third = await startPostgres({ ...left, settings });
  expect(third.joined).toBe(true);
  await third.stop();
  await again.stop();
}, 60_000);

test('back past a copy, and then back again: a copy of what was undone leads nowhere, and is not taken', async () => {
  const place = path.join(home, 'dos veces');
  fs.mkdirSync(place);
  const [there, copies] = [path.join(place, 'pg'), path.join(place, 'copias')];
  const open = () => startPostgres({ dataDir: there, durable: false, settings: archiveSettings(copies) });
  let own = await open();
  const say = (sql: string) => run(own.url, sql);
  const copied = async () => {
    const { copy } = await backup({ adminUrl: own.url, folder: copies });
    await sleep(1_100);
    return copy;
  };
  const instant = async () => {
    await sleep(5);
    const until = new Date();
    await sleep(5);
    return until;
  };
  await say('create table dichos (n int)');
  const first = await copied();
  await say('insert into dichos values (1)');
  const earlier = await instant();
  await say('insert into dichos values (2)'); // the mistake, noticed only after the next copy
  const undone = await copied();
  await say('insert into dichos values (5)');
  const missed = await instant();
  await say('insert into dichos values (6)');
  await own.stop();
  await recover({ dataDir: there, folder: copies, until: earlier });
  own = await open();
  await say('insert into dichos values (3)');
  const later = await instant();
  await say('insert into dichos values (4)');
  await own.stop();
  expect(await recover({ dataDir: there, folder: copies, until: later })).toMatchObject({ copy: first });
  own = await open();
  expect(await say('select n from dichos order by n')).toEqual([{ n: 1 }, { n: 3 }]);
  expect(fs.readdirSync(path.join(copies, 'base')).sort()).toEqual([path.basename(first), `${path.basename(undone)}.undone`]);
  await own.stop();
  // The first restore went back too far: what came after that instant is in the history before it.
  await recover({ dataDir: there, folder: copies, until: missed, history: 1 });
  own = await open();
  expect(await say('select n from dichos order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 5 }]);
  await own.stop();
}, 60_000);

test('without an archive a copy is restored as it was, from itself alone', async () => {
  const alone = path.join(home, 'sola');
  fs.cpSync(path.join(folder, 'base'), path.join(alone, 'base'), { recursive: true });
  await expect(recover({ dataDir: path.join(alone, 'pg'), folder: alone, until: new Date() })).rejects.toThrow(/no archive of WAL/);
  await recover({ dataDir: path.join(alone, 'pg'), folder: alone });
  const copy = await startPostgres({ dataDir: path.join(alone, 'pg') });
  expect(await verify(urlOf(copy.url, 'saas_db'))).toEqual([]);
  expect((await run(urlOf(copy.url, 'saas_db'), 'select count(*)::int as n from citas'))[0].n).toBeGreaterThan(0);
  await copy.stop();
}, 60_000);

describe('npm run db:backup and db:restore', () => {
  const db = (args: string[], env = {}) => promisify(execFile)('node', ['scripts/db.mjs', ...args], { env: { PATH: process.env.PATH, ...env } });

  test('leave a server of your own to its own tools', async () => {
    for (const command of ['backup', 'restore']) await expect(db([command], { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' })).rejects.toThrow(/For the server of DATABASE_URL: docs\/backup\.md/);
  });

  test('want an instant with its zone, and a history by its number', async () => {
    const until = ['--until', '2027-03-15T10:37:00Z'];
    for (const said of [[...until, '--history'], [...until, '--history', 'una'], [...until, '--history', '0'], [...until, '1'], ['--history', '1'], ['--until'], ['--until', 'ayer'], ['--until', '2027-03-15T10:37:00'], ['2027-03-15T10:37:00Z']]) await expect(db(['restore', ...said])).rejects.toThrow(/Until when\?/);
  });
});

describe('in the container of PostgreSQL', () => {
  let bin: string;
  let place: string;
  // What the container has and this machine may not.
  const fake = (name: string, script: string) => fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const sh = async (script: string, args: string[] = [], env = {}) =>
    (await promisify(execFile)('sh', [`deploy/${script}.sh`, ...args], { env: { PATH: `${bin}:${process.env.PATH}`, BACKUP: `${place}/backup`, PGDATA: `${place}/18/docker`, ...env } })).stdout.trim();
  const file = (name: string) => fs.readFileSync(path.join(place, name), 'utf8');

  beforeEach(() => {
    place = fs.mkdtempSync(path.join(home, 'contenedor-'));
    bin = path.join(place, 'bin');
    for (const folder of ['bin', 'backup/base', 'backup/wal', '18/docker/pg_wal']) fs.mkdirSync(path.join(place, folder), { recursive: true });
    fake('chown', 'true');
    fake('sleep', 'true');
    fake('date', 'case "$*" in *-d*) echo 20270315T153700Z;; *) cat "$(dirname "$0")/../now";; esac');
    fs.writeFileSync(path.join(place, 'now'), '20270401T000000Z\n');
    for (const copy of ['20270314T030000Z', '20270315T030000Z', '20270316T030000Z']) {
      fs.mkdirSync(path.join(place, 'backup/base', copy));
      fs.writeFileSync(path.join(place, 'backup/base', copy, 'backup_label'), `START WAL LOCATION: 0/2000028 (file 0000000100000000000000${copy.slice(6, 8)})\n`);
    }
  });

  test('postgres.sh archives, and hands on what it was given', async () => {
    fake('install', `echo install "$@" >> ${JSON.stringify(`${place}/done`)}`);
    fake('docker-entrypoint.sh', 'echo "$@"');
    expect(await sh('postgres', ['-c', 'max_connections=200'])).toBe(
      `postgres -c archive_mode=on -c archive_library=basic_archive -c basic_archive.archive_directory=${place}/backup/wal -c archive_timeout=60 -c max_connections=200`,
    );
    expect(file('done')).toBe(`install -d -o postgres -g postgres -m 700 ${place}/backup/base ${place}/backup/wal\n`);
  });

  test('backup.sh keeps a copy only when it is verified, and the WAL since the oldest that stays', async () => {
    fake('pg_basebackup', 'mkdir "$2" && echo "$@" > "$2/how"');
    fake('pg_verifybackup', 'if [ -e "$(dirname "$0")/../damaged" ]; then echo damaged >&2; exit 1; fi');
    fake('pg_archivecleanup', `echo "$@" > ${JSON.stringify(`${place}/cleaned`)}`);
    expect(await sh('backup', [], { KEEP: '3' })).toBe(`${place}/backup/base/20270401T000000Z`);
    expect(fs.readdirSync(`${place}/backup/base`)).toEqual(['20270315T030000Z', '20270316T030000Z', '20270401T000000Z']);
    expect(file('backup/base/20270401T000000Z/how')).toMatch(/--checkpoint=fast --wal-method=stream$/m);
    expect(file('cleaned')).toBe(`${place}/backup/wal 000000010000000000000015\n`);
    fs.writeFileSync(path.join(place, 'damaged'), '');
    fs.writeFileSync(path.join(place, 'now'), '20270402T000000Z\n');
    await expect(sh('backup', [], { KEEP: '1' })).rejects.toThrow(/damaged/);
    expect(fs.readdirSync(`${place}/backup/base`).filter((name) => name.endsWith('Z')).length).toBe(3);
  });

  test('restore.sh takes the newest copy from before the instant, and keeps what was there', async () => {
    fs.writeFileSync(path.join(place, '18/docker/here'), '');
    const former = `${place}/18/docker.20270401T000000Z`;
    expect(await sh('restore', ['2027-03-15 10:37:00-05'])).toBe(`${place}/backup/base/20270315T030000Z; the data that was there is in ${former}`);
    expect(fs.existsSync(`${former}/here`)).toBe(true);
    // What was copied after that instant is of a history that ends here: no WAL of the next one leads on from it.
    expect(fs.readdirSync(`${place}/backup/base`)).toEqual(['20270314T030000Z', '20270315T030000Z', '20270316T030000Z.undone']);
    expect(fs.readdirSync(`${place}/18/docker`).sort()).toEqual(['backup_label', 'postgresql.auto.conf', 'recovery.signal']);
    expect(file('18/docker/postgresql.auto.conf')).toBe(`restore_command = 'cp "${place}/backup/wal/%f" "%p" 2>/dev/null || cp "${former}/pg_wal/%f" "%p" 2>/dev/null'
recovery_target_time = '2027-03-15 10:37:00-05'
recovery_target_timeline = 'latest'
recovery_target_action = 'promote'
`);
  });

  test('restore.sh goes to an instant that a former restore undid, along the history that it names', async () => {
    await sh('restore', ['2027-03-15 10:37:00-05', '1']);
    expect(file('18/docker/postgresql.auto.conf')).toMatch(/^recovery_target_timeline = '1'$/m);
    await expect(sh('restore', ['2027-03-15 10:37:00-05', 'una'])).rejects.toThrow(/A history is a number/);
  });

  test('restore.sh touches nothing while a server runs, or when no copy is old enough', async () => {
    fs.writeFileSync(path.join(place, '18/docker/postmaster.pid'), '1');
    await expect(sh('restore')).rejects.toThrow(/PostgreSQL runs/);
    fs.rmSync(path.join(place, '18/docker/postmaster.pid'));
    fake('date', 'echo 20260101T000000Z');
    await expect(sh('restore', ['2026-01-01 00:00:00+00'])).rejects.toThrow(/No copy in .* is that old/);
    expect(fs.readdirSync(`${place}/18`)).toEqual(['docker']);
  });
});
