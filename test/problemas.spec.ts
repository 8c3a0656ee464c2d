import { nextWeekday, openShop, PASSWORD, register, registerClient, startApi, type Api, type Member, type Shop } from './api.js';
import { digitsIn, linkTo, whatsappTo } from './buzon.js';
import { query } from './checks.js';
import { conFactura } from './facturas-kit.js';
import { superAdmin } from './super-admin.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const monday = nextWeekday(1, 7);
const ask = (shop: Shop, hora_inicio: string, more: object = {}) => ({
  profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio, ...more,
});
const refusal = async (who: Pick<Member, 'request'>, method: string, path: string, body?: unknown) => {
  const answer = await who.request(method, path, body);
  return [answer.status, answer.body.codigo, ...(answer.body.errores ?? []).map((e: any) => `${e.campo}: ${e.mensaje}`)];
};

test('a refusal that is about one field of the request names it', async () => {
  const shop = await openShop(api);
  const client = await registerClient(api, shop);
  const own = { cliente_id: shop.cliente.id };
  const other = (await shop.request('POST', '/professionals', { nombre_completo: 'Eva Ruiz', tipo_profesional: 'barbero', servicio_ids: [] })).body;
  const taken = await shop.request('POST', '/appointments', ask(shop, '10:00', own));
  const { id: reserva_id } = (await client.request('POST', '/availability/holds', { ...ask(shop, '12:00'), fecha_cita: undefined, fecha: monday })).body;
  const { id: ajena } = (await shop.request('POST', '/availability/holds', { ...ask(shop, '15:00'), fecha_cita: undefined, fecha: monday })).body;
  const book = (body: object, who: Pick<Member, 'request'> = shop) => refusal(who, 'POST', '/appointments', body);

  expect(await book(ask(shop, '10:00', own))).toEqual([409, 'sin_disponibilidad', 'hora_inicio: no está libre']);
  expect(await book(ask(shop, '07:00', own))).toEqual([409, 'sin_disponibilidad', 'hora_inicio: no está libre']);
  expect(await refusal(shop, 'PUT', `/appointments/${taken.body.id}/reschedule`, { fecha_cita: monday, hora_inicio: '13:00' })).toEqual([409, 'sin_disponibilidad', 'hora_inicio: no está libre']);
  expect(await book({ ...ask(shop, '10:00', own), fecha_cita: '2026-01-05' })).toEqual([400, 'hora_pasada', 'hora_inicio: ya pasó']);
  expect(await book(ask(shop, '10:07'), client)).toEqual([409, 'fuera_de_politica', 'hora_inicio: no se ofrece a los clientes']);
  expect(await book({ ...ask(shop, '16:00', own), profesional_id: other.id })).toEqual([400, 'servicio_no_ofrecido', 'profesional_id: no ofrece ese servicio']);
  expect(await book(ask(shop, '12:30', { reserva_id }), client)).toEqual([400, 'reserva_no_corresponde', 'reserva_id: es de otro horario, profesional o servicio']);
  expect(await book(ask(shop, '15:00', { reserva_id: ajena }), client)).toEqual([409, 'reserva_vencida', 'reserva_id: venció o se liberó']);
  expect(await refusal(shop, 'GET', '/appointments?cursor=x')).toEqual([400, 'cursor_invalido', 'cursor: no es el que devolvió la página anterior']);
  expect(await refusal(shop, 'PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { moneda: 'CLP' })).toEqual([409, 'moneda_fija', 'moneda: no cambia cuando ya hay servicios']);

  expect(await refusal(shop, 'POST', '/services', { nombre: 'Corte', precio: '1', duracion_minutos: 30 })).toEqual([409, 'ya_existe', 'nombre: ya lo tiene otro']);
  const { usuario_id } = shop.cuenta;
  await shop.request('PATCH', `/professionals/${shop.profesional.id}`, { usuario_id });
  expect(await refusal(shop, 'PATCH', `/professionals/${other.id}`, { usuario_id })).toEqual([409, 'ya_existe', 'usuario_id: ya lo tiene otro']);
  const { codigo_tenant } = shop.cuenta;
  const account = { codigo_tenant, nombre: 'Otra', email: client.cuenta.email, password: 'una-clave-larga' };
  expect(await refusal(api, 'POST', '/auth/register-client', account)).toEqual([409, 'ya_existe', 'email: ya lo tiene otro']);
  expect(await refusal(shop, 'POST', '/users/invitations', { nombre: 'Otra', email: client.cuenta.email, rol: 'empleado', canal: 'email' })).toEqual([409, 'ya_existe', 'email: ya lo tiene otro']);
  const business = {
    codigo_tenant, nombre_comercial: 'Otro', tipo_industria: 'spa', zona_horaria: 'America/Bogota', moneda: 'COP', pais: 'CO', nombre: 'Ana', email: 'ana@example.com',
    password: 'una-clave-larga',
  };
  expect(await refusal(api, 'POST', '/auth/register-organization', business)).toEqual([409, 'codigo_tenant_ocupado', 'codigo_tenant: ya lo tiene otro']);
  expect(await refusal(api, 'POST', '/auth/register-organization', { ...business, zona_horaria: 'Bogota' })).toEqual([
    400, 'zona_horaria_invalida', 'zona_horaria: debe ser una zona horaria IANA, como America/Bogota',
  ]);
});

test('a time that the clock change skips is named too', async () => {
  const shop = await openShop(api, { zona_horaria: 'America/Santiago', moneda: 'CLP', pais: 'CL' });
  expect(await refusal(shop, 'POST', '/appointments', { ...ask(shop, '00:30', { cliente_id: shop.cliente.id }), fecha_cita: '2027-09-05' })).toEqual([
    400, 'hora_inexistente', 'hora_inicio: no existe: el cambio de horario la salta',
  ]);
});

test('a country that no phone knows is refused: nobody could be called there', async () => {
  const owner = await register(api);
  const said = 'pais: debe ser un país ISO 3166-1 de dos letras, como CO';
  expect(await refusal(owner, 'PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { pais: 'UK' })).toEqual([400, 'datos_invalidos', said]);
  expect(await refusal(api, 'POST', '/auth/register-organization', {
    codigo_tenant: 'pais-de-nadie', nombre_comercial: 'Otro', tipo_industria: 'spa', zona_horaria: 'America/Bogota', moneda: 'COP', pais: 'ZZ', nombre: 'Ana',
    email: 'ana@example.com', password: 'una-clave-larga',
  })).toEqual([400, 'datos_invalidos', said]);
});

test('an amount with more decimals than its currency has is named, whatever it is called', async () => {
  const shop = await openShop(api, { zona_horaria: 'America/Santiago', moneda: 'CLP', pais: 'CL' });
  const platform = await superAdmin(api);
  const { id } = (await shop.request('POST', '/appointments', ask(shop, '10:00', { cliente_id: shop.cliente.id }))).body;
  const subscripcion = `/admin/organizations/${shop.cuenta.organizacion_id}/subscription`;
  expect((await platform.request('PUT', subscripcion, { precio_actual: '10', moneda: 'CLP', motivo: 'Acuerdo' })).status).toBe(200);
  const [plan] = await query(api, "update planes_subscripcion set moneda = 'CLP', precio_mensual = 1, precio_anual = 1 where codigo_plan = 'custom' returning id");
  const cases: [who: Pick<Member, 'request'>, method: string, path: string, campo: string, more?: object][] = [
    [shop, 'POST', '/services', 'precio', { nombre: 'Barba', duracion_minutos: 30 }],
    [shop, 'PATCH', `/services/${shop.servicio.id}`, 'precio'],
    [shop, 'PUT', `/professionals/${shop.profesional.id}/services/${shop.servicio.id}`, 'precio_personalizado'],
    [shop, 'POST', '/appointments', 'descuento', ask(shop, '12:00', { cliente_id: shop.cliente.id })],
    [shop, 'PATCH', `/appointments/${id}`, 'descuento'],
    [platform, 'PUT', subscripcion, 'precio_actual', { motivo: 'Acuerdo' }],
    [platform, 'PUT', subscripcion, 'precio_actual', { moneda: 'CLP', motivo: 'Acuerdo' }],
    [platform, 'PATCH', `/admin/plans/${plan.id}`, 'precio_mensual'],
    [platform, 'PATCH', `/admin/plans/${plan.id}`, 'precio_anual'],
  ];
  for (const [who, method, path, campo, more] of cases) {
    const told = await refusal(who, method, path, { ...more, [campo]: '0.5' });
    expect([method, path, ...told]).toEqual([method, path, 400, 'decimales_invalidos', `${campo}: su moneda admite a lo sumo 0 decimales`]);
  }
});

test('a type that a service does not admit is named, with the service', async () => {
  const shop = await openShop(api);
  const nails = (await shop.request('POST', '/services', { nombre: 'Manicura', precio: '1', duracion_minutos: 30, tipos_profesional_autorizados: ['manicurista'] })).body;
  const { profesional: { id }, servicio } = shop;
  const not = (campo: string, tipo: string, nombre: string) => [400, 'tipo_no_autorizado', `${campo}: no corresponde: el servicio ${nombre} no admite ${tipo}`];
  const hire = { nombre_completo: 'Eva Ruiz', tipo_profesional: 'barbero', servicio_ids: [servicio.id, nails.id] };
  expect(await refusal(shop, 'POST', '/professionals', hire)).toEqual(not('servicio_ids', 'barbero', 'Manicura'));
  expect(await refusal(shop, 'PUT', `/professionals/${id}/services/${nails.id}`, {})).toEqual(not('servicioId', 'barbero', 'Manicura'));
  expect(await refusal(shop, 'PATCH', `/services/${servicio.id}`, { tipos_profesional_autorizados: ['manicurista'] })).toEqual([
    400, 'tipo_no_autorizado', 'tipos_profesional_autorizados: deja fuera barbero: alguien de ese tipo lo da',
  ]);
  await shop.request('PATCH', `/services/${servicio.id}`, { tipos_profesional_autorizados: ['barbero'] });
  expect(await refusal(shop, 'PATCH', `/professionals/${id}`, { tipo_profesional: 'estilista' })).toEqual(not('tipo_profesional', 'estilista', 'Corte'));
});

test('of hours that overlap it is told which, and with what', async () => {
  const shop = await openShop(api);
  const { id } = shop.profesional;
  const [from, to] = [nextWeekday(1, 7), nextWeekday(0, 14)];
  const overlap = (campo: string, what: string) => [409, 'horario_solapado', `${campo}: se solapa con ${what}`];
  const hours = (dia_semana: number, hora_inicio: string, hora_fin: string, tipo_horario = 'regular') => ({ dia_semana, hora_inicio, hora_fin, tipo_horario });
  const week = (...horas: object[]) => refusal(shop, 'PUT', `/schedules/week/${id}`, { horas });
  expect(await week(hours(1, '09:00', '12:00'), hours(1, '12:00', '13:00'), hours(2, '10:00', '11:00'), hours(1, '10:00', '11:00'), hours(1, '12:30', '14:00'))).toEqual([
    ...overlap('horas.3.hora_inicio', 'horas.0 (09:00–12:00)'), 'horas.4.hora_inicio: se solapa con horas.1 (12:00–13:00)',
  ]);
  expect((await shop.request('PUT', `/schedules/week/${id}`, { horas: [hours(1, '09:00', '12:00'), hours(1, '10:00', '11:00', 'descanso'), hours(1, '10:30', '11:00', 'descanso')] })).status).toBe(200);

  const [monday] = (await shop.request('GET', `/schedules?profesional_id=${id}&tipo_horario=regular&activo=true`)).body.elementos;
  const add = (body: object) => refusal(shop, 'POST', '/schedules', { profesional_id: id, ...body });
  expect(await add(hours(1, '11:30', '14:00'))).toEqual(overlap('hora_inicio', `id ${monday.id} (09:00–12:00)`));
  const special = (hora_inicio: string, hora_fin: string, dia_semana?: number) => ({ tipo_horario: 'especial', dia_semana, hora_inicio, hora_fin, vigente_desde: from, vigente_hasta: to });
  const sale = (await shop.request('POST', '/schedules', { profesional_id: id, ...special('15:00', '17:00', 3) })).body;
  expect(await add(special('16:00', '18:00'))).toEqual(overlap('hora_inicio', `id ${sale.id} (15:00–17:00)`));

  const later = (await shop.request('POST', '/schedules', { profesional_id: id, ...hours(1, '12:00', '13:00') })).body;
  const change = (body: object) => refusal(shop, 'PATCH', `/schedules/${later.id}`, body);
  const former = `id ${monday.id} (09:00–12:00)`;
  expect(await change({ hora_inicio: '11:00', motivo: 'x' })).toEqual(overlap('hora_inicio', former));
  await shop.request('PATCH', `/schedules/${later.id}`, { activo: false });
  await shop.request('PATCH', `/schedules/${later.id}`, { hora_inicio: '11:00' });
  expect(await change({ activo: true })).toEqual(overlap('activo', former));
  expect((await shop.request('PATCH', `/schedules/${later.id}`, { activo: true, hora_inicio: '12:00' })).status).toBe(200);
});

test('what was sent to enter is named where it is one field, and never which of e-mail and password is wrong', async () => {
  const owner = await register(api);
  const { codigo_tenant, email } = owner.cuenta;
  const post = (path: string, body: object, who: Pick<Member, 'request'> = api) => refusal(who, 'POST', path, body);
  const no = (status: number, codigo: string, campo: string) => [status, codigo, `${campo}: no es correcto, o ya se usó o venció`];
  expect(await post('/auth/code/verify', { codigo_tenant, email, codigo: '000000', nombre: 'Eva' })).toEqual(no(401, 'codigo_invalido', 'codigo'));
  expect(await post('/auth/email/verify', { token: 'x' })).toEqual(no(400, 'enlace_invalido', 'token'));
  const token = await linkTo(api, email, 'verificar');
  await query(api, "update codigos set creado_en = now() - interval '2 days', expira_en = now() - interval '1 day' where destino = $1", [email]);
  expect(await post('/auth/email/verify', { token })).toEqual(no(410, 'enlace_vencido', 'token'));
  for (const path of ['/auth/refresh', '/auth/logout']) expect(await post(path, { refresh_token: 'x' })).toEqual(no(401, 'token_invalido', 'refresh_token'));
  expect(await post('/auth/login/second-factor', { desafio: owner.token, codigo: '123456' })).toEqual(no(401, 'desafio_invalido', 'desafio'));
  expect(await post('/auth/second-factor', { password: 'otra-clave-larga' }, owner)).toEqual([401, 'credenciales_invalidas', 'password: no es la de la cuenta']);
  expect((await owner.request('POST', '/auth/second-factor', { password: PASSWORD })).status).toBe(201);
  expect(await refusal(owner, 'PUT', '/auth/second-factor', { codigo: 'x'.repeat(6) })).toEqual(no(401, 'segundo_factor_invalido', 'codigo'));
  expect(await refusal(owner, 'PUT', '/auth/password', { password_actual: 'otra-clave-larga', password_nueva: 'una-mas-que-es-larga' })).toEqual([
    401, 'credenciales_invalidas', 'password_actual: no es la de la cuenta',
  ]);
  expect(await post('/auth/login', { email, password: 'otra-clave-larga' })).toEqual([401, 'credenciales_invalidas']);
  await register(api, { email });
  expect(await post('/auth/login', { email, password: PASSWORD })).toEqual([409, 'elija_organizacion', 'codigo_tenant: es obligatorio']);

  const nowhere = [404, 'no_encontrado', 'codigo_tenant: no existe'];
  expect(await post('/auth/register-client', { codigo_tenant: 'de-nadie', nombre: 'Eva', email: 'eva@example.com', password: PASSWORD })).toEqual(nowhere);
  expect(await post('/auth/code', { codigo_tenant: 'de-nadie', email: 'eva@example.com' })).toEqual(nowhere);
});

test('of what is asked for in a query, the id that nobody has is named', async () => {
  const shop = await openShop(api);
  const days = `fecha_desde=${monday}&fecha_hasta=${monday}`;
  const [servicio, profesional] = [shop.servicio.id, shop.profesional.id];
  const not = (...campos: string[]) => [404, 'no_encontrado', ...campos.map((campo) => `${campo}: no existe`)];
  for (const path of [`/availability/${monday}?`, `/availability?${days}&`, `/availability/days?${days}&`]) {
    for (const at of [path, `/public/${shop.cuenta.codigo_tenant}${path}`]) {
      const ask = (query: string) => refusal(at === path ? shop : api, 'GET', `${at}${query}`);
      expect(await ask('servicio_id=999999')).toEqual(not('servicio_id'));
      expect(await ask(`servicio_id=999999&profesional_id=${profesional}`)).toEqual(not('servicio_id'));
      expect(await ask(`servicio_id=${servicio}&profesional_id=999999`)).toEqual(not('profesional_id'));
      expect(await ask('servicio_id=999999&profesional_id=999999')).toEqual(not('servicio_id', 'profesional_id'));
    }
  }
});

test('a payment that is not the invoice says in what', async () => {
  const { factura, cuenta } = await conFactura(api);
  const platform = await superAdmin(api);
  const pay = (body: object) =>
    refusal(platform, 'POST', `/admin/organizations/${cuenta.organizacion_id}/invoices/${factura.id}/payments`, { importe: factura.total, moneda: factura.moneda, referencia: 'TR-1', ...body });
  const [importe, moneda] = [`importe: debe ser ${factura.total}`, `moneda: debe ser ${factura.moneda}`];
  expect(await pay({ importe: '1' })).toEqual([409, 'importe_no_coincide', importe]);
  expect(await pay({ moneda: 'COP' })).toEqual([409, 'importe_no_coincide', moneda]);
  expect(await pay({ importe: '1', moneda: 'COP' })).toEqual([409, 'importe_no_coincide', importe, moneda]);
});

test('who signs in only by phone keeps it, and goes on being a client: which of the two was asked for is named', async () => {
  const owner = await register(api);
  const { codigo_tenant } = owner.cuenta;
  await api.request('POST', '/auth/code', { codigo_tenant, telefono: '+573001112244' });
  const codigo = digitsIn((await whatsappTo(api, '+573001112244')).split('\n').slice(2).join('\n'));
  expect((await api.request('POST', '/auth/code/verify', { codigo_tenant, telefono: '+573001112244', codigo, nombre: 'Eva' })).status).toBe(200);
  const { id } = (await owner.request('GET', '/users?rol=cliente')).body.elementos[0];
  const change = (body: object) => refusal(owner, 'PATCH', `/users/${id}`, body);
  expect(await change({ telefono: null })).toEqual([400, 'datos_invalidos', 'telefono: es obligatorio']);
  expect(await change({ rol: 'empleado', nombre: 'Eva' })).toEqual([400, 'datos_invalidos', 'rol: debe ser uno de: cliente']);
  expect((await owner.request('PATCH', `/users/${id}`, { rol: 'cliente', telefono: '+573001112255' })).status).toBe(200);
});
