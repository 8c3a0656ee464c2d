import { nextWeekday, openShop, register, registerClient, startApi, type Api, type Member } from './api.js';
import { employee, expectRefused, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const client = async (owner: Member, nombre: string, more: object = {}) => {
  const { status, body } = await owner.request('POST', '/clients', { nombre, ...more });
  expect({ status, codigo: body.codigo }).toEqual({ status: 201, codigo: undefined });
  return body;
};
const names = async (owner: Member, filter: string) => {
  const { status, body } = await owner.request('GET', `/clients?${filter}`);
  expect(status).toBe(200);
  return body.elementos.map((c: any) => c.nombre);
};
const search = (owner: Member, q: string, more = '') => names(owner, `q=${encodeURIComponent(q)}${more}`);

test('a record keeps what it is given, in one form', async () => {
  const owner = await register(api);
  const created = await client(owner, '  José Ñáñez ', { telefono: '(300) 123-4567', email: ' Jose@Example.com', fecha_nacimiento: '1990-05-21', alergias: 'Amoníaco' });
  expect(created).toEqual({
    id: expect.any(Number), usuario_id: null, nombre: 'José Ñáñez', email: 'jose@example.com', telefono: '+573001234567', fecha_nacimiento: '1990-05-21',
    profesional_preferido_id: null, notas: null, alergias: 'Amoníaco', direccion: null, como_conocio: null, acepta_mensajes: true, activo: true,
    creado_en: expect.any(String), actualizado_en: expect.any(String), citas_completadas: 0, citas_canceladas: 0, no_shows: 0, ultima_cita_en: null,
    proxima_cita_en: null, total_gastado: '0.00', moneda: 'COP',
  });
  const path = `/clients/${created.id}`;
  expect((await owner.request('GET', path)).body).toEqual(created);
  const changed = await owner.request('PATCH', path, { alergias: null, telefono: '+34 612 345 678', acepta_mensajes: false });
  expect(changed.body).toMatchObject({ alergias: null, telefono: '+34612345678', acepta_mensajes: false, email: 'jose@example.com' });
  expect((await owner.request('PATCH', path, {})).body).toEqual(changed.body);
});

test('a name that nobody can see is none; at the ends nothing invisible stays, and what joins letters does', async () => {
  const owner = await register(api);
  const code = (n: number) => String.fromCodePoint(n);
  // Zero width, soft hyphen, byte order mark, marks of direction, joiners, fillers, variation selectors, tags, braille of no dots, controls.
  const invisible = [0x200b, 0x2060, 0xad, 0xfeff, 0x200e, 0x200f, 0x202e, 0x2067, 0x61c, 0x180e, 0x200c, 0x200d, 0x3164, 0xfe0f, 0xe0041, 0x34f, 0x2800, 0x85, 0x01].map(code);
  await expectRefused((body) => owner.request('POST', '/clients', body), [...invisible, invisible.join(''), ' \u200b\t\u2060 '].map((nombre) => ['nombre', nombre, 'requerido']));
  await expectRefused((body) => owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, body), [['nombre_comercial', '\u2060\u200b', 'requerido']]);
  const kept = async (nombre: string) => (await client(owner, nombre)).nombre;
  for (const edge of ['\u200b', '\u2060', '\u00ad', '\ufeff', '\u200e', '\u202a', ' \u2067 \u200f']) expect([edge, await kept(`${edge}Ana\u200b Gil${edge}`)]).toEqual([edge, 'Ana\u200b Gil']);
  // Persian, an old Malayalam chillu, a family, a heart and a flag: what stands at the end belongs to what is before it.
  for (const name of ['می\u200cخواهم', 'അവന\u0d4d\u200d', '👨\u200d👩\u200d👧', 'Ana ❤\ufe0f', '🏴\u{e0067}\u{e0062}\u{e007f}']) expect(await kept(name)).toBe(name);
});

