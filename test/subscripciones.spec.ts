import { openShop, register, startApi, type Api, type Member } from './api.js';
import { employee, expectRefused, query } from './checks.js';
import { avisos, change, DIA, enEl, facturas, historia, id, mas, subscripcion } from './subscripciones-kit.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';
import { correr } from './tareas.js';

let api: Api;
let cobros: ReturnType<typeof facturas>;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  cobros = facturas(api);
  root = await superAdmin(api);
});
afterAll(() => api.close());

/** A customer that pays, from now. */
async function customer(plan = 'basico', ciclo = 'mensual', ahora?: string): Promise<Member> {
  const owner = await register(api);
  const answer = await change(owner, { plan, ciclo }, ahora);
  expect([answer.status, answer.body.aplicado]).toEqual([201, true]);
  await cobros.pagar(id(owner), ahora);
  return owner;
}

test('a business goes from its trial to a plan, stops paying, is suspended, pays and has everything back, each step once', async () => {
  const owner = await register(api, { zona_horaria: 'America/Bogota' });
  const { fecha_fin_prueba: fin, estado } = await subscripcion(owner);
  expect(estado).toBe('prueba');
  const seen: string[][] = [];
  const tick = async (ahora: string) => {
    const before = (await avisos(api, id(owner))).length;
    await correr(api, 'subscripciones', ahora);
    await correr(api, 'subscripciones', ahora); // twice: the second finds nothing
    seen.push([(await subscripcion(owner)).estado, ...(await avisos(api, id(owner))).slice(before)]);
  };
  for (const dias of [-13, -7, -6, -3, -2, -1, -0.01, 0.01]) await tick(mas(fin, dias));
  expect(seen.splice(0)).toEqual([['prueba'], ['prueba', 'prueba_7'], ['prueba'], ['prueba', 'prueba_3'], ['prueba'], ['prueba', 'prueba_1'], ['prueba'], ['expirada', 'prueba_vencida']]);

  const elegido = mas(fin, 2);
  expect((await change(owner, { plan: 'basico' }, elegido)).body).toMatchObject({ aplicado: false, momento: 'inmediato', importe: '15.00', moneda: 'USD' });
  expect((await subscripcion(owner)).estado).toBe('expirada');
  expect((await change(owner, { plan: 'basico' }, elegido)).body.codigo).toBe('pago_pendiente');
  await cobros.pagar(id(owner), elegido);
  const activa = await subscripcion(owner, elegido);
  expect(activa).toMatchObject({ estado: 'activa', codigo_plan: 'basico', precio_actual: '15.00', solo_lectura: false, deuda_vence_en: null });

  const fin1 = activa.fecha_proximo_pago;
  const vence = mas(fin1, 3.01);
  for (const ahora of [mas(fin1, -0.01), mas(fin1, 0.01), mas(vence, -0.01), vence, mas(vence, 1), mas(vence, 2), mas(vence, 3), mas(vence, 5), mas(vence, 6), mas(vence, 7), mas(vence, 40)]) await tick(ahora);
  expect(seen.splice(0)).toEqual([
    ['activa'], ['activa'], ['activa'], ['morosa', 'pago_vencido'], ['morosa', 'reclamo_1'], ['morosa'], ['morosa', 'reclamo_3'],
    ['morosa', 'reclamo_5'], ['morosa'], ['suspendida', 'suspendida'], ['suspendida'],
  ]);
  expect(await subscripcion(owner)).toMatchObject({ solo_lectura: true });

  const paga = mas(vence, 40);
  await cobros.pagar(id(owner), paga);
  const otra = await subscripcion(owner);
  expect(otra).toMatchObject({ estado: 'activa', solo_lectura: false, deuda_vence_en: null, fecha_proximo_pago: new Date(paga).toISOString() });
  await tick(paga);
  const next = await subscripcion(owner);
  expect([next.periodo_inicio, (Date.parse(next.fecha_proximo_pago) - Date.parse(paga)) / DIA > 27]).toEqual([new Date(paga).toISOString(), true]);
  expect(await historia(api, id(owner))).toEqual([
    'alta prueba', 'fin_de_prueba expirada', 'cambio_plan expirada', 'pago activa', 'renovacion activa', 'impago morosa', 'suspension suspendida', 'pago activa', 'renovacion activa',
  ]);
  expect(cobros.de(id(owner)).map(({ total, lineas }) => [total, lineas.map(({ descripcion }) => descripcion)])).toEqual(
    Array.from({ length: 3 }, () => ['15.00', ['Básico (mensual)']]));
}, 60_000);

