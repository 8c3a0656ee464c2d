// What the database itself says about API keys: whom one becomes, who may write one, and whom its user may not pass for.
import { attempt, type Client, type Context, type Database, discarded, inContext, newTenant, openDatabase, refusal, type Tenant } from './tenant.js';

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
});

afterAll(() => database.close());

let sequence = 0;

/** In the context of the caller's transaction. */
async function insertKey(rol: string, permisos = ['citas:read']) {
  const usuario = await app.value("insert into usuarios (nombre, rol, es_clave_api) values ('n8n', $1, true) returning id", rol);
  const hash = Buffer.alloc(32, `clave ${++sequence}`);
  const id = await app.value(
    "insert into claves_api (usuario_id, prefijo, secreto_hash, permisos) values ($1, 'frj_1_abcdef', $2, $3) returning id",
    usuario,
    hash,
    permisos,
  );
  return { id, usuario, hash };
}

const become = (organizacion: number, hash: Buffer) => app.value('select app.fijar_contexto_clave($1, $2)', organizacion, hash);
const seen = () => app.row('select app.tenant_actual() as tenant, app.usuario_actual() as usuario, app.rol_actual() as rol, (select count(*)::int from clientes) as clientes');

describe('app.fijar_contexto_clave', () => {
  const NOTHING = { tenant: null, usuario: null, rol: null, clientes: 0 };

  it('becomes the user of the key, and sees its tenant', async () => {
    const { usuario, hash } = await inContext(app, tenant.admin, () => insertKey('propietario', ['citas:read', 'citas:write']));
    await discarded(app, {}, async () => {
      expect(await become(tenant.organizacion, hash)).toEqual({ usuario_id: usuario, rol: 'propietario', permisos: ['citas:read', 'citas:write'] });
      expect(await seen()).toEqual({ tenant: tenant.organizacion, usuario, rol: 'propietario', clientes: 1 });
    });
  });

  it.each([
    ['another organisation', 'select 1', () => other.organizacion],
    ['one that does not exist', 'select 1', () => 999999999],
    ['a revoked key', 'update claves_api set revocada_en = now() where id = $1', () => tenant.organizacion],
    ['an expired one', "update claves_api set creado_en = '2020-01-01', expira_en = '2020-01-02' where id = $1", () => tenant.organizacion],
    ['a user that is no key', "update usuarios u set es_clave_api = false, email = 'k' || u.id || '@example.com' from claves_api c where c.usuario_id = u.id and c.id = $1", () => tenant.organizacion],
  ])('sets nothing for %s, and leaves the connection good', async (_, change, organizacion) => {
    const { id, hash } = await inContext(app, tenant.admin, () => insertKey('empleado'));
    await admin.query(change.includes('$1') ? change : `${change} where $1::bigint is not null`, [id]);
    await discarded(app, tenant.admin, async () => {
      expect(await become(organizacion(), hash)).toBeNull();
      expect(await seen()).toEqual(NOTHING);
      await app.query('select app.fijar_contexto($1, $2, $3)', [tenant.organizacion, tenant.admin.usuario, 'admin']);
      expect((await seen()).clientes).toBe(1);
    });
  });

  it('takes a former secret until its time, and no longer', async () => {
    const { id, hash } = await inContext(app, tenant.admin, () => insertKey('empleado'));
    const rotate = "update claves_api set anterior_hash = $2, secreto_hash = sha256($2), anterior_hasta = now() + $3::interval where id = $1";
    await admin.query(rotate, [id, hash, '1 minute']);
    expect(await discarded(app, {}, () => become(tenant.organizacion, hash))).toMatchObject({ rol: 'empleado' });
    await admin.query(rotate, [id, hash, '0']);
    expect(await discarded(app, {}, () => become(tenant.organizacion, hash))).toBeNull();
  });
});

describe('who writes a key', () => {
  const OUTCOMES: [who: string, key: string, allowed: boolean][] = [
    ['admin', 'propietario', true], ['admin', 'empleado', true], ['propietario', 'empleado', true],
    ['propietario', 'propietario', false], ['empleado', 'empleado', false], ['cliente', 'empleado', false], ['super_admin', 'empleado', false], ['', 'empleado', false],
  ];

  it.each(OUTCOMES)('%s one of %s: %s', async (rol, key, allowed) => {
    const context: Context = { ...tenant.admin, rol: rol || null };
    const made = discarded(app, context, () => insertKey(key).then(() => 'made', (error) => error.code));
    expect(await made).toBe(allowed ? 'made' : '42501');
    const { id } = await inContext(app, tenant.admin, () => insertKey(key));
    for (const change of ["permisos = '{citas:write}'", 'revocada_en = now()', 'expira_en = null', "secreto_hash = sha256('x')"]) {
      const changed = discarded(app, context, () => app.query(`update claves_api set ${change} where id = $1`, [id]).then(() => 'made', (error) => error.code));
      expect(await changed).toBe(allowed ? 'made' : '42501');
    }
  });

  it('a key none, and no user, were its role an admin\'s', async () => {
    const { id, usuario } = await inContext(app, tenant.admin, () => insertKey('propietario'));
    await discarded(app, { ...tenant.admin, usuario }, async () => {
      for (const statement of [`update claves_api set permisos = '{citas:write}' where id = ${id}`, "insert into usuarios (nombre, rol, email) values ('x', 'empleado', 'x@example.com')", `update usuarios set activo = false where id = ${tenant.admin.usuario}`])
        expect(await attempt(app, () => refusal(app.query(statement)))).toEqual({ code: '42501' });
    });
  });

  it('nobody one of a person, nor one that is revoked', async () => {
    const { id } = await inContext(app, tenant.admin, () => insertKey('empleado'));
    await discarded(app, tenant.admin, async () => {
      const person = await app.value("insert into usuarios (nombre, rol, email) values ('Eva', 'empleado', 'eva@example.com') returning id");
      const insert = "insert into claves_api (usuario_id, prefijo, secreto_hash, permisos) values ($1, 'frj_1_abcdef', sha256('p'), '{citas:read}')";
      expect(await attempt(app, () => refusal(app.query(insert, [person])))).toEqual({ code: '42501' });
      await app.query('update claves_api set revocada_en = now() where id = $1', [id]);
      for (const change of ['revocada_en = null', "permisos = '{citas:write}'", "secreto_hash = sha256('x')"])
        expect(await attempt(app, () => refusal(app.query(`update claves_api set ${change} where id = $1`, [id])))).toEqual({ code: 'FR409', constraint: 'claves_api_revocada' });
    });
  });

  it.each([['{}'], ['{citas}'], ['{citas:admin}'], ['{citas:read,NULL}'], ['{NULL}'], ['{"citas:read citas:write"}x'], ['{"citas:read\nx"}'], ['{Citas:read}']])('with scopes of the form %s never', async (permisos) => {
    const { id } = await inContext(app, tenant.admin, () => insertKey('empleado'));
    const { code } = await discarded(app, tenant.admin, () => refusal(app.query('update claves_api set permisos = $2 where id = $1', [id, permisos])));
    expect(code).toMatch(/^(23514|22P02)$/);
  });
});

it.each(['profesionales', 'clientes'])('a key is none of the %s', async (table) => {
  const { usuario } = await inContext(app, tenant.admin, () => insertKey('empleado'));
  const refused = await discarded(app, tenant.admin, () => refusal(app.query(`update ${table} set usuario_id = $1`, [usuario])));
  expect(refused).toEqual({ code: '23503', constraint: `${table}_usuario` });
});
