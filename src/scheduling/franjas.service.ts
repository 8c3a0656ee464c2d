import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { absent, fieldProblem, inactive } from '../http/problems.js';
import { checkRange } from './dates.js';
import type { FiltroFranjas, GenerarFranjas, Generacion, ListaFranjas } from './franjas.dto.js';
import { conflicts, regenerate, releaseOutside, slots, type Rebuilt } from './franjas.sql.js';
import type { CitaEnConflicto } from './horarios.dto.js';

/** Franjas follow the hours: generated ahead, rebuilt when the hours change. Held and booked time is never moved. */
@Injectable()
export class FranjasService {
  constructor(private readonly db: Db) {}

  async today(): Promise<string> {
    const { rows } = await sql<{ hoy: string }>`select app.hoy() as hoy`.execute(this.db.sql);
    return rows[0].hoy;
  }

  /** Locks whom an hour concerns: one professional, or everybody. Before writing the hours, so that two writers queue and do not deadlock. */
  async lock(profesional_id: number | null | undefined): Promise<number[]> {
    const rows = await this.db.sql
      .selectFrom('profesionales')
      .select('id')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(profesional_id != null, (q) => q.where('id', '=', profesional_id!))
      .orderBy('id')
      .execute();
    const ids = rows.map((row) => row.id);
    await sql`select app.bloquear_profesionales(${this.db.organizacion_id}, ${ids}::bigint[])`.execute(this.db.sql);
    return ids;
  }

  /** After the hours of `ids` changed between two dates (null = for ever): what that did. */
  async rebuild(ids: number[], desde: string, hasta: string | null): Promise<Rebuilt & { reservas_liberadas: number; citas_en_conflicto: CitaEnConflicto[] }> {
    const { organizacion_id, session } = this.db;
    const named = !session.permisos || session.permisos.includes('citas:read'); // a key for hours is not one for who comes
    const released = await releaseOutside(organizacion_id, ids, desde, hasta).execute(this.db.sql);
    const { rows } = await regenerate(organizacion_id, ids, desde, hasta).execute(this.db.sql);
    const { rows: citas_en_conflicto } = await conflicts(organizacion_id, ids, desde, hasta, named).execute(this.db.sql);
    return { ...rows[0], reservas_liberadas: released.rows.filter((r) => r.viva).length, citas_en_conflicto };
  }

  async generate({ profesional_id, fecha_desde, fecha_hasta }: GenerarFranjas): Promise<Generacion> {
    const { organizacion_id } = this.db;
    const today = await this.today();
    const asked = fecha_desde ?? today;
    if (asked < today) throw fieldProblem('fecha_desde', `no_antes|${today}`);
    checkRange(asked, fecha_hasta, 366);
    const professionals = await this.#activeProfessionals(profesional_id);
    const ids = professionals.map(({ id }) => id);
    // An agenda has no hole: what is before generado_hasta counts as generated, and nobody would fill it.
    const desde = professionals.reduce((first, { sigue }) => (sigue && sigue < first ? sigue : first), asked);
    checkRange(desde, fecha_hasta, 366);
    const { rows } = await sql<Pick<Generacion, 'creadas' | 'eliminadas'>>`
      select * from app.generar_franjas(${organizacion_id}, ${ids}::bigint[], ${desde}::date, ${fecha_hasta}::date)`.execute(this.db.sql);
    await sql`
      update profesionales set generado_hasta = ${fecha_hasta}::date
      where organizacion_id = ${organizacion_id} and id = any (${ids}::bigint[]) and coalesce(generado_hasta, '-infinity') < ${fecha_hasta}::date`.execute(this.db.sql);
    return { ...rows[0], profesionales: ids.length, fecha_desde: desde, fecha_hasta };
  }

  async slots(query: FiltroFranjas): Promise<ListaFranjas> {
    checkRange(query.fecha_desde, query.fecha_hasta, 31);
    const { rows } = await slots(this.db.organizacion_id, query).execute(this.db.sql);
    return { elementos: rows };
  }

  /** `sigue`: the first day that is not generated yet of an agenda that was opened. */
  async #activeProfessionals(only?: number): Promise<{ id: number; sigue: string | null }[]> {
    const rows = await this.db.sql
      .selectFrom('profesionales')
      .select(['id', 'activo', sql<string | null>`case when generado_hasta is not null then greatest(app.hoy(), generado_hasta + 1) end`.as('sigue')])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(only !== undefined, (q) => q.where('id', '=', only!))
      .orderBy('id')
      .execute();
    if (only !== undefined && rows.length === 0) throw absent('profesional_id');
    if (only !== undefined && !rows[0].activo) throw inactive('profesional_id');
    return rows.filter((row) => row.activo);
  }
}
