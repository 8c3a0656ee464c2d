import { Bool, Id, Instante, Int, Money, Nested, OneOf, Percent, Text } from '../http/fields.js';
import { Cursor } from '../http/page.js';

export const ESTADOS_FACTURA = ['emitida', 'pagada', 'anulada', 'incobrable'] as const;
export type EstadoFactura = (typeof ESTADOS_FACTURA)[number];

const moneda = { description: 'Moneda ISO 4217.', max: 3, example: 'USD' };
const dato = (description: string, example: string) => ({ description, example, max: 300, nullable: true });

export class LineaFactura {
  @Text({ description: 'Qué se cobra.', max: 300, example: 'Básico (mensual)' })
  descripcion: string;

  @Int({ description: 'Cantidad.', min: 1, max: 2_147_483_647, example: 1 })
  cantidad: number;

  @Text({ description: 'Precio de cada uno.', max: 14, example: '15.00' })
  precio_unitario: string;

  @Text({ description: 'Importe. Negativo es un crédito.', max: 14, example: '15.00' })
  importe: string;
}

/** Who issues, or who is charged, as it was that day. */
export class ParteFactura {
  @Text(dato('Razón social.', 'Barbería Central SAS'))
  razon_social: string | null;

  @Text(dato('Identificación fiscal.', '900123456-7'))
  identificacion_fiscal: string | null;

  @Text(dato('Dirección.', 'Calle 10 # 5-20'))
  direccion: string | null;

  @Text(dato('Ciudad.', 'Bogotá'))
  ciudad: string | null;

  @Text(dato('País ISO 3166.', 'CO'))
  pais: string | null;

  @Text(dato('Correo.', 'ana@example.com'))
  email: string | null;
}

export class PagoFactura {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(['manual', 'stripe'], { description: 'Por dónde llegó.', example: 'stripe' })
  metodo: string;

  @Money({ description: 'Importe.', example: '17.85' })
  importe: string;

  @Text(moneda)
  moneda: string;

  @Text({ description: 'Referencia de la transferencia o del cobro: la misma es el mismo pago.', max: 200, example: 'TR-2027-118' })
  referencia: string;

  @Instante({ description: 'Cuándo se recibió.' })
  recibido_en: Date;

  @Bool({ description: 'La factura ya no se cobraba: hay que devolverlo.', example: false })
  sobra: boolean;
}

export class FacturaResumida {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Número, sin huecos en su serie.', max: 40, example: 'F-00000001' })
  numero: string;

  @OneOf(ESTADOS_FACTURA, { description: 'Estado. `incobrable`: la plataforma dejó de reclamarla.', name: 'estado_factura', example: 'emitida' })
  estado: EstadoFactura;

  @Text(moneda)
  moneda: string;

  @Money({ description: 'Base del impuesto.', example: '15.00' })
  subtotal: string;

  @Money({ description: 'Impuesto.', example: '2.85' })
  impuesto: string;

  @Money({ description: 'Total.', example: '17.85' })
  total: string;

  @Instante({ description: 'Inicio del periodo que cobra.' })
  periodo_inicio: Date;

  @Instante({ description: 'Fin del periodo que cobra.' })
  periodo_fin: Date;

  @Instante({ description: 'Cuándo se emitió.' })
  emitida_en: Date;

  @Instante({ description: 'Cuándo vence o venció.' })
  vence_en: Date;

  @Instante({ description: 'Cuándo se pagó.', nullable: true, example: null })
  pagada_en: Date | null;

  @Instante({ description: 'Cuándo se anuló.', nullable: true, example: null })
  anulada_en: Date | null;
}

export class Factura extends FacturaResumida {
  @Text({ description: 'Nombre del impuesto; null = ninguno.', max: 40, nullable: true, example: 'IVA' })
  impuesto_nombre: string | null;

  @Percent({ description: 'Tasa del impuesto, en porcentaje.', min: 0, max: 100, example: '19.00' })
  tasa: string;

  @Bool({ description: 'Las líneas ya incluyen el impuesto.', example: false })
  impuesto_incluido: boolean;

  @Text({ description: 'Por qué se anuló.', max: 500, nullable: true, example: null })
  motivo_anulacion: string | null;

  @Nested(() => ParteFactura, { description: 'Quién la emite.' })
  emisor: ParteFactura;

  @Nested(() => ParteFactura, { description: 'A quién se cobra.' })
  cliente: ParteFactura;

  @Nested(() => LineaFactura, { description: 'Qué cobra.', list: { min: 1, max: 100 } })
  lineas: LineaFactura[];

  @Nested(() => PagoFactura, { description: 'Lo recibido.', list: { min: 0, max: 100 } })
  pagos: PagoFactura[];
}

export class ListaFacturas {
  @Nested(() => FacturaResumida, { description: 'Las facturas, de la última a la primera.', list: { min: 0, max: 200 } })
  elementos: FacturaResumida[];

  @Cursor()
  cursor: string | null;
}
