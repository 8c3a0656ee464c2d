import { register, type Api, type Member, type Send } from './api.js';

/** 8:00 in Bogotá of a Monday: tests of the agenda stand still in time. */
export const NOW = '2027-03-01T08:00:00-05:00';
export const MONDAY = '2027-03-08';
export const TUESDAY = '2027-03-09';

export const ok = ({ status, body }: { status: number; body: any }): any => {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
};

/** The same sender, with the clock of its requests at `now`. */
export const clock = (send: Send, now: string): Send => (method, path, body, headers) => send(method, path, body, { 'x-franja-now': now, ...headers });

export interface Agenda extends Member {
  servicio: any;
  profesional: any;
  /** What may be asked: hora_inicio of every start of a day, as this sender sees them. */
  starts(fecha: string, more?: string, send?: Send): Promise<string[]>;
  slots(fecha: string): Promise<string[]>;
}

export type Hours = [hora_inicio: string, hora_fin: string, tipo_horario?: 'regular' | 'descanso'];
/** The same hours every day of the week. */
export const daily = (...hours: Hours[]) =>
  [0, 1, 2, 3, 4, 5, 6].flatMap((dia_semana) => hours.map(([hora_inicio, hora_fin, tipo_horario = 'regular']) => ({ dia_semana, hora_inicio, hora_fin, tipo_horario })));

/** An organisation whose one professional works 9:00–12:00 every day and gives one service of 30 minutes, generated until `hasta`. */
export async function agenda(
  api: Api,
  { now = NOW, zona_horaria = 'America/Bogota', servicio = {}, horas = daily(['09:00', '12:00']), hasta = '2027-03-31', ...organizacion }: Record<string, any> = {},
): Promise<Agenda> {
  const owner = await register(api, { zona_horaria, ...organizacion });
  const request = clock(owner.request, now);
  const given = ok(await request('POST', '/services', { nombre: 'Corte', precio: '20000', duracion_minutos: 30, ...servicio }));
  const profesional = await worker({ ...owner, request }, { horas });
  if (hasta) ok(await request('POST', '/schedules/generate', { fecha_hasta: hasta }));
  return {
    ...owner,
    request,
    servicio: given,
    profesional,
    starts: async (fecha, more = '', send = request) => ok(await send('GET', `/availability/${fecha}?servicio_id=${given.id}${more}`)).inicios.map((i: any) => i.hora_inicio),
    slots: async (fecha) =>
      ok(await request('GET', `/schedules/slots?fecha_desde=${fecha}&fecha_hasta=${fecha}`)).elementos.map((f: any) => `${f.hora_inicio}-${f.hora_fin} ${f.estado}`),
  };
}

/** One more professional of the organisation, giving what their type may give. */
export async function worker(owner: Pick<Member, 'request'>, { horas = daily(['09:00', '12:00']), hasta, ...more }: Record<string, any> = {}) {
  const profesional = ok(await owner.request('POST', '/professionals', { nombre_completo: 'Juan Pérez', tipo_profesional: 'barbero', horario_inicial: false, ...more }));
  ok(await owner.request('PUT', `/schedules/week/${profesional.id}`, { horas }));
  if (hasta) ok(await owner.request('POST', '/schedules/generate', { fecha_hasta: hasta, profesional_id: profesional.id }));
  return profesional;
}
