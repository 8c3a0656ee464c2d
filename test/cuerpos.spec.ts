// What arrives over a socket and is no request of ours: refused with a 4xx, soon, and the process goes on.
import http from 'node:http';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { registerClient, openShop, type Api, type Member, type Shop } from './api.js';
import { startApiWithChat } from './chat.js';
import { query } from './checks.js';
import { operationsOf, sample, type Operation } from './openapi-samples.js';

const REQUEST_TIMEOUT = 2;
const SOON_MS = 3_000;

let api: Api;
let shop: Shop;
let client: Member;
let operations: Operation[];
/** A route without a token, one that creates, one that changes, one with times and ids: each with a field of text. */
let routes: { method: string; path: string; field: string; body: Record<string, unknown>; token?: string }[];

beforeAll(async () => {
  api = await startApiWithChat({ REQUEST_TIMEOUT_SECONDS: String(REQUEST_TIMEOUT) });
  ({ operations } = await operationsOf(api));
  shop = await openShop(api);
  client = await registerClient(api, shop);
  const { token } = shop;
  routes = [
    { method: 'POST', path: '/auth/login', field: 'password', body: { email: shop.cuenta.email, password: 'no-es-esta-clave' } },
    { method: 'POST', path: '/clients', field: 'nombre', body: { nombre: 'María' }, token },
    { method: 'PATCH', path: `/organizations/${shop.cuenta.organizacion_id}`, field: 'ciudad', body: { ciudad: 'Cali' }, token },
    { method: 'POST', path: '/appointments', field: 'notas', body: { notas: 'x', cliente_id: 1, profesional_id: 1, servicio_id: 1, fecha_cita: '2027-03-15', hora_inicio: '10:00' }, token },
  ];
});
afterAll(() => api.close());

type Route = (typeof routes)[number];
interface Reply {
  status: number;
  ms: number;
  codigo?: string;
}

function send({ method, path, token }: Route, body: Buffer | string, headers: http.OutgoingHttpHeaders = {}): Promise<Reply> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${api.url}/api/v1${path}`, {
      method, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, ms: performance.now() - began, codigo: /"codigo":"(\w+)"/.exec(text)?.[1] }));
      response.on('error', reject);
    });
    request.on('error', (error: NodeJS.ErrnoException) => (['EPIPE', 'ECONNRESET'].includes(error.code!) ? undefined : reject(error)));
    request.end(body);
  });
}

/** Writes bytes and waits until the server has closed, or has been silent for so long. */
function raw(bytes: string | Buffer, wait = (REQUEST_TIMEOUT + 3) * 1000): Promise<{ text: string; closed: boolean; ms: number }> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(api.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closed, ms: performance.now() - began });
    };
    const timer = setTimeout(() => finish(false), wait);
    socket.on('data', (chunk) => (text += chunk));
    socket.on('close', () => finish(true));
    socket.on('error', () => finish(true));
  });
}

/** Answers that come late are asked for again: what keeps the machine busy for a while is not what this body costs. */
async function sendSoon(...request: Parameters<typeof send>): Promise<Reply> {
  let reply = await send(...request);
  for (let again = 0; again < 2 && reply.ms >= SOON_MS; again++) reply = await send(...request);
  return reply;
}

const alive = async () => expect((await api.request('GET', '/health/live')).status).toBe(200);
/** The route's good body as JSON, with this text where the value of its field stands. */
const around = ({ field, body }: Route, json: string) => JSON.stringify({ ...body, [field]: '\u0001' }).replace('"\\u0001"', () => json);
const deep = (open: string, close: string, levels: number) => open.repeat(levels) + '1' + close.repeat(levels);
const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join()}}`;
const [MANY_KEYS, TOO_MANY_KEYS] = [keys(9_000), keys(1_000_000)];
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

