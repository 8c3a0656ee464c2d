import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { ok } from './agenda.js';
import { SECRETS, startApi, type Api } from './api.js';
import { query } from './checks.js';
import { connect, EvolutionServer, startWithEvolution } from './evolution.js';
import { destino, entregas, FAST, N8N_SECRET, negocio, type Negocio } from './outbox-kit.js';
import { comprobar, hasta, Receptor } from './receptor.js';

let receptor: Receptor;
/** Answers requests and delivers nothing: whoever delivers is started, and killed, by the test. */
let api: Api;
let shop: Negocio;
beforeEach(async () => {
  receptor = await new Receptor().abrir();
  api = await startApi({ WEBHOOK_PRIVATE: 'on' });
  shop = await negocio(api);
});
afterEach(async () => {
  await api.close();
  await receptor.cerrar();
});

/** Every event so far is shared out, and what this destination got of it is delivered. */
async function finished(id: number): Promise<boolean> {
  const waiting = await query(api, 'select from eventos where organizacion_id = $1 and repartido_en is null', [shop.cuenta.organizacion_id]);
  const rows = await entregas(api, id);
  return waiting.length === 0 && rows.length > 0 && rows.every((row) => row.estado === 'entregada');
}
/** Events of the shop's citas, of each cita in the order in which they happened. */
async function happened(): Promise<Record<string, string[]>> {
  const rows = await query(api, `select clave_orden, array_agg(uuid::text order by id) as ids from eventos where organizacion_id = $1 and clave_orden like 'cita:%' group by 1`, [shop.cuenta.organizacion_id]);
  return Object.fromEntries(rows.map(({ clave_orden, ids }) => [clave_orden, ids]));
}
/** The same as a receiver saw it that drops what it already has. */
function received(): Record<string, string[]> {
  const seen: Record<string, string[]> = {};
  for (const id of receptor.unicos) {
    const { cuerpo } = receptor.recibidos.find(({ headers }) => headers['webhook-id'] === id)!;
    if (cuerpo.datos.cita) (seen[`cita:${cuerpo.datos.cita.id}`] ??= []).push(id);
  }
  return seen;
}

async function life(n: number, end: 'confirm' | 'cancel') {
  const cita = await shop.reservar(n);
  ok(await shop.request('PUT', `/appointments/${cita.id}/confirm`));
  if (end === 'cancel') ok(await shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'No puedo' }));
}

test('ten simulated minutes without a receiver and two restarts of the API: nothing is missing, nothing twice, each cita in its order', async () => {
  const { id, secreto } = await destino(shop, receptor.url);
  const deliver = () => startApi(FAST, api);
  let worker = await deliver();
  await life(0, 'cancel');
  await hasta(() => receptor.eventos.includes('cita-cancelada'));
  await receptor.cerrar();
  // 40 ms stand for five seconds: ten minutes are 4.8 s.
  const began = Date.now();
  for (let n = 1; n <= 12; n++) {
    await life(n, n % 2 ? 'cancel' : 'confirm');
    if (n === 4 || n === 8) {
      await worker.close();
      worker = await deliver();
    }
  }
  await sleep(Math.max(0, 4_800 - (Date.now() - began)));
  expect((await entregas(api, id)).filter((row) => row.estado === 'pendiente').length).toBe(30);
  await receptor.abrir();
  await hasta(() => finished(id), () => receptor.eventos, 25_000);
  await worker.close();
  expect(received()).toEqual(await happened());
  expect(Object.values(received()).flat().length).toBe(33);
  for (const recibido of receptor.recibidos) comprobar(secreto, recibido);
}, 60_000);

test('two instances deliver each event once while nothing fails, and hold one endpoint to two at a time together', async () => {
  const { id } = await destino(shop, receptor.url);
  receptor.trato = { estado: 200, demora: 10 };
  const workers = await Promise.all([startApi(FAST, api), startApi(FAST, api)]);
  for (let n = 0; n < 15; n++) await life(n, 'cancel');
  await hasta(() => finished(id));
  await Promise.all(workers.map((worker) => worker.close()));
  expect(received()).toEqual(await happened());
  expect(receptor.recibidos.length).toBe(46); // and that the organisation was created
  expect(receptor.unicos.length).toBe(receptor.recibidos.length);
  expect(receptor.maximo).toBeLessThanOrEqual(2);
}, 60_000);

