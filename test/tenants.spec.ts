import { agenda, daily, MONDAY, ok, TUESDAY } from './agenda.js';
import { day, nextWeekday, openShop, register, registerClient, startApi, type Api, type Member } from './api.js';
import { linkTo } from './buzon.js';
import { employee, expectRefused, overtaken, query, queryAs } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const pathOf = (owner: Member) => `/organizations/${owner.cuenta.organizacion_id}`;
const monday = nextWeekday(1, 7);
const at = (hora: string, fecha = monday, offset = '-05:00') => ({ 'x-franja-now': `${fecha}T${hora}:00${offset}` });

test('settings are read by staff and changed by managers', async () => {
  const owner = await register(api);
  const path = pathOf(owner);
  const { body } = await owner.request('GET', path);
  expect(body).toMatchObject({
    id: owner.cuenta.organizacion_id, codigo_tenant: owner.cuenta.codigo_tenant, plan_actual: 'trial', email_admin: owner.cuenta.email, zona_horaria: 'America/Bogota',
    moneda: 'COP', paso_minutos: 15, horizonte_dias: 60, antelacion_minima_minutos: 60, tolerancia_minutos: 5, confirmacion_automatica: false, activo: true,
  });
  const change = {
    nombre_comercial: 'Barbería Ñ', razon_social: 'Ñ S.A.S.', telefono: '601 234 5678', sitio_web: 'https://example.com', ciudad: 'Bogotá', idioma: 'en',
    paso_minutos: 20, antelacion_minima_minutos: 0, horizonte_dias: 730, confirmacion_automatica: true, moneda: 'USD', tipo_industria: 'spa',
  };
  const changed = await owner.request('PATCH', path, change);
  expect([changed.status, changed.body]).toEqual([200, { ...body, ...change, telefono: '+576012345678', actualizado_en: expect.any(String) }]);
  expect((await owner.request('PATCH', path, { pais: 'ES', telefono: '612 345 678', razon_social: null })).body).toMatchObject({ telefono: '+34612345678', razon_social: null });
  expect((await owner.request('PATCH', path, {})).body.nombre_comercial).toBe('Barbería Ñ');

  const [worker, client] = [await employee(api, owner), await registerClient(api, owner)];
  expect([(await worker.request('GET', path)).status, (await client.request('GET', path)).status]).toEqual([200, 403]);
  expect([(await worker.request('PATCH', path, {})).status, (await client.request('PATCH', path, {})).status]).toEqual([403, 403]);
  expect([(await worker.request('GET', `${path}/dashboard`)).status, (await api.request('GET', path)).status]).toEqual([403, 401]);
});

test('every bad setting is named, and nothing is written', async () => {
  const owner = await register(api);
  const path = pathOf(owner);
  const before = (await owner.request('GET', path)).body;
  await expectRefused((bad) => owner.request('PATCH', path, { ciudad: 'Cali', ...bad }), [
    ['nombre_comercial', null, 'requerido'],
    ['nombre_comercial', ' ', 'requerido'],
    ['nombre_comercial', 'x'.repeat(151), 'longitud'],
    ['tipo_industria', 'banca', 'valores'],
    ['email_admin', 'nada', 'correo'],
    ['telefono', '12345', 'telefono'],
    ['sitio_web', 'ftp://example.com', 'formato'],
    ['logo_url', `https://example.com/${'x'.repeat(300)}`, 'longitud'],
    ['pais', 'co', 'formato'],
    ['zona_horaria', 'America/Macondo', 'zona'],
    ['zona_horaria', null, 'requerido'],
    ['zona_horaria', 'x'.repeat(65), 'longitud'],
    ['moneda', 'pesos', 'longitud'],
    ['idioma', 'fr', 'valores'],
    ['paso_minutos', 7, 'valores'],
    ['paso_minutos', '15', 'valores'],
    ['antelacion_minima_minutos', -1, 'entero'],
    ['horizonte_dias', 0, 'entero'],
    ['minutos_reserva_temporal', 61, 'entero'],
    ['tolerancia_minutos', 1.5, 'entero'],
    ['confirmacion_automatica', 'sí', 'booleano'],
    ['codigo_tenant', 'otro', 'desconocido'],
    ['plan_actual', 'custom', 'desconocido'],
    ['activo', false, 'desconocido'],
  ]);
  // Intl knows it, PostgreSQL names it otherwise: the database decides.
  expect((await owner.request('PATCH', path, { zona_horaria: 'america/bogota' })).body.codigo).toBe('zona_horaria_invalida');
  expect((await owner.request('PATCH', path, { moneda: 'XXX' })).body.codigo).toBe('referencia_invalida');
  await owner.request('POST', '/services', { nombre: 'Corte', precio: '1', duracion_minutos: 30 });
  expect((await owner.request('PATCH', path, { moneda: 'USD' })).body.codigo).toBe('moneda_fija');
  expect((await owner.request('GET', path)).body).toEqual(before);
});