test('a bill paid late but within its grace leaves the business as it was', async () => {
  const owner = await customer('profesional');
  const { fecha_proximo_pago: fin } = await subscripcion(owner);
  await correr(api, 'subscripciones', mas(fin, 0.1));
  await correr(api, 'subscripciones', mas(fin, 4));
  expect((await subscripcion(owner)).estado).toBe('morosa');
  expect((await owner.request('POST', '/clients', { nombre: 'Sigue' })).status).toBe(201);
  await cobros.pagar(id(owner), mas(fin, 5));
  const after = await subscripcion(owner);
  expect(after).toMatchObject({ estado: 'activa', deuda_vence_en: null });
  expect(after.periodo_inicio).toBe(fin);
});

const MINUTE = 1 / 1440;
const LATE: [since: string, fin: string, late: number, next: string][] = [
  ['2027-01-31T15:00:00Z', '2027-02-28T15:00:00Z', 5 * MINUTE, '2027-03-31T15:00:00Z'],
  ['2028-01-31T15:00:00Z', '2028-02-29T15:00:00Z', 5 * MINUTE, '2028-03-31T15:00:00Z'],
  ['2028-02-29T15:00:00Z', '2028-03-29T15:00:00Z', 5 * MINUTE, '2028-04-29T15:00:00Z'],
  ['2027-01-31T15:00:00Z', '2027-02-28T15:00:00Z', -5 * MINUTE, '2027-03-31T15:00:00Z'],
  ['2027-01-31T15:00:00Z', '2027-02-28T15:00:00Z', 0, '2027-03-31T15:00:00Z'],
  ['2027-01-31T15:00:00Z', '2027-02-28T15:00:00Z', 3, '2027-03-31T15:00:00Z'],
];
test.each(LATE.flatMap((row) => (['pagar', 'anular'] as const).map((how) => [how, ...row] as const)))(
  '%s what is owed since before, by who came on %s and whose period ended on %s, %d days after that, leaves the next end on %s', async (how, since, fin, late, next) => {
    const owner = await customer('basico', 'mensual', since);
    expect((await subscripcion(owner)).fecha_proximo_pago).toBe(new Date(fin).toISOString());
    // An upgrade falls due within the period; the clock saw that, and has not come to the end of it.
    expect((await change(owner, { plan: 'profesional' }, mas(fin, -4))).body.aplicado).toBe(true);
    await correr(api, 'subscripciones', mas(fin, -0.5));
    expect((await subscripcion(owner)).estado).toBe('morosa');
    await cobros[how](id(owner), mas(fin, late));
    expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', fecha_proximo_pago: new Date(fin).toISOString() });
    await correr(api, 'subscripciones', mas(fin, late + 0.01));
    const { periodo_inicio, fecha_proximo_pago } = await subscripcion(owner);
    expect([periodo_inicio, fecha_proximo_pago]).toEqual([new Date(fin).toISOString(), new Date(next).toISOString()]);
    expect(cobros.de(id(owner)).filter((factura) => factura.periodo_inicio.getTime() === Date.parse(fin))).toHaveLength(1);
  });

test('days are those of the organisation: the same instant is the day before in Santiago and the day in Auckland', async () => {
  const owners = await Promise.all(['America/Santiago', 'Pacific/Auckland'].map((zona_horaria) => register(api, { zona_horaria })));
  // The trial ends at 02:00 UTC: the 19th at 22:00 or 23:00 in Santiago, the 20th at 14:00 or 15:00 in Auckland.
  for (const owner of owners) await query(api, "update subscripciones set fecha_fin_prueba = '2027-05-20T02:00:00Z' where organizacion_id = $1", [id(owner)]);
  await correr(api, 'subscripciones', '2027-05-12T05:00:00Z'); // the 12th at 01:00 and at 17:00
  expect(await Promise.all(owners.map((owner) => avisos(api, id(owner))))).toEqual([['prueba_7'], []]);
  await correr(api, 'subscripciones', '2027-05-12T12:30:00Z'); // the 13th at 00:30 in Auckland
  expect(await Promise.all(owners.map((owner) => avisos(api, id(owner))))).toEqual([['prueba_7'], ['prueba_7']]);
});

