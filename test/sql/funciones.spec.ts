// Who may execute which of our functions, and who owns them: compared with the lists below, so that nothing is granted by accident.
import { type Client, type Database, openDatabase } from './tenant.js';

let database: Database;
let admin: Client;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin } = database);
});

afterAll(() => database.close());

describe('functions', () => {
  const CONTEXT = ['tenant_actual()', 'usuario_actual()', 'rol_actual()', 'ip_actual()', 'solicitud_actual()', 'ahora()', 'zona_actual()', 'hoy()'];
  const READERS = [
    ...CONTEXT,
    'instante(date, time without time zone, text)',
    'instante_cercano(date, time without time zone, text)',
    'normalizar(text)',
    'texto_busqueda(text, text, text)',
    'codigo_legible(bigint)',
    'precio_local(numeric, character)',
    'exigir_decimales(text, numeric)',
    'transicion_permitida(estado_cita, estado_cita)',
    'hora_de_fin(timestamp without time zone, timestamp without time zone)',
    'fin_local(timestamp with time zone, text)',
    'nivel_de_rol(text)',
  ];
  const INSTANT = 'timestamp with time zone';
  const FIJAR = 'fijar_contexto(bigint, bigint, text, timestamp with time zone)';
  const ORIGEN = 'fijar_origen(inet, uuid)';
  const EXECUTABLE: Record<string, string[]> = {
    saas_app: [
      ...READERS,
      FIJAR,
      ORIGEN,
      'fijar_contexto_usuario(bigint, bigint, text, timestamp with time zone, uuid)',
      'fijar_contexto_clave(bigint, bytea, timestamp with time zone)',
      'es_clave_api(bigint)',
      'fijar_contexto_publico(text, timestamp with time zone)',
      'organizacion_por_codigo(text)',
      'buscar_acceso(text, text)',
      'aceptar_invitacion(bigint, bytea, text, text)',
      'registrar_organizacion(text, text, industria_tipo, text, text, text, text, text, text, text, text)',
      'buscar_clientes(text, boolean, text, bigint, integer)',
      'horario_inicial(bigint, bigint)',
      'bloquear_profesionales(bigint, bigint[])',
      'reglas_vigentes(bigint, bigint[], date, date)',
      'franjas_objetivo(bigint, bigint[], date, date)',
      'generar_franjas(bigint, bigint[], date, date)',
      `ocupar_franja(bigint, bigint, date, ${INSTANT}, ${INSTANT}, estado_franja, bigint, bigint, bigint, ${INSTANT})`,
    ],
    saas_admin: [
      ...READERS,
      FIJAR,
      ORIGEN,
      'fijar_contexto_super_admin(bigint, bigint, bigint, text, timestamp with time zone, uuid)',
      'auditar_acceso(text)',
      'buscar_acceso(text, text)',
    ],
    readonly_user: [...READERS, FIJAR],
    integration_user: [...READERS, FIJAR],
    saas_auth: [...READERS, 'buscar_acceso(text, text)', 'organizacion_por_codigo(text)'],
    saas_search: [...READERS, 'buscar_clientes(text, boolean, text, bigint, integer)'],
    saas_system: [
      ...READERS,
      'auditar()',
      'auditar_acceso(text)',
      'registrar_organizacion(text, text, industria_tipo, text, text, text, text, text, text, text, text)',
      'aceptar_invitacion(bigint, bytea, text, text)',
      'organizaciones_directorio()',
      'usuarios_directorio()',
    ],
    n8n_app: [],
    evolution_app: [],
  };

  it.each(Object.keys(EXECUTABLE))('%s executes these functions of ours and no other', async (role) => {
    const rows = await admin.rows(
      `
      select p.proname || '(' || array_to_string(array(select format_type(t, null) from unnest(p.proargtypes) t), ', ') || ')' as signature
      from pg_proc p where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace)
        and has_function_privilege($1::name, p.oid, 'execute')`,
      role,
    );
    expect(rows.map((row) => row.signature.replaceAll('public.', '')).toSorted()).toEqual(EXECUTABLE[role].toSorted());
  });

  it('run as their owner only where a NOLOGIN role with that single purpose owns them, and with an empty search_path', async () => {
    const rows = await admin.rows(`
      select p.proname as name, r.rolname as owner, r.rolcanlogin as login, r.rolsuper as super, coalesce(p.proconfig, '{}') as settings
      from pg_proc p join pg_roles r on r.oid = p.proowner
      where p.prosecdef and p.pronamespace in ('app'::regnamespace, 'public'::regnamespace) order by 1`);
    const definer = (name: string, owner: string, ...settings: string[]) => ({
      name,
      owner,
      login: false,
      super: false,
      settings: ['search_path=""', ...settings],
    });
    expect(rows).toEqual([
      definer('aceptar_invitacion', 'saas_system', 'app.bypass_rls=true'),
      definer('auditar', 'saas_system', 'app.bypass_rls=true'),
      definer('auditar_acceso', 'saas_system', 'app.bypass_rls=true'),
      definer('buscar_acceso', 'saas_auth', 'app.current_user_role=login_context'),
      definer('buscar_clientes', 'saas_search'),
      definer('organizacion_por_codigo', 'saas_auth', 'app.current_user_role=login_context'),
      definer('organizaciones_directorio', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_organizacion', 'saas_system', 'app.bypass_rls=true'),
      definer('usuarios_directorio', 'saas_system', 'app.bypass_rls=true'),
    ]);
  });

  it('belong otherwise to saas_owner, and so does everything else', async () => {
    const owners = ['saas_owner'];
    const definers = ['saas_auth', 'saas_system', 'saas_search'];
    expect(
      await admin.rows(
        `
      select 'function ' || proname as what, proowner::regrole::text as owner from pg_proc
      where pronamespace in ('app'::regnamespace, 'public'::regnamespace) and proowner::regrole::text <> all ($1::text[])
        and not (prosecdef and proowner::regrole::text = any ($2::text[]))
      union all
      select 'relation ' || relname, relowner::regrole::text from pg_class
      where relnamespace in ('app'::regnamespace, 'public'::regnamespace) and relowner::regrole::text <> all ($1::text[])
        and relname not like 'migraciones\\_aplicadas%'
      union all
      select 'type ' || typname, typowner::regrole::text from pg_type
      where typnamespace in ('app'::regnamespace, 'public'::regnamespace) and typowner::regrole::text <> all ($1::text[])
        and typname not like '%migraciones\\_aplicadas'
      union all
      select 'schema ' || nspname, nspowner::regrole::text from pg_namespace where nspname = 'app'
        and nspowner::regrole::text <> all ($1::text[])`,
        owners,
        definers,
      ),
    ).toEqual([]);
  });
});
