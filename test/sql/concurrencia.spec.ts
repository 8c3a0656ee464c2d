// Many connections at once: whoever can win wins, nobody is double-booked, and no deadlock reaches anybody.
import assert from 'node:assert/strict';
import {
  type Client,
  type Database,
  inContext,
  insertCita,
  newTenant,
  openDatabase,
  openHours,
  refusal,
  type Refusal,
  type Tenant,
} from './tenant.js';

const AHORA = '2027-03-01T12:00:00Z';
const DIA = '2027-03-10';
const NINE = Date.parse('2027-03-10T12:00:00Z');
const at = (minutes: number) => new Date(NINE + minutes * 60_000);
const OVERLAP: Refusal = { code: '23P01', constraint: 'citas_sin_solape' };
const NOT_FREE: Refusal = { code: 'FR409', constraint: 'sin_disponibilidad' };

let database: Database;
let clients: Client[];
let tenant: Tenant;

beforeAll(async () => {
  database = await openDatabase();
  clients = await Promise.all(Array.from({ length: 32 }, () => database.connect('saas_app')));
});

beforeEach(async () => {
  tenant = await newTenant(database.app, { ahora: AHORA });
  await openHours(database.app, tenant, ['09:00', '21:00'], [DIA, DIA]);
});

// Whatever raced, what is left is consistent.
afterEach(async () => {
  const { admin } = database;
  const without = await admin.rows(
    `select c.id, 'has not exactly its franja' as problem from citas c
     where c.organizacion_id = $1 and c.estado not in ('cancelada', 'no_asistio') and 1 <> (
       select count(*) from horarios_disponibilidad h where h.organizacion_id = $1 and h.cita_id = c.id and h.estado = 'ocupado'
         and (h.profesional_id, h.inicia_en, h.termina_en) = (c.profesional_id, c.ocupa_desde, c.ocupa_hasta))`,
    tenant.organizacion,
  );
  const wrong = await admin.rows(
    `with hay as (select profesional_id, inicia_en, termina_en, estado from horarios_disponibilidad
                  where organizacion_id = $1 and estado in ('disponible', 'bloqueado')),
     debe as (select profesional_id, inicia_en, termina_en, estado from app.franjas_objetivo($1, $2, $3, $3))
     (table hay except table debe) union all (table debe except table hay)`,
    tenant.organizacion,
    tenant.profesionales,
    DIA,
  );
  assert.deepEqual([without, wrong], [[], []]);
});

afterAll(() => database.close());

type Attempt = (client: Client, index: number) => Promise<unknown>;

/** The same moment on `count` connections, each in its own transaction: 'ok', or what refused it. */
function race(count: number, work: Attempt): Promise<('ok' | Refusal)[]> {
  return Promise.all(
    clients.slice(0, count).map((client, index) =>
      inContext(client, tenant.admin, () => work(client, index)).then(
        () => 'ok' as const,
        (error) => refusal(Promise.reject(error)),
      ),
    ),
  );
}

const book = (client: Client, from: number, minutes = 10, profesional = tenant.profesionales[0]) =>
  insertCita(client, tenant, { profesional_id: profesional, inicia_en: at(from), termina_en: at(from + minutes) });
const won = (results: ('ok' | Refusal)[]) => results.filter((result) => result === 'ok').length;
const lost = (results: ('ok' | Refusal)[]) => results.filter((result) => result !== 'ok');

it('30 bookings of disjoint times in one free franja all win', async () => {
  const results = await race(30, (client, i) => book(client, ((i * 7) % 30) * 20));
  expect(results).toEqual(Array(30).fill('ok'));
});

it('adjacent bookings, which split the same remainder again and again, all win', async () => {
  const results = await race(32, (client, i) => book(client, i * 10));
  expect(results).toEqual(Array(32).fill('ok'));
  expect(
    await database.admin.value(
      "select count(*) from horarios_disponibilidad where organizacion_id = $1 and estado = 'disponible' and profesional_id = $2",
      tenant.organizacion,
      tenant.profesionales[0],
    ),
  ).toBe(1);
});

it('of 32 bookings of one time exactly one wins, in every round', async () => {
  for (let round = 0; round < 10; round++) {
    const results = await race(32, (client) => book(client, round * 10));
    expect(lost(results)).toEqual(Array(31).fill(OVERLAP));
  }
});

it('the same with "on conflict do nothing": one row, 31 times none, no error', async () => {
  const insert = async (client: Client) => {
    const result = await client.query(
      `insert into citas (cliente_id, profesional_id, servicio_id, inicia_en, termina_en, precio_servicio, moneda)
       values ($1, $2, $3, $4, $5, 0, 'CLP')
       on conflict on constraint citas_sin_solape do nothing returning id`,
      [tenant.cliente, tenant.profesionales[0], tenant.servicio, at(0), at(30)],
    );
    return result.rowCount;
  };
  const rows = await Promise.all(clients.map((client) => inContext(client, tenant.admin, () => insert(client))));
  expect(rows.toSorted()).toEqual([...Array(31).fill(0), 1]);
});

it('bookings of different lengths that all overlap somewhere: one of each clash survives', async () => {
  const results = await race(32, (client, i) => book(client, (i % 8) * 15, 10 + (i % 5) * 10));
  for (const result of lost(results)) expect(result).toEqual(OVERLAP);
  expect(won(results)).toBeGreaterThanOrEqual(2);
});