const HOSTILE: Record<string, (route: Route) => [body: Buffer | string, headers?: http.OutgoingHttpHeaders]> = {
  'arrays 60,000 deep': () => [deep('[', ']', 60_000)],
  'arrays 60,000 deep in a field': (route) => [around(route, deep('[', ']', 60_000))],
  'arrays 1,000 deep in a field': (route) => [around(route, deep('[', ']', 1_000))],
  'objects 20,000 deep in a field': (route) => [around(route, deep('{"a":', '}', 20_000))],
  'arrays 100,000 deep, which is too long as well': (route) => [around(route, deep('[', ']', 100_000))],
  'arrays that never close': () => ['['.repeat(100_000)],
  '10 MB of text': (route) => [around(route, JSON.stringify('x'.repeat(10_000_000)))],
  '10 MB of blanks': () => [' '.repeat(10_000_000)],
  '9,000 keys': () => [MANY_KEYS],
  'a million keys': () => [TOO_MANY_KEYS],
  '40,000 elements in a field': (route) => [around(route, JSON.stringify(Array(40_000).fill(1)))],
  'a number beyond numbers': (route) => [around(route, '1e400')],
  'a number of 100,000 digits': (route) => [around(route, '9'.repeat(100_000))],
  'the same key twice, the last wrong': (route) => [`${JSON.stringify(route.body).slice(0, -1)},"${route.field}":[1]}`],
  'NUL, escaped': (route) => [around(route, '"a\\u0000b"')],
  'NUL, as it is': (route) => [around(route, '"a\0b"')],
  'half of a surrogate pair': (route) => [around(route, '"a\\ud800b"')],
  'the other half': (route) => [around(route, '"\\udc00"')],
  'bytes that are no UTF-8': (route) => [Buffer.from(around(route, '"\u00ff\u00fe"'), 'latin1')],
  'UTF-16': (route) => [utf16(around(route, '"x"'))],
  'UTF-16 that says so': (route) => [utf16(around(route, '"x"')), { 'content-type': 'application/json; charset=utf-16' }],
  'a charset that is not ours': (route) => [around(route, '"x"'), { 'content-type': 'application/json; charset=iso-8859-1' }],
  'gzip that says so': (route) => [gzipSync(around(route, '"x"')), { 'content-encoding': 'gzip' }],
  'gzip that does not': (route) => [gzipSync(around(route, '"x"'))],
  'JSON that says it is gzip': (route) => [around(route, '"x"'), { 'content-encoding': 'gzip' }],
  'a bomb of gzip': () => [gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }],
  'another type': (route) => [around(route, '"x"'), { 'content-type': 'text/plain' }],
  'a form': () => ['email=a&password=b', { 'content-type': 'application/x-www-form-urlencoded' }],
  'XML': () => ['<a/>', { 'content-type': 'application/xml' }],
  'a __proto__': (route) => [`${JSON.stringify(route.body).slice(0, -1)},"__proto__":{"contaminado":1}}`],
  '__proto__, escaped': (route) => [`${JSON.stringify(route.body).slice(0, -1)},"\\u005f_proto__":{"contaminado":1}}`],
  'constructor.prototype': (route) => [`${JSON.stringify(route.body).slice(0, -1)},"constructor":{"prototype":{"contaminado":1}}}`],
  '__proto__ in a field': (route) => [around(route, '{"__proto__":{"contaminado":1}}')],
  'keys of Object': (route) => [`${JSON.stringify(route.body).slice(0, -1)},"toString":1,"hasOwnProperty":1,"length":-1,"then":1}`],
  'a comment': (route) => [`${JSON.stringify(route.body)}// x`],
  'two values': (route) => [`${JSON.stringify(route.body)}{}`],
  'a trailing comma': (route) => [`${JSON.stringify(route.body).slice(0, -1)},}`],
  'NaN': (route) => [around(route, 'NaN')],
};

test.each(Object.keys(HOSTILE))('%s', async (what) => {
  const wrong: unknown[] = [];
  for (const route of routes) {
    const { status, ms, codigo } = await sendSoon(route, ...HOSTILE[what](route));
    const refused = [400, 413, 415].includes(status) && ms < SOON_MS && codigo;
    if (!refused) wrong.push({ path: route.path, status, ms, codigo });
  }
  expect(wrong).toEqual([]);
  expect(({} as Record<string, unknown>).contaminado).toBeUndefined();
  await alive();
});

test('a byte order mark is passed over, as RFC 8259 allows: the answer is the same', async () => {
  for (const route of routes) {
    const [marked, plain] = [await send(route, `\ufeff${JSON.stringify(route.body)}`), await send(route, JSON.stringify(route.body))];
    expect([marked.status, marked.codigo]).toEqual([plain.status, plain.codigo]);
  }
});

describe('a request that does not end', () => {
  const head = (more: string) => `POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}`;
  const late: [string, string][] = [
    ['in its headers', head('x-a: ')],
    ['in a chunked body', head('transfer-encoding: chunked\r\n\r\n') + '5\r\n{"ema\r\n'],
    ['in a body shorter than its Content-Length', head('content-length: 100\r\n\r\n') + '{"email":"a@b.co"}'],
    ['before it begins', ''],
  ];
  test.each(late)('%s is cut off', async (_, bytes) => {
    const { text, closed, ms } = await raw(bytes);
    expect([closed, ms < (REQUEST_TIMEOUT + 2.5) * 1000, /^$|^HTTP\/1.1 4\d\d/.test(text)]).toEqual([true, true, true]);
    await alive();
  });

  test('many of them keep nobody out', async () => {
    const waiting = Array.from({ length: 200 }, () => raw(late[1][1]));
    await alive();
    expect((await shop.request('GET', '/clients')).status).toBe(200);
    expect((await Promise.all(waiting)).every(({ closed }) => closed)).toBe(true);
    await alive();
  });
});

