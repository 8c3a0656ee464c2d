import { agenda, clock, daily, MONDAY, ok, TUESDAY, worker } from './agenda.js';
import { nextWeekday, openShop, startApi, type Api, type Shop } from './api.js';
import { query } from './checks.js';

let api: Api;
let shop: Shop;
beforeAll(async () => {
  api = await startApi();
  shop = await openShop(api);
});
afterAll(() => api.close());

const STATES = ['pendiente', 'confirmada', 'en_curso', 'completada', 'cancelada', 'no_asistio'] as const;
const ACTIONS = { confirmada: 'confirm', en_curso: 'start', completada: 'complete', cancelada: 'cancel', no_asistio: 'no-show' } as const;
const ALLOWED: Record<string, readonly string[]> = {
  pendiente: ['confirmada', 'en_curso', 'cancelada', 'no_asistio'],
  confirmada: ['en_curso', 'cancelada', 'no_asistio'],
  en_curso: ['completada'],
  completada: [],
  cancelada: [],
  no_asistio: [],
};
const PATHS: Record<string, (keyof typeof ACTIONS)[]> = {
  pendiente: [], confirmada: ['confirmada'], en_curso: ['en_curso'], completada: ['en_curso', 'completada'], cancelada: ['cancelada'], no_asistio: ['no_asistio'],
};

const tuesday = nextWeekday(2, 7);
const headers = { 'x-franja-now': `${tuesday}T18:00:00-05:00` };
const act = (id: number, state: keyof typeof ACTIONS) =>
  shop.request('PUT', `/appointments/${id}/${ACTIONS[state]}`, state === 'cancelada' ? { motivo_cancelacion: 'prueba' } : undefined, headers);

const pairs = STATES.flatMap((from) => Object.keys(ACTIONS).map((to) => [from, to as keyof typeof ACTIONS, ALLOWED[from].includes(to)] as const));

// Two citas of 30 minutes an hour, on different days, so that every pair has a time of its own.
test.each(pairs.map(([from, to, allowed], i) => ({ from, to, allowed, i })))('$from → $to: $allowed', async ({ from, to, allowed, i }) => {
  const hora_inicio = `${String(9 + (i % 4)).padStart(2, '0')}:${i % 8 < 4 ? '00' : '30'}`;
  const profesional = (await shop.request('POST', '/professionals', { nombre_completo: `P${i}`, tipo_profesional: 'barbero' })).body;
  await shop.request('POST', '/schedules/generate', { profesional_id: profesional.id, fecha_hasta: tuesday });
  const { body: cita } = await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: profesional.id, servicio_id: shop.servicio.id, fecha_cita: tuesday, hora_inicio,
  });
  for (const step of PATHS[from]) expect((await act(cita.id, step)).status).toBe(200);
  const { status, body } = await act(cita.id, to);
  expect([status, body.estado, body.codigo]).toEqual(allowed ? [200, to, undefined] : [409, from, 'transicion_invalida']);
  expect((await shop.request('GET', `/appointments/${cita.id}`)).body.estado).toBe(allowed ? to : from);
});

test('a no-show before its time and a start before its day are refused', async () => {
  const { body: cita } = await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: tuesday, hora_inicio: '15:00',
  });
  const early = { 'x-franja-now': `${tuesday}T14:59:00-05:00` };
  expect((await shop.request('PUT', `/appointments/${cita.id}/no-show`, undefined, early)).body.codigo).toBe('aun_no_es_la_hora');
  expect((await shop.request('PUT', `/appointments/${cita.id}/start`)).body.codigo).toBe('inicio_antes_de_su_dia');
  expect((await shop.request('PUT', `/appointments/${cita.id}/start`, undefined, early)).status).toBe(200);
});

