// The catalogue against the specification (D4, D5) and against the rules of the design that every table keeps.
import { createHash } from 'node:crypto';
import { urlOf } from '../../scripts/database.mjs';
import { GLOBAL_TABLES } from './rls-checker.js';
import { Client, databaseOfSpec } from './tenant.js';

/** Every column that the specification names, in its tables, its diagram or its examples. */
const COLUMNS: Record<string, string> = {
  organizaciones: 'id codigo_tenant nombre_comercial tipo_industria plan_actual email_admin activo creado_en actualizado_en',
  usuarios: 'id organizacion_id email password_hash rol nombre creado_en actualizado_en',
  plantillas_servicios: 'id tipo_industria nombre descripcion precio_sugerido duracion_minutos activo',
  profesionales:
    'id organizacion_id usuario_id nombre_completo tipo_profesional especialidades comision_porcentaje activo creado_por actualizado_por',
  clientes: 'id organizacion_id nombre email telefono profesional_preferido_id activo creado_en creado_por actualizado_por',
  servicios: `id organizacion_id nombre descripcion precio duracion_minutos plantilla_servicio_id tipos_profesional_autorizados activo
     creado_por actualizado_por`,
  servicios_profesionales: 'organizacion_id servicio_id profesional_id precio_personalizado',
  citas: `id organizacion_id codigo_cita cliente_id profesional_id servicio_id fecha_cita hora_inicio hora_fin estado
     precio_servicio precio_final calificacion_cliente motivo_cancelacion hora_inicio_real hora_fin_real tiempo_espera_minutos
     creado_en actualizado_en creado_por actualizado_por`,
  horarios_disponibilidad: `id organizacion_id profesional_id servicio_id cita_id tipo_horario dia_semana fecha hora_inicio hora_fin
     estado es_recurrente precio_dinamico creado_en actualizado_en actualizado_por`,
  horarios_profesionales: 'id organizacion_id profesional_id dia_semana hora_inicio hora_fin tipo_horario permite_citas',
  planes_subscripcion: 'id codigo_plan precio_mensual limite_profesionales',
  subscripciones: 'id organizacion_id plan_id estado precio_actual fecha_proximo_pago',
  metricas_uso_organizacion: 'organizacion_id uso_profesionales uso_citas_mes_actual',
  historial_subscripciones: 'id organizacion_id subscripcion_id tipo_evento plan_anterior plan_nuevo',
  metricas_organizacion: `organizacion_id nombre_comercial profesionales_activos clientes_activos clientes_nuevos_mes
     citas_completadas_mes citas_canceladas_mes no_shows_mes ingresos_mes calificacion_promedio_mes`,
};

const ENUMS: Record<string, string> = {
  rol_usuario: 'super_admin admin propietario empleado cliente',
  industria_tipo:
    'barberia salon_belleza estetica spa podologia consultorio_medico academia taller_tecnico centro_fitness veterinaria otro',
  plan_tipo: 'trial basico profesional empresarial custom',
  estado_cita: 'pendiente confirmada en_curso completada cancelada no_asistio',
  estado_franja: 'disponible reservado_temporal ocupado bloqueado',
  estado_subscripcion: 'prueba activa morosa suspendida cancelada expirada',
  tipo_horario: 'regular descanso especial feriado vacaciones bloqueo',
};

/** The diagram, child → parent; "!" where a parent has at most one such child. */
const RELATIONS = `
  usuarios>organizaciones profesionales>organizaciones clientes>organizaciones servicios>organizaciones citas>organizaciones
  horarios_disponibilidad>organizaciones horarios_profesionales>organizaciones subscripciones>organizaciones!
    metricas_uso_organizacion>organizaciones!
  historial_subscripciones>organizaciones profesionales>usuarios! servicios>plantillas_servicios servicios_profesionales>profesionales
  servicios_profesionales>servicios citas>profesionales citas>clientes citas>servicios horarios_disponibilidad>profesionales
  horarios_disponibilidad>servicios horarios_disponibilidad>citas! horarios_profesionales>profesionales
    horarios_disponibilidad>horarios_profesionales
  subscripciones>planes_subscripcion historial_subscripciones>subscripciones`;

const database = databaseOfSpec();

const words = (text: string) => text.trim().split(/\s+/);
const columnsOf = async (table: string): Promise<string[]> =>
  (
    await database.admin.rows("select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1", table)
  ).map((row) => row.name);

