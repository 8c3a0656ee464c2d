// Who may execute which of our functions, and who owns them: compared with the lists below, so that nothing is granted by accident.
import { databaseOfSpec } from './tenant.js';

const database = databaseOfSpec();

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
    'exigir_decimales(text, numeric, text)',
    'transicion_permitida(estado_cita, estado_cita)',
    'hora_de_fin(timestamp without time zone, timestamp without time zone)',
    'fin_local(timestamp with time zone, text)',
    'nivel_de_rol(text)',
  ];
  const INSTANT = 'timestamp with time zone';
  const FIJAR = 'fijar_contexto(bigint, bigint, text, timestamp with time zone)';
  const ORIGEN = 'fijar_origen(inet, uuid)';
  const OUTBOX = [
    'registrar_evento_cita(text, bigint)',
    'registrar_prueba(bigint)',
    'organizaciones_por_repartir(integer)',
    'tomar_entregas(text[], integer[], boolean[], integer, interval)',
  ];
  const WHATSAPP = ['registrar_mensaje_recibido(bigint)', 'registrar_respuesta(bigint, text)', 'rendir_whatsapp(bigint, boolean)'];
  const TAREAS = [
    'tomar_tarea(text, interval, interval, boolean, bigint)',
    'latir_tarea(bigint, smallint)',
    'terminar_tarea(bigint, smallint, text, jsonb, text)',
    'organizaciones_con_trabajo(text)',
    'migraciones_pendientes(text[], text[])',
    'estado_bandeja()',
    'estado_tareas()',
    'plegar_uso()',
    'recontar_uso()',
    'borrar_vencidos(integer)',
  ];
  const SUBSCRIPCIONES = ['tomar_subscripcion(boolean)', 'cambiar_subscripcion(text, jsonb, text, numeric)', `avisar_subscripcion(text, ${INSTANT}, jsonb)`, 'subscripcion_vigente()'];
  const PERIODOS = [`fin_de_periodo(timestamp without time zone, text, ${INSTANT}, text)`, 'importe_neto(numeric, numeric, integer)'];
  const FACTURAS = [`emitir_factura(bigint, jsonb, text, ${INSTANT}, ${INSTANT}, ${INSTANT})`, `registrar_pago(bigint, text, numeric, text, text, ${INSTANT})`];
  const ANULACIONES = ['anular_factura(bigint, text)', 'perdonar_facturas()'];
  const STRIPE = ['tomar_evento_stripe(text, text, bigint, bigint)', 'resolver_evento_stripe(text, text)'];
  const USO = ['limite_de(planes_subscripcion, text)', 'uso_plegado(metricas_uso_organizacion, text, date)', 'uso(bigint)', 'plan_sugerido(bigint, text, text)', 'tiene_funcion(bigint, text)'];
  const EXECUTABLE: Record<string, string[]> = {
    saas_app: [
      ...READERS,
      FIJAR,
      ORIGEN,
      'fijar_contexto_usuario(bigint, bigint, text, timestamp with time zone, uuid)',
      'fijar_contexto_clave(bigint, bytea, timestamp with time zone)',
      'es_clave_api(bigint)',
      'auditar_borrado_conversaciones(bigint)',
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
      'subir_version(bigint, bigint)',
      ...OUTBOX,
      ...WHATSAPP,
      ...TAREAS,
      ...USO,
      'exigir_funcion(text)',
      ...SUBSCRIPCIONES,
      ...PERIODOS,
      'presupuestar_cambio(plan_tipo, text)',
      'uso_que_no_cabe(plan_tipo)',
      'plan_a_la_venta(plan_tipo)',
      `prorratear(numeric, ${INSTANT}, ${INSTANT}, ${INSTANT}, integer)`,
      'organizaciones_para(text)',
      ...FACTURAS,
      ...STRIPE,
      `silencio_de(${INSTANT}, time without time zone, time without time zone, text)`,
      `momento_recordatorio(${INSTANT}, integer, time without time zone, time without time zone, text)`,
    ],
    saas_admin: [
      ...READERS,
      FIJAR,
      ORIGEN,
      'fijar_contexto_super_admin(bigint, bigint, bigint, text, timestamp with time zone, uuid)',
      'auditar_acceso(text)',
      'buscar_acceso(text, text)',
      ...USO,
      ...SUBSCRIPCIONES,
      ...PERIODOS,
      ...FACTURAS,
      ...ANULACIONES,
    ],
    readonly_user: [...READERS, FIJAR],
    integration_user: [...READERS, FIJAR],
    saas_auth: [...READERS, 'buscar_acceso(text, text)', 'organizacion_por_codigo(text)'],
    saas_search: [...READERS, 'buscar_clientes(text, boolean, text, bigint, integer)'],
    saas_system: [
      ...READERS,
      ...OUTBOX,
      ...WHATSAPP,
      ...TAREAS,
      ...SUBSCRIPCIONES,
      ...FACTURAS,
      ...ANULACIONES,
      ...STRIPE,
      'factura_puede(text, text)',
      'desglosar_impuesto(numeric, numeric, boolean, integer)',
      ...USO,
      'recuento_uso(bigint)',
      'plegar_uso(bigint, boolean)',
      `contar_uso(bigint, text, integer, ${INSTANT})`,
      'avisar_uso(bigint, text, date, integer, integer)',
      'uso_altas()',
      'uso_altas_usuarios()',
      'uso_cambio()',
      'uso_cambio_mensual()',
      'organizaciones_uso()',
      'exigir_funcion_de_tabla()',
      'subscripcion_puede(estado_subscripcion, estado_subscripcion)',
      'plan_a_la_venta(plan_tipo)',
      'subscripciones_alta()',
      'subscripciones_cambio()',
      'subscripciones_reflejo()',
      'subscripciones_por_atender()',
      'organizaciones_para(text)',
      'recordatorios_evento()',
      'citas_evento()',
      'organizaciones_evento()',
      'destinos_webhook_evento()',
      `instante_json(${INSTANT})`,
      'organizacion_json(organizaciones)',
      'cita_json(citas)',
      'auditar()',
      'auditar_acceso(text)',
      'auditar_borrado_conversaciones(bigint)',
      'registrar_organizacion(text, text, industria_tipo, text, text, text, text, text, text, text, text)',
      'aceptar_invitacion(bigint, bytea, text, text)',
      'organizaciones_directorio()',
      'usuarios_directorio()',
    ],
    n8n_app: [],
    evolution_app: [],
  };

  it.each(Object.keys(EXECUTABLE))('%s executes these functions of ours and no other', async (role) => {
    const rows = await database.admin.rows(
      `
      select p.proname || '(' || array_to_string(array(select format_type(t, null) from unnest(p.proargtypes) t), ', ') || ')' as signature
      from pg_proc p where p.pronamespace in ('app'::regnamespace, 'public'::regnamespace)
        and has_function_privilege($1::name, p.oid, 'execute')`,
      role,
    );
    expect(rows.map((row) => row.signature.replaceAll('public.', '')).toSorted()).toEqual(EXECUTABLE[role].toSorted());
  });

  it('run as their owner only where a NOLOGIN role with that single purpose owns them, and with an empty search_path', async () => {
    const rows = await database.admin.rows(`
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
      definer('anular_factura', 'saas_system', 'app.bypass_rls=true'),
      definer('auditar', 'saas_system', 'app.bypass_rls=true'),
      definer('auditar_acceso', 'saas_system', 'app.bypass_rls=true'),
      definer('auditar_borrado_conversaciones', 'saas_system', 'app.bypass_rls=true'),
      definer('avisar_subscripcion', 'saas_system', 'app.bypass_rls=true'),
      definer('borrar_vencidos', 'saas_system', 'app.bypass_rls=true', 'plan_cache_mode=force_custom_plan'),
      definer('buscar_acceso', 'saas_auth', 'app.current_user_role=login_context'),
      definer('buscar_clientes', 'saas_search'),
      definer('cambiar_subscripcion', 'saas_system', 'app.bypass_rls=true'),
      definer('citas_evento', 'saas_system', 'app.bypass_rls=true'),
      definer('destinos_webhook_evento', 'saas_system', 'app.bypass_rls=true'),
      definer('emitir_factura', 'saas_system', 'app.bypass_rls=true'),
      definer('estado_bandeja', 'saas_system', 'app.bypass_rls=true', 'enable_sort=off'),
      definer('estado_tareas', 'saas_system'),
      definer('exigir_funcion_de_tabla', 'saas_system', 'app.bypass_rls=true'),
      definer('latir_tarea', 'saas_system'),
      definer('migraciones_pendientes', 'saas_system'),
      definer('organizacion_por_codigo', 'saas_auth', 'app.current_user_role=login_context'),
      definer('organizaciones_con_trabajo', 'saas_system', 'app.bypass_rls=true'),
      definer('organizaciones_directorio', 'saas_system', 'app.bypass_rls=true'),
      definer('organizaciones_evento', 'saas_system', 'app.bypass_rls=true'),
      definer('organizaciones_para', 'saas_system', 'app.bypass_rls=true'),
      definer('organizaciones_por_repartir', 'saas_system', 'app.bypass_rls=true'),
      definer('organizaciones_uso', 'saas_system', 'app.bypass_rls=true'),
      definer('perdonar_facturas', 'saas_system', 'app.bypass_rls=true'),
      definer('plegar_uso', 'saas_system', 'app.bypass_rls=true'),
      definer('recontar_uso', 'saas_system', 'app.bypass_rls=true'),
      definer('recordatorios_evento', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_evento_cita', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_mensaje_recibido', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_organizacion', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_pago', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_prueba', 'saas_system', 'app.bypass_rls=true'),
      definer('registrar_respuesta', 'saas_system', 'app.bypass_rls=true'),
      definer('rendir_whatsapp', 'saas_system', 'app.bypass_rls=true'),
      definer('resolver_evento_stripe', 'saas_system', 'app.bypass_rls=true'),
      definer('subscripciones_alta', 'saas_system', 'app.bypass_rls=true'),
      definer('subscripciones_cambio', 'saas_system', 'app.bypass_rls=true'),
      definer('subscripciones_por_atender', 'saas_system', 'app.bypass_rls=true'),
      definer('subscripciones_reflejo', 'saas_system', 'app.bypass_rls=true'),
      definer('terminar_tarea', 'saas_system'),
      definer('tomar_entregas', 'saas_system', 'app.bypass_rls=true'),
      definer('tomar_evento_stripe', 'saas_system', 'app.bypass_rls=true'),
      definer('tomar_subscripcion', 'saas_system', 'app.bypass_rls=true'),
      definer('tomar_tarea', 'saas_system'),
      definer('uso_altas', 'saas_system', 'app.bypass_rls=true'),
      definer('uso_altas_usuarios', 'saas_system', 'app.bypass_rls=true'),
      definer('uso_cambio', 'saas_system', 'app.bypass_rls=true'),
      definer('uso_cambio_mensual', 'saas_system', 'app.bypass_rls=true'),
      definer('usuarios_directorio', 'saas_system', 'app.bypass_rls=true'),
    ]);
  });

  it('belong otherwise to saas_owner, and so does everything else', async () => {
    const owners = ['saas_owner'];
    const definers = ['saas_auth', 'saas_system', 'saas_search'];
    expect(
      await database.admin.rows(
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
