// sql/citus against the catalogue: what Citus would refuse or miss is found without one. And the context of 02-context.sql, on plain PostgreSQL.
import fs from 'node:fs';
import { loadModule, parseSync } from 'libpg-query';
import pg from 'pg';
import { nextWeekday, openShop, register, startApi } from '../api.js';
import { readTenantCatalogue } from '../tenant-rule/catalogue.mjs';
import { FUNCTIONS, statementsOf } from '../tenant-rule/functions.js';
import type { Catalogue } from '../tenant-rule/rule.js';
import { GLOBAL_TABLES } from './rls-checker.js';
import { type Client, type Database, inContext, openDatabase } from './tenant.js';

const DIRECTORIES = ['directorio_organizaciones', 'directorio_usuarios'];
/** Of the coordinator alone. */
const LOCAL = ['limites', 'ejecuciones_tareas', 'eventos_stripe', 'migraciones_aplicadas'];
/** From a reference table to a distributed one: 01-distribute.sql leaves them off. */
const LEFT_OFF = ['directorio_organizaciones_organizacion', 'directorio_usuarios_usuario'];

const distribute = fs.readFileSync('sql/citus/01-distribute.sql', 'utf8');
const context = fs.readFileSync('sql/citus/02-context.sql', 'utf8');
const page = fs.readFileSync('docs/citus.md', 'utf8');
const reference = [...distribute.matchAll(/create_reference_table\('public\.(\w+)'\)/g)].map(([, name]) => name);
const distributed = [...distribute.matchAll(/create_distributed_table\('public\.(\w+)', '(\w+)'/g)].map(([, name, column]) => [name, column] as const);

let database: Database;
let admin: Client;
let catalogue: Catalogue;
let ofTenants: Map<string, string>;

beforeAll(async () => {
  await loadModule();
  database = await openDatabase();
  ({ admin } = database);
  catalogue = await readTenantCatalogue(admin);
  const tables = await admin.rows("select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')");
  ofTenants = new Map(tables.flatMap(({ name }) => (catalogue.tenant[`public.${name}`] && !DIRECTORIES.includes(name) ? [[name, catalogue.tenant[`public.${name}`]]] : [])));
});

afterAll(() => database.close());

describe('01-distribute.sql', () => {
  it('is SQL', () => expect(() => parseSync(distribute)).not.toThrow());

  it('distributes each table of tenants once, by its tenant, beside organizaciones', () => {
    expect(distributed[0]).toEqual(['organizaciones', 'id']);
    expect([...distributed].sort()).toEqual([...ofTenants].sort());
    expect(distribute.match(/colocate_with => 'public\.organizaciones'/g)).toHaveLength(ofTenants.size - 1);
  });

  it('copies each global table to every node, but those of the coordinator, which it names', () => {
    expect([...reference, ...LOCAL].sort()).toEqual([...GLOBAL_TABLES, ...DIRECTORIES].sort());
    expect(distribute).toContain(LOCAL.join(', '));
  });

  it('leaves off no other key than those that Citus refuses', async () => {
    const keys = await admin.rows(`
      select k.conname as name, k.conrelid::regclass::text as "from", k.confrelid::regclass::text as to, k.confdeltype in ('r', 'c', 'a') and k.confupdtype in ('r', 'a') as actions,
        array(select attname::text from unnest(k.conkey) with ordinality u (n, i) join pg_attribute on attrelid = k.conrelid and attnum = n order by i) as columns,
        array(select attname::text from unnest(k.confkey) with ordinality u (n, i) join pg_attribute on attrelid = k.confrelid and attnum = n order by i) as targets
      from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace`);
    const refused = keys.filter(({ from, to, columns, targets, actions }) => {
      if (LOCAL.includes(from)) return ofTenants.has(to);
      if (!ofTenants.has(from)) return !reference.includes(to);
      if (!ofTenants.has(to)) return !reference.includes(to);
      return !actions || columns.indexOf(ofTenants.get(from)) < 0 || columns.indexOf(ofTenants.get(from)) !== targets.indexOf(ofTenants.get(to));
    });
    expect(refused.map((key) => key.name).sort()).toEqual(LEFT_OFF);
    expect(distribute).toContain(`not in (${LEFT_OFF.map((name) => `'${name}'`).join(', ')})`);
    expect(keys.length).toBeGreaterThan(60);
  });
});

describe('what Citus asks of a distributed table', () => {
  it('is in every unique index and exclusion: the tenant, by equality; 01-distribute.sql drops the others', async () => {
    const rows = await admin.rows(`
      select i.indexrelid::regclass::text as index, t.relname as table, a.attname as first,
        k.conexclop is null or (k.conexclop)[1] = '=(int8,int8)'::regoperator as equal
      from pg_index i
      join pg_class t on t.oid = i.indrelid and t.relnamespace = 'public'::regnamespace
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
      left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'x'
      where i.indisunique or i.indisexclusion`);
    const refused = rows.filter((row) => ofTenants.has(row.table) && !(row.first === ofTenants.get(row.table) && row.equal));
    expect(refused.map((row) => row.index).sort()).toEqual([...distribute.matchAll(/^drop index public\.(\w+);/gm)].map(([, name]) => name).sort());
  });

  it('is of its columns: the tenant is not computed, identities are bigint', async () => {
    expect(
      await admin.rows(
        `select a.attrelid::regclass::text as table, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
           and ((a.attidentity <> '' and a.atttypid <> 'int8'::regtype) or (a.attgenerated <> '' and a.attname = 'organizacion_id'))`,
      ),
    ).toEqual([]);
  });
});

/** Tables that the function touches, itself or by those that it calls. */
function reached(name: string, bodies: Map<string, string[]>, seen = new Set<string>()): { written: string[]; read: string[] } {
  if (seen.has(name)) return { written: [], read: [] };
  seen.add(name);
  const found = { written: [] as string[], read: [] as string[] };
  const walk = (node: any) => {
    if (!node || typeof node !== 'object') return;
    for (const kind of ['InsertStmt', 'UpdateStmt', 'DeleteStmt']) if (node[kind]) found.written.push(node[kind].relation.relname);
    if (node.RangeVar) found.read.push(node.RangeVar.relname);
    const called = node.FuncCall?.funcname;
    if (called?.[0].String.sval === 'app') {
      const inner = reached(called[1].String.sval, bodies, seen);
      found.written.push(...inner.written);
      found.read.push(...inner.read);
    }
    for (const part of Object.values(node)) walk(part);
  };
  for (const sql of bodies.get(name) ?? []) walk(parseSync(sql));
  return found;
}

describe('a trigger runs where its row is, and reaches only what is there', () => {
  it('reads copies and its own tenant; what else it writes, docs/citus.md names', async () => {
    const bodies = new Map<string, string[]>();
    for (const one of await admin.rows(FUNCTIONS)) bodies.set(one.name, [...(bodies.get(one.name) ?? []), ...statementsOf(one as any)]);
    const triggers = await admin.rows(`
      select distinct c.relname as table, p.proname as function from pg_trigger t
      join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal`);
    const elsewhere = triggers.flatMap(({ table, function: name }) => {
      const { written, read } = reached(name, bodies);
      return [
        ...written.filter((target) => !ofTenants.has(target)).map((target) => `${table}: ${name} writes ${target}`),
        ...read.filter((target) => LOCAL.includes(target)).map((target) => `${table}: ${name} reads ${target}`),
      ];
    });
    expect([...new Set(elsewhere)].sort()).toEqual([
      'facturas: facturas_guardia writes emisores_facturas',
      'organizaciones: organizaciones_directorio writes directorio_organizaciones',
      'usuarios: usuarios_directorio writes directorio_usuarios',
    ]);
    expect(triggers.length).toBeGreaterThan(50);
    for (const name of ['facturas_guardia', 'organizaciones_directorio', 'usuarios_directorio']) expect(page).toContain(`\`app.${name}()\``);
  });
});

describe('02-context.sql on plain PostgreSQL', () => {
  const NAMES = ['current_tenant_id', 'current_user_id', 'current_user_role', 'ahora', 'ip', 'solicitud'];
  const said = (client: Client) => client.row(`select ${NAMES.map((name) => `current_setting('app.${name}', true) as ${name}`).join(', ')}`);
  let before: Database;
  let after: Database;

  beforeAll(async () => {
    [before, after] = [database, await openDatabase()];
    await after.admin.query(`set role saas_owner; ${context}; reset role`);
  });
  afterAll(() => after.close());

  it.each([
    [{ organizacion: 7, usuario: 8, rol: 'admin', ahora: '2027-03-01T12:00:00Z' }],
    [{ organizacion: 7, usuario: null, rol: null, ahora: null }],
    [{ organizacion: null, usuario: null, rol: 'super_admin', ahora: null }],
    [{ organizacion: 7, usuario: 8, rol: String.raw`'; set local app.bypass_rls = 'true'; --\ "`, ahora: '2027-03-01T12:00:00+05:30' }],
  ])('says what the other says: %j', async (asked) => {
    const told = async (client: Client) => {
      const inside = await inContext(client, asked, async () => {
        await client.query("select app.fijar_origen('2001:db8::1/64', '00000000-0000-4000-8000-000000000000')");
        return { ...(await said(client)), bypass: await client.value("select current_setting('app.bypass_rls', true)"), clock: await client.value("select coalesce(nullif(app.ahora(), now())::text, 'now')") };
      });
      return { inside, outside: await said(client) };
    };
    const found = await told(after.app);
    expect(found).toEqual(await told(before.app));
    expect(Object.values(found.outside)).toEqual(NAMES.map(() => ''));
    expect(found.inside.current_user_role).toBe(asked.rol ?? '');
    expect(found.inside.bypass ?? '').toBe('');
  });

  it('forgets with a savepoint what was said after it, and keeps owner, rights and signature', async () => {
    const { app } = after;
    await inContext(app, { organizacion: 7 }, async () => {
      await app.query('savepoint s; select app.fijar_contexto(8, null, null); rollback to s');
      expect(await app.value('select app.tenant_actual()')).toBe(7);
    });
    const signature = `select oid::regprocedure::text, proowner::regrole::text, proacl::text, provolatile, prosecdef, proconfig, proargnames, pronargdefaults
      from pg_proc where proname in ('fijar_contexto', 'fijar_origen', 'ahora') order by 1`;
    expect(await after.admin.rows(signature)).toEqual(await before.admin.rows(signature));
  });

  it('isolates through the API as ever', async () => {
    const api = await startApi();
    try {
      const owner = new pg.Client({ connectionString: api.database.adminUrl });
      await owner.connect();
      await owner.query(`set role saas_owner; ${context}`).finally(() => owner.end());
      const shop = await openShop(api);
      const stranger = await register(api);
      expect((await shop.request('GET', `/clients/${shop.cliente.id}`)).status).toBe(200);
      expect((await stranger.request('GET', `/clients/${shop.cliente.id}`)).status).toBe(404);
      expect((await stranger.request('GET', '/clients')).body.elementos).toEqual([]);
      const booked = await shop.request('POST', '/appointments', {
        profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: nextWeekday(1, 2), hora_inicio: '10:00',
      });
      expect(booked.status).toBe(201);
      expect((await stranger.request('GET', `/appointments/${booked.body.id}`)).status).toBe(404);
      const { elementos } = (await shop.request('GET', '/audit')).body;
      expect(elementos.find((one: any) => one.tabla === 'citas')).toMatchObject({ accion: 'alta', registro_id: booked.body.id, ip: '127.0.0.1' });
    } finally {
      await api.close();
    }
  });
});
