// What a page of another origin may do: all that the document says, and nothing from elsewhere.
import { day, openShop, registerClient, startApi, type Api } from './api.js';
import { operationsOf } from './openapi-samples.js';

const PAGE = 'https://app.example';
const LIMIT = 200;

let api: Api;
beforeAll(async () => {
  api = await startApi({ CORS_ORIGINS: PAGE, LIMIT_IP: `${LIMIT}/1h` });
});
afterAll(() => api.close());

const preflight = (method: string, path: string, origin = PAGE) =>
  api.request('OPTIONS', path, undefined, { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type,idempotency-key' });
const listed = (headers: Headers, name: string) => (headers.get(name) ?? '').toLowerCase().split(/,\s*/);

test('every method that the document has is allowed, with the headers that it takes', async () => {
  const { operations } = await operationsOf(api);
  const refused = [];
  for (const method of new Set(operations.map((one) => one.method))) {
    const { status, headers } = await preflight(method, operations.find((one) => one.method === method)!.path.replace(/\{\w+\}/g, '1'));
    const methods = listed(headers, 'access-control-allow-methods');
    if (status !== 204 || headers.get('access-control-allow-origin') !== PAGE || !methods.includes(method.toLowerCase())) refused.push([method, status, methods]);
    expect(listed(headers, 'access-control-allow-headers')).toEqual(['authorization', 'content-type', 'idempotency-key']);
  }
  expect(refused).toEqual([]);
});

test('a browser asks once in two hours, and asking takes nothing of the limit', async () => {
  const { headers } = await preflight('PUT', '/appointments/1/cancel');
  expect([headers.get('access-control-max-age'), headers.get('ratelimit-remaining')]).toEqual(['7200', null]);
});

test('a path that no route could have is asked about like any other', async () => {
  for (const path of ['/appointments/%ZZ', `/appointments/code/${'x'.repeat(300)}`]) {
    const { status, headers } = await preflight('GET', path);
    expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, 204, PAGE]);
  }
});

test('another origin is told nothing', async () => {
  const { headers } = await preflight('PUT', '/appointments/1/cancel', 'https://other.example');
  expect([headers.get('access-control-allow-origin'), listed(headers, 'vary')]).toEqual([null, expect.arrayContaining(['origin'])]);
});

// Going back, a browser shows what it kept without asking, whoever signed in since: but for what varies with the token.
test('what a browser keeps of an answer with a token is for that token', async () => {
  const shop = await openShop(api);
  const client = await registerClient(api, shop);
  const path = `/availability/${day(3)}?servicio_id=${shop.servicio.id}`;
  for (const { request } of [shop, client]) {
    const { headers } = await request('GET', path, undefined, { origin: PAGE });
    const again = await request('GET', path, undefined, { origin: PAGE, 'if-none-match': headers.get('etag')! });
    expect([again.status, listed(headers, 'vary'), listed(again.headers, 'vary')]).toEqual([304, ['origin', 'authorization', 'x-api-key'], ['origin', 'authorization', 'x-api-key']]);
  }
  const open = await api.request('GET', `/public/${shop.cuenta.codigo_tenant}${path}`, undefined, { origin: PAGE });
  expect([open.headers.get('etag'), listed(open.headers, 'vary')]).toEqual([expect.any(String), ['origin']]);
});

test('whatever is answered, the page may read it and what came with it', async () => {
  const answers = [
    ['GET', '/appointments', 401], ['GET', '/nowhere', 404], ['PATCH', '/auth/login', 405], ['POST', '/auth/login', 400],
    ['GET', '/public/%E0%A4%A', 404], ['GET', `/public/${'x'.repeat(300)}`, 404],
  ] as const;
  for (const [method, path, expected] of answers) {
    const { status, headers } = await api.request(method, path, undefined, { origin: PAGE });
    expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, expected, PAGE]);
    expect(listed(headers, 'access-control-expose-headers')).toEqual(expect.arrayContaining(['content-disposition', 'etag', 'retry-after', 'franja-version', 'x-request-id', 'idempotency-replayed']));
  }
  let last;
  do last = await api.request('GET', '/public/nadie', undefined, { origin: PAGE });
  while (last.status !== 429);
  expect([last.headers.get('access-control-allow-origin'), Number(last.headers.get('retry-after')) > 0]).toEqual([PAGE, true]);
});
