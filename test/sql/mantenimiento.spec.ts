// Each file of sql/maintenance, run as psql would, keeps silent when all is well and names what is wrong.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { maintenance } from '../../scripts/maintenance.mjs';
import { type Client, type Database, inContext, insertCita, newTenant, openDatabase, openHours, type Tenant } from './tenant.js';

let database: Database;
let admin: Client;
let own: Tenant;
let other: Tenant;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin } = database);
  own = await newTenant(database.app);
  other = await newTenant(database.app);
  for (const tenant of [own, other]) {
    await openHours(database.app, tenant, ['09:00', '18:00'], ['2090-01-09', '2090-01-10']);
    for (const hora of ['09:00', '10:00'])
      await inContext(database.app, tenant.admin, () => insertCita(database.app, tenant, { fecha_cita: '2090-01-09', hora_inicio: hora, hora_fin: `${hora.slice(0, 3)}30` }));
  }
});
afterAll(() => database.close());

const run = (name: string) => maintenance(admin, name);
/** What a file says of a database in which somebody did this; nothing of it stays. */
async function after(name: string, ...damage: string[]): Promise<any[][]> {
  await admin.query('begin');
  try {
    for (const sql of damage) await admin.query(sql);
    return await run(name);
  } finally {
    await admin.query('rollback');
  }
}

test('each file says first how it is run, and what a good answer looks like', () => {
  const files = fs.readdirSync('sql/maintenance');
  expect(files.length).toBe(7);
  for (const file of files) {
    const [first, second] = fs.readFileSync(`sql/maintenance/${file}`, 'utf8').split('\n');
    expect(first).toMatch(new RegExp(`^-- .* psql -d saas_db -f sql/maintenance/${file}$`));
    expect(second).toMatch(/^-- A good answer: /);
  }
});

describe('rls-state.sql', () => {
  const problems = async (...damage: string[]) => (await after('rls-state', ...damage)).slice(0, 2).flatMap((rows) => rows.map((row) => Object.values(row).map(String).join(' ')));

  test('has nothing to say of what sql/ makes, and lists its policies and functions', async () => {
    expect(await problems()).toEqual([]);
    const [, , policies, functions] = await run('rls-state');
    expect(policies.filter(({ tabla }) => tabla === 'citas').length).toBe(5);
    expect(functions.length).toBeGreaterThan(10);
    expect(functions.filter(({ dueno_con_login }) => dueno_con_login)).toEqual([]);
  });

  test.each([
    ['create table public.nueva (organizacion_id bigint)', 'nueva false false null 0'],
    ['alter table citas no force row level security', /^citas true false saas_app 1$/],
    ['create table public.nueva (); alter table nueva enable row level security; alter table nueva force row level security', 'nueva true true null 0'],
    ['create policy otra on clientes to saas_app using (true)', 'clientes true true saas_app 2'],
    ['grant saas_owner to readonly_user', 'rol readonly_user member of saas_owner'],
    ['alter role saas_app bypassrls', 'rol saas_app bypassrls'],
    ['alter table citas owner to saas_app', 'tabla citas owned by saas_app'],
    ['alter view metricas_organizacion reset (security_invoker)', 'vista metricas_organizacion without security_invoker'],
  ])('%s', async (damage, said) => {
    expect(await problems(damage)).toContainEqual(typeof said === 'string' ? said : expect.stringMatching(said));
  });
});

