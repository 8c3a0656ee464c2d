import { OmitType } from '@nestjs/swagger';
import { Bool, Changes, Email, Fecha, Id, IdList, Instante, Int, Nested, Percent, Telefono, Text, TextList, Told, Url } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

export class DatosProfesional {
  @Text({ description: 'Nombre y apellidos.', max: 150, example: 'Lucía Peña' })
  nombre_completo: string;

  @Text({
    description: 'Oficio; decide qué servicios puede dar (`tipos_profesional_autorizados` del servicio).',
    max: 50, min: 2, pattern: /^[a-z][a-z0-9_]{1,49}$/, form: 'barbero', example: 'barbero',
  })
  tipo_profesional: string;

  @Id({ description: 'Usuario con el que entra al sistema.', optional: true, nullable: true, example: null })
  usuario_id?: number | null;

  @TextList({ description: 'Especialidades, a texto libre.', max: 30, each: /^.{1,80}$/u, optional: true, example: ['barba'] })
  especialidades?: string[];

  @Email({ description: 'Correo.', optional: true, nullable: true })
  email?: string | null;

  @Telefono({ description: 'Teléfono; se guarda en E.164.', optional: true, nullable: true })
  telefono?: string | null;

  @Text({ description: 'Documento de identidad.', max: 30, optional: true, nullable: true, example: '1020304050' })
  documento_identidad?: string | null;

  @Fecha({ description: 'Desde cuándo trabaja aquí.', optional: true, nullable: true, example: '2024-02-01' })
  fecha_ingreso?: string | null;

  @Percent({ description: 'Comisión sobre lo que cobra, en porcentaje.', min: 0, max: 100, optional: true, default: '0.00', example: '40.00' })
  comision_porcentaje?: string;

  @Text({ description: 'Presentación para los clientes.', max: 1000, optional: true, nullable: true, example: 'Quince años de oficio.' })
  biografia?: string | null;

  @Url({ description: 'Foto.', optional: true, nullable: true, example: 'https://example.com/lucia.jpg' })
  foto_url?: string | null;

  @Text({ description: 'Color en el calendario.', max: 7, pattern: /^#[0-9a-f]{6}$/, form: '#1e88e5', optional: true, nullable: true, example: '#1e88e5' })
  color_calendario?: string | null;

  @Bool({ description: 'Un cliente puede elegirlo; si no, solo el personal le agenda.', optional: true, default: true })
  reservable_en_linea?: boolean;

  @Int({ description: 'Orden en las listas; menor primero.', min: 0, max: 30_000, optional: true, default: 0 })
  orden?: number;
}

export class CrearProfesional extends DatosProfesional {
  @IdList({
    description: 'Exactamente los servicios que da. Sin este campo, todos los activos que admiten su `tipo_profesional`.',
    min: 0, max: 200, optional: true, example: [1, 2],
  })
  servicio_ids?: number[];

  @Bool({ description: 'Le pone una primera semana: lunes a sábado de 9:00 a 18:00, con pausa de almuerzo.', optional: true, default: true })
  horario_inicial?: boolean;
}

export class CambiarProfesional extends Changes(DatosProfesional) {
  @Bool({ description: 'false lo desactiva: sus citas quedan, su tiempo libre no, y nadie le reserva más.', optional: true })
  activo?: boolean;
}

export class Profesional extends Told(OmitType(DatosProfesional, ['documento_identidad', 'comision_porcentaje'])) {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Documento de identidad; null también para un empleado que no es esta persona.', max: 30, nullable: true, example: '1020304050' })
  documento_identidad: string | null;

  @Percent({ description: 'Comisión sobre lo que cobra, en porcentaje; null para un empleado que no es esta persona.', min: 0, max: 100, nullable: true, example: '40.00' })
  comision_porcentaje: string | null;

  @Fecha({ description: 'Último día con franjas generadas; null si aún ninguno.', nullable: true, example: null })
  generado_hasta: string | null;

  @IdList({ description: 'Servicios que da.', min: 0, max: 1000, example: [1, 2] })
  servicio_ids: number[];

  @Bool({ description: 'Trabaja aquí.' })
  activo: boolean;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class FiltroProfesionales extends Page {
  @Bool({ description: 'Solo activos (true) o inactivos (false).', optional: true, query: true, example: true })
  activo?: boolean;

  @Id({ description: 'Solo quienes dan este servicio.', optional: true, query: true })
  servicio_id?: number;
}

export class ListaProfesionales {
  @Nested(() => Profesional, { description: 'Por orden, luego id.', list: { min: 0, max: 200 } })
  elementos: Profesional[];

  @Cursor()
  cursor: string | null;
}
