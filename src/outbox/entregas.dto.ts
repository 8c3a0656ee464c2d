import { Id, Instante, Int, Nested, OneOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';
import { ESTADOS_ENTREGA, type EstadoEntrega } from './webhooks.dto.js';
import type { NombreCanal } from './canal.js';

const CANALES = ['n8n', 'webhook', 'whatsapp', 'correo'] as const;

export class FiltroEntregas extends Page {
  @OneOf(ESTADOS_ENTREGA, { description: 'Solo las de este estado.', optional: true, query: true, example: 'fallida' })
  estado?: EstadoEntrega;

  @OneOf(CANALES, { description: 'Solo las de este canal.', optional: true, query: true, example: 'webhook' })
  canal?: NombreCanal;

  @Id({ description: 'Solo las de este destino.', optional: true, query: true })
  destino_id?: number;

  @Text({ description: 'Solo las de este evento.', max: 50, pattern: /^[a-z]+(-[a-z]+)*$/, form: 'cita-creada', optional: true, example: 'cita-creada' })
  evento?: string;

  @Instante({ description: 'Creadas desde este instante.', optional: true })
  desde?: string;

  @Instante({ description: 'Creadas hasta antes de este instante.', optional: true })
  hasta?: string;
}

export class Entregada {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'El `webhook-id`: el mismo en cada intento y para cada destino.', max: 36, example: '0b0e7c9e-6d6c-4a2e-9a75-0a3f5f0c7e11' })
  webhook_id: string;

  @Text({ description: 'Qué pasó.', max: 50, example: 'cita-creada' })
  evento: string;

  @OneOf(CANALES, { description: 'Por dónde sale.', example: 'webhook' })
  canal: NombreCanal;

  @Id({ description: 'Destino, si es propio.', nullable: true })
  destino_id: number | null;

  @OneOf(ESTADOS_ENTREGA, { description: '`pendiente`: se intentará; `fallida`: tres días sin éxito; `cancelada`: ya no había a quién.', example: 'entregada' })
  estado: EstadoEntrega;

  @Int({ description: 'Intentos, desde que se creó o se reenvió.', min: 0, max: 2_147_483_647, example: 1 })
  intentos: number;

  @Instante({ description: 'Próximo intento, si está pendiente.', nullable: true, example: null })
  proximo_intento_en: Date | null;

  @Instante({ description: 'Último intento.', nullable: true })
  ultimo_intento_en: Date | null;

  @Int({ description: 'Estado HTTP del último intento.', min: 100, max: 999, nullable: true, example: 200 })
  ultimo_estado_http: number | null;

  @Text({ description: 'Por qué falló el último intento.', max: 200, nullable: true, example: null })
  ultimo_error: string | null;

  @Int({ description: 'Milisegundos del último intento.', min: 0, max: 2_147_483_647, nullable: true, example: 84 })
  duracion_ms: number | null;

  @Instante({ description: 'Cuándo se entregó.', nullable: true })
  entregada_en: Date | null;

  @Instante({ description: 'Cuándo se creó.' })
  creado_en: Date;
}

export class DetalleEntrega extends Entregada {
  @Text({ description: 'El cuerpo que se envía, tal cual.', max: 100_000, example: '{"id":"0b0e7c9e-6d6c-4a2e-9a75-0a3f5f0c7e11","evento":"cita-creada","datos":{}}' })
  cuerpo: string;

  @Text({ description: 'Comienzo de la última respuesta.', max: 500, nullable: true, example: 'ok' })
  ultima_respuesta: string | null;
}

export class ListaEntregas {
  @Nested(() => Entregada, { description: 'De la más reciente a la más antigua.', list: { min: 0, max: 200 } })
  elementos: Entregada[];

  @Cursor()
  cursor: string | null;
}
