import { Bool, Id, Int, Money, Text } from '../http/fields.js';

export class PonerServicioProfesional {
  @Money({ description: 'Precio de este profesional; null o ausente = el del servicio.', optional: true, nullable: true, example: '30000.00' })
  precio_personalizado?: string | null;

  @Int({ description: 'Duración con este profesional; null o ausente = la del servicio.', min: 5, max: 720, multipleOf: 5, optional: true, nullable: true, example: 45 })
  duracion_personalizada_minutos?: number | null;

  @Bool({ description: 'false: por ahora no lo da.', optional: true, default: true })
  activo?: boolean;
}

export class ServicioProfesional {
  @Id({ description: 'Servicio.' })
  servicio_id: number;

  @Text({ description: 'Nombre del servicio.', max: 120, example: 'Corte clásico' })
  nombre: string;

  @Money({ description: 'Precio propio de este profesional.', nullable: true, example: '30000.00' })
  precio_personalizado: string | null;

  @Int({ description: 'Duración propia de este profesional.', min: 5, max: 720, nullable: true, example: 45 })
  duracion_personalizada_minutos: number | null;

  @Money({ description: 'Precio que rige: el propio, o el del servicio.', example: '30000.00' })
  precio: string;

  @Text({ description: 'Moneda ISO 4217 de los precios.', max: 3, example: 'COP' })
  moneda: string;

  @Int({ description: 'Duración que rige: la propia, o la del servicio.', min: 5, max: 720, example: 45 })
  duracion_minutos: number;

  @Bool({ description: 'Lo da.' })
  activo: boolean;

  @Bool({ description: 'El negocio ofrece el servicio.' })
  servicio_activo: boolean;
}