test('who cancels a trial at its end is not told that it ends, as who does not is', async () => {
  const owners = [await register(api), await register(api)];
  expect((await owners[0].request('POST', '/billing/subscription/cancel', {})).body).toMatchObject({ estado: 'prueba', cancelar_al_final: true });
  const { fecha_fin_prueba: fin } = await subscripcion(owners[1]); // a moment after that of the first
  for (const dias of [-7, -0.5, 0.01]) await correr(api, 'subscripciones', mas(fin, dias));
  const became = (owner: Member) => Promise.all([subscripcion(owner).then(({ estado }) => estado), avisos(api, id(owner))]);
  expect(await Promise.all(owners.map(became))).toEqual([['cancelada', []], ['expirada', ['prueba_7', 'prueba_1', 'prueba_vencida']]]);
});

test('going up is at once, at the price of what is left; the shown amount is the billed one', async () => {
  const owner = await customer('basico');
  const { periodo_inicio, fecha_proximo_pago } = await subscripcion(owner);
  const half = new Date((Date.parse(periodo_inicio) + Date.parse(fecha_proximo_pago)) / 2).toISOString();
  const shown = await change(owner, { plan: 'profesional', vista_previa: true }, half);
  expect(shown.body).toEqual({
    aplicado: false, momento: 'inmediato', plan: 'profesional', ciclo: 'mensual', precio: '35.00', credito: '7.50', cargo: '17.50', importe: '10.00', moneda: 'USD', periodo_inicio,
    periodo_fin: fecha_proximo_pago,
  });
  expect((await subscripcion(owner)).codigo_plan).toBe('basico');
  const done = await change(owner, { plan: 'profesional' }, half);
  expect(done.body).toEqual({ ...shown.body, aplicado: true });
  expect(cobros.de(id(owner)).at(-1)).toMatchObject({ total: '10.00', lineas: [{ importe: '17.50' }, { importe: '-7.50' }] });
  expect(await subscripcion(owner)).toMatchObject({ codigo_plan: 'profesional', precio_actual: '35.00', fecha_proximo_pago });
  expect(await query(api, 'select plan_actual from organizaciones where id = $1', [id(owner)])).toEqual([{ plan_actual: 'profesional' }]);
});

test('to a year: a period of its own from now, less what is left of the month; back to a month: at its end', async () => {
  const owner = await customer('basico');
  const { periodo_inicio, fecha_proximo_pago } = await subscripcion(owner);
  const half = new Date((Date.parse(periodo_inicio) + Date.parse(fecha_proximo_pago)) / 2).toISOString();
  const { body } = await change(owner, { plan: 'basico', ciclo: 'anual' }, half);
  expect(body).toMatchObject({ aplicado: true, credito: '7.50', cargo: '150.00', importe: '142.50', periodo_inicio: half });
  expect(Math.round((Date.parse(body.periodo_fin) - Date.parse(half)) / DIA)).toBeGreaterThanOrEqual(365);
  await cobros.pagar(id(owner), half);
  expect((await change(owner, { plan: 'basico', ciclo: 'mensual' }, half)).body).toMatchObject({ momento: 'fin_de_periodo', importe: '0.00', periodo_inicio: body.periodo_fin });
});

test('going down waits for the end of the period, is looked at again then, and tells the admin when it no longer fits', async () => {
  const owner = await customer('profesional');
  const fits = await customer('profesional');
  for (const one of [owner, fits]) {
    expect((await change(one, { plan: 'basico' })).body).toMatchObject({ aplicado: true, momento: 'fin_de_periodo' });
    expect(await subscripcion(one)).toMatchObject({ codigo_plan: 'profesional', plan_siguiente: 'basico', ciclo_siguiente: 'mensual' });
  }
  for (let i = 0; i < 5; i++) expect((await owner.request('POST', '/professionals', { nombre_completo: `P${i}`, tipo_profesional: 'barbero' })).status).toBe(201);
  const fin = (await subscripcion(owner)).fecha_proximo_pago;
  await correr(api, 'subscripciones', mas(fin, 0.1));
  expect(await subscripcion(owner)).toMatchObject({ codigo_plan: 'profesional', plan_siguiente: null, precio_actual: '35.00' });
  expect(await avisos(api, id(owner))).toContain('cambio_no_cabe');
  expect(await subscripcion(fits)).toMatchObject({ codigo_plan: 'basico', plan_siguiente: null, precio_actual: '15.00' });
  expect(cobros.de(id(fits)).at(-1)!.total).toBe('15.00');
  expect((await historia(api, id(fits))).at(-1)).toBe('cambio_plan activa');

  const refused = await change(owner, { plan: 'basico' });
  expect([refused.status, refused.body.codigo]).toEqual([409, 'pago_pendiente']);
  await cobros.pagar(id(owner));
  const { status, body } = await change(owner, { plan: 'basico' });
  expect([status, body.codigo, body.plan, body.medidas]).toEqual([409, 'uso_no_cabe', 'basico', [{ medida: 'profesionales', uso: 5, limite: 4 }]]);
});

