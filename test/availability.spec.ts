import { statements, type Statement } from '../src/database/statements.js';
import { agenda, clock, daily, MONDAY, NOW, ok, TUESDAY, worker } from './agenda.js';
import { registerClient, startApi, type Api } from './api.js';
import { query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('starts stand on the clock grid and the service fits before the end', async () => {
  const a = await agenda(api, { horas: daily(['09:10', '10:40'], ['14:00', '14:30']) });
  expect(await a.starts(MONDAY)).toEqual(['09:15', '09:30', '09:45', '10:00', '14:00']);
  await a.request('PATCH', `/services/${a.servicio.id}`, { paso_minutos: 60 });
  expect(await a.starts(MONDAY)).toEqual(['10:00', '14:00']);
  await a.request('PATCH', `/services/${a.servicio.id}`, { paso_minutos: 20, duracion_minutos: 45 });
  expect(await a.starts(MONDAY)).toEqual(['09:20', '09:40']);
});

test('buffers fit inside the free time around the start', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '10:30']), servicio: { buffer_antes_minutos: 10, buffer_despues_minutos: 5 } });
  expect(await a.starts(MONDAY)).toEqual(['09:15', '09:30', '09:45']);
  // 9:30–10:00 takes 9:20–10:05: before it 20 minutes are left, after it 25.
  ok(await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio: '09:30' }));
  expect(await a.slots(MONDAY)).toEqual(['09:00-09:20 disponible', '09:20-10:05 reservado_temporal', '10:05-10:30 disponible']);
  expect(await a.starts(MONDAY)).toEqual([]);
});

test('a start says with whom, how long and for how much', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '10:00']) });
  const { body } = await a.request('GET', `/availability/${MONDAY}?servicio_id=${a.servicio.id}`);
  expect(body).toMatchObject({ servicio_id: a.servicio.id, zona_horaria: 'America/Bogota', moneda: 'COP', fecha_desde: MONDAY, fecha_hasta: MONDAY });
  expect(body.inicios).toHaveLength(3);
  expect(body.inicios[1]).toEqual({
    fecha: MONDAY, hora_inicio: '09:15', hora_fin: '09:45', inicia_en: '2027-03-08T14:15:00.000Z', termina_en: '2027-03-08T14:45:00.000Z',
    profesional_id: a.profesional.id, profesional_nombre: 'Juan Pérez', precio: '20000.00', duracion_minutos: 30,
  });
});

test('a name is answered as it was written, whatever it looks like, and the answer is JSON of the type that it says', async () => {
  const a = await agenda(api, { horas: [], hasta: '' });
  const nombre_completo = String.raw`A "inicia_en":"2027-03-08T14:15:00", \ 2027-03-08T14:15:00 $& <ñ> ]}`;
  await worker(a, { nombre_completo, horas: daily(['09:00', '09:30']), hasta: MONDAY });
  const { body, headers } = await a.request('GET', `/availability/${MONDAY}?servicio_id=${a.servicio.id}`);
  expect(body.inicios.map((i: any) => [i.profesional_nombre, i.inicia_en])).toEqual([[nombre_completo, '2027-03-08T14:00:00.000Z']]);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
});

