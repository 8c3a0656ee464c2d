// Who may do what, word for word: what sql/setup/03 grants is compared with the lists below, so that nothing is granted by accident.
import pg from 'pg';
import { urlOf } from '../../scripts/database.mjs';
import { type Client, type Database, openDatabase, refusal } from './tenant.js';

let database: Database;
let admin: Client;
let app: Client;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
});

afterAll(() => database.close());

const ALL_ROLES = [
  'saas_owner',
  'saas_auth',
  'saas_system',
  'saas_search',
  'saas_app',
  'saas_admin',
  'n8n_app',
  'evolution_app',
  'readonly_user',
  'integration_user',
];

describe('tables', () => {
  const read = 'select';
  const write = 'select insert update';
  const readers = {
    monedas: read,
    planes_subscripcion: read,
    plantillas_servicios: read,
    metricas_organizacion: read,
    organizaciones: read,
    subscripciones: read,
    metricas_uso_organizacion: read,
    historial_subscripciones: read,
    profesionales: read,
    clientes: read,
    servicios: read,
    servicios_profesionales: read,
    citas: read,
    historial_citas: read,
    horarios_disponibilidad: read,
    horarios_profesionales: read,
  };
  const GRANTS: Record<string, Record<string, string>> = {
    saas_app: {
      ...readers,
      avisos_subscripcion: read,
      facturas: read,
      facturas_lineas: read,
      pagos: read,
      auditoria: read,
      sesiones: write,
      idempotencia: 'select insert',
      profesionales: write,
      clientes: write,
      servicios: write,
      servicios_profesionales: `${write} delete`,
      citas: write,
      historial_citas: 'select insert',
      horarios_disponibilidad: `${write} delete`,
      horarios_profesionales: write,
      limites: `${write} delete`,
      segundos_factores: 'select delete',
      codigos_recuperacion: 'select delete',
      codigos: 'select delete',
      claves_api: read,
      eventos: read,
      entregas: read,
      destinos_webhook: read,
      instancias_whatsapp: read,
      mensajes_whatsapp: read,
      plantillas_mensajes: 'select delete',
      recordatorios: read,
      uso_deltas: read,
      versiones: write,
    },
    saas_admin: {
      ...readers,
      uso_deltas: read,
      auditoria: read,
      historial_subscripciones: read,
      avisos_subscripcion: read,
      facturas: read,
      facturas_lineas: read,
      pagos: read,
      eventos_stripe: read,
      emisores_facturas: read,
      impuestos_pais: write,
      organizaciones: 'select update',
      planes_subscripcion: 'select update',
      plantillas_servicios: 'select update',
      segundos_factores: 'select delete',
      codigos_recuperacion: 'select delete',
      codigos: 'delete',
      sesiones: write,
      idempotencia: 'select insert',
      eventos: read,
      entregas: read,
      plantillas_mensajes: read,
      ejecuciones_tareas: read,
    },
    readonly_user: readers,
    integration_user: {
      organizaciones: read,
      profesionales: read,
      clientes: read,
      servicios: read,
      servicios_profesionales: read,
      citas: read,
      horarios_disponibilidad: read,
    },
    saas_auth: { organizaciones: read, directorio_organizaciones: read, directorio_usuarios: read },
    saas_search: { clientes: read },
    saas_system: {
      uso_deltas: 'select insert delete',
      avisos_uso: 'select insert',
      auditoria: 'insert',
      citas: read,
      clientes: read,
      profesionales: read,
      servicios: read,
      eventos: 'select insert delete',
      entregas: 'select update delete',
      ejecuciones_tareas: `${write} delete`,
      migraciones_aplicadas: read,
      idempotencia: 'delete',
      sesiones: 'delete',
      mensajes_whatsapp: read,
      codigos: 'select delete',
      organizaciones: 'select insert',
      usuarios: 'select insert',
      subscripciones: write,
      avisos_subscripcion: 'select insert',
      facturas: write,
      facturas_lineas: 'select insert',
      pagos: 'select insert',
      eventos_stripe: write,
      emisores_facturas: read,
      impuestos_pais: read,
      metricas_uso_organizacion: write,
      historial_subscripciones: 'select insert',
      planes_subscripcion: read,
      monedas: read,
      directorio_organizaciones: write,
      directorio_usuarios: 'select insert delete',
    },
    n8n_app: {},
    evolution_app: {},
    PUBLIC: {},
  };

  it.each(Object.keys(GRANTS))('%s has these rights on whole tables and no other', async (role) => {
    const rows = await admin.rows(
      `
      select c.relname as table, array_agg(lower(a.privilege_type)) as rights
      from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end = $1
      group by 1`,
      role,
    );
    const sorted = (rights: string[]) => rights.toSorted().join(' ');
    const expected = Object.fromEntries(Object.entries(GRANTS[role]).map(([table, rights]) => [table, sorted(rights.split(' '))]));
    expect(Object.fromEntries(rows.map((row) => [row.table, sorted(row.rights)]))).toEqual(expected);
  });

  const perfil = 'email rol nombre telefono email_verificado ultimo_acceso activo';
  const visible = `organizacion_id id ${perfil} es_clave_api creado_en actualizado_en`;
  const entrega = 'evento_id canal destino_id clave_orden';
  const destino = 'url descripcion eventos anterior_hasta activo fallando_desde espera_hasta pausado_en motivo_pausa eliminado_en';
  const clave = 'prefijo anterior_hasta permisos expira_en ultimo_uso_en ultima_ip revocada_en';
  const COLUMNS: [role: string, table: string, right: string, columns: string][] = [
    ['saas_app', 'usuarios', 'select', `${visible} telefono_verificado creado_por actualizado_por`],
    ['saas_app', 'usuarios', 'insert', 'email password_hash rol nombre telefono es_clave_api'],
    ['saas_app', 'usuarios', 'update', `${perfil} telefono_verificado password_hash`],
    ['saas_app', 'eventos', 'update', 'repartido_en'],
    ['saas_app', 'entregas', 'insert', `${entrega} proximo_intento_en`],
    [
      'saas_app',
      'entregas',
      'update',
      'estado intentos tomada_hasta proximo_intento_en reintentar_hasta ultimo_estado_http ultimo_error ultima_respuesta duracion_ms entregada_en',
    ],
    ['saas_system', 'entregas', 'insert', `organizacion_id ${entrega} reintentar_hasta`],
    ['saas_app', 'destinos_webhook', 'insert', 'url descripcion eventos activo'],
    ['saas_app', 'destinos_webhook', 'update', `${destino} fallo_en secreto_sellado secreto_anterior_sellado`],
    ['saas_admin', 'destinos_webhook', 'select', `organizacion_id id ${destino} creado_en`],
    ['saas_system', 'destinos_webhook', 'select', 'organizacion_id id activo espera_hasta pausado_en'],
    ['saas_app', 'instancias_whatsapp', 'insert', 'nombre token_hash'],
    ['saas_app', 'instancias_whatsapp', 'update', 'apikey_sellado estado estado_desde numero proximo_envio_en eliminada_en'],
    ['saas_admin', 'instancias_whatsapp', 'select', 'organizacion_id id nombre estado estado_desde numero eliminada_en creado_en'],
    ['saas_app', 'mensajes_whatsapp', 'insert', 'instancia_id clave direccion telefono nombre tipo texto cliente_id cita_id evento entrega_id enviado_en'],
    ['saas_app', 'mensajes_whatsapp', 'update', 'cliente_id cita_id evento entrega_id accion texto conversado_en'],
    ['saas_app', 'plantillas_mensajes', 'insert', 'evento canal idioma asunto cuerpo activo solo_respaldo'],
    ['saas_app', 'plantillas_mensajes', 'update', 'asunto cuerpo activo solo_respaldo'],
    ['saas_app', 'recordatorios', 'insert', 'cita_id canal minutos_antes inicia_en programado_para enviado_en estado motivo'],
    ['saas_system', 'recordatorios', 'select', 'organizacion_id cita_id canal minutos_antes inicia_en'],
    ['saas_system', 'horarios_disponibilidad', 'select', 'organizacion_id estado reservado_hasta'],
    ['saas_system', 'idempotencia', 'select', 'organizacion_id usuario_id clave creado_en'],
    ['saas_system', 'sesiones', 'select', 'organizacion_id id expira_en'],
    ['saas_app', 'claves_api', 'insert', 'usuario_id prefijo secreto_hash permisos expira_en'],
    ['saas_app', 'claves_api', 'update', `${clave} secreto_hash anterior_hash`],
    ['saas_admin', 'claves_api', 'select', `organizacion_id id usuario_id ${clave} creado_en creado_por`],
    ['saas_app', 'codigos', 'insert', 'proposito usuario_id destino codigo_hash expira_en datos'],
    ['saas_app', 'codigos', 'update', 'intentos usado_en'],
    ['saas_admin', 'codigos', 'insert', 'organizacion_id proposito usuario_id destino codigo_hash expira_en datos'],
    ['saas_admin', 'codigos', 'select', 'organizacion_id id proposito destino expira_en usado_en datos creado_en creado_por'],
    ['saas_system', 'codigos', 'update', 'usado_en'],
    ['saas_system', 'organizaciones', 'update', 'plan_actual solo_lectura'],
    ['saas_system', 'emisores_facturas', 'update', 'ultimo'],
    ['saas_admin', 'emisores_facturas', 'update', 'razon_social identificacion_fiscal direccion ciudad pais email'],
    [
      'saas_app',
      'organizaciones',
      'update',
      `nombre_comercial razon_social identificacion_fiscal tipo_industria email_admin telefono sitio_web logo_url descripcion direccion
       ciudad pais zona_horaria moneda idioma paso_minutos antelacion_minima_minutos horizonte_dias antelacion_cancelacion_minutos
       citas_por_cliente minutos_reserva_temporal tolerancia_minutos confirmacion_automatica empleados_gestionan_agenda segundo_factor_obligatorio retencion_chat_dias
       recordatorios_activos recordatorios_minutos silencio_desde silencio_hasta feedback_minutos inasistencia_minutos`,
    ],
    ...['saas_app', 'saas_admin'].flatMap((role): [string, string, string, string][] => [
      [role, 'segundos_factores', 'insert', 'usuario_id secreto_sellado'],
      [role, 'segundos_factores', 'update', 'secreto_sellado ultimo_paso activado_en creado_en'],
      [role, 'codigos_recuperacion', 'insert', 'usuario_id codigo_hash'],
    ]),
    ['saas_admin', 'usuarios', 'select', visible],
    ['saas_admin', 'usuarios', 'update', 'password_hash ultimo_acceso'],
    ['saas_auth', 'usuarios', 'select', 'organizacion_id id email rol activo password_hash'],
  ];

  it('and these on single columns', async () => {
    const rows = await admin.rows(`
      select x.grantee::regrole::text as role, c.relname as table, lower(x.privilege_type) as right,
        array_agg(a.attname::text order by a.attname) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attacl is not null, aclexplode(a.attacl) x
      where c.relnamespace = 'public'::regnamespace group by 1, 2, 3`);
    const key = (row: { role: string; table: string; right: string }) => `${row.role} ${row.table} ${row.right}`;
    const expected = COLUMNS.map(([role, table, right, columns]) => [`${role} ${table} ${right}`, columns.split(/\s+/).toSorted()]);
    expect(Object.fromEntries(rows.map((row) => [key(row), row.columns.toSorted()]))).toEqual(Object.fromEntries(expected));
  });

  it('no role but the owner touches a sequence', async () => {
    expect(
      await admin.rows(`
      select c.relname, a.grantee::regrole::text, a.privilege_type
      from pg_class c, aclexplode(coalesce(c.relacl, acldefault('s', c.relowner))) a
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' and a.grantee <> c.relowner`),
    ).toEqual([]);
  });
});

