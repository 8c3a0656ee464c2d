import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { checkOrder, pageOf, readIdCursor } from '../http/page.js';
import { fieldProblem } from '../http/problems.js';
import type { Auditado, FiltroAuditoria, ListaAuditoria } from './auditoria.dto.js';

/** Triggers write it (app.auditar); here it is only read. */
@Injectable()
export class AuditoriaService {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor, tabla, registro_id, usuario_id, accion, desde, hasta }: FiltroAuditoria): Promise<ListaAuditoria> {
    if (registro_id !== undefined && tabla === undefined) throw fieldProblem('tabla', 'requerido');
    checkOrder({ desde, hasta });
    const before = readIdCursor<[number]>(cursor, 1);
    // Of a time, by time: ids follow it, but to find a day of last year by them all that came after it would be read.
    const byTime = desde !== undefined || hasta !== undefined;
    const rows = await this.db.sql
      .selectFrom('auditoria as a')
      .leftJoin('usuarios as u', (join) => join.onRef('u.organizacion_id', '=', 'a.organizacion_id').onRef('u.id', '=', 'a.usuario_id'))
      .select(['a.id', 'a.ocurrido_en', 'a.accion', 'a.tabla', 'a.registro_id', 'a.cambios', 'a.ruta', 'a.usuario_id', 'a.rol', 'a.solicitud'])
      .select(['u.nombre as usuario_nombre', sql<string | null>`host(a.ip)`.as('ip')])
      .where('a.organizacion_id', '=', this.db.organizacion_id)
      .$if(tabla !== undefined, (q) => q.where('a.tabla', '=', tabla!))
      .$if(registro_id !== undefined, (q) => q.where('a.registro_id', '=', registro_id!))
      .$if(usuario_id !== undefined, (q) => q.where('a.usuario_id', '=', usuario_id!))
      // A literal, so that the partial index of the rare ones applies whatever the plan.
      .$if(accion !== undefined, (q) => q.where('a.accion', '=', sql.lit(accion!)))
      .$if(desde !== undefined, (q) => q.where('a.ocurrido_en', '>=', new Date(desde!)))
      .$if(hasta !== undefined, (q) => q.where('a.ocurrido_en', '<', new Date(hasta!)))
      .$if(before !== undefined && !byTime, (q) => q.where('a.id', '<', before![0]))
      .$if(before !== undefined && byTime, (q) => q.where(sql<boolean>`(a.ocurrido_en, a.id) < ((
        select x.ocurrido_en from auditoria x where x.organizacion_id = ${this.db.organizacion_id} and x.id = ${before![0]}), ${before![0]}::bigint)`))
      .$if(byTime, (q) => q.orderBy('a.ocurrido_en', 'desc'))
      .orderBy('a.id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows as Auditado[], limite, (row) => [row.id]);
  }
}