it('bookings and holds race for one time: one of them has it', async () => {
  for (let round = 0; round < 5; round++) {
    const results = await race(24, async (client, i) => {
      if (i % 2) return book(client, round * 30, 30);
      await client.query('select app.bloquear_profesionales($1, $2)', [tenant.organizacion, [tenant.profesionales[0]]]);
      return client.query("select app.ocupar_franja($1, $2, $3, $4, $5, 'reservado_temporal', $6, plazo => $7)", [
        tenant.organizacion,
        tenant.profesionales[0],
        DIA,
        at(round * 30),
        at(round * 30 + 30),
        tenant.servicio,
        at(0),
      ]);
    });
    expect(won(results)).toBe(1);
    for (const result of lost(results)) expect([OVERLAP, NOT_FREE]).toContainEqual(result);
  }
});

it('one hold is consumed by one booking', async () => {
  const hold = await inContext(database.app, tenant.admin, () =>
    database.app.value(
      "select app.ocupar_franja($1, $2, $3, $4, $5, 'reservado_temporal', $6, plazo => $7)",
      tenant.organizacion,
      tenant.profesionales[0],
      DIA,
      at(0),
      at(30),
      tenant.servicio,
      at(0),
    ),
  );
  const results = await race(16, (client) => insertCita(client, tenant, { inicia_en: at(0), termina_en: at(30), reserva_id: hold }));
  expect(lost(results)).toEqual(Array(15).fill(OVERLAP));
});

it('moves in both directions between two professionals never deadlock', async () => {
  const [first, second] = tenant.profesionales;
  const citas: { id: number; profesional: number; from: number }[] = [];
  await inContext(database.app, tenant.admin, async () => {
    for (let i = 0; i < 24; i++) {
      const profesional = i % 2 ? first : second;
      citas.push({ profesional, from: i * 10, id: (await book(database.app, i * 10, 10, profesional)).id });
    }
  });
  for (let round = 0; round < 4; round++) {
    const results = await race(24, (client, i) => {
      citas[i].profesional = citas[i].profesional === first ? second : first;
      return client.query('update citas set profesional_id = $1 where id = $2', [citas[i].profesional, citas[i].id]);
    });
    expect(results).toEqual(Array(24).fill('ok'));
  }
});

it('two citas that want each other’s time: no deadlock, and both stay where they were', async () => {
  const [first, second] = tenant.profesionales;
  const ids = await inContext(database.app, tenant.admin, async () => [
    (await book(database.app, 0, 10, first)).id,
    (await book(database.app, 0, 10, second)).id,
  ]);
  for (let round = 0; round < 5; round++) {
    const results = await race(2, (client, i) =>
      client.query('update citas set profesional_id = $1 where id = $2', [[second, first][i], ids[i]]),
    );
    expect(results).toEqual([OVERLAP, OVERLAP]);
  }
});

it('cancel, book again, regenerate and book elsewhere at once', async () => {
  const ids: number[] = [];
  await inContext(database.app, tenant.admin, async () => {
    for (let i = 0; i < 8; i++) ids.push((await book(database.app, i * 10)).id);
  });
  const results = await race(32, (client, i) => {
    if (i < 8) return client.query("update citas set estado = 'cancelada' where id = $1", [ids[i]]);
    if (i < 16) return book(client, (i - 8) * 10);
    if (i < 24)
      return client.query('select * from app.generar_franjas($1, $2, $3, $3)', [
        tenant.organizacion,
        i % 2 ? tenant.profesionales : tenant.profesionales.toReversed(),
        DIA,
      ]);
    return book(client, i * 10, 10, tenant.profesionales[1]);
  });
  for (const result of lost(results)) expect(result).toEqual(OVERLAP);
  expect(won(results.slice(0, 8))).toBe(8);
  expect(won(results.slice(16))).toBe(16);
});

it('two states at once: one change happens, the other finds it done', async () => {
  const { id } = await inContext(database.app, tenant.admin, () => book(database.app, 0));
  const results = await race(8, (client, i) =>
    client.query(`update citas set estado = '${i % 2 ? 'cancelada' : 'confirmada'}' where id = $1`, [id]),
  );
  const history = await database.admin.rows('select estado_anterior, estado_nuevo from historial_citas where cita_id = $1 order by id', id);
  const steps = history.map((row) => `${row.estado_anterior}>${row.estado_nuevo}`);
  expect([
    ['null>pendiente', 'pendiente>cancelada'],
    ['null>pendiente', 'pendiente>confirmada', 'confirmada>cancelada'],
  ]).toContainEqual(steps);
  for (const result of lost(results)) expect(result).toEqual({ code: 'FR409', constraint: 'citas_transicion' });
});

it('tenants do not wait for each other', async () => {
  const other = await newTenant(database.app, { ahora: AHORA });
  await openHours(database.app, other, ['09:00', '18:00'], [DIA, DIA]);
  await clients[0].query('begin');
  await clients[0].query('select app.fijar_contexto($1, $2, $3, $4)', [tenant.organizacion, tenant.admin.usuario, 'admin', AHORA]);
  await book(clients[0], 0);
  await inContext(clients[1], other.admin, async () => {
    await clients[1].query('set local lock_timeout = 500');
    await insertCita(clients[1], other, { inicia_en: at(0), termina_en: at(10) });
  });
  await clients[0].query('commit');
});

it('the lock of a booking does not hold up who only refers to the professional', async () => {
  await clients[0].query('begin');
  await clients[0].query('select app.fijar_contexto($1, $2, $3, $4)', [tenant.organizacion, tenant.admin.usuario, 'admin', AHORA]);
  await book(clients[0], 0);
  await inContext(clients[1], tenant.admin, async () => {
    await clients[1].query('set local lock_timeout = 500');
    await clients[1].query('update clientes set profesional_preferido_id = $1', [tenant.profesionales[0]]);
    await clients[1].query('insert into servicios_profesionales (servicio_id, profesional_id) values ($1, $2)', [
      tenant.servicio,
      tenant.profesionales[0],
    ]);
  });
  await clients[0].query('commit');
});
