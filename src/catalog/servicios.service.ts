import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { fieldProblem, Problem } from '../http/problems.js';
import type { FiltroPlantillas, Plantilla } from './plantillas.dto.js';
import type { CambiarServicio, CrearServicio, FiltroServicios, Importacion, ImportarServicios, ListaServicios, Servicio } from './servicios.dto.js';

const COLUMNS = [
  'id', 'plantilla_servicio_id', 'nombre', 'descripcion', 'categoria', 'subcategoria', 'precio', 'moneda', 'duracion_minutos', 'buffer_antes_minutos',
  'buffer_despues_minutos', 'paso_minutos', 'antelacion_minima_minutos', 'horizonte_dias', 'tipos_profesional_autorizados', 'requiere_confirmacion',
  'reservable_en_linea', 'color', 'etiquetas', 'orden', 'activo', 'creado_en', 'actualizado_en',
] as const;

@Injectable()
export class ServiciosService {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor, activo }: FiltroServicios): Promise<ListaServicios> {
    const after = readIdCursor<[number, number]>(cursor, 2);
    const rows = await this.db.sql
      .selectFrom('servicios')
      .select(COLUMNS)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(activo !== undefined, (q) => q.where('activo', '=', activo!))
      .$if(after !== undefined, (q) => q.where((e) => e(e.refTuple('orden', 'id'), '>', e.tuple(...after!))))
      .orderBy('orden')
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.orden, row.id]);
  }

  async get(id: number): Promise<Servicio> {
    const row = await this.db.sql
      .selectFrom('servicios')
      .select(COLUMNS)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  create(body: CrearServicio): Promise<Servicio> {
    // moneda is the organisation's; the trigger puts it.
    return this.db.sql.insertInto('servicios').values({ ...body, moneda: '' }).returning(COLUMNS).executeTakeFirstOrThrow();
  }

  async update(id: number, body: CambiarServicio): Promise<Servicio> {
    if (Object.keys(body).length === 0) return this.get(id);
    const row = await this.db.sql
      .updateTable('servicios')
      .set(body)
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async templates({ tipo_industria }: FiltroPlantillas): Promise<Plantilla[]> {
    const { rows } = await sql<Plantilla>`
      select p.id, p.tipo_industria, p.nombre, p.descripcion, p.categoria, p.subcategoria,
        app.precio_local(p.precio_sugerido, o.moneda)::numeric(12,2) as precio_sugerido, o.moneda, p.duracion_minutos, p.tipos_profesional_autorizados,
        exists (select from servicios s where s.organizacion_id = ${this.db.organizacion_id} and s.plantilla_servicio_id = p.id) as importada
      from organizaciones o
      join plantillas_servicios p on p.activo and p.tipo_industria = coalesce(${tipo_industria ?? null}::industria_tipo, o.tipo_industria)
      where o.id = ${this.db.organizacion_id}
      order by p.orden, p.id`.execute(this.db.sql);
    return rows;
  }

  /** Templates become services at the price level of the organisation's currency. Repeating it imports nothing twice. */
  async importTemplates({ plantilla_ids, tipo_industria }: ImportarServicios): Promise<Importacion> {
    const { organizacion_id } = this.db;
    const ids = plantilla_ids && [...new Set(plantilla_ids)];
    const { rows: chosen } = await sql<{ id: number }>`
      select p.id from plantillas_servicios p
      where p.activo and ${
        ids
          ? sql`p.id = any (${ids}::bigint[])`
          : sql`p.tipo_industria = coalesce(${tipo_industria ?? null}::industria_tipo, (select o.tipo_industria from organizaciones o where o.id = ${organizacion_id}))`
      }`.execute(this.db.sql);
    if (ids && chosen.length < ids.length) throw fieldProblem('plantilla_ids', 'existente');
    // Prices are of a currency, which stays until they are stored.
    await sql`select from organizaciones where id = ${organizacion_id} for key share`.execute(this.db.sql);
    const { rows } = await sql`
      insert into servicios (organizacion_id, plantilla_servicio_id, nombre, descripcion, categoria, subcategoria, precio, moneda, duracion_minutos,
        buffer_antes_minutos, buffer_despues_minutos, tipos_profesional_autorizados, etiquetas, requiere_confirmacion, orden)
      select o.id, p.id, p.nombre, p.descripcion, p.categoria, p.subcategoria, app.precio_local(p.precio_sugerido, o.moneda), o.moneda, p.duracion_minutos,
        p.buffer_antes_minutos, p.buffer_despues_minutos, p.tipos_profesional_autorizados, p.etiquetas, p.requiere_confirmacion, p.orden
      from plantillas_servicios p, organizaciones o
      where o.id = ${organizacion_id} and p.id = any (${chosen.map((p) => p.id)}::bigint[])
      on conflict do nothing
      returning id`.execute(this.db.sql);
    return { importados: rows.length, omitidos: chosen.length - rows.length };
  }
}
