import { statements, type Statement } from '../src/database/statements.js';
import { nextWeekday, openShop, PASSWORD, registerClient, startApi, type Api, type Shop } from './api.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const monday = nextWeekday(1, 7);
const at = (hora: string, fecha = monday) => ({ 'x-franja-now': `${fecha}T${hora}:00-05:00` });

const ask = (shop: Shop, hora_inicio: string, more: object = {}) => ({
  cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio, ...more,
});
const book = async (shop: Shop, hora_inicio: string, more: object = {}) => {
  const { status, body } = await shop.request('POST', '/appointments', ask(shop, hora_inicio, more));
  expect({ status, codigo: body.codigo }).toEqual({ status: 201, codigo: undefined });
  return body;
};
const starts = async (shop: Shop) => {
  const { body } = await shop.request('GET', `/availability/${monday}?servicio_id=${shop.servicio.id}`);
  return body.inicios.map((inicio: any) => inicio.hora_inicio);
};

test('a cita from booking to rating, with its metrics and its history', async () => {
  const shop = await openShop(api);
  const client = await registerClient(api, shop);
  const booked = await client.request('POST', '/appointments', {
    profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio: '10:30', notas_cliente: 'Primera vez',
  });
  expect(booked.status).toBe(201);
  expect(booked.body).toMatchObject({
    estado: 'pendiente', hora_inicio: '10:30', hora_fin: '11:00', precio_final: '25000.00', moneda: 'COP', origen: 'web', cliente_nombre: 'José Ñáñez',
  });
  const path = `/appointments/${booked.body.id}`;
  expect((await client.request('PUT', `${path}/confirm`)).body.estado).toBe('confirmada');
  expect((await shop.request('PUT', `${path}/check-in`, undefined, at('10:25'))).body.hora_llegada).toBe(`${monday}T15:25:00.000Z`);
  expect((await shop.request('PUT', `${path}/start`, undefined, at('10:42'))).body).toMatchObject({ estado: 'en_curso', tiempo_espera_minutos: 12, puntualidad: 'tarde' });
  expect((await client.request('PUT', `${path}/rate`, { calificacion_cliente: 5 })).body.codigo).toBe('cita_no_calificable');
  expect((await shop.request('PUT', `${path}/complete`, undefined, at('11:07'))).body).toMatchObject({ estado: 'completada', duracion_real_minutos: 25 });
  expect((await client.request('PUT', `${path}/rate`, { calificacion_cliente: 4, comentario_cliente: 'Bien' })).body.calificacion_cliente).toBe(4);
  expect((await client.request('PUT', `${path}/rate`, { calificacion_cliente: 4, comentario_cliente: 'Bien' })).body.codigo).toBe('ya_calificada');
  const events = await shop.request('GET', `${path}/events`);
  expect(events.body.map((e: any) => [e.estado_anterior, e.estado_nuevo, e.rol])).toEqual([
    [null, 'pendiente', 'cliente'], ['pendiente', 'confirmada', 'cliente'], ['confirmada', 'en_curso', 'admin'], ['en_curso', 'completada', 'admin'],
  ]);
  expect(events.body.map((e: any) => [e.usuario_nombre, e.profesional_nombre])).toEqual([
    ['José Ñáñez', 'Juan Pérez'], ['José Ñáñez', 'Juan Pérez'], ['Ana Torres', 'Juan Pérez'], ['Ana Torres', 'Juan Pérez'],
  ]);
  const own = await client.request('GET', `${path}/events`);
  expect(own.body.map((e: any) => e.usuario_nombre)).toEqual(['José Ñáñez', 'José Ñáñez', null, null]);
  const history = await shop.request('GET', '/appointments/history');
  expect(history.body.elementos).toHaveLength(1);
  expect(history.body.elementos[0]).toMatchObject({ duracion_real_minutos: 25, tiempo_espera_minutos: 12, puntualidad: 'tarde', calificacion_cliente: 4 });
});

test('who wants the next free time asks for one', async () => {
  const shop = await openShop(api);
  const { body } = await shop.request('GET', `/availability/${monday}?servicio_id=${shop.servicio.id}&limite=1`);
  expect(body.inicios.map((inicio: any) => inicio.hora_inicio)).toEqual(['09:00']);
});

