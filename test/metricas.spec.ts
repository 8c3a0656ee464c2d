import { nextWeekday, openShop, register, registerClient, startApi, type Api, type Member } from './api.js';
import { expectRefused, queryAs } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const monday = nextWeekday(1, 7);
const at = (hora: string, days = 0) => ({ 'x-franja-now': `${new Date(Date.parse(monday) + days * 86_400_000).toISOString().slice(0, 10)}T${hora}:00-06:00` });

const done = async (member: Member, method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const answer = await member.request(method, path, body, headers);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** One Monday of two professionals, two services and three clients, in every state. */
async function busyMonday() {
  const owner = await register(api, { moneda: 'MXN', pais: 'MX', zona_horaria: 'America/Mexico_City' });
  const cut = await done(owner, 'POST', '/services', { nombre: 'Corte', precio: '350.50', duracion_minutos: 30 });
  const color = await done(owner, 'POST', '/services', { nombre: 'Color', precio: '120.25', duracion_minutos: 60 });
  const juan = await done(owner, 'POST', '/professionals', { nombre_completo: 'Juan', tipo_profesional: 'barbero' });
  const eva = await done(owner, 'POST', '/professionals', { nombre_completo: 'Eva', tipo_profesional: 'barbero' });
  await done(owner, 'PUT', `/professionals/${juan.id}/services/${color.id}`, { precio_personalizado: '99.99' });
  await done(owner, 'POST', '/clients', { nombre: 'Sin citas' });
  const [ana, luis] = [await registerClient(api, owner, { nombre: 'Ana' }), await registerClient(api, owner, { nombre: 'Luis' })];
  await done(owner, 'POST', '/schedules/generate', { fecha_desde: monday, fecha_hasta: monday });

  const book = async (client: Member, profesional: any, servicio: any, hora_inicio: string, more: object = {}) => {
    const ask = { cliente_id: client.cuenta.cliente_id, profesional_id: profesional.id, servicio_id: servicio.id, fecha_cita: monday, hora_inicio, ...more };
    return `/appointments/${(await done(owner, 'POST', '/appointments', ask)).id}`;
  };
  const start = (cita: string, hora: string) => done(owner, 'PUT', `${cita}/start`, undefined, at(hora));
  const complete = async (cita: string, started: string, ended: string) => {
    await start(cita, started);
    await done(owner, 'PUT', `${cita}/complete`, undefined, at(ended));
  };

  const first = await book(ana, juan, cut, '09:00');
  const second = await book(luis, juan, color, '10:00', { descuento: '10' });
  const third = await book(luis, eva, cut, '09:00');
  const absent = await book(ana, eva, cut, '10:00');
  const cancelled = await book(ana, eva, color, '11:00');
  await book(luis, juan, cut, '12:00', { confirmada: true });
  const current = await book(ana, juan, cut, '15:00');
  await book(luis, eva, cut, '15:00');

  await complete(first, '09:00', '09:30');
  await complete(third, '09:04', '09:40');
  await complete(second, '10:12', '11:00');
  await done(owner, 'PUT', `${absent}/no-show`, undefined, at('10:30'));
  await done(owner, 'PUT', `${cancelled}/cancel`, { motivo_cancelacion: 'Viaje' });
  await start(current, '15:10');
  await done(ana, 'PUT', `${first}/rate`, { calificacion_cliente: 5 });
  await done(luis, 'PUT', `${third}/rate`, { calificacion_cliente: 4 });
  return { owner, cut, color, juan, eva };
}

test('the KPIs of a busy day, worked out by hand', async () => {
  const { owner, cut, color, juan, eva } = await busyMonday();
  await busyMonday();
  const { status, body } = await owner.request('GET', `/dashboard?fecha_desde=${monday}&fecha_hasta=${monday}`, undefined, at('16:00'));
  expect([status, body]).toEqual([200, {
    fecha_desde: monday, fecha_hasta: monday, profesionales_activos: 2, servicios_activos: 2, clientes_activos: 3, clientes_nuevos: 0,
    citas_total: 8,
    citas_por_estado: { pendiente: 1, confirmada: 1, en_curso: 1, completada: 3, cancelada: 1, no_asistio: 1 },
    ingresos: '790.99', // 350.50 + (99.99 - 10) + 350.50
    ticket_promedio: '263.66',
    moneda: 'MXN',
    calificacion_promedio: '4.50',
    tasa_no_show: '25.00', // 1 of 3 completed + 1
    tasa_cancelacion: '12.50', // 1 of 8
    ocupacion_porcentaje: '21.88', // 30 + 60 + 30 + 30 of Juan and 30 + 30 of Eva, of two days of 480 minutes
    minutos_espera_promedio: '6.50', // 0, 4, 12 and 10
    puntualidad_porcentaje: '50.00', // two within the tolerance of 5 minutes
    top_servicios: [
      { servicio_id: cut.id, nombre: 'Corte', citas_completadas: 2, ingresos: '701.00' },
      { servicio_id: color.id, nombre: 'Color', citas_completadas: 1, ingresos: '89.99' },
    ],
    top_profesionales: [
      { profesional_id: juan.id, nombre_completo: 'Juan', citas_completadas: 2, ingresos: '440.49', calificacion_promedio: '5.00' },
      { profesional_id: eva.id, nombre_completo: 'Eva', citas_completadas: 1, ingresos: '350.50', calificacion_promedio: '4.00' },
    ],
  }]);
  const under = await owner.request('GET', `/organizations/${owner.cuenta.organizacion_id}/dashboard?fecha_desde=${monday}&fecha_hasta=${monday}`, undefined, at('16:00'));
  expect(under.body).toEqual(body);
});

test('without a range: today and the 30 days before, the same as the view metricas_organizacion', async () => {
  const { owner } = await busyMonday();
  for (const days of [0, 30]) {
    const now = at('20:00', days);
    const { body } = await owner.request('GET', '/dashboard', undefined, now);
    const view = await queryAs(api, owner, 'select *, fecha_desde::text from metricas_organizacion', now);
    expect(view).toHaveLength(1);
    expect([body.fecha_desde, body.fecha_hasta]).toEqual([view[0].fecha_desde, now['x-franja-now'].slice(0, 10)]);
    expect([body.ingresos, body.calificacion_promedio]).toEqual([view[0].ingresos_mes, view[0].calificacion_promedio_mes]);
    const { completada, cancelada, no_asistio } = body.citas_por_estado;
    expect([body.profesionales_activos, body.servicios_activos, body.clientes_activos, body.clientes_nuevos, body.citas_total, completada, cancelada, no_asistio].map(String)).toEqual([
      view[0].profesionales_activos, view[0].servicios_activos, view[0].clientes_activos, view[0].clientes_nuevos_mes, view[0].citas_mes,
      view[0].citas_completadas_mes, view[0].citas_canceladas_mes, view[0].no_shows_mes,
    ]);
    expect(body.citas_total).toBe(8);
  }
  expect((await owner.request('GET', '/dashboard', undefined, at('20:00', 31))).body).toMatchObject({ citas_total: 0, ingresos: '0.00' });
});

test('a business without citas has zeros and nulls, not errors', async () => {
  const owner = await register(api, { moneda: 'CLP', pais: 'CL', zona_horaria: 'America/Santiago' });
  const { status, body } = await owner.request('GET', '/dashboard');
  expect([status, body]).toEqual([200, {
    fecha_desde: expect.any(String), fecha_hasta: expect.any(String), profesionales_activos: 0, servicios_activos: 0, clientes_activos: 0, clientes_nuevos: 0,
    citas_total: 0, citas_por_estado: { pendiente: 0, confirmada: 0, en_curso: 0, completada: 0, cancelada: 0, no_asistio: 0 },
    ingresos: '0.00', ticket_promedio: null, moneda: 'CLP', calificacion_promedio: null, tasa_no_show: null, tasa_cancelacion: null,
    ocupacion_porcentaje: null, minutos_espera_promedio: null, puntualidad_porcentaje: null, top_servicios: [], top_profesionales: [],
  }]);
  const { body: client } = await owner.request('POST', '/clients', { nombre: 'Nueva' });
  expect((await owner.request('GET', '/dashboard')).body).toMatchObject({ clientes_activos: 1, clientes_nuevos: 1 });
  await owner.request('DELETE', `/clients/${client.id}`);
  expect((await owner.request('GET', '/dashboard')).body).toMatchObject({ clientes_activos: 0, clientes_nuevos: 1 });
});

test('an average has the decimals of its currency, and the preparation of a cita is time that is occupied', async () => {
  const shop = await openShop(api, { moneda: 'CLP', pais: 'CL' });
  await done(shop, 'PATCH', `/services/${shop.servicio.id}`, { buffer_antes_minutos: 10, buffer_despues_minutos: 5 });
  for (const [hora_inicio, descuento] of [['10:00', '0'], ['11:00', '1']]) {
    const ask = { cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio, descuento };
    const { id } = await done(shop, 'POST', '/appointments', ask);
    for (const step of ['start', 'complete']) await done(shop, 'PUT', `/appointments/${id}/${step}`, undefined, at(hora_inicio));
  }
  const { body } = await shop.request('GET', `/dashboard?fecha_desde=${monday}&fecha_hasta=${monday}`);
  // 24999.5, and 2 of 45 minutes in a day of 480.
  expect(body).toMatchObject({ ingresos: '49999.00', ticket_promedio: '25000.00', ocupacion_porcentaje: '18.75' });
});

test('where nobody came, all of them did not', async () => {
  const shop = await openShop(api);
  const ask = { cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio: '09:00' };
  const { id } = await done(shop, 'POST', '/appointments', ask);
  await done(shop, 'PUT', `/appointments/${id}/no-show`, undefined, at('20:00'));
  const { body } = await shop.request('GET', `/dashboard?fecha_desde=${monday}&fecha_hasta=${monday}`);
  expect(body).toMatchObject({ tasa_no_show: '100.00', ticket_promedio: null, citas_por_estado: { completada: 0, no_asistio: 1 } });
});

test('a range is at most 366 days, in order, of real dates', async () => {
  const owner = await register(api);
  const ask = async (range: string) => {
    const { status, body } = await owner.request('GET', `/dashboard?${range}`);
    return [status, body.codigo ?? [body.fecha_desde, body.fecha_hasta]];
  };
  expect(await ask('fecha_desde=2027-01-01&fecha_hasta=2028-01-01')).toEqual([200, ['2027-01-01', '2028-01-01']]);
  expect(await ask('fecha_hasta=2027-03-01')).toEqual([200, ['2027-01-30', '2027-03-01']]);
  expect(await ask('fecha_desde=2027-01-01&fecha_hasta=2028-01-02')).toEqual([400, 'rango_invalido']);
  expect(await ask('fecha_desde=2027-01-02&fecha_hasta=2027-01-01')).toEqual([400, 'rango_invalido']);
  expect(await ask('fecha_desde=2199-01-01')).toEqual([400, 'rango_invalido']);
  await expectRefused(({ fecha_desde }) => owner.request('GET', `/dashboard?fecha_desde=${fecha_desde}`), [['fecha_desde', '2027-02-29', 'fecha'], ['fecha_desde', 'ayer', 'fecha']]);
});
