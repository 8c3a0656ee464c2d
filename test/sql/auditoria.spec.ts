// The audit is append-only by privilege, and only triggers append: whoever connects can neither forge, change nor lose a row of it.
import { type Client, type Database, discarded, inContext, insertCita, newTenant, openDatabase, openHours, refusal, type Tenant } from './tenant.js';

let database: Database;
let admin: Client;
let app: Client;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
  tenant = await newTenant(app);
  other = await newTenant(app);
  for (const business of [tenant, other]) await openHours(app, business, ['09:00', '18:00'], ['2090-01-09', '2090-01-09']);
});

afterAll(() => database.close());

const DENIED = { code: '42501' };
const ROLES = ['saas_app', 'saas_admin', 'readonly_user', 'integration_user'] as const;

const FORGED = "insert into auditoria (accion, tabla, registro_id, usuario_id, rol) values ('cambio', 'usuarios', 1, 1, 'admin')";
const ATTEMPTS = [
  FORGED,
  "insert into auditoria (organizacion_id, accion, ruta) select organizacion, 'acceso', 'GET /users' from (select app.tenant_actual()) t (organizacion)",
  "update auditoria set usuario_id = 1, rol = 'admin'",
  "update auditoria set cambios = '{}'",
  'delete from auditoria',
  'truncate auditoria',
  'truncate organizaciones cascade',
  'alter table auditoria disable trigger all',
  'alter table citas disable trigger z_auditar',
  'drop trigger z_auditar on citas',
  'drop table auditoria',
  'create trigger z before insert on auditoria for each row execute function app.auditar()',
  'copy auditoria from stdin',
  "set session_replication_role = 'replica'",
  'set role saas_system',
  'set role saas_owner',
];

describe.each(ROLES)('%s', (role) => {
  it.each(ATTEMPTS)('may not %s', async (statement) => {
    const client = await database.connect(role);
    await client.query('set default_transaction_read_only = off'); // readonly_user starts with on; anybody may say off
    // Every variable that an attacker of the API could set as well.
    const work = discarded(client, { ...tenant.admin, rol: role === 'saas_admin' ? 'super_admin' : 'admin' }, async () => {
      await client.query("select set_config('app.bypass_rls', 'true', true)");
      await client.query(statement);
    });
    expect(await refusal(work)).toEqual(DENIED);
  });

  it('calls no function that would write for it', async () => {
    const client = await database.connect(role);
    const rows = await client.rows(
      "select p.proname from pg_proc p where p.pronamespace = 'app'::regnamespace and p.proname = 'auditar' and has_function_privilege(p.oid, 'execute')",
    );
    expect(rows).toEqual([]);
  });

  it('reads what is its own, or nothing at all', async () => {
    const client = await database.connect(role);
    const tenants = (rol: string) =>
      discarded(client, { ...tenant.admin, rol }, async () => (await client.rows('select distinct organizacion_id as id from auditoria')).map(({ id }) => id).toSorted());
    const both = [tenant.organizacion, other.organizacion].toSorted();
    const own = [tenant.organizacion];
    const seen = { saas_app: [own, own, own], saas_admin: [[], both, []] }[role as string];
    const read: unknown[] = [];
    for (const rol of ['admin', 'super_admin', 'cliente']) read.push(seen ? await tenants(rol) : await refusal(tenants(rol)));
    expect(read).toEqual(seen ?? [DENIED, DENIED, DENIED]);
  });
});

const BOOKED = { fecha_cita: '2090-01-09', hora_inicio: '10:00', hora_fin: '10:30' };
const rowsOf = (id: number) =>
  app.rows("select accion, cambios, usuario_id, rol, host(ip) as ip, solicitud from auditoria where organizacion_id = app.tenant_actual() and tabla = 'citas' and registro_id = $1 order by id", id);

it('is written in the transaction of the change, with what that transaction says of itself', async () => {
  const solicitud = '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f';
  const rows = await discarded(app, tenant.admin, async () => {
    await app.query("select app.fijar_origen('203.0.113.7', $1)", [solicitud]);
    const { id } = await insertCita(app, tenant, BOOKED);
    await app.query("update citas set estado = 'confirmada' where id = $1", [id]);
    await app.query('update citas set estado = estado where id = $1', [id]);
    return rowsOf(id);
  });
  const who = { usuario_id: tenant.admin.usuario, rol: 'admin', ip: '203.0.113.7', solicitud };
  expect(rows).toEqual([
    { accion: 'alta', cambios: null, ...who },
    { accion: 'cambio', cambios: expect.objectContaining({ estado: ['pendiente', 'confirmada'] }), ...who },
  ]);
  expect(await admin.value("select count(*) from auditoria where tabla = 'citas'")).toBe(0);
});

it('knows no address or request of the transaction before it on the same connection', async () => {
  await inContext(app, tenant.admin, () => app.query("select app.fijar_origen('203.0.113.7', '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f')"));
  const [row] = await discarded(app, other.admin, async () => rowsOf((await insertCita(app, other, BOOKED)).id));
  expect(row).toMatchObject({ accion: 'alta', usuario_id: other.admin.usuario, ip: null, solicitud: null });
});

it('is written for whoever changes a row, also the administrator of the database', async () => {
  await admin.query('begin');
  const user = await admin.row("insert into usuarios (organizacion_id, email, password_hash, rol, nombre) values ($1, 'x@x.cl', '$argon2id$x', 'empleado', 'X') returning id", tenant.organizacion);
  await admin.query('delete from usuarios where id = $1', [user.id]);
  const rows = await admin.rows("select organizacion_id, accion, usuario_id from auditoria where tabla = 'usuarios' and registro_id = $1 order by id", user.id);
  await admin.query('rollback');
  expect(rows.map(({ organizacion_id, accion, usuario_id }) => [organizacion_id, accion, usuario_id])).toEqual([
    [tenant.organizacion, 'alta', null], [tenant.organizacion, 'baja', null],
  ]);
});

it('leaves out what no person did, and what a secret was', async () => {
  const cambios = await discarded(admin, {}, async () => {
    await admin.query('update usuarios set ultimo_acceso = now() where id = $1', [tenant.admin.usuario]);
    await admin.query("update usuarios set ultimo_acceso = now(), password_hash = '$argon2id$otra' where id = $1", [tenant.admin.usuario]);
    return (await admin.rows("select cambios from auditoria where tabla = 'usuarios' and registro_id = $1 and accion = 'cambio'", tenant.admin.usuario)).map((row) => row.cambios);
  });
  expect(cambios).toEqual([{ password_hash: ['***', '***'] }]);
});

it('watches every table that says who may do what, and the citas', async () => {
  const rows = await admin.rows("select tgrelid::regclass::text as name, tgtype from pg_trigger where tgfoid = 'app.auditar'::regproc and tgenabled = 'O' order by 1");
  // 29: after each row of insert, update and delete.
  expect(rows).toEqual(expect.arrayContaining(['citas', 'organizaciones', 'usuarios'].map((name) => ({ name, tgtype: 29 }))));
});