test('the code read over the phone finds the cita however it is typed', async () => {
  const shop = await openShop(api);
  const { codigo_cita, id } = await book(shop, '09:00');
  const typed = `${codigo_cita.slice(0, 3).toLowerCase()}-${codigo_cita.slice(3)}`.replace(/0/g, 'o').replace(/1/g, 'l');
  expect((await shop.request('GET', `/appointments/code/${typed}`)).body.id).toBe(id);
  expect((await shop.request('GET', '/appointments/code/ZZZZZZZ')).status).toBe(404);
});

test('a cancelled cita gives its time back, with who and why', async () => {
  const shop = await openShop(api);
  const before = await starts(shop);
  const cita = await book(shop, '09:00');
  expect(await starts(shop)).toEqual(before.filter((hora: string) => !['09:00', '09:15'].includes(hora)));
  const cancelled = await shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' });
  expect(cancelled.body).toMatchObject({ estado: 'cancelada', motivo_cancelacion: 'Viaje', cancelada_por: shop.cuenta.usuario_id });
  expect(await starts(shop)).toEqual(before);
});

test('rescheduling is all or nothing', async () => {
  const shop = await openShop(api);
  const moved = await book(shop, '09:00');
  await book(shop, '11:00');
  const taken = await shop.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: monday, hora_inicio: '10:45' });
  expect([taken.status, taken.body.codigo]).toEqual([409, 'sin_disponibilidad']);
  expect((await shop.request('GET', `/appointments/${moved.id}`)).body).toMatchObject({ hora_inicio: '09:00', veces_reprogramada: 0 });
  expect(await starts(shop)).not.toContain('09:00');
  // Into time that overlaps its own: only its own stands in the way.
  const own = await shop.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: monday, hora_inicio: '09:15' });
  expect(own.body).toMatchObject({ hora_inicio: '09:15', hora_fin: '09:45', veces_reprogramada: 1 });
  expect((await shop.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: monday, hora_inicio: '15:00' })).status).toBe(200);
  expect(await starts(shop)).toContain('09:00');
});

test('what is closed is not moved, not even to the time that it had', async () => {
  const shop = await openShop(api);
  const [cancelled, started] = [await book(shop, '09:00'), await book(shop, '10:00')];
  await shop.request('PUT', `/appointments/${cancelled.id}/cancel`, { motivo_cancelacion: 'Viaje' });
  await shop.request('PUT', `/appointments/${started.id}/start`, undefined, at('09:50'));
  for (const { id, hora_inicio } of [cancelled, started]) {
    const { status, body } = await shop.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, hora_inicio }, at('08:00'));
    expect([hora_inicio, status, body.codigo]).toEqual([hora_inicio, 409, 'cita_no_movible']);
    expect((await shop.request('GET', `/appointments/${id}`)).body.veces_reprogramada).toBe(0);
  }
});

test('asked twice, because the first answer was lost, it moves once', async () => {
  const shop = await openShop(api);
  const { id } = await book(shop, '09:00');
  const move = () => shop.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, hora_inicio: '11:00' });
  expect([(await move()).body.veces_reprogramada, (await move()).body.veces_reprogramada]).toEqual([1, 1]);
});

test('the citas of a service or a professional that was retired stay, and are moved like others', async () => {
  const shop = await openShop(api);
  const { id } = await book(shop, '09:00');
  await shop.request('PATCH', `/services/${shop.servicio.id}`, { activo: false });
  const move = (body: object) => shop.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, ...body });
  expect((await move({ hora_inicio: '11:00' })).body).toMatchObject({ hora_inicio: '11:00', precio_final: '25000.00' });
  const inactive = (campo: string) => ({ codigo: 'inactivo', errores: [{ campo, codigo: 'inactivo', mensaje: 'está desactivado' }] });
  expect((await shop.request('POST', '/appointments', ask(shop, '09:00'))).body).toMatchObject(inactive('servicio_id'));
  await shop.request('PATCH', `/professionals/${shop.profesional.id}`, { activo: false });
  expect((await move({ hora_inicio: '12:00' })).body).toMatchObject(inactive('profesional_id'));
  await shop.request('PATCH', `/services/${shop.servicio.id}`, { activo: true });
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Ana Gil', tipo_profesional: 'barbero' })).body;
  await shop.request('POST', '/schedules/generate', { profesional_id: other.id, fecha_hasta: monday });
  expect((await move({ hora_inicio: '12:00', profesional_id: other.id })).body).toMatchObject({ hora_inicio: '12:00', profesional_id: other.id });
});