test('any professional: everybody who gives the service, by time and then by their order, each at their price and duration', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '10:00']) });
  const first = await worker(a, { nombre_completo: 'Primera', orden: 0, horas: daily(['09:00', '10:00']), hasta: MONDAY });
  await a.request('PATCH', `/professionals/${a.profesional.id}`, { orden: 5 });
  await a.request('PUT', `/professionals/${first.id}/services/${a.servicio.id}`, { precio_personalizado: '35000', duracion_personalizada_minutos: 45 });
  const stranger = await worker(a, { nombre_completo: 'Ajena', servicio_ids: [], hasta: MONDAY });
  const pausing = await worker(a, { nombre_completo: 'Pausa', hasta: MONDAY });
  await a.request('PUT', `/professionals/${pausing.id}/services/${a.servicio.id}`, { activo: false });
  const retired = await worker(a, { nombre_completo: 'Retirado', hasta: MONDAY });
  await a.request('PATCH', `/professionals/${retired.id}`, { activo: false });

  const ask = async (more = '') => (await a.request('GET', `/availability/${MONDAY}?servicio_id=${a.servicio.id}${more}`)).body.inicios;
  const brief = (inicios: any[]) => inicios.map((i) => [i.hora_inicio, i.hora_fin, i.profesional_nombre, i.precio, i.duracion_minutos]);
  expect(brief(await ask())).toEqual([
    ['09:00', '09:45', 'Primera', '35000.00', 45], ['09:00', '09:30', 'Juan Pérez', '20000.00', 30],
    ['09:15', '10:00', 'Primera', '35000.00', 45], ['09:15', '09:45', 'Juan Pérez', '20000.00', 30],
    ['09:30', '10:00', 'Juan Pérez', '20000.00', 30],
  ]);
  for (let limite = 1; limite <= 6; limite++) expect(await ask(`&limite=${limite}`)).toEqual((await ask()).slice(0, limite));
  expect(brief(await ask(`&profesional_id=${first.id}`))).toHaveLength(2);
  expect(await ask(`&profesional_id=${stranger.id}`)).toEqual([]);
  expect(await ask(`&profesional_id=${pausing.id}`)).toEqual([]);
  expect(await ask(`&profesional_id=${retired.id}`)).toEqual([]);
});

test('a dynamic price belongs to the hours where the start is, rounded to the decimals of the currency', async () => {
  const a = await agenda(api, { moneda: 'CLP', servicio: { precio: '9990' } });
  const special = { profesional_id: a.profesional.id, tipo_horario: 'especial', vigente_desde: MONDAY, vigente_hasta: MONDAY };
  ok(await a.request('POST', '/schedules', { ...special, hora_inicio: '09:00', hora_fin: '10:00', precio_dinamico: '-15.00' }));
  ok(await a.request('POST', '/schedules', { ...special, hora_inicio: '10:00', hora_fin: '11:00' }));
  const { inicios } = (await a.request('GET', `/availability/${MONDAY}?servicio_id=${a.servicio.id}`)).body;
  // 9990 × 0.85 = 8491.5; no start crosses from one price into the other.
  expect(inicios.map((i: any) => [i.hora_inicio, i.precio])).toEqual([
    ['09:00', '8492.00'], ['09:15', '8492.00'], ['09:30', '8492.00'], ['10:00', '9990.00'], ['10:15', '9990.00'], ['10:30', '9990.00'],
  ]);
  const booked = await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio: '09:15' });
  expect(booked.body).toMatchObject({ precio: '8492.00', moneda: 'CLP' });
});

test('notice, horizon and what is not offered online bind clients and visitors, not staff', async () => {
  const now = `${MONDAY}T09:20:00-05:00`;
  const a = await agenda(api, { servicio: { antelacion_minima_minutos: 60, horizonte_dias: 2 } });
  const client = clock((await registerClient(api, a)).request, now);
  const staff = clock(a.request, now);
  const visitor = clock(api.request, now);
  const page = `/public/${a.cuenta.codigo_tenant}/availability`;
  const rest = ['10:30', '10:45', '11:00', '11:15', '11:30'];

  expect(await a.starts(MONDAY, '', staff)).toEqual(['09:30', '09:45', '10:00', '10:15', ...rest]);
  expect(await a.starts(MONDAY, '', client)).toEqual(rest);
  expect(ok(await visitor('GET', `${page}/${MONDAY}?servicio_id=${a.servicio.id}`)).inicios.map((i: any) => i.hora_inicio)).toEqual(rest);
  expect(await a.starts('2027-03-10', '', client)).toHaveLength(11);
  expect(await a.starts('2027-03-11', '', client)).toEqual([]);
  expect(await a.starts('2027-03-11', '', staff)).toHaveLength(11);
  expect(await a.starts('2027-03-07', '', staff)).toEqual([]);

  await a.request('PATCH', `/professionals/${a.profesional.id}`, { reservable_en_linea: false });
  expect([await a.starts(TUESDAY, '', client), (await a.starts(TUESDAY, '', staff)).length]).toEqual([[], 11]);
  await a.request('PATCH', `/professionals/${a.profesional.id}`, { reservable_en_linea: true });
  await a.request('PATCH', `/services/${a.servicio.id}`, { reservable_en_linea: false });
  expect([await a.starts(TUESDAY, '', client), (await a.starts(TUESDAY, '', staff)).length]).toEqual([[], 11]);
  await a.request('DELETE', `/services/${a.servicio.id}`);
  expect(await a.starts(TUESDAY, '', staff)).toEqual([]);
});

