import net from 'node:net';
import pg from 'pg';
import { sqlFiles } from '../scripts/sql-files.mjs';
import { Db } from '../src/database/db.service.js';
import { Readiness } from '../src/observability/readiness.service.js';
import { nextWeekday, openShop, register, startApi, unique, type Api, type Shop } from './api.js';
import { startApiWithChat } from './chat.js';
import { query } from './checks.js';
import { destino, FAST, negocio } from './outbox-kit.js';
import { hasta, mudo, Receptor } from './receptor.js';

let api: Api;
beforeAll(async () => (api = await startApi()));
afterAll(() => api.close());

const TOKEN = 'tS8vQ2mX4nR7wZ1pL6kB9cF3';
const monday = nextWeekday(1, 7);
/** Once all that was answered has been counted: that is when its connection has taken the answer, and so may be after the client has it. */
async function scrape(of: Api = api, headers: Record<string, string> = {}): Promise<string> {
  let text = '';
  await hasta(async () => {
    text = (await of.request('GET', `${of.url}/metrics`, undefined, headers)).body;
    return value(text, 'franja_http_requests_in_flight') === 1; // this one
  }, () => text);
  return text;
}

/** The value of one series; undefined when there is none. */
function value(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  const line = lines.find((one) => Object.entries(labels).every(([label, wanted]) => one.includes(`${label}="${wanted}"`)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

const booking = (shop: Shop, hora_inicio: string) => ({ cliente_id: shop.cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: monday, hora_inicio });

describe('/metrics', () => {
  test('counts requests by route and status, problems, bookings and transactions', async () => {
    const before = await scrape();
    const shop = await openShop(api);
    const { id } = (await shop.request('POST', '/appointments', booking(shop, '09:00'), { 'idempotency-key': 'a' })).body;
    await shop.request('POST', '/appointments', booking(shop, '09:00'), { 'idempotency-key': 'a' });
    await shop.request('POST', '/appointments', booking(shop, '09:00'));
    await shop.request('POST', '/appointments', { ...booking(shop, '10:00'), servicio_id: 0 });
    await shop.request('GET', `/appointments/${id}`);
    await shop.request('GET', `/organizations/${shop.cuenta.organizacion_id}/appointments/${id}`);
    await shop.request('PUT', `/appointments/${id}/cancel`, { motivo_cancelacion: 'x' });
    const after = await scrape();
    const more = (name: string, labels: Record<string, string>) => (value(after, name, labels) ?? 0) - (value(before, name, labels) ?? 0);
    const book = (outcome: string) => more('franja_bookings_total', { operation: 'book', outcome });
    expect(['done', 'replayed', 'conflict', 'refused', 'error'].map(book)).toEqual([1, 1, 1, 1, 0]);
    expect(more('franja_bookings_total', { operation: 'cancel', outcome: 'done' })).toBe(1);
    expect(more('franja_http_requests_total', { method: 'GET', route: '/api/v1/appointments/:id', status: '200' })).toBe(2);
    expect(more('franja_http_requests_total', { method: 'POST', route: '/api/v1/appointments', status: '409' })).toBe(1);
    expect(more('franja_http_request_duration_seconds_count', { method: 'GET', route: '/api/v1/appointments/:id' })).toBe(2);
    expect(more('franja_problems_total', { codigo: 'sin_disponibilidad' })).toBe(1);
    expect(more('franja_transactions_total', { outcome: 'commit' })).toBeGreaterThanOrEqual(6);
    expect(more('franja_transactions_total', { outcome: 'rollback' })).toBeGreaterThanOrEqual(1);
    expect(value(after, 'franja_pool_connections_max')).toBe(16);
    expect(value(after, 'franja_database_up')).toBe(1);
    expect(value(after, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  });

  test('counts a deadlock that was retried', async () => {
    const shop = await openShop(api);
    await query(api, `create sequence public.interbloqueos; grant usage on sequence public.interbloqueos to saas_app;
      create function public.interbloqueo() returns trigger language plpgsql as $$ begin
        if nextval('public.interbloqueos') <= 2 then raise exception 'x' using errcode = '40P01'; end if; return new; end $$;
      create trigger interbloqueo before insert on historial_citas for each row execute function public.interbloqueo()`);
    const before = value(await scrape(), 'franja_transaction_retries_total') ?? 0;
    expect((await shop.request('POST', '/appointments', booking(shop, '12:00'))).status).toBe(201);
    await query(api, 'drop trigger interbloqueo on historial_citas; drop function public.interbloqueo(); drop sequence public.interbloqueos');
    expect(value(await scrape(), 'franja_transaction_retries_total')).toBe(before + 2);
  });

  test('no label grows with what is sent: no tenant, id, path or invented method', async () => {
    const { hostname, port } = new URL(api.url);
    const send = (head: string) => new Promise<void>((resolve) => {
      const socket = net.connect(Number(port), hostname, () => socket.end(`${head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
      socket.on('data', () => {}).on('error', () => {}).on('close', () => resolve());
    });
    await scrape();
    // When memory of another kind is collected, nobody asked for it: that there are four kinds is all that can be said.
    const collected = /^nodejs_gc_duration_seconds_.*kind="(major|minor|incremental|weakcb)"/;
    const series = (text: string) =>
      new Set(text.split('\n').filter((line) => line && !line.startsWith('#') && !collected.test(line)).map((line) => line.slice(0, line.lastIndexOf(' '))));
    for (const method of ['GET', 'PROPFIND', 'M-SEARCH', 'LOCK', 'PUT', 'OPTIONS']) await send(`${method} /${unique('nada')}`);
    const known = series(await scrape());
    for (const method of ['GET', 'PURGE', 'SUBSCRIBE', 'BIND', 'PUT', 'OPTIONS']) await send(`${method} /${unique('nada')}/%zz?q=${unique('x')}`);
    for (let n = 0; n < 20; n++) await api.request('GET', `/${unique('nada')}`);
    expect([...series(await scrape())].filter((name) => !known.has(name) && !/"(400|404)"/.test(name))).toEqual([]);
    expect(known.size).toBeLessThan(3_000);
    const shop = await openShop(api);
    await shop.request('GET', '/public/' + shop.cuenta.codigo_tenant);
    const text = await scrape();
    for (const own of [shop.cuenta.codigo_tenant, shop.cuenta.email]) expect(text).not.toContain(own);
    expect(new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label))).toEqual(
      new Set(['method', 'route', 'status', 'le', 'codigo', 'operation', 'outcome', 'queue', 'task', 'channel', 'version', 'major', 'minor', 'patch', 'space', 'type', 'kind', 'quantile'].filter((label) => text.includes(`${label}="`))),
    );
  });

  test('wants its token, and in production without one does not exist', async () => {
    const asked = (of: Api, authorization?: string) => of.request('GET', `${of.url}/metrics`, undefined, authorization ? { authorization } : {}).then(({ status, headers, body }) => [status, headers.get('www-authenticate'), body.codigo]);
    const open = await startApi({ METRICS_TOKEN: TOKEN }, api);
    expect(await asked(open)).toEqual([401, 'Bearer', 'no_autenticado']);
    expect(await asked(open, `Bearer ${TOKEN}x`)).toEqual([401, 'Bearer', 'no_autenticado']);
    expect(await asked(open, TOKEN)).toEqual([401, 'Bearer', 'no_autenticado']);
    expect(await asked(open, `Bearer ${TOKEN}`)).toEqual([200, null, undefined]);
    await open.close();
    const production = { NODE_ENV: 'production', TRUST_PROXY: 'off' };
    const hidden = await startApi(production, api);
    expect(await asked(hidden)).toEqual([404, null, 'no_encontrado']);
    await hidden.close();
    const shown = await startApi({ ...production, METRICS_TOKEN: TOKEN }, api);
    expect([await asked(shown), await asked(shown, `Bearer ${TOKEN}`)]).toEqual([[401, 'Bearer', 'no_autenticado'], [200, null, undefined]]);
    await shown.close();
  });

  test('is answered to whoever has the token even when the address has used up its limit, and says so', async () => {
    const limited = await startApi({ METRICS_TOKEN: TOKEN, LIMIT_IP: '2/1h' }, api);
    for (let n = 0; n < 4; n++) await limited.request('GET', '/health/live');
    const { status, body } = await limited.request('GET', `${limited.url}/metrics`);
    expect([status, body.codigo]).toEqual([429, 'demasiadas_solicitudes']);
    const text = await scrape(limited, { authorization: `Bearer ${TOKEN}` });
    expect(value(text, 'franja_problems_total', { codigo: 'demasiadas_solicitudes' })).toBe(3);
    await limited.close();
  });

  test('a scrape while the database is gone still answers the rest', async () => {
    const lonely = await startApi();
    await lonely.database.drop();
    const text = await scrape(lonely);
    expect([value(text, 'franja_database_up'), value(text, 'franja_outbox_pending')]).toEqual([0, undefined]);
    expect(value(text, 'franja_pool_connections_max')).toBe(16);
    expect((await lonely.request('GET', '/health/ready')).body.fallan).toEqual(['base_de_datos']);
    expect((await lonely.request('GET', '/health/live')).status).toBe(200);
    await lonely.app.close();
  });

  test('shows what waits in the outbox and for how long, and who is told', async () => {
    const receptor = await new Receptor().abrir();
    const own = await startApi({ ...FAST, JOBS: 'off' });
    const shop = await negocio(own);
    await destino(shop, receptor.url);
    await shop.reservar(0);
    await query(own, "update eventos set ocurrido_en = now() - interval '10 minutes'");
    const waiting = await scrape(own);
    expect(value(waiting, 'franja_outbox_pending', { queue: 'reparto' })).toBeGreaterThanOrEqual(1);
    expect(value(waiting, 'franja_outbox_delay_seconds', { queue: 'reparto' })).toBeGreaterThan(590);
    const worker = await startApi({ ...FAST }, own);
    await hasta(() => receptor.eventos.includes('cita-creada'));
    await hasta(async () => value(await scrape(worker), 'franja_deliveries_total', { channel: 'webhook', outcome: 'entregada' })! >= 1);
    await worker.close();
    await own.close();
    await receptor.cerrar();
  });

  test('the delay of a channel is that of what could go now: not of what is behind another, taken, or for an endpoint that is paused', async () => {
    const own = await startApi({ ...FAST, JOBS: 'off' });
    const shop = await negocio(own);
    const { id } = await destino(shop, 'http://127.0.0.1:9/');
    const organizacion = shop.cuenta.organizacion_id;
    await query(own, `insert into entregas (organizacion_id, evento_id, canal, destino_id, clave_orden, proximo_intento_en)
      select $1, id, 'webhook', $2, 'cita:1', now() - interval '1 hour' from eventos where organizacion_id = $1 order by id limit 2`, [organizacion, id]);
    await query(own, `insert into entregas (organizacion_id, evento_id, canal, clave_orden) select $1, min(id), 'correo', 'cita:1' from eventos where organizacion_id = $1`, [organizacion]);
    const state = async () => Object.fromEntries((await query(own, 'select * from app.estado_bandeja()')).map(({ cola, pendientes, retraso_segundos }) => [cola, [Number(pendientes), Math.round(retraso_segundos / 60)]]));
    const n = Number((await query(own, "select count(*) from entregas where canal = 'webhook'"))[0].count);
    expect(n).toBeGreaterThan(0);
    expect(await state()).toMatchObject({ webhook: [n, 60], correo: [1, 0] });
    await query(own, "update entregas set tomada_hasta = now() + interval '1 minute' where id = (select min(id) from entregas)");
    expect((await state()).webhook).toEqual([n, 0]);
    await query(own, 'update entregas set tomada_hasta = null');
    await query(own, "update destinos_webhook set pausado_en = now(), motivo_pausa = 'x'");
    expect((await state()).webhook).toEqual([n, 0]);
    await own.close();
  });

  test('is that of each channel, however many wait for one that is turned off, or for one organisation to share them out', async () => {
    const own = await startApi({ ...FAST, JOBS: 'off' });
    const { organizacion_id: many } = (await register(own)).cuenta;
    const { organizacion_id: few } = (await register(own)).cuenta;
    await query(own, `insert into eventos (organizacion_id, evento, clave_orden, datos, repartido_en)
      select $1, 'cita-creada', 'cita:' || n, '{}', now() from generate_series(1, 20100) n`, [many]);
    await query(own, "insert into entregas (organizacion_id, evento_id, canal, clave_orden) select $1, id, 'n8n', clave_orden from eventos where organizacion_id = $1 and clave_orden like 'cita:%'", [many]);
    await query(own, `insert into entregas (organizacion_id, evento_id, canal, clave_orden, proximo_intento_en)
      select $1, min(id), 'correo', 'cita:1', now() - interval '1 hour' from eventos where organizacion_id = $1`, [few]);
    const state = async () => Object.fromEntries((await query(own, 'select * from app.estado_bandeja()')).map(({ cola, pendientes, retraso_segundos }) => [cola, [Number(pendientes), Math.round(retraso_segundos / 60)]]));
    expect(await state()).toMatchObject({ n8n: [20_000, 0], correo: [1, 60] });
    await query(own, 'update eventos set repartido_en = null');
    await query(own, "update eventos set ocurrido_en = now() - interval '2 hours' where organizacion_id = $1", [few]);
    expect((await state()).reparto).toEqual([20_000, 120]);
    await own.close();
  });

  test('shows when each task last ended well, and which failed', async () => {
    const own = await startApi();
    await query(own, `insert into ejecuciones_tareas (tarea, programada_para, origen, estado, terminada_en) values
      ('retencion', '2026-01-01Z', 'reloj', 'completada', '2026-01-01 00:01Z'), ('retencion', '2026-01-02Z', 'reloj', 'con_errores', '2026-01-02 00:01Z'),
      ('contadores_uso', '2026-01-02Z', 'reloj', 'completada', '2026-01-02 00:02Z')`);
    const text = await scrape(own);
    expect(value(text, 'franja_task_last_success_timestamp_seconds', { task: 'retencion' })).toBe(Date.UTC(2026, 0, 1, 0, 1) / 1000);
    expect(['retencion', 'contadores_uso'].map((task) => value(text, 'franja_task_last_run_failed', { task }))).toEqual([1, 0]);
    await own.close();
  });
});

describe('/health/ready', () => {
  test('is 503 while a file of sql/ that this build knows is not applied as it is, and does not mind one that it does not know', async () => {
    const own = await startApi();
    const ready = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_050)); // an answer serves for a second
      const { status, body } = await own.request('GET', '/health/ready');
      return [status, body.codigo, body.fallan];
    };
    expect((await own.request('GET', '/health/ready')).body).toEqual({ estado: 'ok', conversaciones: 'sin_configurar' });
    await query(own, "insert into migraciones_aplicadas values ('migrations/2999-01-01-nueva.sql', 'x', now(), 1)");
    expect(await ready()).toEqual([200, undefined, undefined]);
    await query(own, "update migraciones_aplicadas set sha256 = 'otra' where nombre = 'migrations/2026-11-28-4-observacion.sql'");
    expect(await ready()).toEqual([503, 'no_listo', ['migraciones']]);
    await query(own, "delete from migraciones_aplicadas where nombre like 'migrations/2026-11-28-4%'");
    expect(await ready()).toEqual([503, 'no_listo', ['migraciones']]);
    await query(own, 'drop table migraciones_aplicadas'); // sql/ applied with psql keeps no record
    expect(await ready()).toEqual([200, undefined, undefined]);
    await own.close();
  });

  test('is 200 whatever becomes of the database of conversations, and says what; so does /metrics', async () => {
    const own = await startApiWithChat();
    const gone = await startApi({ CHAT_DATABASE_URL: own.chat.appUrl.replace(/:\d+\//, ':1/') });
    const seen = async (of: Api, state: string) => {
      let answer: any;
      await hasta(async () => (answer = await of.request('GET', '/health/ready')).body.conversaciones === state, () => answer);
      return [answer.status, value(await scrape(of), 'franja_chat_ready')];
    };
    expect(await seen(own, 'ok')).toEqual([200, 1]);
    expect(await seen(gone, 'no_responde')).toEqual([200, 0]);
    expect(await seen(api, 'sin_configurar')).toEqual([200, undefined]);
    const owner = new pg.Client(own.chat.adminUrl);
    await owner.connect();
    await owner.query("update migraciones_aplicadas set sha256 = 'otra' where nombre like 'chat/02%'");
    expect(await seen(own, 'sin_migraciones')).toEqual([200, 0]);
    await owner.query("update migraciones_aplicadas set sha256 = $1 where nombre like 'chat/02%'", [sqlFiles(undefined, ['chat'])[1].sha256]);
    expect(await seen(own, 'ok')).toEqual([200, 1]);
    await owner.query('revoke select (nombre, sha256) on migraciones_aplicadas from saas_app');
    expect(await seen(own, 'sin_migraciones')).toEqual([200, 0]);
    await owner.query('drop table migraciones_aplicadas'); // sql/ applied with psql keeps no record
    expect(await seen(own, 'ok')).toEqual([200, 1]);
    await owner.end();
    await gone.close();
    await own.close();
  });

  test('does not wait for a database of conversations that hangs', async () => {
    const { donde, sockets, cerrar } = await mudo();
    const own = await startApi({ CHAT_DATABASE_URL: `postgresql://saas_app:x@${donde}/x` }, api);
    const { status, body } = await own.request('GET', '/health/ready');
    expect([status, body.conversaciones]).toEqual([200, 'no_responde']);
    expect(sockets.map(({ destroyed }) => destroyed)).toContain(false); // the attempt was still under way
    await own.close();
    cerrar();
  });

  test('is 503 while the queue for a connection is full, and once the process was told to end; it still lives', async () => {
    const small = await startApi({ POOL_MAX: '1', POOL_QUEUE: '1' }, api);
    const db = small.app.get(Db);
    let held: Promise<void>;
    const free = await new Promise<() => void>((begun) => (held = db.run({ organizacion_id: null, usuario_id: null, rol: null }, () => new Promise<void>(begun))));
    const second = db.run({ organizacion_id: null, usuario_id: null, rol: null }, async () => {});
    const { status, body, headers } = await small.request('GET', '/health/ready');
    expect([status, body.codigo, body.fallan, headers.get('retry-after')]).toEqual([503, 'no_listo', ['cola'], '2']);
    expect(await small.request('GET', `${small.url}/metrics`).then(({ body: text }) => [value(text, 'franja_pool_waiting'), value(text, 'franja_database_up')])).toEqual([1, 0]);
    free();
    await Promise.all([held!, second]);
    expect((await small.request('GET', '/health/ready')).status).toBe(200);
    small.app.get(Readiness).drain();
    expect((await small.request('GET', '/health/ready')).body.fallan).toEqual(['cierre']);
    expect((await small.request('GET', '/health/live')).status).toBe(200);
    expect((await register(small)).token).toBeTruthy();
    await small.close();
  });
});
