import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { FacturasService } from './facturas.service.js';

/** Invoices on paper, drawn after the transaction that reads them. */
@Injectable()
export class FacturasImpresas {
  constructor(
    private readonly db: Db,
    private readonly facturas: FacturasService,
  ) {}

  async pdf(session: Session, id: number) {
    const leida = await this.db.run({ ...session, readOnly: true }, () => this.facturas.paraImprimir(id));
    const { pdfDeFactura } = await import('./facturas.pdf.js'); // with the first of them: its fonts and tables take long to load
    return { ...leida, content: await pdfDeFactura(leida.factura, leida.idioma, leida.zona), filename: `${leida.factura.numero}.pdf` };
  }
}