test('a booked time is not offered, a cancelled one is again', async () => {
  const a = await agenda(api, { horas: daily(['09:00', '10:30']) });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  const cita = ok(await a.request('POST', '/appointments', {
    cliente_id: cliente.id, profesional_id: a.profesional.id, servicio_id: a.servicio.id, fecha_cita: MONDAY, hora_inicio: '09:30',
  }));
  expect(await a.starts(MONDAY)).toEqual(['09:00', '10:00']);
  expect(await a.starts(TUESDAY)).toHaveLength(5);
  ok(await a.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
  expect(await a.starts(MONDAY)).toEqual(['09:00', '09:15', '09:30', '09:45', '10:00']);
});

test('time given back where the clock repeats the last hour of the last generated day opens no other day', async () => {
  const a = await agenda(api, { now: '2027-04-01T08:00:00-03:00', zona_horaria: 'America/Santiago', servicio: { duracion_minutos: 45 }, horas: daily(['20:00', '24:00']), hasta: '2027-04-03' });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz' }));
  const ask = { cliente_id: cliente.id, profesional_id: a.profesional.id, servicio_id: a.servicio.id, fecha_cita: '2027-04-03', hora_inicio: '23:30' };
  const cita = ok(await a.request('POST', '/appointments', ask));
  expect([cita.hora_fin, await a.slots('2027-04-04')]).toEqual(['23:15', []]);
  ok(await a.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
  expect([await a.slots('2027-04-03'), await a.slots('2027-04-04')]).toEqual([['20:00-24:00 disponible'], []]);
});

test('of an interval that somebody wrote past midnight, what is offered can be held', async () => {
  const a = await agenda(api, { horas: [] });
  const write = () => query(api, `insert into horarios_disponibilidad (organizacion_id, profesional_id, inicia_en, termina_en)
    values ($1, $2, '${MONDAY} 23:00-05', '${TUESDAY} 02:00-05')`, [a.cuenta.organizacion_id, a.profesional.id]);
  await write();
  const { inicios } = ok(await a.request('GET', `/availability?servicio_id=${a.servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`));
  expect(inicios.map((i: any) => [i.fecha, i.hora_inicio, i.hora_fin])).toEqual([
    [MONDAY, '23:00', '23:30'], [MONDAY, '23:15', '23:45'], [MONDAY, '23:30', '24:00'], [MONDAY, '23:45', '00:15'],
  ]);
  for (const { fecha, hora_inicio, hora_fin, inicia_en } of inicios) {
    const held = await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha, hora_inicio });
    expect([held.status, held.body.inicia_en, held.body.hora_fin]).toEqual([201, inicia_en, hora_fin]);
    await query(api, 'delete from horarios_disponibilidad where organizacion_id = $1', [a.cuenta.organizacion_id]);
    await write();
  }
});

test('unknown, foreign and malformed questions are told so', async () => {
  const [a, other] = [await agenda(api), await agenda(api)];
  const status = async (path: string) => {
    const { status, body } = await a.request('GET', path);
    return [status, body.codigo, ...(body.errores ?? []).map((e: any) => e.campo)];
  };
  const id = a.servicio.id;
  expect(await status(`/availability/${MONDAY}?servicio_id=${other.servicio.id}`)).toEqual([404, 'no_encontrado', 'servicio_id']);
  expect(await status(`/availability/${MONDAY}?servicio_id=${id}&profesional_id=${other.profesional.id}`)).toEqual([404, 'no_encontrado', 'profesional_id']);
  expect(await status(`/availability/${MONDAY}?servicio_id=${id}&profesional_id=999999999`)).toEqual([404, 'no_encontrado', 'profesional_id']);
  expect(await status(`/availability/${MONDAY}`)).toEqual([400, 'datos_invalidos', 'servicio_id']);
  expect(await status(`/availability/2027-02-30?servicio_id=${id}`)).toEqual([400, 'datos_invalidos', 'date']);
  expect(await status(`/availability/manana?servicio_id=${id}`)).toEqual([400, 'datos_invalidos', 'date']);
  expect(await status(`/availability?servicio_id=${id}&fecha_desde=${MONDAY}&fecha_hasta=8/3/2027`)).toEqual([400, 'datos_invalidos', 'fecha_hasta']);
  expect(await status(`/availability?servicio_id=${id}&fecha_desde=${TUESDAY}&fecha_hasta=${MONDAY}`)).toEqual([400, 'rango_invalido', 'fecha_hasta']);
  expect(await status(`/availability?servicio_id=${id}&fecha_desde=2027-03-01&fecha_hasta=2027-05-02`)).toEqual([400, 'rango_invalido', 'fecha_hasta']);
  expect(await status(`/availability?servicio_id=${id}&fecha_desde=2027-03-01&fecha_hasta=2027-05-01`)).toEqual([200, undefined]);
  expect((await api.request('GET', `/availability/${MONDAY}?servicio_id=${id}`)).status).toBe(401);
});