describe('the specification', () => {
  it('names fourteen tables, and they are there', async () => {
    const tables = Object.keys(COLUMNS).filter((name) => name !== 'metricas_organizacion');
    expect(tables.length).toBe(14);
    const found = await database.admin.rows("select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'");
    expect(found.map((row) => row.name)).toEqual(expect.arrayContaining(tables));
  });

  it.each(Object.keys(COLUMNS))('names columns of %s, and they are there', async (table) => {
    expect(await columnsOf(table)).toEqual(expect.arrayContaining(words(COLUMNS[table])));
  });

  it('says that citas has 39 columns; what it does not name is there for a feature', async () => {
    expect((await columnsOf('citas')).length).toBeGreaterThanOrEqual(39);
  });

  it('has seven enums with these words in this order', async () => {
    const rows = await database.admin.rows(`
      select t.typname as name, string_agg(e.enumlabel, ' ' order by e.enumsortorder) as labels
      from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by 1`);
    expect(Object.fromEntries(rows.map((row) => [row.name, row.labels]))).toEqual(ENUMS);
  });

  it.each(words(RELATIONS))('relates %s', async (relation) => {
    const [child, parent] = relation.replace('!', '').split('>');
    const keys = await database.admin.rows(
      `
      select conname, exists (
        select from pg_index i where i.indrelid = c.conrelid and i.indisunique
          and (select array_agg(k order by k) from unnest(i.indkey::int2[]) k)
            = (select array_agg(k order by k) from unnest(c.conkey) k)) as single
      from pg_constraint c where contype = 'f' and conrelid = $1::regclass and confrelid = $2::regclass`,
      `public.${child}`,
      `public.${parent}`,
    );
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.some((key) => key.single)).toBe(relation.endsWith('!'));
  });

  it.each([
    ['citas', 'citas_sin_solape', 'tstzrange(ocupa_desde, ocupa_hasta) WITH &&', 'cancelada'],
    ['horarios_disponibilidad', 'horarios_disponibilidad_sin_solape', 'tstzrange(inicia_en, termina_en) WITH &&', ''],
  ])('excludes overlaps in %s, at once and not at commit', async (table, name, range, except) => {
    const found = await database.admin.row(
      `select pg_get_constraintdef(oid) as def, condeferrable as deferrable from pg_constraint where conrelid = $1::regclass
        and conname = $2`,
      `public.${table}`,
      name,
    );
    expect(found).toEqual({ deferrable: false, def: expect.stringContaining(`(organizacion_id WITH =, profesional_id WITH =, ${range})`) });
    expect(found.def).toContain(except);
  });

  it('asks for extensions, each in its own schema', async () => {
    expect(
      await database.admin.rows(
        "select extname as name, extnamespace::regnamespace::text as schema from pg_extension where extname <> 'plpgsql' order by 1",
      ),
    ).toEqual(['btree_gin', 'btree_gist', 'pg_trgm', 'unaccent', 'uuid-ossp'].map((name) => ({ name, schema: 'extensions' })));
  });

  // Their migrations name a function or an operator class alone, as they do where an extension lies in public.
  it.each([
    ['n8n_app', 'n8n_db', 'exclude using gist (n with =)', 'gin (n, texto gin_trgm_ops)'],
    ['evolution_app', 'evolution_db', 'unique (id)', 'gin (texto gin_trgm_ops)'],
  ])('lets %s find those of its own database, and make its tables in public', async (role, name, constraint, index) => {
    const client = new Client({ connectionString: urlOf(process.env.FRANJA_TEST_ADMIN_URL!, name, role, createHash('sha256').update(role).digest('base64url')) });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`create table t (id uuid default uuid_generate_v4(), n int, texto text, ${constraint})`);
      await client.query(`create index on public.t using ${index}`);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  });
});

// The directories of e-mails and codes are searched across tenants; the organisation is the tenant.
const NOT_BY_TENANT = [...GLOBAL_TABLES, 'organizaciones', 'directorio_organizaciones', 'directorio_usuarios'];

