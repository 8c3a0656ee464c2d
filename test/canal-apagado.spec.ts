// What becomes of what waits for a channel that whoever runs the server turns off, and of what happens meanwhile.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parse } from 'yaml';
import { ok } from './agenda.js';
import { startApi, type Api } from './api.js';
import { eventually, mailsTo } from './buzon.js';
import { query } from './checks.js';
import { connect, EvolutionServer, startWithEvolution } from './evolution.js';
import { Ejecutor } from '../src/jobs/ejecutor.service.js';
import { Reparto } from '../src/outbox/reparto.service.js';
import { destino, FAST, N8N_SECRET, negocio, type Negocio } from './outbox-kit.js';
import { hasta, Receptor } from './receptor.js';

let n8n: Receptor;
let off: Api;
let shop: Negocio;
beforeAll(async () => {
  n8n = await new Receptor().abrir();
  off = await startApi({ ...FAST, JOBS: 'off' });
  shop = await negocio(off);
});
afterAll(async () => {
  await off.close();
  await n8n.cerrar();
});
const withN8n = (JOBS: string) => startApi({ ...FAST, JOBS, N8N_WEBHOOK_URL: n8n.url, N8N_WEBHOOK_SECRET: N8N_SECRET }, off);
const metrics = async (api: Api) => (await fetch(`${api.url}/metrics`)).text();
const retencion = async () => (await off.app.get(Ejecutor).correr('retencion')).cuentas;

/** Deliveries that were made so many days ago, each of an event of its own. */
async function waiting(canal: string, days: number[], destino_id: number | null = null): Promise<number[]> {
  const rows = await query(off, `
    with e as (
      insert into eventos (organizacion_id, evento, clave_orden, datos, repartido_en) select $1, 'organizacion-creada', 'organizacion:' || n, '{}', now() from generate_series(1, $3::int) n returning id)
    insert into entregas (organizacion_id, evento_id, canal, destino_id, clave_orden, creado_en, proximo_intento_en, reintentar_hasta)
    select $1, e.id, $2, $5, 'organizacion:' || e.id, t, t, t + interval '3 days'
    from (select id, row_number() over (order by id) as n from e) e cross join lateral (select now() - make_interval(mins => (($4::float8[])[e.n] * 1440)::int) as t) t
    order by e.id returning id`, [shop.cuenta.organizacion_id, canal, days.length, days, destino_id]);
  return rows.map(({ id }) => Number(id));
}
const states = (ids: number[]) => query(off, 'select estado, ultimo_error from entregas where id = any ($1) order by id', [ids]);

test('it waits where everybody sees it and pages nobody: late is only what a process could send', async () => {
  await waiting('n8n', [0.5]);
  expect(await metrics(off)).toMatch(/^franja_outbox_pending\{queue="n8n"\} 1$/m);
  expect(await metrics(off)).not.toContain('franja_outbox_delay_seconds{queue="n8n"}');
  // Nor is it too much: of what waits, what has no delay is not summed.
  const large = parse(fs.readFileSync('deploy/observability/prometheus-rules.yml', 'utf8')).groups[0].rules.find(({ alert }: any) => alert === 'FranjaOutboxLarge');
  expect(large.expr).toBe('max(sum by (instance) (franja_outbox_pending and franja_outbox_delay_seconds)) > 10000');
  const stuck = await withN8n('off');
  expect(Number(/^franja_outbox_delay_seconds\{queue="n8n"\} (\S+)$/m.exec(await metrics(stuck))![1])).toBeGreaterThan(43_000);
  await stuck.close();
});

