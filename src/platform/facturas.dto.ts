import { Bool, Email, Instante, Money, Percent, Text } from '../http/fields.js';

const dato = (description: string, example: string, max: number) => ({ description, example, max, nullable: true });

export class AnotarPago {
  @Money({ description: 'Lo recibido: el total de la factura.', example: '17.85' })
  importe: string;

  @Text({ description: 'Moneda ISO 4217, la de la factura.', max: 3, pattern: /^[A-Z]{3}$/, form: 'USD', example: 'USD' })
  moneda: string;

  @Text({ description: 'Referencia de la transferencia: la misma es el mismo pago.', max: 200, example: 'TR-2027-118' })
  referencia: string;

  @Instante({ description: 'Cuándo se recibió; ahora, si no se dice. No puede estar en el futuro, salvo cinco minutos por los relojes.', optional: true })
  recibido_en?: string;
}

export class AnularFactura {
  @Text({ description: 'Por qué.', max: 500, example: 'Emitida a otra razón social' })
  motivo: string;
}

export class FijarImpuesto {
  @Text({ description: 'Nombre.', max: 40, example: 'IVA' })
  nombre: string;

  @Percent({ description: 'Tasa, en porcentaje.', min: 0, max: 100, example: '19.00' })
  tasa: string;

  @Bool({ description: 'Los precios de los planes ya lo incluyen.', example: false })
  incluido: boolean;
}

export class Impuesto extends FijarImpuesto {
  @Text({ description: 'País ISO 3166.', max: 2, example: 'CO' })
  pais: string;
}

/** Each invoice keeps what was written here when it was issued. */
export class Emisor {
  @Text({ description: 'Razón social de quien opera la plataforma.', max: 200, example: 'Franja SAS' })
  razon_social: string;

  @Text(dato('Identificación fiscal.', '900123456-7', 30))
  identificacion_fiscal: string | null;

  @Text(dato('Dirección.', 'Calle 10 # 5-20', 300))
  direccion: string | null;

  @Text(dato('Ciudad.', 'Bogotá', 100))
  ciudad: string | null;

  @Text({ ...dato('País ISO 3166.', 'CO', 2), pattern: /^[A-Z]{2}$/, form: 'CO' })
  pais: string | null;

  @Email({ description: 'Correo.', nullable: true, example: 'facturas@example.com' })
  email: string | null;
}