test('a cita whose professional no longer gives the service is moved with them by staff, or to one who gives it', async () => {
  const shop = await openShop(api);
  const client = await registerClient(api, shop);
  const { id } = await book(shop, '09:00');
  const own = (await client.request('POST', '/appointments', { ...ask(shop, '10:00'), cliente_id: undefined })).body;
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Ana Gil', tipo_profesional: 'barbero', servicio_ids: [] })).body;
  const link = (professional: number) => `/professionals/${professional}/services/${shop.servicio.id}`;
  const move = async (body: object, cita = id, member: Pick<Shop, 'request'> = shop) => {
    const { status, body: answer } = await member.request('PUT', `/appointments/${cita}/reschedule`, { fecha_cita: monday, ...body });
    return [status, answer.codigo ?? answer.hora_inicio, answer.precio_final, answer.hora_fin];
  };
  for (const [gone, hora_inicio, hora_fin] of [[() => shop.request('PUT', link(shop.profesional.id), { activo: false }), '11:00', '11:30'], [() => shop.request('DELETE', link(shop.profesional.id)), '12:00', '12:30']] as const) {
    expect((await gone()).status).toBeLessThan(300);
    expect(await move({ hora_inicio })).toEqual([200, hora_inicio, '25000.00', hora_fin]);
    expect((await shop.request('POST', '/appointments', ask(shop, '16:00'))).body.codigo).toBe('servicio_no_ofrecido');
  }
  // A client is offered no time of theirs for it, and so asks for none.
  expect((await move({ hora_inicio: '15:00' }, own.id, client)).slice(0, 2)).toEqual([400, 'servicio_no_ofrecido']);
  expect((await move({ hora_inicio: '15:00', profesional_id: other.id })).slice(0, 2)).toEqual([400, 'servicio_no_ofrecido']);
  expect((await shop.request('GET', `/appointments/${id}`)).body).toMatchObject({ hora_inicio: '12:00', profesional_id: shop.profesional.id });
  await shop.request('PUT', link(other.id), { precio_personalizado: '30000' });
  await shop.request('POST', '/schedules/generate', { profesional_id: other.id, fecha_hasta: monday });
  expect((await move({ hora_inicio: '15:00', profesional_id: other.id })).slice(0, 3)).toEqual([200, '15:00', '30000.00']);
});

test('null in an optional field is as if it were absent, where that means none', async () => {
  const shop = await openShop(api);
  const client = await registerClient(api, shop);
  const nothing = { reserva_id: null, notas_cliente: null };
  const { id } = await book(shop, '09:00', { ...nothing, notas_internas: null });
  const own = await client.request('POST', '/appointments', { ...ask(shop, '10:00'), ...nothing, cliente_id: null });
  expect([own.status, own.body.cliente_nombre]).toEqual([201, 'José Ñáñez']);
  const moved = await shop.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, hora_inicio: '11:00', profesional_id: null, reserva_id: null });
  expect([moved.status, moved.body.profesional_id]).toEqual([200, shop.profesional.id]);
  const refused = await shop.request('POST', '/appointments', ask(shop, '12:00', { cliente_id: null }));
  expect([refused.status, refused.body.errores[0]]).toEqual([400, expect.objectContaining({ campo: 'cliente_id', codigo: 'requerido' })]);
  const { email } = shop.cuenta;
  expect((await api.request('POST', '/auth/login', { email, password: PASSWORD, codigo_tenant: null })).status).toBe(200);
  expect((await api.request('POST', '/auth/code', { codigo_tenant: shop.cuenta.codigo_tenant, email: null, telefono: null })).body.errores[0]).toMatchObject({ campo: 'email', codigo: 'requerido' });
  // What absent has a value of its own, null has not.
  expect((await shop.request('POST', '/appointments', ask(shop, '12:00', { confirmada: null }))).status).toBe(400);
});

