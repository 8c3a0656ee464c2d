import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { Db } from '../database/db.service.js';
import { NOBODY, type Session } from '../database/session.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import { fieldProblem, Problem } from '../http/problems.js';
import { ChatDb } from './chat-db.service.js';
import type { Conversacion, CrearMensaje, FiltroConversaciones, ListaConversaciones, ListaMensajes, Mensaje } from './conversaciones.dto.js';

const BATCH = 5_000;
const COLUMNS = ['id', 'rol', sql<string>`app.contenido_de(message)`.as('contenido'), 'canal', 'usuario_id', 'externo_id', 'creado_en'] as const;

/** What LangChain stores, so what n8n's Postgres Chat Memory reads. To it, a person of the business speaks as the agent. */
function langChain({ rol, contenido }: CrearMensaje) {
  const message = { content: contenido, additional_kwargs: {}, response_metadata: {} };
  return rol === 'cliente' ? { type: 'human', ...message } : { type: 'ai', ...message, tool_calls: [], invalid_tool_calls: [] };
}

@Injectable()
export class ConversacionesService {
  constructor(
    private readonly db: Db,
    private readonly chat: ChatDb,
  ) {}

  async list(caller: Session, { limite, cursor, canal }: FiltroConversaciones): Promise<ListaConversaciones> {
    const before = readIdCursor<[number]>(cursor, 1);
    const organizacion_id = await this.#organizationOf(caller);
    const find = () => this.chat.sql
      .selectFrom('chat.conversaciones as c')
      // None when n8n cleared it.
      .innerJoinLateral(
        (e) => e.selectFrom('chat.n8n_chat_histories as h')
          .select(['h.rol as ultimo_rol', sql<string>`left(app.contenido_de(h.message), 200)`.as('ultimo_contenido')])
          .where('h.organizacion_id', '=', organizacion_id)
          .whereRef('h.session_id', '=', 'c.session_id')
          .orderBy('h.id', 'desc')
          .limit(1)
          .as('h'),
        (join) => join.onTrue(),
      )
      .select(['c.session_id as sesion', 'c.canal', 'h.ultimo_rol', 'h.ultimo_contenido', 'c.ultimo_mensaje_en', 'c.ultimo_mensaje_id'])
      .where('c.organizacion_id', '=', organizacion_id)
      .$if(canal !== undefined, (q) => q.where('c.canal', '=', canal!))
      .$if(before !== undefined, (q) => q.where('c.ultimo_mensaje_id', '<', before![0]))
      .orderBy('c.ultimo_mensaje_id', 'desc')
      .limit(limite + 1)
      .execute();
    const page = pageOf(await this.chat.run(organizacion_id, find, true), limite, (row) => [row.ultimo_mensaje_id]);
    return { ...page, elementos: page.elementos.map(({ ultimo_mensaje_id: _, ...row }): Conversacion => row) };
  }

  async messages(caller: Session, sesion: string, { limite, cursor }: Page): Promise<ListaMensajes> {
    const before = readIdCursor<[number]>(cursor, 1);
    const organizacion_id = await this.#organizationOf(caller, sesion);
    const find = () => this.chat.sql
      .selectFrom('chat.n8n_chat_histories')
      .select(COLUMNS)
      .where('organizacion_id', '=', organizacion_id)
      .where('session_id', '=', sesion)
      .$if(before !== undefined, (q) => q.where('id', '<', before![0]))
      .orderBy('id', 'desc')
      .limit(limite + 1)
      .execute();
    const rows = await this.chat.run(organizacion_id, find, true);
    // Of a conversation whose older messages were deleted while somebody scrolled, the next page is empty.
    if (rows.length === 0 && before === undefined) throw new Problem('no_encontrado');
    return pageOf(rows, limite, (row) => [row.id]);
  }

