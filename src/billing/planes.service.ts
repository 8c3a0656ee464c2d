import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { Problem } from '../http/problems.js';
import type { Plan, Subscripcion } from './planes.dto.js';

@Injectable()
export class PlanesService {
  constructor(private readonly db: Db) {}

  plans(): Promise<Plan[]> {
    return this.db.sql
      .selectFrom('planes_subscripcion')
      .select([
        'codigo_plan', 'nombre', 'descripcion', 'precio_mensual', 'precio_anual', 'moneda', 'limite_profesionales', 'limite_clientes', 'limite_servicios',
        'limite_usuarios', 'limite_citas_mes', 'limite_whatsapp_mes', 'dias_prueba', 'funciones',
      ])
      .where('activo', '=', true)
      .orderBy('orden')
      .execute();
  }

  async subscription(): Promise<Subscripcion> {
    const row = await this.db.sql
      .selectFrom('subscripciones as s')
      .innerJoin('planes_subscripcion as p', 'p.id', 's.plan_id')
      .select([
        's.id', 'p.codigo_plan', 's.estado', 's.precio_actual', 's.moneda', 's.fecha_inicio', 's.fecha_fin_prueba', 's.fecha_proximo_pago', 's.cancelar_al_final',
      ])
      .where('s.organizacion_id', '=', this.db.organizacion_id)
      .where('s.estado', 'not in', ['cancelada', 'expirada'])
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }
}
