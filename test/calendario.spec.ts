import { agenda, daily, MONDAY, NOW, ok, TUESDAY, worker } from './agenda.js';
import { startApi, type Api } from './api.js';
import { query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const WEDNESDAY = '2027-03-10';

/** The answer of the range, start by start and so by time, told as the calendar tells it. */
function asCalendar({ inicios, ...head }: any, order: number[]) {
  const dias: any[] = [];
  for (const { fecha, hora_inicio, profesional_id, profesional_nombre, precio, duracion_minutos } of inicios) {
    if (dias.at(-1)?.fecha !== fecha) dias.push({ fecha, ofertas: [] });
    const { ofertas } = dias.at(-1);
    let oferta = ofertas.find((o: any) => o.profesional_id === profesional_id && o.precio === precio);
    if (!oferta) ofertas.push((oferta = { profesional_id, profesional_nombre, precio, duracion_minutos, horas: [] }));
    oferta.horas.push(hora_inicio);
  }
  for (const { ofertas } of dias) ofertas.sort((a: any, b: any) => order.indexOf(a.profesional_id) - order.indexOf(b.profesional_id));
  return { ...head, dias };
}

test('each day with its hours, by professional and price; a day without is left out', async () => {
  const a = await agenda(api, { horas: [] });
  const eva = await worker(a, { nombre_completo: 'Eva', orden: 2, horas: daily(['09:00', '10:00'], ['15:00', '15:30']), hasta: WEDNESDAY });
  const ana = await worker(a, { nombre_completo: 'Ana', orden: 1, horas: daily(['09:00', '09:45']), hasta: WEDNESDAY });
  await a.request('PUT', `/professionals/${ana.id}/services/${a.servicio.id}`, { precio_personalizado: '35000', duracion_personalizada_minutos: 45 });
  ok(await a.request('POST', '/schedules', { profesional_id: eva.id, tipo_horario: 'bloqueo', vigente_desde: TUESDAY, vigente_hasta: TUESDAY }));
  ok(await a.request('POST', '/schedules', { profesional_id: ana.id, tipo_horario: 'bloqueo', vigente_desde: TUESDAY, vigente_hasta: WEDNESDAY }));

  const ask = async (more = '') => ok(await a.request('GET', `/availability/days?servicio_id=${a.servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${WEDNESDAY}${more}`));
  const ofEva = { profesional_id: eva.id, profesional_nombre: 'Eva', precio: '20000.00', duracion_minutos: 30, horas: ['09:00', '09:15', '09:30', '15:00'] };
  const ofAna = { profesional_id: ana.id, profesional_nombre: 'Ana', precio: '35000.00', duracion_minutos: 45, horas: ['09:00'] };
  expect(await ask()).toEqual({
    servicio_id: a.servicio.id, zona_horaria: 'America/Bogota', moneda: 'COP', fecha_desde: MONDAY, fecha_hasta: WEDNESDAY,
    dias: [{ fecha: MONDAY, ofertas: [ofAna, ofEva] }, { fecha: WEDNESDAY, ofertas: [ofEva] }],
  });
  expect((await ask(`&profesional_id=${ana.id}`)).dias).toEqual([{ fecha: MONDAY, ofertas: [ofAna] }]);
  expect((await ask(`&profesional_id=${a.profesional.id}`)).dias).toEqual([]);
});

const weeks: [what: string, zona_horaria: string, desde: string, hasta: string][] = [
  ['an ordinary week', 'America/Bogota', MONDAY, '2027-03-14'],
  ['an hour that is skipped', 'America/New_York', '2027-03-12', '2027-03-16'],
  ['an hour that comes twice', 'America/New_York', '2027-11-05', '2027-11-09'],
  ['a midnight that is skipped', 'America/Santiago', '2027-09-03', '2027-09-07'],
  ['a midnight that comes twice', 'America/Santiago', '2027-04-02', '2027-04-06'],
];

test.each(weeks)('%s (%s): the same starts as one by one, to staff and to visitors, and the first and the last of each day can be held', async (_, zona_horaria, desde, hasta) => {
  const now = `${desde.slice(0, 8)}01T12:00:00Z`;
  const a = await agenda(api, { zona_horaria, now, horas: daily(['00:00', '24:00']), servicio: { duracion_minutos: 45, buffer_despues_minutos: 5 }, hasta });
  const b = await worker(a, { nombre_completo: 'Segunda', orden: 1, horas: daily(['07:10', '11:40'], ['13:00', '22:05']), hasta });
  const special = { profesional_id: b.id, tipo_horario: 'especial', vigente_desde: desde, vigente_hasta: desde };
  ok(await a.request('POST', '/schedules', { ...special, hora_inicio: '08:00', hora_fin: '10:00', precio_dinamico: '-15.00' }));
  ok(await a.request('POST', '/schedules', { ...special, hora_inicio: '10:00', hora_fin: '12:00' }));
  ok(await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: hasta, hora_inicio: '10:30' }));

  const range = `servicio_id=${a.servicio.id}&fecha_desde=${desde}&fecha_hasta=${hasta}`;
  const order = [a.profesional.id, b.id];
  const visit = (path: string) => api.request('GET', `/public/${a.cuenta.codigo_tenant}${path}`, undefined, { 'x-franja-now': now });
  for (const send of [(path: string) => a.request('GET', path), visit]) {
    const single = ok(await send(`/availability?${range}`));
    expect(single.inicios.length).toBeGreaterThan(400);
    expect(ok(await send(`/availability/days?${range}`))).toEqual(asCalendar(single, order));
  }

  const { dias } = ok(await visit(`/availability/days?${range}&profesional_id=${a.profesional.id}`));
  for (const { fecha, ofertas: [{ horas }] } of dias) {
    for (const hora_inicio of [horas[0], horas.at(-1)]) {
      const held = await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha, hora_inicio });
      expect([fecha, hora_inicio, held.status, held.body.hora_inicio]).toEqual([fecha, hora_inicio, 201, hora_inicio]);
    }
  }
});

