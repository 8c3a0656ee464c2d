// The outbox under everything else: nobody forges an event, and however many workers ask at once, each delivery is one's and no lane is overfilled.
import { type Client, type Database, discarded, inContext, insertCita, newTenant, openDatabase, openHours, refusal, type Tenant } from './tenant.js';

let database: Database;
let admin: Client;
let app: Client;
let tenant: Tenant;
let other: Tenant;
let cita: { id: number };

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
  tenant = await newTenant(app);
  other = await newTenant(app);
  await openHours(app, other, ['09:00', '18:00'], ['2090-01-09', '2090-01-09']);
  cita = await inContext(app, other.admin, () => insertCita(app, other, { fecha_cita: '2090-01-09', hora_inicio: '10:00', hora_fin: '10:30' }));
});

afterAll(() => database.close());

describe('saas_app', () => {
  it.each([
    "insert into eventos (evento, clave_orden, datos) values ('cita-creada', 'cita:1', '{}')",
    "update eventos set datos = '{}'",
    "update eventos set evento = 'cita-cancelada'",
    'delete from eventos',
    'delete from entregas',
    'update entregas set evento_id = 1',
    'update entregas set destino_id = 1',
    'update entregas set toma = 0',
    'delete from destinos_webhook',
    'select app.citas_evento()',
    'select app.cita_json(c) from citas c',
    'alter table citas disable trigger z_evento_alta',
  ])('may not %s', async (statement) => {
    expect(await refusal(discarded(app, tenant.admin, () => app.query(statement)))).toEqual({ code: '42501' });
  });

  it('records what the clock causes only of its own citas, and nothing else by that door', async () => {
    await discarded(app, tenant.admin, async () => {
      expect(await app.value("select app.registrar_evento_cita('solicitar-feedback', $1)", cita.id)).toBeNull();
    });
    await discarded(app, other.admin, async () => {
      expect(await app.value("select app.registrar_evento_cita('cita-cancelada', $1)", cita.id)).toBeNull();
      expect(await app.value("select app.registrar_evento_cita('solicitar-feedback', $1)", cita.id)).toEqual(expect.any(Number));
    });
  });

  it('tries only its own endpoints', async () => {
    const id = await inContext(app, other.admin, () => app.value("insert into destinos_webhook (url) values ('https://example.com/') returning id"));
    await discarded(app, tenant.admin, async () => expect(await app.value('select app.registrar_prueba($1)', id)).toBeNull());
    await discarded(app, other.admin, async () => expect(await app.value('select app.registrar_prueba($1)', id)).toEqual(expect.any(Number)));
  });
});

