import { industria_tipo } from '../generated/prisma/enums.js';
import { Bool, Changes, Id, IdList, Instante, Int, Money, Nested, OneOf, Text, TextList, Told } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const PASOS = [5, 10, 15, 20, 30, 60] as const;
const TIPO = /^[a-z][a-z0-9_]{1,49}$/;

export class CrearServicio {
  @Text({ description: 'Nombre, único en la organización.', max: 120, example: 'Corte clásico' })
  nombre: string;

  @Text({ description: 'Qué incluye.', max: 500, optional: true, nullable: true, example: 'Corte a tijera y máquina con lavado.' })
  descripcion?: string | null;

  @Text({ description: 'Categoría.', max: 80, optional: true, nullable: true, example: 'Cortes' })
  categoria?: string | null;

  @Text({ description: 'Subcategoría.', max: 80, optional: true, nullable: true })
  subcategoria?: string | null;

  @Money({ description: 'Precio en la moneda de la organización, con a lo sumo los decimales de esta.', example: '25000.00' })
  precio: string;

  @Int({ description: 'Duración en minutos.', min: 5, max: 720, multipleOf: 5, example: 30 })
  duracion_minutos: number;

  @Int({ description: 'Minutos de preparación antes de la cita; ocupan al profesional.', min: 0, max: 120, multipleOf: 5, optional: true, default: 0 })
  buffer_antes_minutos?: number;

  @Int({ description: 'Minutos de limpieza después; ocupan al profesional.', min: 0, max: 120, multipleOf: 5, optional: true, default: 0 })
  buffer_despues_minutos?: number;

  @OneOf(PASOS, { description: 'Cada cuántos minutos del reloj se ofrece un inicio; null usa el de la organización.', optional: true, nullable: true, example: 15 })
  paso_minutos?: number | null;

  @Int({ description: 'Antelación mínima de un cliente, en minutos; null usa la de la organización.', min: 0, max: 43_200, optional: true, nullable: true, example: 60 })
  antelacion_minima_minutos?: number | null;

  @Int({ description: 'Hasta cuántos días adelante reserva un cliente; null usa el de la organización.', min: 1, max: 730, optional: true, nullable: true, example: 60 })
  horizonte_dias?: number | null;

  @TextList({ description: 'Tipos de profesional que pueden darlo; null = todos.', min: 1, max: 20, each: TIPO, optional: true, nullable: true, example: ['barbero'] })
  tipos_profesional_autorizados?: string[] | null;

  @Bool({ description: 'La cita nace pendiente aunque la organización confirme sola.', optional: true, default: false })
  requiere_confirmacion?: boolean;

  @Bool({ description: 'Un cliente puede reservarlo; si no, solo el personal.', optional: true, default: true })
  reservable_en_linea?: boolean;

  @Text({ description: 'Color en el calendario.', max: 7, pattern: /^#[0-9a-f]{6}$/, form: '#1e88e5', optional: true, nullable: true, example: '#1e88e5' })
  color?: string | null;

  @TextList({ description: 'Etiquetas libres.', max: 30, each: /^.{1,40}$/u, optional: true, example: ['popular'] })
  etiquetas?: string[];

  @Int({ description: 'Orden en las listas; menor primero.', min: 0, max: 30_000, optional: true, default: 0 })
  orden?: number;
}

export class CambiarServicio extends Changes(CrearServicio) {
  @Bool({ description: 'false lo desactiva: sus citas quedan, nadie reserva más.', optional: true })
  activo?: boolean;
}

export class Servicio extends Told(CrearServicio) {
  @Id({ description: 'Identificador.' })
  id: number;

  @Id({ description: 'Plantilla de la que vino.', nullable: true, example: null })
  plantilla_servicio_id: number | null;

  @Text({ description: 'Moneda ISO 4217 del precio.', max: 3, example: 'COP' })
  moneda: string;

  @Bool({ description: 'Se ofrece.' })
  activo: boolean;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class FiltroServicios extends Page {
  @Bool({ description: 'Solo activos (true) o inactivos (false).', optional: true, query: true, example: true })
  activo?: boolean;
}

export class ListaServicios {
  @Nested(() => Servicio, { description: 'Por orden, luego id.', list: { min: 0, max: 200 } })
  elementos: Servicio[];

  @Cursor()
  cursor: string | null;
}

export class ImportarServicios {
  @IdList({ description: 'Plantillas que se importan; sin ella, todas las de la industria.', max: 200, optional: true, example: [1, 2] })
  plantilla_ids?: number[];

  @OneOf(Object.values(industria_tipo), { description: 'Otra industria que la de la organización.', name: 'industria_tipo', optional: true, example: 'spa' })
  tipo_industria?: industria_tipo;
}

export class Importacion {
  @Int({ description: 'Servicios creados.', min: 0, max: 1000, example: 12 })
  importados: number;

  @Int({ description: 'Plantillas que ya estaban importadas o cuyo nombre ya existe.', min: 0, max: 1000, example: 0 })
  omitidos: number;
}
