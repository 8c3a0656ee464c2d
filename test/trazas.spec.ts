import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { nextWeekday, openShop, startApi, type Api } from './api.js';
import { connect, EvolutionServer, startWithEvolution } from './evolution.js';
import { destino, FAST, N8N_SECRET } from './outbox-kit.js';
import { build, endProcess, startProcess, type Proceso } from './proceso.js';
import { hasta, Receptor } from './receptor.js';

/** A collector that understands OTLP over HTTP in JSON. */
const spans: any[] = [];
const resources: any[] = [];
const collector = http.createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk)).on('end', () => {
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans) {
      resources.push(resource);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    response.end('{}');
  });
});

let api: Api;
let server: Proceso | undefined;
let endpoint: string;
beforeAll(async () => {
  await build();
  api = await startApi();
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
}, 60_000);
beforeEach(() => void spans.splice(0));
afterEach(() => server && endProcess(server));
afterAll(async () => {
  collector.closeAllConnections();
  collector.close();
  await api.close();
});

const attributes = (of: any) => Object.fromEntries(of.attributes.map(({ key, value }: any) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = (sampled: '01' | '00') => `00-${TRACE}-b7ad6b7169203331-${sampled}`;

test('a request is a span of the trace that it came with, and each statement one in it, with its SQL and no value', async () => {
  const shop = await openShop(api);
  server = await startProcess(api, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'franja-prueba', OTEL_BSP_SCHEDULE_DELAY: '50' });
  const { headers } = await shop.request('GET', `${server.url}/api/v1/clients/999999?x=1`, undefined, { traceparent: traceparent('01') });
  await shop.request('POST', `${server.url}/api/v1/clients`, { nombre: 'Zenobia Quintanilla', telefono: '+573009871234' });
  const root = (route: string) => spans.find(({ kind, name }) => kind === 2 && name === route);
  await hasta(() => !!root('POST /api/v1/clients') && spans.some(({ parentSpanId }) => parentSpanId === root('POST /api/v1/clients').spanId), () => spans);
  const read = root('GET /api/v1/clients/:id');
  expect(read).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
  expect(attributes(read)).toMatchObject({
    'http.request.method': 'GET', 'http.route': '/api/v1/clients/:id', 'http.response.status_code': 404, 'error.type': 'no_encontrado', 'franja.solicitud': headers.get('x-request-id'),
  });
  const write = root('POST /api/v1/clients');
  expect(attributes(write)).toMatchObject({ 'http.response.status_code': 201, 'franja.organizacion_id': shop.cuenta.organizacion_id });
  expect(write.parentSpanId || undefined).toBeUndefined();
  const children = spans.filter(({ parentSpanId }) => parentSpanId === write.spanId);
  expect(children.every(({ traceId, kind }) => traceId === write.traceId && kind === 3)).toBe(true);
  const texts = children.map((child) => attributes(child)['db.query.text']);
  expect(texts).toContain('BEGIN');
  expect(texts.some((text) => /insert into "?clientes"?.*\$1/i.test(text))).toBe(true);
  expect(attributes(resources[0])['service.name']).toBe('franja-prueba');
  expect(JSON.stringify(spans)).not.toMatch(/Zenobia|3009871234/);
}, 60_000);

test('what the caller does not trace is not traced, and the share is that of OTEL_TRACES_SAMPLER; what ends is sent before the process does', async () => {
  const shop = await openShop(api);
  server = await startProcess(api, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/v1/traces`, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0', OTEL_BSP_SCHEDULE_DELAY: '60000' });
  await shop.request('GET', `${server.url}/api/v1/clients`, undefined, { traceparent: traceparent('00') });
  await shop.request('GET', `${server.url}/api/v1/clients`);
  await shop.request('GET', `${server.url}/api/v1/services`, undefined, { traceparent: traceparent('01') });
  server.child.kill('SIGTERM');
  await server.ended;
  expect(spans.filter(({ kind }) => kind === 2).map(({ name }) => name)).toEqual(['GET /api/v1/services']);
}, 60_000);

test('what a delivery calls is told its span, and told nothing when there are none', async () => {
  const [evolution, receptor] = await Promise.all([EvolutionServer.start(), new Receptor().abrir()]);
  const reception = await startWithEvolution(evolution, { JOBS: 'off', WEBHOOK_PRIVATE: 'on' }, api);
  const shop = await openShop(reception);
  await connect(evolution, shop, '573005550199');
  await destino(shop, `${receptor.url}/propio`);
  const book = (hora_inicio: string) =>
    shop.request('POST', '/appointments', { cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: nextWeekday(1, 7), hora_inicio });
  const worker = { ...FAST, ...evolution.env, WHATSAPP_INTERVAL_MS: '0', N8N_WEBHOOK_URL: receptor.url, N8N_WEBHOOK_SECRET: N8N_SECRET };
  /** What the three of them were told, by channel, once each has heard of one cita. */
  const told = async (): Promise<Record<string, string | undefined>> => {
    const [own, n8n] = ['/propio', '/webhook/cita-creada'].map((ruta) => () => receptor.recibidos.find((one) => one.ruta === ruta && one.cuerpo.evento === 'cita-creada'));
    await hasta(() => !!own() && !!n8n() && evolution.sent.length > 0, () => receptor.eventos);
    return { webhook: own()!.headers.traceparent, n8n: n8n()!.headers.traceparent, whatsapp: evolution.sent[0].traceparent };
  };
  server = await startProcess(api, { ...worker, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '50' });
  await book('09:00');
  const given = await told();
  // The same channel sends other events: the span meant is that of the very delivery that was told.
  const sent = (canal: string) => spans.find(({ name, traceId, spanId }) => name === `send ${canal}` && `00-${traceId}-${spanId}-01` === given[canal]);
  await hasta(() => Object.keys(given).every(sent), () => ({ given, spans: spans.map(({ name, traceId, spanId }) => [name, traceId, spanId]) }));
  for (const canal of Object.keys(given)) {
    expect(attributes(sent(canal))).toMatchObject({ 'messaging.system': canal, 'franja.resultado': 'entregada' });
  }
  await endProcess(server);

  receptor.recibidos.length = evolution.sent.length = 0;
  const untraced = await startApi(worker, api);
  await book('09:30');
  expect(await told()).toEqual({ webhook: undefined, n8n: undefined, whatsapp: undefined });
  for (const each of [untraced, reception]) await each.close();
  await receptor.cerrar();
  await evolution.close();
}, 60_000);

test('nothing is sent when OTEL_SDK_DISABLED says so', async () => {
  server = await startProcess(api, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' });
  await api.request('GET', `${server.url}/api/v1/health/ready`);
  server.child.kill('SIGTERM');
  await server.ended;
  expect(spans).toEqual([]);
}, 60_000);