test('search finds any part of name, e-mail or phone, whatever the accents', async () => {
  const owner = await register(api);
  const stranger = await register(api);
  await client(owner, 'José Ñáñez', { telefono: '+573001234567', email: 'pepe@example.com' });
  await client(owner, 'Josefa Muñoz', { telefono: '+573119876543' });
  await client(owner, 'Ana 100% Real_', { email: 'ana.perez@correo.co' });
  await client(stranger, 'José Ajeno');

  for (const q of ['nanez', 'ÑÁÑ', 'jose nanez', 'ñez JOSÉ', 'pepe@', '300 123 4567', '(300)123-45', '+57300', '0012']) {
    expect([q, await search(owner, q)]).toEqual([q, ['José Ñáñez']]);
  }
  expect(await search(owner, 'jose')).toEqual(['José Ñáñez', 'Josefa Muñoz']);
  expect(await search(owner, 'jo mu')).toEqual(['Josefa Muñoz']);
  expect(await search(owner, '0% re')).toEqual(['Ana 100% Real_']);
  expect(await search(owner, 'l_')).toEqual(['Ana 100% Real_']);
  for (const q of ['ajeno', 'jose perez', '%%', 'j_se', '\\\\', "'; drop table clientes; --"]) expect([q, await search(owner, q)]).toEqual([q, []]);
  await expectRefused(({ q }) => owner.request('GET', `/clients?q=${encodeURIComponent(String(q))}`), [['q', 'a', 'longitud'], ['q', 'x'.repeat(101), 'longitud'], ['q', 'a\0b', 'texto']]);
});

test('a phone is found as people dictate it at home, with the zero that no prefix keeps', async () => {
  const homes = [['PY', 'America/Asuncion', 'PYG', '0981 123 456'], ['UY', 'America/Montevideo', 'UYU', '099 123 456'], ['VE', 'America/Caracas', 'VES', '0414-1234567']];
  for (const [pais, zona_horaria, moneda, telefono] of homes) {
    const owner = await register(api, { pais, zona_horaria, moneda });
    await client(owner, 'Juan Gómez', { telefono });
    await client(owner, 'Otra', { telefono: '+573001235555' });
    for (const q of [telefono, telefono.replace(/\D/g, ''), telefono.slice(0, 3), `(${telefono.slice(0, 3)})`, `juan ${telefono}`]) expect([q, await search(owner, q)]).toEqual([q, ['Juan Gómez']]);
  }
});

test('a Mexican mobile is one number with and without the 1 that was dialled after the prefix', async () => {
  const owner = await register(api, { pais: 'MX', zona_horaria: 'America/Mexico_City', moneda: 'MXN' });
  for (const telefono of ['55 1234 5678', '+52 55 1234 5678', '+52 1 55 1234 5678', '5215512345678', '00 52 1 55 1234 5678']) {
    expect([telefono, (await client(owner, 'María', { telefono })).telefono]).toEqual([telefono, '+525512345678']);
  }
  await expectRefused((body) => owner.request('POST', '/clients', { nombre: 'María', ...body }), [['telefono', '+52 1 123', 'telefono'], ['telefono', '+52 1 15 1234 5678', 'telefono']]);
});

