// Attacks in raw SQL as saas_app: what somebody could try who can make the API send any statement.
import {
  type Client,
  type Database,
  discarded,
  inContext,
  insertCita,
  newTenant,
  openDatabase,
  openHours,
  refusal,
  type Tenant,
} from './tenant.js';

const AHORA = '2027-03-01T12:00:00Z';
const DIA = '2027-03-10';

let database: Database;
let admin: Client;
let app: Client;
let own: Tenant;
let other: Tenant;
let theirs: { cita: number; usuario: number };

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
  // Other professionals first, so that no id of one tenant is by chance an id of the other.
  other = await newTenant(app, { ahora: AHORA, profesionales: 7 });
  own = await newTenant(app, { ahora: AHORA });
  for (const tenant of [own, other]) await openHours(app, tenant, ['09:00', '18:00'], [DIA, DIA]);
  theirs = await inContext(app, other.admin, async () => ({
    cita: (await insertCita(app, other, { fecha_cita: DIA, hora_inicio: '10:00', hora_fin: '10:30' })).id,
    usuario: await app.value(
      "insert into usuarios (email, password_hash, rol, nombre) values ('b@otro.example', '$argon2id$otro', 'empleado', 'B') returning id",
    ),
  }));
});

afterAll(() => database.close());

const asOwn = <T>(work: () => Promise<T>) => discarded(app, own.admin, work);

/** Everything of the other tenant, as text: the same before and after an attack. */
async function fingerprint(tenant: Tenant): Promise<string> {
  const tables = await admin.rows(`
    select distinct table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'organizacion_id'
      and table_name in (select relname from pg_class where relkind = 'r') order by 1`);
  const parts = tables.map(
    ({ name }) => `select string_agg(t::text, '|' order by t::text) as x from public.${name} t where organizacion_id = $1`,
  );
  return admin.value(`select string_agg(x, '||') from (${parts.join(' union all ')}) s`, tenant.organizacion);
}

