import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { fieldProblem, Problem } from '../http/problems.js';
import { FranjasService } from './franjas.service.js';
import { checkHorario, checkWeek, isWork, overlaps, type HorarioRow } from './horario-rules.js';
import type {
  CambiarHorario, CrearHorario, FiltroHorarios, Horario, HorarioCambiado, ListaHorarios, Semana, SemanaCambiada,
} from './horarios.dto.js';

const COLUMNS = [
  'id', 'profesional_id', 'tipo_horario', 'dia_semana', 'hora_inicio', 'hora_fin', 'vigente_desde', 'vigente_hasta', 'permite_citas', 'precio_dinamico',
  'motivo', 'activo', 'creado_en', 'actualizado_en',
] as const;

/** What makes hours overlap with others, the first to be named first. */
const DECIDE = ['hora_inicio', 'hora_fin', 'dia_semana', 'vigente_desde', 'vigente_hasta', 'activo'] as const;

/** Working hours and their exceptions. Who writes them holds the professionals' lock, so that no generation runs with half of the hours. */
@Injectable()
export class HorariosService {
  constructor(
    private readonly db: Db,
    private readonly franjas: FranjasService,
  ) {}

  async list({ limite, cursor, profesional_id, tipo_horario, activo }: FiltroHorarios): Promise<ListaHorarios> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.db.sql
      .selectFrom('horarios_profesionales')
      .select(COLUMNS)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(profesional_id !== undefined, (q) => q.where('profesional_id', '=', profesional_id!))
      .$if(tipo_horario !== undefined, (q) => q.where('tipo_horario', '=', tipo_horario!))
      .$if(activo !== undefined, (q) => q.where('activo', '=', activo!))
      .$if(after !== undefined, (q) => q.where('id', '>', after![0]))
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  async get(id: number): Promise<Horario> {
    const row = await this.db.sql
      .selectFrom('horarios_profesionales')
      .select(COLUMNS)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async create(body: CrearHorario): Promise<HorarioCambiado> {
    const row = { permite_citas: isWork(body.tipo_horario), ...body, vigente_desde: body.vigente_desde ?? (await this.franjas.today()) };
    checkHorario(row);
    const affected = await this.franjas.lock(row.profesional_id);
    await this.#checkOverlap(row, 'hora_inicio');
    const created = await this.db.sql.insertInto('horarios_profesionales').values(row).returning(COLUMNS).executeTakeFirstOrThrow();
    return { ...created, ...(await this.franjas.rebuild(affected, created.vigente_desde, created.vigente_hasta)) };
  }

  async update(id: number, body: CambiarHorario): Promise<HorarioCambiado> {
    const affected = await this.franjas.lock((await this.get(id)).profesional_id);
    const former = await this.get(id);
    const row = { ...former, ...body };
    checkHorario(row);
    const sent = DECIDE.find((campo) => body[campo] !== undefined);
    if (sent && row.activo) await this.#checkOverlap(row, sent, id);
    const changed = await this.db.sql
      .updateTable('horarios_profesionales')
      .set({ activo: former.activo, ...body })
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    const desde = former.vigente_desde < changed.vigente_desde ? former.vigente_desde : changed.vigente_desde;
    const ends = [former.vigente_hasta, changed.vigente_hasta];
    const hasta = ends.includes(null) ? null : ends.sort().at(-1)!;
    return { ...changed, ...(await this.franjas.rebuild(affected, desde, hasta)) };
  }

  /** The weekly rows from `vigente_desde` on give way to these; what they said of the days before stays. */
  async replaceWeek(profesional_id: number, { vigente_desde, horas }: Semana): Promise<SemanaCambiada> {
    const { organizacion_id } = this.db;
    const today = await this.franjas.today();
    const desde = vigente_desde ?? today;
    if (desde < today) throw fieldProblem('vigente_desde', `no_antes|${today}`);
    checkWeek(horas);
    const affected = await this.franjas.lock(profesional_id);
    if (affected.length === 0) throw new Problem('no_encontrado');
    await sql`
      update horarios_profesionales
      set activo = vigente_desde < ${desde}::date, vigente_hasta = case when vigente_desde < ${desde}::date then ${desde}::date - 1 else vigente_hasta end
      where organizacion_id = ${organizacion_id} and profesional_id = ${profesional_id} and activo and tipo_horario in ('regular', 'descanso')
        and (vigente_hasta is null or vigente_hasta >= ${desde}::date)`.execute(this.db.sql);
    const horarios = horas.length
      ? await this.db.sql
          .insertInto('horarios_profesionales')
          .values(horas.map((h) => ({ ...h, profesional_id, vigente_desde: desde, permite_citas: isWork(h.tipo_horario) })))
          .returning(COLUMNS)
          .execute()
      : [];
    return { profesional_id, vigente_desde: desde, horarios, ...(await this.franjas.rebuild(affected, desde, null)) };
  }

  /** The table refuses it too, and cannot say with what. Under the professional's lock nobody else writes their hours. */
  async #checkOverlap(h: HorarioRow, campo: string, id = 0): Promise<void> {
    if (!isWork(h.tipo_horario)) return;
    const other = await this.db.sql
      .selectFrom('horarios_profesionales')
      .select(['id', 'hora_inicio', 'hora_fin'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('profesional_id', '=', h.profesional_id!)
      .where('activo', '=', true)
      .where('tipo_horario', '=', h.tipo_horario)
      .where('id', '<>', id)
      .where(sql<boolean>`coalesce(dia_semana = ${h.dia_semana ?? null}::int, true)`)
      .where('hora_inicio', '<', h.hora_fin!)
      .where('hora_fin', '>', h.hora_inicio!)
      .where(sql<boolean>`daterange(vigente_desde, vigente_hasta, '[]') && daterange(${h.vigente_desde}::date, ${h.vigente_hasta ?? null}::date, '[]')`)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (other) throw new Problem('horario_solapado', { errores: [overlaps(campo, `id ${other.id}`, other)] });
  }
}
