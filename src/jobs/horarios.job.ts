import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Lote, Tarea } from './tarea.js';

/** Days of a professional in one transaction: about a second of work, where a statement may take thirty. */
const DAYS = 1_200;

/**
 * Keeps every agenda that was opened once generated up to the organisation's horizon, or that of the service which goes furthest. Professionals
 * who stand at the same day go together, so that a batch is one call; who is being booked just now comes next time.
 */
@Injectable()
export class ExtensionHorarios implements Tarea {
  readonly nombre = 'extension_horarios';
  readonly descripcion = 'Extiende las franjas generadas hasta el horizonte de cada organización, o el de su servicio que más lejos llegue.';
  readonly cada = 60;
  readonly desfase = 7;

  constructor(private readonly db: Db) {}

  async lote(): Promise<Lote> {
    const { organizacion_id } = this.db;
    const { rows: locked } = await sql<{ id: number; desde: string; hasta: string; dias: number }>`
      with meta as (
        select app.hoy() as hoy, app.hoy() + greatest(o.horizonte_dias,
          (select max(s.horizonte_dias) from servicios s where s.organizacion_id = ${organizacion_id} and s.activo)) as hasta
        from organizaciones o where o.id = ${organizacion_id}),
      atrasado as (
        select min(p.generado_hasta) as dia from profesionales p, meta
        where p.organizacion_id = ${organizacion_id} and p.activo and p.generado_hasta < meta.hasta)
      select p.id, d.desde, d.hasta, d.hasta - d.desde + 1 as dias
      from profesionales p
      join atrasado a on p.generado_hasta = a.dia
      cross join meta
      cross join lateral (
        select greatest(meta.hoy, a.dia + 1) as desde, least(meta.hasta, greatest(meta.hoy, a.dia + 1) + ${DAYS - 1}::int) as hasta) d
      where p.organizacion_id = ${organizacion_id} and p.activo
      order by p.id
      limit (select greatest(1, ${DAYS}::int / (meta.hasta - greatest(meta.hoy, a.dia + 1) + 1)) from atrasado a, meta)
      for no key update of p skip locked`.execute(this.db.sql);
    if (locked.length === 0) return { cuentas: { profesionales: 0 }, mas: false };
    const ids = locked.map((row) => row.id);
    const [{ desde, hasta, dias }] = locked;
    const { rows } = await sql<{ creadas: number }>`
      select g.creadas from app.generar_franjas(${organizacion_id}, ${ids}::bigint[], ${desde}::date, ${hasta}::date) g`.execute(this.db.sql);
    await sql`
      update profesionales set generado_hasta = ${hasta}::date
      where organizacion_id = ${organizacion_id} and id = any (${ids}::bigint[])`.execute(this.db.sql);
    return { cuentas: { profesionales: ids.length, dias: dias * ids.length, franjas: rows[0].creadas }, mas: true };
  }
}
