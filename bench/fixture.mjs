// Data of a size, made by sets: as superuser, without triggers and foreign keys, and with the indexes built afterwards.
// Every id tells whose it is, so that a captured statement can be sent again for another tenant.
export const ids = {
  organizacion: (t) => 1_000_000 + t,
  usuario: (t) => 2_000_000 + t,
  profesional: (t, p) => 3_000_000 + 100 * t + p,
  servicio: (t) => 4_000_000 + t,
  cliente: (t, c) => 1_000_000_000 + 100_000 * t + c,
};
export const zone = 'America/Bogota'; // no change of clock
export const offset = 5 * 3600; // its seconds behind UTC
export const codeOf = (t) => `negocio-${t}`;
export const profesionales = 10;
/** A service of 30 minutes, offered every 15. */
export const minutos = 30;
/** Of the databases of history: tenant 1 has a fifth of all, 2 has 20,000 and 3 has none. */
export const withMuch = 1;
export const withSome = 2;
export const withNone = 3;
/** Those without a role of their own whose reads are measured. Only they and the three have an agenda to come in `volumen`. */
export const ordinary = [5, 7, 9, 11, 13, 15, 17, 19];
const visitsADay = 30; // of a professional with history, 20 minutes each

/**
 * `agenda`: no citas, days of 8 to 20 free for 128 days: what is booked.
 * `volumen`: `citas` of the past, 25,000 a tenant, and of some tenants 48 days to come that are booked in part: what is read.
 */
export const kinds = {
  agenda: () => ({ tenants: 200, clientes: 100, dias: 128 }),
  volumen: (citas) => ({ tenants: Math.max(20, citas / 25_000), clientes: 1_000, dias: 48, citas }), // more of it is more tenants of one size
};

export async function fill(client, { tenants, clientes, dias, citas = 0 }) {
  await client.query('set session_replication_role = replica');
  await client.query("set maintenance_work_mem = '512MB'");
  await client.query("set synchronous_commit = off");
  await business(client, tenants, clientes);
  const rebuild = await withoutIndexes(client, ['citas', 'horarios_disponibilidad']);
  if (citas) {
    await history(client, tenants, clientes, citas);
    await comingDays(client, clientes, dias);
  } else await freeDays(client, tenants, dias);
  await rebuild();
  await client.query(`select setval(pg_get_serial_sequence('public.' || t, 'id'), 2000000000) from unnest(array['citas', 'horarios_disponibilidad', 'clientes']) t`);
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}

