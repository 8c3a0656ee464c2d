import { hash } from '@node-rs/argon2';
import { isCommon } from '../src/auth/passwords.js';
import { NOW, agenda, clock, ok, worker } from './agenda.js';
import { PASSWORD, register, registerClient, startApi, unique, type Api, type Member, type Send } from './api.js';
import { employee, expectRefused, query } from './checks.js';
import { superAdmin } from './super-admin.js';
import { operationsOf, sample } from './openapi-samples.js';

const ROLES = ['super_admin', 'admin', 'propietario', 'empleado', 'cliente'] as const;
type Rol = (typeof ROLES)[number];
const isBelow = (a: Rol, b: Rol) => ROLES.indexOf(a) > ROLES.indexOf(b);

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const newUser = (rol: string, more: object = {}) => ({ email: `${unique(rol)}@example.com`, nombre: 'Lucía Peña', rol, password: PASSWORD, ...more });
const asBearer = (token: string): Send => (method, path, body, headers) => api.request(method, path, body, { authorization: `Bearer ${token}`, ...headers });

async function signIn(email: string, owner: Member, password = PASSWORD) {
  const tokens = ok(await api.request('POST', '/auth/login', { email, password, codigo_tenant: owner.cuenta.codigo_tenant }));
  return { ...tokens, request: asBearer(tokens.access_token) };
}

/** Somebody of that organisation and role; an admin and a super_admin come from outside the API. */
async function member(owner: Member, rol: Rol) {
  const outside = rol === 'admin' || rol === 'super_admin';
  const user = ok(await owner.request('POST', '/users', newUser(outside ? 'empleado' : rol)));
  // As a replica, because not even a superuser may put a super_admin among the users of a business.
  if (outside) await query(api, `begin; set local session_replication_role = 'replica'; update usuarios set rol = '${rol}' where id = ${user.id}; commit`);
  // A super_admin does not sign in here.
  const signed = rol === 'super_admin' ? undefined : await signIn(user.email, owner);
  return { ...signed!, id: user.id as number, email: user.email as string };
}