test('after three days it is given up with a reason, as what waits for an endpoint in pause is; turned on again, what is younger goes', async () => {
  const { id } = await destino(shop, 'http://127.0.0.1:9/');
  await query(off, "update destinos_webhook set pausado_en = now(), motivo_pausa = 'x' where id = $1", [id]);
  const live = await destino(shop, 'http://127.0.0.1:9/otra');
  const [old, recent, held] = await waiting('n8n', [3.1, 2.9, 4]);
  const paused = await waiting('webhook', [3.1, 2.9], id);
  const late = await waiting('webhook', [3.1], live.id);
  await query(off, "update entregas set tomada_hasta = now() + interval '1 minute' where id = $1", [held]);
  expect(await retencion()).toMatchObject({ vencidas: 2 });
  expect(await states([old, recent, held, ...paused, ...late])).toEqual([
    { estado: 'fallida', ultimo_error: 'venció sin enviarse: el servidor no tiene ese canal' }, { estado: 'pendiente', ultimo_error: null }, { estado: 'pendiente', ultimo_error: null },
    { estado: 'fallida', ultimo_error: 'venció mientras el destino estaba en pausa' }, { estado: 'pendiente', ultimo_error: null },
    { estado: 'pendiente', ultimo_error: null },
  ]);
  const again = await withN8n('on');
  await hasta(async () => (await states([recent]))[0].estado === 'entregada');
  expect((await states([old]))[0].estado).toBe('fallida');
  ok(await shop.request('POST', `/webhooks/deliveries/${old}/replay`)); // who wants it all the same
  await hasta(async () => (await states([old]))[0].estado === 'entregada');
  await again.close();
});

test.each<[string, number, (id: number) => Promise<unknown>]>([
  ['by its business', 1, async (id) => ok(await shop.request('PATCH', `/webhooks/${id}`, { activo: false }))],
  ['by a 410', 2, (id) => query(off, "update destinos_webhook set activo = false, pausado_en = now(), motivo_pausa = 'HTTP 410' where id = $1", [id])],
])('what was shared out for an endpoint at the moment it was switched off %s ends that night, and is not sent by surprise when it is switched on', async (_, n, switchOff) => {
  const { id } = await destino(shop, 'http://127.0.0.1:9/', { eventos: ['cita-creada'] });
  await shop.reservar(n);
  const held = new pg.Client(off.database.adminUrl);
  await held.connect();
  try {
    await held.query('begin');
    await held.query('select from eventos where organizacion_id = $1 and repartido_en is null for update', [shop.cuenta.organizacion_id]);
    const shared = off.app.get(Reparto).repartir();
    const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await eventually(async () => ((await query(off, waiting)).length === 1 ? true : undefined));
    await switchOff(id);
    await held.query('commit');
    await shared;
  } finally {
    await held.end();
  }
  const left = () => query(off, 'select estado, ultimo_error from entregas where destino_id = $1', [id]);
  expect(await left()).toEqual([{ estado: 'pendiente', ultimo_error: null }]);
  expect(await retencion()).toMatchObject({ vencidas: 1 });
  expect(await left()).toEqual([{ estado: 'cancelada', ultimo_error: 'el destino se desactivó' }]);
});

test('a client whose business has WhatsApp is told by e-mail once the server has none', async () => {
  await query(off, `insert into instancias_whatsapp (organizacion_id, nombre, token_hash, estado, numero) values ($1, 'franja-1-' || repeat('a', 24), sha256('x'), 'conectada', '+573001112233')`, [shop.cuenta.organizacion_id]);
  ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
  const on = await startApi({ ...FAST }, off);
  const { id } = await shop.reservar(0);
  const told = () => query(off, "select d.canal from entregas d join eventos e using (organizacion_id) where e.id = d.evento_id and e.clave_orden = 'cita:' || $1 and d.canal in ('correo', 'whatsapp')", [id]);
  await hasta(async () => (await query(off, "select from eventos where clave_orden = 'cita:' || $1 and repartido_en is not null", [id])).length === 1);
  expect(await told()).toEqual([{ canal: 'correo' }]);
  await on.close();
});

