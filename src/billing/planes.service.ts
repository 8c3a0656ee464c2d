import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import type { Plan } from './planes.dto.js';

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
}
