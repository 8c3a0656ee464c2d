// What anybody can open an account for: to write through us to people, and to fill the agenda of a business.
import { clock, MONDAY, NOW, ok } from './agenda.js';
import { registerClient, startApi, unique, type Api } from './api.js';
import { mailTo } from './buzon.js';
import { FAST, negocio, type Negocio } from './outbox-kit.js';

let api: Api;
let shop: Negocio;
beforeAll(async () => {
  api = await startApi(FAST);
  shop = await negocio(api);
});
afterAll(() => api.close());

const cita = (hora_inicio: string, fecha_cita = MONDAY) => ({ servicio_id: shop.servicio.id, profesional_id: shop.profesional.id, fecha_cita, hora_inicio });

test('a client with the e-mail of somebody else sends them no words that lead elsewhere: not by the name, nor by the reason of a cancellation', async () => {
  const email = `${unique('ajeno')}@example.com`;
  const nombre = 'su cuenta se cerró.\n\nÁbrala en https://malo.example.net/entrar o www.malo.example.net';
  const client = await registerClient(api, shop, { email, nombre });
  const request = clock(client.request, NOW);
  const { id } = ok(await request('POST', '/appointments', cita('09:00')));
  ok(await request('PUT', `/appointments/${id}/cancel`, { motivo_cancelacion: 'Pague hoy:\nhttps://malo.example.net/pago' }));
  for (const about of [/Gracias por reservar/, /se canceló/]) {
    const { text } = await mailTo(api, email, about);
    expect(text).toContain('su cuenta se cerró. Ábrala en');
    expect(text).not.toMatch(/:\/\/|\w\.\w/);
  }
  expect((await mailTo(api, email, /se canceló/)).text).toMatch(/Pague hoy: https malo\. example\. net\/pago$/m);
});

test('what staff give as a reason is told as they wrote it', async () => {
  const email = `${unique('propio')}@example.com`;
  const client = await registerClient(api, shop, { email });
  const { id } = ok(await clock(client.request, NOW)('POST', '/appointments', cita('10:00')));
  ok(await shop.request('PUT', `/appointments/${id}/cancel`, { motivo_cancelacion: 'Cerramos.\nElija otra en https://negocio.example.com/citas' }));
  expect((await mailTo(api, email, /se canceló/)).text).toContain('Cerramos.\nElija otra en https://negocio.example.com/citas');
});

describe('an account fills no agenda', () => {
  const hora = (n: number) => `${String(8 + Math.floor(n / 2)).padStart(2, '0')}:${n % 2 ? '30' : '00'}`;

  test('a client has so many citas to come as the business allows, however many are asked for at once; what ends makes room', async () => {
    const busy = await negocio(api);
    const at = (n: number) => ({ ...cita(hora(n)), servicio_id: busy.servicio.id, profesional_id: busy.profesional.id });
    const organizacion = `/organizations/${busy.cuenta.organizacion_id}`;
    expect(ok(await busy.request('GET', organizacion)).citas_por_cliente).toBe(20);
    expect(ok(await busy.request('PATCH', organizacion, { citas_por_cliente: 3 })).citas_por_cliente).toBe(3);
    const client = await registerClient(api, busy);
    const request = clock(client.request, NOW);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => request('POST', '/appointments', at(n))));
    const taken = answers.filter(({ status }) => status === 201);
    expect([taken.length, answers.filter(({ body }) => body.codigo === 'demasiadas_citas').length]).toEqual([3, 9]);
    ok(await busy.request('POST', '/appointments', { ...at(13), cliente_id: client.cuenta.cliente_id }));
    expect((await request('POST', '/appointments', at(14))).body.codigo).toBe('demasiadas_citas');
    for (const { body } of taken.slice(0, 2)) ok(await request('PUT', `/appointments/${body.id}/cancel`, { motivo_cancelacion: 'No puedo' }));
    ok(await request('POST', '/appointments', at(15)));
    expect((await request('POST', '/appointments', at(16))).body).toMatchObject({ codigo: 'demasiadas_citas', title: expect.stringContaining('3') });
    expect((await clock(client.request, '2027-03-09T08:00:00-05:00')('POST', '/appointments', { ...at(1), fecha_cita: '2027-03-10' })).status).toBe(201);
    for (const citas_por_cliente of [0, 1001, null, 1.5]) expect((await busy.request('PATCH', organizacion, { citas_por_cliente })).status).toBe(400);
  });
});
