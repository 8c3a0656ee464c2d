import { Bool, Instante, Int, Secret, Text, TextList } from '../http/fields.js';
import { Tokens } from './auth.dto.js';

const desafio = { description: 'El `desafio` que respondió /auth/login; vale cinco minutos.', max: 2000, example: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' };
const password = { description: 'La contraseña de hoy.', min: 1, max: 128, example: 'una-clave-larga' };
const codigo = { description: 'Seis cifras de la aplicación, o un código de recuperación.', min: 6, max: 40, example: '123456' };
const recuperacion = { description: 'Diez códigos de un solo uso. Se muestran esta vez.', max: 10, each: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/, example: ['7K3M-Q9TX-2V8D-HNRA'] };

export class EmpezarSegundoFactor {
  @Secret(password)
  password: string;
}

export class CodigoSegundoFactor {
  @Text(codigo)
  codigo: string;
}

export class QuitarSegundoFactor extends CodigoSegundoFactor {
  @Secret(password)
  password: string;
}

export class Desafio {
  @Text(desafio)
  desafio: string;
}

export class ResponderDesafio extends Desafio {
  @Text(codigo)
  codigo: string;
}

export class SecretoSegundoFactor {
  @Text({ description: 'Para escribirlo a mano en la aplicación: base 32.', max: 64, example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
  secreto: string;

  @Text({ description: 'Para mostrarlo como QR.', max: 600, example: 'otpauth://totp/Franja:ana%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Franja' })
  uri: string;
}

export class CodigosRecuperacion {
  @TextList(recuperacion)
  codigos_recuperacion: string[];
}

export class EstadoSegundoFactor {
  @Instante({ description: 'Desde cuándo está activo; null, no lo está.', nullable: true })
  activo_desde: Date | null;

  @Int({ description: 'Códigos de recuperación sin usar.', min: 0, max: 10, example: 10 })
  codigos_restantes: number;

  @Bool({ description: 'Sin él esta cuenta no inicia sesión.', example: false })
  obligatorio: boolean;
}

export class TokensSegundoFactor extends Tokens {
  @TextList({ ...recuperacion, description: 'Solo al activarlo: diez códigos de un solo uso. Se muestran esta vez.', optional: true })
  codigos_recuperacion?: string[];
}
