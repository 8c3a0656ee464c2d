// What the API answers is what its document says: status, kind of body and every field, all along the way of a business, and where it is refused.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CONFIG, type Config } from '../src/config.js';
import { nextWeekday, openShop, PASSWORD, register, registerClient, unique, type Api, type Shop } from './api.js';
import { digitsIn, mailTo } from './buzon.js';
import { startApiWithChat } from './chat.js';
import { query } from './checks.js';
import { EvolutionServer } from './evolution.js';
import { operationsOf } from './openapi-samples.js';
import { startPasarela } from './pasarela.js';
import { recorrerCuentas } from './recorrido-cuentas.js';
import { recorrerNegocio } from './recorrido-negocio.js';
import { superAdmin } from './super-admin.js';

const ORGANIZATION = '/organizations/{organizacionId}';
const FORMATS = {
  date: /^\d{4}-\d\d-\d\d$/, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, decimal: /^-?\d+(\.\d+)?$/, email: /^\S+@\S+$/, password: true, binary: true,
} as const;

let api: Api;
let shop: Shop;
let evolution: EvolutionServer;
let pasarela: Awaited<ReturnType<typeof startPasarela>>;
let document: any;
let ajv: Ajv2020;
let routes: { method: string; path: string; pattern: RegExp }[];
/** What was answered otherwise, and which routes succeeded. */
let wrong: Set<string>;
const answered = new Set<string>();

