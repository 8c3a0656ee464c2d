import http from 'node:http';
import { startApi as launchApi, waitUntilLive } from '../scripts/api-process.mjs';
import { tryPort } from '../scripts/embedded-postgres.mjs';
import { nextWeekday, openShop, PASSWORD, SECRETS, startApi, unique, type Api, type Member, type Send, type Shop } from './api.js';
import { query } from './checks.js';
import { build, endProcess, startProcess, type Proceso } from './proceso.js';
import { hasta } from './receptor.js';
import pg from 'pg';

let api: Api;
let server: Proceso | undefined;
beforeAll(async () => {
  await build();
  api = await startApi();
}, 60_000);
afterEach(() => server && endProcess(server));
afterAll(() => api.close());

const monday = nextWeekday(1, 7);
const at = (who: Pick<Member, 'request'>, { url }: Proceso): Send => (method, path, body, headers) => who.request(method, `${url}/api/v1${path}`, body, headers);
const booking = (shop: Shop, hora_inicio: string) => ({ cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio });

describe('the log', () => {
  test('is a line of JSON a request: which, whose, how it ended and how long it took', async () => {
    const shop = await openShop(api);
    const { clave } = (await shop.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] })).body;
    server = await startProcess(api, { LOG_LEVEL: 'info' });
    const send = at(shop, server);
    const { headers, body } = await send('POST', '/appointments', booking(shop, '09:00'));
    await send('POST', '/appointments', booking(shop, '09:00'));
    await api.request('GET', `${server.url}/api/v1/appointments/${body.id}`, undefined, { 'x-api-key': clave });
    await api.request('GET', `${server.url}/api/v1/public/${shop.cuenta.codigo_tenant}`);
    await api.request('GET', `${server.url}/api/v1/appointments/${body.id}`);
    await api.request('GET', `${server.url}/nada/de/nada?x=1`);
    const requests = () => server!.lines().filter(({ msg }) => msg === 'request');
    await hasta(() => requests().length >= 6, () => server!.text());
    const { organizacion_id, usuario_id } = shop.cuenta;
    const [{ usuario_id: key_user }] = await query(api, 'select usuario_id from claves_api where organizacion_id = $1', [organizacion_id]);
    const seen = requests().map(({ level, method, route, status, codigo, organizacion_id: o, usuario_id: u }) => [level, method, route, status, codigo, o, u]);
    expect(seen).toEqual([
      [30, 'POST', '/api/v1/appointments', 201, undefined, organizacion_id, usuario_id],
      [30, 'POST', '/api/v1/appointments', 409, 'sin_disponibilidad', organizacion_id, usuario_id],
      [30, 'GET', '/api/v1/appointments/:id', 200, undefined, organizacion_id, Number(key_user)],
      [30, 'GET', '/api/v1/public/:codigo_tenant', 200, undefined, organizacion_id, null],
      [30, 'GET', '/api/v1/appointments/:id', 401, 'no_autenticado', undefined, undefined],
      [30, 'GET', 'unmatched', 404, 'no_encontrado', undefined, undefined],
    ]);
    const [first] = requests();
    expect(first).toMatchObject({ solicitud: headers.get('x-request-id'), msg: 'request' });
    expect(first.ms).toBeGreaterThan(0);
  }, 60_000);

  test('says of what the database could not serve why, in a line without a stack', async () => {
    const shop = await openShop(api);
    server = await startProcess(api, { LOG_LEVEL: 'warn' });
    const admin = new pg.Client(api.database.adminUrl);
    await admin.connect();
    await admin.query('begin; lock table clientes in exclusive mode');
    const answer = at(shop, server)('POST', '/clients', { nombre: 'Ana' });
    const end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'saas_app' and wait_event_type = 'Lock'";
    await hasta(async () => (await admin.query(end)).rowCount! > 0);
    const { status, headers } = await answer;
    await admin.query('rollback');
    await admin.end();
    expect(status).toBe(503);
    const about = () => server!.lines().filter(({ context }) => context === 'Problem');
    await hasta(() => about().length > 0, () => server!.text());
    expect(about().map(({ level, msg }) => [level, msg])).toEqual([[40, expect.stringMatching(new RegExp(`^POST /api/v1/clients ${headers.get('x-request-id')}: [^\\n]{10,}$`))]]);
  }, 60_000);

  test('holds nothing that a person sent: no name, e-mail, phone, password, token, key, search or address, whatever goes wrong', async () => {
    server = await startProcess(api, { LOG_LEVEL: 'debug', SLOW_QUERY_MS: '1', METRICS_TOKEN: 'tS8vQ2mX4nR7wZ1pL6kB9cF3' });
    const secretos = {
      email: `${unique('persona')}@privado.example`, nombre: 'Zenobia Quintanilla', telefono: '+573009871234', password: `${PASSWORD}-Xyzzy`, busca: 'Quintanil',
      otro: 'Secretísimo Wolframio', token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWxzbyJ9.firmafalsa', codigo_tenant: unique('negocioprivado'),
    };
    const base = `${server.url}/api/v1`;
    const registro = await api.request('POST', `${base}/auth/register-organization`, {
      codigo_tenant: secretos.codigo_tenant, nombre_comercial: 'Barbería', tipo_industria: 'barberia', zona_horaria: 'America/Bogota', moneda: 'COP', pais: 'CO',
      nombre: secretos.nombre, email: secretos.email, password: secretos.password,
    });
    expect(registro.status).toBe(201);
    const { access_token, refresh_token } = registro.body.tokens;
    const own = (method: string, path: string, body?: unknown, headers = {}) => api.request(method, `${base}${path}`, body, { authorization: `Bearer ${access_token}`, ...headers });
    await api.request('POST', `${base}/auth/login`, { email: secretos.email, password: 'mala-Xyzzy-mala' });
    await api.request('POST', `${base}/auth/login`, `{"email": "${secretos.email}", roto`);
    await api.request('POST', `${base}/auth/refresh`, { refresh_token });
    const cliente = await own('POST', '/clients', { nombre: secretos.nombre, telefono: secretos.telefono, email: secretos.email, notas: secretos.otro });
    expect(cliente.status).toBe(201);
    await own('POST', '/clients', { nombre: secretos.nombre, telefono: secretos.telefono, email: secretos.email });
    await own('GET', `/clients?q=${secretos.busca}`);
    await own('GET', `/clients/${encodeURIComponent(secretos.email)}`);
    await own('GET', `/clients?correo=${secretos.email}&q=%00`);
    await own('GET', `/nada/${encodeURIComponent(secretos.nombre)}?email=${secretos.email}`);
    await own('GET', '/%zz' + encodeURIComponent(secretos.otro));
    await api.request('GET', `${base}/auth/profile`, undefined, { authorization: `Bearer ${secretos.token}` });
    await api.request('POST', `${base}/whatsapp/inbound/${secretos.token}`, { datos: secretos.otro });
    await api.request('GET', `${server.url}/metrics`, undefined, { authorization: 'Bearer tS8vQ2mX4nR7wZ1pL6kB9cF3' });
    await api.request('GET', `${server.url}/metrics`, undefined, { authorization: `Bearer ${secretos.token}` });
    // A failure of the server itself, with the row in PostgreSQL's own message.
    await query(api, `create function public.falla() returns trigger language plpgsql as $$ begin raise exception 'falla' using errcode = 'XX000', detail = new.nombre; end $$;
      create trigger falla before insert on clientes for each row execute function public.falla()`);
    expect((await own('POST', '/clients', { nombre: secretos.nombre, telefono: '+573009875555' })).status).toBe(500);
    await query(api, 'drop trigger falla on clientes; drop function public.falla()');
    await hasta(() => server!.lines().some(({ status }) => status === 500), () => server!.text());
    const text = server.text().split('\n').filter((line) => !line.includes('Server listening')).join('\n');
    expect(server.lines().filter(({ route }) => route === '/api/v1/clients/:id').length).toBe(1);
    expect(server.lines().some(({ msg }) => msg === 'slow query')).toBe(true);
    const sent = { ...secretos, mala: 'Xyzzy', access_token, refresh_token, firma: access_token.split('.')[2], 'without sign': '3009871234', 'another phone': '3009875555', 'local part': secretos.email.split('@')[0], ip: '127.0.0.1', metrics: 'tS8vQ2mX4nR7' };
    expect(Object.entries(sent).filter(([, value]) => text.includes(value) || text.includes(encodeURIComponent(value)))).toEqual([]);
  }, 60_000);

  test('has what a dependency tells the console as lines of JSON, such as that a timer was late', async () => {
    const tells = "import channels from 'node:diagnostics_channel'; channels.subscribe('http.server.request.start', () => { console.warn('late by %d ms', 12); console.error('lost', { a: 1 }); })";
    server = await startProcess(api, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tells)}` });
    await hasta(() => server!.text().includes('lost'), () => server!.text());
    expect(server.lines().slice(0, 2)).toMatchObject([{ level: 40, context: 'Console', msg: 'late by 12 ms' }, { level: 50, context: 'Console', msg: 'lost { a: 1 }' }]);
  }, 60_000);

  test('names a slow statement with its route, its SQL without values, and how long it took', async () => {
    const shop = await openShop(api);
    server = await startProcess(api, { SLOW_QUERY_MS: '250' });
    const admin = new pg.Client(api.database.adminUrl);
    await admin.connect();
    await admin.query('begin');
    await admin.query('select 1 from profesionales where organizacion_id = $1 and id = $2 for update', [shop.cuenta.organizacion_id, shop.profesional.id]);
    const answer = at(shop, server)('POST', '/appointments', booking(shop, '11:00'));
    await admin.query('select pg_sleep(0.4)');
    await admin.query('rollback');
    await admin.end();
    const { status, headers } = await answer;
    const slowOnes = () => server!.lines().filter(({ msg }) => msg === 'slow query');
    await hasta(() => slowOnes().length > 0, () => server!.text());
    const slow = slowOnes();
    expect([status, slow.length > 0]).toEqual([201, true]);
    expect(slow[0]).toMatchObject({ level: 40, solicitud: headers.get('x-request-id'), route: 'POST /api/v1/appointments' });
    expect(slow[0].ms).toBeGreaterThanOrEqual(250);
    expect(slow[0].sql).toMatch(/\$1/);
    expect(slow[0].sql).not.toContain(String(monday));
    expect(server.lines().filter(({ level }) => level < 40)).toEqual([]); // the default level
  }, 60_000);
});

describe('SIGTERM', () => {
  /** A client that keeps its connection. */
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  afterAll(() => agent.destroy());

  const ask = (url: string, path: string) =>
    new Promise<{ status: number; body: any }>((resolve, reject) => {
      http.get(`${url}/api/v1${path}`, { agent }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk)).on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
      }).on('error', reject);
    });
  const refused = (url: string) => fetch(`${url}/api/v1/health/live`).then(() => false, () => true);

  test('first says that it is not ready, then takes nothing new, and ends what it has: the booking under way is answered 201', async () => {
    const shop = await openShop(api);
    server = await startProcess(api, { SHUTDOWN_DELAY_SECONDS: '2', JOBS: 'on' });
    expect((await ask(server.url, '/health/ready')).status).toBe(200);
    const admin = new pg.Client(api.database.adminUrl);
    await admin.connect();
    await admin.query('begin');
    await admin.query('select 1 from profesionales where organizacion_id = $1 and id = $2 for update', [shop.cuenta.organizacion_id, shop.profesional.id]);
    let answered = false;
    const answer = at(shop, server)('POST', '/appointments', booking(shop, '14:00'));
    void answer.then(() => (answered = true));
    await hasta(async () => (await query(api, 'select from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0')).length > 0);
    server.child.kill('SIGTERM');
    await hasta(async () => (await ask(server!.url, '/health/ready')).status === 503);
    expect((await ask(server.url, '/health/ready')).body).toMatchObject({ codigo: 'no_listo', fallan: ['cierre'] });
    expect((await ask(server.url, `/public/${shop.cuenta.codigo_tenant}`)).status).toBe(200); // whoever does not know yet is served
    expect((await fetch(`${server.url}/api/v1/health/live`)).headers.get('connection')).toBe('close'); // and keeps no connection, to lose its next request on it
    await hasta(() => refused(server!.url));
    expect([answered, server.child.exitCode]).toEqual([false, null]);
    await admin.query('rollback');
    await admin.end();
    expect((await answer).status).toBe(201);
    expect(await server.ended).toEqual([0, null]);
    expect((await query(api, 'select from citas where organizacion_id = $1', [shop.cuenta.organizacion_id])).length).toBe(1);
    expect(server.lines().filter(({ level, msg }) => level >= 40 && msg !== 'slow query')).toEqual([]);
  }, 60_000);

  test('who started it waits as long as it says that it may take, and no longer for one that hangs', async () => {
    const start = async (env: Record<string, string>) => {
      const port = (await tryPort(0))!;
      const own = launchApi({ host: '127.0.0.1', port }, { PATH: process.env.PATH, ...SECRETS, JOBS: 'off', LOG_LEVEL: 'error', APP_DATABASE_URL: api.database.appUrl, PORT: String(port), ...env });
      await waitUntilLive(own);
      return own;
    };
    const [slow, hung] = await Promise.all([start({ SHUTDOWN_DELAY_SECONDS: '4' }), start({})]);
    process.kill(hung.pid!, 'SIGSTOP');
    expect(await Promise.all([slow.stop(2_000), hung.stop(2_000)])).toEqual([0, 137]);
  }, 60_000);

  test('with nothing under way it ends at once', async () => {
    server = await startProcess(api);
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual([0, null]);
  }, 60_000);
});
