import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Lote, Tarea } from './tarea.js';

const PROFESIONALES = 20;

/** Expired holds count as free wherever somebody looks; this gives their time back also where nobody does. */
@Injectable()
export class ReservasVencidas implements Tarea {
  readonly nombre = 'reservas_vencidas';
  readonly descripcion = 'Devuelve al tiempo libre las reservas temporales vencidas.';
  readonly cada = 1;
  readonly desfase = 0;

  constructor(private readonly db: Db) {}

  /** The professional's lock, like everybody who changes an agenda; who is being booked just now comes next time. */
  async lote(): Promise<Lote> {
    const { organizacion_id } = this.db;
    const expired = sql`h.organizacion_id = ${organizacion_id} and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora()`;
    const { rows: locked } = await sql<{ id: number }>`
      select p.id from profesionales p
      where p.organizacion_id = ${organizacion_id} and p.id in (select h.profesional_id from horarios_disponibilidad h where ${expired})
      order by p.id
      limit ${PROFESIONALES}
      for no key update skip locked`.execute(this.db.sql);
    const { rows } = await sql<{ reservas: number }>`
      select d.reservas, g.creadas
      from (
        select h.profesional_id, h.fecha, count(*) as reservas from horarios_disponibilidad h
        where ${expired} and h.profesional_id = any (${locked.map(({ id }) => id)}::bigint[])
        group by h.profesional_id, h.fecha) d
      cross join lateral app.generar_franjas(${organizacion_id}, array[d.profesional_id], d.fecha, d.fecha) g`.execute(this.db.sql);
    return { cuentas: { reservas: rows.reduce((sum, row) => sum + row.reservas, 0) }, mas: locked.length === PROFESIONALES };
  }
}
