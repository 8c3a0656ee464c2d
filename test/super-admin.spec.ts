// super_admin: its own organisation, database role, pool; everything it does in another organisation is written down there.
import { openShop, register, startApi, unique, type Api } from './api.js';
import { linkTo } from './buzon.js';
import { query } from './checks.js';
import { openDatabase, refusal, type Database } from './sql/tenant.js';
import { superAdmin } from './super-admin.js';
import { urlOf } from '../scripts/database.mjs';
import { makeSuperAdmin } from '../scripts/super-admin.mjs';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const accesses = (organizacion_id: number) =>
  query(api, "select ruta, usuario_id, rol, host(ip) as ip, solicitud from auditoria where organizacion_id = $1 and accion = 'acceso' order by id", [organizacion_id]);

describe('an account of the platform', () => {
  test('signs in with a second factor only, for an hour, and is seen in no organisation', async () => {
    const boss = await superAdmin(api);
    const me = await boss.request('GET', '/auth/me');
    expect([me.status, me.body.rol, me.body.email]).toEqual([200, 'super_admin', boss.email]);
    const again = await api.request('POST', '/auth/login', { email: boss.email, password: boss.password });
    expect([again.status, again.body.codigo]).toEqual([401, 'segundo_factor_requerido']);
    const payload = JSON.parse(Buffer.from(boss.token.split('.')[1], 'base64url').toString());
    expect(payload.exp - payload.iat).toBe(3600);
    expect((await api.request('GET', `/public/${me.body.codigo_tenant}`)).status).toBe(404);
    const client = { codigo_tenant: me.body.codigo_tenant, nombre: 'X', email: `${unique('x')}@example.com`, password: 'una-clave-larga' };
    expect((await api.request('POST', '/auth/register-client', client)).status).toBe(404);
  });

  test('has no refresh token, no mail that resets its password, and ends with logout-all', async () => {
    const boss = await superAdmin(api);
    expect((await api.request('POST', '/auth/password/forgot', { email: boss.email })).status).toBe(204);
    expect(await query(api, "select 1 from codigos where destino = $1", [boss.email])).toEqual([]);
    expect((await boss.request('POST', '/auth/logout-all')).status).toBe(204);
    expect((await boss.request('GET', '/auth/me')).status).toBe(401);
    expect((await boss.request('GET', '/admin/organizations')).status).toBe(401);
  });

  test('changes its password; an operator gives it a new one, which ends its second factor and sessions', async () => {
    const boss = await superAdmin(api);
    const changed = await boss.request('PUT', '/auth/password', { password_actual: boss.password, password_nueva: 'otra clave bien larga 77' });
    expect(changed.status).toBe(204);
    expect((await boss.request('GET', '/auth/me')).status).toBe(200);
    expect((await api.request('POST', '/auth/login', { email: boss.email, password: boss.password })).body.codigo).toBe('credenciales_invalidas');
    const password = await makeSuperAdmin(api.database.adminUrl, boss.email);
    expect((await boss.request('GET', '/auth/me')).status).toBe(401);
    expect((await api.request('POST', '/auth/login', { email: boss.email, password })).body.codigo).toBe('debe_activar_segundo_factor');
  });

  test('is nothing on a server without its connection', async () => {
    const boss = await superAdmin(api);
    const other = await startApi({ ADMIN_DATABASE_URL: '' }, api);
    try {
      const { status, body } = await other.request('GET', '/admin/organizations', undefined, { authorization: `Bearer ${boss.token}` });
      expect([status, body.codigo]).toEqual([403, 'prohibido']);
    } finally {
      await other.close();
    }
  });
});

