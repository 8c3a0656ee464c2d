// API keys: each scope against each route, and who manages them.
import pg from 'pg';
import { PERMISOS } from '../src/http/access.js';
import { register, startApi, type Api, type Member, type Send } from './api.js';
import { employee, query } from './checks.js';
import { ALL, newKey } from './claves.js';
import { superAdmin } from './super-admin.js';
import { operationsOf, sample, type Operation } from './openapi-samples.js';

let api: Api;
let operations: Operation[];
beforeAll(async () => {
  api = await startApi();
  operations = (await operationsOf(api)).operations.filter(({ roles }) => roles);
});
afterAll(() => api.close());

async function promote(member: Member, rol: string): Promise<Member> {
  await query(api, `update usuarios set rol = $2 where id = $1`, [member.cuenta.usuario_id, rol]);
  const { body } = await api.request('POST', '/auth/refresh', { refresh_token: member.refresh_token });
  return { ...member, request: (method, path, data) => api.request(method, path, data, { authorization: `Bearer ${body.access_token}` }) };
}

/** A request of that operation that gets as far as its handler. */
function ask(request: Send, owner: Member, { method, path, query: parameters, body }: Operation) {
  const required = parameters.filter((parameter) => parameter.required).map(({ name, schema }): [string, string] => [name, String(sample(schema))]);
  const aimed = path.replace('{organizacionId}', String(owner.cuenta.organizacion_id)).replace('{date}', '2027-03-15').replace(/\{\w+\}/g, '999999999');
  return request(method, `${aimed}?${new URLSearchParams(required)}`, body && sample(body));
}

const REFUSALS = ['permiso_faltante', 'prohibido', 'no_autenticado'];

/** Every operation whose answer is not the one that `expected` names; undefined: it is let in. */
async function unexpected(request: Send, owner: Member, tried: Operation[], expected: (operation: Operation) => string | undefined) {
  const wrong: string[] = [];
  for (const operation of tried) {
    const { status, body } = await ask(request, owner, operation);
    const refused = REFUSALS.includes(body?.codigo) ? body.codigo : undefined;
    const documented = operation.statuses.includes(String(status));
    if (refused !== expected(operation) || status >= 500 || !documented) wrong.push(`${operation.method} ${operation.path} ${operation.scope}: ${status} ${JSON.stringify(body)}`);
  }
  return wrong;
}

describe('scopes', () => {
  const direct = ({ path }: Operation) => !path.includes('{organizacionId}/');

  test('the known ones are those that routes ask for', () => {
    expect(new Set(operations.map(({ scope }) => scope).filter(Boolean))).toEqual(new Set(PERMISOS));
    expect(operations.filter(({ scope }) => scope).length).toBeGreaterThan(60);
  });

  test.each(PERMISOS)('%s alone opens its routes and no other; all the others do not open them', async (permiso) => {
    const owner = await register(api);
    const tried = operations.filter((operation) => operation.scope && direct(operation));
    const only = await newKey(api, owner, { rol: 'propietario', permisos: [permiso] });
    expect(await unexpected(only.request, owner, tried, ({ scope }) => (scope === permiso ? undefined : 'permiso_faltante'))).toEqual([]);
    const rest = await newKey(api, owner, { rol: 'propietario', permisos: ALL.filter((other) => other !== permiso) });
    expect(await unexpected(rest.request, owner, tried, ({ scope }) => (scope === permiso ? 'permiso_faltante' : undefined))).toEqual([]);
  });

  test('the routes under an organisation ask for the same', async () => {
    const owner = await register(api);
    const tried = operations.filter((operation) => operation.scope && !direct(operation));
    expect(tried.length).toBeGreaterThan(15);
    const key = await newKey(api, owner, { permisos: ['citas:read', 'clientes:write'], rol: 'propietario' });
    expect(await unexpected(key.request, owner, tried, ({ scope }) => (scope === 'citas:read' ? undefined : 'permiso_faltante'))).toEqual([]);
    const stranger = await register(api);
    for (const operation of tried) expect((await ask(key.request, stranger, operation)).status).toBe(404);
  });

  test('a route without one refuses every key: sign-in, users, keys, audit, the platform', async () => {
    const owner = await register(api);
    const closed = operations.filter(({ scope }) => !scope);
    for (const path of ['/auth/me', '/users', '/api-keys', '/audit', '/auth/sessions', '/organizations/{organizacionId}/users'])
      expect(closed.map((operation) => operation.path)).toContain(path);
    const { request } = await newKey(api, owner, { rol: 'propietario' });
    expect(await unexpected(request, owner, closed, () => 'prohibido')).toEqual([]);
  });

  test('its role holds beside its scopes', async () => {
    const owner = await register(api);
    const { request } = await newKey(api, owner);
    const tried = operations.filter((operation) => operation.scope && direct(operation));
    expect(await unexpected(request, owner, tried, ({ roles }) => (roles!.includes('empleado') ? undefined : 'prohibido'))).toEqual([]);
  });

  test('the problem names the scope that is missing, in both languages', async () => {
    const { request } = await newKey(api, await register(api), { permisos: ['citas:read'] });
    const answer = await request('GET', '/clients', undefined, { 'accept-language': 'en' });
    expect([answer.status, answer.body.title]).toEqual([403, 'The key lacks the scope clientes:read.']);
  });
});

