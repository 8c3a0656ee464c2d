// Where a rule begins and ends: the last minute of a deadline, the last day of a horizon, the first start of a price.
import { agenda, clock, daily, MONDAY, NOW, ok, TUESDAY, type Agenda } from './agenda.js';
import { registerClient, startApi, type Api } from './api.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const of = (a: Agenda) => ({ servicio_id: a.servicio.id, profesional_id: a.profesional.id });
const person = async (a: Agenda) => ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' })).id;
/** What `member` does at that local time of MONDAY. */
const on = (member: { request: Agenda['request'] }, hora: string) => clock(member.request, `${MONDAY}T${hora}-05:00`);

test('a client holds and books whatever is offered, at its price: with just the notice, on the last day, where a price begins and ends', async () => {
  const a = await agenda(api, { moneda: 'CLP', servicio: { precio: '9990', antelacion_minima_minutos: 60, horizonte_dias: 1 } });
  const dear = { profesional_id: a.profesional.id, tipo_horario: 'especial', vigente_desde: TUESDAY, vigente_hasta: TUESDAY };
  ok(await a.request('POST', '/schedules', { ...dear, hora_inicio: '09:00', hora_fin: '10:00', precio_dinamico: '-15.00' }));
  ok(await a.request('POST', '/schedules', { ...dear, hora_inicio: '10:00', hora_fin: '11:00' }));
  const client = on(await registerClient(api, a), '10:00:00');
  const range = `fecha_desde=${MONDAY}&fecha_hasta=2027-03-10`;
  const { inicios } = ok(await client('GET', `/availability?servicio_id=${a.servicio.id}&${range}`));
  expect(inicios.map((i: any) => [i.fecha, i.hora_inicio, i.precio])).toEqual([
    [MONDAY, '11:00', '9990.00'], [MONDAY, '11:15', '9990.00'], [MONDAY, '11:30', '9990.00'],
    [TUESDAY, '09:00', '8492.00'], [TUESDAY, '09:15', '8492.00'], [TUESDAY, '09:30', '8492.00'],
    [TUESDAY, '10:00', '9990.00'], [TUESDAY, '10:15', '9990.00'], [TUESDAY, '10:30', '9990.00'],
  ]);
  for (const { fecha, hora_inicio, precio } of inicios) {
    const held = await client('POST', '/availability/holds', { ...of(a), fecha, hora_inicio });
    expect([fecha, hora_inicio, held.status, held.body.precio]).toEqual([fecha, hora_inicio, 201, precio]);
    ok(await client('DELETE', `/availability/holds/${held.body.id}`));
    const cita = await client('POST', '/appointments', { ...of(a), fecha_cita: fecha, hora_inicio });
    expect([fecha, hora_inicio, cita.status, cita.body.precio_servicio]).toEqual([fecha, hora_inicio, 201, precio]);
    ok(await client('PUT', `/appointments/${cita.body.id}/cancel`, { motivo_cancelacion: 'Prueba' }, { authorization: `Bearer ${a.token}` }));
  }
  const beyond = await client('POST', '/appointments', { ...of(a), fecha_cita: '2027-03-10', hora_inicio: '09:00' });
  expect(beyond.body.codigo).toBe('fuera_de_politica');
});

test('a time that has just begun is booked and moved to within the tolerance, and who starts in it is punctual', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '12:00']) });
  const cliente_id = await person(a);
  const book = (now: string, fecha_cita = MONDAY) => on(a, now)('POST', '/appointments', { ...of(a), cliente_id, fecha_cita, hora_inicio: '09:00' });
  const tomorrow = ok(await book('08:00:00', TUESDAY));
  const move = (now: string) => on(a, now)('PUT', `/appointments/${tomorrow.id}/reschedule`, { fecha_cita: MONDAY, hora_inicio: '10:00' });
  expect((await book('09:05:01')).body.codigo).toBe('hora_pasada');
  const cita = ok(await book('09:05:00'));
  expect((await move('10:05:01')).body.codigo).toBe('hora_pasada');
  expect((await move('10:05:00')).body).toMatchObject({ fecha_cita: MONDAY, hora_inicio: '10:00' });
  const put = (id: number, what: string, now: string) => on(a, now)('PUT', `/appointments/${id}/${what}`);
  expect((await put(cita.id, 'start', '09:05:00')).body).toMatchObject({ puntualidad: 'puntual', tiempo_espera_minutos: 5 });
  expect((await put(tomorrow.id, 'start', '10:05:01')).body.puntualidad).toBe('tarde');
  // To the nearest minute.
  expect((await put(cita.id, 'complete', '09:30:31')).body.duracion_real_minutos).toBe(26);
  expect((await put(tomorrow.id, 'complete', '10:30:29')).body.duracion_real_minutos).toBe(25);
  const { puntualidad_porcentaje } = ok(await on(a, '11:00:00')('GET', `/dashboard?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}`));
  expect(puntualidad_porcentaje).toBe('50.00');
});

