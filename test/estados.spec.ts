import { nextWeekday, openShop, startApi, type Api, type Shop } from './api.js';

let api: Api;
let shop: Shop;
beforeAll(async () => {
  api = await startApi();
  shop = await openShop(api);
});
afterAll(() => api.close());

const STATES = ['pendiente', 'confirmada', 'en_curso', 'completada', 'cancelada', 'no_asistio'] as const;
const ACTIONS = { confirmada: 'confirm', en_curso: 'start', completada: 'complete', cancelada: 'cancel', no_asistio: 'no-show' } as const;
const ALLOWED: Record<string, readonly string[]> = {
  pendiente: ['confirmada', 'en_curso', 'cancelada', 'no_asistio'],
  confirmada: ['en_curso', 'cancelada', 'no_asistio'],
  en_curso: ['completada'],
  completada: [],
  cancelada: [],
  no_asistio: [],
};
const PATHS: Record<string, (keyof typeof ACTIONS)[]> = {
  pendiente: [], confirmada: ['confirmada'], en_curso: ['en_curso'], completada: ['en_curso', 'completada'], cancelada: ['cancelada'], no_asistio: ['no_asistio'],
};

const tuesday = nextWeekday(2, 7);
const headers = { 'x-franja-now': `${tuesday}T18:00:00-05:00` };
const act = (id: number, state: keyof typeof ACTIONS) =>
  shop.request('PUT', `/appointments/${id}/${ACTIONS[state]}`, state === 'cancelada' ? { motivo_cancelacion: 'prueba' } : undefined, headers);

const pairs = STATES.flatMap((from) => Object.keys(ACTIONS).map((to) => [from, to as keyof typeof ACTIONS, ALLOWED[from].includes(to)] as const));

// Two citas of 30 minutes an hour, on different days, so that every pair has a time of its own.
test.each(pairs.map(([from, to, allowed], i) => ({ from, to, allowed, i })))('$from → $to: $allowed', async ({ from, to, allowed, i }) => {
  const hora_inicio = `${String(9 + (i % 4)).padStart(2, '0')}:${i % 8 < 4 ? '00' : '30'}`;
  const profesional = (await shop.request('POST', '/professionals', { nombre_completo: `P${i}`, tipo_profesional: 'barbero' })).body;
  await shop.request('POST', '/schedules/generate', { profesional_id: profesional.id, fecha_hasta: tuesday });
  const { body: cita } = await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: profesional.id, servicio_id: shop.servicio.id, fecha_cita: tuesday, hora_inicio,
  });
  for (const step of PATHS[from]) expect((await act(cita.id, step)).status).toBe(200);
  const { status, body } = await act(cita.id, to);
  expect([status, body.estado, body.codigo]).toEqual(allowed ? [200, to, undefined] : [409, from, 'transicion_invalida']);
  expect((await shop.request('GET', `/appointments/${cita.id}`)).body.estado).toBe(allowed ? to : from);
});

test('a no-show before its time and a start before its day are refused', async () => {
  const { body: cita } = await shop.request('POST', '/appointments', {
    cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: tuesday, hora_inicio: '15:00',
  });
  const early = { 'x-franja-now': `${tuesday}T14:59:00-05:00` };
  expect((await shop.request('PUT', `/appointments/${cita.id}/no-show`, undefined, early)).body.codigo).toBe('aun_no_es_la_hora');
  expect((await shop.request('PUT', `/appointments/${cita.id}/start`)).body.codigo).toBe('inicio_antes_de_su_dia');
  expect((await shop.request('PUT', `/appointments/${cita.id}/start`, undefined, early)).status).toBe(200);
});
