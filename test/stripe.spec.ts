// The gateway: a local stand-in of its API for what we ask, its own library's signatures for what it tells.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { registerClient, SECRETS, startApi, unique, type Api, type Member } from './api.js';
import { employee, query } from './checks.js';
import { conFactura } from './facturas-kit.js';
import { avisos, mas, subscripcion } from './subscripciones-kit.js';
import { correr } from './tareas.js';
import { readConfig } from '../src/config.js';
import { PasarelaStripe } from '../src/billing/stripe.pasarela.js';
import { aStripe, deStripe } from '../src/billing/stripe-importes.js';

const SECRET = 'whsec_de_prueba';
const stripe = new Stripe('sk_test_x');

interface Asked {
  path: string;
  form: URLSearchParams;
  key: string | undefined;
}

const asked: Asked[] = [];
let failing = false;
/** The same key is the same answer, and refused with anything else, as Stripe has it. */
const answers = new Map<string, { request: string; answer: string }>();
const standIn: Server = createServer((request, response) => {
  let body = '';
  request.on('data', (data) => (body += data));
  request.on('end', () => {
    const key = request.headers['idempotency-key'] as string | undefined;
    asked.push({ path: request.url!, form: new URLSearchParams(body), key });
    response.setHeader('content-type', 'application/json');
    if (failing) return response.writeHead(400).end(JSON.stringify({ error: { type: 'invalid_request_error', message: 'no' } }));
    const id = unique('x').replaceAll('-', '_');
    const made: Record<string, object> = {
      '/v1/customers': { id: `cus_${id}`, object: 'customer' },
      '/v1/checkout/sessions': { id: `cs_${id}`, object: 'checkout.session', url: `https://checkout.example/${id}` },
      '/v1/billing_portal/sessions': { id: `bps_${id}`, object: 'billing_portal.session', url: `https://portal.example/${id}` },
    };
    const said = { request: `${request.url} ${body}`, answer: JSON.stringify(made[request.url!]) };
    const before = answers.get(key ?? '') ?? said;
    if (before.request !== said.request) {
      const message = 'Keys for idempotent requests can only be used with the same parameters they were first used with.';
      return response.writeHead(400).end(JSON.stringify({ error: { type: 'idempotency_error', message } }));
    }
    if (key) answers.set(key, before);
    return response.end(before.answer);
  });
});

let api: Api;
beforeAll(async () => {
  await new Promise<void>((resolve) => standIn.listen(0, '127.0.0.1', resolve));
  const { port } = standIn.address() as AddressInfo;
  api = await startApi({ STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: SECRET, STRIPE_API_BASE: `http://127.0.0.1:${port}`, LIMIT_IP: '1000/1m' });
});
afterAll(async () => {
  await api.close();
  standIn.close();
});

interface Tell {
  secret?: string;
  timestamp?: number;
  header?: string;
  payload?: string;
}

/** As Stripe sends it. */
function tell(event: object, { secret = SECRET, timestamp, header, payload }: Tell = {}, to = api) {
  const sent = JSON.stringify(event, null, 2);
  const signature = header ?? stripe.webhooks.generateTestHeaderString({ payload: sent, secret, timestamp });
  return to.request('POST', '/billing/stripe/webhook', payload ?? sent, { 'stripe-signature': signature, 'content-type': 'application/json; charset=utf-8' });
}

