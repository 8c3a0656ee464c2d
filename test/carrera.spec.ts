import pg from 'pg';
import { nextWeekday, openShop, startApi, type Api, type Shop } from './api.js';
import { overtaken, query } from './checks.js';
import { hasta } from './receptor.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const CLIENTS = 64;
const times = Array.from({ length: 20 }, (_, i) => {
  const minutes = 9 * 60 + (i % 8) * 30;
  return { fecha_cita: nextWeekday(1 + (i % 3), 7), hora_inicio: `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 ? '30' : '00'}` };
});

test('64 bookings of one slot at once, 20 times: one wins, 63 are told 409, nobody sees an error of ours', async () => {
  const shop = await openShop(api);
  for (const time of times) {
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => shop.request('POST', '/appointments', {
      cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, ...time,
    })));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ ...time, won: count(201), lost: count(409) }).toEqual({ ...time, won: 1, lost: CLIENTS - 1 });
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.codigo))).toEqual(new Set(['sin_disponibilidad']));
  }
}, 120_000);

test('bookings of different times in one free interval all win, in parallel', async () => {
  const shop = await openShop(api);
  const horas = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30', '12:00', '12:30', '14:00', '14:30', '15:00', '15:30', '16:00', '16:30', '17:00', '17:30'];
  const answers = await Promise.all(horas.map((hora_inicio) => shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: nextWeekday(4, 7), hora_inicio,
  })));
  expect(answers.map(({ status }) => status)).toEqual(horas.map(() => 201));
});

test('two citas that swap their times in parallel never both move, and no deadlock reaches anybody', async () => {
  const shop = await openShop(api);
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Pedro', tipo_profesional: 'barbero' })).body;
  const fecha_cita = nextWeekday(5, 7);
  await shop.request('POST', '/schedules/generate', { fecha_hasta: nextWeekday(6, 8) });
  const make = async (profesional_id: number) => (await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id, servicio_id: shop.servicio.id, fecha_cita, hora_inicio: '09:00',
  })).body;
  const [a, b] = [await make(shop.profesional.id), await make(other.id)];
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all([
      shop.request('PUT', `/appointments/${a.id}/reschedule`, { fecha_cita, hora_inicio: round % 2 ? '09:00' : '10:00', profesional_id: other.id }),
      shop.request('PUT', `/appointments/${b.id}/reschedule`, { fecha_cita, hora_inicio: round % 2 ? '10:00' : '09:00', profesional_id: shop.profesional.id }),
      shop.request('PUT', `/appointments/${a.id}/reschedule`, { fecha_cita, hora_inicio: '11:00', profesional_id: shop.profesional.id }),
    ]);
    for (const { status } of answers) expect([200, 409]).toContain(status);
  }
});

test('to another professional and to another hour at once: whoever has it in the end has it at their price and length', async () => {
  const shop = await openShop(api);
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Pedro', tipo_profesional: 'barbero' })).body;
  await shop.request('PUT', `/professionals/${other.id}/services/${shop.servicio.id}`, { precio_personalizado: '50000', duracion_personalizada_minutos: 60 });
  await shop.request('POST', '/schedules/generate', { fecha_hasta: nextWeekday(6, 8) });
  const fecha_cita = nextWeekday(5, 7);
  for (let round = 0; round < 10; round++) {
    const { body: cita } = await shop.request('POST', '/appointments', {
      cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita, hora_inicio: '09:00',
    });
    await Promise.all([
      shop.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita, hora_inicio: '10:00', profesional_id: other.id }),
      shop.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita, hora_inicio: '11:00' }),
    ]);
    const { body } = await shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' });
    expect([body.hora_inicio, body.hora_fin, body.precio_final]).toEqual(
      body.profesional_id === other.id ? ['10:00', '11:00', '50000.00'] : ['11:00', '11:30', '25000.00']);
  }
});

test('who leaves while a booking or a hold waits for them is neither booked nor held', async () => {
  const shop = await openShop(api);
  const who = { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id };
  const answers = await overtaken(
    api, 'update profesionales set activo = false where organizacion_id = $1 and id = $2', [shop.cuenta.organizacion_id, shop.profesional.id],
    () => shop.request('POST', '/appointments', { ...who, cliente_id: shop.cliente.id, fecha_cita: nextWeekday(4, 7), hora_inicio: '09:00' }),
    () => shop.request('POST', '/availability/holds', { ...who, fecha: nextWeekday(4, 7), hora_inicio: '10:00' }),
  );
  expect(answers.map(({ status, body }) => [status, body.codigo])).toEqual(Array(2).fill([409, 'sin_disponibilidad']));
});

/** Free and taken time of one day, as the organisation's clock shows it. */
const slotsOf = async (shop: Shop, fecha: string): Promise<string[]> =>
  (await shop.request('GET', `/schedules/slots?fecha_desde=${fecha}&fecha_hasta=${fecha}`)).body.elementos.map((f: any) => `${f.hora_inicio}-${f.hora_fin} ${f.estado}`);

