// What was had at once and never paid for: its invoice is withdrawn, in whatever order.
import { startApi, type Api, type Member } from './api.js';
import { conFactura } from './facturas-kit.js';
import { avisos, change, enEl, id, mas, subscripcion } from './subscripciones-kit.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';
import { correr } from './tareas.js';

let api: Api;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  root = await superAdmin(api);
});
afterAll(() => api.close());

const invoices = async (owner: Member): Promise<any[]> => (await owner.request('GET', '/billing/invoices')).body.elementos;
const onInvoice = (owner: Member, factura: any, action: string, body: object, ahora?: string) =>
  root.request('POST', `/admin/organizations/${id(owner)}/invoices/${factura.id}/${action}`, body, ahora ? enEl(ahora) : {});
const pay = (owner: Member, factura: any, ahora?: string) => onInvoice(owner, factura, 'payments', { importe: factura.total, moneda: factura.moneda, referencia: `TR-${factura.id}` }, ahora);
const withdraw = (owner: Member, factura: any, ahora?: string) => onInvoice(owner, factura, 'void', { motivo: 'Equivocada' }, ahora);
const platform = (owner: Member, body: object) => root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { motivo: 'Acuerdo', ...body });

const STEPS: Record<string, (owner: Member) => Promise<{ status: number; body: any }>> = {
  up: (owner) => change(owner, { plan: 'empresarial' }),
  year: (owner) => change(owner, { plan: 'empresarial', ciclo: 'anual' }),
  down: (owner) => change(owner, { plan: 'basico' }),
  cancel: (owner) => owner.request('POST', '/billing/subscription/cancel', { al_final: false }),
  'cancel at the end': (owner) => owner.request('POST', '/billing/subscription/cancel', {}),
  reactivate: (owner) => owner.request('POST', '/billing/subscription/reactivate'),
  withdraw: async (owner) => withdraw(owner, (await invoices(owner))[0]),
  pay: async (owner) => pay(owner, (await invoices(owner))[0]),
  agree: (owner) => platform(owner, { plan: 'empresarial', precio_actual: '50.00' }),
  forgive: (owner) => platform(owner, { estado: 'activa' }),
};
const OWED = 'pago_pendiente';
const OVER = 'transicion_de_subscripcion';
const PAID = { estado: 'activa', codigo_plan: 'profesional', ciclo: 'mensual', precio_actual: '35.00', deuda_vence_en: null };
const LARGER = { ...PAID, codigo_plan: 'empresarial', precio_actual: '99.00' };
const TRIAL = { estado: 'prueba', codigo_plan: 'trial', precio_actual: '0.00', periodo_inicio: null, fecha_proximo_pago: null, deuda_vence_en: null };

/** A step that is refused is written with its problem. What is paid is a month of profesional. */
const TABLE: [from: string, steps: string[], after: object][] = [
  ['paid', ['up', 'withdraw'], PAID],
  ['paid', ['up', 'withdraw', 'cancel', 'reactivate'], PAID],
  ['paid', ['up', 'cancel', `reactivate ${OWED}`, 'withdraw', 'reactivate'], PAID],
  ['paid', ['year', 'withdraw'], PAID],
  ['paid', ['year', 'cancel', 'withdraw', 'reactivate'], PAID],
  ['paid', ['up', 'cancel at the end', 'withdraw'], { ...PAID, cancelar_al_final: true }],
  ['paid', ['cancel at the end', 'up', 'withdraw'], { ...PAID, cancelar_al_final: false }],
  ['paid', ['down', 'up', 'withdraw'], { ...PAID, plan_siguiente: 'basico', ciclo_siguiente: 'mensual' }],
  ['paid', ['down', 'up', 'cancel', 'withdraw', 'reactivate'], { ...PAID, plan_siguiente: null }],
  ['paid', ['up', `down ${OWED}`, 'withdraw', 'down'], { ...PAID, plan_siguiente: 'basico' }],
  ['paid', ['up', 'pay', 'withdraw factura_no_cobrable', 'cancel', 'reactivate'], LARGER],
  ['paid', ['up', 'cancel', 'pay', 'reactivate'], LARGER],
  ['paid', ['up', 'withdraw', 'up', 'pay'], LARGER],
  ['paid', ['up', 'agree', 'withdraw'], { ...LARGER, precio_actual: '50.00' }],
  ['paid', ['up', 'forgive', 'withdraw'], LARGER],
  ['trial', ['up', 'withdraw'], TRIAL],
  ['trial', ['year', 'withdraw', `reactivate ${OVER}`, 'up', 'pay'], LARGER],
  ['trial', ['up', 'cancel at the end', 'withdraw'], { ...TRIAL, cancelar_al_final: true }],
  ['trial', ['up', 'withdraw', 'cancel', `reactivate ${OVER}`], { ...TRIAL, estado: 'cancelada' }],
  ['trial', ['up', 'cancel', 'withdraw', `reactivate ${OVER}`], { estado: 'cancelada', solo_lectura: true, deuda_vence_en: null }],
  ['trial', ['up', 'cancel', 'withdraw', 'up', 'withdraw', `reactivate ${OVER}`], { estado: 'cancelada', plan_siguiente: null }],
];

