import { Bool, Instante, Nested, OneOf, Telefono, Text } from '../http/fields.js';

export const ESTADOS_INSTANCIA = ['creada', 'esperando_qr', 'conectada', 'desconectada'] as const;
export type EstadoInstancia = (typeof ESTADOS_INSTANCIA)[number];

export class CodigoQr {
  @Text({ description: 'La imagen, como data URL: se lee en WhatsApp, Dispositivos vinculados. Cambia cada pocos segundos.', max: 200_000, example: 'data:image/png;base64,iVBORw0KGgo=' })
  base64: string;

  @Text({ description: 'Lo que la imagen dice.', max: 2000, example: '2@aB3dE6…' })
  codigo: string;
}

export class InstanciaWhatsapp {
  @OneOf(ESTADOS_INSTANCIA, { description: 'Cómo está.', name: 'estado_instancia', example: 'conectada' })
  estado: EstadoInstancia;

  @Bool({ description: 'false: el servidor de WhatsApp no contestó ahora; es lo último que dijo.' })
  en_vivo: boolean;

  @Text({ description: 'El número conectado, E.164.', max: 16, nullable: true, example: '+573001234567' })
  numero: string | null;

  @Instante({ description: 'Desde cuándo está así.' })
  estado_desde: Date;

  @Nested(() => CodigoQr, { description: 'El código que leer con el teléfono, si lo espera.', nullable: true })
  qr: CodigoQr | null;

  @Instante({ description: 'Creación.' })
  creado_en: Date;
}

export class ProbarWhatsapp {
  @Telefono({ description: 'A quién; un número local se lee con el prefijo del país del negocio.' })
  telefono: string;
}
