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