test('an arrival is of the day of the cita: not before it, and not of one that was moved', async () => {
  const shop = await openShop(api);
  const { id } = await book(shop, '09:00');
  const [sunday, tuesday] = [-1, 1].map((days) => new Date(Date.parse(monday) + days * 86_400_000).toISOString().slice(0, 10));
  const put = (what: string, when: Record<string, string>, body?: object) => shop.request('PUT', `/appointments/${id}/${what}`, body, when);
  expect((await put('check-in', at('23:59', sunday))).body.codigo).toBe('llegada_antes_de_su_dia');
  expect((await put('check-in', at('08:50'))).body.hora_llegada).toBe(`${monday}T13:50:00.000Z`);
  // Later the same day they sit there and wait; on another they have yet to come.
  expect((await put('reschedule', at('08:55'), { fecha_cita: monday, hora_inicio: '10:00' })).body.hora_llegada).toBe(`${monday}T13:50:00.000Z`);
  expect((await put('reschedule', at('09:55'), { fecha_cita: tuesday, hora_inicio: '09:00' })).body.hora_llegada).toBeNull();
  expect((await put('check-in', at('09:10', tuesday))).body.hora_llegada).toBe(`${tuesday}T14:10:00.000Z`);
  expect((await put('start', at('09:25', tuesday))).body.tiempo_espera_minutos).toBe(15);
});

test('a client keeps to the deadline and to their own citas; staff may always', async () => {
  const shop = await openShop(api);
  const [client, other] = [await registerClient(api, shop), await registerClient(api, shop)];
  const slot = { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio: '12:00' };
  const { body: cita } = await client.request('POST', '/appointments', slot);
  for (const [method, path, body] of [
    ['GET', '', undefined], ['GET', '/events', undefined], ['PUT', '/confirm', undefined], ['PUT', '/cancel', { motivo_cancelacion: 'x' }],
    ['PUT', '/reschedule', { fecha_cita: monday, hora_inicio: '16:00' }], ['PUT', '/rate', { calificacion_cliente: 1 }],
  ] as const) {
    expect((await other.request(method, `/appointments/${cita.id}${path}`, body)).status).toBe(404);
  }
  expect((await other.request('GET', '/appointments')).body.elementos).toEqual([]);
  const late = await client.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'tarde' }, at('10:30'));
  expect(late.body.codigo).toBe('plazo_vencido');
  expect((await client.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita: monday, hora_inicio: '16:00' }, at('10:30'))).body.codigo).toBe('plazo_vencido');
  expect((await shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'ok' }, at('11:59'))).status).toBe(200);
  expect((await client.request('POST', '/appointments', { ...slot, hora_inicio: '12:15' }, at('11:30'))).body.codigo).toBe('fuera_de_politica');
  // A client books what is offered, on the grid of 15 minutes; the receptionist may squeeze somebody in.
  expect((await client.request('POST', '/appointments', { ...slot, hora_inicio: '15:07' })).body.codigo).toBe('fuera_de_politica');
  expect((await book(shop, '15:07')).hora_fin).toBe('15:37');
  expect((await client.request('POST', '/appointments', { ...slot, descuento: '25000' })).body.errores).toMatchObject([{ campo: 'descuento' }]);
});