describe('claiming', () => {
  const WAITING = 12;
  const TAKE = "select * from app.tomar_entregas('{webhook,n8n}', '{2,2}', '{false,true}', 100, '60 s')";
  let workers: Client[];
  beforeAll(async () => {
    workers = await Promise.all(Array.from({ length: 8 }, () => database.connect('saas_app')));
  });
  beforeEach(async () => {
    await admin.query('delete from entregas');
    await admin.query('delete from destinos_webhook');
    for (const { organizacion } of [tenant, other]) {
      await admin.query("insert into destinos_webhook (organizacion_id, url) select $1, 'https://example.com/' || n from generate_series(1, 2) n", [organizacion]);
      await admin.query("insert into eventos (organizacion_id, evento, clave_orden, datos) select $1, 'cita-creada', 'cita:' || n, '{}' from generate_series(1, $2::int) n", [organizacion, WAITING]);
    }
    await admin.query(`
      insert into entregas (organizacion_id, evento_id, canal, destino_id, clave_orden)
      select e.organizacion_id, e.id, x.canal, x.destino_id, e.clave_orden
      from eventos e cross join lateral (
        select 'webhook' as canal, d.id as destino_id from destinos_webhook d where d.organizacion_id = e.organizacion_id union all select 'n8n', null) x
      where e.datos = '{}'`);
  });
  afterEach(() => admin.query("delete from eventos where datos = '{}'"));

  const claim = async () => (await Promise.all(workers.map((worker) => worker.rows(TAKE)))).flat();
  const lanes = () => admin.rows("select organizacion_id, carril, count(*)::int as n from entregas where estado = 'pendiente' and tomada_hasta > now() group by 1, 2 order by 1, 2");

  it('by eight at once takes no delivery twice, two of each endpoint, and two of n8n for all organisations together', async () => {
    const taken = await claim();
    expect(new Set(taken.map(({ organizacion_id, id }) => `${organizacion_id}/${id}`)).size).toBe(taken.length);
    const full = await lanes();
    expect(full.filter(({ carril }) => carril !== 'n8n').map(({ n }) => n)).toEqual([2, 2, 2, 2]);
    expect(full.filter(({ carril }) => carril === 'n8n').reduce((sum, { n }) => sum + n, 0)).toBe(2);
    expect(await claim()).toEqual([]);
  });

  it('takes again what a dead worker left, so that what that one writes counts no more', async () => {
    const before = await claim();
    await admin.query("update entregas set tomada_hasta = now() - interval '1 second' where tomada_hasta is not null");
    const after = await claim();
    const again = after.filter(({ id }) => before.some((row) => row.id === id));
    expect(after.length).toBe(10);
    for (const { toma, intentos } of again) expect([toma, intentos]).toEqual([2, 2]);
  });

  it('keeps the order of one clave_orden in a lane, and lets it go on when the first has failed for good', async () => {
    await admin.query("update entregas set clave_orden = 'cita:1'");
    const first = await claim();
    expect(first.length).toBe(6); // one of each of the four endpoints and of n8n for each organisation
    await admin.query("update entregas set estado = 'fallida', tomada_hasta = null where tomada_hasta is not null");
    const second = await claim();
    const events = async (rows: { organizacion_id: number; id: number }[]) =>
      (await admin.rows('select carril, organizacion_id, evento_id from entregas where id = any ($1) order by 1, 2', rows.map(({ id }) => id))).map(({ evento_id }) => evento_id);
    expect(await events(second)).toEqual((await events(first)).map((id) => id + 1));
  });

  it.each([
    ['paused', "pausado_en = now(), motivo_pausa = 'x'"],
    ['switched off', 'activo = false'],
    ['asked to wait', "espera_hasta = now() + interval '1 minute'"],
  ])('passes by an endpoint that is %s', async (_, change) => {
    await admin.query(`update destinos_webhook set ${change} where organizacion_id = $1`, [tenant.organizacion]);
    await claim();
    expect((await lanes()).filter(({ carril }) => carril !== 'n8n').map(({ organizacion_id }) => organizacion_id)).toEqual([other.organizacion, other.organizacion]);
  });

  it('reads only indexes of what is unfinished, however much is finished', async () => {
    await admin.query("insert into eventos (organizacion_id, evento, clave_orden, datos, repartido_en) select $1, 'cita-creada', 'cita:' || n, '{\"x\":1}', now() from generate_series(1, 20000) n", [tenant.organizacion]);
    await admin.query("insert into entregas (organizacion_id, evento_id, canal, clave_orden, estado, entregada_en) select organizacion_id, id, 'n8n', clave_orden, 'entregada', now() from eventos where datos = '{\"x\":1}'");
    await admin.query('analyze entregas, eventos');
    const plan = async (sql: string) => (await admin.rows(`explain ${sql}`)).map((row) => row['QUERY PLAN']).join('\n');
    const lane = `organizacion_id = ${tenant.organizacion} and carril = 'n8n' and estado = 'pendiente'`;
    expect(await plan("select organizacion_id, carril from entregas where estado = 'pendiente' and (organizacion_id, carril) > (1, 'n8n') order by 1, 2 limit 1")).toMatch(/entregas_(pendientes|orden)/);
    expect(await plan(`select id from entregas where ${lane} and proximo_intento_en <= now() order by proximo_intento_en limit 2`)).toMatch(/entregas_(pendientes|orden)/);
    expect(await plan(`select from entregas where ${lane} and clave_orden = 'cita:1' and evento_id < 5`)).toMatch(/entregas_(pendientes|orden)/);
    expect(await plan("select count(*) from entregas where estado = 'pendiente' and tomada_hasta is not null and tomada_hasta > now()")).toMatch(/entregas_(tomadas|pendientes|orden)/);
    expect(await plan('select organizacion_id from eventos where repartido_en is null and organizacion_id > 1 order by 1 limit 1')).toMatch(/eventos_por_repartir/);
  });
});