test('a plan that is taken off the list is still given to who had asked for it, and to nobody who asks then', async () => {
  const [asked, asks] = [await customer('profesional'), await customer('profesional')];
  expect((await change(asked, { plan: 'basico' })).body).toMatchObject({ aplicado: true, momento: 'fin_de_periodo' });
  const { fecha_proximo_pago: fin } = await subscripcion(asked);
  const [{ id: basico }] = await query(api, "select id from planes_subscripcion where codigo_plan = 'basico'");
  expect((await root.request('PATCH', `/admin/plans/${basico}`, { activo: false })).status).toBe(200);
  try {
    expect((await asks.request('GET', '/billing/plans')).body.map(({ codigo_plan }: any) => codigo_plan)).toEqual(['trial', 'profesional', 'empresarial', 'custom']);
    const refused = await change(asks, { plan: 'basico' });
    expect([refused.status, refused.body.codigo]).toEqual([409, 'plan_no_disponible']);
    expect((await change(asks, { plan: 'basico', vista_previa: true })).body.codigo).toBe('plan_no_disponible');
    expect((await change(await register(api), { plan: 'basico' })).body.codigo).toBe('plan_no_disponible');
    await correr(api, 'subscripciones', mas(fin, 0.1));
  } finally {
    await root.request('PATCH', `/admin/plans/${basico}`, { activo: true });
  }
  expect(await subscripcion(asked)).toMatchObject({ codigo_plan: 'basico', plan_siguiente: null, precio_actual: '15.00' });
  expect(await subscripcion(asks)).toMatchObject({ codigo_plan: 'profesional', plan_siguiente: null });
  expect(cobros.de(id(asked)).at(-1)!.total).toBe('15.00');
});

test('asking for the plan one has drops the change that waited, and says so when there is none', async () => {
  const owner = await customer('profesional');
  await change(owner, { plan: 'basico' });
  expect((await change(owner, { plan: 'profesional' })).body).toMatchObject({ aplicado: true, importe: '0.00' });
  expect(await subscripcion(owner)).toMatchObject({ plan_siguiente: null, codigo_plan: 'profesional' });
  expect((await change(owner, { plan: 'profesional' })).body.codigo).toBe('sin_cambio');
});

test('a customer keeps the price of when they came; the discount counts in every amount', async () => {
  const owner = await customer('basico');
  const fixed = await root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { descuento_porcentaje: '33.33', motivo: 'Un año con nosotros' });
  expect([fixed.status, fixed.body.descuento_porcentaje]).toEqual([200, '33.33']);
  await query(api, "update planes_subscripcion set precio_mensual = 19 where codigo_plan = 'basico'");
  try {
    const { fecha_proximo_pago: fin } = await subscripcion(owner);
    await correr(api, 'subscripciones', mas(fin, 0.1));
    expect(await subscripcion(owner)).toMatchObject({ precio_actual: '15.00' });
    expect(cobros.de(id(owner)).at(-1)!.total).toBe('10.00');
  } finally {
    await query(api, "update planes_subscripcion set precio_mensual = 15 where codigo_plan = 'basico'");
  }
});

