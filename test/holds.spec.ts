import { agenda, clock, daily, MONDAY, NOW, ok, TUESDAY, worker, type Agenda } from './agenda.js';
import { registerClient, startApi, type Api, type Member } from './api.js';
import { employee, expectRefused, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** NOW and `minutes` more. */
const later = (minutes: number) => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();
const ask = (a: Agenda, hora_inicio: string, more: object = {}) => ({
  servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio, ...more,
});
const hold = (a: Agenda, hora_inicio: string, more: object = {}, member: Pick<Member, 'request'> = a) =>
  clock(member.request, NOW)('POST', '/availability/holds', ask(a, hora_inicio, more));
const client = async (a: Agenda) => {
  const member = await registerClient(api, a);
  return { ...member, request: clock(member.request, NOW) };
};

test('a hold is what was offered, for the minutes of the organisation', async () => {
  const a = await agenda(api, { servicio: { buffer_antes_minutos: 10, buffer_despues_minutos: 5 } });
  await a.request('PUT', `/professionals/${a.profesional.id}/services/${a.servicio.id}`, { precio_personalizado: '27500', duracion_personalizada_minutos: 40 });
  const { status, body } = await hold(a, '10:00');
  expect({ status, body }).toEqual({
    status: 201,
    body: {
      id: body.id, servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio: '10:00', hora_fin: '10:40',
      inicia_en: `${MONDAY}T15:00:00.000Z`, termina_en: `${MONDAY}T15:40:00.000Z`, precio: '27500.00', moneda: 'COP', duracion_minutos: 40,
      reservado_hasta: later(10),
    },
  });
  expect(ok(await a.request('GET', `/availability/holds/${body.id}`))).toEqual(body);
  expect(await a.slots(MONDAY)).toEqual(['09:00-09:50 disponible', '09:50-10:45 reservado_temporal', '10:45-12:00 disponible']);
});

test('released, it is free at once and is one interval again', async () => {
  const a = await agenda(api);
  const before = await a.starts(MONDAY);
  const { body } = await hold(a, '10:00');
  expect(await a.starts(MONDAY)).toEqual(['09:00', '09:15', '09:30', '10:30', '10:45', '11:00', '11:15', '11:30']);
  expect((await a.request('DELETE', `/availability/holds/${body.id}`)).status).toBe(204);
  expect(await a.starts(MONDAY)).toEqual(before);
  expect(await a.slots(MONDAY)).toEqual(['09:00-12:00 disponible']);
  expect((await a.request('DELETE', `/availability/holds/${body.id}`)).status).toBe(404);
});

test('expired, it counts as free: offered as part of one interval, and taken by another', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '10:30']) });
  const first = await client(a);
  const { body } = await hold(a, '09:30', {}, first);
  expect([await a.starts(MONDAY), await a.starts(MONDAY, '', clock(a.request, later(9)))]).toEqual([['09:00', '10:00'], ['09:00', '10:00']]);
  const after = clock(a.request, later(10));
  expect(await a.starts(MONDAY, '', after)).toEqual(['09:00', '09:15', '09:30', '09:45', '10:00']);
  // An hour fits only across what was free and what was held.
  await a.request('PATCH', `/services/${a.servicio.id}`, { duracion_minutos: 60 });
  expect(await a.starts(MONDAY, '', after)).toEqual(['09:00', '09:15', '09:30']);
  expect(ok(await after('GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}`)).elementos.map((f: any) => [f.estado, f.reservado_hasta, f.servicio_id])).toEqual(
    Array(3).fill(['disponible', null, null]));
  expect((await clock(first.request, later(10))('GET', `/availability/holds/${body.id}`)).status).toBe(404);

  const taken = await after('POST', '/availability/holds', ask(a, '09:15'));
  expect(taken.status).toBe(201);
  expect(await query(api, 'select estado, hora_inicio from horarios_disponibilidad where organizacion_id = $1 and fecha = $2 order by inicia_en', [a.cuenta.organizacion_id, MONDAY])).toEqual([
    { estado: 'disponible', hora_inicio: '09:00:00' }, { estado: 'reservado_temporal', hora_inicio: '09:15:00' }, { estado: 'disponible', hora_inicio: '10:15:00' },
  ]);
});

test('20 ask for one time at once: one has it, the rest are told that it is taken', async () => {
  const a = await agenda(api);
  for (let round = 0; round < 5; round++) {
    const hora_inicio = `1${round % 2}:${round < 2 ? '00' : '30'}`;
    const fecha = round < 4 ? MONDAY : TUESDAY;
    const answers = await Promise.all(Array.from({ length: 20 }, () => hold(a, hora_inicio, { fecha })));
    expect(answers.map((r) => [r.status, r.body.codigo]).sort()).toEqual([[201, undefined], ...Array(19).fill([409, 'sin_disponibilidad'])]);
  }
});