test('one statement, whatever the number of professionals and days', async () => {
  const a = await agenda(api);
  await worker(a, { hasta: '2027-03-31' });
  await worker(a, { hasta: '2027-03-31' });
  const heard: Statement[] = [];
  const hear = (statement: unknown) => void heard.push(statement as Statement);
  statements.subscribe(hear);
  try {
    const { body, headers } = await a.request('GET', `/availability?servicio_id=${a.servicio.id}&fecha_desde=2027-03-02&fecha_hasta=2027-03-31`);
    expect(body.inicios).toHaveLength(30 * 3 * 11);
    const texts = heard.filter(({ solicitud }) => solicitud === headers.get('x-request-id')).map(({ text }) => text); // other work goes on
    expect(texts.filter((text) => !/^(begin|commit)/i.test(text))).toEqual([expect.stringContaining('horarios_disponibilidad')]);
  } finally {
    statements.unsubscribe(hear);
  }
});

test('the public pages show the business and its times, and nothing else', async () => {
  const a = await agenda(api, { telefono: '+573001112233' });
  const hidden = await worker(a, { nombre_completo: 'Oculta', reservable_en_linea: false, telefono: '+573009998877', email: 'oculta@example.com', hasta: MONDAY });
  await a.request('PATCH', `/professionals/${a.profesional.id}`, { telefono: '+573005554433', email: 'juan@example.com', documento_identidad: '1020304050', biografia: 'Quince años.' });
  await a.request('POST', '/services', { nombre: 'Interno', precio: '1', duracion_minutos: 30, reservable_en_linea: false });
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz', telefono: '+573007778899', email: 'maria@example.com' }));
  ok(await a.request('POST', '/appointments', {
    cliente_id: cliente.id, profesional_id: a.profesional.id, servicio_id: a.servicio.id, fecha_cita: MONDAY, hora_inicio: '09:00', notas_internas: 'secreta',
  }));
  const page = `/public/${a.cuenta.codigo_tenant}`;
  const visit = async (path: string) => ok(await api.request('GET', `${page}${path}`, undefined, { 'x-franja-now': NOW }));

  expect(await visit('')).toEqual({
    codigo_tenant: a.cuenta.codigo_tenant, nombre_comercial: 'Barbería Prueba', tipo_industria: 'barberia', descripcion: null, telefono: '+573001112233',
    sitio_web: null, logo_url: null, direccion: null, ciudad: null, pais: 'CO', zona_horaria: 'America/Bogota', moneda: 'COP', idioma: 'es',
    antelacion_cancelacion_minutos: 120,
  });
  expect(await visit('/services')).toEqual({
    elementos: [{ id: a.servicio.id, nombre: 'Corte', descripcion: null, categoria: null, subcategoria: null, precio: '20000.00', moneda: 'COP', duracion_minutos: 30, orden: 0 }],
    cursor: null,
  });
  const { elementos } = await visit('/professionals');
  expect(elementos).toEqual([
    { id: a.profesional.id, nombre_completo: 'Juan Pérez', tipo_profesional: 'barbero', especialidades: [], biografia: 'Quince años.', foto_url: null, orden: 0, servicio_ids: [a.servicio.id] },
  ]);
  const range = await visit(`/availability?servicio_id=${a.servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`);
  expect(range.inicios.map((i: any) => i.hora_inicio).slice(0, 3)).toEqual(['09:30', '09:45', '10:00']);
  const everything = JSON.stringify([await visit(''), await visit('/services'), elementos, range, await visit(`/availability/${MONDAY}?servicio_id=${a.servicio.id}`)]);
  for (const secret of ['@example.com', '5554433', '9998877', '7778899', '1020304050', 'María', 'secreta', 'Oculta', 'Interno', hidden.nombre_completo, 'reservado', 'ocupado']) {
    expect(everything).not.toContain(secret);
  }
});