test('cancelling at the end keeps what was paid for; reactivating undoes it, also after', async () => {
  const owner = await customer('basico');
  const cancel = (body: object) => owner.request('POST', '/billing/subscription/cancel', body);
  expect((await cancel({ motivo: 'Cerramos' })).body).toMatchObject({ estado: 'activa', cancelar_al_final: true, motivo_cancelacion: 'Cerramos', solo_lectura: false });
  expect((await cancel({})).body.codigo).toBe('transicion_de_subscripcion');
  expect((await owner.request('POST', '/billing/subscription/reactivate')).body).toMatchObject({ estado: 'activa', cancelar_al_final: false, motivo_cancelacion: null });
  expect((await cancel({ al_final: false })).body).toMatchObject({ estado: 'cancelada', solo_lectura: true });
  expect((await cancel({ al_final: false })).body.codigo).toBe('transicion_de_subscripcion');
  expect((await owner.request('POST', '/clients', { nombre: 'No' })).body.codigo).toBe('subscripcion_suspendida');
  // Within the paid period nothing is charged again.
  const charged = cobros.de(id(owner)).length;
  expect((await owner.request('POST', '/billing/subscription/reactivate')).body).toMatchObject({ estado: 'activa', solo_lectura: false, fecha_fin: null });
  expect(cobros.de(id(owner))).toHaveLength(charged);
  await cancel({});
  const { fecha_proximo_pago: fin } = await subscripcion(owner);
  await correr(api, 'subscripciones', mas(fin, 0.1));
  expect(await subscripcion(owner)).toMatchObject({ estado: 'cancelada', solo_lectura: true, fecha_fin: fin });
  expect(cobros.de(id(owner))).toHaveLength(charged);
  const late = await owner.request('POST', '/billing/subscription/reactivate', undefined, enEl(mas(fin, 1)));
  expect([late.status, late.body.codigo]).toEqual([409, 'transicion_de_subscripcion']);
  expect((await change(owner, { plan: 'profesional' }, mas(fin, 1))).body).toMatchObject({ aplicado: false, importe: '35.00' });
  await cobros.pagar(id(owner), mas(fin, 1));
  expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', codigo_plan: 'profesional', periodo_inicio: mas(fin, 1) });
});

test.each([['pagar', 1, 'morosa'], ['pagar', 8, 'suspendida'], ['anular', 1, 'morosa'], ['anular', 8, 'suspendida']] as const)(
  '%s what is owed, %d days past due and %s, does not take back that the customer cancelled at the end: no other period is charged', async (how, late, estado) => {
    const owner = await register(api);
    await change(owner, { plan: 'basico', ciclo: 'anual' });
    await owner.request('POST', '/billing/subscription/cancel', { motivo: 'Cerramos' });
    const { deuda_vence_en: vence, fecha_proximo_pago, fecha_fin_prueba } = await subscripcion(owner);
    // What is withdrawn was never paid: the trial goes on, to its end.
    const [sigue, fin] = how === 'pagar' ? ['activa', fecha_proximo_pago] : ['prueba', fecha_fin_prueba];
    await correr(api, 'subscripciones', mas(vence, late));
    expect(await subscripcion(owner)).toMatchObject({ estado, cancelar_al_final: true });
    await cobros[how](id(owner), mas(vence, late));
    expect(await subscripcion(owner)).toMatchObject({ estado: sigue, cancelar_al_final: true, motivo_cancelacion: 'Cerramos', fecha_proximo_pago: how === 'pagar' ? fin : null });
    await correr(api, 'subscripciones', mas(fin, how === 'pagar' ? 0.1 : 0)); // who cancels a trial has it until the clock comes
    expect(await subscripcion(owner)).toMatchObject({ estado: 'cancelada', fecha_fin: fin });
    expect(cobros.de(id(owner))).toHaveLength(1);
  });

