import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { Entregas } from '../outbox/entregas.service.js';
import type { Lote, Tarea } from './tarea.js';

const FILAS = 500;

/** What has served goes; how old is too old, app.borrar_vencidos says. The audit, citas and their history stay. */
@Injectable()
export class Retencion implements Tarea {
  readonly nombre = 'retencion';
  readonly descripcion = 'Borra lo que ya no sirve: claves de idempotencia, sesiones y códigos vencidos, eventos y entregas terminados; da por fallidas las entregas que nadie pudo enviar.';
  readonly cada = 1440;
  readonly desfase = 260;

  constructor(
    private readonly db: Db,
    private readonly entregas: Entregas,
  ) {}

  async lote(): Promise<Lote> {
    const vencidas = await this.entregas.vencer(FILAS);
    const { rows } = await sql<{ tabla: string; borradas: number }>`select * from app.borrar_vencidos(${FILAS})`.execute(this.db.sql);
    return {
      cuentas: { ...Object.fromEntries(rows.map(({ tabla, borradas }) => [tabla, borradas])), vencidas },
      mas: vencidas === FILAS || rows.some(({ borradas }) => borradas === FILAS),
    };
  }
}