test.each(TABLE)('%s: %j', async (from, steps, after) => {
  const { factura, ...owner } = await conFactura(api, { pais: 'US' }, 'profesional');
  if (from === 'paid') await pay(owner, factura);
  else expect((await withdraw(owner, factura)).status).toBe(201);
  const { periodo_inicio, fecha_proximo_pago } = await subscripcion(owner);
  for (const step of steps) {
    const [, name, problem] = /^(.+?)(?: (\w+_\w+))?$/.exec(step)!;
    expect([step, (await STEPS[name](owner)).body.codigo]).toEqual([step, problem]);
  }
  const kept = from === 'paid' ? { periodo_inicio, fecha_proximo_pago } : {};
  expect(await subscripcion(owner)).toMatchObject({ ...kept, ...after });
});

/** A month that was paid, a larger plan on its last day, and the next month: both invoices are owed. */
async function upAndOn(): Promise<{ owner: Member; up: any; next: any; on: string }> {
  const { factura, ...owner } = await conFactura(api, { pais: 'US' }, 'profesional');
  await pay(owner, factura);
  const { fecha_proximo_pago: fin } = await subscripcion(owner);
  expect((await change(owner, { plan: 'empresarial' }, mas(fin, -1))).body).toMatchObject({ aplicado: true });
  const on = mas(fin, 0, 1);
  await correr(api, 'subscripciones', on);
  const [next, up] = await invoices(owner);
  expect(next).toMatchObject({ total: '99.00', periodo_inicio: fin });
  return { owner, up, next, on };
}

test.each([
  [['withdraw up', 'pay next'], LARGER], [['pay next', 'withdraw up'], LARGER], [['pay up', 'withdraw next'], LARGER], [['withdraw next', 'pay up'], LARGER],
  [['withdraw up', 'withdraw next'], PAID], [['withdraw next', 'withdraw up'], PAID],
])('the larger plan of a month that went on unpaid, %j', async (steps, after) => {
  const { owner, on, ...found } = await upAndOn();
  for (const step of steps) {
    const [action, which] = step.split(' ');
    expect((await (action === 'pay' ? pay : withdraw)(owner, found[which as 'up' | 'next'], on)).status).toBe(201);
  }
  expect(await subscripcion(owner)).toMatchObject(after);
  // The month that goes on is charged at what is had: once.
  await correr(api, 'subscripciones', mas(on, 1));
  const [last] = await invoices(owner);
  expect([last.periodo_inicio, last.estado, last.total]).toEqual(after === PAID ? [found.next.periodo_inicio, 'emitida', '35.00'] : [found.next.periodo_inicio, expect.not.stringMatching('emitida'), '99.00']);
});

test('who cancels a month that was not paid, and has its invoice withdrawn, does not come back to it; who goes on is given it', async () => {
  for (const cancels of [true, false]) {
    const { factura, ...owner } = await conFactura(api, { pais: 'US' });
    await pay(owner, factura);
    const { fecha_proximo_pago: fin } = await subscripcion(owner);
    const on = mas(fin, 0, 1);
    await correr(api, 'subscripciones', on);
    if (cancels) expect((await owner.request('POST', '/billing/subscription/cancel', { al_final: false }, enEl(on))).status).toBe(201);
    await withdraw(owner, (await invoices(owner))[0], on);
    const again = await owner.request('POST', '/billing/subscription/reactivate', undefined, enEl(on));
    expect([cancels, again.body.codigo, (await subscripcion(owner)).estado]).toEqual([cancels, OVER, cancels ? 'cancelada' : 'activa']);
  }
});