test('the time of a cita that is closed late is free where it was, even if the zone changed since, and its day stays as it was', async () => {
  const a = await agenda(api, { horas: daily(['00:00', '24:00']) });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  const book = async (hora_inicio: string) =>
    ok(await a.request('POST', '/appointments', { cliente_id: cliente.id, profesional_id: a.profesional.id, servicio_id: a.servicio.id, fecha_cita: '2027-03-03', hora_inicio }));
  const [noShow, cancelled, moved] = [await book('09:00'), await book('12:00'), await book('23:30')];
  const late = clock(a.request, '2027-03-05T08:00:00-05:00');
  ok(await late('PATCH', `/organizations/${a.cuenta.organizacion_id}`, { zona_horaria: 'Europe/Madrid' }));
  ok(await late('PUT', `/schedules/week/${a.profesional.id}`, { horas: [] }));
  expect((await late('PUT', `/appointments/${noShow.id}/no-show`)).body).toMatchObject({ estado: 'no_asistio' });
  expect((await late('PUT', `/appointments/${cancelled.id}/cancel`, { motivo_cancelacion: 'Cierre' })).body).toMatchObject({ estado: 'cancelada' });
  const other = await worker(a, { hasta: '2027-03-31' });
  expect((await late('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: MONDAY, hora_inicio: '10:00', profesional_id: other.id })).body).toMatchObject({ veces_reprogramada: 1 });
  const rows = await query(api, `
    select (range_agg(tstzrange(inicia_en, termina_en)) = '{[2027-03-01 05:00Z, 2027-03-04 05:00Z)}')::text as entera from horarios_disponibilidad
    where organizacion_id = $1 and profesional_id = $2 and estado = 'disponible'`, [a.cuenta.organizacion_id, a.profesional.id]);
  expect(rows).toEqual([{ entera: 'true' }]);
});

test('what people are told of leaves its event, what they need not know leaves none, and the history says from when to when', async () => {
  const a = await agenda(api);
  const other = await worker(a, { hasta: '2027-03-31' });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  const book = async (hora_inicio: string) =>
    ok(await a.request('POST', '/appointments', { cliente_id: cliente.id, profesional_id: a.profesional.id, servicio_id: a.servicio.id, fecha_cita: MONDAY, hora_inicio })).id;
  const [id, absent, cancelled] = [await book('09:00'), await book('10:00'), await book('11:00')];
  const on = (hora: string) => clock(a.request, `${TUESDAY}T${hora}:00-05:00`);
  const put = async (what: string, body?: object, send = a.request, cita = id) => ok(await send('PUT', `/appointments/${cita}/${what}`, body));
  ok(await a.request('PATCH', `/appointments/${id}`, { notas_cliente: 'Primera vez' }));
  await put('confirm');
  await put('reschedule', { fecha_cita: MONDAY, hora_inicio: '09:00', profesional_id: other.id });
  await put('reschedule', { fecha_cita: TUESDAY, hora_inicio: '10:00' });
  await put('check-in', undefined, on('09:50'));
  // In Tokyo it is the next day: nothing moved, and who sits there sits there.
  ok(await on('09:55')('PATCH', `/organizations/${a.cuenta.organizacion_id}`, { zona_horaria: 'Asia/Tokyo' }));
  expect(await put('start', undefined, on('10:01'))).toMatchObject({ fecha_cita: '2027-03-10', hora_inicio: '00:00', hora_llegada: `${TUESDAY}T14:50:00.000Z` });
  await put('complete', undefined, on('10:30'));
  await put('no-show', undefined, on('10:30'), absent);
  await put('cancel', { motivo_cancelacion: 'Viaje' }, on('10:30'), cancelled);

  const told = async (cita: number) => (await query(api, "select evento, datos -> 'anterior' as anterior from eventos where clave_orden = $1 order by id", [`cita:${cita}`]));
  const before = (profesional_id: number) => ({ profesional_id, inicia_en: `${MONDAY}T14:00:00.000Z`, termina_en: `${MONDAY}T14:30:00.000Z`, fecha_cita: MONDAY, hora_inicio: '09:00', hora_fin: '09:30' });
  expect(await told(id)).toEqual([
    { evento: 'cita-creada', anterior: null }, { evento: 'cita-confirmada', anterior: null }, { evento: 'cita-reprogramada', anterior: before(a.profesional.id) },
    { evento: 'cita-reprogramada', anterior: before(other.id) }, { evento: 'cita-completada', anterior: null },
  ]);
  expect((await told(absent)).map(({ evento }) => evento)).toEqual(['cita-creada', 'cita-no-asistio']);
  expect((await told(cancelled)).map(({ evento }) => evento)).toEqual(['cita-creada', 'cita-cancelada']);
  const history = ok(await a.request('GET', `/appointments/${id}/events`)).map((e: any) => [e.estado_nuevo, e.inicia_en_anterior, e.inicia_en_nueva]);
  const [monday, tuesday] = [`${MONDAY}T14:00:00.000Z`, `${TUESDAY}T15:00:00.000Z`];
  expect(history).toEqual([
    ['pendiente', null, monday], ['confirmada', null, monday], ['confirmada', monday, monday], ['confirmada', monday, tuesday], ['en_curso', null, tuesday], ['completada', null, tuesday],
  ]);
});
