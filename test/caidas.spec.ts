import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Db } from '../src/database/db.service.js';
import { nextWeekday, openShop, register, startApi, type Api, type Shop } from './api.js';
import { hasta } from './receptor.js';
import { freshDatabase } from './setup/database.mjs';

let api: Api;
let admin: pg.Client;
beforeAll(async () => {
  api = await startApi();
  admin = new pg.Client(api.database.adminUrl);
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await api.close();
});

const monday = nextWeekday(1, 7);
const ask = (shop: Shop, hora_inicio: string) => ({
  cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio,
});

/** What a booking leaves: a cita, its ocupado franja, its history. Half of it is corruption. */
async function traces(shop: Shop) {
  const count = async (from: string) =>
    Number((await admin.query(`select count(*) from ${from} where organizacion_id = $1`, [shop.cuenta.organizacion_id])).rows[0].count);
  return {
    citas: await count('citas'),
    ocupadas: Number((await admin.query(`select count(*) from horarios_disponibilidad where organizacion_id = $1 and estado = 'ocupado'`, [shop.cuenta.organizacion_id])).rows[0].count),
    historia: await count('historial_citas'),
    claves: await count('idempotencia'),
  };
}

/** Holds the professional's lock, so that bookings wait inside their transaction. */
async function withLock(shop: Shop, work: () => Promise<void>) {
  await admin.query('begin');
  await admin.query('select 1 from profesionales where organizacion_id = $1 and id = $2 for update', [shop.cuenta.organizacion_id, shop.profesional.id]);
  try {
    await work();
  } finally {
    await admin.query('rollback');
  }
}

/** Inside a transaction pg_stat_activity stays as it was first seen: a connection opened since would never wait. */
async function waiting(): Promise<number> {
  await admin.query('select pg_stat_clear_snapshot()');
  return (await admin.query('select from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0')).rowCount!;
}
async function untilWaiting(many = 1) {
  for (let i = 0; i < 200 && (await waiting()) < many; i++) await sleep(20);
  expect(await waiting()).toBeGreaterThanOrEqual(many);
}