describe('across organisations', () => {
  test('reads what the admin of one may, and each reading is in the audit of that one', async () => {
    const [boss, shop] = [await superAdmin(api), await openShop(api)];
    const id = shop.cuenta.organizacion_id;
    const clients = await boss.request('GET', `/organizations/${id}/clients?limite=5`);
    expect([clients.status, clients.body.elementos.map((c: any) => c.id)]).toEqual([200, [shop.cliente.id]]);
    expect((await boss.request('GET', `/organizations/${id}`)).body.codigo_tenant).toBe(shop.cuenta.codigo_tenant);
    const [first, second, ...rest] = await accesses(id);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ ruta: `GET /api/v1/organizations/${id}/clients`, rol: 'super_admin', ip: '127.0.0.1', solicitud: clients.headers.get('x-request-id') });
    expect(second.ruta).toBe(`GET /api/v1/organizations/${id}`);
    // The business itself can see who looked.
    const seen = await shop.request('GET', '/audit?accion=acceso');
    expect(seen.body.elementos.map((row: any) => [row.ruta, row.rol, row.usuario_nombre])).toEqual([
      [second.ruta, 'super_admin', null], [first.ruta, 'super_admin', null]]);
  });

  test('reads one organisation at a time: the other never shows', async () => {
    const [boss, one, two] = [await superAdmin(api), await openShop(api), await openShop(api)];
    for (const path of ['clients', 'services', 'professionals', 'schedules', 'appointments', 'users', 'audit', 'users/invitations']) {
      const { status, body } = await boss.request('GET', `/organizations/${one.cuenta.organizacion_id}/${path}?limite=200`);
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toContain(two.cuenta.codigo_tenant);
    }
    expect(await accesses(two.cuenta.organizacion_id)).toEqual([]);
  });

  test('changes nothing there but what /admin says, and an organisation that does not exist is 404', async () => {
    const [boss, shop] = [await superAdmin(api), await openShop(api)];
    const id = shop.cuenta.organizacion_id;
    const refused: [string, string, unknown][] = [
      ['POST', '/clients', { nombre: 'X' }], ['PATCH', `/clients/${shop.cliente.id}`, { nombre: 'X' }], ['GET', '/clients', undefined],
      ['PATCH', `/organizations/${id}`, { nombre_comercial: 'X' }], ['POST', '/users', {}], ['GET', '/audit', undefined], ['DELETE', `/services/${shop.servicio.id}`, undefined],
    ];
    for (const [method, path, body] of refused) expect([method, path, (await boss.request(method, path, body)).status]).toEqual([method, path, 403]);
    for (const path of ['/organizations/999999999/clients', '/organizations/999999999', '/organizations/0/clients', '/organizations/abc/clients']) {
      expect([path, (await boss.request('GET', path)).status]).toEqual([path, 404]);
    }
    expect((await boss.request('PUT', '/admin/organizations/999999999/active', { activo: false })).status).toBe(404);
    expect((await boss.request('POST', '/admin/organizations/999999999/invitations', { nombre: 'X', email: 'x@example.com' })).status).toBe(404);
  });

  test('lists and finds organisations, never its own', async () => {
    const [boss, shop] = [await superAdmin(api), await register(api)];
    const { codigo_tenant, email } = shop.cuenta;
    for (const q of [codigo_tenant, codigo_tenant.slice(0, -2).toUpperCase(), email]) {
      const { status, body } = await boss.request('GET', `/admin/organizations?q=${encodeURIComponent(q)}&activo=true`);
      expect([status, body.elementos.map((row: any) => row.codigo_tenant)]).toEqual([200, expect.arrayContaining([codigo_tenant])]);
    }
    const all: string[] = [];
    let cursor: string | null = '';
    do {
      const { body }: any = await boss.request('GET', `/admin/organizations?limite=2${cursor && `&cursor=${cursor}`}`);
      all.push(...body.elementos.map((row: any) => row.codigo_tenant));
      ({ cursor } = body);
    } while (cursor);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain(codigo_tenant);
    expect(all.filter((codigo) => codigo.startsWith('plataforma'))).toEqual([]);
  });

  test('closes an organisation at once and opens it again as it was', async () => {
    const [boss, shop] = [await superAdmin(api), await openShop(api)];
    const id = shop.cuenta.organizacion_id;
    const closed = await boss.request('PUT', `/admin/organizations/${id}/active`, { activo: false });
    expect([closed.status, closed.body.activo]).toEqual([200, false]);
    expect((await shop.request('GET', '/clients')).status).toBe(401);
    expect((await api.request('GET', `/public/${shop.cuenta.codigo_tenant}`)).status).toBe(404);
    await boss.request('PUT', `/admin/organizations/${id}/active`, { activo: true });
    expect((await shop.request('GET', '/clients')).status).toBe(200);
    const [change] = await query(api, "select cambios, rol from auditoria where organizacion_id = $1 and tabla = 'organizaciones' and accion = 'cambio' order by id", [id]);
    expect(change).toEqual({ cambios: { activo: [true, false] }, rol: 'super_admin' });
    // A POST with Idempotency-Key is kept under the account that sent it.
    const platform = (await boss.request('GET', '/auth/me')).body.organizacion_id;
    expect((await boss.request('PUT', `/admin/organizations/${platform}/active`, { activo: false })).status).toBe(404);
  });

  test('invites the second admin, who then signs in as one', async () => {
    const [boss, shop] = [await superAdmin(api), await register(api)];
    const email = `${unique('segunda')}@example.com`;
    const { status, body } = await boss.request('POST', `/admin/organizations/${shop.cuenta.organizacion_id}/invitations`, { nombre: 'Lucía Peña', email });
    expect([status, body.rol]).toEqual([201, 'admin']);
    const token = await linkTo(api, email, 'invitacion');
    const accepted = await api.request('POST', '/auth/invitations/accept', { token, password: 'una clave muy larga 99' });
    expect([accepted.status, accepted.body.rol, accepted.body.organizacion_id]).toEqual([201, 'admin', shop.cuenta.organizacion_id]);
    const login = await api.request('POST', '/auth/login', { email, password: 'una clave muy larga 99' });
    expect(login.status).toBe(200);
    // Now the first one may leave.
    const left = await shop.request('PATCH', `/users/${shop.cuenta.usuario_id}`, { activo: false });
    expect([left.status, left.body.activo]).toEqual([200, false]);
  });
});

