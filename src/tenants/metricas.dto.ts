import { Fecha, Id, Int, Money, Nested, Percent, Text } from '../http/fields.js';

const cantidad = (description: string, example = 12) => ({ description, min: 0, max: 1_000_000_000, example });
const porcentaje = (description: string, example = '85.50') => ({ description, min: 0, max: 100, nullable: true, example });

export class FiltroMetricas {
  @Fecha({ description: 'Primer día; sin él, 30 días antes del último.', optional: true, example: '2027-02-13' })
  fecha_desde?: string;

  @Fecha({ description: 'Último día, incluido; sin él, hoy.', optional: true, example: '2027-03-15' })
  fecha_hasta?: string;
}

export class CitasPorEstado {
  @Int(cantidad('Por confirmar.'))
  pendiente: number;

  @Int(cantidad('Confirmadas.'))
  confirmada: number;

  @Int(cantidad('En curso.'))
  en_curso: number;

  @Int(cantidad('Completadas.'))
  completada: number;

  @Int(cantidad('Canceladas.'))
  cancelada: number;

  @Int(cantidad('Inasistencias.'))
  no_asistio: number;
}

export class ServicioDestacado {
  @Id({ description: 'Servicio.' })
  servicio_id: number;

  @Text({ description: 'Nombre.', max: 120, example: 'Corte clásico' })
  nombre: string;

  @Int(cantidad('Citas completadas.'))
  citas_completadas: number;

  @Money({ description: 'Lo que sumaron.', example: '300000.00' })
  ingresos: string;
}

export class ProfesionalDestacado {
  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Text({ description: 'Nombre.', max: 150, example: 'Lucía Peña' })
  nombre_completo: string;

  @Int(cantidad('Citas completadas.'))
  citas_completadas: number;

  @Money({ description: 'Lo que sumaron.', example: '300000.00' })
  ingresos: string;

  @Percent({ description: 'Calificación media, de 1 a 5; null sin calificaciones.', min: 1, max: 5, nullable: true, example: '4.75' })
  calificacion_promedio: string | null;
}

/** Of citas by their local date, `fecha_desde` to `fecha_hasta`; a rate without cases is null. */
export class Metricas {
  @Fecha({ description: 'Primer día.', example: '2027-02-13' })
  fecha_desde: string;

  @Fecha({ description: 'Último día, incluido.', example: '2027-03-15' })
  fecha_hasta: string;

  @Int(cantidad('Profesionales activos ahora.', 4))
  profesionales_activos: number;

  @Int(cantidad('Servicios activos ahora.'))
  servicios_activos: number;

  @Int(cantidad('Clientes activos ahora.', 230))
  clientes_activos: number;

  @Int(cantidad('Clientes creados en el rango.', 18))
  clientes_nuevos: number;

  @Int(cantidad('Citas del rango, en cualquier estado.', 140))
  citas_total: number;

  @Nested(() => CitasPorEstado, { description: 'Las mismas, por estado.' })
  citas_por_estado: CitasPorEstado;

  @Money({ description: 'Suma de las citas completadas.', example: '3500000.00' })
  ingresos: string;

  @Money({ description: 'Ingresos por cita completada.', nullable: true, example: '25000.00' })
  ticket_promedio: string | null;

  @Text({ description: 'Moneda ISO 4217 de los importes.', max: 3, example: 'COP' })
  moneda: string;

  @Percent({ description: 'Calificación media, de 1 a 5.', min: 1, max: 5, nullable: true, example: '4.75' })
  calificacion_promedio: string | null;

  @Percent(porcentaje('Inasistencias entre completadas más inasistencias.', '6.25'))
  tasa_no_show: string | null;

  @Percent(porcentaje('Canceladas entre todas.', '8.00'))
  tasa_cancelacion: string | null;

  @Percent(porcentaje('Tiempo ocupado por citas vivas entre ese tiempo más el libre.'))
  ocupacion_porcentaje: string | null;

  @Percent({ description: 'Minutos que esperó el cliente, en promedio, en las citas iniciadas.', min: 0, max: 9_999_999, nullable: true, example: '3.40' })
  minutos_espera_promedio: string | null;

  @Percent(porcentaje('Citas iniciadas dentro de la tolerancia entre todas las iniciadas.', '92.00'))
  puntualidad_porcentaje: string | null;

  @Nested(() => ServicioDestacado, { description: 'Los cinco que más ingresos dieron.', list: { min: 0, max: 5 } })
  top_servicios: ServicioDestacado[];

  @Nested(() => ProfesionalDestacado, { description: 'Los cinco que más ingresos dieron.', list: { min: 0, max: 5 } })
  top_profesionales: ProfesionalDestacado[];
}
