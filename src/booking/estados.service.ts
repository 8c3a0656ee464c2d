import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { estado_cita } from '../generated/prisma/enums.js';
import { Problem, type Codigo } from '../http/problems.js';
import type { CalificarCita, CancelarCita, Cita } from './citas.dto.js';
import { CitasService } from './citas.service.js';

const OPEN = [estado_cita.pendiente, estado_cita.confirmada];

/** The life of a cita: each change one guarded UPDATE; the database's trigger enforces the same machine whoever writes. */
@Injectable()
export class EstadosService {
  constructor(private readonly citas: CitasService) {}

  confirm(id: number): Promise<Cita> {
    return this.#from([estado_cita.pendiente], id, sql`estado = 'confirmada'`);
  }

  checkIn(id: number): Promise<Cita> {
    return this.#from(OPEN, id, sql`hora_llegada = coalesce(c.hora_llegada, app.ahora())`);
  }

  start(id: number): Promise<Cita> {
    return this.#from(OPEN, id, sql`estado = 'en_curso'`);
  }

  complete(id: number): Promise<Cita> {
    return this.#from([estado_cita.en_curso], id, sql`estado = 'completada'`);
  }

  async cancel(id: number, { motivo_cancelacion }: CancelarCita): Promise<Cita> {
    await this.citas.checkDeadline(id);
    return this.#from(OPEN, id, sql`estado = 'cancelada', motivo_cancelacion = ${motivo_cancelacion}`);
  }

  noShow(id: number): Promise<Cita> {
    return this.#from(OPEN, id, sql`estado = 'no_asistio'`);
  }

  /** Once. Of two at the same time the trigger refuses the second. */
  async rate(id: number, { calificacion_cliente, comentario_cliente }: CalificarCita): Promise<Cita> {
    if ((await this.citas.get(id)).calificacion_cliente !== null) throw new Problem('ya_calificada');
    return this.#from(
      [estado_cita.completada],
      id,
      sql`calificacion_cliente = ${calificacion_cliente}, comentario_cliente = ${comentario_cliente ?? null}`,
      'cita_no_calificable',
    );
  }

  async #from(states: estado_cita[], id: number, change: RawBuilder<unknown>, otherwise: Codigo = 'transicion_invalida'): Promise<Cita> {
    const cita = await this.citas.changed(sql`
      update citas c set ${change} where ${this.citas.changeable} and c.id = ${id} and c.estado in (${sql.join(states.map((state) => sql.lit(state)))})`);
    if (cita) return cita;
    await this.citas.checkChangeable(id);
    const { estado } = await this.citas.get(id);
    throw new Problem(otherwise, { extra: { estado } });
  }
}