test('a public page of nobody is 404, and one of another business has nothing of this', async () => {
  const [a, other] = [await agenda(api), await agenda(api)];
  for (const code of ['no-existe-nunca', '%00', 'A%20B', "x'--", 'ÑANDÚ']) {
    for (const path of ['', '/services', '/professionals', `/availability/${MONDAY}?servicio_id=1`]) {
      const { status, body } = await api.request('GET', `/public/${code}${path}`);
      expect([code, path, status, body.codigo]).toEqual([code, path, 404, 'no_encontrado']);
    }
  }
  const foreign = await api.request('GET', `/public/${other.cuenta.codigo_tenant}/availability/${MONDAY}?servicio_id=${a.servicio.id}`);
  expect(foreign.status).toBe(404);
  expect((await api.request('GET', `/public/${a.cuenta.codigo_tenant.toUpperCase()}`)).status).toBe(200);
});

test('public lists page by keyset and professionals filter by service', async () => {
  const a = await agenda(api);
  const beard = ok(await a.request('POST', '/services', { nombre: 'Barba', precio: '15000', duracion_minutos: 30, orden: 2 }));
  const [inner, retired] = [
    ok(await a.request('POST', '/services', { nombre: 'Interno', precio: '1', duracion_minutos: 30, reservable_en_linea: false })),
    ok(await a.request('POST', '/services', { nombre: 'Tinte', precio: '1', duracion_minutos: 30 })),
  ];
  const both = await worker(a, { nombre_completo: 'Dos', orden: 1 });
  expect(both.servicio_ids).toEqual([a.servicio.id, beard.id, inner.id, retired.id]);
  await a.request('DELETE', `/services/${retired.id}`);
  const page = `/public/${a.cuenta.codigo_tenant}`;
  const first = ok(await api.request('GET', `${page}/services?limite=1`));
  const second = ok(await api.request('GET', `${page}/services?limite=1&cursor=${first.cursor}`));
  expect([first.elementos[0].id, second.elementos[0].id, second.cursor]).toEqual([a.servicio.id, beard.id, null]);
  const names = async (query: string) => ok(await api.request('GET', `${page}/professionals${query}`)).elementos.map((p: any) => p.id);
  expect(await names('')).toEqual([a.profesional.id, both.id]);
  expect(await names(`?servicio_id=${beard.id}`)).toEqual([both.id]);
  const given = async () => ok(await api.request('GET', `${page}/professionals`)).elementos.map((p: any) => p.servicio_ids);
  expect(await given()).toEqual([[a.servicio.id], [a.servicio.id, beard.id]]);
  // Switched off or removed, it is given by nobody.
  const link = `/professionals/${both.id}/services/${beard.id}`;
  for (const end of [() => a.request('PUT', link, { activo: false }), () => a.request('DELETE', link)]) {
    await end();
    expect([await given(), await names(`?servicio_id=${beard.id}`)]).toEqual([[[a.servicio.id], [a.servicio.id]], []]);
  }
  expect((await api.request('GET', `${page}/services?cursor=x`)).body.codigo).toBe('cursor_invalido');
});

