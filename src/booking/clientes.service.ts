import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { localPhone } from '../http/phone.js';
import { fieldProblem, Problem } from '../http/problems.js';
import type { CambiarCliente, CambiarMiFicha, ClienteConTotales, CrearCliente, FiltroClientes, ListaClientes, MiFicha } from './clientes.dto.js';

const OWN_COLUMNS = [
  'c.id', 'c.nombre', 'c.email', 'c.telefono', 'c.fecha_nacimiento', 'c.profesional_preferido_id', 'c.alergias', 'c.direccion', 'c.acepta_mensajes',
  'c.creado_en', 'c.actualizado_en',
] as const;

const COLUMNS = [...OWN_COLUMNS, 'c.usuario_id', 'c.notas', 'c.como_conocio', 'c.activo'] as const;

/** The zero, or two before a prefix, that people say before a number and that E.164 does not keep. Without it the word finds no less. */
const TRUNK = /(^|\s)\(?0(?:0(?=[1-9]\d{5}))?(?=[1-9])/g;

@Injectable()
export class ClientesService {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor, activo, q }: FiltroClientes): Promise<ListaClientes> {
    const after = await this.#after(cursor);
    const rows = await this.db.sql
      .selectFrom('clientes as c')
      .select(COLUMNS)
      .where('c.organizacion_id', '=', this.db.organizacion_id)
      // A literal, so that the partial index of the few that are not applies whatever the plan.
      .where('c.activo', '=', sql.lit(activo))
      .$if(q === undefined && after !== undefined, (page) =>
        page.where((e) => e(e.refTuple('c.busqueda', 'c.id'), '>', e.tuple(after!.busqueda, after!.id))),
      )
      // An array and not a join: the ids of one page, however many clients there are.
      .$if(q !== undefined, (page) =>
        page.where(sql<boolean>`c.id = any (array(
          select b.id from app.buscar_clientes(${q!.replace(TRUNK, '$1')}, ${activo}, ${after?.busqueda ?? null}, ${after?.id ?? null}, ${limite + 1}) b))`),
      )
      .orderBy('c.busqueda')
      .orderBy('c.id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  async get(id: number): Promise<ClienteConTotales> {
    const row = await this.db.sql
      .selectFrom('clientes as c')
      .innerJoin('organizaciones as o', 'o.id', 'c.organizacion_id')
      .innerJoinLateral(
        sql<Pick<ClienteConTotales, 'citas_completadas' | 'citas_canceladas' | 'no_shows' | 'ultima_cita_en' | 'proxima_cita_en' | 'total_gastado'>>`(
          select count(*) filter (where x.estado = 'completada') as citas_completadas,
            count(*) filter (where x.estado = 'cancelada') as citas_canceladas,
            count(*) filter (where x.estado = 'no_asistio') as no_shows,
            max(x.inicia_en) filter (where x.estado = 'completada') as ultima_cita_en,
            min(x.inicia_en) filter (where x.estado in ('pendiente', 'confirmada') and x.inicia_en >= app.ahora()) as proxima_cita_en,
            coalesce(sum(x.precio_final) filter (where x.estado = 'completada'), 0)::numeric(14,2) as total_gastado
          from citas x
          where x.organizacion_id = ${this.db.organizacion_id} and x.cliente_id = c.id)`.as('t'),
        (join) => join.onTrue(),
      )
      .select([
        ...COLUMNS, 't.citas_completadas', 't.citas_canceladas', 't.no_shows', 't.ultima_cita_en', 't.proxima_cita_en', 't.total_gastado', 'o.moneda',
      ])
      .where('c.organizacion_id', '=', this.db.organizacion_id)
      .where('c.id', '=', id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async create(body: CrearCliente): Promise<ClienteConTotales> {
    const { id } = await this.db.sql.insertInto('clientes').values(await this.#checked(body)).returning('id').executeTakeFirstOrThrow();
    return this.get(id);
  }

  async update(id: number, body: CambiarCliente): Promise<ClienteConTotales> {
    if (Object.keys(body).length > 0) {
      await this.db.sql
        .updateTable('clientes')
        .set(await this.#checked(body))
        .where('organizacion_id', '=', this.db.organizacion_id)
        .where('id', '=', id)
        .execute();
    }
    return this.get(id);
  }

  async me(): Promise<MiFicha> {
    const row = await this.db.sql
      .selectFrom('clientes as c')
      .select(OWN_COLUMNS)
      .where('c.organizacion_id', '=', this.db.organizacion_id)
      .where('c.usuario_id', '=', this.db.session.usuario_id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async updateMe(body: CambiarMiFicha): Promise<MiFicha> {
    const { id } = await this.me();
    await this.update(id, body);
    return this.me();
  }

  /** The last row of the page before. Its id alone is the cursor: what it sorts by holds a name, an e-mail and a phone. */
  async #after(cursor: string | undefined) {
    const key = readIdCursor<[number]>(cursor, 1);
    if (!key) return undefined;
    const row = await this.db.sql
      .selectFrom('clientes')
      .select(['id', 'busqueda'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', key[0])
      .executeTakeFirst();
    if (!row) throw new Problem('cursor_invalido');
    return row;
  }

  async #checked<T extends CambiarCliente>(body: T): Promise<T> {
    // Tomorrow in UTC is after today in every zone.
    const tomorrow = new Date(Date.parse(this.db.session.ahora ?? new Date().toISOString()) + 86_400_000).toISOString().slice(0, 10);
    if (body.fecha_nacimiento && body.fecha_nacimiento > tomorrow) throw fieldProblem('fecha_nacimiento', 'fecha_pasada');
    return localPhone(this.db, body);
  }
}
