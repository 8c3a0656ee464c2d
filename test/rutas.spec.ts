import { FIELD_MESSAGES } from '../src/http/problems.js';
import { openShop, nextWeekday, register, registerClient, type Api, type Member, type Shop } from './api.js';
import { startApiWithChat } from './chat.js';
import { badValues, operationsOf, sample, type Operation } from './openapi-samples.js';
import pg from 'pg';
import { superAdmin } from './super-admin.js';

let api: Api;
let operations: Operation[];
let document: any;
let victim: Shop;
let victimClient: Member;
let attacker: Shop;
let attackerClient: Member;
let ids: Record<string, number | string>;

const monday = nextWeekday(1, 7);

beforeAll(async () => {
  api = await startApiWithChat({ WEBHOOK_PRIVATE: 'on' });
  ({ operations, document } = await operationsOf(api));
  victim = await openShop(api);
  victimClient = await registerClient(api, victim);
  attacker = await openShop(api);
  attackerClient = await registerClient(api, attacker);
  const slot = { profesional_id: victim.profesional.id, servicio_id: victim.servicio.id };
  const cita = await victim.request('POST', '/appointments', { ...slot, cliente_id: victim.cliente.id, fecha_cita: monday, hora_inicio: '10:00' });
  const hold = await victim.request('POST', '/availability/holds', { ...slot, fecha: monday, hora_inicio: '15:00' });
  const horario = await victim.request('GET', `/schedules?profesional_id=${slot.profesional_id}&limite=1`);
  const sesion = `${victim.cuenta.organizacion_id}:c:${victim.cliente.id}`;
  await victim.request('POST', `/conversations/${sesion}/messages`, { rol: 'cliente', contenido: 'hola' });
  const destino = await victim.request('POST', '/webhooks', { url: 'http://127.0.0.1:9/gancho' });
  const prueba = await victim.request('POST', `/webhooks/${destino.body.id}/ping`);
  await victim.request('POST', '/billing/subscription/change', { plan: 'empresarial' });
  const factura = (await victim.request('GET', '/billing/invoices')).body.elementos[0].id;
  ids = {
    conversations: sesion,
    services: victim.servicio.id, professionals: victim.profesional.id, clients: victim.cliente.id, appointments: cita.body.id,
    'availability/holds': hold.body.id, schedules: horario.body.elementos[0].id, 'schedules/week': victim.profesional.id,
    organizations: victim.cuenta.organizacion_id, users: victimClient.cuenta.usuario_id,
    'message-templates': (await victim.request('PUT', '/message-templates', { evento: 'cita-creada', canal: 'whatsapp', cuerpo: 'Hola' })).body.id,
    'users/invitations': (await victim.request('POST', '/users/invitations', { nombre: 'Ana', email: 'ana@example.org', rol: 'empleado', canal: 'email' })).body.id,
    'admin/plans': 1, 'admin/taxes': 'CO', 'billing/invoices': factura, invoices: factura,
    'api-keys': (await victim.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] })).body.id,
    'admin/jobs': 'retencion', webhooks: destino.body.id, 'webhooks/deliveries': prueba.body.entrega_id,
    'auth/sessions': (await victim.request('GET', '/auth/sessions')).body[0].id,
  };
});
afterAll(() => api.close());

/** Everything a tenant has, as one digest: what an attack may not change. */
async function digest(organizacion_id: number): Promise<string> {
  const client = new pg.Client(api.database.adminUrl);
  await client.connect();
  const { rows: tables } = await client.query(
    `select attrelid::regclass::text as name from pg_attribute join pg_class c on c.oid = attrelid
     where attname = 'organizacion_id' and relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`);
  let all = '';
  for (const { name } of tables) {
    const { rows } = await client.query(`select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as d from ${name} t where organizacion_id = $1`, [organizacion_id]);
    all += rows[0].d;
  }
  await client.end();
  return all;
}