test('who is listed for a service is who is offered for it, whatever is switched off', async () => {
  const a = await agenda(api);
  const other = await worker(a, { nombre_completo: 'Dos', orden: 1, hasta: MONDAY });
  const page = `/public/${a.cuenta.codigo_tenant}`;
  const visit = async (path: string) => ok(await api.request('GET', `${page}${path}`, undefined, { 'x-franja-now': NOW }));
  const seen = async () => [
    (await visit(`/professionals?servicio_id=${a.servicio.id}`)).elementos.map((p: any) => p.id),
    [...new Set((await visit(`/availability/${MONDAY}?servicio_id=${a.servicio.id}`)).inicios.map((i: any) => i.profesional_id))],
  ];
  const [servicio, profesional] = [`/services/${a.servicio.id}`, `/professionals/${other.id}`];
  const offs: [method: string, path: string, off: object, on: object, left: number[]][] = [
    ['PUT', `${profesional}${servicio}`, { activo: false }, {}, [a.profesional.id]],
    ['PATCH', profesional, { activo: false }, { activo: true }, [a.profesional.id]],
    ['PATCH', profesional, { reservable_en_linea: false }, { reservable_en_linea: true }, [a.profesional.id]],
    ['PATCH', servicio, { reservable_en_linea: false }, { reservable_en_linea: true }, []],
    ['PATCH', servicio, { activo: false }, { activo: true }, []],
  ];
  for (const [method, path, off, on, left] of offs) {
    ok(await a.request(method, path, off));
    expect([path, off, ...(await seen())]).toEqual([path, off, left, left]);
    ok(await a.request(method, path, on));
  }
  expect(await seen()).toEqual([[a.profesional.id, other.id], [a.profesional.id, other.id]]);
});