describe('PUBLIC', () => {
  it('may nothing on the database, its schemas, functions and types, but look into extensions', async () => {
    expect(
      await admin.rows(`
      select 'database' as what, d.datname::text as name, a.privilege_type
        from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
      where d.datname = current_database() and a.grantee = 0
      union all
      select 'schema', n.nspname, a.privilege_type from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and a.grantee = 0
      union all
      select 'function', p.proname, a.privilege_type from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) and a.grantee = 0
      union all
      select 'type', t.typname, a.privilege_type from pg_type t, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a
      where t.typnamespace in ('app'::regnamespace, 'public'::regnamespace) and t.typtype = 'e' and a.grantee = 0`),
    ).toEqual([{ what: 'schema', name: 'extensions', privilege_type: 'USAGE' }]);
  });

  it('will have nothing either on what saas_owner creates later', async () => {
    await admin.query(
      `begin; set local role saas_owner; create function app.nueva() returns int language sql as 'select 1';
       create table public.nueva (); reset role`,
    );
    const rights = await admin.row(`
      select has_function_privilege('saas_app', 'app.nueva()', 'execute') as execute,
        has_any_column_privilege('saas_app', 'public.nueva', 'select') as columns,
        has_table_privilege('saas_app', 'public.nueva', 'select, insert, update, delete, truncate, references, trigger') as "table"`);
    await admin.query('rollback');
    expect(rights).toEqual({ execute: false, columns: false, table: false });
  });
});

