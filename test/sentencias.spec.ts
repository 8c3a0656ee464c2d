// What each route asks of the database: docs/statements.md says how many statements, whatever the number of rows; and for a large business which
// indexes and how many pages. docs/decisions/0027 says how it is counted.
import fs from 'node:fs';
import pg from 'pg';
import { ChatDb } from '../src/chat/chat-db.service.js';
import { CONFIG, type Config } from '../src/config.js';
import { Limits } from '../src/limits/limits.service.js';
import { Entregas } from '../src/outbox/entregas.service.js';
import { Reparto } from '../src/outbox/reparto.service.js';
import { openShop, startApi, type Api, type Send, type Shop } from './api.js';
import { startApiWithChat, type ChatApi } from './chat.js';
import { query } from './checks.js';
import { calientes } from './calientes.js';
import { EvolutionServer } from './evolution.js';
import { Medidor, type Cost } from './medidor.js';
import { operationsOf, type Operation } from './openapi-samples.js';
import { startPasarela } from './pasarela.js';
import { recorrerCuentas } from './recorrido-cuentas.js';
import { recorrerNegocio } from './recorrido-negocio.js';
import { correr, ejecutor } from './tareas.js';
import { llenar } from './volumen.js';

const FILE = 'docs/statements.md';
const ORGANIZATION = '/organizations/{organizacionId}';
const MEDIDAS = { dias: 700, clientes: 20_000, otras: 5_000 };

let api: ChatApi;
let serial: Api;
let medidor: Medidor;
let evolution: EvolutionServer;
let pasarela: Awaited<ReturnType<typeof startPasarela>>;
let operations: Operation[];
let large: Shop;
/** Of a business with a handful of rows, and of one with all of MEDIDAS. */
let few: Map<string, Cost[]>;
let many: Map<string, Cost[]>;

beforeAll(async () => {
  [evolution, pasarela] = [await EvolutionServer.start(), await startPasarela()];
  const env = { WEBHOOK_PRIVATE: 'on', ...pasarela.env, ...evolution.env };
  api = await startApiWithChat(env);
  Object.assign(api.app.get<Config>(CONFIG), { publicUrl: api.url });
  ({ operations } = await operationsOf(api));
  medidor = new Medidor();
  const patterns = operations.filter(({ path }) => path.startsWith(`${ORGANIZATION}/`)).map(({ path }) => matcher(path.slice(ORGANIZATION.length)));
  const repeated = (path: string) => patterns.some((pattern) => pattern.test(path.split('?')[0]));
  const visit = async (of: Api, shop: Shop) => {
    await of.app.get(ChatDb).run(1, async () => {}, true); // its first transaction asks whether RLS holds
    await recorrerCuentas(of, shop, repeated);
    await recorrerNegocio(of, shop, evolution, repeated);
    return byRoute(await medidor.take());
  };
  few = await visit(api, await openShop(api));
  // Workers of a parallel plan count for themselves, and would not be seen.
  await query(api, `alter role saas_app in database ${api.database.name} set max_parallel_workers_per_gather = 0`);
  serial = await startApi({ ...env, CHAT_DATABASE_URL: api.chat.appUrl }, api);
  Object.assign(serial.app.get<Config>(CONFIG), { publicUrl: serial.url });
  large = await openShop(serial);
  await llenar(api, large, MEDIDAS);
  many = await visit(serial, large);
}, 180_000);

afterAll(async () => {
  medidor?.close();
  await serial?.close();
  await api?.close();
  await evolution.close();
  pasarela.close();
});

const matcher = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);

/** By the route of the document, of those that succeeded; the most literal one that fits. */
function byRoute(costs: Cost[]): Map<string, Cost[]> {
  const routes = operations.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length).map(({ method, path }) => ({ name: `${method} ${path}`, pattern: matcher(`${method} ${path}`) }));
  const found = new Map<string, Cost[]>();
  for (const cost of costs.filter(({ status }) => status < 300)) {
    const name = routes.find(({ pattern }) => pattern.test(cost.ruta))?.name ?? cost.ruta;
    found.set(name, [...(found.get(name) ?? []), cost]);
  }
  return found;
}