describe('a request that lies about itself', () => {
  const body = JSON.stringify({ email: 'a@b.co', password: 'x' });
  const lies: [string, string][] = [
    ['two lengths', `content-length: ${body.length}\r\ncontent-length: 5\r\n\r\n${body}`],
    ['a length and chunks', `content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a negative length', `content-length: -5\r\n\r\n${body}`],
    ['a length that is no number', `content-length: 5x\r\n\r\n${body}`],
    ['a length of 20 digits', `content-length: 99999999999999999999\r\n\r\n${body}`],
    ['a length beyond the limit, and no body', 'content-length: 10000000\r\n\r\n'],
    ['a chunk of no length', `transfer-encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`],
    ['a chunk beyond the limit', `transfer-encoding: chunked\r\n\r\n989680\r\n${'x'.repeat(200_000)}`],
    ['a length shorter than the body, so that the rest is a request', `content-length: 2\r\n\r\n{}DELETE /x`],
    ['a header of 20,000 characters', `x-a: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['3,000 headers', `${Array.from({ length: 3_000 }, (_, i) => `x-${i}: 1`).join('\r\n')}\r\n\r\n`],
    ['a header with a NUL', 'x-a: a\0b\r\n\r\n'],
  ];
  test.each(lies)('%s', async (_, rest) => {
    const { text } = await raw(`POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${rest}`, SOON_MS);
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    await alive();
  });

  test('a path, a query or a token beyond measure', async () => {
    for (const path of [`/clients/${'9'.repeat(20_000)}`, `/clients?q=${'x'.repeat(20_000)}`, `/clients?q=${'x'.repeat(8_000)}`, `/clients?${'limite=1&'.repeat(1_500)}`, `/clients/${'%41'.repeat(1_000)}`, '/clients/%C0%AE%C0%AE', '/../../etc/passwd', `/clients?limite[__proto__]=1`]) {
      const { text } = await raw(`GET /api/v1${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${shop.token}\r\n\r\n`);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
      expect([path.slice(0, 40), status >= 400 && status < 500]).toEqual([path.slice(0, 40), true]);
    }
    for (const token of ['x'.repeat(12_000), `${shop.token}.${'x'.repeat(8_000)}`, '\u00ff', '..', 'null', '{}']) {
      expect((await api.request('GET', '/clients', undefined, { authorization: `Bearer ${token}` })).status).toBe(401);
    }
    await alive();
  });
});

test('a target that names a host, as proxies are asked, is its path: nobody keeps the answer, and an organisation is the one of the token', async () => {
  const get = (target: string) => raw(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${shop.token}\r\n\r\n`);
  const { organizacion_id } = shop.cuenta;
  for (const host of ['', 'http://api.example.com', 'HTTPS://api.example.com:8443']) {
    for (const [path, status] of [['/auth/me', 200], [`/organizations/${organizacion_id}/clients`, 200], [`/organizations/${organizacion_id + 1}/clients`, 404]] as const) {
      const { text } = await get(`${host}/api/v1${path}`);
      expect([host, path, Number(text.slice(9, 12)), /^cache-control: no-store\r$/im.test(text)]).toEqual([host, path, status, true]);
    }
  }
});

/** The paths that a test may call without an id of its own: with one that nobody has. */
const aimed = (path: string) =>
  path.replace('{organizacionId}', String(shop.cuenta.organizacion_id)).replace('{date}', '2027-03-15').replace('{codigo_tenant}', shop.cuenta.codigo_tenant)
    .replace('{codigo_cita}', 'ZZZZZZZ').replace(/\{\w+\}/g, '999999999');
const caller = ({ roles }: Operation) => (!roles ? api : roles.includes('admin') ? shop : client);
const taking = () => operations.filter(({ body, path, roles }) => body?.properties && !path.includes('{organizacionId}/') && (!roles || roles.includes('admin') || roles.includes('cliente')));

describe('mass assignment', () => {
  const FORBIDDEN: Record<string, unknown> = {
    rol: 'admin', organizacion_id: 1, id: 1, usuario_id: 1, creado_por: 1, password_hash: '$argon2id$x', activo: true, email_verificado: true, estado: 'completada',
    precio_final: '0.00', plan_actual: 'custom', es_plataforma: true, secreto_sellado: 'x', permisos: ['*'],
  };

  test('of what a route does not take, every field is refused by name', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const operation of taking()) {
      const fields = Object.keys(FORBIDDEN).filter((name) => !(name in operation.body.properties));
      tried += fields.length;
      const extra = Object.fromEntries(fields.map((field) => [field, FORBIDDEN[field]]));
      const { status, body } = await caller(operation).request(operation.method, aimed(operation.path), { ...sample(operation.body), ...extra });
      const named = body?.errores?.filter((error: any) => error.codigo === 'desconocido').map((error: any) => error.campo) ?? [];
      const missed = fields.filter((field) => !named.includes(field));
      if (status !== 400 || missed.length) wrong.push(`${operation.method} ${operation.path} ${missed}: ${status} ${JSON.stringify(body)}`);
    }
    expect(tried).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  });

  test('nor inside a list of objects', async () => {
    const wrong: string[] = [];
    for (const operation of taking()) {
      for (const [name, schema] of Object.entries<any>(operation.body.properties).filter(([, { items }]) => items?.properties)) {
        for (const field of Object.keys(FORBIDDEN).filter((forbidden) => !(forbidden in schema.items.properties))) {
          const item = { ...sample({ ...schema.items, example: undefined }), [field]: FORBIDDEN[field] };
          const { status, body } = await caller(operation).request(operation.method, aimed(operation.path), { ...sample(operation.body), [name]: [item] });
          if (status !== 400 || !body.errores?.some((error: any) => error.campo === `${name}.0.${field}`)) wrong.push(`${operation.path} ${name}.${field}: ${status} ${JSON.stringify(body)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('SQL in every field of text', () => {
  /** To every field of every route: what ends each kind of text in SQL. */
  const EVERYWHERE = ["'; drop table citas; --", '"; delete from usuarios; --', "\\'", '$$; select pg_sleep(5); $$', "x' || pg_sleep(5) || '"];
  const PAYLOADS = [...EVERYWHERE, "' or '1'='1", '\\', "%' or 1=1 --", '${1+1}', '{{7*7}}', ':name', '$1', 'a%b_c', '`id`'];
  const count = async () => (await query(api, 'select (select count(*) from citas) + (select count(*) from servicios) + (select count(*) from profesionales) as rows, (select count(*) from pg_class where relnamespace = \'public\'::regnamespace) as tables'))[0];

  test('is a 4xx or is taken as it is written, never a 5xx, and no table changes for it', async () => {
    const wrong: string[] = [];
    const { tables } = await count();
    let tried = 0;
    for (const operation of taking()) {
      const texts = Object.entries<any>(operation.body.properties).filter(([, schema]) => [schema.type].flat().includes('string') && !schema.enum);
      for (const [field] of texts) {
        for (const payload of EVERYWHERE) {
          tried++;
          const began = performance.now();
          const { status, body } = await caller(operation).request(operation.method, aimed(operation.path), { ...sample(operation.body), [field]: payload });
          const changed = status < 300 && body && typeof body === 'object' && field in body && body[field] !== payload;
          if (status >= 500 || changed || performance.now() - began > 4_500) wrong.push(`${operation.method} ${operation.path} ${field} ${payload}: ${status} ${JSON.stringify(body)}`);
        }
      }
    }
    expect(tried).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
    expect((await count()).tables).toBe(tables);
    expect((await shop.request('GET', '/auth/me')).body.email).toBe(shop.cuenta.email);
  }, 240_000);

  test('is stored verbatim and found again', async () => {
    for (const nombre of PAYLOADS) {
      const { status, body } = await shop.request('POST', '/clients', { nombre });
      expect([status, body.nombre]).toEqual([201, nombre]);
      expect((await shop.request('GET', `/clients/${body.id}`)).body.nombre).toBe(nombre);
      const found = await shop.request('GET', `/clients?q=${encodeURIComponent(nombre)}`);
      expect(found.status).toBe(nombre.length < 2 ? 400 : 200);
      if (/\w{2}/.test(nombre)) expect(found.body.elementos.map((row: any) => row.id)).toContain(body.id);
    }
  });

  test('in every query', async () => {
    const wrong: string[] = [];
    for (const operation of operations.filter(({ method, roles }) => method === 'GET' && roles?.includes('admin'))) {
      for (const { name } of operation.query) {
        for (const payload of EVERYWHERE) {
          const { status } = await shop.request('GET', `${aimed(operation.path)}?${name}=${encodeURIComponent(payload)}`);
          if (status >= 500) wrong.push(`${operation.path} ${name} ${payload}: ${status}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});
