// Reads on a real streaming standby: what it may show to whom, and that nobody notices when it lags, hangs or dies.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import readline from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import pg from 'pg';
import { readConfig } from '../src/config.js';
import { Db } from '../src/database/db.service.js';
import { BEYOND, formatLsn, parseLsn } from '../src/database/lsn.js';
import { statements, transactions, type Ended, type Statement } from '../src/database/statements.js';
import { ok } from './agenda.js';
import { openShop, register, SECRETS, startApi, type Answer, type Api, type Member, type Shop } from './api.js';
import { eventually } from './buzon.js';
import { employee, query } from './checks.js';
import { freshDatabase } from './setup/database.mjs';

/** So long that nothing is too old while a test has replay paused, and so short that waiting for it is nothing. */
const [LONG, SHORT] = ['60000', '500'];

let child: ChildProcessByStdio<Writable, Readable, null>;
let lines: AsyncIterator<string>;
let where: any;
let postmaster: number;
let standby: pg.Client;
let a: Api;
let b: Api;
let brief: Api;
let shop: Shop;
let other: Shop;
const ended: Ended[] = [];
const hear = (message: unknown) => void ended.push(message as Ended);

const tell = async (line: string) => {
  child.stdin.write(`${line}\n`);
  ({ postmaster } = JSON.parse((await lines.next()).value));
};
async function connectToStandby() {
  standby = new pg.Client(where.standby.adminUrl);
  standby.on('error', () => {});
  await standby.connect();
}
const start = (env: NodeJS.ProcessEnv = {}) =>
  startApi({ REPLICA_DATABASE_URL: where.standby.saas_app, REPLICA_MAX_STALENESS_MS: LONG, ...env }, {
    database: { name: where.name, adminUrl: where.primary.adminUrl, appUrl: where.primary.saas_app, urlAs: (role: string) => where.primary[role], drop: async () => {} },
  } as Api);