describe('who manages keys', () => {
  test('an admin those of propietario and empleado, a propietario those of empleado, nobody else any', async () => {
    const owner = await register(api);
    const [propietario, empleado] = [await promote(await employee(api, owner), 'propietario'), await employee(api, owner)];
    const body = { nombre: 'n8n', permisos: ['citas:read'] };
    const above = await newKey(api, owner, { ...body, rol: 'propietario' });
    const below = await newKey(api, propietario, { ...body, rol: 'empleado' });
    for (const [who, rol, status] of [[owner, 'admin', 400], [owner, 'super_admin', 400], [owner, 'cliente', 400], [propietario, 'propietario', 403], [propietario, 'admin', 400], [empleado, 'empleado', 403]] as const)
      expect([rol, (await who.request('POST', '/api-keys', { ...body, rol })).status]).toEqual([rol, status]);

    expect((await owner.request('GET', '/api-keys')).body.elementos.map((key: any) => key.id)).toEqual([below.id, above.id]);
    expect((await propietario.request('GET', '/api-keys')).body.elementos.map((key: any) => key.id)).toEqual([below.id]);
    for (const [method, path, data] of [['GET', ''], ['PATCH', '', { permisos: ALL }], ['PATCH', '', { nombre: 'x' }], ['DELETE', ''], ['POST', '/rotate', {}]] as const) {
      expect([method, (await propietario.request(method, `/api-keys/${above.id}${path}`, data)).status]).toEqual([method, 404]);
      expect([method, (await empleado.request(method, `/api-keys/${below.id}${path}`, data)).status]).toEqual([method, 403]);
    }
    expect((await above.request('GET', '/appointments')).status).toBe(200);
    expect((await propietario.request('DELETE', `/api-keys/${below.id}`)).status).toBe(204);
  });

  test('nothing else can be assigned, and bad values are named', async () => {
    const owner = await register(api);
    const { id } = await newKey(api, owner);
    const good = { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] };
    for (const field of ['organizacion_id', 'usuario_id', 'secreto_hash', 'prefijo', 'creado_por', 'es_clave_api', 'revocada_en', 'activo', 'clave']) {
      const answers = [await owner.request('POST', '/api-keys', { ...good, [field]: 1 }), await owner.request('PATCH', `/api-keys/${id}`, { [field]: 1 })];
      expect(answers.map(({ status, body }) => [status, body.errores?.[0].campo])).toEqual([[400, field], [400, field]]);
    }
    expect((await owner.request('PATCH', `/api-keys/${id}`, { rol: 'propietario' })).status).toBe(400);
    const bad = [
      ['permisos', []], ['permisos', ['citas:admin']], ['permisos', ['*']], ['permisos', ['citas:read', null]], ['permisos', [['citas:read']]], ['permisos', 'citas:read'],
      ['permisos', Array(1000).fill('citas:read')], ['expira_en', '2020-01-01T00:00:00Z'], ['expira_en', 'mañana'], ['nombre', ''], ['nombre', null],
    ] as const;
    for (const [field, value] of bad) {
      const answers = [await owner.request('POST', '/api-keys', { ...good, [field]: value }), await owner.request('PATCH', `/api-keys/${id}`, { [field]: value })];
      expect([field, value, ...answers.map(({ status, body }) => [status, body.errores?.[0].campo])]).toEqual([field, value, [400, field], [400, field]]);
    }
    const twice = await newKey(api, owner, { permisos: ['citas:write', 'citas:read', 'citas:write'] });
    expect((await owner.request('GET', `/api-keys/${twice.id}`)).body.permisos).toEqual(['citas:read', 'citas:write']);
  });

  test('a change of name or scopes is seen at once, by the key too', async () => {
    const owner = await register(api);
    const key = await newKey(api, owner, { permisos: ['citas:read'] });
    expect((await key.request('GET', '/clients')).status).toBe(403);
    const { body } = await owner.request('PATCH', `/api-keys/${key.id}`, { nombre: 'SDK', permisos: ['clientes:read'] });
    expect(body).toMatchObject({ id: key.id, nombre: 'SDK', permisos: ['clientes:read'], prefijo: key.prefijo });
    expect([(await key.request('GET', '/clients')).status, (await key.request('GET', '/appointments')).status]).toEqual([200, 403]);
  });

  test('a super_admin sees them, and changes none', async () => {
    const owner = await register(api);
    const { id, prefijo } = await newKey(api, owner, { rol: 'propietario' });
    const { request } = await superAdmin(api);
    const path = `/organizations/${owner.cuenta.organizacion_id}/api-keys`;
    const { status, body } = await request('GET', path);
    expect([status, body.elementos.map((key: any) => [key.id, key.prefijo])]).toEqual([200, [[id, prefijo]]]);
    expect((await request('GET', `${path}/${id}`)).body).toEqual(body.elementos[0]);
    for (const [method, end, data] of [['POST', '', { nombre: 'x', rol: 'empleado', permisos: ALL }], ['DELETE', `/${id}`, undefined], ['POST', `/${id}/rotate`, {}]] as const)
      expect((await request(method, `/api-keys${end}`, data)).status).toBe(403);
  });

  test('pages hold all of them once', async () => {
    const owner = await register(api);
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await newKey(api, owner)).id);
    const seen: number[] = [];
    for (let cursor = ''; cursor !== null;) {
      const { body } = await owner.request('GET', `/api-keys?limite=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.elementos.map((key: any) => key.id));
      cursor = body.cursor;
    }
    expect(seen).toEqual(made);
  });

  test('not the key itself: in the database neither, with whatever statement', async () => {
    const owner = await register(api);
    const { id, usuario_id } = await newKey(api, owner, { rol: 'propietario', permisos: ['citas:read'] });
    const victim = await newKey(api, owner, { rol: 'empleado' });
    const client = new pg.Client({ connectionString: api.database.appUrl });
    await client.connect();
    const attempt = async (sql: string) => {
      await client.query('begin');
      await client.query("select app.fijar_contexto($1, $2, 'propietario')", [owner.cuenta.organizacion_id, usuario_id]);
      return client.query(sql).then(() => 'done', (error: any) => error.code).finally(() => client.query('rollback'));
    };
    const statements = [
      `update claves_api set permisos = '{citas:write}' where id = ${id}`,
      `update claves_api set expira_en = null, anterior_hash = null where id = ${victim.id}`,
      `update claves_api set usuario_id = ${usuario_id} where id = ${victim.id}`,
      `insert into claves_api (usuario_id, prefijo, secreto_hash, permisos) values (${victim.usuario_id}, 'frj_1_aaaaaa', sha256('x'), '{citas:read}')`,
      `delete from claves_api where id = ${victim.id}`,
      `update usuarios set nombre = 'yo' where id = ${usuario_id}`,
      `update usuarios set es_clave_api = false where id = ${usuario_id}`,
      `insert into usuarios (nombre, rol, es_clave_api) values ('otra', 'empleado', true)`,
      `insert into usuarios (nombre, rol, email) values ('otra', 'cliente', 'a@example.com')`,
    ];
    const answers: string[] = [];
    for (const statement of statements) answers.push(await attempt(statement));
    await client.end();
    expect(answers).toEqual(statements.map(() => '42501'));
  });
});

test('each key has a limit of its own, which says what is left', async () => {
  const instance = await startApi({ LIMIT_KEY: '3/1m', LIMIT_USER: '50/1m' }, api);
  try {
    const owner = await register(api);
    const [one, two] = [await newKey(instance, owner), await newKey(instance, owner)];
    const first = await one.request('GET', '/clients');
    expect(['limit', 'remaining', 'reset'].map((name) => first.headers.get(`ratelimit-${name}`))).toEqual(['3', '2', '60']);
    expect([(await one.request('GET', '/users')).status, (await one.request('GET', '/clients')).status]).toEqual([403, 200]);
    const refused = await one.request('GET', '/clients');
    expect([refused.status, refused.body.codigo, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, 'demasiadas_solicitudes', true]);
    expect((await two.request('GET', '/clients')).status).toBe(200);
    const token = { authorization: `Bearer ${owner.token}` };
    expect((await instance.request('GET', '/clients', undefined, token)).headers.get('ratelimit-limit')).toBe('50');
  } finally {
    await instance.close();
  }
});

test('Swagger UI can authorise with one: the document has both schemes, and each operation says its scope', async () => {
  const { document } = await operationsOf(api);
  expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' }, clave: { type: 'apiKey', in: 'header', name: 'X-API-Key' } });
  for (const { method, path, scope } of operations) {
    const { security, description, responses } = document.paths[`/api/v1${path}`][method.toLowerCase()];
    expect([path, security]).toEqual([path, scope ? [{ bearer: [] }, { clave: [] }] : [{ bearer: [] }]]);
    if (scope) expect(description).toContain(`\`${scope}\``);
    expect('permiso_faltante' in responses[403].content['application/problem+json'].examples).toBe(!!scope);
  }
});
