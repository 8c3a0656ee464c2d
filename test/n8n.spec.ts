import { createRequire } from 'node:module';
import fs from 'node:fs';
import vm from 'node:vm';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { operationsOf, type Operation } from './openapi-samples.js';
import { day, nextWeekday, openShop, startApi, type Api, type Shop } from './api.js';

const FOLDER = 'examples/n8n';
const workflows: [string, any][] = fs.readdirSync(FOLDER).filter((file) => file.endsWith('.json')).map((file) => [file, JSON.parse(fs.readFileSync(`${FOLDER}/${file}`, 'utf8'))]);
const named = (file: string, name: string) => workflows.find(([each]) => each === file)![1].nodes.find((node: any) => node.name === name);
const compose = parse(fs.readFileSync('docker-compose.yml', 'utf8'), { merge: true });
/** What each node of n8n 2.42 is called, and a version of it that exists there. */
const KNOWN: Record<string, number> = {
  'n8n-nodes-base.webhook': 2.1, 'n8n-nodes-base.code': 2, 'n8n-nodes-base.dataTable': 1.1, 'n8n-nodes-base.httpRequest': 4.2, 'n8n-nodes-base.httpRequestTool': 4.2, 'n8n-nodes-base.respondToWebhook': 1.1,
  '@n8n/n8n-nodes-langchain.agent': 3, '@n8n/n8n-nodes-langchain.lmChatOpenAi': 1.2, '@n8n/n8n-nodes-langchain.memoryPostgresChat': 1.3,
};
const allowed = compose.services.n8n.environment.NODE_FUNCTION_ALLOW_BUILTIN.split(',');

interface Run {
  input: any;
  raw?: string;
  env?: Record<string, string>;
  nodes?: Record<string, any>;
}

/** A Code node as n8n runs it: the body of an async function, with these names and no other of Node. */
async function runCode(code: string, { input, raw = '', env = {}, nodes = {} }: Run): Promise<any[]> {
  const require = createRequire(import.meta.url);
  const first = (json: any) => ({ first: () => ({ json }), all: () => [{ json }] });
  const context = vm.createContext({
    Buffer,
    $env: env,
    $input: first(input),
    $: (name: string) => first(nodes[name]),
    require: (name: string) => {
      if (!allowed.includes(name)) throw new Error(`n8n does not allow ${name}`);
      return require(name);
    },
  });
  const run = vm.runInContext(`(async function () {\n${code}\n})`, context);
  const result = await run.call({ helpers: { getBinaryDataBuffer: async () => Buffer.from(raw) } });
  return JSON.parse(JSON.stringify(result)); // of the other realm
}

const secret = () => `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')}`;
const event = {
  id: '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f', evento: 'cita-creada', ocurrido_en: '2027-03-15T14:00:00.000Z', organizacion_id: 1,
  datos: {
    organizacion: { nombre_comercial: 'Barbería Ñandú' }, cliente: { nombre: 'José', telefono: '+573001234567', acepta_mensajes: true }, servicio: { nombre: 'Corte' },
    profesional: { nombre_completo: 'Ana' }, cita: { fecha_cita: '2027-03-16', hora_inicio: '09:00', codigo_cita: 'NBQJHD9' },
    mensaje: { tipo: 'texto', telefono: '+573001234567', texto: '¿Hay hora mañana?' },
  },
};

/** What Franja sends, signed by the npm package. */
function delivery(keys: string[], { at = Date.now(), body = JSON.stringify(event), id = event.id } = {}) {
  const timestamp = new Date(at);
  return {
    raw: body,
    input: {
      headers: {
        'webhook-id': id, 'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
        'webhook-signature': keys.map((key) => new Webhook(key).sign(id, timestamp, body)).join(' '),
      },
    },
  };
}