test('20 ask for different times of one professional at once: all have theirs', async () => {
  const a = await agenda(api, { horas: daily(['08:00', '18:00']) });
  const times = Array.from({ length: 20 }, (_, i) => `${String(8 + (i >> 1)).padStart(2, '0')}:${i % 2 ? '30' : '00'}`);
  const answers = await Promise.all(times.map((hora) => hold(a, hora)));
  expect(answers.map((r) => r.status)).toEqual(Array(20).fill(201));
  expect(await a.starts(MONDAY)).toEqual([]);
});

test('a client holds one thing at a time, staff as many as they need', async () => {
  const a = await agenda(api);
  const other = await worker(a, { hasta: TUESDAY });
  const [maria, jose] = [await client(a), await client(a)];
  const first = (await hold(a, '09:00', {}, maria)).body;
  expect((await hold(a, '11:00', {}, jose)).status).toBe(201);
  // With another professional, and even over what they held themselves.
  const second = (await hold(a, '10:00', { profesional_id: other.id }, maria)).body;
  expect((await maria.request('GET', `/availability/holds/${first.id}`)).status).toBe(404);
  expect((await hold(a, '10:15', { profesional_id: other.id }, maria)).status).toBe(201);
  expect((await maria.request('GET', `/availability/holds/${second.id}`)).status).toBe(404);
  const held = () => query(api, "select profesional_id::int, hora_inicio from horarios_disponibilidad where organizacion_id = $1 and estado = 'reservado_temporal' order by 2, 1", [a.cuenta.organizacion_id]);
  expect(await held()).toEqual([{ profesional_id: other.id, hora_inicio: '10:15:00' }, { profesional_id: a.profesional.id, hora_inicio: '11:00:00' }]);

  // What they may not have costs them nothing of what they have.
  expect((await hold(a, '11:00', {}, maria)).body.codigo).toBe('sin_disponibilidad');
  expect(await held()).toHaveLength(2);

  await Promise.all(['09:00', '09:30', '10:00', '10:30'].flatMap((hora) => [hold(a, hora, {}, maria), hold(a, hora, { profesional_id: other.id }, maria)]));
  expect(await held()).toHaveLength(2);

  // Nor do they get two by asking for both at once when they have none.
  for (let round = 0; round < 4; round++) {
    const both = await Promise.all([a.profesional.id, other.id].map((profesional_id) => hold(a, '10:30', { fecha: TUESDAY, profesional_id }, jose)));
    expect(both.map((r) => r.status)).toEqual([201, 201]);
    const live = await Promise.all(both.map((r) => jose.request('GET', `/availability/holds/${r.body.id}`)));
    expect(live.map((r) => r.status).sort()).toEqual([200, 404]);
    for (const { body } of live) await jose.request('DELETE', `/availability/holds/${body.id}`);
  }

  const two = [await hold(a, '09:00', { fecha: TUESDAY }), await hold(a, '09:30', { fecha: TUESDAY })];
  for (const { body } of two) expect((await a.request('GET', `/availability/holds/${body.id}`)).status).toBe(200);
});

test('the booking that names the hold takes its time; nobody else can', async () => {
  const a = await agenda(api);
  const [maria, jose] = [await client(a), await client(a)];
  const { body } = await hold(a, '10:00', {}, maria);
  const cita = { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha_cita: MONDAY, hora_inicio: '10:00' };
  expect((await jose.request('POST', '/appointments', cita)).body.codigo).toBe('sin_disponibilidad');
  const booked = await maria.request('POST', '/appointments', { ...cita, reserva_id: body.id });
  expect([booked.status, booked.body.precio_final]).toEqual([201, body.precio]);
  expect(await a.slots(MONDAY)).toEqual(['09:00-10:00 disponible', '10:00-10:30 ocupado', '10:30-12:00 disponible']);
  // It is a cita now: there is no hold to look at or to release, and holding anew does not free it.
  expect((await maria.request('GET', `/availability/holds/${body.id}`)).status).toBe(404);
  expect((await maria.request('DELETE', `/availability/holds/${body.id}`)).status).toBe(404);
  expect((await hold(a, '11:00', {}, maria)).status).toBe(201);
  expect(await a.starts(MONDAY)).toEqual(['09:00', '09:15', '09:30', '10:30', '11:30']);
});

