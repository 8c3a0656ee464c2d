// Every table of the catalogue × every operation × every context, as every role: a new table is in the matrix by existing.
import pg from 'pg';
import { GLOBAL_TABLES, rlsProblems } from './rls-checker.js';
import { type Inserted, insertSamples, insertStatement, SAMPLES, SINGLE } from './samples.js';
import { attempt, type Client, type Database, newTenant, openDatabase, openHours, type Tenant } from './tenant.js';

let database: Database;
let admin: Client;
let own: Tenant;
let other: Tenant;
let samples: Map<Tenant, Inserted>;
let tables: string[];
let counts: Map<Tenant, Record<string, number>>;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin } = database);
  own = await newTenant(database.app);
  other = await newTenant(database.app);
  samples = new Map();
  for (const tenant of [own, other]) {
    await openHours(database.app, tenant, ['09:00', '18:00'], ['2090-01-09', '2090-01-09']);
    samples.set(tenant, await insertSamples(admin, tenant));
  }
  tables = (
    await admin.rows(`
    select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`)
  ).map((row) => row.relname);
  counts = new Map([
    [own, {}],
    [other, {}],
  ]);
  for (const [tenant, count] of counts) {
    for (const table of tables.filter(isOfTenants)) {
      count[table] = await admin.value(`select count(*) from public.${table} where ${keyOf(table)} = $1`, tenant.organizacion);
    }
  }
});

afterAll(() => database.close());

const keyOf = (table: string) => (table === 'organizaciones' ? 'id' : 'organizacion_id');
const isOfTenants = (table: string) => !GLOBAL_TABLES.includes(table);

type Variables = Record<string, string>;

const T = 'app.current_tenant_id';
const U = 'app.current_user_id';
const R = 'app.current_user_role';
const B = 'app.bypass_rls';
const ownId = () => String(own.organizacion);
const otherUser = () => String(other.admin.usuario);

/** The contexts, and whose rows a tenant policy shows under each. */
const CONTEXTS: Record<string, () => Variables> = {
  'no context': () => ({}),
  'empty variables, as after a transaction of a pooled connection': () => ({ [T]: '', [U]: '', [R]: '', [B]: '' }),
  'a tenant that does not exist': () => ({ [T]: '999999999', [R]: 'admin' }),
  'own tenant': () => ({ [T]: ownId(), [U]: String(own.admin.usuario), [R]: 'admin' }),
  'own tenant as a client of the business': () => ({ [T]: ownId(), [U]: '999999999', [R]: 'cliente' }),
  'own tenant and every variable that promises more': () => ({ [T]: ownId(), [U]: otherUser(), [R]: 'super_admin', [B]: 'true' }),
  'login_context alone': () => ({ [R]: 'login_context' }),
  'super_admin alone': () => ({ [R]: 'super_admin' }),
  'bypass_rls alone': () => ({ [B]: 'true' }),
  'the id of somebody alone': () => ({ [U]: otherUser() }),
  'every variable but the tenant': () => ({ [U]: otherUser(), [R]: 'super_admin', [B]: 'true' }),
};

const TENANT_ROLES = ['saas_app', 'readonly_user', 'integration_user'];
const ROLES = [...TENANT_ROLES, 'saas_admin', 'saas_system', 'saas_auth', 'saas_search', 'saas_owner'] as const;
const LOGIN_TABLES = ['usuarios', 'organizaciones', 'directorio_organizaciones', 'directorio_usuarios'];

/** Whose rows a role reaches in a table: the specification's five contexts, each tied to its role. */
function reach(role: string, table: string, variables: Variables): Tenant[] {
  const all = [own, other];
  if (TENANT_ROLES.includes(role))
    return table.startsWith('directorio_') ? [] : all.filter((tenant) => variables[T] === String(tenant.organizacion));
  if (role === 'saas_admin') return variables[R] === 'super_admin' ? all : [];
  if (role === 'saas_system') return variables[B] === 'true' ? all : [];
  if (role === 'saas_auth') return variables[R] === 'login_context' && LOGIN_TABLES.includes(table) ? all : [];
  if (role === 'saas_search') return table === 'clientes' ? all : [];
  return []; // saas_owner: row level security is forced on the owner, and no policy names it
}

