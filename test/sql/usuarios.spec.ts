// The guard of usuarios: self access by column grants and a trigger, roles only by an admin of the tenant, super_admin by nobody.
import { type Client, type Database, discarded, inContext, newTenant, openDatabase, refusal, type Tenant } from './tenant.js';

const ROLES = ['super_admin', 'admin', 'propietario', 'empleado', 'cliente'] as const;
type Rol = (typeof ROLES)[number];
const DENIED = { code: '42501' };

let database: Database;
let app: Client;
let tenant: Tenant;
let ids: Record<string, number>;

beforeAll(async () => {
  database = await openDatabase();
  ({ app } = database);
  tenant = await newTenant(app);
  ids = { admin: tenant.admin.usuario! };
  await inContext(app, tenant.admin, async () => {
    for (const rol of ['propietario', 'empleado', 'cliente']) ids[rol] = await create(`${rol}@x.example`, rol);
  });
  // Nothing makes one in the organisation of a business; if there were one, it would be out of reach.
  await database.admin.query("set session_replication_role = 'replica'");
  ids.super_admin = await database.admin.value(
    `
    insert into usuarios (organizacion_id, email, password_hash, rol, nombre)
      values ($1, 's@x.example', '$argon2id$s', 'super_admin', 'S') returning id`,
    tenant.organizacion,
  );
  await database.admin.query("set session_replication_role = 'origin'");
});

afterAll(() => database.close());

const create = (email: string, rol: string): Promise<number> =>
  app.value("insert into usuarios (email, password_hash, rol, nombre) values ($1, '$argon2id$x', $2, 'X') returning id", email, rol);

const as = <T>(rol: string, work: () => Promise<T>, usuario = ids[rol]) =>
  discarded(app, { organizacion: tenant.organizacion, usuario, rol }, work);
const accepted = async (work: Promise<unknown>) => expect(await work).toBeTruthy();

const LEVELS: Record<string, number> = { admin: 4, propietario: 3, empleado: 2, cliente: 1 };
const level = (rol: string) => LEVELS[rol] ?? 0;