describe('users', () => {
  test('are created, listed by page, found and changed', async () => {
    const owner = await register(api);
    const body = newUser('empleado', { telefono: '300 123 4567' });
    const { status, body: user } = await owner.request('POST', '/users', body);
    expect(status).toBe(201);
    expect(user).toEqual({
      id: expect.any(Number), email: body.email, nombre: 'Lucía Peña', telefono: '+573001234567', rol: 'empleado', email_verificado: false, profesional_id: null,
      ultimo_acceso: null, activo: true, creado_en: expect.any(String), actualizado_en: expect.any(String),
    });
    expect((await owner.request('POST', '/users', { ...body, nombre: 'Otra' })).body.codigo).toBe('ya_existe');
    const profesional = ok(await owner.request('POST', '/professionals', { nombre_completo: 'Lucía', tipo_profesional: 'barbero', usuario_id: user.id }));
    expect((await owner.request('GET', `/users/${user.id}`)).body).toEqual({ ...user, profesional_id: profesional.id });
    const changed = ok(await owner.request('PATCH', `/users/${user.id}`, { nombre: 'Lucía P.', telefono: null, rol: 'propietario' }));
    expect(changed).toMatchObject({ nombre: 'Lucía P.', telefono: null, rol: 'propietario', email: body.email });
    expect(ok(await owner.request('PATCH', `/users/${user.id}`, {}))).toEqual(changed);

    for (const rol of ['cliente', 'cliente', 'empleado']) ok(await owner.request('POST', '/users', newUser(rol)));
    const first = ok(await owner.request('GET', '/users?limite=3'));
    const second = ok(await owner.request('GET', `/users?limite=3&cursor=${first.cursor}`));
    expect([...first.elementos, ...second.elementos].map((u: any) => u.rol)).toEqual(['admin', 'propietario', 'cliente', 'cliente', 'empleado']);
    expect(second.cursor).toBeNull();
    expect(ok(await owner.request('GET', '/users?rol=cliente')).elementos).toHaveLength(2);
    ok(await owner.request('PATCH', `/users/${user.id}`, { activo: false }));
    expect(ok(await owner.request('GET', '/users?activo=false')).elementos.map((u: any) => u.id)).toEqual([user.id]);
    for (const cursor of ['x', 'WyJhIl0', 'WzEsMl0']) expect((await owner.request('GET', `/users?cursor=${cursor}`)).body.codigo).toBe('cursor_invalido');
  });

  test('of role cliente have a ficha, once, and book for it', async () => {
    const owner = await register(api);
    const client = await member(owner, 'cliente');
    expect(ok(await client.request('GET', '/clients/me'))).toMatchObject({ email: client.email });
    const worker = await member(owner, 'empleado');
    for (const rol of ['cliente', 'empleado', 'cliente']) ok(await owner.request('PATCH', `/users/${worker.id}`, { rol }));
    expect(await query(api, 'select count(*)::int as n from clientes where usuario_id = $1', [worker.id])).toEqual([{ n: 1 }]);
  });

  test('are refused field by field', async () => {
    const owner = await register(api);
    await expectRefused((change) => owner.request('POST', '/users', { ...newUser('empleado'), ...change }), [
      ['email', 'ana', 'correo'], ['rol', 'jefe', 'valores'], ['nombre', '', 'requerido'], ['telefono', '12345', 'telefono'],
      ['password', 'corta', 'longitud'], ['activo', false, 'desconocido'], ['id', 7, 'desconocido'], ['password_hash', '$argon2id$x', 'desconocido'],
      ['email_verificado', true, 'desconocido'], ['organizacion_id', 1, 'desconocido'],
    ]);
    const { id } = await member(owner, 'empleado');
    await expectRefused((change) => owner.request('PATCH', `/users/${id}`, change), [
      ['email', 'a@b.co', 'desconocido'], ['password', PASSWORD, 'desconocido'], ['organizacion_id', 1, 'desconocido'], ['rol', null, 'requerido'], ['activo', null, 'booleano'],
    ]);
  });

  test('rol and organizacion_id are taken by no route that does not name them', async () => {
    const { operations } = await operationsOf(api);
    const owner = await register(api);
    const client = await registerClient(api, owner);
    const boss = await superAdmin(api);
    const wrong: string[] = [];
    let tried = 0;
    for (const { method, path, roles, body } of operations.filter((operation) => operation.body?.properties)) {
      const send = !roles ? api.request : [owner, client, boss][['admin', 'cliente', 'super_admin'].findIndex((rol) => roles.includes(rol))].request;
      const aimed = path.replace('{organizacionId}', String(owner.cuenta.organizacion_id)).replace(/\{\w+\}/g, '1');
      for (const [field, value] of Object.entries({ rol: 'super_admin', organizacion_id: 1, usuario_actual: 1 })) {
        if (field in body.properties) continue;
        const answer = await send(method, aimed, { ...sample(body), [field]: value });
        tried++;
        const said = answer.body?.errores?.find((error: any) => error.campo === field)?.codigo;
        if (answer.status !== 400 || said !== 'desconocido') wrong.push(`${method} ${path} ${field}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
    }
    expect(tried).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  });
});

describe.each(['admin', 'propietario', 'empleado', 'cliente'] as const)('the hierarchy, as %s', (caller) => {
  let send: Send;
  let own: number;
  let owner: Member;
  const targets = {} as Record<Rol, number>;
  beforeAll(async () => {
    owner = await register(api);
    const self = caller === 'admin' ? { request: owner.request, id: owner.cuenta.usuario_id } : await member(owner, caller);
    ({ request: send, id: own } = self);
    for (const rol of ROLES) targets[rol] = (await member(owner, rol)).id;
  });
  const manages = caller === 'admin' || caller === 'propietario';
  const may = (...roles: Rol[]) => manages && roles.every((rol) => isBelow(rol, caller));
  const expectStatus = ({ status, body }: { status: number; body: any }, allowed: boolean, success = 200) =>
    expect([status, allowed || body.codigo]).toEqual(allowed ? [success, true] : [403, 'prohibido']);

  test.each(ROLES)('creates a %s, or not', async (rol) => {
    expectStatus(await send('POST', '/users', newUser(rol)), may(rol), 201);
  });

  test.each(ROLES)('edits, moves to each role, deactivates and brings back a %s, or not', async (target) => {
    const path = `/users/${targets[target]}`;
    const rolOf = async () => (await query(api, 'select rol, nombre, activo from usuarios where id = $1', [targets[target]]))[0];
    const before = await rolOf();
    expectStatus(await send('PATCH', path, { nombre: 'Lucía Peña' }), may(target));
    for (const rol of ROLES) {
      expectStatus(await send('PATCH', path, { rol }), may(target, rol));
      if (may(target, rol)) expect(await rolOf()).toMatchObject({ rol });
      else expect(await rolOf()).toEqual(before);
      await query(api, `begin; set local session_replication_role = 'replica'; update usuarios set rol = '${target}' where id = ${targets[target]}; commit`);
    }
    expectStatus(await send('PATCH', path, { activo: false }), may(target));
    expectStatus(await send('PATCH', path, { activo: true }), may(target));
    expect(await rolOf()).toEqual(before);
  });

  test('raises themselves to no role above, and brings nobody back above them', async () => {
    for (const rol of ROLES.filter((rol) => isBelow(caller, rol))) expectStatus(await send('PATCH', `/users/${own}`, { rol }), false);
    expectStatus(await send('PATCH', `/users/${own}`, { nombre: 'Yo' }), manages);
    await query(api, 'update usuarios set activo = false where id = $1', [targets.admin]);
    expectStatus(await send('PATCH', `/users/${targets.admin}`, { activo: true }), false);
  });
});

describe('the last admin', () => {
  test.each([{ activo: false }, { rol: 'propietario' }, { rol: 'cliente' }])('does not leave by %j', async (change) => {
    const owner = await register(api);
    const answer = await owner.request('PATCH', `/users/${owner.cuenta.usuario_id}`, change);
    expect([answer.status, answer.body.codigo]).toEqual([409, 'ultimo_admin']);
    // A deactivated admin is none.
    const other = await member(owner, 'admin');
    await query(api, 'update usuarios set activo = false where id = $1', [other.id]);
    expect((await owner.request('PATCH', `/users/${owner.cuenta.usuario_id}`, change)).status).toBe(409);
    await query(api, 'update usuarios set activo = true where id = $1', [other.id]);
    expect((await owner.request('PATCH', `/users/${owner.cuenta.usuario_id}`, change)).status).toBe(200);
    expect((await owner.request('GET', '/auth/me')).status).toBe(401);
  });

  test('of admins who all leave at once, one stays, every time', async () => {
    for (let round = 0; round < 8; round++) {
      const owner = await register(api);
      const admins = [{ request: owner.request, id: owner.cuenta.usuario_id }, await member(owner, 'admin'), await member(owner, 'admin')];
      const answers = await Promise.all(admins.map(({ request, id }, i) => request('PATCH', `/users/${id}`, (round + i) % 2 ? { activo: false } : { rol: 'empleado' })));
      expect(answers.map(({ status, body }) => (status === 200 ? 'left' : body.codigo)).toSorted()).toEqual(['left', 'left', 'ultimo_admin']);
      const left = await query(api, "select id from usuarios where organizacion_id = $1 and rol = 'admin' and activo", [owner.cuenta.organizacion_id]);
      expect(left).toHaveLength(1);
    }
  });
});

describe('on the next request', () => {
  const refused = async (send: Send) => {
    for (const [method, path, body] of [['GET', '/services'], ['GET', '/auth/me'], ['POST', '/clients', { nombre: 'X' }], ['PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'otra-clave-larga' }]] as const) {
      const answer = await send(method, path, body);
      expect([method, path, answer.status, answer.body.codigo]).toEqual([method, path, 401, 'no_autenticado']);
    }
  };

  test('a deactivated user is nobody, with old tokens or a new sign-in; brought back, they sign in again', async () => {
    const owner = await register(api);
    const worker = await member(owner, 'empleado');
    expect((await worker.request('GET', '/services')).status).toBe(200);
    ok(await owner.request('PATCH', `/users/${worker.id}`, { activo: false }));
    await refused(worker.request);
    const { codigo_tenant } = owner.cuenta;
    expect((await api.request('POST', '/auth/refresh', { refresh_token: worker.refresh_token })).body.codigo).toBe('token_invalido');
    expect((await api.request('POST', '/auth/login', { email: worker.email, password: PASSWORD, codigo_tenant })).body.codigo).toBe('credenciales_invalidas');
    ok(await owner.request('PATCH', `/users/${worker.id}`, { activo: true }));
    expect((await api.request('POST', '/auth/refresh', { refresh_token: worker.refresh_token })).status).toBe(401);
    await signIn(worker.email, owner);
  });

  test('a changed role takes the token of the old one away; renewed, it has the new one', async () => {
    const owner = await register(api);
    const manager = await member(owner, 'propietario');
    expect((await manager.request('GET', '/users')).status).toBe(200);
    ok(await owner.request('PATCH', `/users/${manager.id}`, { rol: 'empleado' }));
    await refused(manager.request);
    const renewed = asBearer(ok(await api.request('POST', '/auth/refresh', { refresh_token: manager.refresh_token })).access_token);
    expect((await renewed('GET', '/auth/me')).body.rol).toBe('empleado');
    expect((await renewed('GET', '/users')).status).toBe(403);
  });

  test('a deactivated organisation takes every token and session of its own away, and no other', async () => {
    const [owner, other] = [await register(api), await register(api)];
    const worker = await member(owner, 'empleado');
    await query(api, 'update organizaciones set activo = false where id = $1', [owner.cuenta.organizacion_id]);
    await refused(owner.request);
    await refused(worker.request);
    expect((await api.request('POST', '/auth/refresh', { refresh_token: worker.refresh_token })).status).toBe(401);
    expect((await other.request('GET', '/services')).status).toBe(200);
  });

  test('a deleted user is nobody, and many refused at once leave the connections good', async () => {
    const owner = await register(api);
    const worker = await member(owner, 'empleado');
    const connections = () => query(api, "select pid from pg_stat_activity where application_name = 'franja' and datname = current_database() order by 1");
    await Promise.all(Array.from({ length: 40 }, () => owner.request('GET', '/services')));
    const before = await connections();
    await query(api, 'delete from usuarios where id = $1', [worker.id]);
    const answers = await Promise.all(Array.from({ length: 80 }, (_, i) => (i % 2 ? owner : worker).request('GET', '/services')));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 80 }, (_, i) => (i % 2 ? 200 : 401)));
    expect(before.length).toBeGreaterThan(1);
    expect(await connections()).toEqual(expect.arrayContaining(before));
  });
});

describe('a password', () => {
  const NEW = 'otra-clave-muy-larga';

  test('changes for who knows it, and ends the other sessions', async () => {
    const owner = await register(api);
    const { email } = owner.cuenta;
    const [here, there] = [await signIn(email, owner), await signIn(email, owner)];
    const outsider = await register(api);
    const change = (body: object) => here.request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: NEW, ...body });
    expect((await change({ password_actual: 'no-es-esta-clave' })).body.codigo).toBe('credenciales_invalidas');
    expect((await api.request('POST', '/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(200);
    expect((await change({})).status).toBe(204);
    const renew = async (refresh_token: string) => (await api.request('POST', '/auth/refresh', { refresh_token })).status;
    expect(await renew(there.refresh_token)).toBe(401);
    expect(await renew(owner.refresh_token)).toBe(401);
    expect(await renew(here.refresh_token)).toBe(200);
    expect(await renew(outsider.refresh_token)).toBe(200);
    expect((await api.request('POST', '/auth/login', { email, password: PASSWORD })).status).toBe(401);
    await signIn(email, owner, NEW);
  });

  test('logout-all ends every session of the account and of no other', async () => {
    const owner = await register(api);
    const worker = await member(owner, 'empleado');
    const again = await signIn(worker.email, owner);
    expect((await worker.request('POST', '/auth/logout-all')).status).toBe(204);
    for (const { refresh_token } of [worker, again]) expect((await api.request('POST', '/auth/refresh', { refresh_token })).status).toBe(401);
    expect((await api.request('POST', '/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(200);
  });

  test('is hashed again, when it is right, if it was hashed with less than today', async () => {
    const owner = await register(api);
    const stored = async () => (await query(api, 'select password_hash as h from usuarios where id = $1', [owner.cuenta.usuario_id]))[0].h.split('$')[3];
    await query(api, 'update usuarios set password_hash = $1 where id = $2', [await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 }), owner.cuenta.usuario_id]);
    expect((await api.request('POST', '/auth/login', { email: owner.cuenta.email, password: 'no-es-esta-clave' })).status).toBe(401);
    expect(await stored()).toBe('m=8192,t=1,p=1');
    await signIn(owner.cuenta.email, owner);
    expect(await stored()).toBe('m=19456,t=2,p=1');
    const [{ h }] = await query(api, 'select password_hash as h from usuarios where id = $1', [owner.cuenta.usuario_id]);
    await signIn(owner.cuenta.email, owner);
    expect(await query(api, 'select password_hash as h from usuarios where id = $1', [owner.cuenta.usuario_id])).toEqual([{ h }]);
  });

  test.each([
    'password123', 'Password2026!', 'P4ssw0rd123', 'contraseña1', 'CONTRASEÑA2026', 'qwertyuiop', '1234567890', '0123456789', 'aaaaaaaaaa', '123123123123',
    'miclavemiclave', 'barberia2026', 'bienvenido1', '----------', 'iloveyou!!', '..teamomucho..', 'ana.torres99', 'anatorres2026', 'Spa Ñandú 2026', 'SpaNandu!!!!', 'spa-nandu-1',
  ])('that everybody tries is refused: %s', (password) => {
    expect(isCommon(password, ['ana.torres@example.com', 'ana.torres', 'Spa Ñandú', 'spa-nandu'])).toBe(true);
  });

  test.each([PASSWORD, NEW, 'franja-demo', 'caballo-grapa-batería', '8675301942', 'Ana Torres come peras', 'x7#pQ!9vLm2z', '密码密碼很长很长的字'])('that is somebody’s own is taken: %s', (password) => {
    expect(isCommon(password, ['ana.torres@example.com', 'ana.torres', 'Spa Ñandú', 'spa-nandu'])).toBe(false);
  });

  test('is as long as its characters are, not what they take', async () => {
    const owner = await register(api);
    const choose = async (password: string) => (await owner.request('POST', '/users', newUser('empleado', { password }))).body.errores?.[0].codigo;
    expect([await choose('gato🐈🐈🐈🐈🐈'), await choose(`gatos${'🐈'.repeat(123)}`), await choose(`gatos${'🐈'.repeat(124)}`)]).toEqual(['longitud', undefined, 'longitud']);
  });

  test('is checked wherever one is chosen, against the names of its own account', async () => {
    const owner = await register(api, { nombre_comercial: 'Salón Nébula' });
    const { codigo_tenant } = owner.cuenta;
    const registration = { codigo_tenant: unique('negocio'), nombre_comercial: 'Salón Nébula', tipo_industria: 'spa', zona_horaria: 'America/Bogota', moneda: 'COP', pais: 'CO', nombre: 'Ana' };
    const places: [string, string, (password: string) => ReturnType<Send>][] = [
      ['register-organization', 'password', (password) => api.request('POST', '/auth/register-organization', { ...registration, email: 'nebulosa.maria@example.com', password })],
      ['register-client', 'password', (password) => api.request('POST', '/auth/register-client', { codigo_tenant, nombre: 'X', email: 'nebulosa.maria@example.com', password })],
      ['users', 'password', (password) => owner.request('POST', '/users', newUser('empleado', { email: 'nebulosa.maria@example.com', password }))],
    ];
    for (const [place, campo, send] of places) {
      for (const password of ['Contraseña2026', 'salonnebula', 'nebulosa.maria1']) {
        const { status, body } = await send(password);
        expect([place, password, status, body.errores]).toEqual([place, password, 400, [{ campo, codigo: 'comun', mensaje: expect.stringContaining('común') }]]);
      }
    }
    expect(await query(api, "select 1 from usuarios where email = 'nebulosa.maria@example.com'")).toEqual([]);
    const changed = await owner.request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'Salón Nébula!' });
    expect(changed.body.errores).toEqual([{ campo: 'password_nueva', codigo: 'comun', mensaje: expect.any(String) }]);
    // Who does not know the password learns nothing about the new one.
    const stranger = await owner.request('PUT', '/auth/password', { password_actual: 'no-es-esta-clave', password_nueva: 'password123' });
    expect(stranger.body.codigo).toBe('credenciales_invalidas');
  });
});

describe('an empleado who is a profesional', () => {
  const DAY = '2027-03-10';
  /** Each action on a cita as it finds it: what comes before, at what time, and what is sent. */
  const ACTIONS: [name: string, method: string, path: string, body: object | undefined, now: string, before: string][] = [
    ['PATCH', 'PATCH', '', { notas_internas: 'x' }, NOW, ''],
    ['confirm', 'PUT', '/confirm', undefined, NOW, ''],
    ['check-in', 'PUT', '/check-in', undefined, `${DAY}T08:55:00-05:00`, ''],
    ['start', 'PUT', '/start', undefined, `${DAY}T09:00:00-05:00`, ''],
    ['complete', 'PUT', '/complete', undefined, `${DAY}T12:00:00-05:00`, '/start'],
    ['cancel', 'PUT', '/cancel', { motivo_cancelacion: 'x' }, NOW, ''],
    ['no-show', 'PUT', '/no-show', undefined, `${DAY}T12:00:00-05:00`, ''],
    ['reschedule', 'PUT', '/reschedule', { fecha_cita: '2027-03-11' }, NOW, ''],
  ];

  async function team() {
    const a = await agenda(api);
    const other = await worker(a, { hasta: '2027-03-31' });
    const cliente = ok(await a.request('POST', '/clients', { nombre: 'María' }));
    const [linked, receptionist] = [await employee(api, a), await employee(api, a)];
    ok(await a.request('PATCH', `/professionals/${a.profesional.id}`, { usuario_id: linked.cuenta.usuario_id }));
    const book = async (profesional_id: number, hora_inicio: string, fecha_cita = DAY) =>
      ok(await a.request('POST', '/appointments', { cliente_id: cliente.id, profesional_id, servicio_id: a.servicio.id, fecha_cita, hora_inicio }));
    const open = (value: boolean) => a.request('PATCH', `/organizations/${a.cuenta.organizacion_id}`, { empleados_gestionan_agenda: value }).then(ok);
    return { a, own: a.profesional.id, other: other.id, linked: clock(linked.request, NOW), receptionist: clock(receptionist.request, NOW), book, open };
  }

  test.each(ACTIONS)('does %s to their own citas only, unless the organisation says otherwise', async (_, method, path, body, now, before) => {
    const { a, own, other, linked, receptionist, book, open } = await team();
    const act = async (send: Send, profesional: number, hora_inicio: string) => {
      const cita = await book(profesional, hora_inicio);
      if (before) ok(await a.request('PUT', `/appointments/${cita.id}${before}`, undefined, { 'x-franja-now': now }));
      const seen = ok(await send('GET', `/appointments/${cita.id}`));
      const data = path === '/reschedule' ? { ...body, hora_inicio } : body;
      const answer = await send(method, `/appointments/${cita.id}${path}`, data, { 'x-franja-now': now });
      if (answer.status !== 200) expect(ok(await send('GET', `/appointments/${cita.id}`))).toEqual(seen);
      return answer.status === 200 ? 200 : `${answer.status} ${answer.body.codigo}`;
    };
    expect(await act(linked, other, '09:00')).toBe('403 prohibido');
    expect(await act(linked, own, '09:00')).toBe(200);
    expect(await act(receptionist, other, '10:00')).toBe(200);
    expect(await open(true)).toMatchObject({ empleados_gestionan_agenda: true });
    expect(await act(linked, other, '11:00')).toBe(200);
    await open(false);
    expect(await act(linked, other, '11:30')).toBe('403 prohibido');
  });

  test('sees the whole agenda, gives no cita away, and is told 404 of what is not there', async () => {
    const { a, own, other, linked, receptionist, book, open } = await team();
    const [mine, theirs] = [await book(own, '09:00'), await book(other, '09:00')];
    expect(ok(await linked('GET', '/appointments')).elementos.map((c: any) => c.id).toSorted()).toEqual([mine.id, theirs.id].toSorted());
    const move = (send: Send, profesional_id: number, hora_inicio = '10:00') => send('PUT', `/appointments/${mine.id}/reschedule`, { fecha_cita: DAY, hora_inicio, profesional_id });
    expect((await move(linked, other)).body.codigo).toBe('prohibido');
    expect((await move(linked, own)).status).toBe(200);
    await open(true);
    expect((await move(linked, other, '11:00')).status).toBe(200);
    await open(false);
    expect((await move(linked, own, '11:30')).body.codigo).toBe('prohibido');
    expect((await move(receptionist, own, '11:30')).status).toBe(200);
    const foreign = await agenda(api);
    for (const [method, path, body] of [['PUT', '/confirm'], ['PATCH', '', { notas_internas: 'x' }], ['PUT', '/reschedule', { fecha_cita: DAY, hora_inicio: '09:00' }]] as const) {
      expect((await linked(method, `/appointments/999999999${path}`, body)).status).toBe(404);
      expect((await clock(foreign.request, NOW)(method, `/appointments/${mine.id}${path}`, body)).status).toBe(404);
    }
    // A transition that is none stays one: the rule about whose cita it is does not hide it.
    expect((await linked('PUT', `/appointments/${mine.id}/complete`)).body.codigo).toBe('transicion_invalida');
    expect((await a.request('PUT', `/appointments/${theirs.id}/confirm`)).status).toBe(200);
  });
});