describe('every table', () => {
  it('of a tenant has the tenant as its first column, not null', async () => {
    expect(
      await database.admin.rows(
        `
      select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> all ($1)
        and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organizacion_id' and a.attnum = 1
          and a.attnotnull and a.atttypid = 'int8'::regtype)`,
        NOT_BY_TENANT,
      ),
    ).toEqual([]);
  });

  it('of a tenant leads every primary key, unique index and exclusion with the tenant', async () => {
    expect(
      await database.admin.rows(
        `
      select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'public'::regnamespace and c.relname <> all ($1) and (i.indisunique or i.indisexclusion)
        and (select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0])
          is distinct from 'organizacion_id'`,
        NOT_BY_TENANT,
      ),
    ).toEqual([]);
  });

  it('of a tenant leads every index with the tenant', async () => {
    expect(
      await database.admin.rows(
        `
      select c.relname as index from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
      where t.relnamespace = 'public'::regnamespace and t.relname <> all ($1)
        and (select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0])
          is distinct from 'organizacion_id' order by 1`,
        NOT_BY_TENANT,
      ),
    ).toEqual([]);
  });

  it('refers to rows of tenants by the tenant first, on both sides', async () => {
    expect(
      await database.admin.rows(
        `
      select c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class f on f.oid = c.confrelid
      where c.contype = 'f' and c.connamespace = 'public'::regnamespace and f.relname <> all ($1)
        and ((select attname from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1]) <> 'organizacion_id'
          or (select attname from pg_attribute a where a.attrelid = c.confrelid and a.attnum = c.confkey[1])
            <> case f.relname when 'organizaciones' then 'id' else 'organizacion_id' end)`,
        GLOBAL_TABLES,
      ),
    ).toEqual([]);
  });

  it('states what a foreign key does on delete, and never sets to null', async () => {
    expect(
      await database.admin.rows(
        "select conname from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and confdeltype not in ('r', 'c')",
      ),
    ).toEqual([]);
  });

  it('cascades only what has no meaning without its parent', async () => {
    const rows = await database.admin.rows(
      `select conrelid::regclass::text as table from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
        and confdeltype = 'c' order by 1`,
    );
    expect(rows.map((row) => row.table)).toEqual([
      'codigos',
      'codigos_recuperacion',
      'directorio_organizaciones',
      'directorio_usuarios',
      'entregas',
      'idempotencia',
      'segundos_factores',
      'sesiones',
    ]);
  });

  it('names its constraints by table and rule, because people see the message of the name', async () => {
    expect(
      await database.admin.rows(`
      select t.relname as table, c.conname as constraint from pg_constraint c join pg_class t on t.oid = c.conrelid
      where c.connamespace = 'public'::regnamespace and t.relname <> 'migraciones_aplicadas' and c.contype in ('c', 'u', 'x', 'f')
        and (not starts_with(c.conname, t.relname || '_') or c.conname ~ '_(check|key|excl|fkey)[0-9]*$')`),
    ).toEqual([]);
  });

  it('of a tenant takes its tenant from the context when an insert does not say it', async () => {
    const rows = await database.admin.rows(`
      select c.relname as table from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organizacion_id'
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        and pg_get_expr(d.adbin, d.adrelid) is distinct from 'app.tenant_actual()' order by 1`);
    // Written only by system functions, which name it.
    expect(rows.map((row) => row.table)).toEqual(['directorio_organizaciones', 'directorio_usuarios', 'metricas_uso_organizacion']);
  });

  it('that is updated has its stamp trigger, and its two stamps', async () => {
    expect(
      await database.admin.rows(`
      select c.relname from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'actualizado_por')
        and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'a_sellar_cambio' and t.tgenabled = 'O')`),
    ).toEqual([]);
  });

  it('has at least fifty CHECKs, and none that was not validated', async () => {
    const { checks, unvalidated } = await database.admin.row(
      `select count(*) filter (where contype = 'c') as checks, count(*) filter (where not convalidated) as unvalidated
        from pg_constraint where connamespace = 'public'::regnamespace`,
    );
    expect(checks).toBeGreaterThanOrEqual(50);
    expect(unvalidated).toBe(0);
  });
});

describe('every function', () => {
  it('has an empty search_path, or is a SQL body bound when it was created, which the planner can inline', async () => {
    expect(
      await database.admin.rows(`
      select p.proname from pg_proc p join pg_language l on l.oid = p.prolang
      where p.pronamespace = 'app'::regnamespace and not coalesce(p.proconfig, '{}') @> '{"search_path=\\"\\""}'
        and not (l.lanname = 'sql' and p.prosqlbody is not null and not p.prosecdef and p.proconfig is null)`),
    ).toEqual([]);
  });

  it('that only reads says so; these write or lock', async () => {
    const rows = await database.admin.rows(`
      select p.proname as name from pg_proc p where p.pronamespace = 'app'::regnamespace and p.provolatile = 'v'
        and p.prorettype <> 'trigger'::regtype order by 1`);
    expect(rows.map((row) => row.name)).toEqual([
      'aceptar_invitacion',
      'anular_factura',
      'auditar_acceso',
      'auditar_borrado_conversaciones',
      'avisar_subscripcion',
      'avisar_uso',
      'bloquear_profesionales',
      'borrar_vencidos',
      'cambiar_subscripcion',
      'contar_uso',
      'emitir_factura',
      'fijar_contexto',
      'fijar_contexto_clave',
      'fijar_contexto_publico',
      'fijar_contexto_super_admin',
      'fijar_contexto_usuario',
      'fijar_origen',
      'generar_franjas',
      'horario_inicial',
      'latir_tarea',
      'ocupar_franja',
      'perdonar_facturas',
      'plegar_uso',
      'plegar_uso',
      'proteger_tabla',
      'recontar_uso',
      'registrar_evento_cita',
      'registrar_mensaje_recibido',
      'registrar_organizacion',
      'registrar_pago',
      'registrar_prueba',
      'registrar_respuesta',
      'rendir_whatsapp',
      'resolver_evento_stripe',
      'subir_version',
      'terminar_tarea',
      'tomar_entregas',
      'tomar_evento_stripe',
      'tomar_subscripcion',
      'tomar_tarea',
    ]);
  });

  it.each(['tenant_actual', 'usuario_actual', 'rol_actual', 'ip_actual', 'solicitud_actual', 'ahora'])('app.%s is inlined into plans', async (name) => {
    const plan = await database.admin.rows(`explain (verbose) select app.${name}() from public.monedas`);
    expect(JSON.stringify(plan)).toContain('current_setting');
  });
});