const eventOf = (type: string, object: object) => ({ id: `evt_${unique('e')}`, object: 'event', api_version: '2026-01-01', type, data: { object } });
const metadataOf = (owner: Member, factura: any) => ({ organizacion_id: String(owner.cuenta.organizacion_id), factura_id: String(factura.id) });
type Owner = Member & { factura: any };
const intent = (owner: Owner, changes: Record<string, unknown> = {}) => ({
  id: `pi_${owner.factura.id}`, object: 'payment_intent', currency: 'usd', amount_received: aStripe(owner.factura.total, 'USD'), metadata: metadataOf(owner, owner.factura), ...changes,
});
const session = (owner: Owner, changes: Record<string, unknown> = {}) => ({
  id: `cs_${owner.factura.id}`, object: 'checkout.session', currency: 'usd', amount_total: aStripe(owner.factura.total, 'USD'), payment_status: 'paid',
  payment_intent: `pi_${owner.factura.id}`, metadata: metadataOf(owner, owner.factura), ...changes,
});
const paid = (owner: Owner, changes?: Record<string, unknown>) => eventOf('payment_intent.succeeded', intent(owner, changes));
const failed = (owner: Owner) => eventOf('payment_intent.payment_failed', intent(owner));
const estado = async (owner: Owner) => (await owner.request('GET', `/billing/invoices/${owner.factura.id}`)).body.estado;
const pagos = async (owner: Owner) => query(api, 'select referencia, importe, sobra from pagos where organizacion_id = $1 order by id', [owner.cuenta.organizacion_id]);
const resultado = async (event: { id: string }) => (await query(api, 'select resultado from eventos_stripe where evento_id = $1', [event.id]))[0]?.resultado;

test('a checkout is asked for the whole invoice, of a customer made once; asked for again it is the same page', async () => {
  const owner = await conFactura(api, { idioma: 'pt', nombre_comercial: 'Salão Ação' });
  const from = asked.length;
  const { status, body } = await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id });
  expect([status, body]).toEqual([201, { url: expect.stringMatching(/^https:\/\/checkout\.example\//) }]);
  const [customer, checkout] = asked.slice(from);
  expect([customer.path, customer.form.get('name'), customer.form.get('email')]).toEqual(['/v1/customers', 'Salão Ação', owner.cuenta.email]);
  expect(Object.fromEntries(checkout.form)).toMatchObject({
    mode: 'payment', client_reference_id: owner.factura.numero, 'line_items[0][price_data][unit_amount]': '1785', 'line_items[0][price_data][currency]': 'usd',
    'line_items[0][quantity]': '1', 'metadata[factura_id]': String(owner.factura.id), 'payment_intent_data[metadata][organizacion_id]': String(owner.cuenta.organizacion_id), locale: 'pt-BR',
  });
  expect([customer.key, checkout.key].every((key) => key?.startsWith('franja-'))).toBe(true);
  expect((await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id })).body).toEqual(body);
  expect(asked.slice(from).map(({ path }) => path)).toEqual(['/v1/customers', '/v1/checkout/sessions', '/v1/checkout/sessions']);
  const portal = await owner.request('POST', '/billing/portal');
  expect([portal.status, portal.body]).toEqual([201, { url: expect.stringMatching(/^https:\/\/portal\.example\//) }]);
  expect(asked.at(-1)!.form.get('customer')).toBe(checkout.form.get('customer'));
  // What was forgiven can still be paid.
  await query(api, "update facturas set estado = 'incobrable' where id = $1", [owner.factura.id]);
  expect((await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id })).status).toBe(201);
});

test('a checkout asked for again in another language, or from another address, is another page', async () => {
  const owner = await conFactura(api, { idioma: 'es' });
  const ask = () => owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id });
  const first = await ask();
  expect((await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { idioma: 'en' })).status).toBe(200);
  const second = await ask();
  expect([first.status, second.status, asked.at(-1)!.form.get('locale')]).toEqual([201, 201, 'en']);
  expect(second.body.url).not.toBe(first.body.url);
  expect((await ask()).body).toEqual(second.body);
  const { pathname, origin } = new URL(asked.at(-1)!.form.get('success_url')!);
  const moved = new PasarelaStripe({ secretKey: 'sk_test_x', webhookSecret: SECRET, apiBase: new URL(`http://127.0.0.1:${(standIn.address() as AddressInfo).port}`) }, `${origin}/otra`);
  const { id, numero, total, moneda } = owner.factura;
  const cliente = asked.at(-1)!.form.get('customer')!;
  const third = await moved.crearCheckout({ cliente, organizacion_id: owner.cuenta.organizacion_id, factura_id: id, numero, total, moneda, idioma: 'en' });
  expect([asked.at(-1)!.form.get('success_url'), third]).toEqual([expect.stringContaining(`/otra${pathname}`), expect.not.stringContaining(second.body.url)]);
});