test('of parallel changes to the same plan one wins and the others answer 409; one row of history, one invoice', async () => {
  const owner = await customer('basico');
  const before = [(await historia(api, id(owner))).length, cobros.de(id(owner)).length];
  const answers = await Promise.all(Array.from({ length: 6 }, () => change(owner, { plan: 'profesional' })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  for (const { status, body } of answers) if (status === 409) expect(['cambio_simultaneo', 'sin_cambio', 'pago_pendiente']).toContain(body.codigo);
  expect([(await historia(api, id(owner))).length, cobros.de(id(owner)).length]).toEqual(before.map((n) => n + 1));
});

test('after months without the clock every period is billed once, in order, and there is time to pay', async () => {
  const owner = await customer('basico', 'mensual', '2027-01-31T15:00:00Z');
  await correr(api, 'subscripciones', '2027-05-15T00:00:00Z');
  const ends = cobros.de(id(owner)).map(({ periodo_fin }) => periodo_fin.toISOString().slice(0, 10));
  expect(ends).toEqual(['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']);
  expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', deuda_vence_en: '2027-05-18T00:00:00.000Z' });
});

test('the platform sets price, plan and state, and lengthens a trial, also one that is over; others may not', async () => {
  const owner = await register(api);
  const path = `/admin/organizations/${id(owner)}/subscription`;
  const { fecha_fin_prueba: fin } = await subscripcion(owner);
  const longer = await root.request('POST', `${path}/extend-trial`, { dias: 7, motivo: 'Migran su agenda' });
  expect([longer.status, longer.body.fecha_fin_prueba]).toEqual([201, mas(fin, 7)]);
  await correr(api, 'subscripciones', mas(fin, 8));
  expect((await subscripcion(owner)).estado).toBe('expirada');
  const again = await root.request('POST', `${path}/extend-trial`, { dias: 3, motivo: 'Otra oportunidad' }, enEl(mas(fin, 9)));
  expect(again.body).toMatchObject({ estado: 'prueba', fecha_fin_prueba: mas(fin, 12), solo_lectura: false });
  await correr(api, 'subscripciones', mas(fin, 9));
  expect((await avisos(api, id(owner))).filter((aviso) => aviso.startsWith('prueba_'))).toEqual(['prueba_vencida', 'prueba_3']);

  const custom = await root.request('PUT', path, { plan: 'custom', precio_actual: '120.00', estado: 'activa', motivo: 'Contrato 14' });
  expect(custom.body).toMatchObject({ codigo_plan: 'custom', precio_actual: '120.00', estado: 'activa' });
  expect(cobros.de(id(owner)).at(-1)!.total).toBe('120.00');
  expect((await root.request('PUT', path, { estado: 'suspendida', motivo: 'Fraude' })).body).toMatchObject({ estado: 'suspendida', solo_lectura: true });
  expect((await change(owner, { plan: 'basico' })).body.codigo).toBe('suspendida_por_plataforma');
  expect((await root.request('POST', `${path}/extend-trial`, { dias: 3, motivo: 'No' })).body.codigo).toBe('transicion_de_subscripcion');
  expect((await root.request('PUT', path, { estado: 'activa', motivo: 'Aclarado' })).body).toMatchObject({ estado: 'activa', deuda_vence_en: null, solo_lectura: false });
  expect((await root.request('PUT', path, { precio_actual: '10.5', moneda: 'CLP', motivo: 'x' })).body.codigo).toBe('decimales_invalidos');
  expect((await root.request('PUT', '/admin/organizations/999999/subscription', { motivo: 'x' })).status).toBe(404);
  expect((await root.request('GET', `/organizations/${id(owner)}/billing/subscription`)).body).toMatchObject({ codigo_plan: 'custom', estado: 'activa' });
  expect((await root.request('GET', `/organizations/${id(owner)}/billing/subscription/history`)).body.elementos[0]).toMatchObject({ rol: 'super_admin', motivo: 'Aclarado' });
  for (const request of [owner.request, (await employee(api, owner)).request]) {
    expect((await request('PUT', path, { motivo: 'x' })).status).toBe(403);
    expect((await request('POST', `${path}/extend-trial`, { dias: 1, motivo: 'x' })).status).toBe(403);
  }
  const [row] = await query(api, "select motivo, rol, importe from historial_subscripciones where organizacion_id = $1 and motivo = 'Contrato 14' order by id desc limit 1", [id(owner)]);
  expect(row).toEqual({ motivo: 'Contrato 14', rol: 'super_admin', importe: '120.00' });
});

test('a currency is that of an agreed price: without one it is that of the list, or refused', async () => {
  const owner = await customer('basico');
  const put = (body: object) => root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { motivo: 'x', ...body });
  for (const body of [{ plan: 'profesional', moneda: 'COP' }, { ciclo: 'anual', moneda: 'COP' }, { moneda: 'COP' }, { plan: 'profesional', moneda: 'COP', estado: 'activa' }]) {
    const refused = await put(body);
    expect([body, refused.status, refused.body.errores]).toEqual([body, 400, [expect.objectContaining({ campo: 'precio_actual' })]]);
  }
  expect(await subscripcion(owner)).toMatchObject({ codigo_plan: 'basico', ciclo: 'mensual', precio_actual: '15.00', moneda: 'USD' });
  expect((await put({ plan: 'profesional', moneda: 'USD' })).body).toMatchObject({ precio_actual: '35.00', moneda: 'USD' });
  expect((await put({ ciclo: 'anual', precio_actual: '1200000', moneda: 'COP' })).body).toMatchObject({ codigo_plan: 'profesional', precio_actual: '1200000.00', moneda: 'COP' });
});

test('who pays for a plan while the platform lengthens the trial that was over has what they paid for', async () => {
  const owner = await register(api);
  const { fecha_fin_prueba: fin } = await subscripcion(owner);
  await correr(api, 'subscripciones', fin);
  expect((await change(owner, { plan: 'basico' }, fin)).body).toMatchObject({ aplicado: false, importe: '15.00' });
  const longer = await root.request('POST', `/admin/organizations/${id(owner)}/subscription/extend-trial`, { dias: 5, motivo: 'Su banco tarda' }, enEl(fin));
  expect(longer.body).toMatchObject({ estado: 'prueba', solo_lectura: false });
  await cobros.pagar(id(owner), mas(fin, 2));
  await correr(api, 'subscripciones', mas(fin, 6));
  expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', codigo_plan: 'basico', periodo_inicio: mas(fin, 2), solo_lectura: false, deuda_vence_en: null });
  expect(cobros.de(id(owner))).toHaveLength(1);
});

test('who was suspended by the platform does not come back by cancelling and reactivating, whoever cancels; who paid what suspended them does', async () => {
  const [fraud, closed, late] = [await customer('basico'), await customer('basico'), await register(api)];
  const put = (owner: Member, estado: string) => root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { estado, motivo: 'Fraude' });
  for (const owner of [fraud, closed]) expect((await put(owner, 'suspendida')).status).toBe(200);
  expect((await put(closed, 'cancelada')).body.estado).toBe('cancelada');
  await change(late, { plan: 'basico', ciclo: 'anual' });
  const { deuda_vence_en: vence } = await subscripcion(late);
  await correr(api, 'subscripciones', mas(vence, 8));
  for (const owner of [fraud, late]) {
    expect((await subscripcion(owner)).estado).toBe('suspendida');
    expect((await owner.request('POST', '/billing/subscription/cancel', {})).body.estado).toBe('cancelada');
  }
  const { deuda_vence_en } = await subscripcion(late);
  expect(deuda_vence_en).toBe(vence);
  await query(api, 'update subscripciones set deuda_vence_en = null where organizacion_id = $1', [id(late)]); // as PagosService, of a debt from before
  const reactivate = async (owner: Member) => (await owner.request('POST', '/billing/subscription/reactivate')).body;
  expect(await reactivate(late)).toMatchObject({ estado: 'activa', solo_lectura: false });
  for (const owner of [fraud, closed]) {
    expect(await reactivate(owner)).toMatchObject({ codigo: 'suspendida_por_plataforma' });
    expect(await subscripcion(owner)).toMatchObject({ estado: 'cancelada', solo_lectura: true });
  }
});

test('the history is read in pages; propietario reads and does not change; nobody sees that of another', async () => {
  const owner = await openShop(api);
  const worker = await employee(api, owner);
  await change(owner, { plan: 'profesional' });
  const first = await owner.request('GET', '/billing/subscription/history?limite=1');
  expect(first.body.elementos).toMatchObject([{ tipo_evento: 'cambio_plan', plan_anterior: 'trial', plan_nuevo: 'profesional', importe: '35.00', usuario_id: owner.cuenta.usuario_id, rol: 'admin' }]);
  const second = await owner.request('GET', `/billing/subscription/history?limite=1&cursor=${first.body.cursor}`);
  expect(second.body).toMatchObject({ elementos: [{ tipo_evento: 'alta' }], cursor: null });
  expect((await worker.request('GET', '/billing/subscription')).status).toBe(403);
  await expectRefused((body) => owner.request('POST', '/billing/subscription/change', { plan: 'basico', ...body }), [
    ['plan', 'trial', 'valores'], ['plan', 'custom', 'valores'], ['ciclo', 'semanal', 'valores'], ['vista_previa', 'sí', 'booleano'],
  ]);
});