test('an interval that somebody wrote past midnight is of the day on which it begins', async () => {
  const a = await agenda(api, { horas: [] });
  await query(api, `insert into horarios_disponibilidad (organizacion_id, profesional_id, inicia_en, termina_en) values ($1, $2, '${MONDAY} 23:00-05', '${TUESDAY} 02:00-05')`,
    [a.cuenta.organizacion_id, a.profesional.id]);
  const { dias } = ok(await a.request('GET', `/availability/days?servicio_id=${a.servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`));
  expect(dias.map((d: any) => [d.fecha, d.ofertas[0].horas])).toEqual([[MONDAY, ['23:00', '23:15', '23:30', '23:45']]]);
});

test('a month of ten professionals takes less than a fifteenth of what it takes start by start', async () => {
  const a = await agenda(api);
  for (let i = 1; i < 10; i++) await worker(a, { nombre_completo: `Profesional ${i}`, horas: daily(['09:00', '18:00']), hasta: '2027-03-31' });
  const bytes = async (path: string) => JSON.stringify(ok(await a.request('GET', `${path}?servicio_id=${a.servicio.id}&fecha_desde=2027-03-02&fecha_hasta=2027-03-31`))).length;
  expect((await bytes('/availability')) / (await bytes('/availability/days'))).toBeGreaterThan(15);
});

test('more starts than one answer holds are refused with what to ask instead, before any is written', async () => {
  const hasta = '2027-05-01';
  const a = await agenda(api, { horas: daily(['00:00', '24:00']), servicio: { paso_minutos: 5, duracion_minutos: 5 }, hasta });
  await worker(a, { horas: daily(['00:00', '24:00']), hasta });
  const range = `servicio_id=${a.servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${hasta}`;
  const { status, body } = await a.request('GET', `/availability?${range}`, undefined, { 'accept-language': 'en' });
  expect([status, body.codigo, body.title]).toEqual([400, 'demasiados_inicios', expect.stringContaining('20000')]);
  expect(body.title).toContain('/availability/days');
  expect((await api.request('GET', `/public/${a.cuenta.codigo_tenant}/availability?${range}`, undefined, { 'x-franja-now': NOW })).body.codigo).toBe('demasiados_inicios');
  // One professional's are fewer; of all, the first 10,000; and the hours of each day are told.
  expect(ok(await a.request('GET', `/availability?${range}&profesional_id=${a.profesional.id}`)).inicios).toHaveLength(55 * 288);
  expect(ok(await a.request('GET', `/availability?${range}&limite=10000`)).inicios).toHaveLength(10_000);
  const { dias } = ok(await a.request('GET', `/availability/days?${range}`));
  expect([dias.length, ...new Set(dias.flatMap(({ ofertas }: any) => ofertas.map(({ horas }: any) => horas.length)))]).toEqual([55, 288]);
});

test('unknown, foreign and malformed questions are told so', async () => {
  const [a, other] = [await agenda(api), await agenda(api)];
  const status = async (more: string) => {
    const { status, body } = await a.request('GET', `/availability/days?${more}`, undefined, { 'x-franja-now': NOW });
    return [status, body.codigo, ...(body.errores ?? []).map((e: any) => e.campo)];
  };
  const range = `fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`;
  const id = a.servicio.id;
  expect(await status(`${range}&servicio_id=${other.servicio.id}`)).toEqual([404, 'no_encontrado', 'servicio_id']);
  expect(await status(`${range}&servicio_id=${id}&profesional_id=${other.profesional.id}`)).toEqual([404, 'no_encontrado', 'profesional_id']);
  expect(await status(range)).toEqual([400, 'datos_invalidos', 'servicio_id']);
  expect(await status(`servicio_id=${id}`)).toEqual([400, 'datos_invalidos', 'fecha_desde', 'fecha_hasta']);
  expect(await status(`${range}&servicio_id=${id}&limite=3`)).toEqual([400, 'datos_invalidos', 'limite']);
  expect(await status(`servicio_id=${id}&fecha_desde=${TUESDAY}&fecha_hasta=${MONDAY}`)).toEqual([400, 'rango_invalido', 'fecha_hasta']);
  expect(await status(`servicio_id=${id}&fecha_desde=2027-03-01&fecha_hasta=2027-05-02`)).toEqual([400, 'rango_invalido', 'fecha_hasta']);
  expect((await api.request('GET', `/availability/days?${range}&servicio_id=${id}`)).status).toBe(401);
  const foreign = await api.request('GET', `/public/${other.cuenta.codigo_tenant}/availability/days?${range}&servicio_id=${id}`);
  expect([foreign.status, foreign.body.codigo]).toEqual([404, 'no_encontrado']);
});
