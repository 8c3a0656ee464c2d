import { OmitType, PickType } from '@nestjs/swagger';
import { Fecha, HORA, Hora, Id, Instante, Int, Money, Nested, Text, TextList } from '../http/fields.js';

/** Of one answer, some 5 MB. */
export const MOST_STARTS = 20_000;

export class ConsultaDia {
  @Id({ description: 'Servicio.', query: true })
  servicio_id: number;

  @Id({ description: 'Profesional; sin él, cualquiera que dé el servicio.', optional: true, query: true })
  profesional_id?: number;

  @Int({ description: `A lo sumo tantos inicios, los primeros; sin él, todos, si no pasan de ${MOST_STARTS}.`, min: 1, max: 10_000, optional: true, query: true, example: 1 })
  limite?: number;
}

export class ConsultaRango extends ConsultaDia {
  @Fecha({ description: 'Primer día.', example: '2027-03-15' })
  fecha_desde: string;

  @Fecha({ description: 'Último día, a lo sumo 62 días en total.', example: '2027-03-21' })
  fecha_hasta: string;
}

export class ConsultaCalendario extends OmitType(ConsultaRango, ['limite'] as const) {}

export class Inicio {
  @Fecha({ description: 'Día local.', example: '2027-03-15' })
  fecha: string;

  @Hora({ description: 'Inicio local; con `fecha` es lo que se reserva.', example: '09:00' })
  hora_inicio: string;

  @Hora({ description: 'Fin local.', untilMidnight: true, example: '09:30' })
  hora_fin: string;

  @Instante({ description: 'Inicio.', example: '2027-03-15T14:00:00.000Z' })
  inicia_en: Date;

  @Instante({ description: 'Fin.', example: '2027-03-15T14:30:00.000Z' })
  termina_en: Date;

  @Id({ description: 'Con quién.' })
  profesional_id: number;

  @Text({ description: 'Su nombre.', max: 150, example: 'Juan Pérez' })
  profesional_nombre: string;

  @Money({ description: 'Precio de ese inicio con ese profesional.', example: '25000.00' })
  precio: string;

  @Int({ description: 'Duración con ese profesional.', min: 5, max: 720, example: 30 })
  duracion_minutos: number;
}

export class Disponibilidad {
  @Id({ description: 'Servicio.' })
  servicio_id: number;

  @Text({ description: 'Zona horaria IANA de las fechas y horas.', max: 64, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Moneda ISO 4217 de los precios.', max: 3, example: 'COP' })
  moneda: string;

  @Fecha({ description: 'Primer día.', example: '2027-03-15' })
  fecha_desde: string;

  @Fecha({ description: 'Último día.', example: '2027-03-21' })
  fecha_hasta: string;

  @Nested(() => Inicio, { description: 'Por inicio, luego orden y id del profesional.', list: { min: 0, max: MOST_STARTS } })
  inicios: Inicio[];
}

export class OfertaDia extends PickType(Inicio, ['profesional_id', 'profesional_nombre', 'precio', 'duracion_minutos'] as const) {
  @TextList({ description: 'Inicios locales, en orden; con `fecha` son lo que se reserva.', max: 1440, each: HORA, example: ['09:00', '09:15', '09:30'] })
  horas: string[];
}

export class DiaDisponible {
  @Fecha({ description: 'Día local.', example: '2027-03-15' })
  fecha: string;

  @Nested(() => OfertaDia, { description: 'Una por profesional y precio: por orden e id del profesional, luego por hora.', list: { min: 1, max: 100_000 } })
  ofertas: OfertaDia[];
}

export class Calendario extends OmitType(Disponibilidad, ['inicios'] as const) {
  @Nested(() => DiaDisponible, { description: 'Los días que tienen algún inicio.', list: { min: 0, max: 62 } })
  dias: DiaDisponible[];
}