interface Rights {
  select: boolean;
  insert: string[];
  update: string[];
  delete: boolean;
  columns: string[];
  readable: string[];
}

const known = new Map<string, Rights>();

/** What the catalogue says the role may do (permisos.spec.ts says what it should), and to which writable columns besides the tenant's. */
async function rightsOf(role: string, table: string): Promise<Rights> {
  const cached = known.get(role + table);
  if (cached) return cached;
  const columns = (right: string) => `array(select a.attname::text from pg_attribute a
    where a.attrelid = $2::regclass and a.attnum > 0 and a.attgenerated = '' and a.attidentity = ''
      ${right && `and has_column_privilege($1, a.attrelid, a.attnum, '${right}')`}
    order by a.attnum)`;
  const rights = await admin.row<Rights>(
    `
    select has_any_column_privilege($1::name, $2::regclass, 'select') as select,
      has_table_privilege($1::name, $2::regclass, 'delete') as delete,
      ${columns('insert')} as insert, ${columns('update')} as update, ${columns('')} as columns, ${columns('select')} as readable`,
    role,
    `public.${table}`,
  );
  known.set(role + table, rights);
  return rights;
}

/** Runs the statement and says how it ended: rows, or who refused it. The routine tells, whatever the server's language. */
async function outcome(client: Client, sql: string, values: unknown[]): Promise<string | number> {
  try {
    const result = await attempt(client, () => client.query(sql, values));
    return result.command === 'SELECT' ? Number(result.rows[0].n) : (result.rowCount ?? 0);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    if (error.code !== '42501') return `${error.code} ${error.constraint ?? error.message}`;
    const by: Record<string, string> = { aclcheck_error: 'no right', ExecWithCheckOptions: 'policy', exec_stmt_raise: 'guard' };
    return by[error.routine ?? ''] ?? `42501 ${error.routine}`;
  }
}

async function actual(client: Client, role: string, table: string) {
  const rights = await rightsOf(role, table);
  const key = keyOf(table);
  const of = async (tenant: Tenant) => {
    const id = tenant.organizacion;
    const sample = table in SAMPLES ? SAMPLES[table](tenant, 2, samples.get(tenant)!) : SINGLE[table](tenant);
    // Without the right to name the tenant, its own insert leaves it to the default; another's has to name it.
    const named =
      key === 'id' || (tenant === own && rights.insert.length > 0 && !rights.insert.includes(key)) ? sample : { [key]: id, ...sample };
    // One that it may also read, because the statement does.
    const column = [...rights.update.filter((name) => rights.readable.includes(name)), ...rights.update, ...rights.columns].find((name) => name !== key)!;
    const first = samples.get(tenant)![table]?.id;
    return {
      select: await outcome(client, `select count(*) as n from public.${table} where ${key} = $1`, [id]),
      insert: await outcome(client, ...insertStatement(table, named)),
      update: await outcome(client, `update public.${table} set ${column} = ${column} where ${key} = $1`, [id]),
      delete: await outcome(
        client,
        `delete from public.${table} where ${key} = $1 ${first ? 'and id = $2' : ''}`,
        first ? [id, first] : [id],
      ),
    };
  };
  return { own: await of(own), other: await of(other) };
}

