import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { badRange } from '../http/problems.js';
import type { FiltroMetricas, Metricas } from './metricas.dto.js';
import { MAX_DIAS, metricas } from './metricas.sql.js';

@Injectable()
export class MetricasService {
  constructor(private readonly db: Db) {}

  async dashboard({ fecha_desde, fecha_hasta }: FiltroMetricas): Promise<Metricas> {
    const { rows } = await metricas(this.db.organizacion_id, fecha_desde ?? null, fecha_hasta ?? null).execute(this.db.sql);
    if (!rows[0]) throw badRange('fecha_desde', 'fecha_hasta', MAX_DIAS);
    return rows[0];
  }
}