test('what waited for WhatsApp goes by e-mail once the server has none, in its order; not what left, nor what is in hand; without an address it waits', async () => {
  const evolution = await EvolutionServer.start();
  const withWhatsapp = () => startWithEvolution(evolution, { WEBHOOK_RETRY_MS: '60000' }, off);
  const on = await withWhatsapp();
  const theirs = await negocio(on);
  const { cliente, token, cuenta: { organizacion_id } } = theirs;
  const instance = evolution.instances.get(await connect(evolution, theirs, '573001112233'))!;
  const of = (id: number) => query(off, `
    select e.evento, d.canal, d.estado, d.intentos, d.ultimo_error from entregas d join eventos e on e.organizacion_id = d.organizacion_id and e.id = d.evento_id
    where d.organizacion_id = $1 and e.clave_orden = 'cita:' || $2 order by e.id, d.id`, [organizacion_id, id]);
  const tried = async (book: Promise<any>) => {
    const { id } = await book;
    await hasta(async () => Boolean((await of(id))[0]?.ultimo_error));
    return id as number;
  };
  const due = (id: number, lease = 'null') => query(off, `
    update entregas d set proximo_intento_en = now(), tomada_hasta = ${lease} from eventos e
    where d.organizacion_id = $1 and e.organizacion_id = $1 and e.id = d.evento_id and e.clave_orden = 'cita:' || $2`, [organizacion_id, id]);
  ok(await theirs.request('PATCH', `/clients/${cliente.id}`, { email: 'lucia@example.com' }));
  Object.assign(evolution, { tells: true, sendsAndDrops: 1 });
  const left = await tried(theirs.reservar(0));
  evolution.tells = false;
  instance.state = 'close';
  const [waiting, held] = [await tried(theirs.reservar(1)), await tried(theirs.reservar(2))];
  ok(await theirs.request('PATCH', `/clients/${cliente.id}`, { email: null }));
  const mute = await tried(theirs.reservar(3));
  await on.close();

  const as = { authorization: `Bearer ${token}` };
  const mail = await startApi({ ...FAST }, off);
  await due(mute);
  await hasta(async () => (await of(mute))[0].intentos === 2);
  ok(await mail.request('PATCH', `/clients/${cliente.id}`, { email: 'lucia@example.com' }, as));
  ok(await mail.request('PUT', `/appointments/${waiting}/reschedule`, { fecha_cita: '2027-03-20', hora_inicio: '10:00' }, as));
  await hasta(async () => (await query(off, 'select from eventos where organizacion_id = $1 and repartido_en is null', [organizacion_id])).length === 0);
  expect(await mailsTo(off, 'lucia@example.com')).toEqual([]); // what happened before waits yet
  for (const id of [left, waiting]) await due(id);
  await eventually(async () => ((await mailsTo(off, 'lucia@example.com')).length === 2 ? true : undefined));
  expect((await mailsTo(off, 'lucia@example.com')).map(({ subject }) => subject)).toEqual([expect.stringMatching(/: lunes, /), expect.stringMatching(/ cambió: sábado, /)]);
  await hasta(async () => (await of(waiting)).every(({ estado }) => estado !== 'pendiente'));
  const given = { canal: 'whatsapp', estado: 'cancelada', ultimo_error: 'el servidor ya no tiene WhatsApp' };
  const told = { canal: 'correo', estado: 'entregada' };
  expect(await of(waiting)).toMatchObject([
    { evento: 'cita-creada', ...given }, { evento: 'cita-creada', ...told }, { evento: 'cita-reprogramada', ...given }, { evento: 'cita-reprogramada', ...told },
  ]);
  expect(await of(left)).toMatchObject([{ canal: 'whatsapp', estado: 'entregada' }]);
  expect(await of(mute)).toMatchObject([{ canal: 'whatsapp', estado: 'pendiente', ultimo_error: 'el servidor no tiene WhatsApp' }]);
  await due(held, "now() + interval '1 minute'");
  await sleep(500);
  expect(await of(held)).toMatchObject([{ canal: 'whatsapp', estado: 'pendiente', intentos: 1 }]);
  await due(held, "now() - interval '1 second'"); // its process was killed
  await hasta(async () => (await of(held)).at(-1)!.estado === 'entregada');
  expect(await of(held)).toMatchObject([given, told]);
  await mail.close();

  instance.state = 'open';
  const again = await withWhatsapp();
  await due(mute);
  await hasta(async () => (await of(mute))[0].estado === 'entregada');
  expect(evolution.sent).toHaveLength(2);
  await again.close();
  await evolution.close();
});
