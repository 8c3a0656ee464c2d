// Who did what, when, from where: written by triggers in the transaction of the change, read by the admin, changed by nobody.
import { randomUUID } from 'node:crypto';
import { nextWeekday, openShop, PASSWORD, register, registerClient, startApi, type Answer, type Api, type Member, type Shop } from './api.js';
import { employee, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ TRUST_PROXY: 'loopback' });
});
afterAll(() => api.close());

const monday = nextWeekday(1, 7);
const FROM = { 'x-forwarded-for': '203.0.113.7' };

const audit = async (member: Member, filter: Record<string, string | number> = {}): Promise<any[]> => {
  const { status, body } = await member.request('GET', `/audit?${new URLSearchParams(Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]))}`);
  expect(status).toBe(200);
  return body.elementos;
};
const lastId = async (member: Member): Promise<number> => (await audit(member, { limite: 1 }))[0]?.id ?? 0;

/** What that request wrote, as the admin reads it, oldest first; each row already checked for who, from where and in which request. */
async function written(admin: Member, by: Member, request: () => Promise<Answer>, rol = by.cuenta.rol): Promise<any[]> {
  const before = await lastId(admin);
  const { status, headers } = await request();
  expect(status).toBeLessThan(300);
  const rows = (await audit(admin)).filter(({ id }) => id > before).toReversed();
  for (const row of rows) {
    expect(row).toMatchObject({
      usuario_id: by.cuenta.usuario_id, usuario_nombre: by.cuenta.nombre, rol, ip: '203.0.113.7', solicitud: headers.get('x-request-id'), ruta: null,
    });
    expect(Math.abs(Date.now() - Date.parse(row.ocurrido_en))).toBeLessThan(60_000);
  }
  return rows;
}
const change = (tabla: string, registro_id: number, cambios: object) => expect.objectContaining({ accion: 'cambio', tabla, registro_id, cambios });

const book = (shop: Shop, by: Member, hora_inicio: string, headers: Record<string, string> = FROM) =>
  by.request('POST', '/appointments', {
    profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio, ...(by === shop && { cliente_id: shop.cliente.id }),
  }, headers);

