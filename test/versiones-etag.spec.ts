import { setTimeout as sleep } from 'node:timers/promises';
import { statements, type Statement } from '../src/database/statements.js';
import { ok } from './agenda.js';
import { day, startApi, type Answer, type Api } from './api.js';
import { operationsOf } from './openapi-samples.js';
import { ask, booking, clearOfMarks, dayOf, etagOf, hoursOf, openShop, questions, type Question } from './versiones.js';

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

/** The statements of one request, each by its first words. */
async function statementsOf(from: Api, question: Question, etag?: string | null): Promise<[status: number, statements: string[]]> {
  const heard: [solicitud: string | undefined, text: string][] = [];
  const hear = (message: unknown) => {
    const { text, solicitud } = message as Statement;
    heard.push([solicitud, /BEGIN READ ONLY|COMMIT|from versiones|range_agg|from "(\w+)"/.exec(text)?.[0] ?? text]);
  };
  statements.subscribe(hear);
  try {
    const { status, headers } = await ask(from, question, etag);
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
  for (const question of questions(shop)) {
    const etag = etagOf(await ask(api, question));
    expect([question, ...(await statementsOf(other, question, etag))]).toEqual([question, 304, ['BEGIN READ ONLY', 'from versiones', 'COMMIT']]);
    expect([question, ...(await statementsOf(api, question))]).toEqual([question, 200, ['BEGIN READ ONLY', 'from versiones', 'COMMIT']]);
  }
});

test('what is free comes with its version in one statement, unless there is a copy that may still be good', async () => {
  const alone = ['BEGIN READ ONLY', 'range_agg', 'COMMIT'];
  const compared = ['BEGIN READ ONLY', 'from versiones', 'range_agg', 'COMMIT'];
  for (const who of ['visitor', 'staff', 'client'] as const) {
    const shop = await openShop(api);
    await clearOfMarks();
    const question = dayOf(shop)[who];
    expect([who, ...(await statementsOf(api, question))]).toEqual([who, 200, alone]);
    expect([who, ...(await statementsOf(other, question, '"of another time"'))]).toEqual([who, 200, compared]);
    ok(await shop.request('PATCH', `/services/${shop.servicio.id}`, { nombre: 'Otro' }));
    expect([who, ...(await statementsOf(api, question))]).toEqual([who, 200, compared]);
    expect(etagOf(await ask(api, question))).toBe(etagOf(await ask(other, question)));
  }
});

test('staff and clients see different things at one address, in whatever order they ask, and no ETag of one is good for the other', async () => {
  for (const first of ['staff', 'client'] as const) {
    const shop = await openShop(api);
    ok(await shop.request('PATCH', `/services/${shop.servicio.id}`, { reservable_en_linea: false }));
    await clearOfMarks();
    const { staff, client } = dayOf(shop);
    const key = ok(await shop.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['disponibilidad:read'] })).clave;
    const asked: Question[] = [{ path: staff.path, token: key }, staff, client];
    const answers = new Map<Question, Answer>();
    for (const question of first === 'staff' ? asked : asked.toReversed()) answers.set(question, await ask(api, question));
    const [byKey, byStaff, byClient] = asked.map((question) => answers.get(question)!);
    expect([hoursOf(byStaff).length > 10, hoursOf(byKey), hoursOf(byClient)]).toEqual([true, hoursOf(byStaff), []]);
    expect([etagOf(byKey) === etagOf(byStaff), etagOf(byStaff) === etagOf(byClient)]).toEqual([true, false]);
    expect([(await ask(api, client, etagOf(byStaff))).status, (await ask(api, staff, etagOf(byClient))).status]).toEqual([200, 200]);
    expect([(await ask(api, { path: staff.path }, etagOf(byStaff))).status, (await ask(api, staff, etagOf(byKey))).status]).toEqual([401, 304]);
  }
});

async function cacheOf(of: Api) {
  const text: string = (await of.request('GET', `${of.url}/metrics`)).body;
  const value = (series: string) => Number(text.split('\n').find((line) => line.startsWith(series))!.split(' ')[1]);
  const count = (outcome: string) => value(`franja_cache_answers_total{outcome="${outcome}"}`);
  return { made: count('made'), kept: count('kept'), unchanged: count('unchanged'), bytes: value('franja_cache_bytes') };
}

test('what a process keeps is bounded by CACHE_MB, of all its routes together; 0 keeps nothing and answers the same', async () => {
  const none = await startApi({ CACHE_MB: '0' }, api);
  try {
    const shop = await openShop(api);
    await clearOfMarks();
    for (const question of Object.values(dayOf(shop))) {
      const answer = await ask(api, question);
      for (let i = 0; i < 2; i++) {
        const fresh = await ask(none, question);
        expect([fresh.body, etagOf(fresh)]).toEqual([answer.body, etagOf(answer)]);
        expect(await statementsOf(none, question)).toEqual([200, ['BEGIN READ ONLY', 'range_agg', 'COMMIT']]);
      }
      expect((await ask(none, question, etagOf(answer))).status).toBe(304);
    }
    expect(await cacheOf(none)).toEqual({ made: 12, kept: 0, unchanged: 3, bytes: 0 });
    const before = await cacheOf(api);
    for (const question of Object.values(dayOf(shop))) await ask(api, question);
    expect(await cacheOf(api)).toEqual({ ...before, kept: before.kept + 3 });
    expect(before.bytes).toBeGreaterThan(1000);
  } finally {
    await none.close();
  }
});

