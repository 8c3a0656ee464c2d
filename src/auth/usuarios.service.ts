import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { localPhone, phone } from '../http/phone.js';
import { fieldProblem, Problem } from '../http/problems.js';
import { hashPassword, refuseCommon } from './passwords.js';
import { TokensService } from './tokens.service.js';
import type { CambiarUsuario, CrearUsuario, FiltroUsuarios, ListaUsuarios, Usuario } from './usuarios.dto.js';

const COLUMNS = ['id', 'email', 'nombre', 'telefono', 'rol', 'email_verificado', 'ultimo_acceso', 'activo', 'creado_en', 'actualizado_en'] as const;

const shown = (organizacion_id: number) => [
  ...COLUMNS,
  sql<number | null>`(select p.id from profesionales p where p.organizacion_id = ${organizacion_id} and p.usuario_id = usuarios.id)`.as('profesional_id'),
] as const;

/** The users of an organisation. Who may change whom is the database's to say (app.usuarios_guardia), whoever writes. */
@Injectable()
export class UsuariosService {
  constructor(
    private readonly db: Db,
    private readonly tokens: TokensService,
  ) {}

  async list({ limite, cursor, rol, activo }: FiltroUsuarios): Promise<ListaUsuarios> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.db.sql
      .selectFrom('usuarios')
      .select(shown(this.db.organizacion_id))
      .where('organizacion_id', '=', this.db.organizacion_id)
      // Literals, so that the partial index of those who are no active clients applies whatever the plan.
      .where('es_clave_api', '=', sql.lit(false))
      .$if(rol !== undefined, (q) => q.where('rol', '=', sql.lit(rol!)))
      .$if(activo !== undefined, (q) => q.where('activo', '=', sql.lit(activo!)))
      .$if(after !== undefined, (q) => q.where('id', '>', after![0]))
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  async get(id: number): Promise<Usuario> {
    const row = await this.db.sql
      .selectFrom('usuarios')
      .select(shown(this.db.organizacion_id))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('es_clave_api', '=', false)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async create(session: Session, { password, ...body }: CrearUsuario): Promise<Usuario> {
    const { pais, nombre_comercial, codigo_tenant } = await this.db.run(session, () => this.#organization());
    refuseCommon('password', password, body.email, [nombre_comercial, codigo_tenant]);
    const telefono = phone(body.telefono, pais, 'telefono');
    const password_hash = await hashPassword(password);
    return this.db.run(session, async () => {
      const { id } = await this.db.sql.insertInto('usuarios').values({ ...body, telefono, password_hash }).returning('id').executeTakeFirstOrThrow();
      const user = await this.get(id);
      await this.#ficha(user);
      return user;
    });
  }

  async update(id: number, body: CambiarUsuario): Promise<Usuario> {
    if (Object.keys(body).length === 0) return this.get(id);
    // Who has no e-mail is a client who signs in by phone; the table says so too, and not which of the two was asked for.
    const problem = body.telefono === null ? fieldProblem('telefono', 'requerido') : body.rol && body.rol !== 'cliente' ? fieldProblem('rol', 'valores|cliente') : undefined;
    if (problem && (await this.get(id)).email === null) throw problem;
    const user = await this.db.sql
      .updateTable('usuarios')
      .set(await localPhone(this.db, body))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('es_clave_api', '=', false)
      .where('id', '=', id)
      .returning(shown(this.db.organizacion_id))
      .executeTakeFirst();
    if (!user) throw new Problem('no_encontrado');
    if (!user.activo) await this.tokens.revokeAll(id);
    await this.#ficha(user);
    return user;
  }

  /** A cliente books for their own ficha, so that without one the role would be of no use. */
  async #ficha({ id, rol, nombre, email, telefono }: Usuario): Promise<void> {
    if (rol !== 'cliente') return;
    await this.db.sql
      .insertInto('clientes')
      .values({ usuario_id: id, nombre, email, telefono })
      .onConflict((conflict) => conflict.constraint('clientes_usuario_unico').doNothing())
      .execute();
  }

  #organization() {
    return this.db.sql
      .selectFrom('organizaciones')
      .select(['pais', 'nombre_comercial', 'codigo_tenant'])
      .where('id', '=', this.db.organizacion_id)
      .executeTakeFirstOrThrow();
  }
}
