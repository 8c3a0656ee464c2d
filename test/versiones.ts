import { setTimeout as sleep } from 'node:timers/promises';
import { day, nextWeekday, openShop as openBare, registerClient, type Answer, type Api, type Shop as Bare } from './api.js';

export const MONDAY = nextWeekday(1, 7);
export const TUESDAY = nextWeekday(2, 8);
export const EVERY_MINUTES = 5;

/** With a client who has an account there. */
export type Shop = Bare & { client: { token: string } };

export async function openShop(from: Api): Promise<Shop> {
  const shop = await openBare(from);
  return { ...shop, client: await registerClient(from, shop) };
}

export type Question = { path: string; token?: string };

/** What a visitor asks a shop, and what staff and a client ask of its agenda. */
export const questions = ({ token, client, cuenta, servicio, profesional }: Shop): Question[] => {
  const base = `/public/${cuenta.codigo_tenant}`;
  const visitor = [
    base, `${base}/services`, `${base}/professionals`, `${base}/professionals?servicio_id=${servicio.id}`,
    `${base}/availability/${MONDAY}?servicio_id=${servicio.id}`,
    `${base}/availability?servicio_id=${servicio.id}&profesional_id=${profesional.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`,
    `${base}/availability?servicio_id=${servicio.id}&fecha_desde=${day(0)}&fecha_hasta=${day(40)}&limite=3`,
    `${base}/availability/days?servicio_id=${servicio.id}&fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}`,
  ].map((path) => ({ path }));
  const signedIn = visitor.slice(4).map(({ path }) => path.slice(base.length));
  return [...visitor, ...signedIn.map((path) => ({ path, token })), ...signedIn.slice(0, 2).map((path) => ({ path, token: client.token }))];
};

/** Of a day, by whom. */
export const dayOf = (shop: Shop) => ({ visitor: questions(shop)[4], staff: questions(shop)[8], client: questions(shop)[12] });

export const hoursOf = ({ body }: Answer): string[] => body.inicios.map((i: any) => i.hora_inicio);
export const etagOf = (answer: Answer) => answer.headers.get('etag');
export const ask = (from: Api, { path, token }: Question, etag?: string | null, more: Record<string, string> = {}) =>
  from.request('GET', path, undefined, { ...(token && { authorization: `Bearer ${token}` }), ...(etag && { 'if-none-match': etag }), ...more });

/** Answers end at marks of five minutes: what must not change in between waits for the next. */
export async function clearOfMarks() {
  const left = EVERY_MINUTES * 60_000 - (Date.now() % (EVERY_MINUTES * 60_000));
  if (left < 10_000) await sleep(left + 100);
}

export const booking = (shop: Shop, hora_inicio: string, more: object = {}) =>
  shop.request('POST', '/appointments', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: MONDAY, hora_inicio, ...more });