test('the notice is asked for when a time is held, not again while it is', async () => {
  const a = await agenda(api);
  const [maria, jose] = [await client(a), await client(a)];
  const cita = { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha_cita: MONDAY, hora_inicio: '10:00' };
    const at = (hora: string, who: Member, method: string, path: string, body: object) => clock(who.request, `${MONDAY}T${hora}:00-05:00`)(method, path, body);
  // The notice is an hour and the hold of ten minutes.
  const { body: hold } = await at('08:58', maria, 'POST', '/availability/holds', ask(a, '10:00'));
  expect((await at('09:05', maria, 'POST', '/appointments', cita)).body.codigo).toBe('fuera_de_politica');
  expect((await at('09:05', jose, 'POST', '/appointments', { ...cita, reserva_id: hold.id })).body.codigo).toBe('reserva_vencida');
  expect((await at('09:05', maria, 'POST', '/appointments', { ...cita, hora_inicio: '09:30', reserva_id: hold.id })).body.codigo).toBe('reserva_no_corresponde');
  expect((await at('09:09', maria, 'POST', '/availability/holds', ask(a, '10:00'))).body.codigo).toBe('fuera_de_politica');
  expect((await at('09:08', maria, 'POST', '/appointments', { ...cita, reserva_id: hold.id })).body.codigo).toBe('fuera_de_politica');
  expect((await at('09:07', maria, 'POST', '/appointments', { ...cita, reserva_id: hold.id })).status).toBe(201);

  const { body: later } = await at('10:10', jose, 'POST', '/availability/holds', ask(a, '11:15'));
  const booked = ok(await jose.request('POST', '/appointments', { ...cita, fecha_cita: TUESDAY }));
  const move = { fecha_cita: MONDAY, hora_inicio: '11:15', reserva_id: later.id };
  expect((await at('10:18', jose, 'PUT', `/appointments/${booked.id}/reschedule`, move)).status).toBe(200);
});

test('a service that changes does not part a hold from what it was for', async () => {
  const a = await agenda(api);
  const maria = await client(a);
  const cita = { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha_cita: MONDAY, hora_inicio: '10:00' };
  const booked = ok(await maria.request('POST', '/appointments', { ...cita, fecha_cita: TUESDAY }));
  const { body: first } = await hold(a, '10:00', {}, maria);
  ok(await a.request('PATCH', `/services/${a.servicio.id}`, { duracion_minutos: 45, buffer_despues_minutos: 10 }));
  // Longer than what is held, into time that is free; and not where it is not.
  expect(ok(await maria.request('POST', '/appointments', { ...cita, reserva_id: first.id })).hora_fin).toBe('10:45');
  expect(await a.slots(MONDAY)).toEqual(['09:00-10:00 disponible', '10:00-10:55 ocupado', '10:55-12:00 disponible']);
  // A cita keeps its half hour: what is held too much is free again.
  const { body: second } = await hold(a, '11:00', {}, maria);
  expect(ok(await maria.request('PUT', `/appointments/${booked.id}/reschedule`, { fecha_cita: MONDAY, hora_inicio: '11:00', reserva_id: second.id })).hora_fin).toBe('11:30');
  expect((await a.slots(MONDAY)).slice(-2)).toEqual(['11:00-11:30 ocupado', '11:30-12:00 disponible']);

  const { body: third } = await hold(a, '09:00', { fecha: TUESDAY }, maria);
  expect((await hold(a, '09:55', { fecha: TUESDAY })).status).toBe(201);
  ok(await a.request('PATCH', `/services/${a.servicio.id}`, { duracion_minutos: 60 }));
  expect((await maria.request('POST', '/appointments', { ...cita, fecha_cita: TUESDAY, hora_inicio: '09:00', reserva_id: third.id })).body.codigo).toBe('sin_disponibilidad');
  expect((await maria.request('GET', `/availability/holds/${third.id}`)).status).toBe(200);
});

test.each([
  ['shorter', 15, 0],
  ['longer', 0, 15],
])('preparation that becomes %s before the hold is booked does not part them, and takes nothing of others', async (_, before, after) => {
  const a = await agenda(api, { servicio: { buffer_antes_minutos: before } });
  const maria = await client(a);
  const book = (reserva_id: number, hora: string) =>
    maria.request('POST', '/appointments', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha_cita: MONDAY, hora_inicio: hora, reserva_id });
  const change = (buffer_antes_minutos: number) => a.request('PATCH', `/services/${a.servicio.id}`, { buffer_antes_minutos });
  const { body: first } = await hold(a, '10:00', {}, maria);
  ok(await change(after));
  expect(ok(await maria.request('GET', `/availability/holds/${first.id}`))).toEqual(first);
  // The time that it is for, and no other.
  expect((await book(first.id, '11:30')).body.codigo).toBe('reserva_no_corresponde');
  expect(ok(await book(first.id, '10:00'))).toMatchObject({ hora_inicio: '10:00', hora_fin: '10:30' });
  expect((await a.slots(MONDAY)).filter((f) => !f.endsWith('disponible'))).toEqual([after ? '09:45-10:30 ocupado' : '10:00-10:30 ocupado']);

  ok(await change(0));
  const { body: second } = await hold(a, '11:00', {}, maria);
  const { body: neighbour } = await hold(a, '10:30');
  expect(neighbour.hora_fin).toBe('11:00');
  ok(await change(15));
  expect((await book(second.id, '11:00')).body.codigo).toBe('sin_disponibilidad');
  expect((await maria.request('GET', `/availability/holds/${second.id}`)).status).toBe(200);
});

