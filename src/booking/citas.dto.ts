import { OmitType, PickType } from '@nestjs/swagger';
import { estado_cita } from '../generated/prisma/enums.js';
import { Bool, Fecha, Hora, Id, Instante, Int, Money, Nested, OneOf, SomeOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const ORIGENES = ['recepcion', 'web', 'whatsapp', 'telefono', 'api'] as const;

export class CrearCita {
  @Id({ description: 'Cliente. Obligatorio para el personal; un cliente reserva siempre para sí.', none: true })
  cliente_id?: number;

  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Id({ description: 'Servicio; el profesional debe ofrecerlo.' })
  servicio_id: number;

  @Fecha({ description: 'Fecha local del negocio.' })
  fecha_cita: string;

  @Hora({ description: 'Hora local del negocio. Una hora que el cambio de horario salta se rechaza; una que repite es la primera.', example: '10:30' })
  hora_inicio: string;

  @Id({ description: 'Reserva temporal que esta cita consume.', none: true })
  reserva_id?: number;

  @Money({ description: 'Descuento en la moneda del servicio; sin él, ninguno. Solo personal.', optional: true, example: '0.00' })
  descuento?: string;

  @Bool({ description: 'true: nace confirmada; si no, como diga el negocio. Solo personal.', optional: true })
  confirmada?: boolean;

  @OneOf(ORIGENES, { description: 'Por dónde llegó; sin él, `recepcion`. Solo personal; la de un cliente es `web`.', optional: true, example: 'telefono' })
  origen?: (typeof ORIGENES)[number];

  @Text({ description: 'Lo que el cliente quiere decir.', max: 1000, optional: true, nullable: true })
  notas_cliente?: string | null;

  @Text({ description: 'Notas que el cliente no ve. Solo personal.', max: 2000, optional: true, nullable: true })
  notas_internas?: string | null;
}

export class CambiarCita {
  @Money({ description: 'Descuento; el precio final se recalcula.', optional: true, example: '5000.00' })
  descuento?: string;

  @Text({ description: 'Notas del cliente.', max: 1000, optional: true, nullable: true })
  notas_cliente?: string | null;

  @Text({ description: 'Notas internas.', max: 2000, optional: true, nullable: true })
  notas_internas?: string | null;
}

export class CancelarCita {
  @Text({ description: 'Por qué.', max: 500, example: 'Viaje imprevisto' })
  motivo_cancelacion: string;
}

export class ReprogramarCita extends PickType(CrearCita, ['fecha_cita', 'hora_inicio', 'reserva_id'] as const) {
  @Id({ description: 'Otro profesional; sin él, el mismo, con el mismo precio y duración.', none: true })
  profesional_id?: number;
}

export class CalificarCita {
  @Int({ description: 'De 1 (mala) a 5 (excelente).', min: 1, max: 5, example: 5 })
  calificacion_cliente: number;

  @Text({ description: 'Comentario.', max: 1000, optional: true, nullable: true, example: 'Muy puntual.' })
  comentario_cliente?: string | null;
}

export class Cita {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Código que se dicta por teléfono: sin I, L, O ni U.', max: 7, example: 'K7M2Q4X' })
  codigo_cita: string;

  @OneOf(Object.values(estado_cita), { description: 'Estado.', name: 'estado_cita', example: 'confirmada' })
  estado: estado_cita;

  @Fecha({ description: 'Fecha local del negocio.' })
  fecha_cita: string;

  @Hora({ description: 'Inicio local.', example: '10:30' })
  hora_inicio: string;

  @Hora({ description: 'Fin local; 24:00 si acaba con el día.', untilMidnight: true, example: '11:00' })
  hora_fin: string;

  @Instante({ description: 'Inicio.', example: '2027-03-15T15:30:00.000Z' })
  inicia_en: Date;

  @Instante({ description: 'Fin.', example: '2027-03-15T16:00:00.000Z' })
  termina_en: Date;

  @Id({ description: 'Cliente.' })
  cliente_id: number;

  @Text({ description: 'Nombre del cliente.', max: 150, example: 'José Ñáñez' })
  cliente_nombre: string;

  @Text({ description: 'Teléfono del cliente.', max: 16, nullable: true, example: '+573001234567' })
  cliente_telefono: string | null;

  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Text({ description: 'Nombre del profesional.', max: 150, example: 'Juan Pérez' })
  profesional_nombre: string;

  @Id({ description: 'Servicio.' })
  servicio_id: number;

  @Text({ description: 'Nombre del servicio.', max: 120, example: 'Corte clásico' })
  servicio_nombre: string;

  @Money({ description: 'Precio al reservar.', example: '25000.00' })
  precio_servicio: string;

  @Money({ description: 'Descuento.', example: '0.00' })
  descuento: string;

  @Money({ description: 'precio_servicio menos descuento.', example: '25000.00' })
  precio_final: string;

  @Text({ description: 'Moneda ISO 4217.', max: 3, example: 'COP' })
  moneda: string;

  @Instante({ description: 'Llegada del cliente.', nullable: true, example: null })
  hora_llegada: Date | null;

  @Instante({ description: 'Inicio real.', nullable: true, example: null })
  hora_inicio_real: Date | null;

  @Instante({ description: 'Fin real.', nullable: true, example: null })
  hora_fin_real: Date | null;

  @Int({ description: 'Minutos entre lo más tarde de llegada y hora citada, y el inicio real.', min: 0, max: 100_000, nullable: true, example: null })
  tiempo_espera_minutos: number | null;

  @Int({ description: 'Minutos de inicio a fin reales.', min: 0, max: 100_000, nullable: true, example: null })
  duracion_real_minutos: number | null;

  @OneOf(['puntual', 'tarde'], { description: 'puntual si empezó dentro de la tolerancia del negocio.', nullable: true, example: null })
  puntualidad: 'puntual' | 'tarde' | null;

  @Int({ description: 'Calificación del cliente.', min: 1, max: 5, nullable: true, example: null })
  calificacion_cliente: number | null;

  @Text({ description: 'Comentario del cliente.', max: 1000, nullable: true, example: null })
  comentario_cliente: string | null;

  @Instante({ description: 'Confirmación.', nullable: true, example: null })
  confirmada_en: Date | null;

  @Instante({ description: 'Cancelación.', nullable: true, example: null })
  cancelada_en: Date | null;

  @Id({ description: 'Usuario que canceló.', nullable: true, example: null })
  cancelada_por: number | null;

  @Text({ description: 'Motivo de cancelación.', max: 500, nullable: true, example: null })
  motivo_cancelacion: string | null;

  @OneOf(ORIGENES, { description: 'Por dónde llegó.', example: 'web' })
  origen: string;

  @Int({ description: 'Veces que cambió de hora.', min: 0, max: 30_000, example: 0 })
  veces_reprogramada: number;

  @Text({ description: 'Notas del cliente.', max: 1000, nullable: true, example: null })
  notas_cliente: string | null;

  @Text({ description: 'Notas internas; un cliente recibe null.', max: 2000, nullable: true, example: null })
  notas_internas: string | null;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class FiltroCitas extends Page {
  @Fecha({ description: 'Desde esta fecha local, incluida.', optional: true })
  fecha_desde?: string;

  @Fecha({ description: 'Hasta esta fecha local, incluida.', optional: true })
  fecha_hasta?: string;

  @Id({ description: 'De este profesional.', optional: true, query: true })
  profesional_id?: number;

  @Id({ description: 'De este cliente.', optional: true, query: true })
  cliente_id?: number;

  @SomeOf(Object.values(estado_cita), { description: 'En este estado, o en uno de varios: repetido, o separados por comas.', name: 'estado_cita', optional: true, query: true, example: ['pendiente', 'confirmada'] })
  estado?: estado_cita[];

  @OneOf(['asc', 'desc'], { description: 'Por inicio: asc, lo más antiguo primero.', optional: true, default: 'asc' })
  orden: 'asc' | 'desc' = 'asc';
}

export class FiltroHistorial extends OmitType(FiltroCitas, ['orden'] as const) {}

export class ListaCitas {
  @Nested(() => Cita, { description: 'Por inicio, luego id.', list: { min: 0, max: 200 } })
  elementos: Cita[];

  @Cursor()
  cursor: string | null;
}

export class EventoCita {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(Object.values(estado_cita), { description: 'Antes; null al crearse.', name: 'estado_cita', nullable: true, example: 'pendiente' })
  estado_anterior: estado_cita | null;

  @OneOf(Object.values(estado_cita), { description: 'Después.', name: 'estado_cita', example: 'confirmada' })
  estado_nuevo: estado_cita;

  @Instante({ description: 'Inicio anterior, si la cita se movió.', nullable: true, example: null })
  inicia_en_anterior: Date | null;

  @Instante({ description: 'Inicio desde entonces.' })
  inicia_en_nueva: Date;

  @Id({ description: 'Profesional desde entonces.' })
  profesional_id: number;

  @Text({ description: 'Su nombre.', max: 150, example: 'Juan Pérez' })
  profesional_nombre: string;

  @Text({ description: 'Motivo.', max: 500, nullable: true, example: null })
  motivo: string | null;

  @Id({ description: 'Usuario que lo hizo.', nullable: true })
  usuario_id: number | null;

  @Text({ description: 'Su nombre hoy, si es de la organización; un cliente recibe solo el suyo.', max: 150, nullable: true, example: 'Ana Torres' })
  usuario_nombre: string | null;

  @Text({ description: 'Su rol entonces.', max: 20, nullable: true, example: 'admin' })
  rol: string | null;

  @Instante({ description: 'Cuándo.' })
  creado_en: Date;
}