test('a client cancels until the very minute of the deadline; what is closed was not late', async () => {
  const a = await agenda(api);
  const client = await registerClient(api, a);
  const book = async (hora_inicio: string) => ok(await clock(client.request, NOW)('POST', '/appointments', { ...of(a), fecha_cita: MONDAY, hora_inicio }));
  const [first, second] = [await book('10:00'), await book('11:00')];
  const cancel = (id: number, now: string) => on(client, now)('PUT', `/appointments/${id}/cancel`, { motivo_cancelacion: 'Viaje' });
  expect((await cancel(second.id, '09:00:01')).body.codigo).toBe('plazo_vencido');
  expect((await cancel(second.id, '09:00:00')).body.estado).toBe('cancelada');
  ok(await a.request('PUT', `/appointments/${first.id}/cancel`, { motivo_cancelacion: 'Cierre' }));
  for (const { id } of [first, second]) expect((await cancel(id, '09:30:00')).body).toMatchObject({ codigo: 'transicion_invalida', estado: 'cancelada' });
});

test('nobody failed to come before the hour; at the hour they did', async () => {
  const a = await agenda(api);
  const { id } = ok(await a.request('POST', '/appointments', { ...of(a), cliente_id: await person(a), fecha_cita: MONDAY, hora_inicio: '09:00' }));
  expect((await on(a, '08:59:59')('PUT', `/appointments/${id}/no-show`)).body.codigo).toBe('aun_no_es_la_hora');
  expect((await on(a, '09:00:00')('PUT', `/appointments/${id}/no-show`)).body.estado).toBe('no_asistio');
});

test('the cita of midnight is of the day that begins, and of no other', async () => {
  const a = await agenda(api, { horas: daily(['00:00', '24:00']) });
  const cliente_id = await person(a);
  for (const [fecha_cita, hora_inicio] of [[MONDAY, '00:00'], [MONDAY, '23:30'], [TUESDAY, '00:00']]) ok(await a.request('POST', '/appointments', { ...of(a), cliente_id, fecha_cita, hora_inicio }));
  const ofDay = async (fecha: string) => ok(await a.request('GET', `/appointments?fecha_desde=${fecha}&fecha_hasta=${fecha}`)).elementos.map((c: any) => c.hora_inicio);
  expect([await ofDay(MONDAY), await ofDay(TUESDAY)]).toEqual([['00:00', '23:30'], ['00:00']]);
});

test.each([
  ['as the business says', {}, {}, 'pendiente'],
  ['confirmed at once where it says so', { confirmacion_automatica: true }, {}, 'confirmada'],
  ['but for a service that asks for it', { confirmacion_automatica: true }, { requiere_confirmacion: true }, 'pendiente'],
])('a cita begins %s', async (_, organizacion, servicio, estado) => {
  const a = await agenda(api, { servicio });
  ok(await a.request('PATCH', `/organizations/${a.cuenta.organizacion_id}`, organizacion));
  const client = clock((await registerClient(api, a)).request, NOW);
  const cita = ok(await client('POST', '/appointments', { ...of(a), fecha_cita: MONDAY, hora_inicio: '09:00' }));
  expect([cita.estado, cita.confirmada_en]).toEqual([estado, estado === 'confirmada' ? new Date(NOW).toISOString() : null]);
});