test('a database that is gone for a moment while a request is under way does not make it a second one', async () => {
  const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
  const url = new URL(api.database.appUrl);
  const [port, ends] = [Number(url.port), new Set<net.Socket>()];
  let gone = false;
  const line = net.createServer((client) => {
    if (gone) return void client.destroy();
    const upstream = net.connect(port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const end of [client, upstream]) ends.add(end.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  url.port = String((line.address() as net.AddressInfo).port);
  const worker = await startApi(FAST, { database: { ...api.database, appUrl: url.href } } as Api);
  receptor.trato = () => {
    gone = true;
    for (const end of ends) end.destroy();
    setTimeout(() => (gone = false), 1_500);
    return 200;
  };
  await shop.reservar(0);
  await hasta(() => finished(id), () => receptor.eventos);
  await worker.close();
  line.close();
  expect([receptor.recibidos.length, (await entregas(api, id))[0]]).toMatchObject([1, { estado: 'entregada', intentos: 1 }]);
}, 60_000);

test('whoever shuts down ends what is under way, and gives back what does not end', async () => {
  const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
  receptor.trato = { estado: 200, demora: 600 };
  const first = await startApi({ ...FAST, WEBHOOK_TIMEOUT_MS: '20000' }, api);
  await shop.reservar(0);
  await hasta(() => receptor.recibidos.length === 1);
  await first.close();
  expect((await entregas(api, id))[0]).toMatchObject({ estado: 'entregada', intentos: 1 });
  receptor.trato = 'callar';
  const second = await startApi({ ...FAST, WEBHOOK_TIMEOUT_MS: '20000' }, api);
  await shop.reservar(1);
  await hasta(() => receptor.recibidos.length === 2);
  await second.close();
  expect((await entregas(api, id))[1]).toMatchObject({ estado: 'pendiente', intentos: 0, tomada_hasta: null });
}, 60_000);

test('a message by WhatsApp that left while its process was told to end is not sent again, nor as an e-mail because its time was over', async () => {
  const evolution = await EvolutionServer.start();
  ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
  Object.assign(evolution, { tells: true, sendsAndStalls: true });
  const first = await startWithEvolution(evolution, { WEBHOOK_TIMEOUT_MS: '20000', WHATSAPP_WAIT_MINUTES: '0' }, api);
  await connect(evolution, { ...shop, request: (method, path, body) => shop.request(method, `${first.url}/api/v1${path}`, body) }, '573009990000');
  await shop.reservar(0);
  await hasta(async () => (await query(api, "select from mensajes_whatsapp where direccion = 'saliente'")).length === 1);
  await first.close();
  const made = () => query(api, "select canal, estado, intentos from entregas where organizacion_id = $1 and canal in ('whatsapp', 'correo')", [shop.cuenta.organizacion_id]);
  expect(await made()).toEqual([{ canal: 'whatsapp', estado: 'pendiente', intentos: 0 }]);
  Object.assign(evolution, { tells: false, sendsAndStalls: false });
  const second = await startWithEvolution(evolution, {}, api);
  await hasta(async () => (await made()).every(({ estado }) => estado === 'entregada'));
  await second.close();
  await evolution.close();
  expect([evolution.sent.length, await made()]).toEqual([1, [{ canal: 'whatsapp', estado: 'entregada', intentos: 1 }]]);
}, 60_000);

test('a message by WhatsApp that was given up for an e-mail by a process that died before noting it is not sent by WhatsApp too', async () => {
  const evolution = await EvolutionServer.start();
  ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
  const worker = await startWithEvolution(evolution, { WHATSAPP_WAIT_MINUTES: '0' }, api);
  await connect(evolution, { ...shop, request: (method, path, body) => shop.request(method, `${worker.url}/api/v1${path}`, body) }, '573009990000');
  evolution.down = true;
  await shop.reservar(0);
  const made = () => query(api, "select canal, estado from entregas where organizacion_id = $1 and canal in ('whatsapp', 'correo') order by id", [shop.cuenta.organizacion_id]);
  const told = [{ canal: 'whatsapp', estado: 'fallida' }, { canal: 'correo', estado: 'entregada' }];
  await hasta(async () => JSON.stringify(await made()) === JSON.stringify(told), made);
  // As it leaves it: the e-mail is there, and the lease is over.
  evolution.down = false;
  await query(api, "update entregas set estado = 'pendiente', tomada_hasta = now() where organizacion_id = $1 and canal = 'whatsapp'", [shop.cuenta.organizacion_id]);
  await hasta(async () => (await made())[0].estado !== 'pendiente', made);
  await worker.close();
  await evolution.close();
  expect([evolution.sent.length, await made()]).toEqual([0, told]);
}, 60_000);

test('a mail server that takes longer than a lease to say yes gets each mail once, however many look for work', async () => {
  let mails = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      mails++;
      stream.resume().on('end', () => setTimeout(done, 2_500));
    },
  });
  smtp.on('error', () => {});
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const env = { ...FAST, WEBHOOK_TIMEOUT_MS: '200', SMTP_URL: `smtp://127.0.0.1:${(smtp.server.address() as net.AddressInfo).port}` };
  ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
  await shop.reservar(0);
  const workers = await Promise.all([startApi(env, api), startApi(env, api)]);
  const mail = async () => (await query(api, "select estado, intentos from entregas where organizacion_id = $1 and canal = 'correo'", [shop.cuenta.organizacion_id]))[0];
  await hasta(async () => (await mail())?.estado === 'entregada', () => mails);
  await Promise.all(workers.map((worker) => worker.close()));
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  expect([mails, await mail()]).toEqual([1, { estado: 'entregada', intentos: 1 }]);
}, 60_000);