describe('whoever could run any SQL as saas_app', () => {
  let database: Database;
  let organizacion: number;
  let usuario: number;
  beforeAll(async () => {
    database = await openDatabase();
    await makeSuperAdmin(urlOf(process.env.FRANJA_TEST_ADMIN_URL!, database.name), 'jefa@example.com');
    ({ organizacion_id: organizacion, id: usuario } = await database.admin.row("select organizacion_id, id from usuarios where rol = 'super_admin'"));
    await database.admin.rows("insert into segundos_factores (organizacion_id, usuario_id, secreto_sellado, ultimo_paso, activado_en) values ($1, $2, 'v1.x', 1, now())", organizacion, usuario);
    await database.admin.rows("insert into codigos_recuperacion (organizacion_id, usuario_id, codigo_hash) values ($1, $2, sha256('x'))", organizacion, usuario);
  });
  afterAll(() => database.close());

  const attacks: [string, string][] = [
    ['sets a password', "update usuarios set password_hash = '$argon2id$x' where id = $2 and organizacion_id = $1"],
    ['reactivates', 'update usuarios set activo = true where id = $2 and organizacion_id = $1'],
    ['opens a session', "insert into sesiones (usuario_id, familia, token_hash, expira_en) select $2, gen_random_uuid(), sha256('x'), now() + interval '1 day' where $1 > 0"],
    ['sets a second factor', "insert into segundos_factores (usuario_id, secreto_sellado) select $2, 'v1.x' where $1 > 0"],
    ['takes the second factor away', 'delete from segundos_factores where usuario_id = $2 and organizacion_id = $1'],
    ['uses up recovery codes', 'delete from codigos_recuperacion where usuario_id = $2 and organizacion_id = $1'],
    ['orders a reset', "insert into codigos (proposito, usuario_id, destino, codigo_hash, expira_en) select 'restablecimiento', $2, 'x@example.com', sha256('x'), now() + interval '1 day' where $1 > 0"],
    ['sets the context of one', "select app.fijar_contexto_super_admin($1, $1, $2, 'x')"],
    ['writes an access', "select app.auditar_acceso('x') where $1::bigint + $2::bigint > 0"],
    ['makes one of an admin', "update usuarios set rol = 'super_admin' where $1::bigint + $2::bigint > 0"],
    ['makes its organisation the platform', 'update organizaciones set es_plataforma = true where $1::bigint + $2::bigint > 0'],
  ];

  test.each(attacks)('in the context of the account itself, %s: refused', async (_, sql) => {
    const { app } = database;
    await app.query('begin');
    await app.query("select app.fijar_contexto($1, $2, 'super_admin')", [organizacion, usuario]);
    expect(await refusal(app.query(sql, [organizacion, usuario])).finally(() => app.query('rollback'))).toEqual({ code: '42501' });
  });

  test('saas_admin itself neither writes nor changes the audit, nor makes users', async () => {
    const boss = await database.connect('saas_admin');
    for (const sql of [
      "insert into auditoria (organizacion_id, accion, ruta) values (1, 'acceso', 'x')", "update auditoria set rol = 'admin'", 'delete from auditoria', 'truncate auditoria',
      "insert into usuarios (email, rol, nombre) values ('x@example.com', 'super_admin', 'X')", "update usuarios set rol = 'super_admin'", 'delete from usuarios',
    ]) {
      await boss.query('begin');
      await boss.query("select app.fijar_contexto($1, $2, 'super_admin')", [organizacion, usuario]);
      expect(await refusal(boss.query(sql)).finally(() => boss.query('rollback'))).toEqual({ code: '42501' });
    }
  });
});
