import { Fecha, Hora, Id, Instante, Int, Money, Text } from '../http/fields.js';

export class PedirReserva {
  @Id({ description: 'Servicio.' })
  servicio_id: number;

  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Fecha({ description: 'Día local.', example: '2027-03-15' })
  fecha: string;

  @Hora({ description: 'Inicio local, uno de los que da la disponibilidad.', example: '09:00' })
  hora_inicio: string;
}

export class Reserva extends PedirReserva {
  @Id({ description: 'Identificador: `reserva_id` al crear la cita.' })
  id: number;

  @Hora({ description: 'Fin local.', untilMidnight: true, example: '09:30' })
  hora_fin: string;

  @Instante({ description: 'Inicio.', example: '2027-03-15T14:00:00.000Z' })
  inicia_en: Date;

  @Instante({ description: 'Fin.', example: '2027-03-15T14:30:00.000Z' })
  termina_en: Date;

  @Money({ description: 'Precio.', example: '25000.00' })
  precio: string;

  @Text({ description: 'Moneda ISO 4217.', max: 3, example: 'COP' })
  moneda: string;

  @Int({ description: 'Duración.', min: 5, max: 720, example: 30 })
  duracion_minutos: number;

  @Instante({ description: 'Hasta cuándo es suya; después cuenta como libre.' })
  reservado_hasta: Date;
}