describe('roles', () => {
  it('are ordinary: no superuser, no bypass, no membership either way', async () => {
    expect(
      await admin.rows(
        `
      select rolname from pg_roles where rolname = any ($1)
        and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or rolinherit) order by 1`,
        ALL_ROLES,
      ),
    ).toEqual(ALL_ROLES.toSorted().map((rolname) => ({ rolname })));
    expect(
      await admin.rows(
        `
      select member::regrole, roleid::regrole from pg_auth_members where member::regrole::text = any ($1)
        or roleid::regrole::text = any ($1)`,
        ALL_ROLES,
      ),
    ).toEqual([]);
  });

  it('that only read keep nobody out: of the connections of the server they take no more than a few', async () => {
    expect(await admin.rows("select rolname, rolconnlimit from pg_roles where rolname in ('readonly_user', 'integration_user') order by 1")).toEqual([
      { rolname: 'integration_user', rolconnlimit: 20 },
      { rolname: 'readonly_user', rolconnlimit: 20 },
    ]);
  });

  it('that own things cannot be connected to', async () => {
    expect(
      await admin.rows(
        "select rolname from pg_roles where rolname in ('saas_owner', 'saas_auth', 'saas_system', 'saas_search') and rolcanlogin",
      ),
    ).toEqual([]);
  });
});