describe.each(workflows)('%s', (file, workflow) => {
  const nodes: any[] = workflow.nodes;

  test('imports: nodes that n8n has, with names and ids of their own, connected to nodes that exist', () => {
    const names = nodes.map((node) => node.name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
    for (const { type, typeVersion, position, parameters } of nodes) {
      expect([type, typeVersion]).toEqual([type, KNOWN[type]]);
      expect([position.length, typeof parameters]).toEqual([2, 'object']);
    }
    const reached = new Set<string>();
    for (const [from, outputs] of Object.entries<any>(workflow.connections)) {
      expect(names).toContain(from);
      for (const [type, lists] of Object.entries<any>(outputs)) {
        for (const { node, type: into } of lists.flat()) {
          expect(names).toContain(node);
          expect(into).toBe(type);
          reached.add(from).add(node);
        }
      }
    }
    expect([...reached].sort()).toEqual([...names].sort());
    expect(workflow.active).toBe(false);
  });

  test('carries no credential, and names in expressions only nodes and variables that there are', () => {
    const source = JSON.stringify(workflow);
    expect(nodes.filter((node) => node.credentials)).toEqual([]);
    expect(source).not.toMatch(/frj_\d|whsec_[A-Za-z0-9+/]{8}|sk-[A-Za-z0-9]{8}|apikey":/i);
    for (const [, name] of source.matchAll(/\$\('([^']+)'\)/g)) expect(nodes.map((node) => node.name)).toContain(name);
    for (const [, name] of source.matchAll(/\$env\.([A-Z0-9_]+)/g)) expect(Object.keys(compose.services.n8n.environment)).toContain(name);
    expect(compose.services.n8n.environment.N8N_BLOCK_ENV_ACCESS_IN_NODE).toBe('false');
  });

  test('webhooks take the raw body and answer only for what is told to the end, or verified', () => {
    for (const { name, parameters } of nodes.filter((node) => node.type === 'n8n-nodes-base.webhook')) {
      expect(parameters).toMatchObject({ httpMethod: 'POST', path: name, options: { rawBody: true } });
      expect(['lastNode', 'responseNode']).toContain(parameters.responseMode);
      expect(workflow.connections[name].main[0][0].node).toBe('Verificar la firma');
    }
  });

  /** What `name` hands on to, along the first way out of each node. */
  const after = (name: string): string[] => {
    const [next] = workflow.connections[name]?.main[0] ?? [];
    return next ? [next.node, ...after(next.node)] : [];
  };

  test('has an id, which importing by command line asks for, and notes ids where two executions at once do not overwrite each other', () => {
    expect(workflow.id).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(JSON.stringify(workflow)).not.toContain('getWorkflowStaticData');
    const [create, fresh, note, forget] = ['Tabla de lo hecho', 'Si es nuevo', 'Anotar lo hecho', 'Olvidar lo viejo'].map((name) => named(file, name).parameters);
    const [{ name: column }] = create.columns.column;
    expect(create).toMatchObject({ resource: 'table', operation: 'create', options: { createIfNotExists: true } });
    for (const { dataTableId } of [fresh, note, forget]) expect(dataTableId).toMatchObject({ mode: 'name', value: create.tableName });
    const id = "={{ $('Verificar la firma').first().json.id }}";
    expect([fresh.operation, fresh.filters.conditions[0]]).toMatchObject(['rowNotExists', { keyName: column, keyValue: id }]);
    expect([note.operation, note.columns.value]).toEqual(['insert', { [column]: id }]);
    expect([forget.operation, forget.filters.conditions[0]]).toMatchObject(['deleteRows', { keyName: 'createdAt', condition: 'lt', keyValue: '={{ $now.minus({ days: 4 }).toISO() }}' }]);
    expect(after('Tabla de lo hecho')[0]).toBe('Si es nuevo');
    expect(workflow.connections['Anotar lo hecho'].main[0].at(-1).node).toBe('Olvidar lo viejo');
  });

  describe('verifies a signature', () => {
    const verify = (key: string | undefined, given: Pick<Run, 'input' | 'raw'>) =>
      runCode(named(file, 'Verificar la firma').parameters.jsCode, { ...given, env: key === undefined ? {} : { N8N_WEBHOOK_SECRET: key } });
    const key = secret();
    const minutes = (n: number) => Date.now() + n * 60_000;

    test('of Franja', async () => {
      const [{ json }] = await verify(key, delivery([key]));
      expect(json).toMatchObject(event);
    });

    test.each<[string, () => Pick<Run, 'input' | 'raw'>]>([
      ['while Franja signs with two secrets, the old one first', () => delivery([secret(), key])],
      ['while Franja signs with two secrets, the new one first', () => delivery([key, secret()])],
      ['four minutes old', () => delivery([key], { at: minutes(-4) })],
      ['four minutes ahead', () => delivery([key], { at: minutes(4) })],
    ])('%s', async (_, given) => expect(await verify(key, given())).toHaveLength(1));

    test('while n8n knows two secrets', async () => {
      for (const both of [`${key},${secret()}`, `${secret()} ${key}`]) expect(await verify(both, delivery([key]))).toHaveLength(1);
    });

    const altered = (change: (given: ReturnType<typeof delivery>) => void) => () => {
      const given = delivery([key]);
      change(given);
      return given;
    };
    test.each<[string, () => Pick<Run, 'input' | 'raw'>]>([
      ['of another secret', () => delivery([secret()])],
      ['six minutes old', () => delivery([key], { at: minutes(-6) })],
      ['six minutes ahead', () => delivery([key], { at: minutes(6) })],
      ['of another body', altered((g) => (g.raw = g.raw.replace('09:00', '10:00')))],
      ['of the same JSON in other bytes', altered((g) => (g.raw = JSON.stringify(JSON.parse(g.raw), null, 1)))],
      ['of another id', altered((g) => (g.input.headers['webhook-id'] = 'otro'))],
      ['of another time', altered((g) => (g.input.headers['webhook-timestamp'] = String(Number(g.input.headers['webhook-timestamp']) + 1)))],
      ['cut short', altered((g) => (g.input.headers['webhook-signature'] = g.input.headers['webhook-signature'].slice(0, -8)))],
      ['empty', altered((g) => (g.input.headers['webhook-signature'] = 'v1,'))],
      ['of another version', altered((g) => (g.input.headers['webhook-signature'] = g.input.headers['webhook-signature'].replace('v1,', 'v1a,')))],
      ['that is absent', altered((g) => delete (g.input.headers as any)['webhook-signature'])],
      ['without an id', altered((g) => delete (g.input.headers as any)['webhook-id'])],
      ['without a time', altered((g) => delete (g.input.headers as any)['webhook-timestamp'])],
      ['at a time that is none', altered((g) => (g.input.headers['webhook-timestamp'] = '1e9'))],
    ])('and refuses one %s', async (_, given) => expect(verify(key, given())).rejects.toThrow(/The (webhook|signature)/));

    test.each([undefined, '', 'whsec_', 'whsec_c2hvcnQ=', `${key},`])('and nothing passes with the secret %j', async (wrong) => {
      await expect(verify(wrong, delivery([key]))).rejects.toThrow(/N8N_WEBHOOK_SECRET/);
    });
  });
});

describe('eventos-por-whatsapp.json', () => {
  const code = (name: string) => named('eventos-por-whatsapp.json', name).parameters.jsCode;

  test('listens to every event that Franja tells n8n of a cita, at the path that it posts to', () => {
    const paths = workflows.find(([file]) => file === 'eventos-por-whatsapp.json')![1].nodes.filter((node: any) => node.type.endsWith('webhook')).map((node: any) => node.name);
    const [, list] = /EVENTOS = \[([^\]]+)\]/.exec(fs.readFileSync('src/outbox/eventos.ts', 'utf8'))!;
    const told = [...list.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name).filter((name) => !['mensaje-recibido', 'uso-cercano-limite', 'limite-alcanzado'].includes(name));
    expect(paths.sort()).toEqual(told.sort());
  });

  test('notes what WhatsApp has a key for, and nothing before', async () => {
    const { connections } = workflows.find(([file]) => file === 'eventos-por-whatsapp.json')![1];
    const way = ['Verificar la firma', 'Tabla de lo hecho', 'Si es nuevo', 'Redactar', 'Enviar por WhatsApp', 'Comprobar el envío', 'Anotar lo hecho', 'Olvidar lo viejo'];
    for (const [i, name] of way.slice(0, -1).entries()) expect(connections[name].main).toEqual([[{ node: way[i + 1], type: 'main', index: 0 }]]);
    await expect(runCode(code('Comprobar el envío'), { input: { status: 400, error: 'Bad Request' } })).rejects.toThrow(/WhatsApp did not send/); // 201 with an error inside
    expect(await runCode(code('Comprobar el envío'), { input: { key: { id: '3EB0' } } })).toHaveLength(1);
  });

  test('writes to who takes messages and has a phone, and to nobody else', async () => {
    const write = (change: object, evento = 'cita-creada') =>
      runCode(code('Redactar'), { input: {}, nodes: { 'Verificar la firma': { ...event, evento, datos: { ...event.datos, cliente: { ...event.datos.cliente, ...change } } } } });
    expect(await write({})).toEqual([{ json: {
      number: '573001234567', text: 'Hola, José. Su cita de Corte en Barbería Ñandú es el 2027-03-16 a las 09:00, con Ana. Código: NBQJHD9.',
    } }]);
    for (const evento of ['cita-confirmada', 'cita-reprogramada', 'cita-cancelada', 'recordatorio-cita', 'solicitar-feedback']) {
      const [{ json }] = await write({}, evento);
      expect(json.text).not.toMatch(/undefined|null/);
    }
    expect(await write({}, 'cita-no-asistio')).toEqual([]);
    expect(await write({ telefono: null })).toEqual([]);
    expect(await write({ acepta_mensajes: false })).toEqual([]);
    expect(await runCode(code('Redactar'), { input: {}, nodes: { 'Verificar la firma': { evento: 'organizacion-creada', datos: { organizacion: {} } } } })).toEqual([]);
  });
});

describe('agente-de-whatsapp.json', () => {
  const FILE = 'agente-de-whatsapp.json';
  let api: Api;
  let operations: Operation[];
  beforeAll(async () => {
    api = await startApi();
    ({ operations } = await operationsOf(api));
  });
  afterAll(() => api.close());

  test('answers once, what its own business is written', async () => {
    const key = secret();
    const verify = async (change: any) => {
      const body = JSON.stringify({ ...event, ...change });
      const [{ json }] = await runCode(named(FILE, 'Verificar la firma').parameters.jsCode, { ...delivery([key], { body }), env: { N8N_WEBHOOK_SECRET: key } });
      return (await runCode(named(FILE, 'Solo lo nuestro').parameters.jsCode, { input: {}, nodes: { 'Verificar la firma': json } })).length;
    };
    const { datos } = event;
    expect(await verify({})).toBe(1);
    expect(await verify({ organizacion_id: 2 })).toBe(0);
    expect(await verify({ datos: { ...datos, mensaje: { ...datos.mensaje, tipo: 'archivo' } } })).toBe(0);
    expect(await verify({ datos: { ...datos, mensaje: { ...datos.mensaje, telefono: null } } })).toBe(0);
    const { connections } = workflows.find(([file]) => file === FILE)![1];
    const way = ['Verificar la firma', 'Contestar 200', 'Solo lo nuestro', 'Tabla de lo hecho', 'Si es nuevo', 'Anotar lo hecho', 'Citas del cliente', 'Negocio', 'Agente'];
    for (const [i, name] of way.slice(0, -1).entries()) expect(connections[name].main[0][0].node).toBe(way[i + 1]);
  });

  test('finds no cita of who has no record yet, and is not refused', async () => {
    const [, nobody] = /\?\? (\d+) \}\}/.exec(named(FILE, 'Citas del cliente').parameters.queryParameters.parameters[0].value)!;
    const shop = await openShop(api, {}, 1);
    expect(await shop.request('GET', `/appointments?cliente_id=${nobody}`)).toMatchObject({ status: 200, body: { elementos: [] } });
    expect((await shop.request('GET', `/appointments?cliente_id=${nobody.slice(0, -1)}2`)).status).toBe(400); // one more than a number can tell apart
  });

  test('remembers in the table and under the session that Franja keeps', () => {
    const { sessionKey, tableName, sessionIdType } = named(FILE, 'Memoria').parameters;
    expect([tableName, sessionIdType]).toEqual(['n8n_chat_histories', 'customKey']);
    const session = sessionKey.slice(1).replace(/\{\{ \$\('Verificar la firma'\)\.first\(\)\.json\.([\w.]+) \}\}/g, (_: string, path: string) => path.split('.').reduce((value: any, name: string) => value[name], event));
    expect(session).toBe('1:wa:+573001234567');
  });

  /** What n8n makes of a field with expressions; `given` is what the model says. */
  function render(field: string, { nodes, given = {} }: { nodes: Record<string, any>; given?: Record<string, unknown> }): string {
    const names = {
      $: (name: string) => ({ first: () => ({ json: nodes[name] }) }),
      $env: { FRANJA_API_URL: `${api.url}/api/v1` },
      $fromAI: (name: string) => given[name],
      $now: { setZone: () => ({ toFormat: (format: string) => format }) },
    };
    return field.replace(/^=/, '').replace(/\{\{ (.+?) \}\}/gs, (_, expression) => String(vm.runInNewContext(expression, names)));
  }

  /** Calls a tool that reads, as n8n does. */
  async function read(tool: string, shop: Shop, given: Record<string, unknown> = {}): Promise<any> {
    const { body: organizacion } = await shop.request('GET', `/organizations/${shop.cuenta.organizacion_id}`);
    const { url, queryParameters } = named(FILE, tool).parameters;
    const nodes = { 'Verificar la firma': { ...event, datos: { ...event.datos, organizacion } } };
    const query = new URLSearchParams((queryParameters?.parameters ?? []).map(({ name, value }: any) => [name, render(value, { nodes, given })]));
    const response = await fetch(`${render(url, { nodes, given })}?${query}`);
    expect(response.status).toBe(200);
    return response.json();
  }

  test('tells the model every free hour of a day, whoever gives the service, and none that the business does not offer to clients', async () => {
    const shop = await openShop(api, {}, 14);
    for (const nombre_completo of ['Otra', 'Otro']) await shop.request('POST', '/professionals', { nombre_completo, tipo_profesional: 'barbero' });
    await shop.request('POST', '/schedules/generate', { fecha_hasta: day(14) });
    const fecha = nextWeekday(1, 2);
    const given = { servicio_id: shop.servicio.id, fecha, fecha_desde: fecha, fecha_hasta: fecha };
    const hours = async () => JSON.stringify(await read('consultar_disponibilidad', shop, given)).match(/"\d\d:\d\d"/g) ?? [];
    expect(await hours()).toEqual(expect.arrayContaining(['"09:00"', '"17:30"']));
    expect((await hours()).filter((hour) => hour === '"17:30"')).toHaveLength(3);
    await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { antelacion_minima_minutos: 10 * 24 * 60 });
    expect(await hours()).toEqual([]);
  });

  test('tells the model of no service that is no longer given, or that clients do not book', async () => {
    const shop = await openShop(api, {}, 1);
    for (const more of [{ activo: false }, { reservable_en_linea: false }]) {
      const { body: servicio } = await shop.request('POST', '/services', { nombre: Object.keys(more)[0], precio: '9000', duracion_minutos: 30 });
      expect((await shop.request('PATCH', `/services/${servicio.id}`, more)).status).toBe(200);
    }
    expect((await read('consultar_servicios', shop)).elementos.map(({ nombre }: any) => nombre)).toEqual(['Corte']);
  });

  test('tells the model which citas of the client are cancelled, and which a client cannot cancel any more', async () => {
    const shop = await openShop(api, { telefono: '+576011234567' }, 1);
    await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { antelacion_cancelacion_minutos: 240 });
    const elementos = [['09:00', 'cancelada', 3], ['15:00', 'confirmada', 3], ['17:00', 'confirmada', 5]].map(([hora_inicio, estado, hours]) => (
      { fecha_cita: '2027-03-16', hora_inicio, estado, servicio_nombre: 'Corte', inicia_en: new Date(Date.now() + Number(hours) * 3_600_000).toISOString() }));
    const nodes = { 'Verificar la firma': event, 'Citas del cliente': { elementos }, Negocio: await read('Negocio', shop) };
    const told = render(named(FILE, 'Agente').parameters.options.systemMessage, { nodes });
    expect(told).toContain('1) 2027-03-16 09:00 Corte (cancelada); 2) 2027-03-16 15:00 Corte (confirmada, ya no se cancela por aquí); 3) 2027-03-16 17:00 Corte (confirmada)');
    expect(told).toMatch(/Si ya no se cancela por aquí, que llame al negocio/);
    expect(told).toContain('Hoy es cccc yyyy-MM-dd HH:mm.'); // models count weekdays wrong
  });

  test('its tools call routes that exist and that an API key may call', () => {
    const tools = workflows.find(([file]) => file === FILE)![1].nodes.filter((node: any) => node.parameters.url?.includes('FRANJA_API_URL'));
    const scopes: string[] = tools.map(({ parameters }: any) => {
      const path = parameters.url.replace('={{ $env.FRANJA_API_URL }}', '').replace(/\{\{.*?\}\}/g, 'X');
      const found = operations.find((o) => o.method === (parameters.method ?? 'GET') && new RegExp(`^${o.path.replace(/\{\w+\}/g, 'X')}$`).test(path));
      for (const { name } of parameters.queryParameters?.parameters ?? []) expect(found!.query.map((parameter) => parameter.name)).toContain(name);
      if (found!.body) {
        const body = [...parameters.jsonBody.matchAll(/[{,] (\w+):/g)].map(([, name]) => name);
        expect(body.filter((name) => !(name in found!.body.properties))).toEqual([]);
        expect(found!.body.required.filter((name: string) => !body.includes(name))).toEqual([]);
      }
      return found!.path.startsWith('/public/{codigo_tenant}') ? 'public' : found!.scope;
    });
    expect(scopes).toHaveLength(7);
    expect(scopes.filter((scope) => scope === 'public')).toHaveLength(3);
    const told = fs.readFileSync('docs/deploy.md', 'utf8');
    for (const scope of scopes.filter((each) => each !== 'public')) expect(told).toContain(`\`${scope}\``);
  });

  test('may cancel only what is on the list of who writes: the model chooses a number, never an id', () => {
    expect(named(FILE, 'cancelar').parameters.url).toMatch(/elementos\[\$fromAI\('numero'/);
    expect(named(FILE, 'Citas del cliente').parameters.queryParameters.parameters[0].value).not.toContain('$fromAI');
  });
});
