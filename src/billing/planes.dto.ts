import { ApiProperty } from '@nestjs/swagger';
import { plan_tipo } from '../generated/prisma/enums.js';
import { Int, Money, OneOf, Text } from '../http/fields.js';

const limite = (what: string) => ({ description: `${what}; null = sin límite.`, min: 0, max: 2_147_483_647, nullable: true, example: 10 });

export class Plan {
  @OneOf(Object.values(plan_tipo), { description: 'Plan.', name: 'plan_tipo', example: 'profesional' })
  codigo_plan: plan_tipo;

  @Text({ description: 'Nombre.', max: 80, example: 'Profesional' })
  nombre: string;

  @Text({ description: 'Para quién es.', max: 500, example: 'Para equipos con agenda llena.' })
  descripcion: string;

  @Money({ description: 'Precio al mes.', example: '29.00' })
  precio_mensual: string;

  @Money({ description: 'Precio al año.', example: '290.00' })
  precio_anual: string;

  @Text({ description: 'Moneda ISO 4217.', max: 3, example: 'USD' })
  moneda: string;

  @Int(limite('Profesionales activos'))
  limite_profesionales: number | null;

  @Int(limite('Clientes'))
  limite_clientes: number | null;

  @Int(limite('Servicios activos'))
  limite_servicios: number | null;

  @Int(limite('Usuarios'))
  limite_usuarios: number | null;

  @Int(limite('Citas al mes'))
  limite_citas_mes: number | null;

  @Int(limite('Mensajes de WhatsApp al mes'))
  limite_whatsapp_mes: number | null;

  @Int({ description: 'Días de prueba.', min: 0, max: 365, example: 14 })
  dias_prueba: number;

  @ApiProperty({ description: 'Funciones incluidas.', type: 'object', additionalProperties: { type: 'boolean' }, example: { whatsapp: true } })
  funciones: unknown;
}
