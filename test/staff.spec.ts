import { ok } from './agenda.js';
import { nextWeekday, openShop, register, registerClient, startApi, type Api, type Member } from './api.js';
import { employee, expectRefused, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const service = async (owner: Member, nombre: string, more: object = {}) =>
  (await owner.request('POST', '/services', { nombre, precio: '25000', duracion_minutos: 30, ...more })).body;
const professional = async (owner: Member, more: object = {}) => {
  const { status, body } = await owner.request('POST', '/professionals', { nombre_completo: 'Lucía Peña', tipo_profesional: 'barbero', ...more });
  expect({ status, codigo: body.codigo }).toEqual({ status: 201, codigo: undefined });
  return body;
};
const weekOf = (id: number) => query(api, 'select dia_semana, tipo_horario, hora_inicio, hora_fin from horarios_profesionales where profesional_id = $1', [id]);

test('a new professional gets the compatible active services and a first week', async () => {
  const owner = await register(api);
  const cut = await service(owner, 'Corte');
  const beard = await service(owner, 'Barba', { tipos_profesional_autorizados: ['barbero', 'estilista'] });
  await service(owner, 'Manicura', { tipos_profesional_autorizados: ['manicurista'] });
  const old = await service(owner, 'Antiguo');
  await owner.request('DELETE', `/services/${old.id}`);

  const created = await professional(owner, { telefono: '300 123 4567', email: ' Lucia@Example.COM ', especialidades: ['navaja'], comision_porcentaje: '40.5' });
  expect(created).toMatchObject({
    servicio_ids: [cut.id, beard.id], telefono: '+573001234567', email: 'lucia@example.com', especialidades: ['navaja'], comision_porcentaje: '40.50',
    usuario_id: null, reservable_en_linea: true, generado_hasta: null, activo: true,
  });
  expect((await owner.request('GET', `/professionals/${created.id}`)).body).toEqual(created);
  const week = await weekOf(created.id);
  expect(week.filter((h) => h.tipo_horario === 'regular').map((h) => h.dia_semana).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(week.filter((h) => h.tipo_horario === 'descanso')).toHaveLength(5);
});

test('exactly the services asked for, and no week when it is not wanted', async () => {
  const owner = await register(api);
  const stranger = await register(api);
  const cut = await service(owner, 'Corte');
  const nails = await service(owner, 'Manicura', { tipos_profesional_autorizados: ['manicurista'] });
  const old = await service(owner, 'Antiguo');
  await owner.request('DELETE', `/services/${old.id}`);
  const foreign = await service(stranger, 'Ajeno');

  const created = await professional(owner, { servicio_ids: [cut.id, cut.id], horario_inicial: false });
  expect(created.servicio_ids).toEqual([cut.id]);
  expect(await weekOf(created.id)).toEqual([]);

  const ask = async (servicio_ids: number[]) => {
    const { status, body } = await owner.request('POST', '/professionals', { nombre_completo: 'Otro', tipo_profesional: 'barbero', servicio_ids });
    return [status, body.codigo, body.errores?.[0].campo];
  };
  expect(await ask([cut.id, foreign.id])).toEqual([400, 'datos_invalidos', 'servicio_ids']);
  expect(await ask([cut.id, 999_999_999])).toEqual([400, 'datos_invalidos', 'servicio_ids']);
  expect(await ask([cut.id, old.id])).toEqual([409, 'inactivo', 'servicio_ids']);
  const english = await owner.request('POST', '/professionals', { nombre_completo: 'Otro', tipo_profesional: 'barbero', servicio_ids: [old.id] }, { 'accept-language': 'en' });
  expect(english.body.title).toBe('The service is deactivated: activate it or choose another.');
  expect(await ask([cut.id, nails.id])).toEqual([400, 'tipo_no_autorizado', 'servicio_ids']);
  expect((await owner.request('GET', '/professionals')).body.elementos).toHaveLength(1);
});

test('the list is in order, page by page, and filters', async () => {
  const owner = await register(api);
  const cut = await service(owner, 'Corte');
  const nails = await service(owner, 'Manicura', { tipos_profesional_autorizados: ['manicurista'] });
  const ids: number[] = [];
  for (const orden of [2, 0, 1, 0, 2]) ids.push((await professional(owner, { orden })).id);
  const expected = [ids[1], ids[3], ids[2], ids[0], ids[4]];

  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await owner.request('GET', `/professionals?limite=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.elementos.map((p: any) => p.id));
    cursor = body.cursor;
  }
  expect(seen).toEqual(expected);

  expect((await owner.request('DELETE', `/professionals/${ids[0]}`)).status).toBe(204);
  const manicurist = await professional(owner, { tipo_profesional: 'manicurista' });
  await owner.request('PUT', `/professionals/${ids[1]}/services/${cut.id}`, { activo: false });
  const list = async (filter: string) => (await owner.request('GET', `/professionals?${filter}`)).body.elementos.map((p: any) => p.id);
  expect(await list('activo=false')).toEqual([ids[0]]);
  expect(await list(`servicio_id=${nails.id}`)).toEqual([manicurist.id]);
  expect(await list(`activo=true&servicio_id=${cut.id}`)).toEqual([ids[3], manicurist.id, ids[2], ids[4]]);
  expect((await owner.request('GET', '/professionals?cursor=nada')).body.codigo).toBe('cursor_invalido');
  expect((await owner.request('GET', '/professionals?limite=0')).body.errores[0].campo).toBe('limite');
});

test('changes: null clears, absent keeps, and a new type must suit the services given', async () => {
  const owner = await register(api, { pais: 'CL', moneda: 'CLP', zona_horaria: 'America/Santiago' });
  await service(owner, 'Barba', { tipos_profesional_autorizados: ['barbero'], precio: '9000' });
  const { id } = await professional(owner, { biografia: 'Quince años', telefono: '9 6123 4567' });
  const patch = (body: object) => owner.request('PATCH', `/professionals/${id}`, body);

  expect((await patch({ biografia: null, orden: 3 })).body).toMatchObject({ biografia: null, orden: 3, telefono: '+56961234567', nombre_completo: 'Lucía Peña' });
  expect((await patch({})).body).toMatchObject({ id, orden: 3 });
  expect((await patch({ telefono: null })).body.telefono).toBeNull();
  expect((await patch({ tipo_profesional: 'estilista', orden: 9 })).body.codigo).toBe('tipo_no_autorizado');
  expect((await owner.request('GET', `/professionals/${id}`)).body).toMatchObject({ tipo_profesional: 'barbero', orden: 3 });

  expect((await owner.request('DELETE', `/professionals/${id}`)).status).toBe(204);
  expect((await owner.request('GET', `/professionals/${id}`)).body.activo).toBe(false);
  expect((await patch({ activo: true })).body.activo).toBe(true);
});

test('a service is not closed to the type of somebody who gives it', async () => {
  const owner = await register(api);
  const { id } = await service(owner, 'Corte');
  const barber = await professional(owner);
  const patch = (tipos: string[] | null) => owner.request('PATCH', `/services/${id}`, { precio: '30000', tipos_profesional_autorizados: tipos });
  expect((await patch(['manicurista'])).body).toMatchObject({ status: 400, codigo: 'tipo_no_autorizado' });
  expect((await owner.request('GET', `/services/${id}`)).body).toMatchObject({ precio: '25000.00', tipos_profesional_autorizados: null });
  expect((await patch(['manicurista', 'barbero'])).body.precio).toBe('30000.00');
  expect((await patch(null)).body.tipos_profesional_autorizados).toBeNull();
  // Who gives it no more is no reason.
  ok(await owner.request('PUT', `/professionals/${barber.id}/services/${id}`, { activo: false }));
  expect((await patch(['manicurista'])).body.tipos_profesional_autorizados).toEqual(['manicurista']);
  expect((await owner.request('PUT', `/professionals/${barber.id}/services/${id}`, { activo: false })).status).toBe(200);
  expect((await owner.request('PUT', `/professionals/${barber.id}/services/${id}`, {})).body.codigo).toBe('tipo_no_autorizado');
  expect((await owner.request('PATCH', `/professionals/${barber.id}`, { tipo_profesional: 'estilista' })).body.tipo_profesional).toBe('estilista');
});

test('a user belongs to one professional of the same organisation', async () => {
  const owner = await register(api);
  const stranger = await register(api);
  const first = await professional(owner, { usuario_id: owner.cuenta.usuario_id });
  expect(first.usuario_id).toBe(owner.cuenta.usuario_id);
  expect((await owner.request('GET', '/auth/me')).body.profesional_id).toBe(first.id);
  const second = await professional(owner);
  const give = async (usuario_id: number) => (await owner.request('PATCH', `/professionals/${second.id}`, { usuario_id })).body;
  expect((await give(owner.cuenta.usuario_id)).codigo).toBe('ya_existe');
  const foreign = await give(stranger.cuenta.usuario_id);
  const missing = await give(999_999_999);
  expect([foreign.codigo, foreign.regla, foreign.title]).toEqual(['referencia_invalida', missing.regla, missing.title]);
});

test('every bad field is named, and nothing is written', async () => {
  const owner = await register(api);
  const good = { nombre_completo: 'Lucía', tipo_profesional: 'barbero' };
  await expectRefused((bad) => owner.request('POST', '/professionals', { ...good, ...bad }), [
    ['nombre_completo', undefined, 'requerido'],
    ['nombre_completo', null, 'requerido'],
    ['nombre_completo', '   ', 'requerido'],
    ['nombre_completo', 'x'.repeat(151), 'longitud'],
    ['nombre_completo', 'nu\0lo', 'texto'],
    ['tipo_profesional', 'Barbero Mayor', 'formato'],
    ['tipo_profesional', undefined, 'requerido'],
    ['usuario_id', 'uno', 'entero'],
    ['usuario_id', -1, 'entero'],
    ['especialidades', 'navaja', 'lista'],
    ['especialidades', Array(31).fill('x'), 'lista'],
    ['especialidades', Array(31).fill(''), 'lista'],
    ['email', 'no-es-correo', 'correo'],
    ['telefono', '+57 1', 'telefono'],
    ['telefono', 'llámame', 'formato'],
    ['fecha_ingreso', '2024-02-30', 'fecha'],
    ['comision_porcentaje', '100.01', 'porcentaje'],
    ['comision_porcentaje', '-1', 'porcentaje'],
    ['comision_porcentaje', null, 'porcentaje'],
    ['foto_url', 'javascript:alert(1)', 'formato'],
    ['color_calendario', 'rojo', 'formato'],
    ['reservable_en_linea', 'true', 'booleano'],
    ['orden', 1.5, 'entero'],
    ['orden', 30_001, 'entero'],
    ['servicio_ids', 7, 'lista'],
    ['servicio_ids', [0], 'entero'],
    ['horario_inicial', 1, 'booleano'],
    ['organizacion_id', 1, 'desconocido'],
    ['activo', false, 'desconocido'],
  ]);
  expect((await owner.request('GET', '/professionals')).body.elementos).toEqual([]);
  const { id } = await professional(owner);
  await expectRefused((bad) => owner.request('PATCH', `/professionals/${id}`, bad), [
    ['nombre_completo', null, 'requerido'],
    ['orden', null, 'entero'],
    ['servicio_ids', [1], 'desconocido'],
    ['generado_hasta', '2027-01-01', 'desconocido'],
  ]);
});

test('the items of a list are text as any other: cut at their ends, seen, counted by characters, and each wrong one is named by its place', async () => {
  const owner = await register(api);
  const long = '💈'.repeat(80);
  expect((await professional(owner, { especialidades: [' navaja\u200b', long] })).especialidades).toEqual(['navaja', long]);
  const { id, etiquetas, tipos_profesional_autorizados } = await service(owner, 'Corte', { etiquetas: ['\u2060 a\u200bb\t'], tipos_profesional_autorizados: [' barbero '] });
  expect([etiquetas, tipos_profesional_autorizados]).toEqual([['a\u200bb'], ['barbero']]);
  const wrong = async (method: string, path: string, more: object) => (await owner.request(method, path, more)).body.errores?.map((e: any) => [e.campo, e.codigo]);
  const good = { nombre_completo: 'Lucía', tipo_profesional: 'barbero' };
  expect(await wrong('POST', '/professionals', { ...good, especialidades: ['x', ' ', 'x'.repeat(81), 'a\0b', 5, ['x'], null, '\u200b'] })).toEqual([
    ['especialidades.1', 'requerido'], ['especialidades.2', 'formato'], ['especialidades.3', 'texto'], ['especialidades.4', 'texto'],
    ['especialidades.5', 'texto'], ['especialidades.6', 'requerido'], ['especialidades.7', 'requerido'],
  ]);
  expect(await wrong('PATCH', `/services/${id}`, { etiquetas: ['\u2060'], tipos_profesional_autorizados: ['barbero', 'Barbero Mayor'] })).toEqual([
    ['tipos_profesional_autorizados.1', 'formato'], ['etiquetas.0', 'requerido'],
  ]);
});

test('services of a professional: own price and duration, and back to those of the service', async () => {
  const owner = await register(api, { moneda: 'CLP', pais: 'CL', zona_horaria: 'America/Santiago' });
  const cut = await service(owner, 'Corte', { orden: 2 });
  const nails = await service(owner, 'Manicura', { tipos_profesional_autorizados: ['manicurista'] });
  const { id } = await professional(owner);
  const extra = await service(owner, 'Cejas', { precio: '5000', orden: 1 });
  const path = `/professionals/${id}/services`;

  const own = { precio_personalizado: '6500', duracion_personalizada_minutos: 40 };
  expect(await owner.request('PUT', `${path}/${extra.id}`, own)).toMatchObject({
    status: 200,
    body: { servicio_id: extra.id, nombre: 'Cejas', precio_personalizado: '6500.00', precio: '6500.00', duracion_minutos: 40, moneda: 'CLP', activo: true },
  });
  const { body: links } = await owner.request('GET', path);
  expect(links.map((l: any) => [l.nombre, l.precio, l.duracion_minutos, l.servicio_activo])).toEqual([['Cejas', '6500.00', 40, true], ['Corte', '25000.00', 30, true]]);

  expect((await owner.request('PUT', `${path}/${extra.id}`, { activo: false })).body).toMatchObject({
    precio_personalizado: null, duracion_personalizada_minutos: null, precio: '5000.00', duracion_minutos: 30, activo: false,
  });
  expect((await owner.request('GET', `/professionals/${id}`)).body.servicio_ids).toEqual([cut.id]);
  expect((await owner.request('PUT', `${path}/${nails.id}`, {})).body.codigo).toBe('tipo_no_autorizado');
  expect((await owner.request('PUT', `${path}/${cut.id}`, { precio_personalizado: '100.50' })).body.codigo).toBe('decimales_invalidos');
  await expectRefused((bad) => owner.request('PUT', `${path}/${cut.id}`, bad), [
    ['precio_personalizado', '-1', 'decimal'],
    ['precio_personalizado', 6500, 'decimal'],
    ['duracion_personalizada_minutos', 7, 'multiplo'],
    ['duracion_personalizada_minutos', 725, 'entero'],
    ['servicio_id', 3, 'desconocido'],
  ]);

  expect((await owner.request('DELETE', `${path}/${extra.id}`)).status).toBe(204);
  expect((await owner.request('DELETE', `${path}/${extra.id}`)).status).toBe(404);
  expect((await owner.request('GET', path)).body).toMatchObject([{ servicio_id: cut.id, precio: '25000.00' }]);
});

test('another organisation’s professionals and services do not exist', async () => {
  const [owner, stranger] = [await register(api), await register(api)];
  const mine = { servicio: await service(owner, 'Corte'), profesional: await professional(owner) };
  const theirs = { servicio: await service(stranger, 'Corte'), profesional: await professional(stranger) };
  const rows = () => query(api, `select to_jsonb(p) as fila, (select jsonb_agg(sp) from servicios_profesionales sp where sp.profesional_id = p.id) as vinculos
    from profesionales p where id = $1`, [theirs.profesional.id]);
  const before = await rows();
  const paths = [`${theirs.profesional.id}/services/${theirs.servicio.id}`, `${theirs.profesional.id}/services/${mine.servicio.id}`, `${mine.profesional.id}/services/${theirs.servicio.id}`];
  const asked: [string, string, object?][] = [
    ['GET', `${theirs.profesional.id}`], ['PATCH', `${theirs.profesional.id}`, { orden: 5 }], ['PATCH', `${theirs.profesional.id}`, {}],
    ['DELETE', `${theirs.profesional.id}`], ['GET', `${theirs.profesional.id}/services`],
    ...paths.flatMap((path): [string, string, object?][] => [['PUT', path, {}], ['DELETE', path]]),
  ];
  for (const [method, path, body] of asked) {
    const { status } = await owner.request(method, `/professionals/${path}`, body);
    expect({ method, path, status }).toEqual({ method, path, status: 404 });
  }
  expect((await owner.request('GET', `/professionals?servicio_id=${theirs.servicio.id}`)).body.elementos).toEqual([]);
  expect(await rows()).toEqual(before);
});

test('staff read, managers write, clients neither', async () => {
  const owner = await register(api);
  const cut = await service(owner, 'Corte');
  const { id } = await professional(owner);
  const [worker, client] = [await employee(api, owner), await registerClient(api, owner)];
  for (const path of ['/professionals', `/professionals/${id}`, `/professionals/${id}/services`]) {
    expect([path, (await worker.request('GET', path)).status, (await client.request('GET', path)).status]).toEqual([path, 200, 403]);
  }
  const writes: [string, string, object?][] = [
    ['POST', '/professionals', { nombre_completo: 'X', tipo_profesional: 'barbero' }], ['PATCH', `/professionals/${id}`, { orden: 1 }],
    ['DELETE', `/professionals/${id}`], ['PUT', `/professionals/${id}/services/${cut.id}`, {}], ['DELETE', `/professionals/${id}/services/${cut.id}`],
  ];
  for (const [method, path, body] of writes) {
    expect([method, path, (await worker.request(method, path, body)).status, (await client.request(method, path, body)).status]).toEqual([method, path, 403, 403]);
  }
  expect((await api.request('GET', '/professionals')).status).toBe(401);
});

test('what a colleague earns and their document are for who manages, and for whose they are', async () => {
  const owner = await register(api);
  const [lucia, reception] = [await employee(api, owner), await employee(api, owner)];
  const { id } = await professional(owner, { usuario_id: lucia.cuenta.usuario_id, documento_identidad: '1020304050', comision_porcentaje: '40.00' });
  const told = { documento_identidad: '1020304050', comision_porcentaje: '40.00' };
  for (const [who, expected] of [[owner, told], [lucia, told], [reception, { documento_identidad: null, comision_porcentaje: null }]] as const) {
    expect((await who.request('GET', `/professionals/${id}`)).body).toMatchObject({ id, nombre_completo: 'Lucía Peña', ...expected });
    expect((await who.request('GET', '/professionals')).body.elementos).toMatchObject([{ id, ...expected }]);
  }
});

test('who leaves keeps their citas and no free time, which comes back with them: the agenda shows none, and the occupancy of who stays does not fall', async () => {
  const shop = await openShop(api);
  const monday = nextWeekday(1, 7);
  const leaver = (await shop.request('POST', '/professionals', { nombre_completo: 'Eva Ruiz', tipo_profesional: 'barbero' })).body;
  await shop.request('POST', '/schedules/generate', { fecha_hasta: monday });
  const book = async (profesional_id: number, hora_inicio: string) =>
    (await shop.request('POST', '/appointments', { profesional_id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: monday, hora_inicio })).body;
  const cita = await book(leaver.id, '09:00');
  const last = await book(leaver.id, '17:30');
  await book(shop.profesional.id, '10:00');
  const day = async (): Promise<string[]> =>
    (await shop.request('GET', `/schedules/slots?fecha_desde=${monday}&fecha_hasta=${monday}&profesional_id=${leaver.id}`)).body.elementos.map((f: any) => `${f.hora_inicio}-${f.hora_fin} ${f.estado}`);
  const occupancy = async () => Number((await shop.request('GET', `/dashboard?fecha_desde=${monday}&fecha_hasta=${monday}`)).body.ocupacion_porcentaje);
  const full = await day();
  expect([full, await occupancy()]).toEqual([['09:00-09:30 ocupado', '09:30-13:00 disponible', '13:00-14:00 bloqueado', '14:00-17:30 disponible', '17:30-18:00 ocupado'], 9.38]); // 90 of 960 minutes

  expect((await shop.request('DELETE', `/professionals/${leaver.id}`)).status).toBe(204);
  expect([await day(), await occupancy()]).toEqual([['09:00-09:30 ocupado', '17:30-18:00 ocupado'], 16.67]); // 90 of 540
  expect((await shop.request('PUT', `/appointments/${last.id}/cancel`, { motivo_cancelacion: 'Ya no está' })).status).toBe(200);
  expect(await day()).toEqual(['09:00-09:30 ocupado']);
  expect((await shop.request('PUT', `/appointments/${cita.id}/confirm`)).body.estado).toBe('confirmada');

  await shop.request('PATCH', `/professionals/${leaver.id}`, { activo: true });
  expect(await day()).toEqual([...full.slice(0, 3), '14:00-18:00 disponible']);
});
