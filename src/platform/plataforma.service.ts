import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Invitacion } from '../auth/invitaciones.dto.js';
import { InvitacionesService } from '../auth/invitaciones.service.js';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { Problem } from '../http/problems.js';
import type { CambiarActivacion, FiltroOrganizaciones, InvitarAdmin, ListaOrganizaciones, OrganizacionResumida } from './plataforma.dto.js';

const COLUMNS = ['id', 'codigo_tenant', 'nombre_comercial', 'tipo_industria', 'plan_actual', 'pais', 'email_admin', 'activo', 'creado_en'] as const;

/** What a super_admin does across organisations, as role saas_admin. */
@Injectable()
export class PlataformaService {
  constructor(
    private readonly db: Db,
    private readonly invitaciones: InvitacionesService,
  ) {}

  /** The one list that names no tenant: it is of them. */
  async list({ limite, cursor, q, activo, plan_actual }: FiltroOrganizaciones): Promise<ListaOrganizaciones> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.db.sql
      .selectFrom('organizaciones')
      .select(COLUMNS)
      .where('es_plataforma', '=', false)
      .$if(q !== undefined, (query) => query.where(sql<boolean>`(starts_with(codigo_tenant, ${q!.toLowerCase()}) or email_admin = ${q!.toLowerCase()})`))
      .$if(activo !== undefined, (query) => query.where('activo', '=', activo!))
      .$if(plan_actual !== undefined, (query) => query.where('plan_actual', '=', plan_actual!))
      .$if(after !== undefined, (query) => query.where('id', '>', after![0]))
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  /** RolesGuard made the organisation of the path the one of the session. The platform does not close itself. */
  async activate(id: number, { activo }: CambiarActivacion): Promise<OrganizacionResumida> {
    const row = await this.db.sql
      .updateTable('organizaciones')
      .set({ activo })
      .where('id', '=', id)
      .where('es_plataforma', '=', false)
      .returning(COLUMNS)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  invite(session: Session, body: InvitarAdmin): Promise<Invitacion> {
    return this.invitaciones.create(session, { ...body, rol: 'admin', canal: 'email' });
  }
}
