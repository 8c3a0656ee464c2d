import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { Problem } from '../http/problems.js';
import { starts, until } from './availability.sql.js';
import { checkRange } from './dates.js';
import type { ConsultaRango, Disponibilidad } from './disponibilidad.dto.js';

@Injectable()
export class DisponibilidadService {
  constructor(private readonly db: Db) {}

  /** JSON of a Disponibilidad. */
  async starts({ servicio_id, profesional_id, fecha_desde, fecha_hasta, limite }: ConsultaRango): Promise<string> {
    checkRange(fecha_desde, fecha_hasta, 62);
    const { rol } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    const question = { organizacion_id: this.db.organizacion_id, servicio_id, profesional_id, fecha_desde, fecha_hasta, limite: limite ?? null, staff };
    const { rows } = await starts(question).execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const { zona_horaria, moneda, inicios } = rows[0];
    const head = JSON.stringify({ servicio_id, zona_horaria, moneda, fecha_desde, fecha_hasta } satisfies Omit<Disponibilidad, 'inicios'>);
    return `${head.slice(0, -1)},"inicios":[${inicios?.replace(INSTANT, '$&.000Z') ?? ''}]}`;
  }

  /** When the clock alone changes what a visitor was answered: microseconds since 1970, or null. */
  async until(query: ConsultaRango, answer: string): Promise<number | null> {
    const [primero] = answer.match(/(?<="inicia_en":")[^"]+/) ?? [];
    const { rows } = await until({ ...query, organizacion_id: this.db.organizacion_id }, primero).execute(this.db.sql);
    return rows[0].hasta;
  }
}

/** The keys that end so hold instants; in a name these quotes would be escaped. */
const INSTANT = /_en":"[\d:T-]{19}/g;