test('what concerns others changes nothing: another business, a professional who does not give the service, a client', async () => {
  const shop = await openShop(api);
  const neighbour = await openShop(api);
  const apart = ok(await shop.request('POST', '/professionals', { nombre_completo: 'Luz Mar', tipo_profesional: 'masajista', servicio_ids: [] }));
  await clearOfMarks();
  const copies = await Promise.all(questions(shop).map(async (question) => [question, etagOf(await ask(api, question))] as const));
  ok(await booking(neighbour, '10:00'));
  ok(await neighbour.request('PATCH', `/services/${neighbour.servicio.id}`, { precio: '1000' }));
  ok(await shop.request('POST', '/schedules/generate', { fecha_hasta: day(20), profesional_id: apart.id }));
  ok(await shop.request('POST', '/clients', { nombre: 'Luis Gil', telefono: '+573007654321' }));
  for (const [question, etag] of copies) expect([question, (await ask(other, question, etag)).status]).toEqual([question, 304]);
});

test('headers: kept by who asks but asked about each time; one tag for both instances; errors and the rest are not kept', async () => {
  const shop = await openShop(api);
  const [{ path: services }] = questions(shop).slice(1);
  const { visitor, staff } = dayOf(shop);
  const oneDay = visitor.path;
  await clearOfMarks();
  const full = await api.request('GET', oneDay, undefined, { origin: 'https://app.example' });
  const etag = etagOf(full)!;
  expect(etag).toMatch(/^"[\w-]{22}\.[0-9a-z]+"$/);
  expect(full.headers.get('cache-control')).toBe('no-cache');
  expect(full.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(full.headers.get('access-control-expose-headers')).toContain('etag');
  expect(etagOf(await ask(other, visitor))).toBe(etag);
  expect(etagOf(await ask(other, { path: oneDay.replace('?', '?limite=10000&') }))).not.toBe(etag);

  const same = await ask(api, visitor, etag);
  expect([same.status, same.body, etagOf(same), same.headers.get('cache-control'), same.headers.get('content-type')]).toEqual([304, null, etag, 'no-cache', null]);
  for (const sent of [`W/${etag}`, `"x", ${etag}`, `W/"y",${etag}`]) expect([sent, (await ask(api, visitor, sent)).status]).toEqual([sent, 304]);
  for (const sent of ['"x"', etag.slice(1, -1), '"', etag.replace('.', '.0'), `"${'a'.repeat(22)}.zzzzzzzzzzz"`, 'é']) {
    const { status, body } = await api.request('GET', oneDay, undefined, { 'if-none-match': sent });
    expect([sent, status, body]).toEqual([sent, sent === etag.replace('.', '.0') ? 304 : 200, sent === etag.replace('.', '.0') ? null : full.body]);
  }
  const head = await api.request('HEAD', oneDay, undefined, { 'if-none-match': etag });
  expect([head.status, etagOf(head)]).toEqual([304, etag]);
  expect([(await ask(api, { path: services }, etag)).status, etagOf(await ask(api, { path: services })) === etag]).toEqual([200, false]);

  const moved = await api.request('GET', oneDay, undefined, { 'x-franja-now': new Date().toISOString(), 'if-none-match': etag });
  expect([moved.status, moved.body, etagOf(moved), moved.headers.get('cache-control')]).toEqual([200, full.body, null, 'no-store']);
  for (const path of ['/public/no-existe/services', `${services}?cursor=x`, oneDay.replace(String(shop.servicio.id), '999999999')]) {
    const refused = await ask(api, { path }, etag);
    expect([path, refused.status >= 400, etagOf(refused), refused.headers.get('cache-control')]).toEqual([path, true, null, 'no-store']);
  }
  for (const hasCopy of [false, true]) {
    const own = await ask(api, staff, hasCopy ? etagOf(await ask(api, staff)) : null);
    expect([own.status, own.headers.get('cache-control')]).toEqual([hasCopy ? 304 : 200, 'private, no-cache']);
  }
  const signedIn = await shop.request('GET', '/services');
  expect([etagOf(signedIn), signedIn.headers.get('cache-control')]).toEqual([null, 'no-store']);
});

test('limits count what is not sent again', async () => {
  const limited = await startApi({ LIMIT_IP: '50/1m' }, api);
  try {
    const shop = await openShop(api);
    const { visitor } = dayOf(shop);
    await clearOfMarks();
    const first = await ask(limited, visitor);
    const again = await ask(limited, visitor, etagOf(first));
    const left = ({ headers }: Answer) => Number(headers.get('ratelimit-remaining'));
    expect([again.status, left(first) - left(again)]).toEqual([304, 1]);
  } finally {
    await limited.close();
  }
});

test('the document announces 304 where there is an ETag, and only there', async () => {
  const { operations } = await operationsOf(api);
  const announced = operations.filter(({ statuses }) => statuses.includes('304')).map(({ method, path }) => `${method} ${path}`);
  const kept = operations.filter(({ method, path }) => method === 'GET' && /^\/(public\/|(organizations\/\{organizacionId\}\/)?availability(?!\/holds))/.test(path));
  expect(announced.toSorted()).toEqual(kept.map(({ method, path }) => `${method} ${path}`).toSorted());
  expect(announced).toHaveLength(12);
});
