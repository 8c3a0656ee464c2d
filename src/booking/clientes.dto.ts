import { PickType } from '@nestjs/swagger';
import { Bool, Changes, Email, Fecha, Id, Instante, Int, Money, Nested, Telefono, Text, Told } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

export class CrearCliente {
  @Text({ description: 'Nombre completo.', max: 150, example: 'José Ñáñez' })
  nombre: string;

  @Email({ description: 'Correo. Varias fichas pueden compartirlo: una familia usa uno.', optional: true, nullable: true, example: 'jose@example.com' })
  email?: string | null;

  @Telefono({ description: 'Teléfono; se guarda en E.164 con el prefijo del país del negocio.', optional: true, nullable: true })
  telefono?: string | null;

  @Fecha({ description: 'Fecha de nacimiento.', optional: true, nullable: true, example: '1990-05-21' })
  fecha_nacimiento?: string | null;

  @Id({ description: 'Profesional que prefiere.', optional: true, nullable: true })
  profesional_preferido_id?: number | null;

  @Text({ description: 'Notas del personal; el cliente no las ve.', max: 2000, optional: true, nullable: true, example: 'Llega siempre temprano.' })
  notas?: string | null;

  @Text({ description: 'Alergias y cuidados.', max: 1000, optional: true, nullable: true, example: 'Alergia al amoníaco.' })
  alergias?: string | null;

  @Text({ description: 'Dirección.', max: 300, optional: true, nullable: true, example: 'Calle 10 # 20-30' })
  direccion?: string | null;

  @Text({ description: 'Cómo conoció el negocio.', max: 100, optional: true, nullable: true, example: 'recomendación' })
  como_conocio?: string | null;

  @Bool({ description: 'Acepta recordatorios y mensajes.', optional: true, default: true })
  acepta_mensajes?: boolean;
}

export class CambiarCliente extends Changes(CrearCliente) {
  @Bool({ description: 'false lo desactiva: sus citas quedan.', optional: true })
  activo?: boolean;
}

export class Cliente extends Told(CrearCliente) {
  @Id({ description: 'Identificador.' })
  id: number;

  @Id({ description: 'Usuario con el que el cliente entra al sistema, si tiene cuenta.', nullable: true, example: null })
  usuario_id: number | null;

  @Bool({ description: 'En uso.' })
  activo: boolean;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class ClienteConTotales extends Cliente {
  @Int({ description: 'Citas completadas.', min: 0, max: 1_000_000, example: 8 })
  citas_completadas: number;

  @Int({ description: 'Citas canceladas.', min: 0, max: 1_000_000, example: 1 })
  citas_canceladas: number;

  @Int({ description: 'Citas a las que no asistió.', min: 0, max: 1_000_000, example: 0 })
  no_shows: number;

  @Instante({ description: 'Inicio de la última cita completada.', nullable: true })
  ultima_cita_en: Date | null;

  @Instante({ description: 'Inicio de la próxima cita pendiente o confirmada.', nullable: true })
  proxima_cita_en: Date | null;

  @Money({ description: 'Suma de sus citas completadas.', example: '200000.00' })
  total_gastado: string;

  @Text({ description: 'Moneda ISO 4217 del total.', max: 3, example: 'COP' })
  moneda: string;
}

/** What a client sees of their own record: never the staff's notes. */
export class MiFicha extends PickType(Cliente, [
  'id', 'nombre', 'email', 'telefono', 'fecha_nacimiento', 'profesional_preferido_id', 'alergias', 'direccion', 'acepta_mensajes', 'creado_en', 'actualizado_en',
]) {}

export class CambiarMiFicha extends Changes(PickType(CrearCliente, ['nombre', 'telefono', 'acepta_mensajes', 'direccion', 'alergias'])) {}

export class FiltroClientes extends Page {
  @Text({
    description: 'Busca en cualquier parte del nombre, el correo o el teléfono, sin distinguir acentos ni mayúsculas; cada palabra debe aparecer.',
    min: 2, max: 100, optional: true, example: 'nanez',
  })
  q?: string;

  @Bool({ description: 'Activos (true) o desactivados (false).', optional: true, default: true, query: true, example: true })
  activo: boolean = true;
}

export class ListaClientes {
  @Nested(() => Cliente, { description: 'Por nombre, luego id.', list: { min: 0, max: 200 } })
  elementos: Cliente[];

  @Cursor()
  cursor: string | null;
}
