import { industria_tipo, rol_usuario } from '../generated/prisma/enums.js';
import { Bool, Email, Id, Int, Nested, OneOf, Pais, Secret, Telefono, Text } from '../http/fields.js';

const CODIGO_TENANT = /^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]$/;

export const codigoTenant = {
  description: 'Nombre único del negocio en sus direcciones públicas: minúsculas, cifras y guiones.',
  max: 60,
  min: 3,
  pattern: CODIGO_TENANT,
  form: 'mi-negocio',
  example: 'barberia-centro',
};

export class RegistrarOrganizacion {
  @Text(codigoTenant)
  codigo_tenant: string;

  @Text({ description: 'Nombre que ven los clientes.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @OneOf(Object.values(industria_tipo), { description: 'Industria; decide las plantillas de servicios.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @Text({ description: 'Zona horaria IANA; decide qué significa "9:00".', max: 64, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Moneda ISO 4217 de los precios.', min: 3, max: 3, pattern: /^[A-Z]{3}$/, form: 'COP', example: 'COP' })
  moneda: string;

  @Pais({ description: 'País ISO 3166-1; da el prefijo a los teléfonos.' })
  pais: string;

  @OneOf(['es', 'en', 'pt'], { description: 'Idioma de los mensajes a sus clientes.', optional: true, default: 'es' })
  idioma: string = 'es';

  @Telefono({ description: 'Teléfono del negocio; se guarda en E.164.', optional: true, nullable: true })
  telefono?: string | null;

  @Text({ description: 'Nombre de quien administra.', max: 150, example: 'Ana Torres' })
  nombre: string;

  @Email({ description: 'Correo de quien administra; con él inicia sesión.' })
  email: string;

  @Secret({ description: 'De 10 a 128 caracteres, y no de las más usadas.', min: 10, max: 128, example: 'una-clave-larga' })
  password: string;

  @Bool({ description: 'Importa ya las plantillas de servicios de su industria.', optional: true, default: false })
  importar_plantillas: boolean = false;
}

export class RegistrarCliente {
  @Text(codigoTenant)
  codigo_tenant: string;

  @Text({ description: 'Nombre completo.', max: 150, example: 'José Ñáñez' })
  nombre: string;

  @Email({ description: 'Correo; con él inicia sesión. Único dentro del negocio.' })
  email: string;

  @Telefono({ description: 'Teléfono; se guarda en E.164 con el prefijo del país del negocio.', optional: true, nullable: true })
  telefono?: string | null;

  @Secret({ description: 'De 10 a 128 caracteres, y no de las más usadas.', min: 10, max: 128, example: 'una-clave-larga' })
  password: string;
}

export class IniciarSesion {
  @Email({ description: 'Correo de la cuenta.' })
  email: string;

  @Secret({ description: 'Contraseña.', min: 1, max: 128, example: 'una-clave-larga' })
  password: string;

  @Text({ ...codigoTenant, description: 'Obligatorio solo si el correo tiene cuenta en varias organizaciones.', none: true })
  codigo_tenant?: string;
}

export class Renovar {
  @Text({ description: 'El `refresh_token` más reciente; cada uno sirve una vez.', max: 200, example: '1.Zm9vYmFy' })
  refresh_token: string;
}

export class CambiarPassword {
  @Secret({ description: 'La contraseña de hoy.', min: 1, max: 128, example: 'una-clave-larga' })
  password_actual: string;

  @Secret({ description: 'De 10 a 128 caracteres, y no de las más usadas.', min: 10, max: 128, example: 'otra-clave-larga' })
  password_nueva: string;
}

export class Tokens {
  @Text({ description: 'JWT para la cabecera `Authorization: Bearer`.', max: 2000, example: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' })
  access_token: string;

  @Text({ description: 'Para POST /auth/refresh; se usa una vez. Null solo para super_admin, cuya sesión dura una hora.', max: 200, nullable: true, example: '1.Zm9vYmFy' })
  refresh_token: string | null;

  @OneOf(['Bearer'], { description: 'Tipo de token.', example: 'Bearer' })
  token_type: 'Bearer';

  @Int({ description: 'Segundos de vida del access_token.', min: 1, max: 86_400, example: 900 })
  expires_in: number;
}

export class Cuenta {
  @Id({ description: 'Usuario.' })
  usuario_id: number;

  @Email({ description: 'Correo; null si entra solo con su teléfono.', nullable: true })
  email: string | null;

  @Text({ description: 'Nombre.', max: 150, example: 'Ana Torres' })
  nombre: string;

  @OneOf(Object.values(rol_usuario), { description: 'Rol en la organización.', name: 'rol_usuario', example: 'admin' })
  rol: rol_usuario;

  @Id({ description: 'Organización.' })
  organizacion_id: number;

  @Text(codigoTenant)
  codigo_tenant: string;

  @Text({ description: 'Nombre del negocio.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @Text({ description: 'Zona horaria IANA del negocio.', max: 64, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Moneda ISO 4217 del negocio.', max: 3, example: 'COP' })
  moneda: string;

  @Id({ description: 'Ficha de cliente de esta cuenta, si el rol es cliente.', nullable: true, example: null })
  cliente_id: number | null;

  @Id({ description: 'Ficha de profesional de esta cuenta, si tiene.', nullable: true, example: null })
  profesional_id: number | null;
}

export class Registro {
  @Nested(() => Cuenta, { description: 'La cuenta creada.' })
  cuenta: Cuenta;

  @Nested(() => Tokens, { description: 'Su sesión.' })
  tokens: Tokens;

  @Int({ description: 'Servicios importados de las plantillas.', min: 0, max: 1000, example: 12 })
  servicios_importados: number;
}
