import { estado_franja, tipo_horario } from '../generated/prisma/enums.js';
import { Bool, Fecha, Hora, Id, Instante, Int, Nested, OneOf, Percent } from '../http/fields.js';

export class GenerarFranjas {
  @Id({ description: 'Un profesional; sin él, todos los activos.', optional: true })
  profesional_id?: number;

  @Fecha({ description: 'Primer día, no anterior a hoy; sin él, hoy. Lo que falte entre lo ya generado y ese día se genera también.', optional: true, example: '2027-03-15' })
  fecha_desde?: string;

  @Fecha({ description: 'Último día, a lo sumo 366 días en total con los que falten.', example: '2027-05-15' })
  fecha_hasta: string;
}

export class Generacion {
  @Int({ description: 'Franjas creadas.', min: 0, max: 10_000_000, example: 120 })
  creadas: number;

  @Int({ description: 'Franjas libres o bloqueadas que ya no correspondían.', min: 0, max: 10_000_000, example: 0 })
  eliminadas: number;

  @Int({ description: 'Profesionales cuyos días se generaron.', min: 0, max: 1_000_000, example: 3 })
  profesionales: number;

  @Fecha({ description: 'Primer día.', example: '2027-03-15' })
  fecha_desde: string;

  @Fecha({ description: 'Último día.', example: '2027-05-15' })
  fecha_hasta: string;
}

const estado = { description: 'disponible, reservado_temporal (con plazo), ocupado (con cita) o bloqueado.', name: 'estado_franja', example: 'disponible' };

export class FiltroFranjas {
  @Fecha({ description: 'Primer día.', example: '2027-03-15' })
  fecha_desde: string;

  @Fecha({ description: 'Último día, a lo sumo 31 días en total.', example: '2027-03-21' })
  fecha_hasta: string;

  @Id({ description: 'Solo de este profesional.', optional: true, query: true })
  profesional_id?: number;

  @OneOf(Object.values(estado_franja), { ...estado, description: 'Solo en este estado.', optional: true, query: true })
  estado?: estado_franja;
}

export class Franja {
  @Id({ description: 'Identificador.' })
  id: number;

  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Fecha({ description: 'Día local.', example: '2027-03-15' })
  fecha: string;

  @Hora({ description: 'Inicio local.', example: '09:00' })
  hora_inicio: string;

  @Hora({ description: 'Fin local.', untilMidnight: true, example: '13:00' })
  hora_fin: string;

  @Instante({ description: 'Inicio.', example: '2027-03-15T14:00:00.000Z' })
  inicia_en: Date;

  @Instante({ description: 'Fin.', example: '2027-03-15T18:00:00.000Z' })
  termina_en: Date;

  @OneOf(Object.values(estado_franja), estado)
  estado: estado_franja;

  @OneOf(Object.values(tipo_horario), { description: 'De qué clase de horario viene.', name: 'tipo_horario', example: 'regular' })
  tipo_horario: tipo_horario;

  @Percent({ description: 'Porcentaje que se suma al precio.', min: -90, max: 200, nullable: true, example: null })
  precio_dinamico: string | null;

  @Id({ description: 'Horario del que viene.', nullable: true })
  horario_profesional_id: number | null;

  @Bool({ description: 'Si ese horario se repite cada semana; si no, es de fechas sueltas.', example: true })
  es_recurrente: boolean;

  @Id({ description: 'Servicio reservado o agendado.', nullable: true, example: null })
  servicio_id: number | null;

  @Id({ description: 'Su cita.', nullable: true, example: null })
  cita_id: number | null;

  @Instante({ description: 'Hasta cuándo vale la reserva temporal.', nullable: true, example: null })
  reservado_hasta: Date | null;
}

export class ListaFranjas {
  @Nested(() => Franja, { description: 'Por inicio, luego profesional.', list: { min: 0, max: 1_000_000 } })
  elementos: Franja[];
}