describe('clock changes', () => {
  /** Local date and time of an instant, by ICU and not by PostgreSQL. */
  const localOf = (zona: string) => {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone: zona, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' });
    return (at: number) => format.format(at).split(', ');
  };

  /** Every start of a day that is worked from end to end: the first pass of each local time on the grid that leaves room for the service. */
  function expected(zona: string, fecha: string, paso: number, duracion: number) {
    const local = localOf(zona);
    const noon = Date.parse(`${fecha}T12:00:00Z`);
    const day = Array.from({ length: 72 * 12 }, (_, i) => noon - 36 * 3_600_000 + i * 300_000).filter((at) => local(at)[0] === fecha);
    const end = day.at(-1)! + 300_000;
    const seen = new Set<string>();
    return day.flatMap((at) => {
      const hora = local(at)[1];
      const [h, m] = hora.split(':').map(Number);
      const again = seen.has(hora);
      seen.add(hora);
      return again || (h * 60 + m) % paso !== 0 || at + duracion * 60_000 > end ? [] : [{ hora_inicio: hora, inicia_en: new Date(at).toISOString() }];
    });
  }

  const days: [zona: string, fecha: string, horas: number][] = [
    ['America/Santiago', '2027-04-03', 25], ['America/Santiago', '2027-09-05', 23],
    ['America/Mexico_City', '2027-04-04', 24], ['America/Mexico_City', '2027-10-31', 24],
    ['America/Asuncion', '2027-03-28', 24], ['America/Asuncion', '2027-10-03', 24],
    ['America/Sao_Paulo', '2027-02-21', 24], ['America/Sao_Paulo', '2027-11-07', 24],
    ['America/New_York', '2027-03-14', 23], ['America/New_York', '2027-11-07', 25],
    ['Europe/Madrid', '2027-03-28', 23], ['Europe/Madrid', '2027-10-31', 25],
    ['America/Havana', '2027-03-14', 23], ['America/Havana', '2027-11-07', 25],
    ['Australia/Lord_Howe', '2027-10-03', 23.5], ['Australia/Lord_Howe', '2027-04-04', 24.5],
  ];

  test.each(days)('%s on %s, a day of %d hours, worked from end to end', async (zona_horaria, fecha, horas) => {
    const before = `${fecha.slice(0, 8)}01T12:00:00Z`;
    const duracion = 45;
    const a = await agenda(api, { zona_horaria, now: before, horas: daily(['00:00', '24:00']), servicio: { duracion_minutos: duracion }, hasta: fecha });
    const worked = ok(await a.request('GET', `/schedules/slots?fecha_desde=${fecha}&fecha_hasta=${fecha}`)).elementos;
    expect(worked.map((f: any) => [f.hora_fin, (Date.parse(f.termina_en) - Date.parse(f.inicia_en)) / 3_600_000])).toEqual([['24:00', horas]]);
    for (const paso_minutos of [15, 20, 60]) {
      await a.request('PATCH', `/services/${a.servicio.id}`, { paso_minutos });
      const { inicios } = ok(await a.request('GET', `/availability/${fecha}?servicio_id=${a.servicio.id}`));
      expect(inicios.map(({ hora_inicio, inicia_en }: any) => ({ hora_inicio, inicia_en }))).toEqual(expected(zona_horaria, fecha, paso_minutos, duracion));
    }
  });

  const nights: [zona: string, fecha: string, hora: string, inicia_en: string | null, hora_fin: string | null][] = [
    // the repeated hour is its first pass, before the offset changes
    ['America/Santiago', '2027-04-03', '23:30', '2027-04-04T02:30:00.000Z', '23:15'],
    ['America/New_York', '2027-11-07', '01:30', '2027-11-07T05:30:00.000Z', '01:15'],
    ['Europe/Madrid', '2027-10-31', '02:30', '2027-10-31T00:30:00.000Z', '02:15'],
    // the skipped hour does not exist
    ['America/Santiago', '2027-09-05', '00:30', null, null],
    ['America/New_York', '2027-03-14', '02:30', null, null],
    ['Europe/Madrid', '2027-03-28', '02:30', null, null],
    // a service across the skipped hour ends an hour later on the wall
    ['America/New_York', '2027-03-14', '01:30', '2027-03-14T06:30:00.000Z', '03:15'],
    ['Europe/Madrid', '2027-03-28', '01:30', '2027-03-28T00:30:00.000Z', '03:15'],
    ['America/Santiago', '2027-09-05', '01:00', '2027-09-05T04:00:00.000Z', '01:45'],
    ['America/Mexico_City', '2027-04-04', '02:30', '2027-04-04T08:30:00.000Z', '03:15'],
    // where clocks are not changed any more
    ['America/Asuncion', '2027-03-27', '23:15', '2027-03-28T02:15:00.000Z', '24:00'],
    ['America/Asuncion', '2027-10-03', '00:30', '2027-10-03T03:30:00.000Z', '01:15'],
    ['America/Sao_Paulo', '2027-02-20', '23:15', '2027-02-21T02:15:00.000Z', '24:00'],
    ['America/Sao_Paulo', '2027-11-07', '00:30', '2027-11-07T03:30:00.000Z', '01:15'],
  ];

  test.each(nights)('%s, %s at %s is held, booked and moved to as what it was offered as', async (zona_horaria, fecha, hora_inicio, inicia_en, hora_fin) => {
    const a = await agenda(api, { zona_horaria, now: `${fecha.slice(0, 8)}01T12:00:00Z`, horas: daily(['00:00', '24:00']), servicio: { duracion_minutos: 45 }, hasta: fecha });
    const offered = ok(await a.request('GET', `/availability/${fecha}?servicio_id=${a.servicio.id}`)).inicios.find((i: any) => i.hora_inicio === hora_inicio);
    const what = { servicio_id: a.servicio.id, profesional_id: a.profesional.id };
    const cliente_id = ok(await a.request('POST', '/clients', { nombre: 'José Ñáñez' })).id;
    const book = (hora: string, more: object = {}) => a.request('POST', '/appointments', { ...what, cliente_id, fecha_cita: fecha, hora_inicio: hora, ...more });
    const other = ok(await book('12:00'));
    const move = (id: number, hora: string) => a.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: fecha, hora_inicio: hora });
    const held = await a.request('POST', '/availability/holds', { ...what, fecha, hora_inicio });
    if (inicia_en === null) {
      for (const refused of [held, await book(hora_inicio), await move(other.id, hora_inicio)]) {
        expect([offered, refused.status, refused.body.codigo]).toEqual([undefined, 400, 'hora_inexistente']);
      }
      return;
    }
    expect(offered).toMatchObject({ inicia_en, hora_fin });
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({ inicia_en, hora_inicio, hora_fin, termina_en: offered.termina_en });
    expect(await a.starts(fecha)).not.toContain(hora_inicio);
    const times = { fecha_cita: fecha, inicia_en, hora_inicio, hora_fin, termina_en: offered.termina_en };
    const booked = ok(await book(hora_inicio, { reserva_id: held.body.id }));
    expect(booked).toMatchObject(times);
    expect((await move(other.id, hora_inicio)).body.codigo).toBe('sin_disponibilidad');
    ok(await move(booked.id, '14:00'));
    expect(ok(await move(other.id, hora_inicio))).toMatchObject(times);
    expect(await a.starts(fecha)).not.toContain(hora_inicio);
  });
});
