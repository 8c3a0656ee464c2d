// What the administrator reads of the subscription, by mail.
import { register, startApi, type Api } from './api.js';
import { mailsTo, mailTo } from './buzon.js';
import { query } from './checks.js';
import { FAST } from './outbox-kit.js';
import { avisos, facturas, mas, subscripcion } from './subscripciones-kit.js';
import { superAdmin } from './super-admin.js';
import { ejecutor } from './tareas.js';

let api: Api;
let cobros: ReturnType<typeof facturas>;
beforeAll(async () => {
  api = await startApi(FAST);
  cobros = facturas(api);
});
afterAll(() => api.close());

const run = (ahora: string) => ejecutor(api).correr('subscripciones', ahora);

test.each([
  ['es', [/prueba de Franja termina en 7 días/, /prueba de Franja terminó/, /cuenta de Franja está activa/, /pago de Franja está vencido/, /sigue pendiente[^]*hace 3 días/, /cuenta de Franja está suspendida/]],
  ['en', [/Franja trial ends in 7 days/, /Franja trial is over/, /Franja account is active/, /payment is overdue/, /still due[^]*3 days ago/, /account is suspended/]],
  ['pt', [/teste da Franja termina em 7 dias/, /teste da Franja terminou/, /conta da Franja está ativa/, /pagamento da Franja está vencido/, /continua pendente[^]*há 3 dias/, /conta da Franja está suspensa/]],
] as const)('in %s, each once, whoever runs the clock at the same time', async (idioma, expected) => {
  const owner = await register(api, { idioma });
  const { organizacion_id, email } = owner.cuenta;
  const { fecha_fin_prueba: fin } = await subscripcion(owner);
  const at = async (ahora: string) => Promise.all([run(ahora), run(ahora)]);
  await at(mas(fin, -7));
  await at(mas(fin, 0.001));
  const elegido = { 'x-franja-now': mas(fin, 1) };
  expect((await owner.request('POST', '/billing/subscription/change', { plan: 'basico' }, elegido)).status).toBe(201);
  await cobros.pagar(organizacion_id, mas(fin, 1));
  const { fecha_proximo_pago } = await subscripcion(owner);
  for (const dias of [0.001, 3.002, 6.002, 11]) await at(mas(fecha_proximo_pago, dias));
  for (const about of expected) await mailTo(api, email, about);
  expect(await avisos(api, organizacion_id)).toEqual(['prueba_7', 'prueba_vencida', 'reactivada', 'pago_vencido', 'reclamo_3', 'suspendida']);
  expect((await mailsTo(api, email)).filter(({ subject }) => /Franja/.test(subject ?? '') && expected.some((about) => about.test(subject ?? ''))).length).toBeGreaterThan(3);
  expect(await query(api, "select count(*)::int as n from entregas e join eventos v on v.organizacion_id = e.organizacion_id and v.id = e.evento_id where e.organizacion_id = $1 and v.evento = 'aviso-subscripcion'", [organizacion_id])).toEqual([{ n: 6 }]);
}, 40_000);

test.each([['es', /cambio de plan no se hizo/, 'profesionales'], ['en', /change of plan was not made/, 'professionals'], ['pt', /mudança de plano não foi feita/, 'profissionais']])(
  'a change that no longer fits says by how much, in %s', async (idioma, about, medida) => {
    const owner = await register(api, { idioma });
    const { organizacion_id, email } = owner.cuenta;
    await owner.request('POST', '/billing/subscription/change', { plan: 'profesional' });
    await cobros.pagar(organizacion_id);
    expect((await owner.request('POST', '/billing/subscription/change', { plan: 'basico' })).body.momento).toBe('fin_de_periodo');
    for (let i = 0; i < 5; i++) await owner.request('POST', '/professionals', { nombre_completo: `P${i}`, tipo_profesional: 'barbero' });
    await run(mas((await subscripcion(owner)).fecha_proximo_pago, 0.01));
    const mail = await mailTo(api, email, about);
    expect(mail.text).toContain(`- ${medida}: 5 / 4`);
    expect(mail.text).toContain('Profesional');
  });

test('who is suspended by the platform is told to write to it, and not to pay', async () => {
  const [owner, root] = [await register(api), await superAdmin(api)];
  const { organizacion_id, email } = owner.cuenta;
  await owner.request('POST', '/billing/subscription/change', { plan: 'profesional' });
  await root.request('PUT', `/admin/organizations/${organizacion_id}/subscription`, { estado: 'suspendida', motivo: 'Fraude' });
  const { text } = await mailTo(api, email, /cuenta de Franja está suspendida/);
  expect(text).toContain('escríbale');
  expect(text).not.toMatch(/al pagar/i);
  expect(await avisos(api, organizacion_id)).toEqual(['suspendida_por_plataforma']);
});