test('a checkout is refused for what is not owed, not theirs, or not their business', async () => {
  const [owner, stranger] = [await conFactura(api), await conFactura(api)];
  const from = asked.length;
  const ask = (who: Member, factura_id = owner.factura.id) => who.request('POST', '/billing/checkout', { factura_id });
  expect([(await ask(stranger)).body.codigo, (await ask(owner, 999_999_999)).body.codigo]).toEqual(['referencia_invalida', 'referencia_invalida']);
  for (const who of [await employee(api, owner), await registerClient(api, owner)]) {
    expect([(await ask(who)).status, (await who.request('POST', '/billing/portal')).status]).toEqual([403, 403]);
  }
  await tell(paid(owner));
  expect((await ask(owner)).body.codigo).toBe('factura_no_cobrable');
  expect(asked.length).toBe(from);
});

test('a gateway that does not answer as it should is told as 503, and leaves nothing behind', async () => {
  const owner = await conFactura(api);
  failing = true;
  const { status, body } = await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id }).finally(() => (failing = false));
  expect([status, body.codigo]).toEqual([503, 'pasarela_no_responde']);
  expect(await query(api, 'select cliente_externo_id from subscripciones where organizacion_id = $1', [owner.cuenta.organizacion_id])).toEqual([{ cliente_externo_id: null }]);
  expect((await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id })).status).toBe(201);
});

test('a payment that it tells of pays the invoice and the subscription', async () => {
  const owner = await conFactura(api);
  const event = paid(owner);
  expect((await tell(event)).status).toBe(204);
  expect([await estado(owner), await resultado(event)]).toEqual(['pagada', 'pagada']);
  expect(await pagos(owner)).toEqual([{ referencia: `pi_${owner.factura.id}`, importe: '17.85', sobra: false }]);
  expect((await subscripcion(owner)).deuda_vence_en).toBeNull();
});

test('an event told again, also ten times at once, is one; so are a session and its intent', async () => {
  const owner = await conFactura(api);
  const event = paid(owner);
  const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await tell(event)).status));
  expect(new Set(statuses)).toEqual(new Set([204]));
  const other = eventOf('checkout.session.completed', session(owner));
  await tell(other);
  expect([(await pagos(owner)).length, await resultado(other)]).toEqual([1, 'repetido']);
  // By its id, whatever it says the second time.
  const stranger = await conFactura(api);
  expect((await tell({ ...paid(stranger), id: event.id })).status).toBe(204);
  expect(await estado(stranger)).toBe('emitida');
});

test('in whatever order they come: paid, failed, completed', async () => {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  for (const order of orders) {
    const owner = await conFactura(api);
    const events = [paid(owner), failed(owner), eventOf('checkout.session.completed', session(owner))];
    for (const i of order) expect((await tell(events[i])).status).toBe(204);
    expect([order, await estado(owner), (await pagos(owner)).length, (await subscripcion(owner)).estado]).toEqual([order, 'pagada', 1, 'activa']);
    expect((await subscripcion(owner)).deuda_vence_en).toBeNull();
  }
});

test('a failed charge is claimed; money that comes days later by cash is waited for', async () => {
  const owner = await conFactura(api);
  await tell(failed(owner));
  expect(await subscripcion(owner)).toMatchObject({ estado: 'morosa' });
  const ticket = eventOf('checkout.session.completed', session(owner, { payment_status: 'unpaid' }));
  await tell(ticket);
  expect([await estado(owner), await resultado(ticket)]).toEqual(['emitida', 'ignorado']);
  await tell(eventOf('checkout.session.async_payment_succeeded', session(owner)));
  expect([await estado(owner), (await subscripcion(owner)).estado]).toEqual(['pagada', 'activa']);
});

