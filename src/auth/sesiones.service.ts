import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { Problem } from '../http/problems.js';
import type { Sesion } from './sesiones.dto.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The open sessions of one's own account, on shared computers above all. A session is a family of refresh tokens. */
@Injectable()
export class SesionesService {
  constructor(private readonly db: Db) {}

  async list(): Promise<Sesion[]> {
    const { organizacion_id, session } = this.db;
    const { rows } = await sql<Sesion>`
      select s.familia as id, (array_agg(s.agente order by s.id desc))[1] as agente, host((array_agg(s.ip order by s.id desc))[1]) as ip,
        min(s.creado_en) as iniciada_en, max(s.creado_en) as renovada_en, max(s.expira_en) as expira_en,
        s.familia is not distinct from ${session.sesion ?? null}::uuid as actual
      from sesiones s
      where s.organizacion_id = ${organizacion_id} and s.usuario_id = ${session.usuario_id}
      group by s.familia
      having bool_and(s.revocada_en is null) and max(s.expira_en) > now()
      order by max(s.creado_en) desc
      limit 100`.execute(this.db.sql);
    return rows;
  }

  async end(id: string): Promise<void> {
    if (!UUID.test(id)) throw new Problem('no_encontrado');
    const { organizacion_id, session } = this.db;
    const { count } = await this.db.prisma((tx) => tx.sesiones.updateMany({
      where: { organizacion_id, usuario_id: session.usuario_id!, familia: id, revocada_en: null },
      data: { revocada_en: new Date() },
    }));
    if (count === 0) throw new Problem('no_encontrado');
  }
}