test('pages come in order of name, each client once, and the cursor tells nothing', async () => {
  const owner = await register(api);
  const people = ['Álvaro Gil', 'Zoe Gil', 'ana Gil', 'Ñandú Gil', 'Óscar Gil', 'Beto Gil', 'Beto Gil'];
  for (const nombre of people) await client(owner, nombre);
  const expected = ['Álvaro Gil', 'ana Gil', 'Beto Gil', 'Beto Gil', 'Ñandú Gil', 'Óscar Gil', 'Zoe Gil'];
  for (const filter of ['limite=2', 'limite=3&q=gil']) {
    const seen: any[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await owner.request('GET', `/clients?${filter}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.elementos);
      cursor = body.cursor;
      if (cursor) expect(Buffer.from(cursor, 'base64url').toString()).toBe(`[${seen.at(-1).id}]`);
    }
    expect(seen.map((c) => c.nombre)).toEqual(expected);
    expect(new Set(seen.map((c) => c.id)).size).toBe(7);
    expect(Object.keys(seen[0])).not.toContain('busqueda');
  }
  const { id } = await client(await register(api), 'Ajena');
  for (const cursor of ['nada', Buffer.from('["x"]').toString('base64url'), Buffer.from(`[${id}]`).toString('base64url')]) {
    expect((await owner.request('GET', `/clients?cursor=${cursor}`)).body.codigo).toBe('cursor_invalido');
  }
});

test('deactivating hides, and never deletes', async () => {
  const owner = await register(api);
  const gone = await client(owner, 'Eva Luna');
  await client(owner, 'Eva Sol');
  expect((await owner.request('DELETE', `/clients/${gone.id}`)).status).toBe(204);
  expect([await names(owner, ''), await names(owner, 'activo=false'), await search(owner, 'eva'), await search(owner, 'eva', '&activo=false')])
    .toEqual([['Eva Sol'], ['Eva Luna'], ['Eva Sol'], ['Eva Luna']]);
  expect((await owner.request('GET', `/clients/${gone.id}`)).body.activo).toBe(false);
  expect((await owner.request('PATCH', `/clients/${gone.id}`, { activo: true })).body.activo).toBe(true);
});

test('every bad field is named, and nothing is written', async () => {
  const owner = await register(api);
  await expectRefused((bad) => owner.request('POST', '/clients', { nombre: 'Eva', ...bad }), [
    ['nombre', undefined, 'requerido'],
    ['nombre', '', 'requerido'],
    ['nombre', 'x'.repeat(151), 'longitud'],
    ['nombre', { $ne: 1 }, 'texto'],
    ['nombre', 'a\0b', 'texto'],
    ['nombre', '\ud800', 'texto'],
    ['email', 'a@b', 'correo'],
    ['telefono', '123456', 'telefono'],
    ['fecha_nacimiento', '2023-02-29', 'fecha'],
    ['fecha_nacimiento', '2150-01-01', 'fecha_pasada'],
    ['profesional_preferido_id', 1.5, 'entero'],
    ['notas', 'x'.repeat(2001), 'longitud'],
    ['alergias', 7, 'texto'],
    ['direccion', 'x'.repeat(301), 'longitud'],
    ['como_conocio', '', 'longitud'],
    ['acepta_mensajes', null, 'booleano'],
    ['usuario_id', 1, 'desconocido'],
    ['busqueda', 'x', 'desconocido'],
  ]);
  expect(await names(owner, '')).toEqual([]);
  const { id } = await client(owner, 'Eva');
  await expectRefused((bad) => owner.request('PATCH', `/clients/${id}`, bad), [['nombre', null, 'requerido'], ['activo', null, 'booleano']]);
  await expectRefused(({ id }) => owner.request('GET', `/clients/${id}`), [['id', 'uno', 'entero'], ['id', '-1', 'entero']]);
  expect((await owner.request('GET', '/clients/9007199254740993')).status).toBe(404);
});

test('another organisation’s clients and professionals do not exist', async () => {
  const [owner, stranger] = [await register(api), await register(api)];
  const theirs = await client(stranger, 'Eva');
  const { body: professional } = await stranger.request('POST', '/professionals', { nombre_completo: 'P', tipo_profesional: 'barbero' });
  const before = await query(api, 'select * from clientes where id = $1', [theirs.id]);
  for (const [method, body] of [['GET'], ['PATCH', { nombre: 'Mía' }], ['PATCH', {}], ['DELETE']] as [string, object?][]) {
    expect([method, (await owner.request(method, `/clients/${theirs.id}`, body)).status]).toEqual([method, 404]);
  }
  expect(await query(api, 'select * from clientes where id = $1', [theirs.id])).toEqual(before);
  const refused = await owner.request('POST', '/clients', { nombre: 'Eva', profesional_preferido_id: professional.id });
  expect([refused.status, refused.body.codigo, await names(owner, '')]).toEqual([400, 'referencia_invalida', []]);
});

test('a client sees and changes their own record, and only that', async () => {
  const owner = await register(api);
  const me = await registerClient(api, owner, { nombre: 'Luz Díaz', telefono: '3001112233' });
  const id = me.cuenta.cliente_id;
  await owner.request('PATCH', `/clients/${id}`, { notas: 'Nunca deja propina', como_conocio: 'vecina' });

  const { body } = await me.request('GET', '/clients/me');
  expect(body).toEqual({
    id, nombre: 'Luz Díaz', email: me.cuenta.email, telefono: '+573001112233', fecha_nacimiento: null, profesional_preferido_id: null, alergias: null,
    direccion: null, acepta_mensajes: true, creado_en: expect.any(String), actualizado_en: expect.any(String),
  });
  const change = { nombre: 'Luz D.', telefono: null, acepta_mensajes: false, direccion: 'Calle 1', alergias: 'Látex' };
  expect((await me.request('PATCH', '/clients/me', change)).body).toMatchObject({ id, email: me.cuenta.email, ...change });
  expect((await me.request('PATCH', '/clients/me', {})).body).toMatchObject(change);
  expect((await owner.request('GET', `/clients/${id}`)).body).toMatchObject({ ...change, usuario_id: me.cuenta.usuario_id, notas: 'Nunca deja propina' });
  await expectRefused((bad) => me.request('PATCH', '/clients/me', bad), [
    ['email', 'otro@example.com', 'desconocido'], ['notas', 'x', 'desconocido'], ['activo', false, 'desconocido'], ['profesional_preferido_id', 1, 'desconocido'],
    ['nombre', null, 'requerido'], ['telefono', '12345', 'telefono'],
  ]);

  for (const [method, path, data] of [['GET', ''], ['POST', '', { nombre: 'X' }], ['GET', `/${id}`], ['PATCH', `/${id}`, {}], ['DELETE', `/${id}`]] as [string, string, object?][]) {
    expect([method, (await me.request(method, `/clients${path}`, data)).status]).toEqual([method, 403]);
  }
  const worker = await employee(api, owner);
  expect([(await worker.request('GET', '/clients')).status, (await worker.request('GET', '/clients/me')).status]).toEqual([200, 403]);
  expect((await worker.request('PATCH', `/clients/${id}`, { notas: null })).body.notas).toBeNull();
});

test('totals count each cita of the client once', async () => {
  const shop = await openShop(api);
  const other = await client(shop, 'Otra');
  const monday = nextWeekday(1, 7);
  const at = (hora: string) => ({ 'x-franja-now': `${monday}T${hora}:00-05:00` });
  const book = async (hora_inicio: string, cliente_id: number, descuento = '0') => {
    const { body } = await shop.request('POST', '/appointments', {
      cliente_id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio, descuento,
    });
    return `/appointments/${body.id}`;
  };
  const mine = [];
  for (const [hora, descuento] of [['09:00'], ['10:00', '2500.50'], ['11:00'], ['12:00'], ['16:00'], ['17:00']] as [string, string?][]) mine.push(await book(hora, shop.cliente.id, descuento));
  const theirs = await book('15:00', other.id);
  for (const [cita, hora] of [[mine[0], '09:00'], [mine[1], '10:00'], [theirs, '15:00']]) {
    expect((await shop.request('PUT', `${cita}/start`, undefined, at(hora))).status).toBe(200);
    expect((await shop.request('PUT', `${cita}/complete`, undefined, at(hora))).status).toBe(200);
  }
  expect((await shop.request('PUT', `${mine[2]}/cancel`, { motivo_cancelacion: 'Viaje' })).status).toBe(200);
  expect((await shop.request('PUT', `${mine[3]}/no-show`, undefined, at('12:30'))).status).toBe(200);

  const { body } = await shop.request('GET', `/clients/${shop.cliente.id}`, undefined, at('15:30'));
  expect(body).toMatchObject({
    citas_completadas: 2, citas_canceladas: 1, no_shows: 1, total_gastado: '47499.50', moneda: 'COP',
    ultima_cita_en: `${monday}T15:00:00.000Z`, proxima_cita_en: `${monday}T21:00:00.000Z`,
  });
  expect((await shop.request('GET', `/clients/${shop.cliente.id}`, undefined, at('16:30'))).body.proxima_cita_en).toBe(`${monday}T22:00:00.000Z`);
  expect((await shop.request('GET', `/clients/${other.id}`, undefined, at('16:30'))).body).toMatchObject({ citas_completadas: 1, total_gastado: '25000.00', proxima_cita_en: null });
});