test('a charge that failed before the due date does not keep back the notice of that date', async () => {
  const owner = await conFactura(api);
  const { vence_en } = owner.factura;
  await tell(failed(owner));
  const told = async (ahora: string) => {
    await correr(api, 'subscripciones', ahora);
    await correr(api, 'subscripciones', ahora);
    return avisos(api, owner.cuenta.organizacion_id);
  };
  expect(await told(mas(vence_en, -0.01))).toEqual([]);
  expect(await told(mas(vence_en, 0))).toEqual(['pago_vencido']);
  expect(await told(mas(vence_en, 1))).toEqual(['pago_vencido', 'reclamo_1']);
  expect(await told(mas(vence_en, 7))).toEqual(['pago_vencido', 'reclamo_1', 'suspendida']);
});

test('a business that is suspended sees its invoice, pays it, and is whole again at once', async () => {
  const owner = await conFactura(api);
  await query(api, "update subscripciones set estado = 'suspendida' where organizacion_id = $1", [owner.cuenta.organizacion_id]); // by the clock, for its debt
  expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).status).toBe(402);
  expect((await owner.request('GET', `/billing/invoices/${owner.factura.id}`)).status).toBe(200);
  expect((await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id })).status).toBe(201);
  await tell(eventOf('checkout.session.completed', session(owner)));
  expect((await subscripcion(owner)).solo_lectura).toBe(false);
  expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).status).toBe(201);
});

test('what it did not sign, or not now, or not for us, is refused and leaves nothing', async () => {
  const owner = await conFactura(api);
  const event = paid(owner);
  const sent = JSON.stringify(event, null, 2);
  const now = Math.floor(Date.now() / 1000);
  const good = stripe.webhooks.generateTestHeaderString({ payload: sent, secret: SECRET });
  const forgeries: [string, Tell][] = [
    ['another secret', { secret: 'whsec_otro' }], ['an old timestamp', { timestamp: now - 301 }], ['garbage', { header: 'x' }], ['empty', { header: '' }],
    ['no signature of a scheme that we know', { header: good.replace('v1=', 'v0=') }], ['another timestamp', { header: good.replace(/t=\d+/, `t=${now - 5}`) }],
    ['a body with another amount', { header: good, payload: sent.replace('1785', '1786') }], ['the same JSON in other bytes', { header: good, payload: JSON.stringify(event) }],
  ];
  for (const [what, how] of forgeries) {
    const { status, body } = await tell(event, how);
    expect([what, status, body?.codigo]).toEqual([what, 400, 'firma_invalida']);
  }
  expect((await api.request('POST', '/billing/stripe/webhook', event)).body.codigo).toBe('firma_invalida');
  expect([await estado(owner), await resultado(event)]).toEqual(['emitida', undefined]);
  expect((await tell(event)).status).toBe(204);
});

test('another amount, another currency, a foreign or an unknown invoice: noted, and nothing is paid', async () => {
  const [owner, stranger] = [await conFactura(api), await conFactura(api)];
  const metadata = (organizacion_id: unknown, factura_id: unknown) => ({ metadata: { organizacion_id: String(organizacion_id), factura_id: String(factura_id) } });
  const org = owner.cuenta.organizacion_id;
  const cases: [object & { id: string }, string][] = [
    [paid(owner, { amount_received: 1 }), 'importe_distinto'], [paid(owner, { amount_received: 178_500 }), 'importe_distinto'], [paid(owner, { currency: 'clp' }), 'importe_distinto'], [paid(owner, { currency: 'eur' }), 'importe_distinto'],
    [paid(owner, metadata(stranger.cuenta.organizacion_id, owner.factura.id)), 'factura_desconocida'], [paid(owner, metadata(org, stranger.factura.id)), 'factura_desconocida'],
    [paid(owner, metadata(999_999_999, owner.factura.id)), 'factura_desconocida'], [paid(owner, metadata('1 or 1=1', "'")), 'factura_desconocida'], [paid(owner, { metadata: {} }), 'factura_desconocida'],
    [eventOf('payment_intent.payment_failed', intent(owner, metadata(org, stranger.factura.id))), 'factura_desconocida'], [eventOf('customer.created', { id: 'cus_1', object: 'customer' }), 'ignorado'],
  ];
  for (const [event, expected] of cases) {
    expect((await tell(event)).status).toBe(204);
    expect([JSON.stringify(event), await resultado(event)]).toEqual([JSON.stringify(event), expected]);
  }
  for (const one of [owner, stranger]) expect([await estado(one), await pagos(one)]).toEqual(['emitida', []]);
});

