import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { statements, type Statement } from '../src/database/statements.js';
import { ok } from './agenda.js';
import { day, nextWeekday, openShop, startApi, type Answer, type Api, type Shop } from './api.js';
import { operationsOf } from './openapi-samples.js';

/** One writes, the other is asked: they share the database alone. */
let api: Api;
let other: Api;
beforeAll(async () => {
  api = await startApi();
  other = await startApi({}, api);
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const MONDAY = nextWeekday(1, 7);
const TUESDAY = nextWeekday(2, 8);
const EVERY_MINUTES = 5;

/** What a visitor asks a shop. */
const questions = ({ cuenta, servicio, profesional }: Shop) => {
  const base = `/public/${cuenta.codigo_tenant}`;
  return [
    base, `${base}/services`, `${base}/professionals`, `${base}/professionals?servicio_id=${servicio.id}`,
    `${base}/availability/${MONDAY}?servicio_id=${servicio.id}`,
    `${base}/availability?servicio_id=${servicio.id}&profesional_id=${profesional.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`,
    `${base}/availability?servicio_id=${servicio.id}&fecha_desde=${day(0)}&fecha_hasta=${day(40)}&limite=3`,
    `${base}/availability/days?servicio_id=${servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`,
  ];
};

const etagOf = (answer: Answer) => answer.headers.get('etag');
const ask = (from: Api, path: string, etag?: string | null) => from.request('GET', path, undefined, etag ? { 'if-none-match': etag } : {});
/** A clock of one's own is answered past everything that is kept; this one stands at now. */
const uncached = (path: string) => api.request('GET', path, undefined, { 'x-franja-now': new Date().toISOString() });

/** Answers end at marks of five minutes: what must not change in between waits for the next. */
async function clearOfMarks() {
  const left = EVERY_MINUTES * 60_000 - (Date.now() % (EVERY_MINUTES * 60_000));
  if (left < 10_000) await sleep(left + 100);
}

/** The copies of callers, each of one instance. */
type Copies = Map<string, Answer>;

async function see(copies: Copies, from: Api, path: string): Promise<unknown> {
  const key = from.url + path;
  const copy = copies.get(key);
  const answer = await ask(from, path, copy && etagOf(copy));
  if (answer.status === 304) return copy!.body;
  copies.set(key, answer);
  return answer.body;
}

/** Everything asked of both instances, with a copy and without, is what it is past everything that is kept. */
async function expectRight(copies: Copies, shop: Shop, after: string): Promise<unknown[]> {
  const truths: unknown[] = [];
  for (const path of questions(shop)) {
    let before: Answer;
    let seen: unknown[];
    let truth: Answer;
    do {
      before = await uncached(path);
      seen = [await see(copies, api, path), await see(copies, other, path), (await ask(other, path)).body];
      truth = await uncached(path);
    } while (JSON.stringify(before.body) !== JSON.stringify(truth.body)); // a start left meanwhile
    expect({ after, path, seen }).toEqual({ after, path, seen: Array(3).fill(truth.body) });
    truths.push(truth.body);
  }
  return truths;
}

async function query(sql: string, values: unknown[] = []) {
  const client = new pg.Client(api.database.adminUrl);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const booking = (shop: Shop, hora_inicio: string, more: object = {}) =>
  shop.request('POST', '/appointments', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: MONDAY, hora_inicio, ...more });

test('each kind of write is seen at once in every instance, by who has a copy and who has none', async () => {
  const shop = await openShop(api);
  const { servicio, profesional, request } = shop;
  const organizacion = `/organizations/${shop.cuenta.organizacion_id}`;
  const copies: Copies = new Map();
  let cita: any;
  let hold: any;
  let feriado: any;
  let second: any;
  const writes: [what: string, write: () => Promise<Answer>][] = [
    ['a booking', async () => ({ ...(cita = await booking(shop, '10:00')) })],
    ['a reschedule', () => request('PUT', `/appointments/${cita.body.id}/reschedule`, { fecha_cita: MONDAY, hora_inicio: '11:00' })],
    ['a cancellation', () => request('PUT', `/appointments/${cita.body.id}/cancel`, { motivo_cancelacion: 'otro día' })],
    ['a hold', async () => (hold = await request('POST', '/availability/holds', { profesional_id: profesional.id, servicio_id: servicio.id, fecha: MONDAY, hora_inicio: '12:00' }))],
    ['a release', () => request('DELETE', `/availability/holds/${hold.body.id}`)],
    ['another booking', async () => (cita = await booking(shop, '09:00'))],
    ['a no-show', () => request('PUT', `/appointments/${cita.body.id}/no-show`, undefined, { 'x-franja-now': `${MONDAY}T12:00:00-05:00` })],
    ['a holiday', async () => (feriado = await request('POST', '/schedules', { tipo_horario: 'feriado', vigente_desde: MONDAY, vigente_hasta: MONDAY }))],
    ['its end', () => request('DELETE', `/schedules/${feriado.body.id}`)],
    ['new hours', () => request('PUT', `/schedules/week/${profesional.id}`, { horas: [1, 2].map((dia_semana) => ({ dia_semana, hora_inicio: '08:00', hora_fin: '12:00', tipo_horario: 'regular' })) })],
    ['a second professional', async () => (second = await request('POST', '/professionals', { nombre_completo: 'Ana Ruiz', tipo_profesional: 'barbero' }))],
    ['their agenda', () => request('POST', '/schedules/generate', { fecha_hasta: day(35) })],
    ['their own price', () => request('PUT', `/professionals/${second.body.id}/services/${servicio.id}`, { precio_personalizado: '31000' })],
    ['the end of that link', () => request('DELETE', `/professionals/${second.body.id}/services/${servicio.id}`)],
    ['a price', () => request('PATCH', `/services/${servicio.id}`, { precio: '27000' })],
    ['a duration', () => request('PATCH', `/services/${servicio.id}`, { duracion_minutos: 45 })],
    ['a service', () => request('POST', '/services', { nombre: 'Barba', precio: '15000', duracion_minutos: 15 })],
    ['a name', () => request('PATCH', `/professionals/${profesional.id}`, { nombre_completo: 'Juan P. Pérez' })],
    ['an absence online', () => request('PATCH', `/professionals/${second.body.id}`, { reservable_en_linea: false })],
    ['its end online', () => request('PATCH', `/professionals/${second.body.id}`, { reservable_en_linea: true })],
    ['an inactive professional', () => request('DELETE', `/professionals/${second.body.id}`)],
    ['a grid', () => request('PATCH', organizacion, { paso_minutos: 60 })],
    ['a horizon', () => request('PATCH', organizacion, { horizonte_dias: 5 })],
    ['its end', () => request('PATCH', organizacion, { horizonte_dias: 90 })],
    ['a zone', () => request('PATCH', organizacion, { zona_horaria: 'America/Santiago' })],
    ['the profile', () => request('PATCH', organizacion, { descripcion: 'Desde 1990.' })],
    ['an inactive service', () => request('DELETE', `/services/${servicio.id}`)],
  ];
  let before = await expectRight(copies, shop, 'nothing');
  for (const [what, write] of writes) {
    ok(await write());
    const now = await expectRight(copies, shop, what);
    expect({ what, changed: JSON.stringify(now) !== JSON.stringify(before) }).toEqual({ what, changed: true });
    before = now;
  }
}, 120_000);

test('a hold that expires is free again, though nobody writes', async () => {
  const shop = await openShop(api);
  const path = questions(shop)[4];
  const { id } = ok(await shop.request('POST', '/availability/holds', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha: MONDAY, hora_inicio: '12:00' }));
  const [{ expires }] = await query(`update horarios_disponibilidad set reservado_hasta = clock_timestamp() + interval '3 s' where id = $1 returning reservado_hasta as expires`, [id]);
  const held = await ask(other, path);
  expect(held.body.inicios.map((i: any) => i.hora_inicio)).not.toContain('12:00');
  expect(Math.floor(untilOf(held))).toBeLessThanOrEqual(expires.getTime());
  await sleep(expires.getTime() - Date.now() + 50);
  const free = await ask(other, path, etagOf(held));
  expect(free.body.inicios.map((i: any) => i.hora_inicio)).toContain('12:00');
});

/** When the clock ends an answer, in milliseconds. */
const untilOf = (answer: Answer) => Number.parseInt(etagOf(answer)!.slice(24), 36) / 1000;
const nextMark = () => (Math.floor(Date.now() / 60_000 / EVERY_MINUTES) + 1) * EVERY_MINUTES * 60_000;

test('an answer is good until its first start comes too near, and no longer than the next mark', async () => {
  const shop = await openShop(api);
  const path = questions(shop)[4];
  await clearOfMarks();
  const first = await ask(api, path);
  expect(untilOf(first)).toBe(nextMark());
  // With this notice the first start can be booked for one to two minutes more.
  const antelacion_minima_minutos = Math.floor((Date.parse(first.body.inicios[0].inicia_en) - Date.now()) / 60_000) - 1;
  ok(await shop.request('PATCH', `/services/${shop.servicio.id}`, { antelacion_minima_minutos }));
  const near = await ask(other, path, etagOf(first));
  expect(near.body.inicios[0]).toEqual(first.body.inicios[0]);
  expect(untilOf(near)).toBe(Math.min(nextMark(), Date.parse(first.body.inicios[0].inicia_en) - antelacion_minima_minutos * 60_000));
});

test('150 random operations at two instances: what is kept is what is true, at every step', async () => {
  const shop = await openShop(api);
  const { request, servicio, profesional } = shop;
  const second = ok(await request('POST', '/professionals', { nombre_completo: 'Ana Ruiz', tipo_profesional: 'barbero' }));
  const at = (from: Api, method: string, path: string, body?: unknown) => request(method, `${from.url}/api/v1${path}`, body);
  const open: number[] = [];
  const holds: number[] = [];
  const operation = fc.record({
    from: fc.constantFrom(api, other), kind: fc.constantFrom('book', 'book', 'cancel', 'move', 'hold', 'release', 'price', 'link', 'closed', 'generate', 'notice', 'expire', 'read'),
    who: fc.constantFrom(profesional.id, second.id), date: fc.constantFrom(MONDAY, TUESDAY), quarter: fc.integer({ min: 36, max: 71 }), n: fc.nat(1000),
  });
  const copies: Copies = new Map();
  const run = async ({ from, kind, who, date, quarter, n }: any) => {
    const hora_inicio = `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;
    const slot = { profesional_id: who, servicio_id: servicio.id, hora_inicio };
    const take = (list: number[]) => list.splice(n % Math.max(1, list.length), 1)[0] ?? 0;
    switch (kind) {
      case 'book': {
        const made = await at(from, 'POST', '/appointments', { ...slot, cliente_id: shop.cliente.id, fecha_cita: date });
        if (made.status === 201) open.push(made.body.id);
        return made;
      }
      case 'cancel': return at(from, 'PUT', `/appointments/${take(open)}/cancel`, {});
      case 'move': return at(from, 'PUT', `/appointments/${open[0] ?? 0}/reschedule`, { fecha_cita: date, hora_inicio, profesional_id: who });
      case 'hold': {
        const made = await at(from, 'POST', '/availability/holds', { ...slot, fecha: date });
        if (made.status === 201) holds.push(made.body.id);
        return made;
      }
      case 'release': return at(from, 'DELETE', `/availability/holds/${take(holds)}`);
      case 'price': return at(from, 'PATCH', `/services/${servicio.id}`, { precio: String(20_000 + n) });
      case 'link': return at(from, 'PUT', `/professionals/${who}/services/${servicio.id}`, { precio_personalizado: n % 2 ? null : String(30_000 + n), activo: n % 5 > 0 });
      case 'closed': return at(from, 'POST', '/schedules', { profesional_id: who, tipo_horario: 'bloqueo', vigente_desde: date, vigente_hasta: date, hora_inicio, hora_fin: '19:00' });
      case 'generate': return at(from, 'POST', '/schedules/generate', { fecha_hasta: day(30 + (n % 5)) });
      case 'notice': return at(from, 'PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { antelacion_minima_minutos: (n % 30) * 600 });
      case 'expire': return query(`update horarios_disponibilidad set reservado_hasta = clock_timestamp() - interval '1 s' where id = $1`, [take(holds)]);
      default: return undefined;
    }
  };
  for (const [i, step] of fc.sample(operation, 150).entries()) {
    const answer: any = await run(step);
    expect(answer?.status ?? 200).toBeLessThan(500);
    if (i % 3 === 0) await expectRight(copies, shop, JSON.stringify({ i, ...step, from: step.from.url }));
    else await Promise.all(questions(shop).map((path) => see(copies, step.from, path))); // who asks in between keeps what may be wrong
  }
  await expectRight(copies, shop, 'all');
}, 240_000);

test('whoever booked never sees that start again, while many book and ask at both instances', async () => {
  const shop = await openShop(api);
  const path = questions(shop)[4];
  const hours = ok(await ask(api, path)).inicios.map((i: any) => i.hora_inicio).filter((hora: string) => /:[03]0$/.test(hora));
  let done = false;
  const noise = [api, other].map(async (from) => {
    while (!done) ok(await ask(from, path));
  });
  const seen = await Promise.all(hours.map(async (hora: string) => {
    ok(await booking(shop, hora));
    const answers = await Promise.all([ask(api, path), ask(other, path)]);
    return answers.some(({ body }) => body.inicios.some((i: any) => i.hora_inicio === hora));
  }));
  done = true;
  await Promise.all(noise);
  expect(hours.length).toBeGreaterThan(10);
  expect(seen).toEqual(hours.map(() => false));
  expect(ok(await ask(other, path)).inicios).toEqual((await uncached(path)).body.inicios);
});

/** The statements of one request, each by its first words. */
async function statementsOf(from: Api, path: string, etag?: string | null): Promise<[status: number, statements: string[]]> {
  const heard: [solicitud: string | undefined, text: string][] = [];
  const hear = (message: unknown) => {
    const { text, solicitud } = message as Statement;
    heard.push([solicitud, /BEGIN READ ONLY|COMMIT|from versiones|range_agg|from "(\w+)"/.exec(text)?.[0] ?? text]);
  };
  statements.subscribe(hear);
  try {
    const { status, headers } = await ask(from, path, etag);
    const own = () => heard.filter(([solicitud]) => solicitud === headers.get('x-request-id')).map(([, text]) => text);
    for (let i = 0; i < 500 && own().at(-1) !== 'COMMIT'; i++) await sleep(10); // of what only read it is not waited for
    return [status, own()];
  } finally {
    statements.unsubscribe(hear);
  }
}

test('a 304 asks for the version and nothing else, even of an instance that never gave the answer; so does an answer that is kept', async () => {
  const shop = await openShop(api);
  await clearOfMarks();
  for (const path of questions(shop)) {
    const { headers } = await ask(api, path);
    const etag = headers.get('etag');
    expect([path, ...(await statementsOf(other, path, etag))]).toEqual([path, 304, ['BEGIN READ ONLY', 'from versiones', 'COMMIT']]);
    expect([path, ...(await statementsOf(api, path))]).toEqual([path, 200, ['BEGIN READ ONLY', 'from versiones', 'COMMIT']]);
  }
});

test('what is free comes with its version in one statement, unless there is a copy that may still be good', async () => {
  const shop = await openShop(api);
  await clearOfMarks();
  const [, , , , oneDay] = questions(shop);
  const alone = ['BEGIN READ ONLY', 'range_agg', 'COMMIT'];
  const compared = ['BEGIN READ ONLY', 'from versiones', 'range_agg', 'COMMIT'];
  expect(await statementsOf(api, oneDay)).toEqual([200, alone]);
  expect(await statementsOf(other, oneDay, '"of another time"')).toEqual([200, compared]);
  ok(await shop.request('PATCH', `/services/${shop.servicio.id}`, { nombre: 'Otro' }));
  expect(await statementsOf(api, oneDay)).toEqual([200, compared]);
  expect(etagOf(await ask(api, oneDay))).toBe(etagOf(await ask(other, oneDay)));
});

test('what concerns others changes nothing: another business, a professional who does not give the service, a client', async () => {
  const shop = await openShop(api);
  const neighbour = await openShop(api);
  const apart = ok(await shop.request('POST', '/professionals', { nombre_completo: 'Luz Mar', tipo_profesional: 'masajista', servicio_ids: [] }));
  await clearOfMarks();
  const copies = await Promise.all(questions(shop).map(async (path) => [path, etagOf(await ask(api, path))] as const));
  ok(await booking(neighbour, '10:00'));
  ok(await neighbour.request('PATCH', `/services/${neighbour.servicio.id}`, { precio: '1000' }));
  ok(await shop.request('POST', '/schedules/generate', { fecha_hasta: day(20), profesional_id: apart.id }));
  ok(await shop.request('POST', '/clients', { nombre: 'Luis Gil', telefono: '+573007654321' }));
  for (const [path, etag] of copies) expect([path, (await ask(other, path, etag)).status]).toEqual([path, 304]);
});

test('headers: kept by who asks but asked about each time; one tag for both instances; errors and the rest are not kept', async () => {
  const shop = await openShop(api);
  const [, services, , , oneDay] = questions(shop);
  await clearOfMarks();
  const full = await api.request('GET', oneDay, undefined, { origin: 'https://app.example' });
  const etag = etagOf(full)!;
  expect(etag).toMatch(/^"[\w-]{22}\.[0-9a-z]+"$/);
  expect(full.headers.get('cache-control')).toBe('no-cache');
  expect(full.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(full.headers.get('access-control-expose-headers')).toContain('etag');
  expect(etagOf(await ask(other, oneDay))).toBe(etag);
  expect(etagOf(await ask(other, oneDay.replace('?', '?limite=10000&')))).not.toBe(etag);

  const same = await ask(api, oneDay, etag);
  expect([same.status, same.body, etagOf(same), same.headers.get('cache-control'), same.headers.get('content-type')]).toEqual([304, null, etag, 'no-cache', null]);
  for (const sent of [`W/${etag}`, `"x", ${etag}`, `W/"y",${etag}`]) expect([sent, (await ask(api, oneDay, sent)).status]).toEqual([sent, 304]);
  for (const sent of ['"x"', etag.slice(1, -1), '"', etag.replace('.', '.0'), `"${'a'.repeat(22)}.zzzzzzzzzzz"`, 'é']) {
    const { status, body } = await api.request('GET', oneDay, undefined, { 'if-none-match': sent });
    expect([sent, status, body]).toEqual([sent, sent === etag.replace('.', '.0') ? 304 : 200, sent === etag.replace('.', '.0') ? null : full.body]);
  }
  const head = await api.request('HEAD', oneDay, undefined, { 'if-none-match': etag });
  expect([head.status, etagOf(head)]).toEqual([304, etag]);
  expect([(await ask(api, services, etag)).status, etagOf(await ask(api, services)) === etag]).toEqual([200, false]);

  const moved = await api.request('GET', oneDay, undefined, { 'x-franja-now': new Date().toISOString(), 'if-none-match': etag });
  expect([moved.status, moved.body, etagOf(moved), moved.headers.get('cache-control')]).toEqual([200, full.body, null, 'no-store']);
  for (const path of ['/public/no-existe/services', `${services}?cursor=x`, oneDay.replace(String(shop.servicio.id), '999999999')]) {
    const refused = await ask(api, path, etag);
    expect([path, refused.status >= 400, etagOf(refused), refused.headers.get('cache-control')]).toEqual([path, true, null, 'no-store']);
  }
  const signedIn = await shop.request('GET', '/services');
  expect([etagOf(signedIn), signedIn.headers.get('cache-control')]).toEqual([null, 'no-store']);
});

test('a business that closes is gone, whoever has a copy', async () => {
  const shop = await openShop(api);
  const [profile] = questions(shop);
  const etag = etagOf(await ask(api, profile));
  await query('update organizaciones set activo = false where id = $1', [shop.cuenta.organizacion_id]);
  expect((await ask(api, profile, etag)).status).toBe(404);
});

test('limits count what is not sent again', async () => {
  const limited = await startApi({ LIMIT_IP: '50/1m' }, api);
  try {
    const shop = await openShop(api);
    const path = questions(shop)[4];
    await clearOfMarks();
    const first = await ask(limited, path);
    const again = await ask(limited, path, etagOf(first));
    const left = ({ headers }: Answer) => Number(headers.get('ratelimit-remaining'));
    expect([again.status, left(first) - left(again)]).toEqual([304, 1]);
  } finally {
    await limited.close();
  }
});

test('the document announces 304 where there is an ETag, and only there', async () => {
  const { operations } = await operationsOf(api);
  const announced = operations.filter(({ statuses }) => statuses.includes('304')).map(({ method, path }) => `${method} ${path}`);
  expect(announced.toSorted()).toEqual(operations.filter(({ path }) => path.startsWith('/public/')).map(({ method, path }) => `${method} ${path}`).toSorted());
  expect(announced).toHaveLength(6);
});
