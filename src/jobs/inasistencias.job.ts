import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Lote, Tarea } from './tarea.js';

const CITAS = 50;

/** Of the last seven days: whoever turns this on does not rewrite the history of a business that never closed its citas. */
@Injectable()
export class Inasistencias implements Tarea {
  readonly nombre = 'inasistencias';
  readonly descripcion = 'Marca como no_asistio las citas cuyo cliente no llegó, donde la organización lo pide.';
  readonly cada = 1;
  readonly desfase = 0;

  constructor(private readonly db: Db) {}

  /** The citas, then their professionals in order, as who cancels one cita does; the trigger gives their time back. */
  async lote(): Promise<Lote> {
    const { organizacion_id } = this.db;
    const { rows } = await sql<{ id: number; profesional_id: number }>`
      select c.id, c.profesional_id
      from citas c
      join organizaciones o on o.id = c.organizacion_id
      where c.organizacion_id = ${organizacion_id} and c.estado::text in ('pendiente', 'confirmada') and c.hora_llegada is null
        and c.inicia_en > app.ahora() - interval '7 days' and c.inicia_en <= app.ahora() - make_interval(mins => o.inasistencia_minutos)
      order by c.inicia_en, c.id
      limit ${CITAS}
      for no key update of c skip locked`.execute(this.db.sql);
    if (rows.length) {
      await sql`select app.bloquear_profesionales(${organizacion_id}, ${rows.map((row) => row.profesional_id)}::bigint[])`.execute(this.db.sql);
      await sql`
        update citas c set estado = 'no_asistio'
        where c.organizacion_id = ${organizacion_id} and c.id = any (${rows.map((row) => row.id)}::bigint[])`.execute(this.db.sql);
    }
    return { cuentas: { inasistencias: rows.length }, mas: rows.length === CITAS };
  }
}