describe('verify-restore.sql', () => {
  const problems = async (...damage: string[]) => (await after('verify-restore', ...damage)).flatMap((rows) => rows.map((row) => `${row.problema} ${row.donde ?? ''}`.trim()));
  // As a restore that left constraints and triggers out would let it in.
  const unguarded = 'set local session_replication_role = replica';

  test('answers no row when the copy is whole, and has looked at every reference and sequence', async () => {
    expect(await problems()).toEqual([]);
    expect((await run('verify-restore')).length).toBe(3);
  });

  test('two citas at one time, and two franjas', async () => {
    const [first] = own.profesionales;
    const shift = `update citas set inicia_en = inicia_en - interval '45 minutes', termina_en = termina_en - interval '45 minutes', ocupa_desde = ocupa_desde - interval '45 minutes',
      ocupa_hasta = ocupa_hasta - interval '45 minutes' where organizacion_id = ${own.organizacion} and hora_inicio = '10:00'`;
    expect(await problems(unguarded, 'alter table citas drop constraint citas_sin_solape', shift)).toEqual([`cita and its franja differ ${first}`, `cita over another ${first}`]);
    const wider = `update horarios_disponibilidad set termina_en = termina_en + interval '1 minute' where organizacion_id = ${own.organizacion} and profesional_id = ${first} and estado = 'disponible'
      and fecha = '2090-01-09' and hora_fin = '10:00'`;
    expect(await problems(unguarded, 'alter table horarios_disponibilidad drop constraint horarios_disponibilidad_sin_solape', wider)).toEqual([`franja over another ${first}`]);
  });

  test('a cita whose franja is not there, and a franja whose cita is not', async () => {
    const lost = await problems(unguarded, `delete from horarios_disponibilidad where organizacion_id = ${own.organizacion} and estado = 'ocupado'`);
    expect(lost).toEqual([`cita and its franja differ ${own.profesionales[0]}`]);
    const left = await problems(unguarded, `delete from citas where organizacion_id = ${own.organizacion}`);
    expect(left).toContain(`cita and its franja differ ${own.profesionales[0]}`);
    expect(left).toContain('horarios_disponibilidad has rows that horarios_disponibilidad_cita should have refused');
  });

  test("a cita of another tenant's client", async () => {
    expect(await problems(unguarded, `update citas set cliente_id = ${other.cliente} where organizacion_id = ${own.organizacion}`)).toEqual(['citas has rows that citas_cliente should have refused']);
  });

  test.each([
    ['alter table citas disable row level security', 'table without forced RLS or without policies citas'],
    ['alter table citas disable trigger all', /^trigger switched off citas\./],
    ['alter table citas drop constraint citas_cliente; alter table citas add constraint citas_cliente foreign key (organizacion_id, cliente_id) references clientes (organizacion_id, id) not valid', 'constraint not validated citas.citas_cliente'],
    ["update pg_index set indisvalid = false where indexrelid = 'citas_agenda'::regclass", 'index not valid citas_agenda'],
    ['alter table citas alter column id restart with 1', 'citas_id_seq is behind its table'],
    // What comes next is the number of the last row: as where rows were loaded and nobody has asked for a number yet.
    ["do $$ begin execute 'alter table citas alter column id restart with ' || (select max(id) from citas); end $$", 'citas_id_seq is behind its table'],
  ])('%s', async (damage, said) => {
    expect(await problems(damage)).toContainEqual(typeof said === 'string' ? said : expect.stringMatching(said));
  });
});

describe('bloat.sql', () => {
  const flush = () => admin.query('select pg_stat_force_next_flush()');

  test('names a table and an index that are mostly air, and neither of a full one', async () => {
    await admin.query(`create table public.hinchada (id int, texto text) with (autovacuum_enabled = false);
      insert into hinchada select n, repeat(md5(n::text), 5) from generate_series(1, 100000) n;
      create index hinchada_texto on hinchada (texto);
      create table public.sana (id int, texto text);
      insert into sana select * from hinchada;
      create index sana_texto on sana (texto)`);
    await admin.query('vacuum analyze sana');
    await admin.query('delete from hinchada where id % 10 <> 0');
    await flush();
    const [, , dead] = await run('bloat');
    expect(dead).toEqual([expect.objectContaining({ tabla: 'hinchada', autovacuum: false })]);
    expect(Number(dead[0].muertas)).toBe(90_000);
    await admin.query('vacuum analyze hinchada');
    const [tables, indexes] = await run('bloat');
    expect(tables.map(({ tabla }) => tabla)).toEqual(['hinchada']);
    expect(Number(tables[0].aire_pct)).toBeGreaterThan(80);
    expect(indexes.map(({ indice }) => indice)).toEqual(['hinchada_texto']);
    await admin.query('vacuum full analyze hinchada');
    await admin.query('alter table hinchada reset (autovacuum_enabled)');
    await flush();
    expect((await run('bloat')).slice(0, 3)).toEqual([[], [], []]);
    await admin.query('drop table hinchada, sana');
  });

  test('names the transaction that keeps dead rows from being taken, and how far each database is from its freeze', async () => {
    const reader = await database.connect('admin');
    const pid = String(await reader.value('select pg_backend_pid()'));
    await reader.query('begin isolation level repeatable read');
    await reader.query('select from citas');
    await admin.query('do $$ begin for n in 1..100100 loop perform pg_current_xact_id(); commit; end loop; end $$');
    const held = await run('bloat');
    expect(held[3]).toContainEqual(expect.objectContaining({ que: 'transaccion', cual: pid }));
    const mine = held[4].find(({ base }) => base === database.name)!;
    expect(Number(mine.transacciones)).toBeGreaterThan(100_000);
    expect(Number(mine.congelacion_pct)).toBeLessThan(50);
    await reader.query('rollback');
    expect((await run('bloat'))[3].filter(({ cual }) => cual === pid)).toEqual([]);
  });
});

