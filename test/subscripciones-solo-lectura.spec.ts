// A business without a live subscription, on every route of the served document.
import pg from 'pg';
import { nextWeekday, openShop, registerClient, startApi, type Api, type Member, type Shop } from './api.js';
import { query } from './checks.js';
import { inContext, refusal } from './sql/tenant.js';
import { connect, correr, ejecutor } from './tareas.js';
import { operationsOf, sample, type Operation } from './openapi-samples.js';
import { facturas } from './subscripciones-kit.js';

let api: Api;
let shop: Shop;
let client: Member;
let ids: Record<string, unknown>;
let code: string;
let citas: number[];

const monday = nextWeekday(1, 7);
const STATES = ['suspendida', 'expirada', 'cancelada'];

/** Through a state from which it may come. */
async function end(estado: string, owner: Member = shop) {
  const from = estado === 'expirada' ? 'prueba' : 'activa';
  const client = await admin();
  await client.query("begin; set local session_replication_role = 'replica'");
  await client.query('update subscripciones set estado = $2 where organizacion_id = $1', [owner.cuenta.organizacion_id, from]);
  await client.query("set local session_replication_role = 'origin'");
  await client.query('update subscripciones set estado = $2 where organizacion_id = $1', [owner.cuenta.organizacion_id, estado]);
  await client.query('commit');
  await client.end();
}
const restore = (owner: Member = shop) =>
  query(api, "update subscripciones set estado = 'activa' where organizacion_id = $1 and estado <> 'activa'", [owner.cuenta.organizacion_id]);
async function admin(): Promise<pg.Client> {
  const client = new pg.Client(api.database.adminUrl);
  await client.connect();
  return client;
}

/** All that a business has of its own, as one digest. */
async function digest(): Promise<string> {
  const tables = ['profesionales', 'clientes', 'servicios', 'servicios_profesionales', 'horarios_profesionales', 'horarios_disponibilidad', 'citas', 'historial_citas', 'destinos_webhook',
    'plantillas_mensajes', 'instancias_whatsapp'];
  const parts = tables.map((table) => `select '${table}' as que, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as d from ${table} t where organizacion_id = $1`);
  return JSON.stringify(await query(api, `${parts.join(' union all ')} order by 1`, [shop.cuenta.organizacion_id]));
}

beforeAll(async () => {
  api = await startApi();
  facturas(api);
  shop = await openShop(api);
  client = await registerClient(api, shop);
  const slot = { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id };
  citas = [];
  for (const hora_inicio of ['09:00', '10:00', '11:00', '12:00']) {
    const { body } = await shop.request('POST', '/appointments', { ...slot, cliente_id: shop.cliente.id, fecha_cita: monday, hora_inicio });
    citas.push(body.id);
    code = body.codigo_cita;
  }
  const hold = await shop.request('POST', '/availability/holds', { ...slot, fecha: monday, hora_inicio: '15:00' });
  const schedule = await shop.request('GET', `/schedules?profesional_id=${slot.profesional_id}&limite=1`);
  ids = {
    services: shop.servicio.id, professionals: shop.profesional.id, clients: shop.cliente.id, appointments: citas[0], 'availability/holds': hold.body.id,
    schedules: schedule.body.elementos[0].id, 'schedules/week': shop.profesional.id, users: client.cuenta.usuario_id,
    webhooks: (await query(api, "insert into destinos_webhook (organizacion_id, url) values ($1, 'https://example.com/hook') returning id", [shop.cuenta.organizacion_id]))[0].id,
    'users/invitations': (await shop.request('POST', '/users/invitations', { nombre: 'Ana', email: 'ana@example.org', rol: 'empleado', canal: 'email' })).body.id,
    'api-keys': (await shop.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] })).body.id,
    'auth/sessions': (await shop.request('GET', '/auth/sessions')).body[0].id,
  };
});
afterAll(() => api.close());

