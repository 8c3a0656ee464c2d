import { Inject, Injectable } from '@nestjs/common';
import { FacturasImpresas } from '../billing/facturas-impresas.service.js';
import { fechaLocal, TEXTOS } from '../billing/facturas.textos.js';
import { CONFIG, type Config } from '../config.js';
import type { Session } from '../database/session.js';
import { Limits } from '../limits/limits.service.js';
import { Mensajes } from './mensajes.service.js';

/** Invoices by e-mail. Here and not in billing, which knows of no messages. */
@Injectable()
export class EnvioFacturas {
  constructor(
    private readonly impresas: FacturasImpresas,
    private readonly mensajes: Mensajes,
    private readonly limits: Limits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async send(session: Session, id: number): Promise<void> {
    this.mensajes.exigir('email');
    const { code } = this.config.limits;
    // To the e-mail that its organisation says it has.
    if (code) await this.limits.takeShared(code, `invoice ${session.organizacion_id}/${id}`);
    const { factura, idioma, zona, email, content, filename } = await this.impresas.pdf(session, id);
    const texto = TEXTOS[idioma].correo(factura.numero, `${factura.total} ${factura.moneda}`, fechaLocal(factura.vence_en, zona));
    this.mensajes.correo({ to: email, ...texto, attachments: [{ filename, content, contentType: 'application/pdf' }] });
  }
}