async function expected(role: string, table: string, variables: Variables) {
  const rights = await rightsOf(role, table);
  const reached = reach(role, table, variables);
  const key = keyOf(table);
  const of = async (tenant: Tenant) => {
    const n = counts.get(tenant)![table];
    const canName = key === 'id' || tenant === own || rights.insert.includes(key);
    const reaches = reached.includes(tenant);
    // A second factor is its owner's: the sample inserts one for somebody else. The one that is there is the admin's.
    const isFactor = ['segundos_factores', 'codigos_recuperacion'].includes(table);
    const isOwners = variables[T] === String(tenant.organizacion) && variables[U] === String(tenant.admin.usuario);
    // A key is of a user that is a key: the samples are not.
    const isKey = role === 'saas_app' && table === 'claves_api';
    const isGuarded = (isFactor && role !== 'saas_owner') || isKey || (role === 'saas_app' && table === 'usuarios' && !['admin', 'propietario'].includes(variables[R]));
    const isKept = isFactor && !isOwners && !(role === 'saas_admin' && variables[R] === 'super_admin');
    const isOneEach = table in SINGLE && key !== 'id';
    // The tenant cannot be named, so the row is for the context's tenant: one that does not exist is refused by the foreign key.
    const isNobodys = !rights.insert.includes(key) && key !== 'id' && variables[T] === '999999999';
    return {
      select: !rights.select ? 'no right' : reaches ? n : 0,
      insert:
        rights.insert.length === 0 || !canName
          ? 'no right'
          : isGuarded
            ? 'guard'
            : isNobodys
              ? `23503 ${table}_organizacion`
              : !reaches
                ? 'policy'
                : isOneEach
                  ? expect.stringMatching(/^23505/)
                  : 1,
      update: rights.update.length === 0 ? 'no right' : !reaches ? 0 : isGuarded && !(isFactor && isOwners) ? 'guard' : n,
      delete: !rights.delete ? 'no right' : !reaches ? 0 : isKept ? 'guard' : samples.get(tenant)![table]?.id ? 1 : n,
    };
  };
  return { own: await of(own), other: await of(other) };
}

describe.each(ROLES)('as %s', (role) => {
  const isLogin = ['saas_app', 'saas_admin', 'readonly_user', 'integration_user'].includes(role);
  let client: Client;
  beforeAll(async () => {
    client = isLogin ? await database.connect(role as 'saas_app') : admin;
  });

  it.each(Object.keys(CONTEXTS))('%s', async (name) => {
    const variables = CONTEXTS[name]();
    const found: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    await client.query(isLogin ? 'begin read write' : `begin; set local role ${role}`);
    for (const [variable, value] of Object.entries(variables)) await client.query('select set_config($1, $2, true)', [variable, value]);
    try {
      for (const table of tables.filter(isOfTenants)) found[table] = await actual(client, role, table);
    } finally {
      await client.query('rollback');
    }
    for (const table of Object.keys(found)) wanted[table] = await expected(role, table, variables);
    expect(found).toEqual(wanted);
  });
});

describe('the matrix itself', () => {
  it('has data of both tenants in every table that is not global', () => {
    for (const count of counts.values()) {
      expect(Object.keys(count).length).toBeGreaterThan(14);
      expect(Object.entries(count).filter(([, n]) => n === 0)).toEqual([]);
    }
  });

  it('lets the own tenant through: what is refused is not refused to everybody', async () => {
    const tablesOfWork = ['clientes', 'citas', 'horarios_profesionales'];
    const rows = await Promise.all(tablesOfWork.map((table) => expected('saas_app', table, CONTEXTS['own tenant']())));
    expect(
      rows.every((row) => Number(row.own.select) > 0 && row.own.insert === 1 && row.other.select === 0 && row.other.insert === 'policy'),
    ).toBe(true);
  });
});

describe.each(['saas_app', 'readonly_user', 'integration_user'])('garbage as %s', (role) => {
  it.each(['abc', '1 or 1=1', '1;', '99999999999999999999', '१'])('tenant %s is refused by every table', async (garbage) => {
    const client = await database.connect(role as 'saas_app');
    await client.query('begin');
    await client.query('select set_config($1, $2, true)', [T, garbage]);
    for (const table of ['clientes', 'citas', 'organizaciones', 'horarios_disponibilidad']) {
      expect([table, await outcome(client, `select count(*) as n from public.${table}`, [])]).toEqual([
        table,
        expect.stringMatching(/^22P02|^22003/),
      ]);
    }
    await client.query('rollback');
  });
});

