import { Email, Secret, Telefono, Text } from '../http/fields.js';
import { codigoTenant } from './auth.dto.js';

export class ConEnlace {
  @Text({ description: 'El `token` del enlace del mensaje; sirve una vez.', max: 200, example: '1.Zm9vYmFy' })
  token: string;
}

export class PedirRestablecimiento {
  @Email({ description: 'Correo de la cuenta.' })
  email: string;

  @Text({ ...codigoTenant, description: 'Solo la cuenta de ese negocio; sin él, las de todos en un mensaje.', none: true })
  codigo_tenant?: string;
}

export class Restablecer extends ConEnlace {
  @Secret({ description: 'De 10 a 128 caracteres, y no de las más usadas.', min: 10, max: 128, example: 'otra-clave-larga' })
  password_nueva: string;
}

export class PedirCodigo {
  @Text(codigoTenant)
  codigo_tenant: string;

  @Email({ description: 'A dónde se envía: el correo, o el `telefono`.', none: true })
  email?: string;

  @Telefono({ description: 'A dónde se envía, por WhatsApp; se lee con el prefijo del país del negocio.', none: true })
  telefono?: string;
}

export class EntrarConCodigo extends PedirCodigo {
  @Text({ description: 'Las seis cifras del mensaje.', min: 6, max: 6, pattern: /^\d{6}$/, form: '123456', example: '123456' })
  codigo: string;

  @Text({ description: 'Obligatorio solo si el negocio aún no conoce ese correo o teléfono.', max: 150, none: true, example: 'José Ñáñez' })
  nombre?: string;
}