beforeAll(async () => {
  child = spawn(process.execPath, ['test/setup/replication.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  where = JSON.parse((await lines.next()).value);
  ({ postmaster } = where);
  await connectToStandby();
  [a, b, brief] = [await start(), await start(), await start({ REPLICA_MAX_STALENESS_MS: SHORT })];
  await query(a, `update planes_subscripcion set limite_profesionales = null, limite_clientes = null where codigo_plan = 'trial'`);
  [shop, other] = [await openShop(a), await openShop(a)];
  transactions.subscribe(hear);
}, 120_000);
afterAll(async () => {
  transactions.unsubscribe(hear);
  await Promise.all([a, b, brief].map((api) => api?.close()));
  await standby?.end().catch(() => {});
  child.stdin.end();
  await once(child, 'close');
});

const as = (api: Api, { token }: Member, path: string, headers = {}): Promise<Answer> => api.request('GET', path, undefined, { authorization: `Bearer ${token}`, ...headers });
const nameOf = async (api: Api, who: Shop, headers = {}): Promise<string> => ok(await as(api, who, `/services/${who.servicio.id}`, headers)).nombre;

/** Which server had the transaction of that request; it ends a moment after the answer. */
async function servedByReplica(send: () => Promise<Answer>): Promise<boolean> {
  const from = ended.length;
  const { status, body } = await send();
  expect([status < 500, body]).toEqual([true, body]);
  return eventually(() => ended.slice(from).findLast(({ outcome, solicitud }) => outcome === 'commit' && solicitud)?.replica);
}
const untilReplica = (api: Api, who: Member) => eventually(async () => (await servedByReplica(() => as(api, who, '/services'))) || undefined);

/** The standby has all that the primary has. */
async function caughtUp() {
  const [{ lsn }] = await query(a, 'select pg_current_wal_insert_lsn() as lsn'); // commits here do not wait to be written
  await eventually(async () => (await standby.query('select pg_last_wal_replay_lsn() >= $1 as there', [formatLsn(parseLsn(lsn))])).rows[0].there || undefined);
}

async function whilePaused(work: () => Promise<void>) {
  await caughtUp();
  await Promise.all([a, b, brief].flatMap((api) => [shop, other].map((who) => untilReplica(api, who))));
  await standby.query('select pg_wal_replay_pause()');
  try {
    await eventually(async () => (await standby.query('select pg_get_wal_replay_pause_state() as state')).rows[0].state === 'paused' || undefined);
    await work();
  } finally {
    await standby.query('select pg_wal_replay_resume()');
  }
}
/** As nobody that a process of ours knows of. */
const rename = (who: Shop, nombre: string) => query(a, 'update servicios set nombre = $2 where id = $1', [who.servicio.id, nombre]);

test('reads go to the replica; writes, accounts and readiness to the primary', async () => {
  await untilReplica(a, shop);
  expect(await servedByReplica(() => as(a, shop, '/appointments'))).toBe(true);
  expect(await servedByReplica(() => as(a, shop, `/organizations/${shop.cuenta.organizacion_id}/clients`))).toBe(true);
  expect(await servedByReplica(() => a.request('GET', `/public/${shop.cuenta.codigo_tenant}`))).toBe(true);
  for (const path of ['/auth/me', '/users', `/organizations/${shop.cuenta.organizacion_id}/users`, '/api-keys', '/health/ready']) expect([path, await servedByReplica(() => as(a, shop, path))]).toEqual([path, false]);
  expect(await servedByReplica(() => shop.request('POST', '/clients', { nombre: 'Rosa', telefono: '+573001234599' }))).toBe(false);
  expect(a.app.get(Db).pressure().replicas).toEqual([{ active: expect.any(Number), waiting: 0, max: 16, lag_ms: expect.any(Number) }]);
});

test('a write is seen at once by its own organisation in that process, and with its version anywhere', async () => {
  await rename(shop, 'Antes');
  await rename(other, 'Antes');
  await whilePaused(async () => {
    await rename(shop, 'Ajeno');
    await rename(other, 'Ajeno');
    expect([await nameOf(a, shop), await nameOf(b, shop)]).toEqual(['Antes', 'Antes']); // it is the replica that answers
    const written = await shop.request('PATCH', `/services/${shop.servicio.id}`, { nombre: 'Propio' });
    expect(ok(written).nombre).toBe('Propio');
    const version = written.headers.get('franja-version')!;
    expect(version).toMatch(/^[\dA-F]+\/[\dA-F]+$/);
    expect(await nameOf(a, shop)).toBe('Propio');
    expect(await nameOf(b, shop)).toBe('Antes');
    expect(await nameOf(b, shop, { 'franja-version': version })).toBe('Propio');
    expect(await nameOf(b, other, { 'franja-version': version })).toBe('Ajeno'); // whoever was told of it
    expect(await nameOf(a, other)).toBe('Antes');
    for (const odd of ['', 'latest', '0', '0/0/0', `${version}, 0/1`, 'FFFFFFFFF/0', 'FFFFFFFF/FFFFFFFF', "0/1'; select 1"]) expect([odd, await nameOf(b, shop, { 'franja-version': odd })]).toEqual([odd, 'Propio']);
    expect(await nameOf(b, shop, { 'franja-version': '0/1' })).toBe('Antes');
  });
  await untilReplica(a, shop);
  expect([await nameOf(a, shop), await nameOf(a, other)]).toEqual(['Propio', 'Ajeno']);
});

test('nothing older than the bound is shown, and an idle primary makes no replica old', async () => {
  await rename(shop, 'Antes');
  await whilePaused(async () => {
    await rename(shop, 'Ajeno');
    await sleep(2 * Number(SHORT));
    expect(await nameOf(brief, shop)).toBe('Ajeno');
    expect(await servedByReplica(() => as(brief, shop, '/services'))).toBe(false);
    expect(await nameOf(a, shop)).toBe('Antes');
  });
  await untilReplica(brief, shop);
  for (let i = 0; i < 5; i++, await sleep(Number(SHORT) / 2)) await as(brief, shop, '/services');
  expect(await servedByReplica(() => as(brief, shop, '/services'))).toBe(true);
});

test('a session that ended is refused at once where it ended and by its version, elsewhere within the bound; a no is asked of the primary', async () => {
  const account = await employee(a, shop);
  await whilePaused(async () => {
    const left = await a.request('POST', '/auth/logout', { refresh_token: account.refresh_token });
    expect(left.status).toBe(204);
    expect((await as(a, account, '/services')).status).toBe(401);
    expect((await as(b, account, '/services', { 'franja-version': left.headers.get('franja-version')! })).status).toBe(401);
    expect((await as(b, account, '/auth/me')).status).toBe(401);
    expect((await as(b, account, '/services')).status).toBe(200); // what the bound costs
    await sleep(2 * Number(SHORT));
    expect((await as(brief, account, '/services')).status).toBe(401);
    // Whom the replica does not know yet is known.
    const fresh = await register(a);
    expect((await as(b, fresh, '/services')).status).toBe(200);
    const { id } = ok(await fresh.request('POST', '/services', { nombre: 'Corte', precio: '100', duracion_minutos: 30 }));
    expect((await as(b, fresh, `/services/${id}`)).status).toBe(200);
  });
});

test('tenants are as apart on the replica as on the primary', async () => {
  await untilReplica(a, shop);
  for (const [who, foreign] of [[shop, other], [other, shop]]) {
    await untilReplica(a, who);
    for (const [path, id] of [['services', foreign.servicio.id], ['professionals', foreign.profesional.id], ['clients', foreign.cliente.id]]) {
      expect(ok(await as(a, who, `/${path}`)).elementos.map((each: any) => each.id)).not.toContain(id);
      expect((await as(a, who, `/${path}/${id}`)).status).toBe(404);
    }
    expect((await as(a, who, `/organizations/${foreign.cuenta.organizacion_id}/services`)).status).toBe(404);
  }
  const client = new pg.Client(where.standby.saas_app);
  await client.connect();
  const { rows: tables } = await client.query(
    `select c.relname as name from pg_class c join pg_attribute t on t.attrelid = c.oid and t.attname = 'organizacion_id'
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and has_column_privilege(c.oid, t.attnum, 'select')`);
  expect(tables.length).toBeGreaterThan(15);
  const visible = async (organizacion: number | null) => {
    await client.query('begin read only');
    if (organizacion) await client.query("select app.fijar_contexto($1, null, 'admin')", [organizacion]);
    const { rows } = await client.query(tables.map(({ name }) => `select distinct organizacion_id::int as id from ${name}`).join(' union '));
    await client.query('rollback');
    return rows.map(({ id }) => id);
  };
  expect(await visible(null)).toEqual([]);
  for (const { cuenta } of [shop, other]) expect(await visible(cuenta.organizacion_id)).toEqual([cuenta.organizacion_id]);
  await client.end();
});

/** Reads without pause while `work` goes on; none may fail. */
async function readingThrough(work: () => Promise<void>) {
  let stop = false;
  const statuses = new Set<number>();
  const readers = Array.from({ length: 6 }, async (_, i) => {
    while (!stop) statuses.add((await as(a, i % 2 ? shop : other, '/services')).status);
  });
  await work().finally(() => (stop = true));
  await Promise.all(readers);
  expect([...statuses]).toEqual([200]);
}

test('a replica that dies costs nobody an answer, and is read again when it is back', async () => {
  await untilReplica(a, shop);
  await readingThrough(async () => {
    await tell('kill');
    await sleep(400);
    expect(await servedByReplica(() => as(a, shop, '/services'))).toBe(false);
  });
  await tell('start');
  await connectToStandby();
  await untilReplica(a, shop);
});

test('one that hangs neither', async () => {
  await untilReplica(a, shop);
  const pids = [postmaster, ...(await standby.query(`select pid from pg_stat_activity where usename = 'saas_app'`)).rows.map(({ pid }) => pid)];
  expect(pids.length).toBeGreaterThan(2);
  await readingThrough(async () => {
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await eventually(() => a.app.get(Db).pressure().replicas[0].lag_ms === null || undefined);
      expect(await servedByReplica(() => as(a, shop, '/services'))).toBe(false);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });
  await untilReplica(a, shop);
});

test('a read that replay cancels is answered by the primary', async () => {
  await query(a, 'create policy lento on servicios as restrictive for select to saas_app using (pg_sleep(0.3) is not null)');
  try {
    await caughtUp();
    await untilReplica(a, shop);
    const from = ended.length;
    const reading = as(a, shop, '/services');
    await eventually(async () => (await standby.query(`select from pg_locks where relation = 'servicios'::regclass and pid <> pg_backend_pid()`)).rowCount || undefined);
    await query(a, 'begin; lock table servicios in access exclusive mode; commit');
    expect((await reading).status).toBe(200);
    const tried = () => ended.slice(from).filter(({ ruta }) => ruta?.endsWith('/services')).map(({ replica, outcome }) => [replica, outcome]);
    await eventually(() => tried().length > 1 || undefined);
    expect(tried()).toEqual([[true, 'rollback'], [false, 'commit']]);
  } finally {
    await query(a, 'drop policy lento on servicios');
  }
  await untilReplica(a, shop);
});

test('what is no standby of this database is never read', async () => {
  const foreign = await freshDatabase();
  const wrong = [foreign.appUrl, where.primary.saas_app, where.standby.adminUrl, 'postgres://saas_app:x@127.0.0.1:1/x'];
  const api = await start({ REPLICA_DATABASE_URL: wrong.join(',') });
  for (let i = 0; i < 8; i++, await sleep(100)) expect(await servedByReplica(() => as(api, shop, '/services'))).toBe(false);
  expect(api.app.get(Db).pressure().replicas.map(({ lag_ms }) => lag_ms)).toEqual(wrong.map(() => null));
  await api.close();
  await foreign.drop();
});

test('an address that leads to several servers is believed connection by connection', async () => {
  let target = new URL(where.standby.saas_app);
  const door = net.createServer((socket) => {
    const there = net.connect(Number(target.port), target.hostname);
    for (const each of [socket, there]) each.on('error', () => {});
    socket.pipe(there).pipe(socket);
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(where.standby.saas_app);
  url.port = String((door.address() as net.AddressInfo).port);
  const api = await start({ REPLICA_DATABASE_URL: url.href });
  await as(api, shop, '/services'); // only now is it asked how far it is
  await eventually(() => api.app.get(Db).pressure().replicas[0].lag_ms ?? undefined);
  target = new URL(where.primary.saas_app); // another server, which is no standby, behind the same address
  const from = ended.length;
  expect((await as(api, shop, '/services')).status).toBe(200);
  const tried = () => ended.slice(from).filter(({ ruta }) => ruta?.endsWith('/services')).map(({ replica, outcome }) => [replica, outcome]);
  await eventually(() => tried().length > 1 || undefined);
  expect(tried()).toEqual([[true, 'rollback'], [false, 'commit']]);
  await api.close();
  door.close();
});

test('without a replica nothing is said and nothing more is asked', async () => {
  const heard: string[] = [];
  const listen = (message: unknown) => void heard.push((message as Statement).text);
  const texts = async (api: Api) => {
    heard.length = 0;
    statements.subscribe(listen);
    const { headers } = await api.request('POST', '/clients', { nombre: 'Rosa' }, { authorization: `Bearer ${shop.token}` });
    await as(api, shop, '/services', { 'franja-version': 'x' });
    statements.unsubscribe(listen);
    return [headers.get('franja-version'), heard.filter((text) => /lsn/.test(text)).length] as const;
  };
  const api = await start({ REPLICA_DATABASE_URL: '' });
  expect(await texts(api)).toEqual([null, 0]);
  expect(api.app.get(Db).pressure().replicas).toEqual([]);
  await api.close();
  expect(await texts(a)).toEqual([expect.any(String), 1]); // COMMIT; the read went to the primary
});

test('positions of the log, and their configuration', () => {
  expect(parseLsn('16/B374D848')).toBe((0x16n << 32n) | 0xb374d848n);
  expect(formatLsn(parseLsn('16/B374D848'))).toBe('16/B374D848');
  expect([parseLsn('0/2000018'), parseLsn('0/2000020')].map(formatLsn)).toEqual(['0/2000000', '0/2000020']); // a page that has only its header
  expect([undefined, '', 'x', '1/', '/1', '1/2/3', '1/123456789', ['0/1', '0/2']].map(parseLsn)).toEqual(Array.from({ length: 8 }, () => BEYOND));
  const config = (env: NodeJS.ProcessEnv) => readConfig({ ...SECRETS, APP_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@localhost/x', ...env });
  expect(config({ REPLICA_DATABASE_URL: 'postgres://a/x, postgres://b/x' })).toMatchObject({ replicaDatabaseUrls: ['postgres://a/x', 'postgres://b/x'], replicaMaxStalenessMs: 2000 });
  expect(() => config({ REPLICA_MAX_STALENESS_MS: '100' })).toThrow('REPLICA_MAX_STALENESS_MS must be an integer from 500 to 60000');
  const production = { NODE_ENV: 'production', TRUST_PROXY: 'off', REPLICA_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@localhost/x,postgres://saas_app:wH3rTq8ZbN5xKpLd@db.example.com/x' };
  expect(() => config(production)).toThrow(/REPLICA_DATABASE_URL goes to db.example.com without checking its certificate/);
});
