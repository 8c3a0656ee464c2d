import { register, startApi, type Api } from './api.js';
import { query } from './checks.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';

let api: Api;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  root = await superAdmin(api);
});
afterAll(() => api.close());

type Change = [fecha: string, estado: string, plan?: string, precio?: string, ciclo?: string, descuento?: string, moneda?: string];

/** Its history, and nothing else of it. */
async function business(tipo_industria: string, changes: Change[]) {
  const { cuenta } = await register(api, { tipo_industria });
  const [{ id }] = await query(api, 'delete from historial_subscripciones where organizacion_id = $1 returning subscripcion_id as id', [cuenta.organizacion_id]);
  let anterior: string | null = null;
  for (const [fecha, estado, plan = 'basico', precio = '15.00', ciclo = 'mensual', descuento = '0', moneda = 'USD'] of changes) {
    await query(api,
      `insert into historial_subscripciones (organizacion_id, subscripcion_id, tipo_evento, estado_anterior, estado_nuevo, plan_nuevo, precio_nuevo, ciclo_nuevo, descuento_nuevo, moneda, creado_en)
       values ($1, $2, 'cambio', $3, $4, $5, $6, $7, $8, $9, $10)`,
      [cuenta.organizacion_id, id, anterior, estado, plan, precio, ciclo, descuento, moneda, fecha]);
    anterior = estado;
  }
}

test('month by month they are what a small history says by hand', async () => {
  const trial = (fecha: string): Change => [fecha, 'prueba', 'trial', '0.00'];
  await business('barberia', [trial('2027-01-05Z'), ['2027-01-19Z', 'activa'], ['2027-02-10Z', 'activa', 'profesional', '35.00'], ['2027-03-05Z', 'morosa', 'profesional', '35.00']]);
  await business('barberia', [trial('2027-01-10Z'), ['2027-01-24Z', 'expirada', 'trial', '0.00'], ['2027-02-01T00:00:00Z', 'activa', 'basico', '150.00', 'anual']]);
  await business('spa', [trial('2027-01-31T23:59:59Z'), ['2027-02-14Z', 'activa', 'basico', '15.00', 'mensual', '33.33'], ['2027-03-14Z', 'cancelada', 'basico', '15.00', 'mensual', '33.33']]);
  await business('spa', [trial('2027-02-20Z'), ['2027-03-01T00:00:00Z', 'activa', 'basico', '60001', 'mensual', '0', 'CLP'], ['2027-03-20Z', 'morosa', 'basico', '60001', 'mensual', '0', 'CLP'], ['2027-03-27Z', 'suspendida', 'basico', '60001', 'mensual', '0', 'CLP']]);
  const { status, body } = await root.request('GET', '/admin/metrics?desde=2026-12-15&hasta=2027-03-02');
  expect(status).toBe(200);
  const usd = (mrr: string) => ({ moneda: 'USD', mrr });
  expect(body.meses).toEqual([
    { mes: '2026-12-01', activas: 0, pruebas: 0, bajas: 0, tasa_bajas: null, pruebas_terminadas: 0, pruebas_convertidas: 0, tasa_conversion: null, mrr: [], por_plan: [], por_industria: [] },
    {
      mes: '2027-01-01', activas: 1, pruebas: 1, bajas: 0, tasa_bajas: null, pruebas_terminadas: 2, pruebas_convertidas: 1, tasa_conversion: '50.00', mrr: [usd('15.00')],
      por_plan: [{ plan: 'basico', activas: 1, ...usd('15.00') }], por_industria: [{ industria: 'barberia', activas: 1, ...usd('15.00') }],
    },
    {
      // 35 + 150 / 12 + 15 less a third (10.0005)
      mes: '2027-02-01', activas: 3, pruebas: 1, bajas: 0, tasa_bajas: '0.00', pruebas_terminadas: 1, pruebas_convertidas: 1, tasa_conversion: '100.00', mrr: [usd('57.50')],
      por_plan: [{ plan: 'basico', activas: 2, ...usd('22.50') }, { plan: 'profesional', activas: 1, ...usd('35.00') }],
      por_industria: [{ industria: 'barberia', activas: 2, ...usd('47.50') }, { industria: 'spa', activas: 1, ...usd('10.00') }],
    },
    {
      // The one in CLP came and went within the month: it never paid at the end of one.
      mes: '2027-03-01', activas: 2, pruebas: 0, bajas: 1, tasa_bajas: '33.33', pruebas_terminadas: 1, pruebas_convertidas: 1, tasa_conversion: '100.00', mrr: [usd('47.50')],
      por_plan: [{ plan: 'basico', activas: 1, ...usd('12.50') }, { plan: 'profesional', activas: 1, ...usd('35.00') }],
      por_industria: [{ industria: 'barberia', activas: 2, ...usd('47.50') }],
    },
  ]);
});

test('each currency stands alone, in its decimals; without dates, the last twelve months; no more than twenty-four', async () => {
  await business('otro', [['2030-01-02Z', 'activa', 'empresarial', '90000', 'anual', '0', 'CLP']]);
  const { body } = await root.request('GET', '/admin/metrics?desde=2030-01-01&hasta=2030-01-01');
  expect(body.meses[0].mrr).toEqual([{ moneda: 'CLP', mrr: '7500' }, { moneda: 'USD', mrr: '47.50' }]);
  const year = await root.request('GET', '/admin/metrics', undefined, { 'x-franja-now': '2031-06-30T23:00:00-05:00' });
  expect([year.body.meses.length, year.body.meses[0].mes, year.body.meses.at(-1).mes]).toEqual([12, '2030-08-01', '2031-07-01']);
  for (const range of ['desde=2029-01-01&hasta=2031-01-01', 'desde=2031-02-01&hasta=2031-01-01']) {
    expect((await root.request('GET', `/admin/metrics?${range}`)).body.codigo).toBe('rango_invalido');
  }
});

test('only for a super_admin', async () => {
  const owner = await register(api);
  expect((await owner.request('GET', '/admin/metrics')).status).toBe(403);
});
