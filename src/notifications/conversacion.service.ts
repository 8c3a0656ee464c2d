import { Inject, Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { ConversacionesService } from '../chat/conversaciones.service.js';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';

interface Pendiente {
  id: number;
  clave: string;
  direccion: 'entrante' | 'saliente';
  texto: string;
  telefono: string;
}

const AT_ONCE = 50;

/**
 * Moves what was said to the conversation that people and n8n read. That is in another database, which may be gone: what could not be added is
 * added with the next message. Twice is once, by its key. Here the words go, so that whoever erases the conversation erases them.
 */
@Injectable()
export class ConversacionWhatsapp {
  readonly #log = new Logger('WhatsApp');
  /** Whether something was said since it was begun. */
  readonly #underWay = new Map<number, boolean>();

  constructor(
    private readonly db: Db,
    private readonly conversaciones: ConversacionesService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** In the background, after COMMIT; fails nothing. */
  alDia(organizacion_id: number): void {
    const busy = this.#underWay.has(organizacion_id);
    this.#underWay.set(organizacion_id, busy);
    if (busy) return;
    void this.#add(organizacion_id)
      .catch((error: Error) => this.#log.warn(`What was said is not in its conversation yet: ${error.message}`))
      .finally(() => {
        const again = this.#underWay.get(organizacion_id);
        this.#underWay.delete(organizacion_id);
        if (again) this.alDia(organizacion_id);
      });
  }

  async #add(organizacion_id: number): Promise<void> {
    const session = { ...NOBODY, organizacion_id };
    // What has no conversation to go to: without a phone, sent by others, or on a server that keeps none.
    await this.db.run(session, () =>
      sql`
        update mensajes_whatsapp set texto = '', conversado_en = now()
        where organizacion_id = ${organizacion_id} and conversado_en is null and creado_en < now() - interval '7 days'`.execute(this.db.sql),
    );
    while (this.config.chatDatabaseUrl) {
      const { rows } = await this.db.run(session, () => this.#pending(organizacion_id).execute(this.db.sql));
      for (const { id, clave, direccion, texto, telefono } of rows) {
        const sesion = `${organizacion_id}:wa:${telefono}`;
        await this.conversaciones.add(organizacion_id, sesion, { rol: direccion === 'entrante' ? 'cliente' : 'agente', contenido: texto, canal: 'whatsapp', externo_id: clave });
        const noted = sql`update mensajes_whatsapp set texto = '', conversado_en = now() where organizacion_id = ${organizacion_id} and id = ${id}`;
        await this.db.run(session, () => noted.execute(this.db.sql));
      }
      if (rows.length < AT_ONCE) return;
    }
  }

  /** What clients wrote and what we sent; what others sent through the same number, they tell the conversation themselves. */
  #pending(organizacion_id: number) {
    return sql<Pendiente>`
      select m.id, m.clave, m.direccion, m.texto, coalesce(c.telefono, m.telefono) as telefono
      from mensajes_whatsapp m left join clientes c on c.organizacion_id = m.organizacion_id and c.id = m.cliente_id
      where m.organizacion_id = ${organizacion_id} and m.conversado_en is null and m.telefono is not null and m.texto <> ''
        and (m.direccion = 'entrante' or m.entrega_id is not null)
      order by m.id limit ${AT_ONCE}`;
  }
}
