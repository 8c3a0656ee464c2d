import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { Problem } from '../http/problems.js';
import { starts } from './availability.sql.js';
import { checkRange } from './dates.js';
import type { ConsultaRango, Disponibilidad, Inicio } from './disponibilidad.dto.js';

@Injectable()
export class DisponibilidadService {
  constructor(private readonly db: Db) {}

  async starts({ servicio_id, profesional_id, fecha_desde, fecha_hasta, limite }: ConsultaRango): Promise<Disponibilidad> {
    checkRange(fecha_desde, fecha_hasta, 62);
    const { rol } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    const question = { organizacion_id: this.db.organizacion_id, servicio_id, profesional_id, fecha_desde, fecha_hasta, limite: limite ?? null, staff };
    const { rows } = await starts(question).execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const { zona_horaria, moneda } = rows[0];
    const inicios = rows.filter((row) => row.inicia_en !== null).map(inicioOf);
    return { servicio_id, zona_horaria, moneda, fecha_desde, fecha_hasta, inicios };
  }
}

const inicioOf = ({ fecha, hora_inicio, hora_fin, inicia_en, termina_en, profesional_id, profesional_nombre, precio, duracion_minutos }: Inicio): Inicio => ({
  fecha, hora_inicio, hora_fin, inicia_en, termina_en, profesional_id, profesional_nombre, precio, duracion_minutos,
});