/** The path with the victim's ids; every id of every route must be known here, so that a new route is not forgotten. */
function aim(path: string): string {
  let prefix = '';
  const segments = path.split('/').slice(1).map((segment) => {
    if (!segment.startsWith('{')) {
      prefix += `/${segment}`;
      return segment;
    }
    if (segment === '{date}') return monday;
    if (segment === '{codigo_tenant}') return victim.cuenta.codigo_tenant;
    if (segment === '{codigo_cita}') return 'ZZZZZZZ';
    const owner = { '{servicioId}': 'services', '{organizacionId}': 'organizations', '{profesionalId}': 'professionals' }[segment] ?? prefix.slice(1);
    if (owner === 'organizations') prefix = '';
    if (!(owner in ids)) throw new Error(`${path}: say in this test which id ${segment} of ${owner} is`);
    return String(ids[owner]);
  });
  return `/${segments.join('/')}`;
}

const bodyFor = (operation: Operation) => (operation.body ? sample(operation.body) : undefined);
const withQuery = (operation: Operation, path: string) => {
  const required = operation.query.filter((parameter) => parameter.required);
  const value = (name: string, schema: any) => (name === 'servicio_id' ? victim.servicio.id : name.startsWith('fecha') ? monday : sample(schema));
  return required.length ? `${path}?${new URLSearchParams(required.map(({ name, schema }): [string, string] => [name, String(value(name, schema))]))}` : path;
};

/** An answer that the document does not announce is a lie to the SPA's developer. */
const undocumented = (operation: Operation, status: number) => (operation.statuses.includes(String(status)) ? '' : ` UNDOCUMENTED ${status}`);

test('a foreign id answers 404 on every route of every method, and changes nothing', async () => {
  const before = await digest(victim.cuenta.organizacion_id);
  const wrong: string[] = [];
  // Under /admin every organisation is there for who may enter at all.
  const aimed = operations.filter(({ path, roles }) => roles && !path.startsWith('/admin/') && /\{(id|servicioId|profesionalId|organizacionId|codigo_cita|sesion)\}/.test(path));
  expect(aimed.length).toBeGreaterThan(30);
  for (const operation of aimed) {
    const caller = operation.roles!.includes('admin') ? attacker : attackerClient;
    const path = withQuery(operation, aim(operation.path));
    const { status, body } = await caller.request(operation.method, path, bodyFor(operation));
    if (status !== 404 || undocumented(operation, status)) wrong.push(`${operation.method} ${path} ${status} ${JSON.stringify(body)}`);
  }
  expect(wrong).toEqual([]);
  expect(await digest(victim.cuenta.organizacion_id)).toBe(before);
});

test('foreign ids inside a body are refused on every route, and change nothing', async () => {
  const before = await digest(victim.cuenta.organizacion_id);
  const wrong: string[] = [];
  const foreign: Record<string, number> = {
    servicio_id: victim.servicio.id, profesional_id: victim.profesional.id, cliente_id: victim.cliente.id, profesional_preferido_id: victim.profesional.id,
    usuario_id: victimClient.cuenta.usuario_id,
  };
  let tried = 0;
  for (const operation of operations.filter(({ body, roles, path }) => roles && body?.properties && !path.includes('{organizacionId}/'))) {
    for (const field of Object.keys(operation.body.properties).filter((name) => name in foreign)) {
      tried++;
      // The attacker's own path ids, so that only the body is foreign.
      const path = operation.path.replace('{id}', String(operation.path.startsWith('/clients') ? attacker.cliente.id : attacker.profesional.id)).replace('{servicioId}', String(attacker.servicio.id));
      const own = { servicio_id: attacker.servicio.id, profesional_id: attacker.profesional.id, cliente_id: attacker.cliente.id, fecha: monday, fecha_cita: monday, fecha_hasta: monday, dia_semana: 1, hora_inicio: '09:00', hora_fin: '10:00' };
      const defined = Object.fromEntries(Object.entries(own).filter(([name]) => name in operation.body.properties));
      const { status, body } = await attacker.request(operation.method, path, { ...bodyFor(operation), ...defined, [field]: foreign[field] });
      const named = status !== 400 || body.errores?.some((e: any) => e.campo === field);
      if (status < 400 || status >= 500 || !named || undocumented(operation, status)) wrong.push(`${operation.method} ${path} ${field} ${status} ${JSON.stringify(body)}`);
    }
  }
  expect(tried).toBeGreaterThan(5);
  expect(wrong).toEqual([]);
  expect(await digest(victim.cuenta.organizacion_id)).toBe(before);
});

