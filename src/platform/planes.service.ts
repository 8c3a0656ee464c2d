import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { Problem } from '../http/problems.js';
import type { EditarPlan, PlanDePlataforma } from './planes.dto.js';

const COLUMNS = [
  'id', 'codigo_plan', 'nombre', 'descripcion', 'precio_mensual', 'precio_anual', 'moneda', 'limite_profesionales', 'limite_clientes', 'limite_servicios',
  'limite_usuarios', 'limite_citas_mes', 'limite_whatsapp_mes', 'dias_prueba', 'funciones', 'activo',
] as const;

/** Plans as the platform sells them. What a customer pays is in its subscription, so a price changed here reaches nobody who has one. */
@Injectable()
export class PlanesPlataformaService {
  constructor(private readonly db: Db) {}

  list(): Promise<PlanDePlataforma[]> {
    return this.db.sql.selectFrom('planes_subscripcion').select(COLUMNS).orderBy('orden').execute();
  }

  async update(id: number, { funciones, ...body }: EditarPlan): Promise<PlanDePlataforma> {
    const merged = funciones && { funciones: sql<string>`funciones || ${JSON.stringify(funciones)}::jsonb` };
    const row = await this.db.sql
      .updateTable('planes_subscripcion')
      .set({ activo: sql<boolean>`activo`, ...body, ...merged })
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    for (const campo of ['precio_mensual', 'precio_anual'] as const) {
      if (body[campo] !== undefined) await sql`select app.exigir_decimales(${row.moneda}, ${body[campo]}::numeric, ${campo})`.execute(this.db.sql);
    }
    return row;
  }
}