describe('references to rows of another tenant are refused by key', () => {
  const at = { fecha_cita: DIA, hora_inicio: '11:00', hora_fin: '11:30' };

  it.each([
    ['a cita for its client', 'citas_cliente', () => insertCita(app, own, { ...at, cliente_id: other.cliente })],
    ['a cita of its service', 'citas_servicio', () => insertCita(app, own, { ...at, servicio_id: other.servicio })],
    ['a cita with its professional', 'citas_profesional', () => insertCita(app, own, { ...at, profesional_id: other.profesionales[5] })],
    [
      'a link to its professional',
      'servicios_profesionales_profesional',
      () =>
        app.query('insert into servicios_profesionales (servicio_id, profesional_id) values ($1, $2)', [
          own.servicio,
          other.profesionales[5],
        ]),
    ],
    [
      'a link to its service',
      'servicios_profesionales_servicio',
      () =>
        app.query('insert into servicios_profesionales (servicio_id, profesional_id) values ($1, $2)', [
          other.servicio,
          own.profesionales[0],
        ]),
    ],
    [
      'a preferred professional',
      'clientes_profesional_preferido',
      () => app.query('update clientes set profesional_preferido_id = $1', [other.profesionales[5]]),
    ],
    ['a client who is its user', 'clientes_usuario', () => app.query('update clientes set usuario_id = $1', [theirs.usuario])],
    [
      'a professional who is its user',
      'profesionales_usuario',
      () => app.query('update profesionales set usuario_id = $1 where id = $2', [theirs.usuario, own.profesionales[0]]),
    ],
    [
      'hours of its professional',
      'horarios_profesionales_profesional',
      () =>
        app.query(
          "insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin) values ($1, 1, '09:00', '10:00')",
          [other.profesionales[5]],
        ),
    ],
    [
      'a franja of its professional',
      'horarios_disponibilidad_profesional',
      () =>
        app.query("insert into horarios_disponibilidad (profesional_id, inicia_en, termina_en) values ($1, '2027-05-01Z', '2027-05-02Z')", [
          other.profesionales[5],
        ]),
    ],
    [
      'a franja occupied by its cita',
      'horarios_disponibilidad_cita',
      () =>
        app.query(
          `insert into horarios_disponibilidad (profesional_id, inicia_en, termina_en, estado, cita_id)
        values ($1, '2027-05-01Z', '2027-05-02Z', 'ocupado', $2)`,
          [own.profesionales[0], theirs.cita],
        ),
    ],
    [
      'history of its cita',
      'historial_citas_cita',
      () =>
        app.query(
          "insert into historial_citas (cita_id, estado_nuevo, inicia_en_nueva, profesional_id) values ($1, 'pendiente', now(), 1)",
          [theirs.cita],
        ),
    ],
    [
      'a session of its user',
      'sesiones_usuario',
      () =>
        app.query(
          "insert into sesiones (usuario_id, familia, token_hash, expira_en) values ($1, gen_random_uuid(), sha256('x'), '2090-01-01')",
          [theirs.usuario],
        ),
    ],
    [
      'a stored answer of its user',
      'idempotencia_usuario',
      () =>
        app.query("insert into idempotencia (usuario_id, clave, huella, estado_http) values ($1, 'c', sha256('x'), 201)", [theirs.usuario]),
    ],
  ])('%s', async (_, constraint, attack) => {
    expect(await refusal(asOwn(attack))).toEqual({ code: '23503', constraint });
  });

  it('answers the id of another tenant exactly as an id that does not exist', async () => {
    const error = (cliente_id: number) =>
      asOwn(() => insertCita(app, own, { ...at, cliente_id })).catch((e) => [e.code, e.constraint, e.message]);
    expect(await error(other.cliente)).toEqual(await error(999_999_999));
  });

  it('a hold of another tenant is not consumed', async () => {
    const hold = await inContext(app, other.admin, () =>
      app.value(
        `select app.ocupar_franja($1, $2, $3, '2027-03-10T16:00Z', '2027-03-10T16:30Z', 'reservado_temporal', $4,
          plazo => '2027-03-01T13:00Z')`,
        other.organizacion,
        other.profesionales[0],
        DIA,
        other.servicio,
      ),
    );
    const before = await fingerprint(other);
    await asOwn(async () => {
      const { id } = await insertCita(app, own, { inicia_en: '2027-03-10T16:00Z', termina_en: '2027-03-10T16:30Z', reserva_id: hold });
      expect(await app.value('select organizacion_id from horarios_disponibilidad where cita_id = $1', id)).toBe(own.organizacion);
    });
    expect(await fingerprint(other)).toBe(before);
  });
});

it('the EXCLUDE constraints tell nothing of another tenant: the same professional id at the same time does not conflict', async () => {
  const id = other.profesionales[0];
  await asOwn(async () => {
    await app.query(
      "insert into profesionales (id, nombre_completo, tipo_profesional) overriding system value values ($1, 'Doble', 'barbero')",
      [id],
    );
    await app.query(
      "insert into horarios_disponibilidad (profesional_id, inicia_en, termina_en) values ($1, '2027-03-10T12:00Z', '2027-03-10T21:00Z')",
      [id],
    );
    const theirTimes = await admin.row('select inicia_en, termina_en from citas where id = $1', theirs.cita);
    expect(await insertCita(app, own, { profesional_id: id, ...theirTimes })).toMatchObject({
      organizacion_id: own.organizacion,
      ...theirTimes,
    });
    expect(await refusal(insertCita(app, own, { profesional_id: id, ...theirTimes }))).toEqual({
      code: '23P01',
      constraint: 'citas_sin_solape',
    });
  });
});

