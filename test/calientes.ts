import { ok } from './agenda.js';
import { nextWeekday, type Api, type Send, type Shop } from './api.js';
import { query } from './checks.js';
import { superAdmin } from './super-admin.js';

export interface Caliente {
  /** What is asked, in words. */
  name: string;
  run: () => Promise<unknown>;
  /** Pages of tables and indexes, at most. */
  pages: number;
  /** Indexes that must have been read for it. */
  by: string[];
}

const later = (fecha: string, days: number) => new Date(Date.parse(fecha) + days * 86_400_000).toISOString().slice(0, 10);

/** The requests that a business lives by, and those that look for a few rows among very many, of the large one, and what each may read. Every run takes other free time. */
export async function calientes(api: Api, { cuenta, servicio }: Shop, request: Send, weeks: number): Promise<Caliente[]> {
  const org = cuenta.organizacion_id;
  const monday = nextWeekday(1, 7 * weeks);
  const [{ id: profesional }] = await query(api, "select id::int from profesionales where organizacion_id = $1 and nombre_completo = 'Profesional 5'", [org]);
  const [cita] = await query(api, "select id::int, codigo_cita, cliente_id::int from citas where organizacion_id = $1 and estado = 'confirmada' and fecha_cita = $2 limit 1", [org, monday]);
  const get = (path: string, send = request) => async () => ok(await send('GET', path));
  const availability = (fecha_hasta: string, more = '') => `/availability?servicio_id=${servicio.id}&fecha_desde=${monday}&fecha_hasta=${fecha_hasta}${more}`;
  const one = `&profesional_id=${profesional}`;
  const free = ['horarios_disponibilidad_libres'];
  const slot = (hora_inicio: string) => ({ profesional_id: profesional, servicio_id: servicio.id, hora_inicio });
  const agenda = `/appointments?fecha_desde=${monday}&fecha_hasta=${monday}&limite=200`;
  const cursor = (key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');
  const root = (await superAdmin(api)).request;
  const [{ id: auditada }] = await query(api, "select id::int from auditoria where organizacion_id = $1 and ocurrido_en < now() - interval '300 days' order by id desc limit 1", [org]);
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const year = `/audit?desde=${ago(400)}&hasta=${ago(300)}&limite=50`;
  let booked: any;
  let held: any;
  return [
    { name: 'availability, 1 professional × 1 day', run: get(availability(monday, one)), pages: 100, by: free },
    { name: 'availability, 1 professional × 30 days', run: get(availability(later(monday, 29), one)), pages: 150, by: free },
    { name: 'availability, 10 professionals × 1 day', run: get(availability(monday)), pages: 100, by: free },
    { name: 'availability, 10 professionals × 30 days', run: get(availability(later(monday, 29))), pages: 150, by: free },
    { name: 'availability, 10 professionals × 30 days, by day', run: get(availability(later(monday, 29)).replace('?', '/days?')), pages: 150, by: free },
    { name: 'availability, public, 10 professionals × 30 days', run: get(`/public/${cuenta.codigo_tenant}${availability(later(monday, 29))}`, api.request), pages: 150, by: free },
    { name: 'a hold', run: async () => (held = ok(await request('POST', '/availability/holds', { ...slot('10:30'), fecha: monday }))), pages: 160, by: [...free, 'horarios_disponibilidad_sin_solape'] },
    { name: 'a hold given back', run: async () => ok(await request('DELETE', `/availability/holds/${held.id}`)), pages: 200, by: ['horarios_disponibilidad_dia', 'horarios_disponibilidad_reservas'] },
    { name: 'a booking', run: async () => (booked = ok(await request('POST', '/appointments', { ...slot('11:30'), fecha_cita: monday, cliente_id: cita.cliente_id }))), pages: 400, by: [...free, 'citas_sin_solape', 'horarios_disponibilidad_sin_solape'] },
    { name: 'a cita moved', run: async () => ok(await request('PUT', `/appointments/${booked.id}/reschedule`, { fecha_cita: monday, hora_inicio: '12:30' })), pages: 480, by: ['horarios_disponibilidad_dia', 'horarios_disponibilidad_cita_unica', 'citas_sin_solape'] },
    { name: 'a cita cancelled', run: async () => ok(await request('PUT', `/appointments/${booked.id}/cancel`, { motivo_cancelacion: 'Viaje' })), pages: 330, by: ['horarios_disponibilidad_dia', 'horarios_disponibilidad_cita_unica'] },
    { name: 'the agenda of a day', run: get(agenda), pages: 470, by: ['citas_agenda'] },
    { name: 'the agenda of a day of one professional', run: get(agenda + one), pages: 130, by: ['citas_por_profesional'] },
    { name: 'the first page of citas', run: get('/appointments?limite=50'), pages: 290, by: ['citas_agenda'] },
    { name: 'a page of citas a year on', run: get(`/appointments?limite=50&cursor=${cursor([new Date(Date.now() - 300 * 86_400_000).toISOString(), 1])}`), pages: 290, by: ['citas_agenda'] },
    { name: 'what is pending, from the beginning', run: get('/appointments?estado=pendiente&limite=50'), pages: 290, by: ['citas_pendientes'] },
    { name: 'what is open, from the beginning', run: get('/appointments?estado=pendiente,confirmada&limite=50'), pages: 530, by: ['citas_pendientes', 'citas_confirmadas'] },
    { name: 'citas of a client', run: get(`/appointments?cliente_id=${cita.cliente_id}&limite=50`), pages: 90, by: ['citas_por_cliente'] },
    { name: 'a cita by its code', run: get(`/appointments/code/${cita.codigo_cita}`), pages: 25, by: ['citas_codigo_unico'] },
    { name: 'what happened to a cita', run: get(`/appointments/${cita.id}/events`), pages: 30, by: ['historial_citas_cita_id'] },
    { name: 'clients, the first page', run: get('/clients?limite=50'), pages: 50, by: ['clientes_lista'] },
    { name: 'clients by part of a name', run: get('/clients?q=mu%C3%B1oz%20123&limite=50'), pages: 1400, by: ['clientes_busqueda'] },
    { name: 'a client with totals', run: get(`/clients/${cita.cliente_id}`), pages: 25, by: ['citas_por_cliente'] },
    { name: 'the dashboard', run: get('/dashboard'), pages: 1100, by: ['citas_tablero'] },
    { name: 'clients who left', run: get('/clients?activo=false&limite=50'), pages: 60, by: ['clientes_inactivos'] },
    { name: 'the staff', run: get('/users?rol=admin&limite=50'), pages: 110, by: ['usuarios_equipo'] },
    { name: 'users who left', run: get('/users?activo=false&limite=50'), pages: 80, by: ['usuarios_inactivos'] },
    { name: 'the audit of days long past', run: get(year), pages: 250, by: ['auditoria_momento'] },
    { name: 'the audit of days long past, further on', run: get(`${year}&cursor=${cursor([auditada])}`), pages: 250, by: ['auditoria_momento'] },
    { name: 'what was deleted', run: get('/audit?accion=baja&limite=50'), pages: 170, by: ['auditoria_raras'] },
    { name: 'who of the platform looked', run: get('/audit?accion=acceso&limite=50'), pages: 170, by: ['auditoria_raras'] },
    { name: 'runs that failed', run: get('/admin/jobs/runs?estado=con_errores&limite=50', root), pages: 60, by: ['ejecuciones_tareas_sin_completar'] },
  ];
}