describe('lock-waits.sql', () => {
  test('nobody waits', async () => expect(await run('lock-waits')).toEqual([[], [], []]));

  test('who waits, for whom and for what; of saas_app, no statement', async () => {
    const { app } = database;
    const second = await database.connect('saas_app');
    const third = await database.connect('admin');
    const pids: number[] = [];
    for (const client of [app, second, third]) pids.push(await client.value('select pg_backend_pid()'));
    const lock = `select from profesionales where organizacion_id = ${own.organizacion} and id = ${own.profesionales[0]} for no key update`;
    const book = (client: Client) => inContext(client, own.admin, () => client.query(lock));
    let waiting: Promise<unknown>[] = [];
    await inContext(app, own.admin, async () => {
      await app.query(lock);
      const untilWaiting = async (count: number) => {
        for (let i = 0; i < 100 && new Set((await run('lock-waits'))[0].map(({ espera }) => espera)).size < count; i++) await sleep(20);
      };
      waiting = [book(second)];
      await untilWaiting(1);
      waiting.push(third.query(`/* 'secreto' */ ${lock}`));
      await untilWaiting(2);
      const [waits, open] = await run('lock-waits');
      const of = (pid: number) => waits.filter(({ espera }) => espera === pid);
      expect(of(pids[1])).toContainEqual(expect.objectContaining({ rol: 'saas_app', tabla: 'profesionales', detras_de: pids[0], raiz: true, rol_delante: 'saas_app', estado_delante: 'disabled' }));
      expect(of(pids[2])).toEqual([expect.objectContaining({ tabla: 'profesionales', consulta: expect.stringContaining('secreto'), detras_de: pids[1], raiz: false })]);
      for (const { segundos } of waits) expect(Number(segundos)).toBeGreaterThanOrEqual(0);
      expect(JSON.stringify([of(pids[1]), open])).not.toContain('no key update');
      expect(open).toEqual([expect.objectContaining({ pid: pids[0], rol: 'saas_app', escribe_en: expect.stringContaining('profesionales') })]);
    });
    await Promise.all(waiting);
    expect(await run('lock-waits')).toEqual([[], [], []]);
  });
});

test('slow-queries.sql says what is missing where nothing counts statements', async () => {
  const [missing, ...rest] = await run('slow-queries');
  // respaldo.spec.ts runs it on a server that has it.
  expect(missing).toEqual([{ falta: 'pg_stat_statements is not loaded: add it to shared_preload_libraries and restart PostgreSQL' }]);
  expect(rest).toEqual([]);
});

test('index-use.sql lists an index that nobody reads, and a large table that is read whole', async () => {
  await admin.query(`create table public.entera as select n as id from generate_series(1, 20000) n; create index entera_id on entera (id)`);
  await admin.query('analyze entera');
  for (let n = 0; n < 3; n++) await admin.query('select count(*) from entera');
  await admin.query('select pg_stat_force_next_flush()');
  const [indexes, tables] = await run('index-use');
  expect(indexes).toContainEqual(expect.objectContaining({ indice: 'entera_id', lecturas: 0, de_restriccion: false }));
  expect(tables.map(({ tabla }) => tabla)).toEqual(['entera']);
  await admin.query('drop table entera');
});

test('partition-advice.sql says when a table is past 50 million rows, and by what it could be partitioned', async () => {
  const advice = async () => Object.fromEntries((await run('partition-advice'))[0].map((row) => [row.tabla, row]));
  expect((await advice()).citas).toMatchObject({ consejo: 'no' });
  await admin.query(`create table public.crece as select now() - n * interval '1 minute' as creado_en from generate_series(1, 86400) n`);
  await admin.query('analyze');
  const pretend = (table: string, rows: number) => admin.query('update pg_class set reltuples = $2 where oid = $1::regclass', [table, rows]);
  await pretend('crece', 40e6);
  await pretend('citas', 60e6);
  await pretend('historial_citas', 300e6);
  const said = await advice();
  // Half of its sixty days are of the last thirty: 20 million rows.
  expect(said.crece).toMatchObject({ consejo: 'no', meses_hasta_50_millones: 1 });
  expect(Math.abs(Number(said.crece.filas_al_mes) - 20e6)).toBeLessThan(1e6);
  const knowsExclude = (await admin.value<number>("select current_setting('server_version_num')::int")) >= 170_000;
  expect(said.citas.consejo).toMatch(knowsExclude ? /^hash \(organizacion_id\), 8 parts/ : /^not before PostgreSQL 17/);
  expect(said.historial_citas.consejo).toMatch(/^range \(creado_en\)/);
  expect(Object.keys(said)).not.toContain('clientes');
  await admin.query('drop table crece');
});