describe('functions that run as their owner', () => {
  const METACHARACTERS = [
    "' or 1=1 --",
    "'; drop table citas; --",
    '%',
    '_',
    '%%%',
    '\\',
    "\\'",
    '$$',
    '{}',
    '(',
    '.*',
    '[^a]',
    '\u202e',
    'ñ',
    ' ',
  ];

  it.each(METACHARACTERS)('search for %p finds only clients of the own tenant', async (text) => {
    await asOwn(async () => {
      await app.query('insert into clientes (nombre) values ($1), ($2)', [`x ${text} y`.trim(), 'nada']);
      const found = (await app.rows('select id from app.buscar_clientes($1, true, null, null, 1000)', text)).map((row) => row.id);
      const all = (await app.rows('select id from clientes')).map((row) => row.id);
      expect(found.filter((id) => !all.includes(id))).toEqual([]);
    });
  });

  it('search finds the client of each tenant by the same words, and nobody without a tenant', async () => {
    const search = () => app.rows("select id from app.buscar_clientes('nandu jose', true, null, null, 1000)");
    expect(await discarded(app, own.admin, search)).toEqual([{ id: own.cliente }]);
    expect(await discarded(app, other.admin, search)).toEqual([{ id: other.cliente }]);
    expect(await discarded(app, {}, search)).toEqual([]);
    expect(await discarded(app, { rol: 'super_admin' }, search)).toEqual([]);
  });

  it('percent and underscore are letters, not patterns', async () => {
    await asOwn(async () => {
      const percent = await app.value("insert into clientes (nombre) values ('Cien % algodón') returning id");
      expect(await app.rows("select id from app.buscar_clientes('%', true, null, null, 1000)")).toEqual([{ id: percent }]);
      expect(await app.rows("select id from app.buscar_clientes('j_se', true, null, null, 1000)")).toEqual([]);
    });
  });

  it.each(['%', '_%@%', "' or 'a'='a", 'ANA@negocio-1.example', 'ana@', ''])(
    'login look-up of %p returns only that e-mail',
    async (email) => {
      const rows = await app.rows('select * from app.buscar_acceso($1)', email);
      expect(rows.map((row) => row.codigo_tenant)).toEqual(email.toLowerCase() === 'ana@negocio-1.example' ? ['negocio-1'] : []);
    },
  );

  it('login look-up returns every account of one e-mail, never inactive ones, and leaves no context behind', async () => {
    await app.query('begin');
    const rows = await app.rows("select codigo_tenant, rol, password_hash from app.buscar_acceso('B@Otro.example')");
    expect(rows).toEqual([{ codigo_tenant: other.codigo, rol: 'empleado', password_hash: '$argon2id$otro' }]);
    expect(await app.value("select current_setting('app.current_user_role', true)")).toBeFalsy();
    expect(await app.value('select count(*) from usuarios')).toBe(0);
    await app.query('rollback');
    await admin.query('begin; update usuarios set activo = false where email = \'b@otro.example\'');
    await admin.query('set local role saas_app');
    expect(await admin.rows("select * from app.buscar_acceso('b@otro.example')")).toEqual([]);
    await admin.query('rollback');
  });

  it('registration leaves neither bypass nor context, whatever its arguments say', async () => {
    await app.query('begin');
    const { organizacion_id } = await app.row(
      `
      select * from app.registrar_organizacion('hostil', $1, 'otro', 'UTC', 'USD', 'US', 'es', 'h@h.example', null, $1, '$argon2id$x')`,
      "'; set app.bypass_rls = true; --",
    );
    expect(
      await app.row(`select nullif(current_setting('app.bypass_rls', true), '') as bypass, app.tenant_actual() as tenant,
        app.rol_actual() as rol,
      current_user::text as usuario`),
    ).toEqual({ bypass: null, tenant: null, rol: null, usuario: 'saas_app' });
    expect(await app.value('select count(*) from organizaciones')).toBe(0);
    await app.query('select app.fijar_contexto($1, null, null)', [organizacion_id]);
    expect(await app.value('select nombre_comercial from organizaciones')).toBe("'; set app.bypass_rls = true; --");
    await app.query('rollback');
  });

  it('a public page of a business shows that business alone, by its exact code', async () => {
    await app.query('begin');
    expect(await app.value('select app.fijar_contexto_publico($1)', other.codigo.toUpperCase())).toBe(other.organizacion);
    expect(await app.rows('select id from organizaciones')).toEqual([{ id: other.organizacion }]);
    for (const code of ['%', 'negocio-%', "' or 1=1", '']) {
      expect(await app.value('select app.fijar_contexto_publico($1)', code)).toBeNull();
      expect(await app.value('select count(*) from organizaciones')).toBe(0);
    }
    await app.query('rollback');
  });
});

