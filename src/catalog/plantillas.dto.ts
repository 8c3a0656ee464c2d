import { industria_tipo } from '../generated/prisma/enums.js';
import { Bool, Id, Int, Money, OneOf, Text, TextList } from '../http/fields.js';

export class FiltroPlantillas {
  @OneOf(Object.values(industria_tipo), { description: 'Industria; sin ella, la de la organización.', name: 'industria_tipo', optional: true, example: 'barberia' })
  tipo_industria?: industria_tipo;
}

export class Plantilla {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(Object.values(industria_tipo), { description: 'Industria.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @Text({ description: 'Nombre.', max: 120, example: 'Corte clásico' })
  nombre: string;

  @Text({ description: 'Qué incluye.', max: 500, example: 'Corte a tijera y máquina.' })
  descripcion: string;

  @Text({ description: 'Categoría.', max: 80, example: 'Cortes' })
  categoria: string;

  @Text({ description: 'Subcategoría.', max: 80, nullable: true, example: null })
  subcategoria: string | null;

  @Money({ description: 'Precio sugerido, al nivel de precios de `moneda`.', example: '25000.00' })
  precio_sugerido: string;

  @Text({ description: 'La moneda de la organización.', max: 3, example: 'COP' })
  moneda: string;

  @Int({ description: 'Duración en minutos.', min: 5, max: 480, example: 30 })
  duracion_minutos: number;

  @TextList({ description: 'Tipos de profesional que suelen darlo; null = todos.', max: 20, each: /./, nullable: true, example: ['barbero'] })
  tipos_profesional_autorizados: string[] | null;

  @Bool({ description: 'Ya se importó a esta organización.', example: false })
  importada: boolean;
}
