import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { Recent } from './recent.js';

export interface State {
  colas: { cola: string; pendientes: number; retraso_segundos: number }[];
  tareas: { tarea: string; completada_en: Date | null; estado: string }[];
}

/** What only the database knows of the whole: read once in five seconds, however many scrape. */
@Injectable()
export class ServerState {
  readonly #recent = new Recent<State>(() => this.#ask(), { keepMs: 5_000, waitMs: 2_000 });

  constructor(private readonly db: Db) {}

  /** Undefined when the database does not answer soon. */
  read(): Promise<State | undefined> {
    return this.db.full ? Promise.resolve(undefined) : this.#recent.get().catch(() => undefined);
  }

  #ask(): Promise<State> {
    return this.db.run({ ...NOBODY, readOnly: true }, async () => ({
      colas: (await sql<State['colas'][number]>`select * from app.estado_bandeja()`.execute(this.db.sql)).rows,
      tareas: (await sql<State['tareas'][number]>`select * from app.estado_tareas()`.execute(this.db.sql)).rows,
    }));
  }
}
