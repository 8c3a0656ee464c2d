import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';

interface Titular {
  usuario_id: number;
  nombre: string;
  email: string | null;
  telefono: string | null;
}

/** A destination is an e-mail or a phone in E.164. */
export const isMail = (destino: string): boolean => destino.includes('@');

/** The ficha of a cliente's account. Who only says an e-mail gets a new one; who has proved theirs takes the one that the business made. */
@Injectable()
export class Fichas {
  constructor(private readonly db: Db) {}

  /** The oldest active ficha of a proved destination that is nobody's account yet, held until the transaction ends. */
  async unclaimed(destino: string): Promise<{ id: number; nombre: string } | undefined> {
    return this.db.sql
      .selectFrom('clientes')
      .select(['id', 'nombre'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where(isMail(destino) ? 'email' : 'telefono', '=', destino)
      .where('usuario_id', 'is', null)
      .where('activo', '=', true)
      .orderBy('creado_en')
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .executeTakeFirst();
  }

  async give(ficha: { id: number } | undefined, { usuario_id, nombre, email, telefono }: Titular): Promise<void> {
    if (!ficha) {
      await this.db.sql.insertInto('clientes').values({ usuario_id, nombre, email, telefono, como_conocio: 'web' }).execute();
      return;
    }
    await this.db.sql
      .updateTable('clientes')
      .set({ usuario_id })
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', ficha.id)
      .execute();
  }
}
