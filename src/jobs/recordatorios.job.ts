import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { decidirRecordatorios } from './recordatorios.sql.js';
import type { Lote, Tarea } from './tarea.js';

const CITAS = 500;

@Injectable()
export class Recordatorios implements Tarea {
  readonly nombre = 'recordatorios';
  readonly descripcion = 'Recuerda a los clientes sus citas, a las antelaciones de cada organización y fuera de sus horas de silencio.';
  readonly cada = 1;
  readonly desfase = 0;

  constructor(private readonly db: Db) {}

  async lote(): Promise<Lote> {
    const { rows } = await decidirRecordatorios(this.db.organizacion_id, CITAS).execute(this.db.sql);
    const cuentas = { enviado: 0, omitido: 0 };
    for (const { estado, cuantos } of rows) cuentas[estado] = cuantos;
    return { cuentas: { enviados: cuentas.enviado, omitidos: cuentas.omitido }, mas: rows[0]?.citas === CITAS };
  }
}