test('booking and releasing the same hold at once: one of the two, never half of each', async () => {
  const a = await agenda(api);
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  for (const hora_inicio of ['09:00', '09:30', '10:00', '10:30', '11:00']) {
    const { body } = await hold(a, hora_inicio);
    const [booked, released] = await Promise.all([
      a.request('POST', '/appointments', {
        cliente_id: cliente.id, servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha_cita: MONDAY, hora_inicio, reserva_id: body.id,
      }),
      a.request('DELETE', `/availability/holds/${body.id}`),
    ]);
    expect([201, 409]).toContain(booked.status);
    expect([204, 404]).toContain(released.status);
    if (booked.status === 409) expect(released.status).toBe(204);
    const mine = ok(await a.request('GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}`)).elementos.filter((f: any) => f.hora_inicio <= hora_inicio && f.hora_fin > hora_inicio);
    expect(mine.map((f: any) => f.estado)).toEqual([booked.status === 201 ? 'ocupado' : 'disponible']);
  }
});

test('a hold is of who asked and of staff; to others it does not exist', async () => {
  const [a, foreign] = [await agenda(api), await agenda(api)];
  const [maria, jose] = [await client(a), await client(a)];
  const { body } = await hold(a, '09:00', {}, maria);
  const path = `/availability/holds/${body.id}`;
  const free = (await query(api, "select id::int from horarios_disponibilidad where organizacion_id = $1 and estado = 'disponible' limit 1", [a.cuenta.organizacion_id]))[0].id;
  for (const [who, where] of [[jose, path], [foreign, path], [a, `/availability/holds/${free}`], [a, '/availability/holds/9007199254740991']] as const) {
    expect((await who.request('GET', where)).status).toBe(404);
    expect((await who.request('DELETE', where)).status).toBe(404);
  }
  const worker = clock((await employee(api, a)).request, NOW);
  expect((await worker('GET', path)).status).toBe(200);
  expect((await maria.request('GET', path)).status).toBe(200);
  expect((await worker('DELETE', path)).status).toBe(204);
  expect((await maria.request('GET', path)).status).toBe(404);
  expect((await api.request('POST', '/availability/holds', ask(a, '09:00'))).status).toBe(401);
});

test('refuses what cannot be held, and holds nothing', async () => {
  const [a, foreign] = [await agenda(api), await agenda(api)];
  const other = await worker(a, { servicio_ids: [], hasta: MONDAY });
  const codigo = async (more: object, now = NOW, member: Pick<Member, 'request'> = a) => {
    const { status, body } = await clock(member.request, now)('POST', '/availability/holds', ask(a, '10:00', more));
    return [status, body.codigo];
  };
  expect(await codigo({ servicio_id: foreign.servicio.id })).toEqual([400, 'referencia_invalida']);
  expect(await codigo({ profesional_id: foreign.profesional.id })).toEqual([400, 'referencia_invalida']);
  expect(await codigo({ profesional_id: other.id })).toEqual([400, 'servicio_no_ofrecido']);
  expect(await codigo({ hora_inicio: '08:45' })).toEqual([409, 'sin_disponibilidad']);
  expect(await codigo({ hora_inicio: '11:45' })).toEqual([409, 'sin_disponibilidad']);
  expect(await codigo({ fecha: '2027-04-15' })).toEqual([409, 'sin_disponibilidad']);
  expect(await codigo({ fecha: '2027-02-28' })).toEqual([400, 'hora_pasada']);
  const maria = await client(a);
  expect(await codigo({}, `${MONDAY}T09:30:00-05:00`, maria)).toEqual([409, 'fuera_de_politica']);
  expect(await codigo({}, '2026-12-31T08:00:00-05:00', maria)).toEqual([409, 'fuera_de_politica']);
  await expectRefused((body) => a.request('POST', '/availability/holds', { ...ask(a, '10:00'), ...body }), [
    ['servicio_id', undefined, 'requerido'], ['profesional_id', '1', 'entero'], ['fecha', '2027-02-29', 'fecha'], ['hora_inicio', '25:00', 'hora'],
    ['hora_inicio', '24:00', 'hora'], ['hora_inicio', null, 'requerido'], ['reservado_hasta', '2030-01-01', 'desconocido'],
  ]);
  expect(await query(api, "select from horarios_disponibilidad where organizacion_id = $1 and estado = 'reservado_temporal'", [a.cuenta.organizacion_id])).toEqual([]);
});
