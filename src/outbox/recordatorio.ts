import { sql } from 'kysely';
import type { Db } from '../database/db.service.js';
import type { Entrega } from './canal.js';

/** Whether a delivery still has something to tell: a reminder only while its cita stands at that time, and that is to come. What has happened, always. */
export async function vigente(db: Db, { evento, datos }: Entrega): Promise<boolean> {
  if (evento !== 'recordatorio-cita') return true;
  const { id, inicia_en } = (datos as { cita: { id: number; inicia_en: string } }).cita;
  const { rows } = await sql`
    select from citas
    where organizacion_id = ${db.organizacion_id} and id = ${id} and estado in ('pendiente', 'confirmada')
      and inicia_en = ${inicia_en}::timestamptz and inicia_en > now()`.execute(db.sql);
  return rows.length > 0;
}

export const CADUCADA = { es: 'descartar', error: 'la cita pasó, se canceló o cambió de hora' } as const;
