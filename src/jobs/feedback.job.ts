import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Lote, Tarea } from './tarea.js';

const CITAS = 200;

/** The stamp on the cita and the evento commit together: asked once, whoever asks. After two days nobody is asked any more. */
@Injectable()
export class SolicitudesFeedback implements Tarea {
  readonly nombre = 'solicitudes_feedback';
  readonly descripcion = 'Pide la opinión del cliente una vez, después de su cita y fuera de las horas de silencio.';
  readonly cada = 1;
  readonly desfase = 0;

  constructor(private readonly db: Db) {}

  async lote(): Promise<Lote> {
    const { organizacion_id } = this.db;
    const { rows } = await sql<{ id: number }>`
      update citas c set feedback_solicitado_en = app.ahora()
      where c.organizacion_id = ${organizacion_id} and c.feedback_solicitado_en is null and c.id in (
        select x.id from citas x
        join organizaciones o on o.id = x.organizacion_id
        where x.organizacion_id = ${organizacion_id} and x.feedback_solicitado_en is null and x.calificada_en is null
          and x.hora_fin_real > app.ahora() - interval '48 hours' and x.hora_fin_real <= app.ahora() - make_interval(mins => o.feedback_minutos)
          and app.silencio_de(app.ahora(), o.silencio_desde, o.silencio_hasta, o.zona_horaria) is null
        order by x.hora_fin_real, x.id
        limit ${CITAS}
        for no key update of x skip locked)
      returning c.id`.execute(this.db.sql);
    if (rows.length) {
      await sql`select app.registrar_evento_cita('solicitar-feedback', id) from unnest(${rows.map(({ id }) => id)}::bigint[]) id`.execute(this.db.sql);
    }
    return { cuentas: { solicitudes: rows.length }, mas: rows.length === CITAS };
  }
}
