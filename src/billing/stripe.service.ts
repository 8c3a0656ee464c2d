import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { NOBODY, type Session } from '../database/session.js';
import { absent, Problem } from '../http/problems.js';
import { FacturasService } from './facturas.service.js';
import { PagosService } from './pagos.service.js';
import type { PaginaPasarela } from './pagos.dto.js';
import { PASARELA, type EventoPasarela, type Pasarela } from './pasarela.js';
import { Puerta } from './puerta.js';

/** Payments online: read, call out, write, each on its own. */
@Injectable()
export class StripeService {
  constructor(
    private readonly db: Db,
    private readonly puerta: Puerta,
    private readonly facturas: FacturasService,
    private readonly pagos: PagosService,
    @Inject(PASARELA) private readonly pasarela: Pasarela | null,
  ) {}

  async checkout(session: Session, factura_id: number): Promise<PaginaPasarela> {
    const pasarela = this.#exigir();
    const { cuenta, factura } = await this.db.run({ ...session, readOnly: true }, async () => {
      const factura = await this.facturas.buscar(factura_id);
      if (!factura) throw absent('factura_id');
      if (factura.estado !== 'emitida' && factura.estado !== 'incobrable') throw new Problem('factura_no_cobrable');
      return { cuenta: await this.#cuenta(), factura };
    });
    const cliente = await this.#cliente(session, cuenta);
    const { numero, total, moneda } = factura;
    return { url: await pasarela.crearCheckout({ cliente, organizacion_id: cuenta.id, factura_id, numero, total, moneda, idioma: cuenta.idioma }) };
  }

  async portal(session: Session): Promise<PaginaPasarela> {
    const pasarela = this.#exigir();
    const cuenta = await this.db.run({ ...session, readOnly: true }, () => this.#cuenta());
    return { url: await pasarela.crearPortal(await this.#cliente(session, cuenta)) };
  }

  /** Told twice, it is done once; what is answered 2xx is committed, and what is not is told again. */
  async recibir(cuerpo: Buffer | undefined, firma: unknown): Promise<void> {
    const pasarela = this.#exigir();
    if (!cuerpo || typeof firma !== 'string') throw new Problem('firma_invalida');
    const evento = pasarela.leerEvento(cuerpo, firma);
    const { id, tipo, organizacion_id = null, factura_id = null } = evento;
    await this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const { rows } = await sql<{ nuevo: boolean }>`
        select app.tomar_evento_stripe(${id}, ${tipo}, ${organizacion_id}::bigint, ${factura_id}::bigint) as nuevo`.execute(this.db.sql);
      if (!rows[0].nuevo) return;
      const resultado = await this.#atender(evento);
      await sql`select app.resolver_evento_stripe(${id}, ${resultado})`.execute(this.db.sql);
    });
  }

  async #atender({ es, organizacion_id, factura_id, referencia, importe, moneda }: EventoPasarela): Promise<string> {
    if (es === 'otro') return 'ignorado';
    if (!organizacion_id || !factura_id) return 'factura_desconocida';
    if (es === 'fallo') return this.pagos.fallo(factura_id);
    return this.pagos.cobrar({ factura_id, metodo: 'stripe', importe: importe!, moneda: moneda!, referencia: referencia!, recibido_en: await this.puerta.ahora() });
  }

  #exigir(): Pasarela {
    if (!this.pasarela) throw new Problem('pasarela_no_disponible');
    return this.pasarela;
  }

  async #cuenta() {
    const { rows } = await sql<{ id: number; nombre: string; email: string; idioma: string; cliente: string | null }>`
      select o.id, coalesce(o.razon_social, o.nombre_comercial) as nombre, o.email_admin as email, o.idioma, s.cliente_externo_id as cliente
      from app.subscripcion_vigente() s join organizaciones o on o.id = s.organizacion_id
      where s.organizacion_id = ${this.db.organizacion_id}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  /** Its id at the gateway: made once, the first time. */
  async #cliente(session: Session, { id, nombre, email, cliente }: { id: number; nombre: string; email: string; cliente: string | null }): Promise<string> {
    if (cliente) return cliente;
    const nuevo = await this.#exigir().crearCliente({ organizacion_id: id, nombre, email });
    await this.db.run(session, () => this.puerta.cambiar('cliente_externo', { cliente_externo_id: nuevo }));
    return nuevo;
  }
}
