// A plan that was chosen and is not paid yet.
import { register, startApi, type Api, type Member } from './api.js';
import { query } from './checks.js';
import { change, enEl, facturas, id, mas, subscripcion } from './subscripciones-kit.js';
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

/** Who paid for a month of basico, and cancelled at once. */
async function cancelled(): Promise<Member> {
  const owner = await register(api);
  expect((await change(owner, { plan: 'basico' })).body.aplicado).toBe(true);
  await cobros.pagar(id(owner));
  expect((await owner.request('POST', '/billing/subscription/cancel', { al_final: false })).body.estado).toBe('cancelada');
  return owner;
}

test('what is chosen after cancelling is had when it is paid, and not when its invoice is withdrawn; what was paid before is given back', async () => {
  const [withdrawn, pays] = [await cancelled(), await cancelled()];
  const { fecha_proximo_pago: fin } = await subscripcion(withdrawn);
  for (const owner of [withdrawn, pays]) {
    expect((await change(owner, { plan: 'empresarial' })).body).toMatchObject({ aplicado: false, importe: '99.00' });
    expect(await subscripcion(owner)).toMatchObject({ estado: 'cancelada', codigo_plan: 'basico', precio_actual: '15.00', plan_siguiente: 'empresarial', ciclo_siguiente: 'mensual' });
  }
  await cobros.anular(id(withdrawn));
  expect((await withdrawn.request('POST', '/billing/subscription/reactivate')).body).toMatchObject({
    estado: 'activa', codigo_plan: 'basico', precio_actual: '15.00', plan_siguiente: null, fecha_proximo_pago: fin, deuda_vence_en: null,
  });
  // What its invoice was made of is what it costs from then on, whatever the list says on the day of the payment.
  await query(api, "update planes_subscripcion set precio_mensual = 119 where codigo_plan = 'empresarial'");
  try {
    await cobros.pagar(id(pays));
  } finally {
    await query(api, "update planes_subscripcion set precio_mensual = 99 where codigo_plan = 'empresarial'");
  }
  expect(await subscripcion(pays)).toMatchObject({ estado: 'activa', codigo_plan: 'empresarial', precio_actual: '99.00', plan_siguiente: null, solo_lectura: false });
});

test('a trial that the platform lengthens is of the plan of the trial until what was chosen is paid, also when it is to end by itself', async () => {
  const [waits, ends] = [await register(api), await register(api)];
  const { fecha_fin_prueba: fin } = await subscripcion(ends);
  await correr(api, 'subscripciones', fin);
  for (const owner of [waits, ends]) {
    expect((await change(owner, { plan: 'empresarial' }, fin)).body.aplicado).toBe(false);
    await root.request('POST', `/admin/organizations/${id(owner)}/subscription/extend-trial`, { dias: 5, motivo: 'Su banco tarda' }, enEl(fin));
    expect(await subscripcion(owner)).toMatchObject({ estado: 'prueba', codigo_plan: 'trial' });
  }
  await cobros.anular(id(waits), fin);
  expect(await subscripcion(waits)).toMatchObject({ estado: 'prueba', codigo_plan: 'trial', plan_siguiente: null });
  expect((await ends.request('POST', '/billing/subscription/cancel', {}, enEl(fin))).body).toMatchObject({ cancelar_al_final: true });
  await cobros.pagar(id(ends), mas(fin, 1));
  expect(await subscripcion(ends)).toMatchObject({ estado: 'activa', codigo_plan: 'empresarial', precio_actual: '99.00' });
});

test('the platform activates who chose and did not pay: within a paid period with what was paid, else with what was chosen; other terms name the plan', async () => {
  const [within, after] = [await cancelled(), await register(api)];
  await query(api, "update subscripciones set estado = 'expirada' where organizacion_id = $1", [id(after)]);
  const put = (owner: Member, body: object) => root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { motivo: 'Acuerdo', ...body });
  for (const owner of [within, after]) {
    expect((await change(owner, { plan: 'empresarial' })).body.aplicado).toBe(false);
    for (const terms of [{ ciclo: 'anual' }, { precio_actual: '80.00' }]) {
      const refused = await put(owner, terms);
      expect([refused.status, refused.body.errores]).toEqual([400, [expect.objectContaining({ campo: 'plan' })]]);
    }
  }
  expect((await put(within, { estado: 'activa' })).body).toMatchObject({ estado: 'activa', codigo_plan: 'basico', plan_siguiente: null });
  expect((await put(after, { estado: 'activa' })).body).toMatchObject({ estado: 'activa', codigo_plan: 'empresarial', precio_actual: '99.00', plan_siguiente: null });
});

test('a choice costs from then on what it was shown to cost: what was agreed on it in a trial, and the list after the end', async () => {
  const [trial, over] = [await register(api), await cancelled()];
  const put = async (owner: Member, body: object) => expect((await root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { motivo: 'Acuerdo', ...body })).status).toBe(200);
  await put(trial, { plan: 'profesional', precio_actual: '20.00' });
  await put(over, { precio_actual: '9.99', descuento_porcentaje: '100.00' }); // nothing to pay: it begins at once
  for (const [owner, plan, precio, importe] of [[trial, 'profesional', '20.00', '20.00'], [over, 'basico', '15.00', '0.00']] as const) {
    expect((await change(owner, { plan })).body).toMatchObject({ aplicado: true, precio, importe });
    expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', codigo_plan: plan, precio_actual: precio });
  }
});