test('money for an invoice that is paid or void is noted as too much', async () => {
  const owner = await conFactura(api);
  await tell(paid(owner));
  const again = paid(owner, { id: 'pi_otra_vez' });
  await tell(again);
  expect([await resultado(again), (await pagos(owner)).map(({ sobra }) => sobra)]).toEqual(['de_mas', [false, true]]);
});

test('an event whose work failed is done when it is told again', async () => {
  const owner = await conFactura(api);
  const event = paid(owner);
  await query(api, 'alter table pagos add constraint pagos_prueba check (importe < 0) not valid');
  expect((await tell(event)).status).toBeGreaterThanOrEqual(400);
  await query(api, 'alter table pagos drop constraint pagos_prueba');
  expect(await resultado(event)).toBeUndefined();
  expect((await tell(event)).status).toBe(204);
  expect(await estado(owner)).toBe('pagada');
});

test('its address has a limit of its own, so that ordinary traffic loses no event', async () => {
  const limited = await startApi({ STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: SECRET, LIMIT_IP: '3/1m', LIMIT_INBOUND: '50/1m' }, api);
  try {
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await limited.request('GET', '/billing/plans')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    for (let i = 0; i < 10; i++) expect((await tell(eventOf('customer.created', { id: 'cus_1', object: 'customer' }), {}, limited)).status).toBe(204);
  } finally {
    await limited.close();
  }
});

test('without a gateway its routes say so', async () => {
  const without = await startApi({}, api);
  try {
    const owner = await conFactura(without);
    expect((await owner.request('POST', '/billing/checkout', { factura_id: owner.factura.id })).body).toMatchObject({ status: 409, codigo: 'pasarela_no_disponible' });
    expect((await owner.request('POST', '/billing/portal')).body.codigo).toBe('pasarela_no_disponible');
    expect((await tell(paid(owner), {}, without)).body.codigo).toBe('pasarela_no_disponible');
  } finally {
    await without.close();
  }
});

test('its configuration is checked before anything starts', () => {
  const good = { ...SECRETS, APP_DATABASE_URL: 'postgres://saas_app:x@127.0.0.1/x', STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: SECRET };
  expect(readConfig({ ...good, STRIPE_API_BASE: 'http://127.0.0.1:9' }).stripe).toMatchObject({ secretKey: 'sk_test_x', webhookSecret: SECRET });
  expect(readConfig({ ...good, STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' }).stripe).toBeUndefined();
  const bad: [NodeJS.ProcessEnv, RegExp][] = [
    [{ STRIPE_WEBHOOK_SECRET: '' }, /go together/], [{ STRIPE_SECRET_KEY: '' }, /go together/], [{ STRIPE_SECRET_KEY: 'pk_test_x' }, /begin with sk_ or rk_/],
    [{ STRIPE_WEBHOOK_SECRET: 'x' }, /begin with whsec_/], [{ STRIPE_API_BASE: 'ftp://x' }, /STRIPE_API_BASE must be/],
    [{ NODE_ENV: 'production', TRUST_PROXY: 'off' }, /APP_URL is required with STRIPE_SECRET_KEY/],
  ];
  for (const [env, message] of bad) expect(() => readConfig({ ...good, ...env })).toThrow(message);
});

test('amounts go to and from it whole, in what it takes for the least unit', () => {
  expect(['USD', 'COP', 'CLP', 'PYG'].map((moneda) => aStripe('1500.00', moneda))).toEqual([150_000, 150_000, 1500, 1500]);
  expect(() => aStripe('15.50', 'CLP')).toThrow(/no decimals/);
  for (let cents = 0; cents < 20_000; cents += 7) {
    for (const moneda of ['USD', 'CLP']) expect(aStripe(deStripe(cents, moneda), moneda)).toBe(cents);
  }
  expect([deStripe(5, 'USD'), deStripe(1999, 'MXN'), deStripe(70, 'CLP')]).toEqual(['0.05', '19.99', '70.00']);
});
