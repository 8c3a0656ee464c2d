// Two of every row: the first is inserted when a test arranges, the second is what a role tries to insert.
import type { Client, Tenant } from './tenant.js';

type Row = Record<string, unknown>;
export type Inserted = Record<string, Row>;

const hash = (text: string) => Buffer.alloc(32, text);

/** A table that is not here has no data to leak, so the matrix fails until it brings a sample. `done` holds the tenant's first rows. */
export const SAMPLES: Record<string, (tenant: Tenant, n: number, done: Inserted) => Row> = {
  usuarios: (t, n) => ({ email: `u${n}@${t.codigo}.example`, password_hash: '$argon2id$prueba', rol: 'empleado', nombre: `Usuario ${n}` }),
  sesiones: (t, n) => ({
    usuario_id: t.admin.usuario,
    familia: `00000000-0000-4000-8000-00000000000${n}`,
    token_hash: hash(`s${n}`),
    expira_en: '2090-01-01Z',
  }),
  codigos: (t, n) => ({ proposito: 'acceso', destino: `d${n}@${t.codigo}.example`, codigo_hash: hash(`c${n}`), expira_en: '2090-01-01Z' }),
  // The first of its owner, the second of somebody else: what the guard refuses.
  segundos_factores: (t, n, done) => ({
    usuario_id: n === 1 ? t.admin.usuario : done.usuarios.id,
    secreto_sellado: 'v1.prueba.x',
  }),
  codigos_recuperacion: (t, n, done) => ({ usuario_id: n === 1 ? t.admin.usuario : done.usuarios.id, codigo_hash: hash(`r${n}`) }),
  // Of a person, which only who arranges may do: what the guard refuses.
  claves_api: (t, n, done) => ({
    usuario_id: n === 1 ? t.admin.usuario : done.usuarios.id,
    prefijo: `frj_${t.organizacion}_prueba`,
    secreto_hash: hash(`k${n}`),
    permisos: ['citas:read'],
  }),
  idempotencia: (t, n) => ({ usuario_id: t.admin.usuario, clave: `clave-${n}`, huella: hash(`i${n}`), estado_http: 201 }),
  subscripciones: (t, n) => ({ plan_id: n, estado: 'cancelada', precio_actual: 0, moneda: 'USD' }),
  historial_subscripciones: (_, n, done) => ({ subscripcion_id: done.subscripciones.id, tipo_evento: n === 1 ? 'alta' : 'baja' }),
  avisos_subscripcion: (_, n, done) => ({ subscripcion_id: done.subscripciones.id, aviso: `prueba_${n}`, sobre: '2027-03-15T14:00:00Z' }),
  facturas: (_, n, done) => ({
    subscripcion_id: done.subscripciones.id, serie: 'F', moneda: 'USD', subtotal: n, impuesto: 0, total: n, periodo_inicio: '2026-11-23Z', periodo_fin: '2026-12-23Z', vence_en: '2026-11-26Z',
  }),
  facturas_lineas: (_, n, done) => ({ factura_id: done.facturas.id, descripcion: `Muestra ${n}`, precio_unitario: n, importe: n }),
  pagos: (_, n, done) => ({ factura_id: done.facturas.id, metodo: 'manual', importe: n, moneda: 'USD', referencia: `p${n}`, recibido_en: '2026-11-23Z' }),
  uso_deltas: (_, n) => ({ medida: 'clientes', delta: n }),
  avisos_uso: (_, n) => ({ medida: 'clientes', mes: '2026-01-01', umbral: 80, limite: n }),
  profesionales: (_, n) => ({ nombre_completo: `Muestra ${n}`, tipo_profesional: 'barbero' }),
  clientes: (_, n) => ({ nombre: `Muestra ${n}` }),
  servicios: (t, n) => ({ nombre: `Muestra ${n}`, precio: 100, moneda: t.moneda, duracion_minutos: 30 }),
  servicios_profesionales: (t, n) => ({ servicio_id: t.servicio, profesional_id: t.profesionales[n - 1] }),
  horarios_profesionales: (t, n) => ({
    profesional_id: t.profesionales[0],
    tipo_horario: 'bloqueo',
    vigente_desde: `2090-01-0${n}`,
    vigente_hasta: `2090-01-0${n}`,
    permite_citas: false,
  }),
  // Of agendas that are nobody's: those that are somebody's have one.
  versiones: (_, n) => ({ profesional_id: 1_000_000 + n, version: n }),
  citas: (t, n) => ({
    cliente_id: t.cliente,
    profesional_id: t.profesionales[0],
    servicio_id: t.servicio,
    precio_servicio: 100,
    moneda: t.moneda,
    fecha_cita: '2090-01-09',
    hora_inicio: `1${n}:00`,
    hora_fin: `1${n}:30`,
  }),
  recordatorios: (_, n, done) => ({
    cita_id: done.citas.id,
    minutos_antes: 60 * n,
    inicia_en: '2090-01-09T12:00Z',
    programado_para: '2090-01-09T11:00Z',
    estado: 'omitido',
    motivo: 'tarde',
  }),
  historial_citas: (t, _, done) => ({
    cita_id: done.citas.id,
    estado_nuevo: 'pendiente',
    inicia_en_nueva: '2090-01-09T12:00Z',
    profesional_id: t.profesionales[0],
  }),
  horarios_disponibilidad: (t, n) => ({
    profesional_id: t.profesionales[0],
    inicia_en: `2090-02-0${n}T12:00Z`,
    termina_en: `2090-02-0${n}T13:00Z`,
  }),
  // The second is what a role tries to insert: of the first evento, another way.
  eventos: (_, n) => ({ evento: 'cita-creada', clave_orden: `cita:${n}`, datos: {} }),
  destinos_webhook: (_, n) => ({ url: `https://example.com/${n}` }),
  entregas: (_, n, done) => ({ evento_id: done.eventos.id, canal: n === 1 ? 'n8n' : 'correo', clave_orden: 'cita:1' }),
  // The first is one that was given up: one at a time is in use.
  instancias_whatsapp: (t, n) => ({
    nombre: `franja-${t.organizacion}-${String(n).padStart(24, '0')}`,
    token_hash: hash(`w${n}`),
    ...(n === 1 && { eliminada_en: '2026-11-23Z' }),
  }),
  mensajes_whatsapp: (_, n, done) => ({ instancia_id: done.instancias_whatsapp.id, clave: `m${n}`, direccion: 'entrante', texto: 'hola', enviado_en: '2026-11-23Z' }),
  plantillas_mensajes: (_, n) => ({ evento: 'cita-creada', canal: 'whatsapp', idioma: n === 1 ? 'es' : 'en', cuerpo: 'Hola' }),
  auditoria: (_, n) => ({ accion: 'cambio', tabla: 'muestras', registro_id: n }),
  directorio_usuarios: (t, n) => ({ email: `d${n}@${t.codigo}.example`, usuario_id: t.admin.usuario }),
};