async function business(client, tenants, clientes) {
  const t = `generate_series(1, ${tenants}) t`;
  const org = 't + 1000000';
  const say = (sql) => client.query(sql);
  await say(`insert into organizaciones (id, codigo_tenant, nombre_comercial, tipo_industria, plan_actual, email_admin, pais, zona_horaria, moneda, confirmacion_automatica)
    overriding system value select ${org}, 'negocio-' || t, 'Negocio ' || t, 'barberia', 'empresarial', 'admin@negocio-' || t || '.example', 'CO', '${zone}', 'COP', true from ${t}`);
  await say(`insert into directorio_organizaciones (codigo_tenant, organizacion_id) select 'negocio-' || t, ${org} from ${t}`);
  await say(`insert into usuarios (organizacion_id, id, email, password_hash, rol, nombre) overriding system value
    select ${org}, 2000000 + t, 'admin@negocio-' || t || '.example', '$argon2id$none', 'admin', 'Admin' from ${t}`);
  await say(`insert into subscripciones (organizacion_id, plan_id, estado, precio_actual, moneda)
    select ${org}, p.id, 'activa', p.precio_mensual, p.moneda from planes_subscripcion p, ${t} where p.codigo_plan = 'empresarial'`);
  await say(`insert into metricas_uso_organizacion (organizacion_id) select ${org} from ${t}`);
  await say(`insert into profesionales (organizacion_id, id, nombre_completo, tipo_profesional, generado_hasta) overriding system value
    select ${org}, 3000000 + 100 * t + p, 'Profesional ' || p, 'barbero', current_date + 128 from ${t}, generate_series(0, ${profesionales - 1}) p`);
  await say(`insert into servicios (organizacion_id, id, nombre, precio, moneda, duracion_minutos, antelacion_minima_minutos, horizonte_dias) overriding system value
    select ${org}, 4000000 + t, 'Corte', 25000, 'COP', ${minutos}, 0, 120 from ${t}`);
  await say(`insert into servicios_profesionales (organizacion_id, servicio_id, profesional_id)
    select p.organizacion_id, p.organizacion_id + 3000000, p.id from profesionales p`);
  await say(`insert into horarios_profesionales (organizacion_id, profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
    select p.organizacion_id, p.id, d, '08:00', '20:00', current_date - 1 from profesionales p, generate_series(0, 6) d`);
  const first = "(array['Ana','José','Lucía','Iván','Zoë','María','Íñigo','Sofía','Andrés','Carmen'])[1 + c % 10]";
  const last = "(array['Torres','Ñáñez','Peña','Gutiérrez','Ibáñez','Muñoz','Núñez','Agüero','Peláez','Ruiz','Vega'])[1 + c % 11]";
  const rebuild = await withoutIndexes(client, ['clientes']);
  await say(`insert into clientes (organizacion_id, id, nombre, email, telefono) overriding system value
    select ${org}, 1000000000 + 100000 * t + c, ${first} || ' ' || ${last} || ' ' || c, 'cliente' || c || '@example.com', '+573' || lpad((c * 7919 % 1000000000)::text, 9, '0')
    from ${t}, generate_series(0, case when t = ${withMuch} then 20 else 1 end * ${clientes} - 1) c`);
  await rebuild();
}

/** Backwards from yesterday, every day full; of twenty, seventeen came, two cancelled, one did not show up. */
async function history(client, tenants, clientes, citas) {
  const share = { [withMuch]: citas / 5, [withSome]: Math.min(20_000, citas / 5), [withNone]: 0 };
  const rest = Math.floor((citas - share[withMuch] - share[withSome]) / (tenants - 3));
  await client.query(`create temp table pasadas as
    select 1000000 + t as org, (s.antes + j)::bigint as id, 3000000 + 100 * t + j % ${profesionales} as profesional, 4000000 + t as servicio,
      1000000000 + 100000 * t::bigint + j * 31 % ${clientes} as cliente, e.estado, d.dia, d.inicia, d.inicia + interval '20 minutes' as termina
    from (select t, n, sum(n) over (order by t) - n + 1 as antes
          from generate_series(1, ${tenants}) t, lateral (select case t when 1 then ${share[withMuch]} when 2 then ${share[withSome]} when 3 then 0 else ${rest} end::int as n) x) s
    cross join lateral generate_series(0, n - 1) j
    cross join lateral (select current_date - 1 - j / ${profesionales * visitsADay} as dia) x
    cross join lateral (select x.dia, (x.dia + time '08:00' + j / ${profesionales} % ${visitsADay} * interval '20 minutes') at time zone '${zone}' as inicia) d
    cross join lateral (select case when j % 20 < 17 then 'completada' when j % 20 < 19 then 'cancelada' else 'no_asistio' end::estado_cita as estado) e`);
  await client.query(`insert into citas (organizacion_id, id, codigo_cita, cliente_id, profesional_id, servicio_id, inicia_en, termina_en, ocupa_desde, ocupa_hasta,
      fecha_cita, hora_inicio, hora_fin, estado, precio_servicio, precio_final, moneda, hora_inicio_real, hora_fin_real, tiempo_espera_minutos,
      calificacion_cliente, calificada_en, cancelada_en, creado_en) overriding system value
    select org, id, lpad(upper(to_hex(id)), 7, '0'), cliente, profesional, servicio, inicia, termina, inicia, termina, dia,
      (inicia at time zone '${zone}')::time, (termina at time zone '${zone}')::time, estado, 25000, 25000, 'COP', c.empezo, c.acabo, 0 * extract(hour from c.empezo)::int,
      case when id % 3 = 0 and c.empezo is not null then 1 + id % 5 end, case when id % 3 = 0 then c.acabo end, case when estado = 'cancelada' then inicia end,
      inicia - interval '7 days'
    from pasadas p cross join lateral (select case when estado = 'completada' then p.inicia end as empezo, case when estado = 'completada' then p.termina end as acabo) c
    order by org, id`);
  await client.query(`${franja} select org, id, profesional, dia, (inicia at time zone '${zone}')::time, (termina at time zone '${zone}')::time, inicia, termina, 'ocupado', servicio, id
    from pasadas where estado = 'completada' order by org, id`);
  await client.query('drop table pasadas');
}