test('the same Idempotency-Key books once and answers the same', async () => {
  const shop = await openShop(api);
  const headers = { 'idempotency-key': 'reserva-1' };
  const first = await shop.request('POST', '/appointments', ask(shop, '09:00'), headers);
  const again = await shop.request('POST', '/appointments', ask(shop, '09:00'), headers);
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await shop.request('POST', '/appointments', ask(shop, '09:30'), headers)).body.codigo).toBe('clave_reutilizada');
  expect((await shop.request('POST', '/appointments', ask(shop, '09:30'), { 'idempotency-key': 'ñ'.repeat(3) }).catch(() => ({ status: 400 }))).status).toBe(400);
  // What failed is not remembered: the key is free for the retry.
  await shop.request('POST', '/appointments', ask(shop, '09:00'), { 'idempotency-key': 'reserva-2' });
  expect((await shop.request('POST', '/appointments', ask(shop, '10:00'), { 'idempotency-key': 'reserva-2' })).status).toBe(201);
  const parallel = await Promise.all(Array.from({ length: 10 }, () => shop.request('POST', '/appointments', ask(shop, '16:00'), { 'idempotency-key': 'reserva-3' })));
  expect(parallel.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
  expect(new Set(parallel.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
  for (const { status, body } of parallel) if (status !== 201) expect([status, body.codigo]).toEqual([409, 'clave_en_curso']);
  expect((await shop.request('GET', '/appointments')).body.elementos).toHaveLength(3);
});

test('pages by keyset: nothing repeats, nothing is lost, in both orders', async () => {
  const shop = await openShop(api);
  for (const hora of ['09:00', '09:30', '10:00', '10:30', '11:00', '14:00', '14:30']) await book(shop, hora);
  for (const orden of ['asc', 'desc']) {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: any = await shop.request('GET', `/appointments?limite=3&orden=${orden}&fecha_desde=${monday}&fecha_hasta=${monday}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.elementos.map((cita: any) => cita.hora_inicio));
      cursor = body.cursor;
    }
    const expected = ['09:00', '09:30', '10:00', '10:30', '11:00', '14:00', '14:30'];
    expect(seen).toEqual(orden === 'asc' ? expected : expected.reverse());
  }
  const filters = `profesional_id=${shop.profesional.id}&cliente_id=${shop.cliente.id}&estado=pendiente`;
  expect((await shop.request('GET', `/appointments?${filters}`)).body.elementos).toHaveLength(7);
  expect((await shop.request('GET', '/appointments?estado=completada')).body.elementos).toEqual([]);
  for (const cursor of ['x', Buffer.from('[1,2]').toString('base64url'), Buffer.from('["2026-01-01T00:00:00Z","1"]').toString('base64url')]) {
    expect((await shop.request('GET', `/appointments?cursor=${cursor}`)).body.codigo).toBe('cursor_invalido');
  }
});

test('an agenda asks for several states at once, repeated or with commas, page by page', async () => {
  const shop = await openShop(api);
  const at = ['09:00', '09:30', '10:00', '10:30', '11:00'];
  for (const [i, hora] of at.entries()) await book(shop, hora, { confirmada: i % 2 === 0 });
  const { id } = await book(shop, '11:30');
  await shop.request('PUT', `/appointments/${id}/cancel`, { motivo_cancelacion: 'Viaje' });
  const hours = async (query: string) => (await shop.request('GET', `/appointments?${query}`)).body.elementos.map((cita: any) => cita.hora_inicio);
  for (const open of ['estado=pendiente&estado=confirmada', 'estado=confirmada,pendiente', 'estado=pendiente,confirmada,pendiente']) {
    expect(await hours(open)).toEqual(at);
    expect(await hours(`${open}&orden=desc`)).toEqual(at.toReversed());
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: any = await shop.request('GET', `/appointments?${open}&limite=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.elementos.map((cita: any) => cita.hora_inicio));
      cursor = body.cursor;
    }
    expect(seen).toEqual(at);
  }
  expect(await hours('estado=confirmada')).toEqual(['09:00', '10:00', '11:00']);
  expect((await shop.request('GET', '/appointments/history?estado=cancelada,no_asistio')).body.elementos.map((cita: any) => cita.id)).toEqual([id]);
  for (const wrong of ['estado=', 'estado=pendiente,', 'estado=pendiente,lista', 'estado=pendiente&estado=lista']) {
    const { status, body } = await shop.request('GET', `/appointments?${wrong}`);
    expect([wrong, status, body.errores?.[0]]).toEqual([wrong, 400, expect.objectContaining({ campo: 'estado', codigo: 'valores' })]);
  }
});

// Every connection keeps each statement that it has prepared.
test('states that are asked for in another order, or twice, are the same statement', async () => {
  const { request } = await openShop(api);
  const texts = new Set<string>();
  const hear = (told: unknown) => void (/from citas c/.test((told as Statement).text) && texts.add((told as Statement).text));
  statements.subscribe(hear);
  for (const states of ['pendiente,confirmada,cancelada', 'cancelada,confirmada,pendiente', 'confirmada,cancelada,pendiente,confirmada']) await request('GET', `/appointments?estado=${states}`);
  statements.unsubscribe(hear);
  expect([...texts]).toHaveLength(1);
});

test('discount and notes: the final price follows, and never goes below zero', async () => {
  const shop = await openShop(api);
  const cita = await book(shop, '09:00', { descuento: '5000.50', confirmada: true });
  expect(cita).toMatchObject({ estado: 'confirmada', precio_servicio: '25000.00', descuento: '5000.50', precio_final: '19999.50' });
  expect((await shop.request('PATCH', `/appointments/${cita.id}`, { descuento: '0', notas_internas: 'VIP' })).body).toMatchObject({ precio_final: '25000.00', notas_internas: 'VIP' });
  expect((await shop.request('PATCH', `/appointments/${cita.id}`, { descuento: '25000.01' })).body.errores).toMatchObject([{ campo: 'descuento', codigo: 'maximo' }]);
});

