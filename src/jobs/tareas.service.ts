import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { Ejecutor } from './ejecutor.service.js';
import type { Ejecucion, EstadoTarea, FiltroEjecuciones, ListaEjecuciones } from './tareas.dto.js';

const COLUMNS = [
  'id', 'tarea', 'programada_para', 'origen', 'pedida_por', 'intentos', 'estado', 'iniciada_en', 'terminada_en', 'cuentas', 'error',
] as const;

/** What a super_admin sees of the tasks, as role saas_admin; what they start runs as saas_app, like at its turn. */
@Injectable()
export class TareasService {
  constructor(
    private readonly db: Db,
    private readonly ejecutor: Ejecutor,
  ) {}

  async list(): Promise<EstadoTarea[]> {
    const { rows } = await sql<{ tarea: string; ultima: Ejecucion | null; ultima_completada_en: Date | null }>`
      select t.tarea, to_jsonb(u) as ultima, (
        select e.terminada_en from ejecuciones_tareas e
        where e.tarea = t.tarea and e.estado = 'completada' order by e.programada_para desc limit 1) as ultima_completada_en
      from unnest(${this.ejecutor.tareas.map(({ nombre }) => nombre)}::text[]) t (tarea)
      left join lateral (
        select ${sql.join(COLUMNS.map((column) => sql.ref(`e.${column}`)))} from ejecuciones_tareas e
        where e.tarea = t.tarea order by e.programada_para desc limit 1) u on true`.execute(this.db.sql);
    const found = new Map(rows.map((row) => [row.tarea, row]));
    return this.ejecutor.tareas.map(({ nombre, descripcion, cada }) => {
      const { ultima, ultima_completada_en } = found.get(nombre)!;
      return { tarea: nombre, descripcion, cada_minutos: cada, ultima, ultima_completada_en };
    });
  }

  async runs({ limite, cursor, tarea, estado }: FiltroEjecuciones): Promise<ListaEjecuciones> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.db.sql
      .selectFrom('ejecuciones_tareas')
      .select(COLUMNS)
      .$if(tarea !== undefined, (q) => q.where('tarea', '=', tarea!))
      // A literal, so that the partial index of those that were not completed applies whatever the plan.
      .$if(estado !== undefined, (q) => q.where('estado', '=', sql.lit(estado!)))
      .$if(after !== undefined, (q) => q.where('id', '<', after![0]))
      .orderBy('id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  /** The session is checked, and its access written down, before anything starts. */
  async run(session: Session, tarea: string): Promise<Ejecucion> {
    const find = (id: number) => this.db.sql.selectFrom('ejecuciones_tareas').select(COLUMNS).where('id', '=', id).executeTakeFirstOrThrow();
    await this.db.run(session, async () => {});
    const id = await this.ejecutor.pedir(tarea, session.usuario_id!);
    return this.db.run(session, () => find(id));
  }
}
