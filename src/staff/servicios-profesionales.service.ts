import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { renamed } from '../database/sql-error.js';
import { Problem } from '../http/problems.js';
import { ProfesionalesService } from './profesionales.service.js';
import type { PonerServicioProfesional, ServicioProfesional } from './servicios-profesionales.dto.js';

@Injectable()
export class ServiciosProfesionalesService {
  constructor(
    private readonly db: Db,
    private readonly profesionales: ProfesionalesService,
  ) {}

  async list(profesional_id: number): Promise<ServicioProfesional[]> {
    const rows = await this.#links(profesional_id);
    if (rows.length === 0) await this.profesionales.get(profesional_id);
    return rows;
  }

  async put(profesional_id: number, servicio_id: number, body: PonerServicioProfesional): Promise<ServicioProfesional> {
    const { precio_personalizado = null, duracion_personalizada_minutos = null, activo = true } = body;
    const { organizacion_id } = this.db;
    const { rows } = await sql`
      select from profesionales p
      join servicios s on s.organizacion_id = p.organizacion_id and s.id = ${servicio_id}
      where p.organizacion_id = ${organizacion_id} and p.id = ${profesional_id}`.execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const values = { precio_personalizado, duracion_personalizada_minutos, activo };
    await this.db.sql
      .insertInto('servicios_profesionales')
      .values({ profesional_id, servicio_id, ...values })
      .onConflict((conflict) => conflict.constraint('servicios_profesionales_par_unico').doUpdateSet(values))
      .execute()
      .catch(renamed('servicio_id', 'servicioId'));
    const [link] = await this.#links(profesional_id, servicio_id);
    return link;
  }

  async remove(profesional_id: number, servicio_id: number): Promise<void> {
    const removed = await this.db.sql
      .deleteFrom('servicios_profesionales')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('profesional_id', '=', profesional_id)
      .where('servicio_id', '=', servicio_id)
      .returning('id')
      .executeTakeFirst();
    if (!removed) throw new Problem('no_encontrado');
  }

  async #links(profesional_id: number, servicio_id?: number): Promise<ServicioProfesional[]> {
    const { rows } = await sql<ServicioProfesional>`
      select sp.servicio_id, s.nombre, sp.precio_personalizado, sp.duracion_personalizada_minutos,
        coalesce(sp.precio_personalizado, s.precio) as precio, s.moneda,
        coalesce(sp.duracion_personalizada_minutos, s.duracion_minutos) as duracion_minutos, sp.activo, s.activo as servicio_activo
      from servicios_profesionales sp
      join servicios s on s.organizacion_id = sp.organizacion_id and s.id = sp.servicio_id
      where sp.organizacion_id = ${this.db.organizacion_id} and sp.profesional_id = ${profesional_id}
        and sp.servicio_id = coalesce(${servicio_id ?? null}, sp.servicio_id)
      order by s.orden, s.id`.execute(this.db.sql);
    return rows;
  }
}