test('a connection killed in the middle of a booking leaves nothing, answers 503, and the next request works', async () => {
  const shop = await openShop(api);
  let answer: Promise<any>;
  await withLock(shop, async () => {
    answer = shop.request('POST', '/appointments', ask(shop, '09:00'), { 'idempotency-key': 'k1' });
    await untilWaiting();
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'saas_app' and datname = current_database()`);
    const { status, body, headers } = await answer;
    expect([status, body.codigo, headers.get('retry-after')]).toEqual([503, 'no_disponible', '2']);
  });
  expect(await traces(shop)).toEqual({ citas: 0, ocupadas: 0, historia: 0, claves: 0 });
  expect((await shop.request('POST', '/appointments', ask(shop, '09:00'), { 'idempotency-key': 'k1' })).status).toBe(201);
  expect(await traces(shop)).toEqual({ citas: 1, ocupadas: 1, historia: 1, claves: 1 });
});

test('a server that only reads after a failover is answered 503 once, and every connection to it makes room for one to the new primary', async () => {
  const shop = await openShop(api);
  const database = new URL(api.database.adminUrl).pathname.slice(1);
  const list = async () => (await shop.request('GET', '/webhooks')).status;
  const book = (hora: string) => shop.request('POST', '/appointments', ask(shop, hora));
  /** So many reads at work at once, each on a connection of its own. */
  const reading = async (many: number, work = async () => {}) => {
    await admin.query('begin; lock table destinos_webhook');
    const answers = Promise.all(Array.from({ length: many }, list));
    await untilWaiting(many);
    await work();
    await admin.query('rollback');
    expect(new Set(await answers)).toEqual(new Set([200]));
  };
  await admin.query(`alter role saas_app in database "${database}" set default_transaction_read_only = on`);
  try {
    await admin.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'saas_app' and datname = current_database()`);
    await hasta(async () => (await list()) === 200); // on a connection opened since
    await reading(4);
    // Three are idle when one is told, and one is at work and comes back to the pool after.
    await reading(1, async () => {
      const { status, body, headers } = await book('09:00');
      expect([status, body.codigo, headers.get('retry-after')]).toEqual([503, 'no_disponible', '2']);
    });
  } finally {
    await admin.query(`rollback; alter role saas_app in database "${database}" reset default_transaction_read_only`);
  }
  // As when the name leads to the new primary: a connection to the old one stays there as long as it lives.
  expect((await Promise.all(['09:00', '10:00', '11:00', '12:00'].map(book))).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(await traces(shop)).toMatchObject({ citas: 4, ocupadas: 4 });
});

test('a client that hangs up leaves a whole booking or none', async () => {
  const shop = await openShop(api);
  const body = JSON.stringify(ask(shop, '10:00'));
  const { hostname, port } = new URL(api.url);
  await withLock(shop, async () => {
    const socket = net.connect(Number(port), hostname);
    socket.write(`POST /api/v1/appointments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    await untilWaiting();
    socket.destroy();
  });
  let left = await traces(shop);
  for (let i = 0; i < 100 && left.citas === 0; i++) {
    await sleep(20);
    left = await traces(shop);
  }
  expect([{ citas: 0, ocupadas: 0, historia: 0, claves: 0 }, { citas: 1, ocupadas: 1, historia: 1, claves: 0 }]).toContainEqual(left);
  // A body that never arrives whole books nothing.
  const half = net.connect(Number(port), hostname);
  half.write(`POST /api/v1/appointments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 20)}`);
  await sleep(100);
  half.destroy();
  expect(await traces(shop)).toEqual(left);
});

test('a statement that fails late takes back everything before it', async () => {
  const shop = await openShop(api);
  const before = await traces(shop);
  // The history row is written last, after the cita and its franja: refuse that one.
  await admin.query(`create function public.falla() returns trigger language plpgsql as $$ begin raise exception 'falla' using errcode = '53100'; end $$;
    create trigger falla before insert on historial_citas for each row execute function public.falla()`);
  const { status, body } = await shop.request('POST', '/appointments', ask(shop, '11:00'), { 'idempotency-key': 'k2' });
  await admin.query('drop trigger falla on historial_citas; drop function public.falla()');
  expect([status, JSON.stringify(body).includes('falla')]).toEqual([503, false]);
  expect(await traces(shop)).toEqual(before);
  expect((await shop.request('GET', `/availability/${monday}?servicio_id=${shop.servicio.id}`)).body.inicios.map((i: any) => i.hora_inicio)).toContain('11:00');
});

test('a deadlock is retried and reaches nobody', async () => {
  const shop = await openShop(api);
  await admin.query(`create sequence public.interbloqueos; grant usage on sequence public.interbloqueos to saas_app;
    create function public.interbloqueo() returns trigger language plpgsql as $$ begin
      if nextval('public.interbloqueos') <= 2 then raise exception 'x' using errcode = '40P01'; end if; return new; end $$;
    create trigger interbloqueo before insert on historial_citas for each row execute function public.interbloqueo()`);
  const { status } = await shop.request('POST', '/appointments', ask(shop, '12:00'));
  await admin.query('drop trigger interbloqueo on historial_citas; drop function public.interbloqueo(); drop sequence public.interbloqueos');
  expect(status).toBe(201);
  expect(await traces(shop)).toMatchObject({ citas: 1, ocupadas: 1, historia: 1 });
});

test('more requests than connections queue and are all answered', async () => {
  const shop = await openShop(api);
  const answers = await Promise.all(Array.from({ length: 150 }, () => shop.request('GET', `/availability/${monday}?servicio_id=${shop.servicio.id}`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('when the queue for a connection is full the next request is turned away at once, and the process still lives', async () => {
  const small = await startApi({ POOL_MAX: '1', POOL_QUEUE: '1', CORS_ORIGINS: 'https://app.example' }, api);
  const shop = await openShop(small);
  let admitted: Promise<number[]>;
  await withLock(shop, async () => {
    const first = shop.request('POST', '/appointments', ask(shop, '09:00'));
    await untilWaiting();
    let second: Promise<any>;
    let asked = 0;
    // Work that goes on after an answer may stand in line first, until it gives up: whoever is turned away for it asks again.
    do {
      second = shop.request('POST', '/appointments', ask(shop, '10:00'));
      asked++;
    } while (await Promise.race([second.then(() => sleep(50, true)), sleep(500, false)]));
    expect(small.app.get(Db).pressure().waiting).toBe(1);
    const { status, body, headers } = await shop.request('POST', '/appointments', ask(shop, '11:00'));
    expect([status, body.codigo, headers.get('retry-after')]).toEqual([503, 'no_disponible', '2']);
    const english = await small.request('POST', '/auth/login', {}, { 'accept-language': 'en', origin: 'https://app.example' });
    expect([english.status, english.body, Object.fromEntries(english.headers)]).toMatchObject([503, {
      type: 'urn:franja:problem:no_disponible', status: 503, codigo: 'no_disponible', title: 'Service busy. Retry in a few seconds.', instance: english.headers.get('x-request-id'),
    }, {
      'content-type': 'application/problem+json; charset=utf-8', 'content-language': 'en', 'cache-control': 'no-store', 'retry-after': '2',
      'access-control-allow-origin': 'https://app.example', 'access-control-expose-headers': expect.stringContaining('retry-after'), vary: 'Origin',
    }]);
    const stranger = await small.request('HEAD', '/public/nadie', undefined, { origin: 'https://other.example' });
    expect([stranger.status, stranger.headers.get('access-control-allow-origin'), stranger.headers.get('vary')]).toEqual([503, null, 'Origin']);
    const preflight = await small.request('OPTIONS', '/appointments', undefined, { origin: 'https://app.example', 'access-control-request-method': 'POST' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    expect((await shop.request('GET', '/health/live')).status).toBe(200);
    const metrics = await (await fetch(`${small.url}/metrics`)).text();
    // Of the asks for a place in the queue, only the last one got it.
    expect(metrics).toContain(`franja_http_requests_total{method="POST",route="turned_away",status="503"} ${asked - 1 + 2}\n`);
    expect(metrics).toContain('franja_http_requests_total{method="HEAD",route="turned_away",status="503"} 1\n');
    admitted = Promise.all([first, second].map(async (answer) => (await answer).status));
  });
  expect(await admitted!).toEqual([201, 201]);
  expect(await traces(shop)).toMatchObject({ citas: 2, ocupadas: 2 });
  await small.close();
});

/** Before the database: from `mute` on, what is connected by then gets no answer and no end, as when the machine behind it loses its power. */
async function between(port: number) {
  const pairs = new Set<{ mute: boolean; ends: net.Socket[] }>();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1');
    const pair = { mute: false, ends: [client, upstream] };
    pairs.add(pair);
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      from.on('data', (data) => pair.mute || to.write(data));
      from.on('close', () => pair.mute || to.destroy());
      from.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    mute: () => pairs.forEach((pair) => (pair.mute = true)),
    close: () => {
      for (const { ends } of pairs) for (const end of ends) end.destroy();
      server.close();
    },
  };
}

test('a primary that falls silent is given up, and its successor at the same name serves: requests end, and the process is ready again', async () => {
  const database = await freshDatabase();
  const url = new URL(database.appUrl);
  const line = await between(Number(url.port));
  url.port = String(line.port);
  const api = await startApi({ JOBS: 'off' }, { database: { ...database, appUrl: url.href } } as Api);
  try {
    const { cuenta } = await register(api);
    const ask = () => api.request('GET', `/public/${cuenta.codigo_tenant}`);
    const ready = async () => (await api.request('GET', '/health/ready')).status;
    await Promise.all(Array.from({ length: 8 }, ask)); // a connection for each: more than what goes on beside them takes
    expect(await ready()).toBe(200);
    line.mute();
    await sleep(1_100); // what was known a second ago still counts
    const [hanging, unready] = await Promise.all([ask(), ready()]);
    expect([hanging.status, hanging.body.codigo, unready]).toEqual([503, 'no_disponible', 503]);
    for (const until = Date.now() + 10_000; (await ready()) !== 200 && Date.now() < until; ) await sleep(200);
    expect([(await ask()).status, await ready()]).toEqual([200, 200]);
  } finally {
    line.close();
    await api.close();
    await database.drop();
  }
}, 90_000);