describe('saas_app cannot', () => {
  const denied: [string, string][] = [
    ...['saas_owner', 'saas_admin', 'saas_system', 'saas_auth', 'saas_search', 'readonly_user'].flatMap((role): [string, string][] => [
      [`become ${role}`, `set role ${role}`],
      [`become ${role} by set_config`, `select set_config('role', '${role}', true)`],
      [`become ${role} as session`, `set session authorization ${role}`],
    ]),
    ['create a temporary table', 'create temp table t (a int)'],
    ['create a table in public', 'create table public.t (a int)'],
    ['create a function in public', "create function public.f() returns int language sql as 'select 1'"],
    ['create a function in app', "create function app.f() returns int language sql as 'select 1'"],
    ['create a table in extensions', 'create table extensions.t (a int)'],
    ['create a schema', 'create schema otra'],
    ['read the hashes of passwords', 'select password_hash from usuarios'],
    ['read a whole row of usuarios', 'select u from usuarios u'],
    ['return a hash from an update', "update usuarios set nombre = 'x' returning password_hash"],
    ['filter by a hash', "select id from usuarios where password_hash like '$argon2id$v%'"],
    ['read the directory of users', 'select * from directorio_usuarios'],
    ['read the directory of organisations', 'select * from directorio_organizaciones'],
    ['read the list of migrations', 'select * from migraciones_aplicadas'],
    ['truncate', 'truncate citas'],
    ['lock a table away from others', 'lock table usuarios in access exclusive mode'],
    ['read a table around its policies', 'set row_security = off; select * from clientes'],
    ['turn triggers off', "set session_replication_role = 'replica'"],
    ['see what others run', 'set track_activities = on'],
    ['delete citas', 'delete from citas'],
    ['delete clients', 'delete from clientes'],
    ['rewrite history', "update historial_citas set motivo = 'x'"],
    ['erase history', 'delete from historial_citas'],
    ['change its plan', "update organizaciones set plan_actual = 'custom'"],
    ['activate its organisation', 'update organizaciones set activo = true'],
    ['change its subscription', 'update subscripciones set precio_actual = 0'],
    ['reset its usage', 'update metricas_uso_organizacion set uso_clientes = 0'],
    ['write a currency', 'update monedas set decimales = 2'],
    ['write a template', "update plantillas_servicios set nombre = 'x'"],
    ['write an invoice', "insert into facturas (serie) values ('F')"],
    ['take an invoice for paid', "update facturas set estado = 'pagada'"],
    ['write a payment', "insert into pagos (metodo) values ('stripe')"],
    ['withdraw an invoice', "select app.anular_factura(1, 'x')"],
    ['write a tax', 'update impuestos_pais set tasa = 0'],
    ['write a plan', 'update planes_subscripcion set precio_mensual = 0'],
    ['take its policy away', 'drop policy aislamiento_tenant on citas'],
    ['disable row level security', 'alter table citas disable row level security'],
    ['disable a trigger', 'alter table usuarios disable trigger b_guardia'],
    ['protect a table itself', "select app.proteger_tabla('public.citas')"],
    ['call a trigger function', 'select app.usuarios_directorio()'],
    ['read files', "select pg_read_file('/etc/passwd')"],
    ['run a program', "copy (select 1) to program 'true'"],
    ['import a large object from a file', "select lo_import('/etc/passwd')"],
  ];

  it.each(denied)('%s', async (_, sql) => {
    await app.query('begin');
    expect(await refusal(app.query(sql)).finally(() => app.query('rollback'))).toEqual({ code: '42501' });
  });

  it.each(['saas_owner', 'saas_auth', 'saas_system', 'saas_search'])('connect as %s', async (role) => {
    const client = new pg.Client({ connectionString: urlOf(process.env.FRANJA_TEST_ADMIN_URL!, database.name, role, role) });
    await expect(client.connect()).rejects.toMatchObject({ code: expect.stringMatching(/^28/) });
  });

  it('see the statements of other sessions of its own role', async () => {
    const another = await database.connect('saas_app');
    await another.query("select 'un secreto'");
    const seen = await app.rows("select query from pg_stat_activity where datname = current_database() and usename = 'saas_app'");
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.filter(({ query }) => query)).toEqual([]);
  });
});