test('whoever shuts down breaks off a mail to a server that only ever says a little, and gives it back', async () => {
  let broken = 0;
  const smtp = net.createServer((socket) => {
    // Each line in time, and never the last one.
    const line = setInterval(() => socket.write('220-espere\r\n'), 300);
    socket.on('error', () => {}).on('close', () => (clearInterval(line), broken++));
  }).listen(0, '127.0.0.1');
  await once(smtp, 'listening');
  const env = { ...FAST, SMTP_URL: `smtp://127.0.0.1:${(smtp.address() as net.AddressInfo).port}` };
  ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
  await shop.reservar(0);
  const worker = await startApi(env, api);
  const mail = async () => (await query(api, "select estado, intentos, tomada_hasta from entregas where organizacion_id = $1 and canal = 'correo'", [shop.cuenta.organizacion_id]))[0];
  await hasta(async () => (await mail())?.intentos === 1 && (await mail()).tomada_hasta !== null);
  const began = Date.now();
  await worker.close();
  expect(Date.now() - began).toBeLessThan(7_500); // five seconds to end, and then it is broken off
  expect([await mail(), broken]).toEqual([{ estado: 'pendiente', intentos: 0, tomada_hasta: null }, 1]);
  smtp.close();
}, 60_000);

describe('kill -9', () => {
  let child: ChildProcess | undefined;
  beforeAll(() => promisify(execFile)('node', ['scripts/build.mjs']), 60_000);
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) await kill();
  });

  /** The real server in a process of its own. */
  async function serve(env: Record<string, string> = {}) {
    const listener = net.createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as net.AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    child = spawn('node', ['dist/main.js'], {
      env: { PATH: process.env.PATH, ...SECRETS, ...FAST, N8N_WEBHOOK_SECRET: N8N_SECRET, ...env, APP_DATABASE_URL: api.database.appUrl, PORT: String(port) },
      stdio: 'ignore',
    });
    const url = `http://127.0.0.1:${port}`;
    await hasta(() => fetch(`${url}/api/v1/health/live`).then(({ ok }) => ok, () => false), () => child!.exitCode, 25_000);
    return (method: string, path: string, body?: unknown) =>
      shop.request(method, `${url}/api/v1${path}`, body);
  }

  async function kill() {
    const ended = once(child!, 'exit');
    process.kill(child!.pid!, 'SIGKILL');
    expect((await ended)[1]).toBe('SIGKILL');
  }

  const body = () => ({ profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: '2027-03-08', hora_inicio: '08:00' });

  test('between commit and send: another instance sends it, once', async () => {
    const { id } = await destino(shop, receptor.url);
    const admin = new pg.Client(api.database.adminUrl);
    await admin.connect();
    const send = await serve();
    await hasta(() => receptor.eventos.includes('organizacion-creada'));
    // Nobody takes a delivery while this is held: the booking commits, and its process dies before it sends.
    await admin.query("select pg_advisory_lock(hashtextextended('app.tomar_entregas', 0))");
    ok(await send('POST', '/appointments', body()));
    await kill();
    await admin.end();
    expect(receptor.eventos).not.toContain('cita-creada');
    const worker = await startApi(FAST, api);
    await hasta(() => finished(id));
    await worker.close();
    expect(receptor.eventos.filter((evento) => evento === 'cita-creada').length).toBe(1);
    expect(received()).toEqual(await happened());
  }, 60_000);

  test('between send and mark: it is sent again with the same id and the same bytes', async () => {
    const { id, secreto } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
    const send = await serve();
    let killed = false;
    receptor.trato = async () => {
      if (!killed) {
        killed = true;
        await kill();
      }
      return 200;
    };
    ok(await send('POST', '/appointments', body()));
    await hasta(() => killed);
    const worker = await startApi(FAST, api);
    await hasta(() => finished(id), () => receptor.recibidos);
    await worker.close();
    expect(receptor.recibidos.length).toBe(2);
    expect(receptor.unicos.length).toBe(1);
    expect(receptor.recibidos[1].texto).toBe(receptor.recibidos[0].texto);
    for (const recibido of receptor.recibidos) comprobar(secreto, recibido);
    expect(received()).toEqual(await happened());
  }, 60_000);
});