/** One row an organisation, made by registration. */
export const SINGLE: Record<string, (tenant: Tenant) => Row> = {
  organizaciones: (t) => ({
    codigo_tenant: `otro-${t.codigo}`,
    nombre_comercial: 'Otro',
    tipo_industria: 'spa',
    email_admin: 'o@example.com',
    pais: 'CL',
    zona_horaria: t.zona,
    moneda: t.moneda,
  }),
  metricas_uso_organizacion: () => ({}),
  directorio_organizaciones: (t) => ({ codigo_tenant: `otro-${t.codigo}` }),
};

export function insertStatement(table: string, row: Row): [string, unknown[]] {
  const columns = Object.keys(row);
  const values = columns.map((_, index) => `$${index + 1}`);
  return [`insert into public.${table} (${columns}) values (${values})`, Object.values(row)];
}

/** The first sample of every table, for that tenant, as the administrator. */
export async function insertSamples(admin: Client, tenant: Tenant): Promise<Inserted> {
  const done: Inserted = {};
  for (const [table, sample] of Object.entries(SAMPLES)) {
    const [sql, values] = insertStatement(table, { organizacion_id: tenant.organizacion, ...sample(tenant, 1, done) });
    done[table] = await admin.row(`${sql} returning *`, ...values);
  }
  return done;
}