  async append(caller: Session, sesion: string, body: CrearMensaje): Promise<Mensaje> {
    return this.add(await this.#organizationOf(caller, sesion), sesion, body, caller.usuario_id);
  }

  /** For the server itself too, such as what arrives by WhatsApp. Call it outside a transaction. The same externo_id again is the same message. */
  async add(organizacion_id: number, sesion: string, body: CrearMensaje, usuario_id: number | null = null): Promise<Mensaje> {
    const { rol, canal, externo_id = null } = body;
    const values = { session_id: sesion, message: JSON.stringify(langChain(body)), rol, canal, usuario_id, externo_id };
    return this.chat.run(organizacion_id, async () => {
      const added = await this.chat.sql
        .insertInto('chat.n8n_chat_histories')
        .values(values)
        .onConflict((c) => c.columns(['session_id', 'externo_id']).where('externo_id', 'is not', null).doNothing())
        .returning(COLUMNS)
        .executeTakeFirst();
      if (added) return added;
      return this.chat.sql
        .selectFrom('chat.n8n_chat_histories')
        .select(COLUMNS)
        .where('organizacion_id', '=', organizacion_id)
        .where('session_id', '=', sesion)
        .where('externo_id', '=', externo_id)
        .executeTakeFirstOrThrow();
    });
  }

  /** Written down first: if the other database then fails, the audit tells of an erasure to repeat, never the other way round. */
  async erase(caller: Session, id: number): Promise<void> {
    if (!this.chat.configured) throw new Problem('conversaciones_no_disponibles');
    const { organizacion_id, telefono } = await this.db.run(caller, async () => {
      const cliente = await this.db.sql
        .selectFrom('clientes')
        .select(['organizacion_id', 'telefono'])
        .where('organizacion_id', '=', this.db.organizacion_id)
        .where('id', '=', id)
        .executeTakeFirst();
      if (!cliente) throw new Problem('no_encontrado');
      await sql`select app.auditar_borrado_conversaciones(${id})`.execute(this.db.sql);
      return cliente;
    });
    const owned = [`${organizacion_id}:c:${id}`, ...(telefono ? [`${organizacion_id}:wa:${telefono}`] : [])];
    await this.chat.run(organizacion_id, () => sql`
      with borradas as (
        delete from chat.conversaciones
        where organizacion_id = ${organizacion_id} and (session_id = any (${owned}) or session_id ^@ ${`${organizacion_id}:c:${id}:`})
        returning session_id)
      delete from chat.n8n_chat_histories h using borradas b
      where h.organizacion_id = ${organizacion_id} and h.session_id = b.session_id`.execute(this.chat.sql));
  }

  /** Deletes of what is older than the organisation keeps as much as one transaction should. Call it outside one. */
  async retain(organizacion_id: number): Promise<{ mensajes: number; mas: boolean }> {
    const find = () => this.db.sql.selectFrom('organizaciones').select('retencion_chat_dias').where('id', '=', organizacion_id).executeTakeFirst();
    const dias = (await this.db.run({ ...NOBODY, organizacion_id, readOnly: true }, find))?.retencion_chat_dias;
    if (!dias || !this.chat.configured) return { mensajes: 0, mas: false };
    const old = sql<SqlBool>`creado_en < now() - make_interval(days => ${dias})`;
    const mensajes = await this.chat.run(organizacion_id, async () => {
      const ids = this.chat.sql.selectFrom('chat.n8n_chat_histories').select('id').where('organizacion_id', '=', organizacion_id).where(old).limit(BATCH);
      const those = this.chat.sql.deleteFrom('chat.n8n_chat_histories').where('organizacion_id', '=', organizacion_id).where('id', 'in', ids);
      const { numDeletedRows } = await those.executeTakeFirst();
      return Number(numDeletedRows);
    });
    if (mensajes === BATCH) return { mensajes, mas: true };
    await this.chat.run(organizacion_id, () => sql`
      delete from chat.conversaciones c
      where organizacion_id = ${organizacion_id} and ultimo_mensaje_en < now() - make_interval(days => ${dias})
        and not exists (select from chat.n8n_chat_histories h where h.organizacion_id = ${organizacion_id} and h.session_id = c.session_id)`.execute(this.chat.sql));
    return { mensajes, mas: false };
  }

  /** The organisation of the caller, whom the main database has checked; a session of another one does not exist. */
  async #organizationOf(caller: Session, sesion?: string): Promise<number> {
    if (!this.chat.configured) throw new Problem('conversaciones_no_disponibles');
    const organizacion_id = await this.db.run({ ...caller, readOnly: true }, async () => {
      await sql`select app.exigir_funcion('chat')`.execute(this.db.sql);
      return this.db.organizacion_id;
    });
    if (sesion === undefined) return organizacion_id;
    const [, owner] = /^([1-9]\d{0,14}):[A-Za-z0-9_.:+@-]{1,150}$/.exec(sesion) ?? [];
    if (!owner) throw fieldProblem('sesion', `formato|${organizacion_id}:wa:+573001234567`);
    if (Number(owner) !== organizacion_id) throw new Problem('no_encontrado');
    return organizacion_id;
  }
}