test('a client books with who takes bookings online, on the grid of the service', async () => {
  const a = await agenda(api, { servicio: { paso_minutos: 20 } });
  const client = clock((await registerClient(api, a)).request, NOW);
  const book = async (hora_inicio: string) => (await client('POST', '/appointments', { ...of(a), fecha_cita: MONDAY, hora_inicio })).body.codigo;
  expect([await book('09:15'), await book('09:20')]).toEqual(['fuera_de_politica', undefined]);
  for (const path of [`/professionals/${a.profesional.id}`, `/services/${a.servicio.id}`]) {
    ok(await a.request('PATCH', path, { reservable_en_linea: false }));
    expect([path, await book('10:00')]).toEqual([path, 'servicio_no_ofrecido']);
    ok(await a.request('PATCH', path, { reservable_en_linea: true }));
  }
  expect(await book('10:00')).toBeUndefined();
});

test('who arrives does so once: told twice, the first time counts', async () => {
  const a = await agenda(api);
  const { id } = ok(await a.request('POST', '/appointments', { ...of(a), cliente_id: await person(a), fecha_cita: MONDAY, hora_inicio: '09:00' }));
  const put = async (what: string, hora: string) => ok(await on(a, hora)('PUT', `/appointments/${id}/${what}`));
  expect([(await put('check-in', '09:02:00')).hora_llegada, (await put('check-in', '09:20:00')).hora_llegada]).toEqual(Array(2).fill(`${MONDAY}T14:02:00.000Z`));
  expect((await put('start', '09:25:00')).tiempo_espera_minutos).toBe(23);
});

test('what a hold is for ends where it ended when it was made, whatever the service asks for after it since', async () => {
  const a = await agenda(api, { servicio: { buffer_despues_minutos: 15 } });
  const held = ok(await a.request('POST', '/availability/holds', { ...of(a), fecha: MONDAY, hora_inicio: '09:00' }));
  ok(await a.request('PATCH', `/services/${a.servicio.id}`, { buffer_despues_minutos: 0 }));
  expect([held.hora_fin, ok(await a.request('GET', `/availability/holds/${held.id}`))]).toEqual(['09:30', held]);
});

test('a hold is for its service, and for no other of the same length', async () => {
  const a = await agenda(api);
  const other = ok(await a.request('POST', '/services', { nombre: 'Barba', precio: '15000', duracion_minutos: 30 }));
  ok(await a.request('PUT', `/professionals/${a.profesional.id}/services/${other.id}`, {}));
  const { id: reserva_id } = ok(await a.request('POST', '/availability/holds', { ...of(a), fecha: MONDAY, hora_inicio: '09:00' }));
  const book = async (more: object) => (await a.request('POST', '/appointments', { ...of(a), cliente_id: await person(a), fecha_cita: MONDAY, hora_inicio: '09:00', reserva_id, ...more })).body;
  expect((await book({ servicio_id: other.id })).codigo).toBe('reserva_no_corresponde');
  expect((await book({})).servicio_id).toBe(a.servicio.id);
});

test('hours that change tell the citas that they leave outside in their own dates, and days that are over are not made', async () => {
  const a = await agenda(api, { hasta: TUESDAY });
  const cliente_id = await person(a);
  const [first, second] = [MONDAY, TUESDAY].map((fecha_cita) => ({ ...of(a), cliente_id, fecha_cita, hora_inicio: '09:00' }));
  const [monday, tuesday] = [ok(await a.request('POST', '/appointments', first)), ok(await a.request('POST', '/appointments', second))];
  const close = async (dia: string) => ok(await a.request('POST', '/schedules', { tipo_horario: 'feriado', vigente_desde: dia, vigente_hasta: dia })).citas_en_conflicto.map((c: any) => c.id);
  expect([await close(TUESDAY), await close(MONDAY)]).toEqual([[tuesday.id], [monday.id]]);
  const late = clock(a.request, '2027-03-12T08:00:00-05:00');
  expect(ok(await late('POST', '/schedules/generate', { fecha_hasta: '2027-03-13' }))).toMatchObject({ fecha_desde: '2027-03-12', creadas: 2 });
  expect(await a.slots('2027-03-11')).toEqual([]);
});
