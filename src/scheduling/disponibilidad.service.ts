import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { notFound, Problem } from '../http/problems.js';
import type { Stamp, Versioned } from '../http/versiones.interceptor.js';
import { starts, type Oferta, type Question } from './availability.sql.js';
import { checkRange } from './dates.js';
import { writeDays } from './dias.js';
import { MOST_STARTS, type Calendario, type ConsultaCalendario, type ConsultaRango } from './disponibilidad.dto.js';
import { writeStarts } from './inicios.js';

type Head = Omit<Calendario, 'dias'>;
type Offered = { head: Head; ofertas: Oferta[]; paso: number };

@Injectable()
export class DisponibilidadService {
  constructor(private readonly db: Db) {}

  /** Each start, as the JSON of a Disponibilidad. */
  starts(query: ConsultaRango): Versioned {
    return this.#versioned('availability', query, ({ head, ofertas, paso }) => {
      const count = ofertas.flatMap(([, , , , , , , cuantos]) => cuantos).reduce((sum, cuantos) => sum + cuantos, 0);
      if (query.limite === undefined && count > MOST_STARTS) throw new Problem('demasiados_inicios', { args: [String(MOST_STARTS)] });
      return writeStarts(JSON.stringify(head), ofertas, paso, query.limite);
    });
  }

  /** The hours of each day, as the JSON of a Calendario. */
  days(query: ConsultaCalendario): Versioned {
    return this.#versioned('availability/days', query, ({ head, ofertas, paso }) => writeDays(JSON.stringify(head), ofertas, paso));
  }

  #versioned(route: string, query: ConsultaRango, write: (offered: Offered) => Buffer): Versioned {
    checkRange(query.fecha_desde, query.fecha_hasta, 62);
    const { rol } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    return {
      question: [route, { ...query, staff }],
      agenda: query,
      answer: async (stamp) => {
        const { rest, ...offered } = await this.#offered(query, staff, stamp);
        return { body: write(offered), ...rest };
      },
    };
  }

  async #offered({ servicio_id, profesional_id, fecha_desde, fecha_hasta, limite }: ConsultaRango, staff: boolean, stamp?: RawBuilder<Stamp>) {
    const question = { organizacion_id: this.db.organizacion_id, servicio_id, profesional_id, fecha_desde, fecha_hasta, limite: limite ?? null, staff };
    const { rows } = await starts(question, stamp).execute(this.db.sql);
    if (rows.length === 0) throw await this.#unknown(question);
    const { zona_horaria, moneda, paso, ofertas, ...rest } = rows[0];
    const head: Head = { servicio_id, zona_horaria, moneda, fecha_desde, fecha_hasta };
    return { head, ofertas: ofertas ?? [], paso, rest };
  }

  /** Which of the two nobody has. */
  async #unknown({ organizacion_id, servicio_id, profesional_id }: Question): Promise<Problem> {
    const { rows: [known] } = await sql<{ servicio_id: boolean; profesional_id: boolean }>`
      select exists (select from servicios where organizacion_id = ${organizacion_id} and id = ${servicio_id}) as servicio_id,
        ${profesional_id ?? null}::bigint is null or exists (select from profesionales where organizacion_id = ${organizacion_id} and id = ${profesional_id ?? null}) as profesional_id
      `.execute(this.db.sql);
    return notFound(...(['servicio_id', 'profesional_id'] as const).filter((campo) => !known[campo]));
  }
}
