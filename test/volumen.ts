// One large business among many, years old, made in seconds: by sets, without triggers, as the superuser.
import pg from 'pg';
import type { Shop } from './api.js';
import type { ChatApi } from './chat.js';

export interface Medidas {
  /** Of working days with nine citas for each of nine professionals. */
  dias: number;
  clientes: number;
  /** Rows of each other table that grows. */
  otras: number;
}

/** :org, :servicio, :profesional, :cliente, :instancia are the shop's own; :dias, :clientes, :otras as asked for. Bogotá has no clock change. */
const MAIN = `
insert into organizaciones (codigo_tenant, nombre_comercial, tipo_industria, email_admin, pais, zona_horaria, moneda)
select 'vecino-' || n, 'Vecino', 'barberia', 'vecino-' || n || '@example.com', 'CO', 'America/Bogota', 'COP' from generate_series(1, 200) n;
create temp table vecinas as select id, row_number() over () as n from organizaciones where codigo_tenant like 'vecino-%';
insert into servicios (organizacion_id, nombre, precio, moneda, duracion_minutos) select id, 'Corte', 1000, 'COP', 30 from vecinas;
insert into profesionales (organizacion_id, nombre_completo, tipo_profesional) select id, 'Eva', 'barbero' from vecinas;
insert into clientes (organizacion_id, nombre, telefono) select id, 'Cliente ' || n, '+5730055' || (10000 + n) from vecinas, generate_series(1, 20);
insert into subscripciones (organizacion_id, plan_id, estado, precio_actual, moneda, fecha_fin_prueba)
select v.id, p.id, 'prueba', 0, 'USD', now() + interval '30 days' from vecinas v, planes_subscripcion p where p.codigo_plan = 'trial';

insert into servicios (organizacion_id, nombre, precio, moneda, duracion_minutos, orden) select :org, 'Servicio ' || n, 1000, 'COP', 30, n from generate_series(1, 300) n;
insert into profesionales (organizacion_id, nombre_completo, tipo_profesional, generado_hasta)
select :org, 'Profesional ' || n, 'barbero', current_date + 60 from generate_series(1, 9) n;
create temp table equipo as select id, row_number() over (order by id) as n from profesionales where organizacion_id = :org and id <> :profesional;
insert into servicios_profesionales (organizacion_id, servicio_id, profesional_id)
select :org, s.id, e.id from servicios s, equipo e where s.organizacion_id = :org and s.orden <= 60;
insert into horarios_profesionales (organizacion_id, profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
select :org, e.id, d, '09:00', '18:00', current_date - 2000 from equipo e, generate_series(1, 6) d;
insert into horarios_profesionales (organizacion_id, profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde, activo)
select :org, e.id, d, '09:00', '18:00', current_date - 2000, false from equipo e, generate_series(1, 6) d, generate_series(1, 50);

insert into clientes (organizacion_id, nombre, email, telefono, creado_en, profesional_preferido_id)
select :org, (array['Ana', 'Luis', 'Inés', 'José', 'Eva', 'Juan'])[1 + n % 6] || ' ' || (array['Peña', 'Muñoz', 'Ruiz', 'Torres'])[1 + n % 4] || ' ' || n,
  'cliente-' || n || '@example.com', '+5731' || (10000000 + n), now() - make_interval(days => n % 1500), case when n % 10 = 0 then :profesional end
from generate_series(1, :clientes) n;
create temp table gente as select id, row_number() over (order by id) as n from clientes where organizacion_id = :org;
create unique index on gente (n);

-- A cita of half an hour at the beginning of each hour; the other half is free. In the past it was done, but that every twentieth did not come.
create temp table agenda as
select nextval(pg_get_serial_sequence('citas', 'id')) as id, e.id as profesional_id, d::date as fecha, make_time(h, 0, 0) as hora,
  (d::date + make_time(h, 0, 0)) at time zone 'America/Bogota' as inicia_en, row_number() over () as n
from generate_series(current_date - :dias, current_date + 60, interval '1 day') d, generate_series(9, 17) h, equipo e where extract(dow from d) <> 0;
insert into citas (organizacion_id, id, codigo_cita, cliente_id, profesional_id, servicio_id, inicia_en, termina_en, ocupa_desde, ocupa_hasta, fecha_cita, hora_inicio,
  hora_fin, estado, precio_servicio, precio_final, moneda, hora_inicio_real, hora_fin_real, calificacion_cliente, calificada_en, feedback_solicitado_en, creado_en)
overriding system value
select :org, a.id, app.codigo_legible(a.id), g.id, a.profesional_id, :servicio, a.inicia_en, fin, a.inicia_en, fin, a.fecha, a.hora, a.hora + interval '30 minutes', x.estado,
  1000, 1000, 'COP', case when x.estado = 'completada' then a.inicia_en end, case when x.estado = 'completada' then fin end,
  case when x.estado = 'completada' and a.n % 3 = 0 then 5 end, case when x.estado = 'completada' and a.n % 3 = 0 then fin end,
  case when x.estado = 'completada' then fin end, a.inicia_en - interval '7 days'
from agenda a
cross join lateral (select a.inicia_en + interval '30 minutes' as fin, case when a.fecha >= current_date then case a.n % 2 when 0 then 'pendiente' else 'confirmada' end
  when a.n % 20 = 0 then 'no_asistio' else 'completada' end::estado_cita as estado) x
join gente g on g.n = 1 + a.n % (select count(*) from gente) order by a.id;
insert into horarios_disponibilidad (organizacion_id, profesional_id, fecha, hora_inicio, hora_fin, inicia_en, termina_en, estado, horario_profesional_id, servicio_id, cita_id)
select :org, a.profesional_id, a.fecha, a.hora + t.desde, a.hora + t.desde + interval '30 minutes', a.inicia_en + t.desde, a.inicia_en + t.desde + interval '30 minutes', t.estado, r.id,
  case t.estado when 'ocupado' then :servicio end, case t.estado when 'ocupado' then a.id end
from agenda a
join horarios_profesionales r on r.organizacion_id = :org and r.profesional_id = a.profesional_id and r.activo and r.dia_semana = extract(dow from a.fecha)
cross join (values (interval '0', 'ocupado'::estado_franja), (interval '30 minutes', 'disponible')) t (desde, estado)
where t.estado = 'disponible' or a.fecha >= current_date or a.n % 20 <> 0 order by a.id;
insert into historial_citas (organizacion_id, cita_id, estado_nuevo, inicia_en_nueva, profesional_id, creado_en)
select :org, a.id, 'pendiente', a.inicia_en, a.profesional_id, a.inicia_en from agenda a;
insert into auditoria (organizacion_id, accion, tabla, registro_id, usuario_id, ocurrido_en)
select :org, 'alta', 'citas', a.id, a.n % 50, least(now(), a.inicia_en - interval '7 days') from agenda a order by a.id;
insert into recordatorios (organizacion_id, cita_id, minutos_antes, inicia_en, programado_para, enviado_en, estado)
select :org, a.id, 1440, a.inicia_en, a.inicia_en - interval '1 day', a.inicia_en - interval '1 day', 'enviado' from agenda a where a.fecha between current_date - 400 and current_date;

insert into usuarios (organizacion_id, email, password_hash, rol, nombre, activo)
select :org, 'usuario-' || n || '@example.com', '$argon2id$x', case when n % 20 = 0 then 'empleado' else 'cliente' end::rol_usuario, 'Usuario ' || n, n % 10 <> 7 from generate_series(1, :otras) n;
insert into usuarios (organizacion_id, rol, nombre, es_clave_api) select :org, 'empleado', 'Clave ' || n, true from generate_series(1, 500) n;
create temp table cuentas as select id, email, es_clave_api, row_number() over (order by id) as n from usuarios where organizacion_id = :org;
insert into directorio_usuarios (email, organizacion_id, usuario_id) select email, :org, id from cuentas where email like 'usuario-%';
insert into claves_api (organizacion_id, usuario_id, prefijo, secreto_hash, permisos)
select :org, id, 'frj_' || :org || '_abcdef', sha256(id::text::bytea), '{citas:read}' from cuentas where es_clave_api;
insert into sesiones (organizacion_id, usuario_id, familia, token_hash, creado_en, expira_en, revocada_en)
select :org, c.id, gen_random_uuid(), sha256((c.id || '/' || k)::bytea), now() - interval '20 days', now() + interval '10 days', case when c.n % 10 = 0 then now() end
from cuentas c, generate_series(1, 2) k where not c.es_clave_api;
insert into segundos_factores (organizacion_id, usuario_id, secreto_sellado, ultimo_paso, activado_en) select :org, id, 'v1.x', 1, now() from cuentas where n % 10 = 0;
insert into codigos_recuperacion (organizacion_id, usuario_id, codigo_hash) select :org, c.id, sha256((c.id || '/' || k)::bytea) from cuentas c, generate_series(1, 5) k where c.n % 10 = 0;
insert into codigos (organizacion_id, proposito, usuario_id, destino, codigo_hash, creado_en, expira_en, usado_en)
select :org, 'restablecimiento', id, email, sha256(email::bytea), now() - interval '3 days', now() - interval '2 days', now() - interval '3 days' from cuentas where email is not null;
insert into idempotencia (organizacion_id, usuario_id, clave, huella, estado_http) select :org, id, 'clave-' || k, sha256('x'), 201 from cuentas, generate_series(1, 2) k;

insert into destinos_webhook (organizacion_id, url) select :org, 'https://example.com/' || n from generate_series(1, 15) n;
create temp table destinos as select id, row_number() over () as n from destinos_webhook where organizacion_id = :org;
insert into eventos (organizacion_id, evento, clave_orden, datos, ocurrido_en, repartido_en)
select :org, 'cita-creada', 'cita:' || n, '{}', now() - make_interval(mins => n), now() from generate_series(1, 2 * :otras) n;
insert into entregas (organizacion_id, evento_id, canal, destino_id, clave_orden, estado, entregada_en, creado_en)
select :org, e.id, c.canal, case c.canal when 'webhook' then d.id end, e.clave_orden, x.estado, case x.estado when 'entregada' then now() end, e.ocurrido_en
from (select *, row_number() over (order by id) as n from eventos where organizacion_id = :org and repartido_en is not null) e
join destinos d on d.n = 1 + e.n % 15 cross join (values ('n8n'), ('webhook')) c (canal)
cross join lateral (select case when e.n % 500 = 0 then 'fallida' when d.n = 1 and c.canal = 'webhook' then 'pendiente' else 'entregada' end as estado) x;

insert into instancias_whatsapp (organizacion_id, nombre, token_hash, eliminada_en) select :org, 'franja-' || n || '-' || repeat('a', 24), sha256('x'), now() from generate_series(1, 2) n;
insert into mensajes_whatsapp (organizacion_id, instancia_id, clave, direccion, telefono, texto, cliente_id, cita_id, enviado_en, conversado_en, creado_en)
select :org, (select min(id) from instancias_whatsapp where organizacion_id = :org), 'clave-' || a.n, 'saliente', '+5731' || (10000000 + a.n % :clientes), '', g.id, a.id, a.inicia_en, a.inicia_en, a.inicia_en
from agenda a join gente g on g.n = 1 + a.n % (select count(*) from gente) where a.n <= 2 * :otras;
insert into historial_subscripciones (organizacion_id, subscripcion_id, tipo_evento) select :org, id, 'cambio_plan' from subscripciones, generate_series(1, :otras) where organizacion_id = :org;
insert into facturas (organizacion_id, subscripcion_id, serie, numero, estado, moneda, subtotal, impuesto, total, periodo_inicio, periodo_fin, emitida_en, vence_en, pagada_en)
select :org, s.id, 'V', 'V-' || n, 'pagada', 'USD', 10, 0, 10, now() - interval '2 months', now() - interval '1 month', now(), now(), now()
from subscripciones s, generate_series(1, :otras) n where s.organizacion_id = :org;
insert into facturas_lineas (organizacion_id, factura_id, descripcion, precio_unitario, importe) select :org, id, 'Plan', 10, 10 from facturas where organizacion_id = :org;
insert into pagos (organizacion_id, factura_id, metodo, importe, moneda, referencia, recibido_en) select :org, id, 'manual', 10, 'USD', numero, now() from facturas where organizacion_id = :org;
insert into avisos_subscripcion (organizacion_id, subscripcion_id, aviso, sobre) select :org, id, 'pago_vencido', now() - make_interval(hours => n) from subscripciones, generate_series(1, :otras) n where organizacion_id = :org;
insert into avisos_uso (organizacion_id, medida, mes, umbral, limite) select :org, 'clientes', date '2000-01-01' + make_interval(months => n % 300), 80, n from generate_series(1, :otras) n;
insert into eventos_stripe (evento_id, tipo, procesado_en, resultado) select 'evt_v_' || n, 'customer.created', now(), 'ignorado' from generate_series(1, :otras) n;
insert into limites (clave, cuenta, vence_en) select substr(md5(n::text), 1, 22), 1, now() + interval '1 hour' from generate_series(1, 2 * :otras) n;
insert into ejecuciones_tareas (tarea, programada_para, origen, estado, terminada_en)
select t, now() - make_interval(mins => n), 'reloj', 'completada', now() from unnest(array['recordatorios', 'inasistencias', 'retencion']) t, generate_series(1, :otras) n`;

const CHAT = `
insert into chat.n8n_chat_histories (session_id, message, rol, canal, creado_en)
select :org || ':web:' || n % 2000, '{"type": "human", "content": "hola"}', 'cliente', 'web', now() - make_interval(days => n % 300) from generate_series(1, 4 * :otras) n;
insert into chat.conversaciones (session_id, canal, ultimo_mensaje_en, ultimo_mensaje_id)
select session_id, 'web', max(creado_en), max(id) from chat.n8n_chat_histories where organizacion_id = :org group by 1`;

async function run(url: string, script: string, values: Record<string, number>) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'; set search_path = public; set work_mem = '64MB'");
    for (const statement of script.split(/;\n/)) await client.query(statement.replace(/(?<!:):([a-z]+)/g, (text, name) => String(values[name] ?? text)));
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

export async function llenar(api: ChatApi, { cuenta, servicio, profesional, cliente }: Shop, medidas: Medidas) {
  const values = { org: cuenta.organizacion_id, servicio: servicio.id, profesional: profesional.id, cliente: cliente.id, ...medidas };
  await run(api.database.adminUrl, MAIN, values);
  await run(api.chat.adminUrl, CHAT, values);
}