it.each(['saas_app', 'saas_admin', 'readonly_user', 'integration_user'] as const)(
  '%s connects for real and sees nothing without a context',
  async (role) => {
    const client = await database.connect(role);
    for (const table of tables) {
      const { select } = await rightsOf(role, table);
      if (!select) await expect(client.query(`select count(*) from public.${table}`)).rejects.toMatchObject({ code: '42501' });
      else if (isOfTenants(table)) expect([table, await client.value(`select count(*) from public.${table}`)]).toEqual([table, 0]);
    }
  },
);

it('moves no row of any table to another tenant', async () => {
  const { app } = database;
  await app.query('begin');
  await app.query('select app.fijar_contexto($1, $2, $3)', [own.organizacion, own.admin.usuario, 'admin']);
  for (const table of tables.filter(isOfTenants)) {
    const found = await outcome(app, `update public.${table} set ${keyOf(table)} = $1 where ${keyOf(table)} = $2`, [
      other.organizacion,
      own.organizacion,
    ]);
    const { update } = await rightsOf('saas_app', table);
    // Where the grant lets organizacion_id be written, the policy refuses it; the id of an organisation is nobody's to write.
    const refused =
      table === 'organizaciones' ? expect.stringMatching(/^428C9/) : update.includes('organizacion_id') ? 'policy' : 'no right';
    expect([table, found]).toEqual([table, refused]);
  }
  await app.query('rollback');
});

describe('the checker', () => {
  it('has nothing to say of this schema', async () => {
    expect(await rlsProblems(admin)).toEqual([]);
  });

  it.each([
    [
      'a table without row level security',
      'create table t (organizacion_id bigint)',
      ['t: row level security is not enabled', 't: row level security is not forced', 't: lacks policy'],
    ],
    [
      'a table whose owner is exempt',
      "create table t (organizacion_id bigint); select app.proteger_tabla('t'); alter table t no force row level security",
      ['t: row level security is not forced'],
    ],
    [
      'a table without policies',
      'create table t (organizacion_id bigint); alter table t enable row level security; alter table t force row level security',
      ['t: lacks policy'],
    ],
    [
      'a policy that another context widens',
      `create table t (organizacion_id bigint); select app.proteger_tabla('t');
       alter policy aislamiento_tenant on t using (organizacion_id = app.tenant_actual()
         or current_setting('app.bypass_rls', true) = 'true')`,
      ['t: lacks policy', 't: unexpected policy'],
    ],
    [
      'a second policy for a role',
      "create table t (organizacion_id bigint); select app.proteger_tabla('t'); create policy otra on t to saas_app using (true)",
      ['t: more than one policy for saas_app', 't: unexpected policy'],
    ],
    [
      'a policy for everybody',
      "create table t (organizacion_id bigint); select app.proteger_tabla('t'); create policy todos on t using (true)",
      ['t: unexpected policy'],
    ],
    ['a policy on a global table', 'create policy todos on monedas using (true)', ['monedas: unexpected policy']],
    ['a view that runs as its owner', 'create view v as select * from citas', ['v: a view without security_invoker']],
    ['a materialised view', 'create materialized view v as select 1 as uno', ['v: neither materialised views']],
  ])('reports %s', async (_, ddl, reports) => {
    await admin.query(`begin; set local role saas_owner; set local search_path = public; ${ddl}; reset role`);
    const problems = await rlsProblems(admin).finally(() => admin.query('rollback'));
    for (const report of reports) expect(problems).toContainEqual(expect.stringContaining(report));
    expect(problems.filter((problem) => !reports.some((report) => problem.includes(report)))).toEqual([]);
  });
});