describe.each(['admin', 'propietario', 'empleado', 'cliente', 'login_context', 'super_admin', ''])(
  'with the role %p in the context',
  (rol) => {
    const manages = rol === 'admin' || rol === 'propietario';
    const isBelow = (other: string) => other !== 'super_admin' && level(other) < level(rol);
    /** Where the guard lets them through, an organisation still keeps an admin. */
    const LAST = { code: 'FR409', constraint: 'usuarios_ultimo_admin' };

    it.each(ROLES)('creates a user of role %s, or not', async (nuevo) => {
      const work = as(rol, () => create('nuevo@x.example', nuevo));
      if ((manages && isBelow(nuevo)) || (nuevo === 'cliente' && (rol === '' || level(rol) > 1))) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES.flatMap((de) => ROLES.map((a): [Rol, Rol] => [de, a])))('changes a user from %s to %s, or not', async (de, a) => {
      const work = as(rol, () => app.query('update usuarios set rol = $1 where id = $2 returning id', [a, ids[de]]));
      const isSelf = de === rol && de !== 'super_admin';
      // Naming the role one already has changes nothing; who manages may step down.
      const isAllowed = isSelf ? a === rol || (manages && isBelow(a)) : manages && isBelow(de) && isBelow(a);
      if (isAllowed && de === 'admin' && a !== 'admin') expect(await refusal(work)).toEqual(LAST);
      else if (isAllowed) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES)('edits the row of the %s, or not', async (quien) => {
      const work = as(rol, () =>
        app.query("update usuarios set nombre = 'Otro', telefono = null where id = $1 returning id", [ids[quien]]),
      );
      if (quien !== 'super_admin' && ((manages && isBelow(quien)) || quien === rol)) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES)('deactivates the %s, or not', async (quien) => {
      const work = as(rol, () => app.query('update usuarios set activo = false where id = $1 returning id', [ids[quien]]));
      if (quien === 'admin' && rol === 'admin') expect(await refusal(work)).toEqual(LAST);
      else if (manages && (isBelow(quien) || quien === rol)) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });
  },
);

describe('with a second admin', () => {
  let second: number;
  beforeAll(async () => {
    second = await database.admin.value(
      `insert into usuarios (organizacion_id, email, password_hash, rol, nombre)
        values ($1, 'segunda@x.example', '$argon2id$s', 'admin', 'S') returning id`,
      tenant.organizacion,
    );
  });
  afterAll(() => database.admin.query('delete from usuarios where id = $1', [second]));

  it.each(["rol = 'propietario'", 'activo = false'])('an admin leaves (%s), and touches no other admin', async (set) => {
    const leave = (id: number) => as('admin', () => app.query(`update usuarios set ${set} where id = $1 returning id`, [id]));
    await accepted(leave(ids.admin));
    expect(await refusal(leave(second))).toEqual(DENIED);
  });

  it.each([
    ['rol', "'empleado'", "'cliente'"],
    ['activo', 'false', 'false'],
    ['rol', "'propietario'", "'propietario'"],
  ])('of two who leave at once by %s, one stays', async (column, first, other) => {
    const [one, two] = [await database.connect('saas_app'), await database.connect('saas_app')];
    const leave = async (client: Client, usuario: number, value: string) => {
      await client.query('begin');
      await client.query('select app.fijar_contexto($1, $2, $3)', [tenant.organizacion, usuario, 'admin']);
      return client.query(`update usuarios set ${column} = ${value} where id = $1`, [usuario]);
    };
    await leave(one, ids.admin, first);
    const waiting = refusal(leave(two, second, other));
    // It waits for the first to end, and then sees that nobody else is left.
    expect(await Promise.race([waiting, new Promise((done) => setTimeout(done, 200, 'waits'))])).toBe('waits');
    await one.query('commit');
    expect(await waiting).toEqual({ code: 'FR409', constraint: 'usuarios_ultimo_admin' });
    await two.query('rollback');
    await database.admin.query("update usuarios set rol = 'admin', activo = true where id = $1", [ids.admin]);
  });
});

describe('the context of a token', () => {
  const enter = (usuario: number | null, rol: string | null, organizacion: number | null = tenant.organizacion) =>
    app.value('select app.fijar_contexto_usuario($1, $2, $3)', organizacion, usuario, rol);
  const context = () => app.row('select app.tenant_actual() as tenant, app.usuario_actual() as usuario, app.rol_actual() as rol');
  const NONE = { tenant: null, usuario: null, rol: null };

  afterEach(() => app.query('rollback'));

  it('is set for an active user with that role', async () => {
    await app.query('begin read only');
    expect(await enter(ids.empleado, 'empleado')).toBe(true);
    expect(await context()).toEqual({ tenant: tenant.organizacion, usuario: ids.empleado, rol: 'empleado' });
  });

  it('is not for another role, nobody, or the user of another organisation, and takes the one before away', async () => {
    const another = await newTenant(app);
    await app.query('begin');
    for (const [usuario, rol, organizacion] of [
      [ids.empleado, 'admin'],
      [ids.empleado, null],
      [null, 'empleado'],
      [999_999, 'empleado'],
      [ids.empleado, 'empleado', another.organizacion],
      [another.admin.usuario!, 'admin'],
      [ids.empleado, 'empleado', null],
    ] as [number | null, string | null, number | null | undefined][]) {
      expect(await enter(ids.admin, 'admin')).toBe(true);
      expect([usuario, rol, await enter(usuario, rol, organizacion)]).toEqual([usuario, rol, false]);
      expect(await context()).toEqual(NONE);
    }
  });

  it.each([
    ['the user', "update usuarios set activo = false where rol = 'empleado'"],
    ['the organisation', 'update organizaciones set activo = false'],
  ])('is not once %s is deactivated', async (_, change) => {
    const { admin } = database;
    await admin.query(`begin; ${change}; set local role saas_app`);
    try {
      expect(await admin.value('select app.fijar_contexto_usuario($1, $2, $3)', tenant.organizacion, ids.empleado, 'empleado')).toBe(false);
    } finally {
      await admin.query('rollback');
    }
  });
});

it.each([
  ['the tenant', 'organizacion_id = organizacion_id'],
  ['the id', 'id = default'],
  ['who created it', 'creado_por = 1'],
  ['when it was created', 'creado_en = now()'],
  ['who changed it', 'actualizado_por = 1'],
])('nobody writes %s of a user', async (_, set) => {
  expect(await refusal(as('admin', () => app.query(`update usuarios set ${set}`)))).toEqual(DENIED);
});

it('stamps who changed a row, whoever pretends otherwise', async () => {
  await as('empleado', async () => {
    await app.query("update usuarios set nombre = 'Nuevo' where id = $1", [ids.empleado]);
    expect(await app.row('select actualizado_por, creado_por from usuarios where id = $1', ids.empleado)).toEqual({
      actualizado_por: ids.empleado,
      creado_por: ids.admin,
    });
  });
});

it('the same e-mail may have an account in two organisations, once in each', async () => {
  const second = await newTenant(app);
  await discarded(app, second.admin, async () => {
    await create('empleado@x.example', 'empleado');
    expect(await refusal(create('empleado@x.example', 'cliente'))).toEqual({ code: '23505', constraint: 'usuarios_email_unico' });
  });
});

it('an e-mail that changes is found by the new one alone', async () => {
  await as('admin', async () => {
    await app.query("update usuarios set email = 'nuevo@x.example' where id = $1", [ids.empleado]);
    expect(await app.rows("select usuario_id from app.buscar_acceso('nuevo@x.example')")).toEqual([{ usuario_id: ids.empleado }]);
    expect(await app.rows("select usuario_id from app.buscar_acceso('empleado@x.example')")).toEqual([]);
  });
});

it('takes no hash that is not argon2id and no e-mail in capitals', async () => {
  const insert = (email: string, hash: string) =>
    as('admin', () => app.query("insert into usuarios (email, password_hash, rol, nombre) values ($1, $2, 'cliente', 'X')", [email, hash]));
  expect(await refusal(insert('a@b.cl', 'secreto'))).toEqual({ code: '23514', constraint: 'usuarios_password_hash_formato' });
  expect(await refusal(insert('A@b.cl', '$argon2id$x'))).toEqual({ code: '23514', constraint: 'usuarios_email_formato' });
});
