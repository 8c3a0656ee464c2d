import { plan_tipo } from '../generated/prisma/enums.js';
import { Int, Nested, OneOf, Text } from '../http/fields.js';

export const MEDIDAS = ['profesionales', 'clientes', 'servicios', 'usuarios', 'citas_mes', 'whatsapp_mes'] as const;
export type Medida = (typeof MEDIDAS)[number];

export const ESTADOS_USO = ['ok', 'cerca', 'alcanzado'] as const;

export class UsoDeMedida {
  @OneOf(MEDIDAS, { description: 'Qué se mide. Activos; del mes, las citas creadas (también las canceladas) y los WhatsApp que salieron.', name: 'medida_uso', example: 'citas_mes' })
  medida: Medida;

  @Int({ description: 'Lo que admite el plan; null = sin límite.', min: 0, max: 2_147_483_647, nullable: true, example: 800 })
  limite: number | null;

  @Int({ description: 'Lo que se usa.', min: 0, max: 2_147_483_647, example: 310 })
  uso: number;

  @Text({ description: 'Uso del límite, en porcentaje; null = sin límite.', max: 20, nullable: true, example: '38.75' })
  porcentaje: string | null;

  @Int({
    description: 'Uso al acabar el mes si sigue al paso que lleva: uso + uso / días transcurridos × días que faltan, contando al menos un día. null en lo que no es del mes.',
    min: 0, max: 2_147_483_647, nullable: true, example: 423,
  })
  proyeccion: number | null;

  @OneOf(ESTADOS_USO, { description: 'cerca, desde el 80 %; alcanzado, desde el 100 %.', name: 'estado_uso', example: 'ok' })
  estado: (typeof ESTADOS_USO)[number];
}

export class Uso {
  @OneOf(Object.values(plan_tipo), { description: 'Plan; null sin subscripción viva, que no limita.', name: 'plan_tipo', nullable: true, example: 'basico' })
  plan: plan_tipo | null;

  @Text({ description: 'Primer día del mes que se cuenta, en la zona de la organización.', max: 10, example: '2027-03-01' })
  mes: string;

  @Nested(() => UsoDeMedida, { description: 'Una por medida.', list: { min: 6, max: 6 } })
  medidas: UsoDeMedida[];
}