describe('a change writes who, from where, in which request, and before and after', () => {
  test('of a role, and of the data of a user', async () => {
    const owner = await register(api);
    const client = await registerClient(api, owner);
    const { usuario_id } = client.cuenta;
    const path = `/users/${usuario_id}`;
    expect(await written(owner, owner, () => owner.request('PATCH', path, { rol: 'empleado', nombre: 'José M. Ñáñez' }, FROM))).toEqual([
      change('usuarios', usuario_id, { rol: ['cliente', 'empleado'], nombre: ['José Ñáñez', 'José M. Ñáñez'] }),
    ]);
    expect(await written(owner, owner, () => owner.request('PATCH', path, { activo: false }, FROM))).toEqual([change('usuarios', usuario_id, { activo: [true, false] })]);
    // What it was already is no change.
    expect(await written(owner, owner, () => owner.request('PATCH', path, { activo: false }, FROM))).toEqual([]);
    const created = await written(owner, owner, () =>
      owner.request('POST', '/users', { email: `${randomUUID()}@example.com`, password: PASSWORD, nombre: 'Nueva', rol: 'propietario' }, FROM));
    expect(created).toEqual([expect.objectContaining({ accion: 'alta', tabla: 'usuarios', cambios: null })]);
  });

  test('of a setting', async () => {
    const owner = await register(api);
    const { organizacion_id } = owner.cuenta;
    expect(await written(owner, owner, () => owner.request('PATCH', `/organizations/${organizacion_id}`, { horizonte_dias: 45, empleados_gestionan_agenda: true }, FROM))).toEqual([
      change('organizaciones', organizacion_id, { horizonte_dias: [expect.any(Number), 45], empleados_gestionan_agenda: [false, true] }),
    ]);
  });

  test('of a cita, from booking to its end, whoever touches it', async () => {
    const shop = await openShop(api);
    const client = await registerClient(api, shop);
    let id = 0;
    const booked = await written(shop, client, async () => {
      const answer = await book(shop, client, '10:00');
      ({ id } = answer.body);
      return answer;
    });
    expect(booked).toEqual([expect.objectContaining({ accion: 'alta', tabla: 'citas', registro_id: id, cambios: null })]);
    const act = async (by: Member, action: string, body?: object) => {
      const rows = await written(shop, by, () => by.request(action === 'patch' ? 'PATCH' : 'PUT', `/appointments/${id}${action === 'patch' ? '' : `/${action}`}`, body, FROM));
      expect(rows.map(({ accion, tabla, registro_id }) => [accion, tabla, registro_id])).toEqual([['cambio', 'citas', id]]);
      return rows[0].cambios;
    };
    expect(await act(client, 'confirm')).toMatchObject({ estado: ['pendiente', 'confirmada'] });
    expect(await act(shop, 'reschedule', { fecha_cita: monday, hora_inicio: '11:00' })).toMatchObject({ hora_inicio: ['10:00:00', '11:00:00'], hora_fin: ['10:30:00', '11:30:00'] });
    expect(await act(shop, 'patch', { notas_internas: 'Llega tarde' })).toEqual({ notas_internas: [null, 'Llega tarde'] });
    expect(await act(client, 'cancel', { motivo_cancelacion: 'Viaje' })).toMatchObject({ estado: ['confirmada', 'cancelada'], motivo_cancelacion: [null, 'Viaje'] });
  });

  test('of a password: that it changed, and never the value', async () => {
    const owner = await register(api);
    const { usuario_id, organizacion_id } = owner.cuenta;
    const hashOf = async () => (await query(api, 'select password_hash from usuarios where id = $1', [usuario_id]))[0].password_hash;
    const before = await hashOf();
    const rows = await written(owner, owner, () => owner.request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'otra-clave-muy-larga' }, FROM));
    expect(rows).toEqual([change('usuarios', usuario_id, { password_hash: ['***', '***'] })]);
    const [{ dump }] = await query(api, 'select string_agg(a::text, chr(10)) as dump from auditoria a where organizacion_id = $1', [organizacion_id]);
    expect(dump).toContain('***');
    for (const secret of [before, await hashOf(), '$argon2id$', PASSWORD, 'otra-clave-muy-larga']) expect(dump).not.toContain(secret);
  });

  test('of a visitor, who is nobody yet: from where', async () => {
    const owner = await register(api);
    const before = await lastId(owner);
    const client = await api.request('POST', '/auth/register-client', {
      codigo_tenant: owner.cuenta.codigo_tenant, nombre: 'X', email: `${randomUUID()}@example.com`, password: PASSWORD,
    }, FROM);
    const [row, ...rest] = (await audit(owner)).filter(({ id }) => id > before);
    expect([row, rest]).toEqual([
      expect.objectContaining({
        accion: 'alta', tabla: 'usuarios', registro_id: client.body.cuenta.usuario_id, usuario_id: null, usuario_nombre: null, rol: null,
        ip: '203.0.113.7', solicitud: client.headers.get('x-request-id'),
      }),
      [],
    ]);
  });

  test('with the real clock, whatever the moved one says; and without an address when the one forwarded is none', async () => {
    const shop = await openShop(api);
    const before = await lastId(shop);
    expect((await book(shop, shop, '12:00', { 'x-forwarded-for': "'; drop table auditoria; --", 'x-franja-now': `${monday}T08:00:00-05:00` })).status).toBe(201);
    const rows = (await audit(shop)).filter(({ id }) => id > before);
    expect(rows).toHaveLength(1);
    expect(rows[0].ip).toBeNull();
    expect(Math.abs(Date.now() - Date.parse(rows[0].ocurrido_en))).toBeLessThan(60_000);
  });
});

