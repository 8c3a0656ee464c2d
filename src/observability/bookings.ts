import { API } from '../http/openapi.js';

/** The routes that change the agenda → what they try. */
export const BOOKINGS: Record<string, string> = {
  [`POST ${API}/appointments`]: 'book',
  [`PUT ${API}/appointments/:id/reschedule`]: 'reschedule',
  [`PUT ${API}/appointments/:id/cancel`]: 'cancel',
  [`POST ${API}/availability/holds`]: 'hold',
};
export const OUTCOMES = ['done', 'replayed', 'conflict', 'refused', 'error'] as const;

/** Somebody else has that time, or has it by now. */
const CONFLICTS = ['sin_disponibilidad', 'reserva_vencida'];

export function bookingOutcome(status: number, codigo: string | undefined, replayed: boolean): (typeof OUTCOMES)[number] {
  if (status >= 500 || status === 499) return 'error';
  if (status < 400) return replayed ? 'replayed' : 'done';
  return codigo && CONFLICTS.includes(codigo) ? 'conflict' : 'refused';
}