const franja = `insert into horarios_disponibilidad
  (organizacion_id, id, profesional_id, fecha, hora_inicio, hora_fin, inicia_en, termina_en, estado, servicio_id, cita_id) overriding system value`;

async function freeDays(client, tenants, dias) {
  await client.query(`${franja} select 1000000 + t, row_number() over (), 3000000 + 100 * t + p, d::date, '08:00', '20:00', (d::date + time '08:00') at time zone '${zone}',
      (d::date + time '20:00') at time zone '${zone}', 'disponible', null, null
    from generate_series(1, ${tenants}) t, generate_series(0, ${profesionales - 1}) p, generate_series(current_date, current_date + ${dias}, interval '1 day') d`);
}

/** Of every day to come four half hours are booked. */
async function comingDays(client, clientes, dias) {
  await client.query(`create temp table futuras as
    select 1000000 + t as org, 1000000000 + row_number() over () as id, 3000000 + 100 * t + p as profesional, 4000000 + t as servicio,
      1000000000 + 100000 * t::bigint + (p * 97 + d.n * 13 + f.n) % ${clientes} as cliente, d.dia, f.desde, f.hasta, f.ocupada,
      (d.dia + f.desde) at time zone '${zone}' as inicia, (d.dia + f.hasta) at time zone '${zone}' as termina
    from unnest(array[${[withMuch, withSome, withNone, ...ordinary]}]) t, generate_series(0, ${profesionales - 1}) p, (select n, current_date + n as dia from generate_series(0, ${dias}) n) d,
      (values (1, time '08:00', time '09:30', false), (2, '09:30', '10:00', true), (3, '10:00', '11:00', false), (4, '11:00', '11:30', true), (5, '11:30', '15:00', false),
        (6, '15:00', '15:30', true), (7, '15:30', '16:30', false), (8, '16:30', '17:00', true), (9, '17:00', '20:00', false)) f (n, desde, hasta, ocupada)`);
  await client.query(`insert into citas (organizacion_id, id, codigo_cita, cliente_id, profesional_id, servicio_id, inicia_en, termina_en, ocupa_desde, ocupa_hasta,
      fecha_cita, hora_inicio, hora_fin, estado, precio_servicio, precio_final, moneda) overriding system value
    select org, id, right(upper(to_hex(id)), 7), cliente, profesional, servicio, inicia, termina, inicia, termina, dia, desde, hasta,
      'confirmada', 25000, 25000, 'COP' from futuras where ocupada`);
  await client.query(`${franja} select org, id, profesional, dia, desde, hasta, inicia, termina, case when ocupada then 'ocupado' else 'disponible' end::estado_franja,
    case when ocupada then servicio end, case when ocupada then id end from futuras`);
  await client.query('drop table futuras');
}

/** Drops what is built faster at the end, and says how to build it. */
async function withoutIndexes(client, tables) {
  const { rows } = await client.query(`
    select i.indexrelid::regclass::text as name, c.conname, i.indrelid::regclass::text as tabla,
      case when c.oid is null then pg_get_indexdef(i.indexrelid) else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end as build
    from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('u', 'x')
    where i.indrelid = any ($1::regclass[]) and not i.indisprimary`, [tables]);
  for (const { name, conname, tabla } of rows) await client.query(conname ? `alter table ${tabla} drop constraint ${conname}` : `drop index ${name}`);
  return async () => {
    for (const { build } of rows) await client.query(build);
  };
}
