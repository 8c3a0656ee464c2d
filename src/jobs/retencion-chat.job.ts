import { Injectable } from '@nestjs/common';
import { ConversacionesService } from '../chat/conversaciones.service.js';
import type { Lote, Tarea } from './tarea.js';

/** Conversations are in a database of their own, so the transactions are too. */
@Injectable()
export class RetencionChat implements Tarea {
  readonly nombre = 'retencion_chat';
  readonly descripcion = 'Borra las conversaciones más antiguas que lo que guarda cada organización.';
  readonly cada = 1440;
  readonly desfase = 280;
  readonly transaccionesPropias = true;

  constructor(private readonly conversaciones: ConversacionesService) {}

  async lote(organizacion_id: number): Promise<Lote> {
    const { mensajes, mas } = await this.conversaciones.retain(organizacion_id);
    return { cuentas: { mensajes }, mas };
  }
}
