import type { EstadoFactura } from './facturas.dto.js';
import type { IdiomaFactura } from './facturas.service.js';

interface Textos {
  factura: string;
  emisor: string;
  cliente: string;
  identificacion: string;
  emitida: string;
  vence: string;
  periodo: string;
  descripcion: string;
  cantidad: string;
  precio: string;
  importe: string;
  subtotal: string;
  incluido: string;
  total: string;
  estados: Record<EstadoFactura, string>;
  correo: (numero: string, total: string, vence: string) => { subject: string; text: string };
}

export const TEXTOS: Record<IdiomaFactura, Textos> = {
  es: {
    factura: 'Factura', emisor: 'Emisor', cliente: 'Cliente', identificacion: 'Identificación fiscal', emitida: 'Emitida', vence: 'Vence', periodo: 'Periodo',
    descripcion: 'Descripción', cantidad: 'Cantidad', precio: 'Precio', importe: 'Importe', subtotal: 'Subtotal', incluido: 'incluido en los precios', total: 'Total',
    estados: { emitida: 'Por pagar', pagada: 'Pagada', anulada: 'Anulada', incobrable: 'No se cobra' },
    correo: (numero, total, vence) => ({ subject: `Su factura ${numero} de Franja`, text: `Adjuntamos la factura ${numero} por ${total}. Vence el ${vence}.` }),
  },
  en: {
    factura: 'Invoice', emisor: 'From', cliente: 'Bill to', identificacion: 'Tax id', emitida: 'Issued', vence: 'Due', periodo: 'Period',
    descripcion: 'Description', cantidad: 'Quantity', precio: 'Price', importe: 'Amount', subtotal: 'Subtotal', incluido: 'included in the prices', total: 'Total',
    estados: { emitida: 'To be paid', pagada: 'Paid', anulada: 'Void', incobrable: 'Not claimed' },
    correo: (numero, total, vence) => ({ subject: `Your Franja invoice ${numero}`, text: `Invoice ${numero} for ${total} is attached. It is due on ${vence}.` }),
  },
  pt: {
    factura: 'Fatura', emisor: 'Emissor', cliente: 'Cliente', identificacion: 'Identificação fiscal', emitida: 'Emitida', vence: 'Vencimento', periodo: 'Período',
    descripcion: 'Descrição', cantidad: 'Quantidade', precio: 'Preço', importe: 'Valor', subtotal: 'Subtotal', incluido: 'incluído nos preços', total: 'Total',
    estados: { emitida: 'A pagar', pagada: 'Paga', anulada: 'Anulada', incobrable: 'Não é cobrada' },
    correo: (numero, total, vence) => ({ subject: `Sua fatura ${numero} da Franja`, text: `Segue em anexo a fatura ${numero} no valor de ${total}. Vence em ${vence}.` }),
  },
};

/** YYYY-MM-DD there. */
export const fechaLocal = (instante: Date, zona: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zona, dateStyle: 'short' }).format(instante);