test('another organisation does not exist', async () => {
  const [owner, stranger] = [await register(api), await register(api)];
  const before = await query(api, 'select * from organizaciones where id = $1', [stranger.cuenta.organizacion_id]);
  const asked: [string, string, object?][] = [['GET', ''], ['PATCH', '', { ciudad: 'Cali' }], ['PATCH', '', {}], ['GET', '/dashboard'], ['GET', '/clients']];
  for (const [method, path, body] of asked) {
    expect([method, path, (await owner.request(method, pathOf(stranger) + path, body)).status]).toEqual([method, path, 404]);
  }
  expect(await query(api, 'select * from organizaciones where id = $1', [stranger.cuenta.organizacion_id])).toEqual(before);
  expect((await owner.request('GET', `${pathOf(owner)}/clients`)).status).toBe(200);
});

/** Free time is what the week says in the organisation's zone, and nothing else is left over. */
async function expectFreeTimeRight(owner: Member, now: Record<string, string> = {}) {
  const [row] = await queryAs(api, owner, `
    with objetivo as (
      select o.* from profesionales p, app.franjas_objetivo(p.organizacion_id, array[p.id], app.hoy(), p.generado_hasta) o)
    select (select count(*)::int from objetivo) as esperadas,
      (select count(*)::int from horarios_disponibilidad h where h.fecha >= app.hoy() and h.estado in ('disponible', 'bloqueado')) as existentes,
      (select count(*)::int from objetivo o join horarios_disponibilidad h on h.profesional_id = o.profesional_id
         and (h.inicia_en, h.termina_en, h.estado, h.fecha) = (o.inicia_en, o.termina_en, o.estado, o.fecha)) as iguales`, now);
  expect(row).toEqual({ esperadas: row.existentes, existentes: row.existentes, iguales: row.existentes });
  expect(row.existentes).toBeGreaterThan(0);
}

test.each(['America/Mexico_City', 'Europe/Madrid', 'Asia/Tokyo', 'Pacific/Kiritimati', 'Pacific/Honolulu'])(
  'a move to %s keeps the instant of citas and gives free time at the new hours',
  async (zona_horaria) => {
    const shop = await openShop(api, {}, 20);
    const { body: second } = await shop.request('POST', '/professionals', { nombre_completo: 'Eva', tipo_profesional: 'barbero' });
    await shop.request('POST', '/schedules/generate', { profesional_id: second.id, fecha_hasta: day(10) });
    const { body: cita } = await shop.request('POST', '/appointments', {
      cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio: '10:00',
    });
    const moved = await shop.request('PATCH', pathOf(shop), { zona_horaria });
    expect([moved.status, moved.body.zona_horaria]).toEqual([200, zona_horaria]);

    const after = (await shop.request('GET', `/appointments/${cita.id}`)).body;
    const local = new Intl.DateTimeFormat('sv', { timeZone: zona_horaria, dateStyle: 'short', timeStyle: 'short' }).format(new Date(cita.inicia_en));
    expect([after.inicia_en, `${after.fecha_cita} ${after.hora_inicio}`]).toEqual([cita.inicia_en, local]);
    await expectFreeTimeRight(shop);
    const generated = await query(api, 'select id, generado_hasta::text from profesionales where organizacion_id = $1 order by id', [shop.cuenta.organizacion_id]);
    expect(generated.map((p) => p.generado_hasta)).toEqual([day(20), day(10)]);
    const { body: tuesday } = await shop.request('GET', `/availability/${nextWeekday(2, 8)}?servicio_id=${shop.servicio.id}&profesional_id=${shop.profesional.id}`);
    expect(tuesday.inicios[0].hora_inicio).toBe('09:00');
  },
);

test('a move in the middle of a day of 24 hours, with citas already over', async () => {
  const shop = await openShop(api);
  await query(api, `update horarios_profesionales set hora_inicio = '00:00', hora_fin = '24:00', activo = tipo_horario = 'regular'
    where organizacion_id = $1`, [shop.cuenta.organizacion_id]);
  await shop.request('POST', '/schedules/generate', { fecha_hasta: day(30) });
  const ids = [];
  for (const hora_inicio of ['08:00', '18:30', '19:40', '22:00']) {
    const { status, body } = await shop.request('POST', '/appointments', {
      cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio,
    });
    expect(status).toBe(201);
    ids.push(body.id);
  }
  for (const id of ids.slice(0, 2)) {
    await shop.request('PUT', `/appointments/${id}/start`, undefined, at('18:30'));
    expect((await shop.request('PUT', `/appointments/${id}/complete`, undefined, at('19:00'))).status).toBe(200);
  }
  // 20:00 of Monday in Bogota is the night of Tuesday in Madrid, and 18:30 was already that Tuesday.
  const moved = await shop.request('PATCH', pathOf(shop), { zona_horaria: 'Europe/Madrid' }, at('20:00'));
  expect([moved.status, moved.body.codigo]).toEqual([200, undefined]);
  await expectFreeTimeRight(shop, at('20:00'));
  const pending = (await shop.request('GET', `/appointments/${ids[3]}`)).body;
  expect((await shop.request('PUT', `/appointments/${ids[3]}/cancel`, { motivo_cancelacion: 'Viaje' }, at('20:05'))).status).toBe(200);
  expect(pending.estado).toBe('pendiente');
  await expectFreeTimeRight(shop, at('20:05'));
});

