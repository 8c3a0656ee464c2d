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
  // Registration never makes one; it comes from outside the application.
  ids.super_admin = await database.admin.value(
    `
    insert into usuarios (organizacion_id, email, password_hash, rol, nombre)
      values ($1, 's@x.example', '$argon2id$s', 'super_admin', 'S') returning id`,
    tenant.organizacion,
  );
});

afterAll(() => database.close());

const create = (email: string, rol: string): Promise<number> =>
  app.value("insert into usuarios (email, password_hash, rol, nombre) values ($1, '$argon2id$x', $2, 'X') returning id", email, rol);

const as = <T>(rol: string, work: () => Promise<T>, usuario = ids[rol]) =>
  discarded(app, { organizacion: tenant.organizacion, usuario, rol }, work);
const accepted = async (work: Promise<unknown>) => expect(await work).toBeTruthy();

describe.each(['admin', 'propietario', 'empleado', 'cliente', 'login_context', 'super_admin', ''])(
  'with the role %p in the context',
  (rol) => {
    const manages = rol === 'admin' || rol === 'propietario';

    it.each(ROLES)('creates a user of role %s, or not', async (nuevo) => {
      const work = as(rol, () => create('nuevo@x.example', nuevo));
      if (nuevo !== 'super_admin' && (manages || nuevo === 'cliente')) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES.flatMap((de) => ROLES.map((a): [Rol, Rol] => [de, a])))('changes a user from %s to %s, or not', async (de, a) => {
      const work = as(rol, () => app.query('update usuarios set rol = $1 where id = $2 returning id', [a, ids[de]]));
      // Naming the role one already has changes nothing.
      const isOwnSameRole = de === rol && a === rol;
      if (de !== 'super_admin' && a !== 'super_admin' && (manages || isOwnSameRole)) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES)('edits the row of the %s, or not', async (quien) => {
      const work = as(rol, () =>
        app.query("update usuarios set nombre = 'Otro', telefono = null where id = $1 returning id", [ids[quien]]),
      );
      if (quien !== 'super_admin' && (manages || quien === rol)) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });

    it.each(ROLES)('deactivates the %s, or not', async (quien) => {
      const work = as(rol, () => app.query('update usuarios set activo = false where id = $1 returning id', [ids[quien]]));
      if (quien !== 'super_admin' && manages) await accepted(work);
      else expect(await refusal(work)).toEqual(DENIED);
    });
  },
);

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
