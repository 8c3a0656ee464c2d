import { readConfig } from '../src/config.js';
import { register, SECRETS, type Api } from './api.js';
import { connect, EvolutionServer, instanceOf, startWithEvolution, wrote } from './evolution.js';

let evolution: EvolutionServer;
let api: Api;

beforeAll(async () => {
  evolution = await EvolutionServer.start();
  api = await startWithEvolution(evolution);
});
afterAll(async () => {
  await api?.close();
  await evolution.close();
});
afterEach(() => {
  evolution.down = false;
});

let last = 0;
/** A Colombian mobile that no other test uses. */
const phone = () => `57302${String(5_550_000 + ++last)}`;

describe('the instance of an organisation', () => {
  test('is made, shows a QR, and is connected once the phone has read it; repeating goes on with the same', async () => {
    const owner = await register(api);
    expect((await owner.request('GET', '/whatsapp/instance')).status).toBe(404);
    const made = await owner.request('POST', '/whatsapp/instance');
    expect(made).toMatchObject({ status: 201, body: { estado: 'esperando_qr', en_vivo: true, numero: null, qr: { codigo: '2@codigo', base64: expect.stringMatching(/^data:image\/png/) } } });
    const name = instanceOf(evolution, owner);
    expect(name).toMatch(/^franja-\d+-[0-9a-f]{24}$/);
    expect((await owner.request('POST', '/whatsapp/instance')).body).toEqual(made.body);
    await evolution.scan(name, '573001112233');
    const { body } = await owner.request('GET', '/whatsapp/instance');
    expect(body).toEqual({ estado: 'conectada', en_vivo: true, numero: '+573001112233', qr: null, estado_desde: expect.any(String), creado_en: made.body.creado_en });
    expect((await owner.request('POST', '/whatsapp/instance')).body).toEqual(body);
    expect([...evolution.instances.keys()].filter((known) => known.startsWith(`franja-${owner.cuenta.organizacion_id}-`))).toEqual([name]);
  });

  test('two who make it at the same moment make one', async () => {
    const owner = await register(api);
    const made = await Promise.all([owner.request('POST', '/whatsapp/instance'), owner.request('POST', '/whatsapp/instance')]);
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    expect([...evolution.instances.keys()].filter((name) => name.startsWith(`franja-${owner.cuenta.organizacion_id}-`))).toHaveLength(1);
  });

  test('whose making was cut is the same one when it is repeated', async () => {
    const owner = await register(api);
    evolution.dropCreate = true;
    expect(await owner.request('POST', '/whatsapp/instance')).toMatchObject({ status: 503, body: { codigo: 'whatsapp_no_responde' } });
    const name = instanceOf(evolution, owner);
    expect(evolution.instances.get(name)!.webhook).toBeUndefined();
    expect(await owner.request('POST', '/whatsapp/instance')).toMatchObject({ status: 201, body: { estado: 'esperando_qr' } });
    expect(instanceOf(evolution, owner)).toBe(name);
    expect(evolution.instances.get(name)!.webhook!.url).toMatch(new RegExp(`^${api.url}/api/v1/whatsapp/inbound/${owner.cuenta.organizacion_id}\\.[\\w-]{43}$`));
  });

  test('is connected again when the phone left it, and made again with the same webhook when Evolution lost it', async () => {
    const owner = await register(api);
    const name = await connect(evolution, owner, phone());
    const { url } = evolution.instances.get(name)!.webhook!;
    evolution.instances.get(name)!.state = 'close';
    await evolution.tell(name, 'connection.update', { state: 'close', statusReason: 401 });
    expect((await owner.request('GET', '/whatsapp/instance')).body).toMatchObject({ estado: 'desconectada', qr: null });
    expect((await owner.request('POST', '/whatsapp/instance/reconnect')).body).toMatchObject({ estado: 'esperando_qr', qr: { codigo: '2@codigo' } });
    evolution.instances.delete(name);
    expect((await owner.request('GET', '/whatsapp/instance')).body).toMatchObject({ estado: 'desconectada', en_vivo: true });
    expect((await owner.request('POST', '/whatsapp/instance/reconnect')).body).toMatchObject({ estado: 'esperando_qr' });
    expect(evolution.instances.get(name)!.webhook!.url).toBe(url);
  });

  test('is forgotten there and here, its webhook with it, and another one is another', async () => {
    const owner = await register(api);
    const name = await connect(evolution, owner, phone());
    const { url } = evolution.instances.get(name)!.webhook!;
    evolution.down = true;
    expect((await owner.request('DELETE', '/whatsapp/instance')).status).toBe(503);
    evolution.down = false;
    expect((await owner.request('DELETE', '/whatsapp/instance')).status).toBe(204);
    expect(evolution.instances.has(name)).toBe(false);
    expect((await owner.request('GET', '/whatsapp/instance')).status).toBe(404);
    expect((await owner.request('DELETE', '/whatsapp/instance')).status).toBe(404);
    const late = JSON.stringify({ event: 'messages.upsert', instance: name, data: wrote(phone(), 'hola') });
    expect((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: late })).status).toBe(404);
    expect((await owner.request('POST', '/whatsapp/instance')).status).toBe(201);
    expect(instanceOf(evolution, owner)).not.toBe(name);
  });

  test('is told as it was last known, at once, while Evolution does not answer', async () => {
    const owner = await register(api);
    await connect(evolution, owner, '573001112244');
    evolution.down = true;
    evolution.asked.length = 0;
    expect((await owner.request('GET', '/whatsapp/instance')).body).toMatchObject({ estado: 'conectada', en_vivo: false, numero: '+573001112244' });
    expect(evolution.asked.length).toBe(1); // and not again
    expect(await owner.request('POST', '/whatsapp/instance/reconnect')).toMatchObject({ status: 503, body: { codigo: 'whatsapp_no_responde' } });
  });

  test('sends a test message, and says why not', async () => {
    const owner = await register(api, { nombre_comercial: 'Peluquería Ñandú' });
    const to = phone();
    const send = () => owner.request('POST', '/whatsapp/test', { telefono: to.slice(2) });
    expect((await send()).status).toBe(404);
    const name = await connect(evolution, owner, phone());
    expect((await send()).status).toBe(204);
    expect(evolution.sent.filter(({ number }) => number === to)).toEqual([expect.objectContaining({ instance: name, text: 'Prueba de WhatsApp de Peluquería Ñandú: llegó. ✅' })]);
    evolution.lies.push({ status: 201, body: '{"error":true,"message":"session closed"}' });
    expect((await send()).body.codigo).toBe('whatsapp_no_responde');
    evolution.unknown.add(to);
    expect((await send()).body).toMatchObject({ codigo: 'numero_sin_whatsapp', errores: [{ campo: 'telefono', codigo: 'sin_whatsapp' }] });
    evolution.instances.get(name)!.state = 'close';
    expect((await send()).body.codigo).toBe('whatsapp_desconectado');
    expect((await owner.request('POST', '/whatsapp/test', { telefono: '12345' })).body.errores).toEqual([{ campo: 'telefono', codigo: 'telefono', mensaje: expect.any(String) }]);
    expect(evolution.sent.filter(({ number }) => number === to)).toHaveLength(1);
  });

  test.each([['en', 'WhatsApp test from Corner Cuts: it arrived. ✅'], ['pt', 'Teste de WhatsApp de Corner Cuts: chegou. ✅']])('tests in the language of the organisation, %s', async (idioma, text) => {
    const owner = await register(api, { nombre_comercial: 'Corner Cuts', idioma });
    const [own, to] = [phone(), phone()];
    await connect(evolution, owner, own);
    expect((await owner.request('POST', '/whatsapp/test', { telefono: to.slice(2) })).status).toBe(204);
    expect(evolution.sent.filter(({ number }) => number === to)).toEqual([expect.objectContaining({ text })]);
  });
});

test('what is set wrong is said before starting', () => {
  const wrong = (env: NodeJS.ProcessEnv) => () => readConfig({ ...SECRETS, APP_DATABASE_URL: 'postgresql://localhost/x', ...env });
  expect(wrong({ PUBLIC_URL: 'api.example.com' })).toThrow('PUBLIC_URL must be');
  expect(wrong({ WHATSAPP_INTERVAL_MS: '-1' })).toThrow('WHATSAPP_INTERVAL_MS');
  expect(wrong({ NODE_ENV: 'production', TRUST_PROXY: 'off', ...evolution.env, APP_URL: 'https://a.example.com' })).toThrow('PUBLIC_URL is required');
});