test('a form that brings back the zone which another one changes at that moment brings back the hours too', async () => {
  const shop = await openShop(api);
  const { organizacion_id } = shop.cuenta;
  const save = (zona_horaria: string) => () => shop.request('PATCH', `/organizations/${organizacion_id}`, { zona_horaria });
  const before = await slotsOf(shop, nextWeekday(4, 7));
  expect(before).toEqual(['09:00-13:00 disponible', '13:00-14:00 bloqueado', '14:00-18:00 disponible']);
  const answers = await overtaken(api, 'select from organizaciones where id = $1 for no key update', [organizacion_id], save('America/Santiago'), save('America/Bogota'));
  expect(answers.map(({ status, body }) => [status, body.zona_horaria])).toEqual([[200, 'America/Santiago'], [200, 'America/Bogota']]);
  expect(await slotsOf(shop, nextWeekday(4, 7))).toEqual(before);
});

test('a hold that is released while the zone puts it on another day gives its time back there', async () => {
  const shop = await openShop(api);
  const { organizacion_id } = shop.cuenta;
  const around = [0, 1, 2, 3, 4, 5, 6].map((dia_semana) => ({ dia_semana, hora_inicio: '00:00', hora_fin: '24:00', tipo_horario: 'regular' }));
  await shop.request('PUT', `/schedules/week/${shop.profesional.id}`, { horas: around });
  const [fecha, next] = [nextWeekday(4, 7), nextWeekday(5, 8)];
  const { body: hold } = await shop.request('POST', '/availability/holds', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha, hora_inicio: '18:00' });
  const answers = await overtaken(
    api, 'select from profesionales where organizacion_id = $1 for no key update', [organizacion_id],
    () => shop.request('PATCH', `/organizations/${organizacion_id}`, { zona_horaria: 'Asia/Tokyo' }),
    () => shop.request('DELETE', `/availability/holds/${hold.id}`),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 204]);
  expect(await slotsOf(shop, next)).toEqual(['00:00-24:00 disponible']);
});

const retries = async () => /^franja_transaction_retries_total .*/m.exec((await api.request('GET', `${api.url}/metrics`)).body)![0];

test('a cita that is cancelled or moved while the zone changes waits for that, without a deadlock', async () => {
  const shop = await openShop(api);
  const { organizacion_id } = shop.cuenta;
  const fecha_cita = nextWeekday(4, 7);
  const { body: cita } = await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita, hora_inicio: '10:00',
  });
  const before = await retries();
  for (const [zona_horaria, change, body] of [
    ['America/Caracas', 'reschedule', { fecha_cita, hora_inicio: '15:00' }],
    ['America/Bogota', 'cancel', { motivo_cancelacion: 'Viaje' }],
  ] as const) {
    const answers = await overtaken(
      api, 'select from profesionales where organizacion_id = $1 for no key update', [organizacion_id],
      () => shop.request('PATCH', `/organizations/${organizacion_id}`, { zona_horaria }),
      () => shop.request('PUT', `/appointments/${cita.id}/${change}`, body),
    );
    expect([change, ...answers.map(({ status }) => status), await retries()]).toEqual([change, 200, 200, before]);
  }
});

test('so does one that is booked while the zone waits for the agendas, and cancelled at once', async () => {
  const shop = await openShop(api);
  const { organizacion_id } = shop.cuenta;
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Pedro', tipo_profesional: 'barbero' })).body;
  const before = await retries();
  const [booking, holding] = [new pg.Client(api.database.adminUrl), new pg.Client(api.database.adminUrl)];
  await Promise.all([booking.connect(), holding.connect()]);
  try {
    await holding.query(`begin; select from profesionales where id = ${other.id} for no key update`);
    await booking.query('begin');
    const { rows: [cita] } = await booking.query(
      `insert into citas (organizacion_id, cliente_id, profesional_id, servicio_id, fecha_cita, hora_inicio, hora_fin, precio_servicio, moneda)
       values ($1, $2, $3, $4, $5, '10:00', '10:30', '25000', 'COP') returning id`,
      [organizacion_id, shop.cliente.id, shop.profesional.id, shop.servicio.id, nextWeekday(4, 7)]);
    /** How many wait for the locks of that session, or of who waits for it. */
    const behind = async (client: pg.Client, many: number) => {
      const pid = (client as unknown as { processID: number }).processID;
      const waiting = () => query(api, `with recursive tras (pid) as (
        select $1::int union select a.pid from tras t, pg_stat_activity a where a.wait_event_type = 'Lock' and t.pid = any (pg_blocking_pids(a.pid))) select pid from tras`, [pid]);
      await hasta(async () => (await waiting()).length === many + 1, waiting);
    };
    const zone = shop.request('PATCH', `/organizations/${organizacion_id}`, { zona_horaria: 'America/Caracas' });
    await behind(booking, 1); // it has the citas that there are
    await booking.query('commit');
    await behind(holding, 1); // it has the first of the professionals
    const cancel = shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' });
    await behind(holding, 2);
    await holding.query('commit');
    expect([(await zone).status, (await cancel).status, await retries()]).toEqual([200, 200, before]);
  } finally {
    await Promise.all([booking.end(), holding.end()]);
  }
});