test('suspended for it, or past the end of the trial: what there was before begins where it may', async () => {
  const { factura, ...paid } = await conFactura(api, { pais: 'US' }, 'profesional');
  await pay(paid, factura);
  const trial = await conFactura(api, { pais: 'US' }, 'empresarial');
  await change(paid, { plan: 'empresarial', ciclo: 'anual' });
  const { fecha_proximo_pago: fin } = await subscripcion(paid);
  const late = mas(fin, -300);
  await correr(api, 'subscripciones', late);
  await correr(api, 'subscripciones', late);
  for (const owner of [paid, trial]) {
    expect((await subscripcion(owner)).estado).toBe('suspendida');
    await withdraw(owner, (await invoices(owner))[0], late);
  }
  expect(await subscripcion(paid)).toMatchObject({ ...PAID, fecha_proximo_pago: late });
  await correr(api, 'subscripciones', late);
  expect(await subscripcion(trial)).toMatchObject({ ...TRIAL, estado: 'expirada' });
  expect((await invoices(paid))[0]).toMatchObject({ estado: 'emitida', total: '35.00', periodo_inicio: late });
});

describe('a suspension by the platform', () => {
  const suspended = async (owner: Member, steps: (() => Promise<{ status: number }>)[], estado = 'suspendida') => {
    for (const step of steps) expect((await step()).status).toBeLessThan(300);
    expect(await subscripcion(owner)).toMatchObject({ estado, solo_lectura: true, deuda_vence_en: null });
    for (const [path, body] of [['change', { plan: 'empresarial' }], ['reactivate', undefined]] as const) {
      expect((await owner.request('POST', `/billing/subscription/${path}`, body)).body.codigo).toBe('suspendida_por_plataforma');
    }
    expect((await platform(owner, { estado: 'activa' })).body).toMatchObject({ estado: 'activa', solo_lectura: false });
    expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).status).toBe(201);
  };
  const stop = (owner: Member) => () => platform(owner, { estado: 'suspendida', motivo: 'Fraude' });

  test('is not lifted by paying what was forgiven', async () => {
    const { factura, ...owner } = await conFactura(api);
    await suspended(owner, [() => platform(owner, { estado: 'activa' }), stop(owner), () => pay(owner, factura)]);
  });

  test('is not lifted by paying what is owed, nor when that is withdrawn, nor by cancelling then', async () => {
    for (const settle of [pay, withdraw]) {
      for (const cancels of [false, true]) {
        const { factura, ...owner } = await conFactura(api, {}, 'profesional');
        const cancel = cancels ? [() => STEPS.cancel(owner)] : [];
        await suspended(owner, [stop(owner), () => settle(owner, factura), ...cancel], cancels ? 'cancelada' : 'suspendida');
      }
    }
  });

  test('takes the place of one for a debt, which the history says with its reason, and a message to the business', async () => {
    const { factura, ...owner } = await conFactura(api);
    await correr(api, 'subscripciones', mas(factura.vence_en, 8));
    await correr(api, 'subscripciones', mas(factura.vence_en, 8));
    expect((await subscripcion(owner)).estado).toBe('suspendida');
    await suspended(owner, [stop(owner), stop(owner), () => pay(owner, factura)]);
    const { elementos } = (await owner.request('GET', '/billing/subscription/history')).body;
    expect(elementos.filter(({ motivo }: any) => motivo === 'Fraude')).toMatchObject([{ tipo_evento: 'ajuste_plataforma', estado_anterior: 'suspendida', estado_nuevo: 'suspendida', rol: 'super_admin' }]);
    expect((await avisos(api, id(owner))).slice(-3)).toEqual(['suspendida', 'suspendida_por_plataforma', 'reactivada']);
  });

  test('what was chosen in a trial and withdrawn meanwhile is charged when the platform lifts it, and a larger plan is not kept', async () => {
    const trial = await conFactura(api, { pais: 'US' }, 'profesional');
    await suspended(trial, [stop(trial), () => withdraw(trial, trial.factura)]);
    expect([await subscripcion(trial), (await invoices(trial))[0]]).toMatchObject([{ codigo_plan: 'profesional' }, { estado: 'emitida', total: '35.00' }]);
    const { factura, ...paid } = await conFactura(api, { pais: 'US' }, 'profesional');
    await pay(paid, factura);
    await STEPS.up(paid);
    await suspended(paid, [stop(paid), () => STEPS.withdraw(paid)]);
    expect(await subscripcion(paid)).toMatchObject(PAID);
  });
});
