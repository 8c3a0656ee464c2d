import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import type { Tarea } from './tarea.js';

export interface Toma {
  ejecucion: number;
  intento: number;
}

export type Turno = (Toma & { situacion: 'tomada' }) | { situacion: 'en_curso' | 'hecha' };

export interface Resultado {
  estado: 'completada' | 'con_errores' | 'interrumpida';
  cuentas: Record<string, number>;
  error: string | null;
}

/** The record of runs (`ejecuciones_tareas`): what is written there decides which instance runs a turn. */
@Injectable()
export class Ejecuciones {
  constructor(private readonly db: Db) {}

  async tomar(tarea: Tarea, manual?: { usuario_id: number }): Promise<Turno & { faltan_segundos: number }> {
    const { rows } = await this.db.run(NOBODY, () =>
      sql<any>`
        select * from app.tomar_tarea(${tarea.nombre}, make_interval(mins => ${tarea.cada}), make_interval(mins => ${tarea.desfase}),
          ${manual !== undefined}, ${manual?.usuario_id ?? null})`.execute(this.db.sql),
    );
    return rows[0];
  }

  /** False: somebody thought its process gone and took it over. */
  async latir({ ejecucion, intento }: Toma): Promise<boolean> {
    const { rows } = await this.db.run(NOBODY, () => sql<{ sigue: boolean }>`select app.latir_tarea(${ejecucion}, ${intento}::smallint) as sigue`.execute(this.db.sql));
    return rows[0].sigue;
  }

  async terminar({ ejecucion, intento }: Toma, { estado, cuentas, error }: Resultado): Promise<void> {
    await this.db.run(NOBODY, () =>
      sql`select app.terminar_tarea(${ejecucion}, ${intento}::smallint, ${estado}, ${JSON.stringify(cuentas)}::jsonb, ${error})`.execute(this.db.sql),
    );
  }

  /** Where there may be work, by the clock `ahora`. */
  async organizaciones(tarea: string, ahora?: string): Promise<number[]> {
    const { rows } = await this.db.run({ ...NOBODY, ahora }, () => sql<{ id: number }>`select * from app.organizaciones_para(${tarea}) as id`.execute(this.db.sql));
    return rows.map((row) => row.id);
  }
}
