import { Bool, Changes, Id, Instante, Int, Nested, OneOf, SomeOf, Text } from '../http/fields.js';
import { Cursor } from '../http/page.js';
import { EVENTOS, type NombreEvento } from './eventos.js';

const URL_DESTINO = /^https?:\/\/[^\s]+$/i;

export class CrearDestino {
  @Text({
    description: 'A dónde se envía cada evento, por POST. En producción, `https`. Sin usuario ni contraseña, y de una dirección pública.',
    max: 500, pattern: URL_DESTINO, form: 'https://…', example: 'https://example.com/franja',
  })
  url: string;

  @Text({ description: 'Para qué es.', max: 200, optional: true, nullable: true, example: 'Avisos del CRM' })
  descripcion?: string | null;

  @SomeOf(EVENTOS, { description: 'Solo estos eventos; null, todos.', optional: true, nullable: true, example: ['cita-creada', 'cita-cancelada'] })
  eventos?: NombreEvento[] | null;

  @Bool({ description: 'Si recibe. Uno que no, pierde lo que pase entretanto.', optional: true, default: true, example: true })
  activo?: boolean;
}

export class CambiarDestino extends Changes(CrearDestino) {}

export class RotarSecreto {
  @Int({ description: 'El secreto anterior firma también estos minutos más; 0, ninguno.', min: 0, max: 10_080, optional: true, default: 1440, example: 1440 })
  minutos_gracia?: number;
}

export class Destino {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'A dónde se envía.', max: 500, example: 'https://example.com/franja' })
  url: string;

  @Text({ description: 'Para qué es.', max: 200, nullable: true, example: 'Avisos del CRM' })
  descripcion: string | null;

  @SomeOf(EVENTOS, { description: 'Solo estos eventos; null, todos.', nullable: true, example: ['cita-creada', 'cita-cancelada'] })
  eventos: NombreEvento[] | null;

  @Bool({ description: 'Si recibe.', example: true })
  activo: boolean;

  @Instante({ description: 'Desde entonces no se le envía; lo que pasa espera. PUT …/resume lo reanuda.', nullable: true, example: null })
  pausado_en: Date | null;

  @Text({ description: 'Por qué se pausó.', max: 200, nullable: true, example: null })
  motivo_pausa: string | null;

  @Instante({ description: 'Primero de los fallos seguidos; a las 24 horas se pausa.', nullable: true, example: null })
  fallando_desde: Date | null;

  @Instante({ description: 'Hasta entonces firma también el secreto anterior.', nullable: true, example: null })
  anterior_hasta: Date | null;

  @Instante({ description: 'Alta.' })
  creado_en: Date;
}

export class DestinoNuevo extends Destino {
  @Text({ description: 'Secreto de la firma; no se muestra nunca más.', max: 100, example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDS3rJ0qPGL0s=' })
  secreto: string;
}

export const ESTADOS_ENTREGA = ['pendiente', 'entregada', 'fallida', 'cancelada'] as const;
export type EstadoEntrega = (typeof ESTADOS_ENTREGA)[number];

export class Enviada {
  @Id({ description: 'La entrega de la prueba; búsquela en /webhooks/deliveries/{id}.' })
  entrega_id: number;
}

export class ReenviarEntregas {
  @Instante({ description: 'Las creadas desde este instante.' })
  desde: string;

  @Instante({ description: 'Hasta antes de este instante; 31 días después como mucho.', example: '2027-03-16T14:00:00.000Z' })
  hasta: string;

  @Id({ description: 'Solo las de este destino.', optional: true })
  destino_id?: number;

  @OneOf(ESTADOS_ENTREGA.slice(1), { description: 'Solo las de este estado; sin él, las fallidas y las canceladas.', optional: true, example: 'fallida' })
  estado?: Exclude<EstadoEntrega, 'pendiente'>;

  @Text({ description: 'El `cursor` de la respuesta anterior, para seguir desde ahí.', max: 500, optional: true })
  cursor?: string;
}

export class Reenviadas {
  @Int({ description: 'Cuántas se enviarán de nuevo.', min: 0, max: 1000, example: 12 })
  reenviadas: number;

  @Bool({ description: 'Hay más: repita la solicitud con el `cursor`.', example: false })
  quedan: boolean;

  @Cursor()
  cursor: string | null;
}

export class ListaDestinos {
  @Nested(() => Destino, { description: 'Por orden de alta; veinte como mucho.', list: { min: 0, max: 20 } })
  elementos: Destino[];

  @Cursor()
  cursor: string | null;
}