test('a currency that nobody has is named, wherever it may come', async () => {
  const platform = await superAdmin(api);
  const owner = await register(api);
  const { organizacion_id } = owner.cuenta;
  const answers = [
    await owner.request('PATCH', `/organizations/${organizacion_id}`, { moneda: 'XXX' }),
    await platform.request('PUT', `/admin/organizations/${organizacion_id}/subscription`, { moneda: 'XXX', precio_actual: '10.00', motivo: 'Acuerdo' }),
  ];
  for (const { status, body } of answers) expect([status, body.codigo, body.errores]).toEqual([400, 'referencia_invalida', [{ campo: 'moneda', codigo: 'existente', mensaje: 'no existe' }]]);
});

test('every route refuses who has no token, a tampered one, or a role it does not list', async () => {
  const wrong: string[] = [];
  const tampered = `${victim.token.slice(0, -3)}abc`;
  for (const operation of operations.filter(({ roles }) => roles)) {
    const path = withQuery(operation, aim(operation.path));
    const none = await api.request(operation.method, path, bodyFor(operation));
    if (none.status !== 401 || undocumented(operation, 401)) wrong.push(`${operation.method} ${path} without token: ${none.status}`);
    const forged = await api.request(operation.method, path, bodyFor(operation), { authorization: `Bearer ${tampered}` });
    if (forged.status !== 401) wrong.push(`${operation.method} ${path} tampered: ${forged.status}`);
    const outsider = operation.roles!.includes('cliente') ? undefined : victimClient;
    const refused = await outsider?.request(operation.method, path, bodyFor(operation));
    if (refused && (refused.status !== 403 || undocumented(operation, 403))) wrong.push(`${operation.method} ${path} as cliente: ${refused.status}`);
  }
  expect(wrong).toEqual([]);
});

