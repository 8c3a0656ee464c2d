import { Injectable } from '@nestjs/common';

export interface LineaPorFacturar {
  descripcion: string;
  importe: string;
}

/** What a subscription charges for: a period, or the rest of one after a change. */
export interface PorFacturar {
  subscripcion_id: number;
  lineas: LineaPorFacturar[];
  total: string;
  moneda: string;
  vence_en: Date;
  periodo_inicio: Date;
  periodo_fin: Date;
}

/** Who makes invoices. Both are called inside the transaction of the change that causes them, so neither calls out. */
export interface EmisorFacturas {
  /** When it is due; null: nothing is owed by it. */
  emitir(factura: PorFacturar): Promise<{ vence_en: Date } | null>;
  /** When the oldest unpaid invoice of the organisation was or is due. */
  deudaVenceEn(): Promise<Date | null>;
  /** What is owed is not claimed any more. */
  perdonar?(): Promise<void>;
}

/** Where the maker of invoices says that it is there. Without one a subscription goes on and owes nothing. */
@Injectable()
export class Cobros {
  emisor?: EmisorFacturas;

  async emitir(factura: PorFacturar): Promise<Date | null> {
    if (Number(factura.total) === 0 || !this.emisor) return null;
    return (await this.emisor.emitir(factura))?.vence_en ?? null;
  }

  async deudaVenceEn(): Promise<Date | null> {
    return (await this.emisor?.deudaVenceEn()) ?? null;
  }

  async perdonar(): Promise<void> {
    await this.emisor?.perdonar?.();
  }
}
