// The rule that test/tenant-rule/watch.ts holds every statement of every test to: what it catches, what it lets pass, and who is excepted.
import { loadModule } from 'libpg-query';
import diagnostics from 'node:diagnostics_channel';
import pg from 'pg';
import type { Statement } from '../src/database/statements.js';
import { type Api, startApi } from './api.js';
import { freshDatabase } from './setup/database.mjs';
import { superAdmin } from './super-admin.js';
import { EXCEPTIONS } from './tenant-rule/exceptions.js';
import { FUNCTIONS, statementsOf } from './tenant-rule/functions.js';
import { type Catalogue, tenantProblems } from './tenant-rule/rule.js';

const catalogue: Catalogue = JSON.parse(process.env.FRANJA_TEST_CATALOGUE!);
const problems = (sql: string) => tenantProblems(sql, catalogue);

beforeAll(() => loadModule());

describe('a statement that names its tenant', () => {
  it.each([
    'select 1',
    'select * from monedas',
    'select app.fijar_contexto(1, 2, $1)',
    'select * from citas where organizacion_id = $1 and id = $2',
    'select * from citas where $1::bigint = organizacion_id',
    'select * from citas c where c.organizacion_id = app.tenant_actual()',
    'select * from organizaciones where id = $1',
    'select "public"."usuarios"."id" from "public"."usuarios" where ("public"."usuarios"."organizacion_id" = $1 and 1 = 1)',
    'select * from citas c join clientes k on k.organizacion_id = c.organizacion_id and k.id = c.cliente_id where c.organizacion_id = $1',
    'select * from citas c join clientes k on k.organizacion_id = c.organizacion_id and k.id = c.cliente_id where k.organizacion_id = $1',
    'select * from citas c join clientes k using (organizacion_id) where c.organizacion_id = $1',
    'select * from citas c join organizaciones o on o.id = c.organizacion_id where c.organizacion_id = $1',
    'select * from citas c left join clientes k on k.organizacion_id = c.organizacion_id and k.id = c.cliente_id where c.organizacion_id = $1',
    'select * from clientes k right join citas c on k.organizacion_id = c.organizacion_id where c.organizacion_id = $1',
    'select * from citas where (organizacion_id, id) = ($1, $2)',
    'select * from citas where (organizacion_id, id) in (select organizacion_id, cita_id from historial_citas where organizacion_id = $1)',
    'select * from (select * from citas where organizacion_id = $1) c join clientes k on k.organizacion_id = c.organizacion_id',
    'select * from (select $1::bigint as o) t join citas c on c.organizacion_id = t.o',
    'select * from citas where organizacion_id = $1 union all select * from citas where organizacion_id = $1',
    'insert into clientes (nombre) values ($1)',
    'insert into clientes values ($1, $2)',
    'insert into clientes default values',
    'insert into clientes (organizacion_id, nombre) values ($1, $2), ($1, $3)',
    'insert into clientes (organizacion_id, nombre) values (default, $1)',
    'insert into clientes (organizacion_id, nombre) select organizacion_id, $2 from usuarios where organizacion_id = $1',
    'insert into clientes as c (nombre) values ($1) on conflict (organizacion_id, usuario_id) do update set nombre = excluded.nombre returning c.id',
    'update citas c set estado = $1 from clientes k where k.organizacion_id = c.organizacion_id and k.organizacion_id = $2',
    'delete from citas c using clientes k where k.organizacion_id = c.organizacion_id and c.organizacion_id = $1',
    'select * from profesionales where organizacion_id = $1 and id = $2 for no key update',
    'select * from app.uso($1) u join metricas_organizacion m on m.organizacion_id = $1',
  ])('%s', (sql) => expect(problems(sql)).toEqual([]));
});

// In a function it is enough: all that it reads is of the node that runs it.
describe('a statement that hears its tenant from outside a subquery, or from a CTE', () => {
  it.each([
    'select * from citas c where c.organizacion_id = $1 and exists (select from clientes k where k.organizacion_id = c.organizacion_id and k.id = c.cliente_id)',
    'select (select count(*) from citas c where c.organizacion_id = o.id) from organizaciones o where o.id = $1',
    'with c as (select organizacion_id as o, cliente_id from citas where organizacion_id = $1) select * from c join clientes k on k.organizacion_id = c.o',
    'with c (o) as (select organizacion_id from citas where organizacion_id = $1) select * from clientes k join c on c.o = k.organizacion_id',
    'with d as (delete from citas where organizacion_id = $1 returning *) select * from clientes k join d on d.organizacion_id = k.organizacion_id',
    `with recursive r as (select organizacion_id, id from citas where organizacion_id = $1
       union all select c.organizacion_id, c.id from citas c join r on r.organizacion_id = c.organizacion_id) select * from r`,
    'select * from profesionales p cross join lateral (select * from citas c where c.organizacion_id = p.organizacion_id) c where p.organizacion_id = $1',
  ])('%s', (sql) => {
    expect(problems(sql)).toHaveLength(1);
    expect(tenantProblems(sql, catalogue, { variables: true })).toEqual([]);
  });
});