beforeAll(async () => {
  [evolution, pasarela] = [await EvolutionServer.start(), await startPasarela()];
  api = await startApiWithChat({ WEBHOOK_PRIVATE: 'on', ...pasarela.env, ...evolution.env });
  Object.assign(api.app.get<Config>(CONFIG), { publicUrl: api.url });
  const read = await operationsOf(api);
  document = closed(read.document);
  ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS }).addSchema(document, 'documento');
  routes = read.operations.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
    .map(({ method, path }) => ({ method, path, pattern: new RegExp(`^/api/v1${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  const send = globalThis.fetch;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const response = await send(input, init);
    await look(init?.method ?? 'GET', new URL(String(input)), response.clone());
    return response;
  });
  shop = await openShop(api);
});
beforeEach(() => {
  wrong = new Set();
});
afterAll(async () => {
  jest.restoreAllMocks();
  await api?.close();
  await evolution.close();
  pasarela.close();
});

/** The document with every object closed: a field that it does not name is wrong. */
function closed(part: any): any {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const { example: _, examples, ...rest } = part;
  const whole = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, closed(value)]));
  return { ...whole, ...(examples && { examples }), ...(rest.properties && rest.additionalProperties === undefined && { unevaluatedProperties: false }) };
}

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');

async function look(method: string, url: URL, response: Response) {
  const route = routes.find((one) => one.method === method && one.pattern.test(url.pathname));
  if (url.origin !== api.url || !route) return;
  const name = `${method} ${route.path} ${response.status}`;
  if (response.ok) answered.add(`${method} ${route.path}`);
  const declared = document.paths[`/api/v1${route.path}`][method.toLowerCase()].responses[response.status];
  if (!declared) return wrong.add(`${name}: not in the document`);
  const text = await response.text();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (!text && !declared.content) return;
  if (!declared.content?.[type]) return wrong.add(`${name}: ${type || text}`);
  if (!type.endsWith('json')) return;
  const body = JSON.parse(text);
  const validate = ajv.getSchema(`documento#/paths/${escaped(`/api/v1${route.path}`)}/${method.toLowerCase()}/responses/${response.status}/content/${escaped(type)}/schema`)!;
  if (!validate(body)) for (const { instancePath, message, params } of validate.errors!) wrong.add(`${name}: ${instancePath.replace(/\d+/g, '*')} ${message} ${JSON.stringify(params)}`);
  if (type === 'application/problem+json' && !declared.content[type].examples[body.codigo]) wrong.add(`${name}: ${body.codigo} is not among its problems`);
}

test('of every route, as it is used', async () => {
  const twins = routes.filter(({ path }) => path.startsWith(`${ORGANIZATION}/`)).map(({ path }) => new RegExp(`^${path.slice(ORGANIZATION.length).replace(/\{\w+\}/g, '[^/]+')}$`));
  const repeated = (path: string) => twins.some((pattern) => pattern.test(path.split('?')[0]));
  await recorrerCuentas(api, shop, repeated);
  await recorrerNegocio(api, shop, evolution, repeated);
  expect(routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !answered.has(route))).toEqual([]);
  expect([...wrong]).toEqual([]);
}, 120_000);

test('of what is empty', async () => {
  const owner = await register(api);
  const nobody = await owner.request('POST', '/professionals', { nombre_completo: 'Eva', tipo_profesional: 'barbero', servicio_ids: [], horario_inicial: false });
  await owner.request('GET', '/professionals');
  for (const path of ['/dashboard', '/appointments', '/clients', '/billing/usage', `/professionals/${nobody.body.id}/services`, '/schedules/slots?fecha_desde=2027-03-15&fecha_hasta=2027-03-15']) await owner.request('GET', path);
  expect([...wrong]).toEqual([]);
});

test('of problems that tell more', async () => {
  const codes: string[] = [];
  const refused = async (sent: ReturnType<typeof api.request>) => codes.push((await sent).body.codigo);
  const second = await openShop(api, { email: shop.cuenta.email });
  await refused(api.request('POST', '/auth/login', { email: shop.cuenta.email, password: PASSWORD }));
  const slot = { profesional_id: second.profesional.id, servicio_id: second.servicio.id, cliente_id: second.cliente.id, fecha_cita: nextWeekday(1, 7), hora_inicio: '10:00' };
  const cita = await second.request('POST', '/appointments', slot);
  await second.request('PUT', `/appointments/${cita.body.id}/cancel`, { motivo_cancelacion: 'Viaje' });
  await refused(second.request('PUT', `/appointments/${cita.body.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
  await query(api, "update planes_subscripcion set limite_clientes = 1 where codigo_plan = 'trial'");
  await refused(second.request('POST', '/clients', { nombre: 'Una más' }));
  await query(api, "update planes_subscripcion set limite_servicios = 1 where codigo_plan = 'basico'");
  await second.request('POST', '/setup/import-services', {});
  await refused(second.request('POST', '/billing/subscription/change', { plan: 'basico' }));
  await second.request('POST', '/billing/subscription/change', { plan: 'empresarial' });
  expect(codes).toEqual(['elija_organizacion', 'transicion_invalida', 'limite_alcanzado', 'uso_no_cabe']);
  expect([...wrong]).toEqual([]);
});

test('of problems that few ever see', async () => {
  const codes: string[] = [];
  const refused = async (sent: ReturnType<typeof api.request>) => codes.push((await sent).body.codigo);
  const admits = (clients: number | null) => query(api, "update planes_subscripcion set limite_clientes = $1 where codigo_plan = 'trial'", [clients]);
  await admits(null);
  const business = await openShop(api);
  const { organizacion_id, codigo_tenant } = business.cuenta;
  const [maria, jose] = [await registerClient(api, business), await registerClient(api, business)];
  const time = { profesional_id: business.profesional.id, servicio_id: business.servicio.id, hora_inicio: '10:00' };
  const hold = await maria.request('POST', '/availability/holds', { ...time, fecha: nextWeekday(1, 7) });
  const cita = await jose.request('POST', '/appointments', { ...time, fecha_cita: nextWeekday(2, 7) });
  await refused(jose.request('POST', '/appointments', { ...time, fecha_cita: nextWeekday(1, 7), reserva_id: hold.body.id }));
  await refused(jose.request('PUT', `/appointments/${cita.body.id}/reschedule`, { fecha_cita: nextWeekday(1, 7), hora_inicio: '10:00', reserva_id: hold.body.id }));
  const root = await superAdmin(api);
  await refused(root.request('PUT', `/admin/organizations/${organizacion_id}/subscription`, { precio_actual: '10.5', moneda: 'CLP', motivo: 'Acuerdo' }));
  const enter = async () => {
    const email = `${unique('nueva')}@example.com`;
    await api.request('POST', '/auth/code', { codigo_tenant, email });
    const codigo = digitsIn((await mailTo(api, email, /código para entrar/)).subject);
    return api.request('POST', '/auth/code/verify', { codigo_tenant, email, codigo, nombre: 'Eva' });
  };
  await admits(1);
  await refused(enter());
  await admits(null);
  await root.request('PUT', `/admin/organizations/${organizacion_id}/subscription`, { estado: 'cancelada', motivo: 'Fin' });
  await refused(enter());
  expect(codes).toEqual(['reserva_vencida', 'reserva_vencida', 'decimales_invalidos', 'limite_alcanzado', 'subscripcion_suspendida']);
  expect([...wrong]).toEqual([]);
});

test('of a body that cannot be read, whether or not the route takes one', async () => {
  const headers = { authorization: `Bearer ${shop.token}` };
  for (const { method, path } of routes.filter((route) => route.method !== 'GET')) {
    const aimed = path.replace(/\{\w+\}/g, '999999999');
    for (const [body, type] of [['[', 'application/json'], ['<a/>', 'application/xml'], [JSON.stringify('x'.repeat(2_000_000)), 'application/json']]) {
      const { status } = await api.request(method, aimed, body, { ...headers, 'content-type': type });
      if (status < 400 || status >= 500) wrong.add(`${method} ${path} ${status} ${type}`);
    }
  }
  expect([...wrong]).toEqual([]);
});