test('what a move puts on a day that is not generated yet does not open it as it is given back', async () => {
  const a = await agenda(api, { horas: daily(['00:00', '24:00']), hasta: MONDAY });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  const who = { profesional_id: a.profesional.id, servicio_id: a.servicio.id };
  const cita = ok(await a.request('POST', '/appointments', { ...who, cliente_id: cliente.id, fecha_cita: MONDAY, hora_inicio: '20:00' }));
  const hold = ok(await a.request('POST', '/availability/holds', { ...who, fecha: MONDAY, hora_inicio: '22:00' }));
  ok(await a.request('PATCH', pathOf(a), { zona_horaria: 'Europe/Madrid' }));
  expect(await a.slots(TUESDAY)).toEqual(['02:00-02:30 ocupado']);
  expect((await a.request('DELETE', `/availability/holds/${hold.id}`)).status).toBe(404);
  ok(await a.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
  expect([await a.slots(MONDAY), await a.slots(TUESDAY)]).toEqual([['00:00-24:00 disponible'], []]);
});

test('a move on the last generated day keeps the rest of it', async () => {
  const today = '2027-03-01';
  const a = await agenda(api, { hasta: today });
  ok(await a.request('PATCH', pathOf(a), { zona_horaria: 'America/Mexico_City' }));
  expect(await a.slots(today)).toEqual(['09:00-12:00 disponible']);
});

test('silence lasts twenty hours at most', async () => {
  const owner = await register(api);
  const until = async (silencio_hasta: string) => (await owner.request('PATCH', pathOf(owner), { silencio_desde: '21:00', silencio_hasta })).status;
  expect([await until('17:00'), await until('17:01'), await until('21:00')]).toEqual([200, 400, 400]);
});

test('a zone that stays, or changes nothing, touches no franja', async () => {
  const shop = await openShop(api);
  const franjas = () => query(api, 'select * from horarios_disponibilidad where organizacion_id = $1 order by id', [shop.cuenta.organizacion_id]);
  const before = await franjas();
  expect((await shop.request('PATCH', pathOf(shop), { zona_horaria: 'America/Bogota', ciudad: 'Cali' })).status).toBe(200);
  expect(await franjas()).toEqual(before);
});

test('bookings that race with a change of zone end in the new one', async () => {
  const shop = await openShop(api);
  const bookings = ['09:00', '10:00', '11:00', '12:00', '15:00', '16:00'].map((hora_inicio) =>
    shop.request('POST', '/appointments', {
      cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio,
    }));
  const moved = await shop.request('PATCH', pathOf(shop), { zona_horaria: 'America/Mexico_City' });
  const statuses = (await Promise.all(bookings)).map((answer) => answer.status);
  expect([moved.status, statuses.filter((status) => status !== 201 && status !== 409)]).toEqual([200, []]);
  const citas = await queryAs(api, shop, `
    select (inicia_en at time zone 'America/Mexico_City')::text as local, (fecha_cita + hora_inicio)::text as visto from citas`);
  expect(citas.map((c) => c.visto)).toEqual(citas.map((c) => c.local));
  expect(citas).toHaveLength(statuses.filter((status) => status === 201).length);
  await expectFreeTimeRight(shop);
});

test('services that are made while the currency changes are of the one that it changes to, prices and all', async () => {
  const priced = async (owner: Member) => (await owner.request('GET', '/services?limite=100')).body.elementos.map((s: any) => [s.nombre, s.precio, s.moneda]).sort();
  const add = (owner: Member) => owner.request('POST', '/services', { nombre: 'A medida', precio: '30', duracion_minutos: 30 });
  const bring = (owner: Member) => owner.request('POST', '/setup/import-services', {});
  const [owner, other] = [await register(api), await register(api, { moneda: 'CLP' })];
  for (const make of [add, bring]) ok(await make(other));
  await linkTo(api, owner.cuenta.email, 'verificar'); // what is written for that would wait for the organisation too
  const answers = await overtaken(api, "update organizaciones set moneda = 'CLP' where id = $1", [owner.cuenta.organizacion_id], () => add(owner), () => bring(owner));
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(await priced(owner)).toEqual(await priced(other));
});

test('a currency does not change under a service that is being made', async () => {
  const { cuenta: { organizacion_id }, request } = await register(api);
  const make = "insert into servicios (organizacion_id, nombre, precio, moneda, duracion_minutos) values ($1, 'Corte', 30, 'COP', 30)";
  const [{ status, body }] = await overtaken(api, make, [organizacion_id], () => request('PATCH', `/organizations/${organizacion_id}`, { moneda: 'CLP' }));
  expect([status, body.codigo]).toEqual([409, 'moneda_fija']);
});