describe('functions that take an organisation', () => {
  it('generating franjas of another tenant touches nothing', async () => {
    const before = await fingerprint(other);
    const result = await inContext(app, own.admin, () =>
      app.row('select * from app.generar_franjas($1, $2, $3, $4)', other.organizacion, other.profesionales, '2027-03-01', '2027-03-31'),
    );
    expect(result).toEqual({ creadas: 0, eliminadas: 0 });
    expect(await fingerprint(other)).toBe(before);
  });

  it('shows no target, no rule and no lock of another tenant', async () => {
    await asOwn(async () => {
      expect(await app.rows('select * from app.franjas_objetivo($1, $2, $3, $3)', other.organizacion, other.profesionales, DIA)).toEqual(
        [],
      );
      expect(await app.rows('select * from app.reglas_vigentes($1, $2, $3, $3)', other.organizacion, other.profesionales, DIA)).toEqual([]);
      await app.query('select app.bloquear_profesionales($1, $2)', [other.organizacion, other.profesionales]);
      const another = await database.connect('admin');
      await another.query('begin; set local lock_timeout = 500');
      const locked = await another.query('select from profesionales where organizacion_id = $1 for update', [other.organizacion]);
      await another.query('rollback');
      expect(locked.rowCount).toBe(other.profesionales.length);
    });
  });

  it('occupying a franja of another tenant fails', async () => {
    const before = await fingerprint(other);
    expect(
      await refusal(
        inContext(app, own.admin, () =>
          app.query("select app.ocupar_franja($1, $2, $3, '2027-03-10T13:00Z', '2027-03-10T13:30Z', 'bloqueado', null)", [
            other.organizacion,
            other.profesionales[0],
            DIA,
          ]),
        ),
      ),
    ).toEqual({ code: 'FR409', constraint: 'sin_disponibilidad' });
    expect(await fingerprint(other)).toBe(before);
  });

  it('giving another tenant a first week is refused', async () => {
    expect(
      await refusal(asOwn(() => app.query('select app.horario_inicial($1, $2)', [other.organizacion, other.profesionales[0]]))),
    ).toEqual({ code: '42501' });
  });
});

describe('rows', () => {
  it('an expression in WHERE never runs over rows of another tenant', async () => {
    await asOwn(async () => {
      const bomb = (table: string) =>
        app.value(`select count(*) from ${table} where 1 / (case when organizacion_id = $1 then 0 else 1 end) = 1`, other.organizacion);
      for (const table of ['clientes', 'citas', 'horarios_disponibilidad', 'horarios_profesionales'])
        expect([table, (await bomb(table)) >= 0]).toEqual([table, true]);
    });
  });

  it('the view of KPIs shows one organisation', async () => {
    const read = () => app.rows('select organizacion_id, clientes_activos from metricas_organizacion');
    expect(await discarded(app, own.admin, read)).toEqual([{ organizacion_id: own.organizacion, clientes_activos: 1 }]);
    expect(await discarded(app, {}, read)).toEqual([]);
  });

  it('an id that another tenant uses is free here: trying ids tells nothing', async () => {
    await asOwn(async () => {
      await app.query("insert into clientes (id, nombre) overriding system value values ($1, 'x')", [other.cliente]);
      expect(
        await refusal(app.query("insert into clientes (id, nombre) overriding system value values ($1, 'x')", [other.cliente])),
      ).toEqual({ code: '23505', constraint: 'clientes_pkey' });
    });
  });
});

describe('a pooled connection', () => {
  it.each(['commit', 'rollback'] as const)('has no context left after %s', async (end) => {
    const client = await database.connect('saas_app');
    await inContext(client, own.admin, async () => expect(await client.value('select count(*) from clientes')).toBe(1), end);
    expect(
      await client.row(`select app.tenant_actual() as tenant, app.usuario_actual() as usuario, app.rol_actual() as rol,
      nullif(current_setting('app.ahora', true), '') as ahora`),
    ).toEqual({ tenant: null, usuario: null, rol: null, ahora: null });
    expect(await client.value('select count(*) from clientes')).toBe(0);
    expect(await inContext(client, other.admin, () => client.rows('select distinct organizacion_id from clientes'))).toEqual([
      { organizacion_id: other.organizacion },
    ]);
  });

  it('has none after a statement failed either', async () => {
    await expect(inContext(app, own.admin, () => app.query('select 1 / 0'))).rejects.toMatchObject({ code: '22012' });
    expect(await app.value('select app.tenant_actual()')).toBeNull();
  });
});
