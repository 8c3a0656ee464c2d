import { OmitType } from '@nestjs/swagger';
import { tipo_horario } from '../generated/prisma/enums.js';
import { Bool, Changes, Fecha, Hora, Id, Instante, Int, Nested, OneOf, Percent, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const profesional = { description: 'Profesional; null = toda la organización, solo en feriado y bloqueo.', nullable: true };
const tipo = { description: 'regular y descanso se repiten cada semana; especial reemplaza las horas regulares de sus fechas; feriado, vacaciones y bloqueo quitan tiempo.', name: 'tipo_horario', example: 'regular' };
const dia = { description: '0 = domingo … 6 = sábado. Obligatorio en regular y descanso; en los demás, null = todos los días de sus fechas.', min: 0, max: 6, nullable: true, example: 1 };
const inicio = { description: 'Hora local de inicio; null con hora_fin = el día entero (solo feriado, vacaciones y bloqueo).', nullable: true, example: '09:00' };
const fin = { description: 'Hora local de fin; 24:00 = hasta el final del día.', nullable: true, untilMidnight: true, example: '18:00' };
const desde = { description: 'Primer día en que rige.', example: '2027-03-15' };
const hasta = { description: 'Último día en que rige; null = sin fin (solo regular y descanso).', nullable: true, example: null };
const citas = { description: 'false = tiempo de trabajo sin citas. Siempre false en descanso, feriado, vacaciones y bloqueo.' };
const precio = { description: 'Porcentaje que se suma al precio de lo que empieza aquí, solo en regular y especial: "-20.00" es un quinto menos.', min: -90, max: 200, nullable: true, example: null };
const motivo = { description: 'Por qué, para el equipo.', max: 200, nullable: true, example: 'Navidad' };

export class CrearHorario {
  @Id({ ...profesional, optional: true })
  profesional_id?: number | null;

  @OneOf(Object.values(tipo_horario), tipo)
  tipo_horario: tipo_horario;

  @Int({ ...dia, optional: true })
  dia_semana?: number | null;

  @Hora({ ...inicio, optional: true })
  hora_inicio?: string | null;

  @Hora({ ...fin, optional: true })
  hora_fin?: string | null;

  @Fecha({ ...desde, description: 'Primer día en que rige; sin él, hoy.', optional: true })
  vigente_desde?: string;

  @Fecha({ ...hasta, optional: true })
  vigente_hasta?: string | null;

  @Bool({ ...citas, optional: true })
  permite_citas?: boolean;

  @Percent({ ...precio, optional: true })
  precio_dinamico?: string | null;

  @Text({ ...motivo, optional: true })
  motivo?: string | null;
}

/** Whose and of what kind a row is never changes: another row says something else. */
export class CambiarHorario extends Changes(OmitType(CrearHorario, ['profesional_id', 'tipo_horario'])) {
  @Bool({ description: 'false lo retira; true lo devuelve.', optional: true })
  activo?: boolean;
}

export class Horario {
  @Id({ description: 'Identificador.' })
  id: number;

  @Id(profesional)
  profesional_id: number | null;

  @OneOf(Object.values(tipo_horario), tipo)
  tipo_horario: tipo_horario;

  @Int(dia)
  dia_semana: number | null;

  @Hora(inicio)
  hora_inicio: string | null;

  @Hora(fin)
  hora_fin: string | null;

  @Fecha(desde)
  vigente_desde: string;

  @Fecha(hasta)
  vigente_hasta: string | null;

  @Bool(citas)
  permite_citas: boolean;

  @Percent(precio)
  precio_dinamico: string | null;

  @Text(motivo)
  motivo: string | null;

  @Bool({ description: 'Rige; los retirados quedan porque hay franjas que vienen de ellos.' })
  activo: boolean;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class CitaEnConflicto {
  @Id({ description: 'Cita.' })
  id: number;

  @Text({ description: 'Código de la cita.', max: 7, example: '7Q4KX2M' })
  codigo_cita: string;

  @Instante({ description: 'Cuándo empieza.' })
  inicia_en: Date;

  @Id({ description: 'De quién.' })
  cliente_id: number;

  @Text({ description: 'Su nombre; null para una clave de API sin `citas:read`.', max: 150, nullable: true, example: 'José Ñáñez' })
  cliente_nombre: string | null;

  @Text({ description: 'Su teléfono; null para una clave de API sin `citas:read`.', max: 16, nullable: true, example: '+573001234567' })
  cliente_telefono: string | null;

  @Id({ description: 'Con quién.' })
  profesional_id: number;

  @Text({ description: 'Su nombre.', max: 150, example: 'Juan Pérez' })
  profesional_nombre: string;
}

const creadas = { description: 'Franjas creadas en los días ya generados.', min: 0, max: 10_000_000, example: 24 };
const eliminadas = { description: 'Franjas libres o bloqueadas que dejaron de corresponder.', min: 0, max: 10_000_000, example: 24 };
const reservas = { description: 'Reservas temporales soltadas porque su tiempo ya no es de trabajo.', min: 0, max: 10_000_000, example: 0 };
const conflictos = { description: 'Citas futuras que quedaron fuera del horario: siguen en pie, llame a sus clientes.', list: { min: 0, max: 10_000_000 } };

export class HorarioCambiado extends Horario {
  @Int(creadas)
  franjas_creadas: number;

  @Int(eliminadas)
  franjas_eliminadas: number;

  @Int(reservas)
  reservas_liberadas: number;

  @Nested(() => CitaEnConflicto, conflictos)
  citas_en_conflicto: CitaEnConflicto[];
}

export class HorasDeSemana {
  @Int({ ...dia, nullable: false, description: '0 = domingo … 6 = sábado.' })
  dia_semana: number;

  @Hora({ ...inicio, nullable: false, description: 'Hora local de inicio.' })
  hora_inicio: string;

  @Hora({ ...fin, nullable: false })
  hora_fin: string;

  @OneOf(['regular', 'descanso'], { description: 'Trabajo o pausa.', example: 'regular' })
  tipo_horario: 'regular' | 'descanso';
}

export class Semana {
  @Fecha({ ...desde, description: 'Primer día de la nueva semana, no anterior a hoy; sin él, hoy.', optional: true })
  vigente_desde?: string;

  @Nested(() => HorasDeSemana, { description: 'La semana entera; vacía = no trabaja.', list: { min: 0, max: 100 } })
  horas: HorasDeSemana[];
}

export class SemanaCambiada {
  @Id({ description: 'Profesional.' })
  profesional_id: number;

  @Fecha(desde)
  vigente_desde: string;

  @Nested(() => Horario, { description: 'Las filas nuevas.', list: { min: 0, max: 100 } })
  horarios: Horario[];

  @Int(creadas)
  franjas_creadas: number;

  @Int(eliminadas)
  franjas_eliminadas: number;

  @Int(reservas)
  reservas_liberadas: number;

  @Nested(() => CitaEnConflicto, conflictos)
  citas_en_conflicto: CitaEnConflicto[];
}

export class FiltroHorarios extends Page {
  @Id({ description: 'Solo las filas de este profesional.', optional: true, query: true })
  profesional_id?: number;

  @OneOf(Object.values(tipo_horario), { description: 'Solo de este tipo.', name: 'tipo_horario', optional: true, query: true, example: 'regular' })
  tipo_horario?: tipo_horario;

  @Bool({ description: 'Solo las que rigen (true) o las retiradas (false).', optional: true, query: true, example: true })
  activo?: boolean;
}

export class ListaHorarios {
  @Nested(() => Horario, { description: 'Por id.', list: { min: 0, max: 200 } })
  elementos: Horario[];

  @Cursor()
  cursor: string | null;
}
