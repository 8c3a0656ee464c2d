import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import type { FiltroProfesionalesPublicos, ListaProfesionalesPublicos, ListaServiciosPublicos, Negocio } from './public.dto.js';

/** What a business shows to anybody: columns are named one by one, so that a new one stays private. */
@Injectable()
export class PublicService {
  constructor(private readonly db: Db) {}

  profile(): Promise<Negocio> {
    return this.db.sql
      .selectFrom('organizaciones')
      .select([
        'codigo_tenant', 'nombre_comercial', 'tipo_industria', 'descripcion', 'telefono', 'sitio_web', 'logo_url', 'direccion', 'ciudad', 'pais',
        'zona_horaria', 'moneda', 'idioma', 'antelacion_cancelacion_minutos',
      ])
      .where('id', '=', this.db.organizacion_id)
      .executeTakeFirstOrThrow();
  }

  async services({ limite, cursor }: Page): Promise<ListaServiciosPublicos> {
    const after = readIdCursor<[number, number]>(cursor, 2);
    const rows = await this.db.sql
      .selectFrom('servicios')
      .select(['id', 'nombre', 'descripcion', 'categoria', 'subcategoria', 'precio', 'moneda', 'duracion_minutos', 'orden'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('activo', '=', true)
      .where('reservable_en_linea', '=', true)
      .$if(after !== undefined, (q) => q.where((e) => e(e.refTuple('orden', 'id'), '>', e.tuple(...after!))))
      .orderBy('orden')
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.orden, row.id]);
  }

  async professionals({ limite, cursor, servicio_id }: FiltroProfesionalesPublicos): Promise<ListaProfesionalesPublicos> {
    const { organizacion_id } = this.db;
    const after = readIdCursor<[number, number]>(cursor, 2);
    const rows = await this.db.sql
      .selectFrom('profesionales as p')
      .select(['p.id', 'nombre_completo', 'tipo_profesional', 'especialidades', 'biografia', 'foto_url', 'orden'])
      .select(
        sql<number[]>`to_json(array(
          select sp.servicio_id from servicios_profesionales sp
          join servicios s on s.organizacion_id = sp.organizacion_id and s.id = sp.servicio_id and s.activo and s.reservable_en_linea
          where sp.organizacion_id = ${organizacion_id} and sp.profesional_id = p.id and sp.activo
          order by sp.servicio_id))`.as('servicio_ids'),
      )
      .where('p.organizacion_id', '=', organizacion_id)
      .where('p.activo', '=', true)
      .where('p.reservable_en_linea', '=', true)
      .$if(servicio_id !== undefined, (q) =>
        q.where((e) =>
          e.exists(
            e.selectFrom('servicios_profesionales as sp')
              .innerJoin('servicios as s', (join) => join.onRef('s.organizacion_id', '=', 'sp.organizacion_id').onRef('s.id', '=', 'sp.servicio_id'))
              .whereRef('sp.profesional_id', '=', 'p.id')
              .where('sp.organizacion_id', '=', organizacion_id)
              .where('sp.servicio_id', '=', servicio_id!)
              .where('sp.activo', '=', true)
              .where('s.activo', '=', true)
              .where('s.reservable_en_linea', '=', true),
          ),
        ),
      )
      .$if(after !== undefined, (q) => q.where((e) => e(e.refTuple('p.orden', 'p.id'), '>', e.tuple(...after!))))
      .orderBy('p.orden')
      .orderBy('p.id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.orden, row.id]);
  }
}
