import { Injectable } from '@nestjs/common';
import type { RawBuilder } from 'kysely';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { Problem } from '../http/problems.js';
import { starts } from './availability.sql.js';
import { checkRange } from './dates.js';
import type { ConsultaRango, Disponibilidad } from './disponibilidad.dto.js';
import { writeStarts } from './inicios.js';

@Injectable()
export class DisponibilidadService {
  constructor(private readonly db: Db) {}

  /** `body`: JSON of a Disponibilidad. `hasta`: when the clock alone changes it for a visitor, microseconds since 1970. `more` is answered with it. */
  async starts<More extends object = object>(
    { servicio_id, profesional_id, fecha_desde, fecha_hasta, limite }: ConsultaRango, more?: RawBuilder<More>,
  ): Promise<{ body: Buffer; hasta: number | null } & More> {
    checkRange(fecha_desde, fecha_hasta, 62);
    const { rol } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    const question = { organizacion_id: this.db.organizacion_id, servicio_id, profesional_id, fecha_desde, fecha_hasta, limite: limite ?? null, staff };
    const { rows } = await starts(question, more).execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const { zona_horaria, moneda, paso, ofertas, ...rest } = rows[0];
    const head = JSON.stringify({ servicio_id, zona_horaria, moneda, fecha_desde, fecha_hasta } satisfies Omit<Disponibilidad, 'inicios'>);
    return { body: writeStarts(head, ofertas ?? [], paso, limite), ...(rest as { hasta: number | null } & More) };
  }
}