test('what is given for nothing is given; by somebody cheaper, the discount is no more than their price', async () => {
  const shop = await openShop(api);
  expect(await book(shop, '09:00', { descuento: '25000' })).toMatchObject({ precio_final: '0.00', origen: 'recepcion' });
  const cita = await book(shop, '10:00');
  expect((await shop.request('PATCH', `/appointments/${cita.id}`, { descuento: '25000.00' })).body.precio_final).toBe('0.00');
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Ana Gil', tipo_profesional: 'barbero' })).body;
  await shop.request('PUT', `/professionals/${other.id}/services/${shop.servicio.id}`, { precio_personalizado: '10000' });
  await shop.request('POST', '/schedules/generate', { profesional_id: other.id, fecha_hasta: monday });
  const moved = await shop.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita: monday, hora_inicio: '10:00', profesional_id: other.id });
  // At the same hour, and yet moved.
  expect(moved.body).toMatchObject({ precio_servicio: '10000.00', descuento: '10000.00', precio_final: '0.00', veces_reprogramada: 1 });
});

test('a cita that moves keeps the preparation that was agreed; with another professional it has that of now', async () => {
  const shop = await openShop(api);
  const { id } = await book(shop, '10:00');
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Ana Gil', tipo_profesional: 'barbero' })).body;
  await shop.request('POST', '/schedules/generate', { profesional_id: other.id, fecha_hasta: monday });
  await shop.request('PATCH', `/services/${shop.servicio.id}`, { buffer_antes_minutos: 5, buffer_despues_minutos: 10 });
  const move = async (body: object) => {
    expect((await shop.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, ...body })).status).toBe(200);
    const { body: slots } = await shop.request('GET', `/schedules/slots?fecha_desde=${monday}&fecha_hasta=${monday}&estado=ocupado`);
    return slots.elementos.map((f: any) => [f.profesional_id, f.hora_inicio, f.hora_fin]);
  };
  expect(await move({ hora_inicio: '11:00' })).toEqual([[shop.profesional.id, '11:00', '11:30']]);
  expect(await move({ hora_inicio: '11:00', profesional_id: other.id })).toEqual([[other.id, '10:55', '11:40']]);
});

test('nobody books for a client who was deactivated', async () => {
  const shop = await openShop(api);
  await shop.request('DELETE', `/clients/${shop.cliente.id}`);
  const { status, body } = await shop.request('POST', '/appointments', ask(shop, '09:00'));
  expect([status, body.codigo, body.errores[0].campo]).toEqual([409, 'inactivo', 'cliente_id']);
});

test.each([
  ['a time in the past', { fecha_cita: '2020-01-06' }, 400, 'hora_pasada'],
  ['a date that does not exist', { fecha_cita: '2027-02-30' }, 400, 'datos_invalidos'],
  ['an hour that does not exist', { hora_inicio: '25:00' }, 400, 'datos_invalidos'],
  ['an unknown field', { precio_final: '1' }, 400, 'datos_invalidos'],
  ['an overlong note', { notas_cliente: 'x'.repeat(1001) }, 400, 'datos_invalidos'],
  ['a NUL', { notas_cliente: 'a\0b' }, 400, 'datos_invalidos'],
  ['half a surrogate pair', { notas_cliente: '\ud800' }, 400, 'datos_invalidos'],
  ['a negative discount', { descuento: '-1' }, 400, 'datos_invalidos'],
  ['a number where text is money', { descuento: 1 }, 400, 'datos_invalidos'],
  ['an id as text', { servicio_id: '1' }, 400, 'datos_invalidos'],
  ['an id beyond bigint', { servicio_id: 1e30 }, 400, 'datos_invalidos'],
  ['a service that does not exist', { servicio_id: 999_999_999 }, 400, 'referencia_invalida'],
  ['a client that does not exist', { cliente_id: 999_999_999 }, 400, 'referencia_invalida'],
  ['no client', { cliente_id: undefined }, 400, 'datos_invalidos'],
  ['outside working hours', { hora_inicio: '20:00' }, 409, 'sin_disponibilidad'],
  ['over lunch', { hora_inicio: '12:45' }, 409, 'sin_disponibilidad'],
])('refuses %s and writes nothing', async (_, change, status, codigo) => {
  const shop = await openShop(api, {}, 14);
  const answer = await shop.request('POST', '/appointments', ask(shop, '09:00', change));
  expect([answer.status, answer.body.codigo]).toEqual([status, codigo]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect((await shop.request('GET', '/appointments')).body.elementos).toEqual([]);
});