test('bad input in any field of any route is a 4xx that names the field, never a 5xx', async () => {
  const wrong: string[] = [];
  let tried = 0;
  const platform = await superAdmin(api);
  for (const operation of operations.filter(({ body, path }) => body?.properties && !path.includes('{organizacionId}/'))) {
    const caller = !operation.roles ? api : operation.path.startsWith('/admin/') ? platform : operation.roles.includes('admin') ? victim : victimClient;
    const path = aim(operation.path);
    const good = bodyFor(operation);
    const attempts: [string, string, unknown][] = Object.entries<any>(operation.body.properties).flatMap(([field, schema]) =>
      badValues(schema).map(([what, value]): [string, string, unknown] => [field, what, { ...good, [field]: value }]));
    attempts.push(['campo_que_no_existe', 'unknown', { ...good, campo_que_no_existe: 1 }]);
    for (const field of operation.body.required ?? []) attempts.push([field, 'missing', { ...good, [field]: undefined }]);
    for (const [field, what, body] of attempts) {
      tried++;
      const answer = await caller.request(operation.method, path, body);
      const named = answer.body?.errores?.some((e: any) => e.campo === field || e.campo.startsWith(`${field}.`));
      if (answer.status < 400 || answer.status >= 500 || !named || undocumented(operation, answer.status)) wrong.push(`${operation.method} ${path} ${field} ${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    for (const [what, body] of [['a list', '[1]'], ['an empty list', '[]'], ['a number', '5'], ['broken', '{"a":'], ['text', '"x"'], ['poison', '{"__proto__":{"a":1}}']]) {
      const answer = await caller.request(operation.method, path, body);
      const known = answer.body?.errores?.every((e: any) => FIELD_MESSAGES[e.codigo] && e.mensaje !== e.codigo) ?? true;
      if (answer.status < 400 || answer.status >= 500 || !known || undocumented(operation, answer.status)) wrong.push(`${operation.method} ${path} body is ${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }
  expect(tried).toBeGreaterThan(300);
  expect(wrong).toEqual([]);
}, 120_000);

test('bad query and path values are 4xx everywhere', async () => {
  const wrong: string[] = [];
  for (const operation of operations.filter(({ roles, path, method }) => roles && method === 'GET' && !path.includes('{organizacionId}/'))) {
    const caller = operation.roles!.includes('admin') ? victim : victimClient;
    const paths = operation.query.flatMap(({ name }) => ['%00', '%ff', "';drop table citas;--", 'x'.repeat(3000), '-1', '2027-02-30'].map((value) => {
      const base = withQuery(operation, aim(operation.path)).replace(new RegExp(`([?&])${name}=[^&]*&?`), '$1');
      return `${base}${base.includes('?') ? '&' : '?'}${name}=${value.startsWith('%') ? value : encodeURIComponent(value)}`;
    }));
    for (const bad of ['0', '-1', 'abc', '1e3', '99999999999999999999', '%00', '%E0%A4%A', '2027-13-01']) paths.push(operation.path.replace(/\{\w+\}/g, bad));
    for (const path of operation.path.includes('{') ? paths : paths.slice(0, operation.query.length * 6)) {
      const { status } = await caller.request('GET', path);
      const searches = /[?&](q|cursor|tipo\w*|estado)=/.test(path);
      if (status >= 500 || (status < 400 && !searches) || undocumented(operation, status)) wrong.push(`${path}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);

test('a range that ends before it begins is rango_invalido on every route that takes one', async () => {
  const wrong: string[] = [];
  let tried = 0;
  for (const operation of operations.filter(({ path, method }) => method === 'GET' && !path.includes('{organizacionId}/'))) {
    const names = operation.query.map(({ name }) => name);
    const ends = ['fecha_desde fecha_hasta', 'desde hasta'].map((pair) => pair.split(' ')).find((pair) => pair.every((name) => names.includes(name)));
    if (!ends) continue;
    tried++;
    const caller = operation.roles?.includes('super_admin') && !operation.roles.includes('admin') ? await superAdmin(api) : victim;
    const day = operation.query.find(({ name }) => name === ends[0]).schema.format === 'date';
    const url = new URL(withQuery(operation, aim(operation.path)), 'http://x');
    ends.forEach((name, i) => url.searchParams.set(name, ['2027-05-02', '2027-03-01'][i] + (day ? '' : 'T00:00:00Z')));
    const { status, body } = await caller.request('GET', `${url.pathname}${url.search}`);
    if (status !== 400 || body.codigo !== 'rango_invalido' || body.errores?.[0]?.campo !== ends[1]) wrong.push(`${operation.path}: ${status} ${JSON.stringify(body)}`);
    if (undocumented(operation, status) || !operation.problems.includes('rango_invalido')) wrong.push(`${operation.path}: UNDOCUMENTED`);
  }
  expect(tried).toBeGreaterThan(8);
  expect(wrong).toEqual([]);
});

test('a made-up cursor is a page or cursor_invalido on every list', async () => {
  const wrong: string[] = [];
  const most = Number.MAX_SAFE_INTEGER;
  const keys = [[1], [most], [-most], [1, 1], [most, most], [-most, 1], [40_000, 1], [1.5, 1], ['2199-12-31T23:59:59.999999Z', most], ['1900-01-01T00:00:00+14:00', -1], ['2027-02-30T00:00:00Z', 1], ['infinity', 1], ['\0', 1], [null, null], [{}, []], {}, null, 'x'];
  const lists = operations.filter(({ method, path, query, roles }) => method === 'GET' && !path.includes('{organizacionId}/') && query.some(({ name }) => name === 'cursor') && (!roles || roles.includes('admin')));
  expect(lists.length).toBeGreaterThan(12);
  for (const operation of lists) {
    for (const key of keys) {
      const path = withQuery(operation, aim(operation.path));
      const { status, body } = await victim.request('GET', `${path}${path.includes('?') ? '&' : '?'}cursor=${Buffer.from(JSON.stringify(key)).toString('base64url')}`);
      if (status !== 200 && body.codigo !== 'cursor_invalido') wrong.push(`${operation.path} ${JSON.stringify(key)}: ${status} ${JSON.stringify(body)}`);
      if (undocumented(operation, status)) wrong.push(`${operation.path}: ${undocumented(operation, status)}`);
    }
  }
  expect(wrong).toEqual([]);
});

describe('a path', () => {
  const mine = (operation: Operation) => (!operation.roles || operation.roles.includes('admin') ? victim : victimClient);

  test('with a wrong id names the one that is wrong', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const operation of operations.filter(({ path, roles }) => roles?.includes('admin') && !path.includes('{organizacionId}/'))) {
      const numbers = (document.paths[`/api/v1${operation.path}`][operation.method.toLowerCase()].parameters ?? []).filter((one: any) => one.in === 'path' && one.schema.type !== 'string');
      for (const { name } of numbers) {
        tried++;
        const path = withQuery(operation, aim(operation.path.replace(`{${name}}`, 'abc')));
        const { status, body } = await victim.request(operation.method, path, bodyFor(operation));
        if (status !== 400 || body.errores?.[0]?.campo !== name) wrong.push(`${operation.method} ${operation.path} ${name}: ${status} ${JSON.stringify(body.errores)}`);
      }
    }
    expect(tried).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });

  test('that cannot be read, or is longer than any name, is nowhere', async () => {
    const wrong: string[] = [];
    for (const operation of operations.filter(({ path, method }) => method === 'GET' && path.includes('{'))) {
      for (const bad of ['%', '%E0%A4%A', '%ff', '%C0%AE', '1'.repeat(300)]) {
        const { status, body } = await mine(operation).request('GET', operation.path.replace(/\{\w+\}/g, bad));
        if (status !== 404 || body.codigo !== 'no_encontrado' || undocumented(operation, status)) wrong.push(`${operation.path} ${bad.slice(0, 9)}: ${status} ${body.codigo}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  const serves = (method: string, path: string) => operations.some((one) => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));

  test('answers 405 to a method that it does not have, and says which it has', async () => {
    const wrong: string[] = [];
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    for (const path of Object.keys(document.paths).map((one) => one.replace('/api/v1', '')).filter((one) => !one.includes('{organizacionId}/'))) {
      const aimed = path.replace(/\{\w+\}/g, '999999999');
      for (const method of methods) {
        const { status, body, headers } = await victim.request(method, aimed, method === 'GET' ? undefined : {});
        const allowed = headers.get('allow')?.split(', ').filter((one) => one !== 'HEAD') ?? [];
        if (serves(method, aimed)) continue;
        if (status !== 405 || body.codigo !== 'metodo_no_permitido' || allowed.join() !== methods.filter((one) => serves(one, aimed)).toSorted().join()) wrong.push(`${method} ${path}: ${status} ${body?.codigo} ${allowed}`);
      }
    }
    expect((await victim.request('PUT', '/nada')).status).toBe(404);
    expect((await api.request('OPTIONS', '/clients')).status).toBe(204);
    expect(wrong).toEqual([]);
  });
});
