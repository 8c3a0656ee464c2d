// Two requests at once about one subscription and its invoices: one after the other, whichever is first, and nobody sees an error of ours.
import { startApi, type Answer, type Api, type Member } from './api.js';
import { overtaken, query } from './checks.js';
import { conFactura } from './facturas-kit.js';
import { change, id, subscripcion } from './subscripciones-kit.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';

let api: Api;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  root = await superAdmin(api);
});
afterAll(() => api.close());

const ROUNDS = 12;
const invoices = async (owner: Member): Promise<any[]> => (await owner.request('GET', '/billing/invoices')).body.elementos;
const onInvoice = (owner: Member, factura: any, action: string, body: object) => root.request('POST', `/admin/organizations/${id(owner)}/invoices/${factura.id}/${action}`, body);
const pay = (owner: Member, factura: any) => onInvoice(owner, factura, 'payments', { importe: factura.total, moneda: factura.moneda, referencia: `TR-${factura.id}` });
const withdraw = (owner: Member, factura: any) => onInvoice(owner, factura, 'void', { motivo: 'Equivocada' });
const cancel = (owner: Member) => owner.request('POST', '/billing/subscription/cancel', { al_final: false });
const set = (owner: Member, estado: string) => root.request('PUT', `/admin/organizations/${id(owner)}/subscription`, { estado, motivo: 'x' });

/** A month of basico that is paid and, with `up`, a larger plan that is owed. */
async function customer(up?: string): Promise<Member & { owed: any }> {
  const { factura, ...owner } = await conFactura(api, { pais: 'US' });
  expect((await pay(owner, factura)).status).toBe(201);
  if (up) expect((await change(owner, { plan: up })).body.aplicado).toBe(true);
  return { ...owner, owed: (await invoices(owner))[0] };
}

const told = ({ status, body }: Answer) => (status < 300 ? 'done' : body.codigo);

/** Both at once, now one and now the other first on its way; what each was told. */
async function race(round: number, ...both: (() => Promise<Answer>)[]): Promise<string[]> {
  const order = round % 2 ? both.toReversed() : both;
  const answers = (await Promise.all(order.map((send) => send()))).map(told);
  return round % 2 ? answers.toReversed() : answers;
}

/** What the row says is owed is what its invoices say. */
async function expectWhole(owner: Member) {
  const owed = await query(api, "select min(vence_en) as vence from facturas where organizacion_id = $1 and estado = 'emitida'", [id(owner)]);
  const [row] = await query(api, 'select deuda_vence_en, antes from subscripciones where organizacion_id = $1', [id(owner)]);
  expect(row.deuda_vence_en).toEqual(owed[0].vence);
  if (!row.deuda_vence_en) expect(row.antes).toBeNull();
}

test('paid and withdrawn: one of them, and the plan is that of the one', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { owed, ...owner } = await customer('empresarial');
    const [paid, withdrawn] = await race(round, () => pay(owner, owed), () => withdraw(owner, owed));
    expect([paid, withdrawn].toSorted()).toEqual(['done', 'factura_no_cobrable']);
    const [{ estado }] = await invoices(owner);
    expect([estado, (await subscripcion(owner)).codigo_plan]).toEqual(paid === 'done' ? ['pagada', 'empresarial'] : ['anulada', 'basico']);
    await expectWhole(owner);
  }
}, 60_000);

test('two plans chosen: one is had, and one is charged', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const owner = await customer();
    const answers = await race(round, () => change(owner, { plan: 'profesional' }), () => change(owner, { plan: 'empresarial' }));
    expect([['done', 'cambio_simultaneo'], ['done', 'pago_pendiente']]).toContainEqual(answers[0] === 'done' ? answers : answers.toReversed());
    const [last, ...rest] = await invoices(owner);
    const plan = answers[0] === 'done' ? 'profesional' : 'empresarial';
    expect([(await subscripcion(owner)).codigo_plan, rest.length, last.estado]).toEqual([plan, 1, 'emitida']);
    await expectWhole(owner);
  }
}, 60_000);

test('cancelled and a larger plan chosen: what is done is what is had and charged', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const owner = await customer();
    const [cancelled, chosen] = await race(round, () => cancel(owner), () => change(owner, { plan: 'empresarial' }));
    for (const answer of [cancelled, chosen]) expect(['done', 'cambio_simultaneo']).toContain(answer);
    expect([cancelled, chosen]).toContain('done');
    const { estado } = await subscripcion(owner);
    expect([estado, (await invoices(owner)).length]).toEqual([cancelled === 'done' ? 'cancelada' : 'activa', chosen === 'done' ? 2 : 1]);
    await expectWhole(owner);
  }
}, 60_000);

test('cancelled twice: the second is told so, and the reason that stays is that of the first', async () => {
  for (const al_final of [true, false]) {
    const owner = await customer();
    const send = (motivo: string) => () => owner.request('POST', '/billing/subscription/cancel', { al_final, motivo });
    const answers = await overtaken(api, 'select from subscripciones where organizacion_id = $1 for update', [id(owner)], send('Cerramos'), send('Nos mudamos'));
    expect(answers.map(told)).toEqual(['done', 'cambio_simultaneo']);
    expect((await subscripcion(owner)).motivo_cancelacion).toBe('Cerramos');
  }
});

test('cancelled while what is owed is paid, or withdrawn: reactivated, it has what was paid', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { owed, ...owner } = await customer('empresarial');
    const pays = round % 4 < 2;
    const [cancelled, settled] = await race(round, () => cancel(owner), () => (pays ? pay : withdraw)(owner, owed));
    expect([settled, ['done', 'cambio_simultaneo'].includes(cancelled)]).toEqual(['done', true]);
    if (cancelled === 'done') expect(told(await owner.request('POST', '/billing/subscription/reactivate'))).toBe('done');
    expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', codigo_plan: pays ? 'empresarial' : 'basico', deuda_vence_en: null });
    await expectWhole(owner);
  }
}, 60_000);

test('paid while the platform suspends or forgives: the suspension stands, and the money is noted once', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { owed, ...owner } = await customer('empresarial');
    const estado = round % 4 < 2 ? 'suspendida' : 'activa';
    const [paid, ordered] = await race(round, () => pay(owner, owed), () => set(owner, estado));
    expect([paid, ['done', 'cambio_simultaneo'].includes(ordered)]).toEqual(['done', true]);
    expect(await subscripcion(owner)).toMatchObject({ estado: ordered === 'done' ? estado : 'activa', codigo_plan: 'empresarial', deuda_vence_en: null });
    expect(await query(api, 'select count(*)::int as n from pagos where organizacion_id = $1 and factura_id = $2 and not sobra', [id(owner), owed.id])).toEqual([{ n: 1 }]);
    await expectWhole(owner);
  }
}, 60_000);
