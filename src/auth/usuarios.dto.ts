import { rol_usuario } from '../generated/prisma/enums.js';
import { Bool, Changes, Email, Id, Instante, Nested, OneOf, Secret, Telefono, Text, Told } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const ROLES = Object.values(rol_usuario);

export class DatosUsuario {
  @Text({ description: 'Nombre completo.', max: 150, example: 'Lucía Peña' })
  nombre: string;

  @Telefono({ description: 'Teléfono; se guarda en E.164.', optional: true, nullable: true })
  telefono?: string | null;

  @OneOf(ROLES, { description: 'Siempre inferior al de quien lo da.', name: 'rol_usuario', example: 'empleado' })
  rol: rol_usuario;
}

export class CrearUsuario extends DatosUsuario {
  @Email({ description: 'Correo; con él inicia sesión. Único dentro del negocio.' })
  email: string;

  @Secret({ description: 'Contraseña temporal, de 10 a 128 caracteres y no de las más usadas.', min: 10, max: 128, example: 'una-clave-larga' })
  password: string;
}

export class CambiarUsuario extends Changes(DatosUsuario) {
  @Bool({ description: 'false lo desactiva y cierra sus sesiones: sus tokens dejan de servir en la siguiente solicitud.', optional: true })
  activo?: boolean;
}

export class Usuario extends Told(DatosUsuario) {
  @Id({ description: 'Identificador.' })
  id: number;

  @Email({ description: 'Correo; null si es un cliente que entra solo con su teléfono.', nullable: true })
  email: string | null;

  @Bool({ description: 'Demostró que el correo es suyo.', example: false })
  email_verificado: boolean;

  @Id({ description: 'Ficha de profesional de esta cuenta, si tiene; se enlaza en /professionals con `usuario_id`.', nullable: true, example: null })
  profesional_id: number | null;

  @Instante({ description: 'Último inicio de sesión.', nullable: true })
  ultimo_acceso: Date | null;

  @Bool({ description: 'Puede entrar.' })
  activo: boolean;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}

export class FiltroUsuarios extends Page {
  @OneOf(ROLES, { description: 'Solo los de este rol.', name: 'rol_usuario', optional: true, query: true, example: 'empleado' })
  rol?: rol_usuario;

  @Bool({ description: 'Solo activos (true) o inactivos (false).', optional: true, query: true, example: true })
  activo?: boolean;
}

export class ListaUsuarios {
  @Nested(() => Usuario, { description: 'Por id.', list: { min: 0, max: 200 } })
  elementos: Usuario[];

  @Cursor()
  cursor: string | null;
}
