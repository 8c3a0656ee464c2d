// What each route does to a subscription in each state: where it ends, or the problem it answers.
import pg from 'pg';
import { register, startApi, type Api, type Member } from './api.js';
import { facturas, historia, subscripcion } from './subscripciones-kit.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';

let api: Api;
let cobros: ReturnType<typeof facturas>;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  cobros = facturas(api);
  root = await superAdmin(api);
});
afterAll(() => api.close());

const STATES = ['prueba', 'activa', 'morosa', 'suspendida', 'cancelada', 'expirada'];
const NO = 'transicion_de_subscripcion';
const DEBT = 'pago_pendiente';

/** One on basico, ten days from the end of its month (a trial has no months), past every rule. */
async function inState(estado: string): Promise<Member> {
  const owner = await register(api);
  const months = ['activa', 'morosa', 'suspendida', 'cancelada'].includes(estado);
  const client = new pg.Client(api.database.adminUrl);
  await client.connect();
  await client.query("begin; set local session_replication_role = 'replica'");
  await client.query(
    `update subscripciones set estado = $2, ancla = case when $3 then now() at time zone 'UTC' - interval '20 days' end,
       periodo_inicio = case when $3 then now() - interval '20 days' end, fecha_proximo_pago = case when $3 then now() + interval '10 days' end,
       precio_actual = case when $3 then 15 else 0 end,
       plan_id = case when $3 then (select id from planes_subscripcion where codigo_plan = 'basico') else plan_id end
     where organizacion_id = $1`,
    [owner.cuenta.organizacion_id, estado, months],
  );
  await client.query('commit');
  await client.end();
  return owner;
}

type Act = (owner: Member) => Promise<{ status: number; body: any } | void>;
const admin = (owner: Member) => `/admin/organizations/${owner.cuenta.organizacion_id}/subscription`;
const set = (estado: string): Act => (owner) => root.request('PUT', admin(owner), { estado, motivo: 'x' });

/** In the order of STATES. */
const TABLE: [string, Act, string[]][] = [
  ['change', (owner) => owner.request('POST', '/billing/subscription/change', { plan: 'profesional' }), ['activa', 'activa', DEBT, DEBT, 'cancelada', 'expirada']],
  ['cancel at once', (owner) => owner.request('POST', '/billing/subscription/cancel', { al_final: false }), ['cancelada', 'cancelada', 'cancelada', 'cancelada', NO, NO]],
  ['cancel at the end', (owner) => owner.request('POST', '/billing/subscription/cancel', {}), ['prueba', 'activa', 'cancelada', 'cancelada', NO, NO]],
  ['reactivate', (owner) => owner.request('POST', '/billing/subscription/reactivate'), [NO, NO, DEBT, DEBT, 'activa', NO]],
  ['extend the trial', (owner) => root.request('POST', `${admin(owner)}/extend-trial`, { dias: 5, motivo: 'x' }), ['prueba', NO, NO, NO, NO, 'prueba']],
  ['the platform: activa', set('activa'), ['activa', 'activa', 'activa', 'activa', 'activa', 'activa']],
  ['the platform: suspendida', set('suspendida'), [NO, 'suspendida', 'suspendida', 'suspendida', NO, NO]],
  ['the platform: cancelada', set('cancelada'), ['cancelada', 'cancelada', 'cancelada', 'cancelada', 'cancelada', NO]],
  ['a payment', async (owner) => cobros.pagar(owner.cuenta.organizacion_id), ['prueba', 'activa', 'activa', 'activa', 'activa', 'activa']],
];

test.each(TABLE)('%s', async (_, act, expected) => {
  const found: string[] = [];
  for (const estado of STATES) {
    const owner = await inState(estado);
    const before = (await historia(api, owner.cuenta.organizacion_id)).length;
    const answer = await act(owner);
    const after = await subscripcion(owner);
    const refused = answer !== undefined && answer.status >= 400;
    found.push(refused ? answer.body.codigo : after.estado);
    if (refused) expect([answer.status, after.estado, (await historia(api, owner.cuenta.organizacion_id)).length]).toEqual([409, estado, before]);
    if (after.estado !== estado) expect([after.estado, after.solo_lectura]).toEqual([after.estado, ['suspendida', 'cancelada', 'expirada'].includes(after.estado)]);
  }
  expect(found).toEqual(expected);
}, 30_000);