/** Transactions and statements of the dearest of them. */
const most = (costs: Cost[] = []) => `${Math.max(...costs.map(({ transactions }) => transactions))} | ${Math.max(...costs.map(({ statements }) => statements.length))}`;
const plain = () => operations.filter(({ path }) => !path.startsWith(`${ORGANIZATION}/`)).map(({ method, path }) => `${method} ${path}`);

test('every route of the document was called, and succeeded', () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).filter((route) => !few.has(route) || !many.has(route))).toEqual([]);
});

/** These go on after their answer, message by message or organisation by organisation: how much of that is counted is chance. */
const GO_ON = ['POST /whatsapp/inbound/{token}', 'POST /admin/jobs/{tarea}/run'];

test('a route sends as many statements for thousands of rows as for one', () => {
  const differs = [...few].filter(([route, costs]) => !GO_ON.includes(route) && most(costs) !== most(many.get(route)));
  expect(differs.map(([route, costs]) => `${route}: ${most(costs)}, then ${most(many.get(route))}`)).toEqual([]);
});

test('docs/statements.md says how many; FRANJA_WRITE=1 npx jest test/sentencias writes it', () => {
  const rows = plain().toSorted((a, b) => (a.split(' ')[1] + a < b.split(' ')[1] + b ? -1 : 1)).map((route) => `| ${route.replace(' ', ' | `')}\` | ${GO_ON.includes(route) ? '– | –' : most(many.get(route))} |`);
  const table = ['| | route | transactions | statements |', '|---|---|--:|--:|', ...rows].join('\n');
  const current = fs.readFileSync(FILE, 'utf8').replace(/\n\| \| route[\s\S]*?\n(?!\|)/, () => `\n${table}\n`);
  if (process.env.FRANJA_WRITE) fs.writeFileSync(FILE, current);
  expect(fs.readFileSync(FILE, 'utf8')).toBe(current);
});

test('a route under an organisation sends what it sends without it', () => {
  const differs = [...many].filter(([route]) => route.startsWith(`GET ${ORGANIZATION}/`) && most(many.get(route)) !== most(many.get(route.replace(ORGANIZATION, ''))));
  expect(differs.map(([route]) => route)).toEqual([]);
});

describe('the large business', () => {
  /** Tables of so many pages are worth an index; a smaller one may be read whole. */
  const SMALL = 20;
  /** What reads all of a table, and why it may. */
  const WHOLE: Record<string, string> = {
    'GET /admin/metrics': 'the history of all subscriptions, month by month',
    [`GET ${ORGANIZATION}/admin/metrics`]: 'the same',
    'POST /schedules/generate': 'a month of eleven professionals: here, where most franjas are theirs, the planner may find all of them cheaper than thousands by index',
    'task contadores_uso': 'counts again all that is counted',
    'task retencion': 'at night, what it mostly deletes',
  };
  /** Pages of a route that may read more than others, and why. */
  const PAGES: Record<string, number> = {
    'GET /dashboard': 1_500, // every cita of 30 days
    [`GET ${ORGANIZATION}/dashboard`]: 1_500,
    'POST /schedules/generate': 8_000, // writes a month of franjas of eleven professionals
    'POST /admin/jobs/{tarea}/run': 5_000, // looks for work in all organisations
  };
  let hot: { name: string; most: number; by: string[]; cost: Cost }[];
  /** Of every route, task and hot request, what it scanned. */
  let scans: Map<string, Map<string, number>>;

  beforeAll(async () => {
    hot = [];
    // Plans for any values, as the API has them, and for these very ones: whoever lets the server choose has the same bounds.
    for (const [weeks, mode] of [[1, 'force_custom_plan'], [2, 'force_generic_plan']] as const) {
      await query(api, `alter role saas_app in database ${api.database.name} set plan_cache_mode = '${mode}'`);
      const other = await startApi({}, api);
      const request: Send = (method, path, body) => other.request(method, path, body, { authorization: `Bearer ${large.token}` });
      for (const { name, run, pages, by } of await calientes(other, large, request, weeks)) {
        await medidor.take();
        await run();
        const [cost, ...more] = await medidor.take();
        if (more.length > 0) throw new Error(`${name} is more than one request`);
        hot.push({ name: `${name}, ${mode}`, most: pages, by, cost });
      }
      await other.close();
    }
    await query(api, `alter role saas_app in database ${api.database.name} reset plan_cache_mode`);
    await query(api, 'update organizaciones set inasistencia_minutos = 60 where id = $1', [large.cuenta.organizacion_id]);
    for (const { nombre } of ejecutor(api).tareas) await medidor.work(`task ${nombre}`, () => correr(api, nombre));
    await medidor.work('task reparto', () => api.app.get(Reparto).repartir());
    await medidor.work('task entregas', () => api.app.get(Entregas).tomar(20));
    await medidor.work('task limites', () => api.app.get(Limits).clean());
    const tasks = await medidor.take();
    scans = new Map([...many, ...tasks.map((cost): [string, Cost[]] => [cost.ruta, [cost]]), ...hot.map(({ name, cost }): [string, Cost[]] => [name, [cost]])]
      .map(([name, costs]) => [name, new Map(costs.flatMap((cost) => [...cost.scans]))]));
  }, 120_000);

  test('reads no table whole', async () => {
    const tables = (await query(api, "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relpages > $1", [SMALL])).map((row) => row.relname);
    expect(tables).toEqual(expect.arrayContaining(['citas', 'clientes', 'horarios_disponibilidad', 'entregas', 'sesiones', 'usuarios']));
    const whole = [...scans].filter(([name]) => !(name in WHOLE)).flatMap(([name, of]) => tables.filter((table) => of.has(table)).map((table) => `${name}: ${table}`));
    expect(whole).toEqual([]);
  });

  test('is answered by the index that is for it, in so many pages, whichever plan', () => {
    expect(hot.length).toBeGreaterThan(40);
    const wrong = hot.filter(({ most: pages, by, cost }) => cost.pages > pages || cost.pages < 1 || by.some((index) => !cost.scans.has(index)));
    expect(wrong.map(({ name, most: pages, by, cost }) => `${name}: ${cost.pages} of ${pages} pages, by ${[...cost.scans.keys()].join(' ')} and not ${by.join(' ')}`)).toEqual([]);
  });

  test('costs no route and no task more pages than a page of rows is worth', () => {
    const dear = [...many].map(([route, costs]) => ({ route, pages: Math.max(...costs.map((cost) => cost.pages)) })).filter(({ route, pages }) => pages > (PAGES[route] ?? 700));
    expect(dear).toEqual([]);
  });

  test('is planned once, for any values', async () => {
    const client = new pg.Client({ connectionString: serial.database.appUrl });
    await client.connect();
    const agenda = (day: string) => client.query({ name: 'agenda', text: 'select id from citas where organizacion_id = 1 and fecha_cita = $1', values: [day] });
    for (let day = 1; day <= 9; day++) await agenda(`2026-03-0${day}`);
    const { rows } = await client.query('select generic_plans::int, custom_plans::int from pg_prepared_statements');
    await client.end();
    expect(rows).toEqual([{ generic_plans: 9, custom_plans: 0 }]);
  });

  test('cleans up two hundred organisations without reading all of them for each, with plans for any values', async () => {
    await medidor.work('task retencion', () => correr(serial, 'retencion'));
    const [{ pages }] = await medidor.take();
    expect(pages).toBeLessThan(12_000);
  });

  test('has every index read by whom its comment names', async () => {
    const rows = await query(api, `
      select c.relname as name, obj_description(c.oid) as comment from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relnamespace = 'public'::regnamespace and not i.indisunique and not i.indisexclusion`);
    const claims = rows.flatMap(({ name, comment }) => (comment ?? '').split(', ').filter((who: string) => !who.startsWith('fk ')).map((who: string) => ({ name, who })));
    expect(claims.length).toBeGreaterThan(40);
    expect(claims.filter(({ who }) => !scans.has(who)).map(({ who }) => who)).toEqual([]);
    expect(claims.filter(({ name, who }) => !scans.get(who)?.has(name)).map(({ name, who }) => `${who} does not read ${name}`)).toEqual([]);
  });
});
