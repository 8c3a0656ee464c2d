import { agenda, MONDAY, ok, type Agenda } from './agenda.js';
import type { Api, Member } from './api.js';
import { query } from './checks.js';

export const N8N_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwQ9r8GKYqrTw=';

/** A hundred times as fast as it ships: the first retry after about 40 ms instead of five seconds, and a minute is half a second. */
export const FAST = { JOBS: 'on', JOBS_POLL_MS: '50', WEBHOOK_RETRY_MS: '40', WEBHOOK_TIMEOUT_MS: '1500', WEBHOOK_PRIVATE: 'on' };

export interface Negocio extends Agenda {
  cliente: any;
  /** Books the n-th time that is free from MONDAY on. */
  reservar(n: number): Promise<any>;
}

const pad = (n: number) => String(n).padStart(2, '0');

/** A business whose day has 24 starts of half an hour, and whose citas are pendientes. */
export async function negocio(api: Api, overrides: Record<string, unknown> = {}): Promise<Negocio> {
  const day = [0, 1, 2, 3, 4, 5, 6].map((dia_semana) => ({ dia_semana, hora_inicio: '08:00', hora_fin: '20:00', tipo_horario: 'regular' }));
  const shop = await agenda(api, { horas: day, ...overrides });
  const cliente = ok(await shop.request('POST', '/clients', { nombre: 'María', telefono: '+573001234567' }));
  const reservar = async (n: number) =>
    ok(await shop.request('POST', '/appointments', {
      profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: cliente.id,
      fecha_cita: `2027-03-${pad(Number(MONDAY.slice(8)) + Math.floor(n / 24))}`, hora_inicio: `${pad(8 + Math.floor((n % 24) / 2))}:${n % 2 ? '30' : '00'}`,
    }));
  return { ...shop, cliente, reservar };
}

/** Its own endpoint; the answer holds the secret. */
export const destino = async (shop: Pick<Member, 'request'>, url: string, more: Record<string, unknown> = {}): Promise<any> => ok(await shop.request('POST', '/webhooks', { url, ...more }));

export const entregas = (api: Api, destino_id: number) =>
  query(api, 'select d.*, e.evento, e.uuid from entregas d join eventos e using (organizacion_id) where e.id = d.evento_id and destino_id = $1 order by d.id', [destino_id]);
export const entrega = async (api: Api, id: number) => (await query(api, 'select * from entregas where id = $1', [id]))[0];
