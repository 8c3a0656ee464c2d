import { Injectable } from '@nestjs/common';
import type { RawBuilder } from 'kysely';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { Problem } from '../http/problems.js';
import { starts, type Oferta } from './availability.sql.js';
import { checkRange } from './dates.js';
import { writeDays } from './dias.js';
import { MOST_STARTS, type Calendario, type ConsultaCalendario, type ConsultaRango } from './disponibilidad.dto.js';
import { writeStarts } from './inicios.js';

/** `hasta`: when the clock alone changes it for a visitor, microseconds since 1970. */
type Answered<More> = { body: Buffer; hasta: number | null } & More;
type Head = Omit<Calendario, 'dias'>;

@Injectable()
export class DisponibilidadService {
  constructor(private readonly db: Db) {}

  /** Each start, as the JSON of a Disponibilidad. `more` is answered with it. */
  async starts<More extends object = object>(query: ConsultaRango, more?: RawBuilder<More>): Promise<Answered<More>> {
    const { head, ofertas, paso, rest } = await this.#offered(query, more);
    const count = ofertas.flatMap(([, , , , , , , cuantos]) => cuantos).reduce((sum, cuantos) => sum + cuantos, 0);
    if (query.limite === undefined && count > MOST_STARTS) throw new Problem('demasiados_inicios', { args: [String(MOST_STARTS)] });
    return { body: writeStarts(JSON.stringify(head), ofertas, paso, query.limite), ...rest };
  }

  /** The hours of each day, as the JSON of a Calendario. `more` is answered with it. */
  async days<More extends object = object>(query: ConsultaCalendario, more?: RawBuilder<More>): Promise<Answered<More>> {
    const { head, ofertas, paso, rest } = await this.#offered(query, more);
    return { body: writeDays(JSON.stringify(head), ofertas, paso), ...rest };
  }

  async #offered<More extends object>({ servicio_id, profesional_id, fecha_desde, fecha_hasta, limite }: ConsultaRango, more?: RawBuilder<More>) {
    checkRange(fecha_desde, fecha_hasta, 62);
    const { rol } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    const question = { organizacion_id: this.db.organizacion_id, servicio_id, profesional_id, fecha_desde, fecha_hasta, limite: limite ?? null, staff };
    const { rows } = await starts(question, more).execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const { zona_horaria, moneda, paso, ofertas, ...rest } = rows[0];
    const head: Head = { servicio_id, zona_horaria, moneda, fecha_desde, fecha_hasta };
    return { head, ofertas: ofertas ?? ([] as Oferta[]), paso, rest: rest as { hasta: number | null } & More };
  }
}