describe('nothing is written', () => {
  const count = async ({ cuenta }: Member) => Number((await query(api, 'select count(*) as n from auditoria where organizacion_id = $1', [cuenta.organizacion_id]))[0].n);
  const unchanged = async (member: Member, work: () => Promise<void>) => {
    const before = await count(member);
    await work();
    expect(await count(member)).toBe(before);
  };

  test('for what was refused or rolled back', async () => {
    const shop = await openShop(api);
    const { body: cita } = await book(shop, shop, '10:00');
    const client = await registerClient(api, shop);
    await unchanged(shop, async () => {
      const answers = [
        await book(shop, shop, '10:00'),
        await shop.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita: '2020-01-06', hora_inicio: '10:00' }),
        await shop.request('PUT', `/appointments/${cita.id}/complete`),
        await shop.request('PATCH', `/users/${shop.cuenta.usuario_id}`, { rol: 'empleado' }),
        await client.request('PATCH', `/users/${shop.cuenta.usuario_id}`, { nombre: 'X' }),
        await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { moneda: 'CLP' }),
        await shop.request('PUT', '/auth/password', { password_actual: 'no-es-esta-clave', password_nueva: 'otra-clave-muy-larga' }),
      ];
      expect(answers.map(({ status }) => status >= 400 && status < 500)).toEqual(answers.map(() => true));
      expect(answers[0].status).toBe(409);
    });
  });

  test('for a sign-in, a renewal or a look', async () => {
    const owner = await register(api);
    await unchanged(owner, async () => {
      expect((await api.request('POST', '/auth/login', { email: owner.cuenta.email, password: PASSWORD })).status).toBe(200);
      expect((await api.request('POST', '/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(200);
      expect((await owner.request('GET', '/users')).status).toBe(200);
      expect((await owner.request('GET', '/audit')).status).toBe(200);
    });
    expect((await query(api, 'select ultimo_acceso from usuarios where id = $1', [owner.cuenta.usuario_id]))[0].ultimo_acceso).not.toBeNull();
  });
});

describe('it is read', () => {
  test('by the admin alone', async () => {
    const owner = await register(api);
    const [propietario, empleado, cliente] = [await registerClient(api, owner), await employee(api, owner), await registerClient(api, owner)];
    await query(api, "update usuarios set rol = 'propietario' where id = $1", [propietario.cuenta.usuario_id]);
    const { body } = await api.request('POST', '/auth/refresh', { refresh_token: propietario.refresh_token });
    const bearer = { authorization: `Bearer ${body.access_token}` };
    for (const path of ['/audit', `/organizations/${owner.cuenta.organizacion_id}/audit`]) {
      expect((await owner.request('GET', path)).status).toBe(200);
      for (const request of [empleado.request, cliente.request]) expect((await request('GET', path)).status).toBe(403);
      expect((await api.request('GET', path, undefined, bearer)).status).toBe(403);
      expect((await api.request('GET', path)).status).toBe(401);
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect([404, 405]).toContain((await owner.request(method, '/audit', {})).status);
  });

  test('by that of this organisation: another’s rows are never there', async () => {
    const [owner, stranger] = [await register(api), await register(api)];
    const ids = async ({ cuenta }: Member) => (await query(api, 'select id::int from auditoria where organizacion_id = $1', [cuenta.organizacion_id])).map(({ id }) => id);
    for (const member of [owner, stranger]) expect((await audit(member)).map(({ id }) => id).toSorted()).toEqual((await ids(member)).toSorted());
    expect(await audit(owner, { usuario_id: stranger.cuenta.usuario_id })).toEqual([]);
    expect(await audit(owner, { tabla: 'organizaciones', registro_id: stranger.cuenta.organizacion_id })).toEqual([]);
    expect((await owner.request('GET', `/organizations/${stranger.cuenta.organizacion_id}/audit`)).status).toBe(404);
  });

  test('by table, row, user, kind and time', async () => {
    const shop = await openShop(api);
    const client = await registerClient(api, shop);
    const { body: cita } = await book(shop, client, '10:00');
    await shop.request('PUT', `/appointments/${cita.id}/confirm`);
    await query(api, "update auditoria set ocurrido_en = now() - interval '2 days' where organizacion_id = $1 and tabla = 'usuarios'", [shop.cuenta.organizacion_id]);
    const all = await audit(shop);
    const only = async (filter: Record<string, string | number>, matches: (row: any) => boolean) => {
      const expected = all.filter(matches);
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.length).toBeLessThan(all.length);
      expect(await audit(shop, filter)).toEqual(expected);
    };
    await only({ tabla: 'citas' }, ({ tabla }) => tabla === 'citas');
    await only({ tabla: 'citas', registro_id: cita.id }, ({ tabla, registro_id }) => tabla === 'citas' && registro_id === cita.id);
    await only({ usuario_id: client.cuenta.usuario_id }, ({ usuario_id }) => usuario_id === client.cuenta.usuario_id);
    await only({ accion: 'cambio' }, ({ accion }) => accion === 'cambio');
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    await only({ desde: yesterday }, ({ ocurrido_en }) => ocurrido_en >= yesterday);
    await only({ hasta: yesterday }, ({ ocurrido_en }) => ocurrido_en < yesterday);
    await only({ tabla: 'citas', accion: 'alta', usuario_id: client.cuenta.usuario_id, desde: yesterday }, ({ tabla, accion }) => tabla === 'citas' && accion === 'alta');
    expect(await audit(shop, { tabla: 'no_existe' })).toEqual([]);
    expect(await audit(shop, { accion: 'acceso' })).toEqual([]);
  });

  test('in pages, the newest first, each row once, also while more is written', async () => {
    const owner = await register(api);
    const path = `/organizations/${owner.cuenta.organizacion_id}`;
    for (let dias = 40; dias < 53; dias++) expect((await owner.request('PATCH', path, { horizonte_dias: dias })).status).toBe(200);
    const expected = (await audit(owner, { accion: 'cambio' })).map(({ id }) => id);
    expect(expected).toEqual(expected.toSorted((a, b) => b - a));
    expect(expected).toHaveLength(13);
    const found: number[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const { body } = await owner.request('GET', `/audit?accion=cambio&limite=5${cursor && `&cursor=${cursor}`}`);
      found.push(...body.elementos.map(({ id }: any) => id));
      ({ cursor } = body);
      await owner.request('PATCH', path, { horizonte_dias: 60 + ++pages });
    }
    expect([found, pages]).toEqual([expected, 3]);
  });

  test.each<[string, string, string]>([
    ['registro_id=1', 'tabla', 'datos_invalidos'],
    ['tabla=citas&registro_id=0', 'registro_id', 'datos_invalidos'],
    ['tabla=citas&registro_id=x', 'registro_id', 'datos_invalidos'],
    ["tabla=citas';--", 'tabla', 'datos_invalidos'],
    [`tabla=${'a'.repeat(61)}`, 'tabla', 'datos_invalidos'],
    ['usuario_id=-1', 'usuario_id', 'datos_invalidos'],
    ['usuario_id=99999999999999999999', 'usuario_id', 'datos_invalidos'],
    ['accion=todo', 'accion', 'datos_invalidos'],
    ['desde=ayer', 'desde', 'datos_invalidos'],
    ['hasta=2027-02-30T00:00:00Z', 'hasta', 'datos_invalidos'],
    ['limite=0', 'limite', 'datos_invalidos'],
    ['limite=201', 'limite', 'datos_invalidos'],
    ['organizacion_id=1', 'organizacion_id', 'datos_invalidos'],
    ['cursor=x', 'cursor', 'cursor_invalido'],
    [`cursor=${Buffer.from('["1"]').toString('base64url')}`, 'cursor', 'cursor_invalido'],
    [`cursor=${Buffer.from('[1,2]').toString('base64url')}`, 'cursor', 'cursor_invalido'],
  ])('never with %s: 400', async (filter, campo, codigo) => {
    const owner = await register(api);
    const { status, body } = await owner.request('GET', `/audit?${filter}`);
    expect([status, body.codigo, body.errores[0].campo]).toEqual([400, codigo, campo]);
  });
});

test('of a time it is read by time, page by page, also where ids do not follow it', async () => {
  const admin = await register(api);
  const day = '2031-05-05';
  for (const hora of ['10:00', '09:00', '11:00', '10:00', '08:00']) {
    await query(api, "insert into auditoria (organizacion_id, accion, tabla, registro_id, ocurrido_en) values ($1, 'alta', 'citas', 1, $2)", [admin.cuenta.organizacion_id, `${day}T${hora}:00Z`]);
  }
  const within = { desde: `${day}T08:30:00Z`, hasta: '2031-05-06T00:00:00Z' };
  const whole = await audit(admin, within);
  expect(whole.map(({ ocurrido_en }) => ocurrido_en.slice(11, 16))).toEqual(['11:00', '10:00', '10:00', '09:00']);
  expect(whole[1].id).toBeGreaterThan(whole[2].id);
  const paged: any[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: Answer = await admin.request('GET', `/audit?${new URLSearchParams({ ...within, limite: '1', ...(cursor && { cursor }) })}`);
    paged.push(...body.elementos);
    cursor = body.cursor;
  }
  expect(paged).toEqual(whole);
});
