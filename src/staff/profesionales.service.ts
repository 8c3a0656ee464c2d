import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { renamed } from '../database/sql-error.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { localPhone } from '../http/phone.js';
import { fieldProblem, inactive, Problem } from '../http/problems.js';
import type { CambiarProfesional, CrearProfesional, FiltroProfesionales, ListaProfesionales, Profesional } from './profesionales.dto.js';

/** What colleagues need not know of each other: who manages sees it, and who it is about. */
const reserved = <T extends string>(columna: T) =>
  sql<string | null>`case when app.rol_actual() <> 'empleado' or usuario_id = app.usuario_actual() then ${sql.ref(columna)} end`.as(columna);

const servicioIds = (organizacion_id: number) => sql<number[]>`to_json(array(
  select sp.servicio_id from servicios_profesionales sp
  where sp.organizacion_id = ${organizacion_id} and sp.profesional_id = profesionales.id and sp.activo
  order by sp.servicio_id))`.as('servicio_ids');

const shown = (organizacion_id: number) => [
  'id', 'usuario_id', 'nombre_completo', 'tipo_profesional', 'especialidades', 'email', 'telefono', 'fecha_ingreso', 'biografia',
  'foto_url', 'color_calendario', 'reservable_en_linea', 'orden', 'generado_hasta', 'activo', 'creado_en', 'actualizado_en',
  reserved('documento_identidad'), reserved('comision_porcentaje'), servicioIds(organizacion_id),
] as const;

@Injectable()
export class ProfesionalesService {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor, activo, servicio_id }: FiltroProfesionales): Promise<ListaProfesionales> {
    const after = readIdCursor<[number, number]>(cursor, 2);
    const rows = await this.db.sql
      .selectFrom('profesionales')
      .select(shown(this.db.organizacion_id))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(activo !== undefined, (q) => q.where('activo', '=', activo!))
      .$if(servicio_id !== undefined, (q) =>
        q.where((e) =>
          e.exists(
            e
              .selectFrom('servicios_profesionales as sp')
              .where('sp.organizacion_id', '=', this.db.organizacion_id)
              .whereRef('sp.profesional_id', '=', 'profesionales.id')
              .where('sp.servicio_id', '=', servicio_id!)
              .where('sp.activo', '=', true),
          ),
        ),
      )
      .$if(after !== undefined, (q) => q.where((e) => e(e.refTuple('orden', 'id'), '>', e.tuple(...after!))))
      .orderBy('orden')
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.orden, row.id]);
  }

  async get(id: number): Promise<Profesional> {
    const row = await this.db.sql
      .selectFrom('profesionales')
      .select(shown(this.db.organizacion_id))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async create({ servicio_ids, horario_inicial = true, ...body }: CrearProfesional): Promise<Profesional> {
    const { organizacion_id } = this.db;
    if (servicio_ids) await this.#checkServices(servicio_ids);
    const values = await localPhone(this.db, body);
    const { id } = await this.db.sql.insertInto('profesionales').values(values).returning('id').executeTakeFirstOrThrow();
    await sql`
      insert into servicios_profesionales (organizacion_id, servicio_id, profesional_id)
      select s.organizacion_id, s.id, ${id}
      from servicios s
      where s.organizacion_id = ${organizacion_id} and s.activo and ${
        servicio_ids
          ? sql`s.id = any (${servicio_ids}::bigint[])`
          : sql`(s.tipos_profesional_autorizados is null or ${body.tipo_profesional} = any (s.tipos_profesional_autorizados))`
      }`.execute(this.db.sql).catch(renamed('servicio_id', 'servicio_ids'));
    if (horario_inicial) await sql`select app.horario_inicial(${organizacion_id}, ${id})`.execute(this.db.sql);
    return this.get(id);
  }

  async update(id: number, body: CambiarProfesional): Promise<Profesional> {
    if (Object.keys(body).length === 0) return this.get(id);
    const row = await this.db.sql
      .updateTable('profesionales')
      .set(await localPhone(this.db, body))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .returning(shown(this.db.organizacion_id))
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  /** Every service exists and is active; that it admits their type the database says, whatever changes meanwhile. */
  async #checkServices(ids: number[]) {
    const { rows } = await sql<{ activo: boolean }>`
      select s.activo from servicios s
      where s.organizacion_id = ${this.db.organizacion_id} and s.id = any (${ids}::bigint[])`.execute(this.db.sql);
    if (rows.length < new Set(ids).size) throw fieldProblem('servicio_ids', 'existente');
    if (rows.some((s) => !s.activo)) throw inactive('servicio_ids');
  }
}