describe('a statement that does not', () => {
  it.each([
    ['select * from citas', 'select public.citas without citas.organizacion_id'],
    ['select * from citas c where c.id = $1', 'select public.citas without c.organizacion_id'],
    ['select * from citas where organizacion_id = $1 or id = $2', 'select public.citas without citas.organizacion_id'],
    ['select * from citas where not organizacion_id = $1', 'select public.citas without citas.organizacion_id'],
    ['select * from citas where organizacion_id > $1', 'select public.citas without citas.organizacion_id'],
    ['select * from citas where organizacion_id = any ($1)', 'select public.citas without citas.organizacion_id'],
    ['select * from citas where organizacion_id = organizacion_id', 'select public.citas without citas.organizacion_id'],
    ['select organizacion_id = $1 from citas', 'select public.citas without citas.organizacion_id'],
    ['select * from public.metricas_organizacion', 'select public.metricas_organizacion without metricas_organizacion.organizacion_id'],
    ['select * from organizaciones where codigo_tenant = $1', 'select public.organizaciones without organizaciones.id'],
    ['select * from citas c join clientes k on k.id = c.cliente_id where c.organizacion_id = $1', 'select public.clientes without k.organizacion_id'],
    ['select * from citas c, clientes k where c.organizacion_id = $1', 'select public.clientes without k.organizacion_id'],
    ['select * from citas c left join clientes k on k.organizacion_id = c.organizacion_id and k.organizacion_id = $1', 'select public.citas without c.organizacion_id'],
    ['select * from citas c full join clientes k on k.organizacion_id = c.organizacion_id where c.organizacion_id = $1', 'select public.clientes without k.organizacion_id'],
    ['select * from citas c where c.organizacion_id = $1 and exists (select from clientes k where k.id = c.cliente_id)', 'select public.clientes without k.organizacion_id'],
    ['select * from citas c where exists (select from clientes k where k.organizacion_id = c.organizacion_id and k.organizacion_id = $1)', 'select public.citas without c.organizacion_id'],
    ['select * from (select * from citas) c where c.organizacion_id = $1', 'select public.citas without citas.organizacion_id'],
    ['with c as (select * from citas) select * from c where c.organizacion_id = $1', 'select public.citas without citas.organizacion_id'],
    ['with c as (select id as organizacion_id from citas where organizacion_id = $1) select * from c join clientes k on k.organizacion_id = c.organizacion_id', 'select public.clientes without k.organizacion_id'],
    [
      `with c as (select organizacion_id from citas where organizacion_id = $1 union all select 7)
       select * from clientes k join c on c.organizacion_id = k.organizacion_id`,
      'select public.clientes without k.organizacion_id',
    ],
    ['select (select max(id) from citas) from organizaciones where id = $1', 'select public.citas without citas.organizacion_id'],
    ['select * from organizaciones o where o.id = $1 order by (select count(*) from citas)', 'select public.citas without citas.organizacion_id'],
    ['select * from profesionales where id = $1 for no key update', 'select public.profesionales without profesionales.organizacion_id'],
    ['insert into clientes (organizacion_id, nombre) values (7, $1)', 'insert public.clientes without organizacion_id'],
    ['insert into clientes (organizacion_id, nombre) select o.id, $1 from organizaciones o', 'insert public.clientes without organizacion_id'],
    ['insert into clientes select * from usuarios', 'insert public.clientes without organizacion_id'],
    ['insert into metricas_uso_organizacion default values', 'insert public.metricas_uso_organizacion without organizacion_id'],
    ['insert into metricas_uso_organizacion (uso_clientes) values ($1)', 'insert public.metricas_uso_organizacion without organizacion_id'],
    ['update citas set estado = $1 where id = $2', 'update public.citas without citas.organizacion_id'],
    ['update citas c set estado = $1 from clientes k where k.id = c.cliente_id and k.organizacion_id = $2', 'update public.citas without c.organizacion_id'],
    ['delete from citas where id in (select id from citas x where x.organizacion_id = $1)', 'delete public.citas without citas.organizacion_id'],
    ['with d as (delete from sesiones returning usuario_id) select * from d', 'delete public.sesiones without sesiones.organizacion_id'],
    ['merge into citas c using clientes k on c.id = k.id when matched then delete', 'merge: say it as insert, update and delete'],
    ['select * from chat.conversaciones where session_id = $1', 'select chat.conversaciones without conversaciones.organizacion_id'],
  ])('%s', (sql, problem) => expect(problems(sql)).toContain(problem));
});

describe('the exceptions', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('are told of statements that are sent, and no more', async () => {
    const admin = await superAdmin(api);
    const found = new Set<string>();
    const hear = (message: unknown) => {
      const { text, ruta } = message as Statement;
      for (const problem of problems(text)) found.add(`${ruta} ${problem}`);
    };
    diagnostics.subscribe('franja:statement', hear);
    for (const url of new Set(EXCEPTIONS.map((one) => one.ruta))) await admin.request('GET', url.replace('GET /api/v1', ''));
    diagnostics.unsubscribe('franja:statement', hear);
    expect([...found].sort()).toEqual(EXCEPTIONS.map((one) => `${one.ruta} ${one.problem}`).sort());
  });
});

/** Functions that work before there is a tenant, or for all of them: docs/citus.md says what becomes of each. */
const ACROSS_TENANTS = [
  'aceptar_invitacion', 'buscar_acceso', 'estado_bandeja', 'organizacion_por_codigo', 'organizaciones_con_trabajo', 'organizaciones_por_repartir',
  'registrar_organizacion', 'subscripciones_por_atender', 'tomar_entregas',
];

it('holds the functions of the database to the rule, but those that work across tenants', async () => {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query(FUNCTIONS);
    const across = rows.filter((one) => statementsOf(one).some((sql) => tenantProblems(sql, catalogue, { variables: true }).length > 0));
    expect([...new Set(across.map((one) => one.name))].sort()).toEqual(ACROSS_TENANTS);
    expect(rows.length).toBeGreaterThan(100);
  } finally {
    await client.end();
    await database.drop();
  }
});
