import { Id, Instante, Int, Nested, Objeto, OneOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const TAREA = { description: 'Nombre de la tarea.', max: 40, pattern: /^[a-z_]+$/, form: 'recordatorios', example: 'recordatorios' };
const ESTADOS = ['en_curso', 'completada', 'con_errores', 'interrumpida', 'abandonada'] as const;

export class FiltroEjecuciones extends Page {
  @Text({ ...TAREA, description: 'Solo de esta tarea.', optional: true })
  tarea?: string;

  @OneOf(ESTADOS, { description: 'Solo en este estado.', name: 'estado_ejecucion', optional: true, query: true, example: 'con_errores' })
  estado?: (typeof ESTADOS)[number];
}

export class Ejecucion {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text(TAREA)
  tarea: string;

  @Instante({ description: 'Turno al que corresponde.' })
  programada_para: Date;

  @OneOf(['reloj', 'manual'], { description: 'Quién la empezó.', example: 'reloj' })
  origen: string;

  @Id({ description: 'Usuario que la pidió, si fue a mano.', nullable: true, example: null })
  pedida_por: number | null;

  @Int({ description: 'Cuántas veces se empezó: más de una, si un proceso murió con ella en la mano.', min: 1, max: 3, example: 1 })
  intentos: number;

  @OneOf(ESTADOS, { description: 'abandonada: su proceso murió. interrumpida: su proceso se detuvo, y otro la sigue.', name: 'estado_ejecucion', example: 'completada' })
  estado: string;

  @Instante({ description: 'Comienzo.' })
  iniciada_en: Date;

  @Instante({ description: 'Fin.', nullable: true })
  terminada_en: Date | null;

  @Objeto({ description: 'Cuánto hizo, según la tarea.', example: { organizaciones: 3, enviados: 12, omitidos: 1 } })
  cuentas: unknown;

  @Text({ description: 'Organización y código del primer fallo; los demás solo se cuentan.', max: 300, nullable: true, example: null })
  error: string | null;
}

export class ListaEjecuciones {
  @Nested(() => Ejecucion, { description: 'De la más reciente a la más antigua.', list: { min: 0, max: 200 } })
  elementos: Ejecucion[];

  @Cursor()
  cursor: string | null;
}

export class EstadoTarea {
  @Text(TAREA)
  tarea: string;

  @Text({ description: 'Qué hace.', max: 200, example: 'Recuerda a los clientes sus citas.' })
  descripcion: string;

  @Int({ description: 'Minutos de un turno al siguiente.', min: 1, max: 1440, example: 1 })
  cada_minutos: number;

  @Nested(() => Ejecucion, { description: 'La última vez; null si nunca.', nullable: true })
  ultima: Ejecucion | null;

  @Instante({ description: 'Última vez que terminó sin errores.', nullable: true })
  ultima_completada_en: Date | null;
}
