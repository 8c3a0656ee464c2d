import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';

export interface CitaRespondida {
  id: number;
  cliente_id: number;
  estado: 'pendiente' | 'confirmada';
  /** A client may not cancel it any more. */
  tarde: boolean;
  /** When it was last spoken of: reminded, or else made. */
  hablada_en: Date;
}

/** What clients answer without signing in: their phone speaks for them. Call it in a transaction of the organisation, as rol cliente. */
@Injectable()
export class RespuestasService {
  constructor(private readonly db: Db) {}

  /** The cita that an answer of one of them is about: of those to come, the one reminded last, else the next within two days. Locked. */
  async citaDe(clientes: number[]): Promise<CitaRespondida | undefined> {
    const { rows } = await sql<CitaRespondida>`
      select c.id, c.cliente_id, c.estado, c.inicia_en < app.ahora() + make_interval(mins => o.antelacion_cancelacion_minutos) as tarde,
        greatest(recordada.en, c.creado_en) as hablada_en
      from citas c
      join organizaciones o on o.id = c.organizacion_id
      left join lateral (
        select max(r.enviado_en) as en from recordatorios r where r.organizacion_id = ${this.db.organizacion_id} and r.cita_id = c.id) recordada on true
      where c.organizacion_id = ${this.db.organizacion_id} and c.cliente_id = any (${clientes}::bigint[])
        and c.estado in ('pendiente', 'confirmada') and c.inicia_en > app.ahora()
        and (recordada.en is not null or c.inicia_en < app.ahora() + interval '48 hours')
      order by recordada.en desc nulls last, c.inicia_en
      limit 1
      for no key update of c`.execute(this.db.sql);
    return rows[0];
  }

  async confirmar(id: number): Promise<void> {
    await sql`update citas c set estado = 'confirmada' where c.organizacion_id = ${this.db.organizacion_id} and c.id = ${id} and c.estado = 'pendiente'`.execute(this.db.sql);
  }

  async cancelar(id: number, motivo_cancelacion: string): Promise<void> {
    await sql`
      update citas c set estado = 'cancelada', motivo_cancelacion = ${motivo_cancelacion}
      where c.organizacion_id = ${this.db.organizacion_id} and c.id = ${id} and c.estado in ('pendiente', 'confirmada')`.execute(this.db.sql);
  }

  /** The cita that one of them was asked how it was: once, by whichever way they answer first. Undefined, when it has a mark already or is none of theirs. */
  async calificar(clientes: number[], cita_id: number, calificacion: number): Promise<{ id: number; cliente_id: number } | undefined> {
    const { rows } = await sql<{ id: number; cliente_id: number }>`
      update citas c set calificacion_cliente = ${calificacion}
      where c.organizacion_id = ${this.db.organizacion_id} and c.id = ${cita_id} and c.cliente_id = any (${clientes}::bigint[])
        and c.estado = 'completada' and c.calificacion_cliente is null
      returning c.id, c.cliente_id`.execute(this.db.sql);
    return rows[0];
  }

  /** For all who share a phone: it is the phone that asks. */
  async aceptarMensajes(clientes: number[], acepta_mensajes: boolean): Promise<void> {
    await sql`
      update clientes set acepta_mensajes = ${acepta_mensajes}
      where organizacion_id = ${this.db.organizacion_id} and id = any (${clientes}::bigint[]) and acepta_mensajes <> ${acepta_mensajes}`.execute(this.db.sql);
  }
}
