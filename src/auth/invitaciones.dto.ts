import { rol_usuario } from '../generated/prisma/enums.js';
import { Email, Id, Instante, Nested, OneOf, Secret, Text, Told } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';
import { CANALES, type Canal } from '../notifications/mensajes.service.js';
import { ConEnlace } from './codigos.dto.js';
import { DatosUsuario } from './usuarios.dto.js';

export class Invitar extends DatosUsuario {
  @Email({ description: 'Correo; con él iniciará sesión. Único dentro del negocio.' })
  email: string;

  @OneOf(CANALES, { description: 'Por dónde se envía; whatsapp necesita `telefono`.', name: 'canal_mensaje', example: 'email' })
  canal: Canal;
}

export class Invitacion extends Told(Invitar) {
  @Id({ description: 'Identificador.' })
  id: number;

  @Instante({ description: 'Hasta cuándo sirve su enlace.' })
  expira_en: Date;

  @Instante({ description: 'Envío.' })
  creado_en: Date;

  @Id({ description: 'Quién invitó.', nullable: true })
  creado_por: number | null;
}

export class FiltroInvitaciones extends Page {}

export class ListaInvitaciones {
  @Nested(() => Invitacion, { description: 'Por id.', list: { min: 0, max: 200 } })
  elementos: Invitacion[];

  @Cursor()
  cursor: string | null;
}

export class InvitacionAbierta {
  @Text({ description: 'Negocio que invita.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @OneOf(Object.values(rol_usuario), { description: 'Rol que tendrá.', name: 'rol_usuario', example: 'empleado' })
  rol: rol_usuario;

  @Text({ description: 'Nombre con que le invitaron.', max: 150, example: 'Lucía Peña' })
  nombre: string;

  @Email({ description: 'Correo con que iniciará sesión.' })
  email: string;
}

export class AceptarInvitacion extends ConEnlace {
  @Text({ description: 'Nombre completo; sin él queda el de la invitación.', max: 150, optional: true, example: 'Lucía Peña' })
  nombre?: string;

  @Secret({ description: 'De 10 a 128 caracteres, y no de las más usadas.', min: 10, max: 128, example: 'una-clave-larga' })
  password: string;
}