/** What still works although it writes, and why. */
const PASSES: [RegExp, string][] = [
  [/^\w+ \/auth\//, 'one\'s own account'],
  [/^\w+ \/users\/invitations/, 'inviting is not working'],
  [/^(PATCH|PUT|DELETE) \/users\//, 'taking away access must always work'],
  [/^\w+ \/billing\//, 'how it comes back'],
  [/^PUT \/appointments\/\{id\}\/cancel$/, 'existing appointments are cancellable'],
  [/^(PATCH|DELETE) \/api-keys\/|^POST \/api-keys\/\{id\}\/rotate$/, 'a leaked key must be revocable'],
  [/^POST \/webhooks\/(deliveries\/|\{id\}\/ping$)|^PUT \/webhooks\/\{id\}\/resume$/, 'tells again what happened'],
  [/^POST \/whatsapp\/inbound\//, 'what clients answer to reminders is received'],
  [/^POST \/message-templates\/preview$/, 'only computes'],
  [/^\w+ \/conversations/, 'another database; nothing of the agenda'],
];
/** Refused before they come to write, by another problem. */
const OTHERWISE: Record<string, string> = {
  'POST /webhooks': 'datos_invalidos', // an address without a network
  'POST /schedules': 'datos_invalidos',
  'PUT /appointments/{id}/complete': 'transicion_invalida', // it has not begun
  'PUT /appointments/{id}/rate': 'no_encontrado', // of another client
  'POST /whatsapp/instance': 'canal_no_disponible', 'DELETE /whatsapp/instance': 'canal_no_disponible', 'POST /whatsapp/instance/reconnect': 'canal_no_disponible',
  'POST /whatsapp/test': 'canal_no_disponible', 'DELETE /clients/{id}/conversations': 'conversaciones_no_disponibles',
};
/** For a PATCH an empty body changes nothing. */
const CHANGES: Record<string, object> = {
  'PATCH /services/{id}': { nombre: 'Otro' }, 'PATCH /professionals/{id}': { nombre_completo: 'Otro' }, 'PATCH /clients/{id}': { nombre: 'Otro' }, 'PATCH /clients/me': { nombre: 'Otro' },
  'PATCH /appointments/{id}': { notas_internas: 'Otra' }, 'PATCH /organizations/{organizacionId}': { nombre_comercial: 'Otro' }, 'PATCH /webhooks/{id}': { descripcion: 'Otra' },
  'PATCH /schedules/{id}': { motivo: 'Otro' },
};

function aim({ path }: Operation): string | undefined {
  let prefix = '';
  const segments = path.split('/').slice(1).map((segment) => {
    if (!segment.startsWith('{')) {
      prefix += `/${segment}`;
      return segment;
    }
    if (segment === '{codigo_tenant}') return shop.cuenta.codigo_tenant;
    if (segment === '{codigo_cita}') return code;
    if (segment === '{date}' || segment === '{fecha}') return monday;
    const owner = { '{servicioId}': 'services', '{organizacionId}': 'organizations', '{profesionalId}': 'professionals' }[segment] ?? prefix.slice(1);
    return ids[owner] === undefined ? '1' : String(ids[owner]);
  });
  return `/${segments.join('/')}`;
}

function bodyOf({ method, path, body }: Operation): unknown {
  const change = CHANGES[`${method} ${path}`];
  if (change) return change;
  if (!body) return undefined;
  const value = sample(body);
  for (const [field, id] of Object.entries({ profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha: monday, fecha_cita: monday })) {
    if (field in (body.properties ?? {})) value[field] = id;
  }
  return value;
}

test.each(STATES)('%s: every route that writes answers 402 with what to do, but those listed; every one that reads answers as before', async (estado) => {
  await restore();
  const { operations } = await operationsOf(api);
  const mine = operations.filter(({ path, roles }) => !path.startsWith('/organizations/{organizacionId}/') && (roles === undefined || roles.includes('admin') || roles.includes('cliente'))
    && !path.startsWith('/auth/') && !path.startsWith('/admin/'));
  const request = ({ roles }: Operation) => (roles && !roles.includes('admin') ? client.request : shop.request);
  const query_ = ({ query: parameters }: Operation) => {
    const required = parameters.filter((parameter) => parameter.required);
    const value = (name: string, schema: any) => (name === 'servicio_id' ? shop.servicio.id : name.startsWith('fecha') ? monday : sample(schema));
    return required.length ? `?${new URLSearchParams(required.map(({ name, schema }): [string, string] => [name, String(value(name, schema))]))}` : '';
  };
  const reads = mine.filter(({ method }) => method === 'GET');
  const ask = async (one: Operation) => (await request(one)('GET', `${aim(one)}${query_(one)}`)).status;
  const before: [string, number][] = [];
  for (const one of reads) before.push([one.path, await ask(one)]);
  expect(before.filter(([, status]) => status === 200).length).toBeGreaterThan(25);
  await end(estado);
  const after: [string, number][] = [];
  for (const one of reads) after.push([one.path, await ask(one)]);
  expect(after).toEqual(before);

  const writes = mine.filter(({ method }) => method !== 'GET');
  const told: string[] = [];
  const had = await digest();
  const wrong: string[] = [];
  for (const one of writes) {
    const name = `${one.method} ${one.path}`;
    if (PASSES.some(([pattern]) => pattern.test(name))) continue;
    const { status, body } = await request(one)(one.method, aim(one)!, bodyOf(one));
    if (status === 402 && body.codigo === 'subscripcion_suspendida') told.push(name);
    else if (status < 400 || OTHERWISE[name] !== body?.codigo) wrong.push(`${name}: ${status} ${JSON.stringify(body)}`);
    if (status === 402 && !one.statuses.includes('402')) wrong.push(`${name}: 402 is not documented`);
  }
  expect(wrong).toEqual([]);
  expect(told.length).toBeGreaterThan(30);
  expect(await digest()).toBe(had);
}, 60_000);

test('what the list lets through is let through: appointments are cancelled by staff and client, an account changes, an invitation is sent', async () => {
  await restore();
  const own = await client.request('POST', '/appointments', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio: '16:00' });
  expect(own.status).toBe(201);
  await end('suspendida');
  expect((await shop.request('PUT', `/appointments/${citas[0]}/cancel`, { motivo_cancelacion: 'Cerramos' })).body).toMatchObject({ estado: 'cancelada' });
  expect((await client.request('PUT', `/appointments/${own.body.id}/cancel`, { motivo_cancelacion: 'No puedo' })).body).toMatchObject({ estado: 'cancelada' });
  const free = await query(api, "select count(*)::int as n from horarios_disponibilidad where organizacion_id = $1 and cita_id = $2", [shop.cuenta.organizacion_id, citas[0]]);
  expect(free).toEqual([{ n: 0 }]);
  expect((await shop.request('POST', '/users/invitations', { nombre: 'Beto', email: 'beto@example.org', rol: 'empleado', canal: 'email' })).status).toBe(201);
  expect((await api.request('POST', '/auth/refresh', { refresh_token: shop.refresh_token })).status).toBe(200);
  expect((await shop.request('GET', '/billing/subscription')).body).toMatchObject({ estado: 'suspendida', solo_lectura: true });
  expect((await shop.request('GET', `/appointments/${citas[1]}`)).body).toMatchObject({ estado: 'pendiente' });
  const stranger = { codigo_tenant: shop.cuenta.codigo_tenant, nombre: 'Nueva', email: 'nueva@example.org', password: 'una-clave-larga' };
  expect((await api.request('POST', '/auth/register-client', stranger)).body).toMatchObject({ status: 402, codigo: 'subscripcion_suspendida' });
  await restore();
  expect((await shop.request('PUT', `/appointments/${citas[1]}/confirm`)).body).toMatchObject({ estado: 'confirmada' });
});

test('SQL as saas_app is refused alike, and a cita may be cancelled and nothing beside', async () => {
  await end('suspendida');
  const app = await connect(api);
  const context = { organizacion: shop.cuenta.organizacion_id, usuario: shop.cuenta.usuario_id, rol: 'admin' };
  const attempt = (sql: string, ...values: unknown[]) => refusal(inContext(app as any, context, () => app.query(sql, values)));
  for (const sql of [
    "insert into clientes (nombre) values ('x')", 'update clientes set notas = null', 'update servicios set precio = 1', 'delete from servicios_profesionales',
    'update organizaciones set idioma = $$en$$', 'delete from horarios_disponibilidad', "update profesionales set activo = false",
    "update citas set notas_internas = 'x'", "update citas set estado = 'confirmada' where estado = 'pendiente'",
    "update citas set estado = 'cancelada', notas_internas = 'x' where estado = 'pendiente'", 'update citas set feedback_solicitado_en = now(), precio_servicio = 0, precio_final = 0',
    "insert into usuarios (email, password_hash, rol, nombre) values ('x@example.com', '$argon2id$x', 'empleado', 'x')",
  ]) expect([sql, await attempt(sql)]).toEqual([sql, { code: 'FR402', constraint: 'subscripcion_suspendida' }]);
  // How sending goes, and who asks not to be written to.
  for (const sql of ["update destinos_webhook set fallando_desde = now()", "update instancias_whatsapp set proximo_envio_en = now()", "update clientes set acepta_mensajes = false"]) {
    await inContext(app as any, context, () => app.query(sql));
  }
  await app.end();
});

test('reminders still go out, a client may answer one, and tasks that write the agenda leave it be without an error', async () => {
  await restore();
  const ahora = new Date(Date.parse(`${monday}T17:00:00Z`) - 24 * 3_600_000 + 60_000).toISOString(); // a day before the one of 12:00 in Bogotá
  await query(api, 'update organizaciones set inasistencia_minutos = 10, silencio_desde = null, silencio_hasta = null where id = $1', [shop.cuenta.organizacion_id]);
  await end('suspendida');
  const sent = await correr(api, 'recordatorios', ahora);
  expect(sent.enviados).toBeGreaterThan(0);
  for (const tarea of ejecutor(api).tareas.map(({ nombre }) => nombre).filter((nombre) => nombre !== 'recordatorios' && nombre !== 'retencion_chat')) {
    await correr(api, tarea, `${monday}T20:00:00Z`);
  }
  expect(await query(api, "select count(*)::int as n from citas where organizacion_id = $1 and estado = 'no_asistio'", [shop.cuenta.organizacion_id])).toEqual([{ n: 0 }]);
  const app = await connect(api);
  await inContext(app as any, { organizacion: shop.cuenta.organizacion_id, rol: 'cliente' }, () =>
    app.query("update citas set estado = 'confirmada' where organizacion_id = $1 and id = $2 and estado = 'pendiente'", [shop.cuenta.organizacion_id, citas[2]]));
  await app.end();
  expect((await shop.request('GET', `/appointments/${citas[2]}`)).body).toMatchObject({ estado: 'confirmada' });
});

test('one that is suspended does not stop another, and everything is back in the same second', async () => {
  const other = await openShop(api);
  await end('suspendida');
  expect((await other.request('POST', '/clients', { nombre: 'Vecina' })).status).toBe(201);
  expect((await shop.request('POST', '/clients', { nombre: 'No' })).body).toMatchObject({ status: 402, codigo: 'subscripcion_suspendida', title: expect.stringContaining('/billing/subscription') });
  await restore();
  expect((await shop.request('POST', '/clients', { nombre: 'Sí' })).status).toBe(201);
});
