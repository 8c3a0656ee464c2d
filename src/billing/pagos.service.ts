import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { fieldProblem, Problem, repeated } from '../http/problems.js';
import type { Factura } from './facturas.dto.js';
import { FacturasService } from './facturas.service.js';
import { Puerta } from './puerta.js';
import { SubscripcionesService } from './subscripciones.service.js';

export interface Pago {
  factura_id: number;
  metodo: 'manual' | 'stripe';
  importe: string;
  moneda: string;
  referencia: string;
  recibido_en: Date;
}

/** `de_mas`: the invoice was not to be paid any more, and the money is noted as too much. */
export type Resultado = 'pagada' | 'repetido' | 'de_mas' | 'importe_distinto' | 'factura_desconocida' | 'referencia_de_otra';

/** By how much the clock of whoever notes a payment may be ahead of ours. */
const RELOJ_ADELANTADO_MS = 5 * 60_000;

const cents = (importe: string) => BigInt(importe.replace(/^(\d+)(?:\.(\d{1,2}))?$/, (_, entero: string, resto = '') => entero + resto.padEnd(2, '0')));

/** What comes in for invoices, and what that does to the subscription. */
@Injectable()
export class PagosService {
  constructor(
    private readonly db: Db,
    private readonly puerta: Puerta,
    private readonly facturas: FacturasService,
    private readonly subscripciones: SubscripcionesService,
  ) {}

  async cobrar({ factura_id, metodo, importe, moneda, referencia, recibido_en }: Pago): Promise<Resultado> {
    const factura = await this.facturas.buscar(factura_id);
    if (!factura) return 'factura_desconocida';
    if (moneda !== factura.moneda || cents(importe) !== cents(factura.total)) return 'importe_distinto';
    // Always the subscription before the invoice, as whoever issues has it.
    await this.puerta.tomar();
    const reclamada = (await this.facturas.buscar(factura_id))?.estado === 'emitida'; // what was forgiven held nobody: its payment changes nothing
    const { rows } = await sql<{ pagada: boolean | null }>`
      select app.registrar_pago(${factura_id}::bigint, ${metodo}, ${importe}::numeric, ${moneda}, ${referencia}, ${recibido_en}) as pagada`.execute(this.db.sql);
    if (rows[0].pagada === null) return (await this.#esDe(metodo, referencia, factura_id)) ? 'repetido' : 'referencia_de_otra';
    if (!rows[0].pagada) return 'de_mas';
    if (!reclamada || (await this.#deAntes(factura.emitida_en))) {
      await this.puerta.cambiar('pago', { deuda_vence_en: await this.facturas.deudaVenceEn(), ...(reclamada && { antes: null }) }, { importe: factura.total });
    } else await this.subscripciones.pagada({ total: factura.total });
    return 'pagada';
  }

  /** By hand, by the platform: what does not fit is refused, and the same payment again is no other. */
  async anotar({ recibido_en, ...pago }: Omit<Pago, 'metodo' | 'recibido_en'> & { recibido_en?: string }): Promise<Factura> {
    const ahora = await this.puerta.ahora();
    const recibido = recibido_en ? new Date(recibido_en) : ahora;
    if (recibido.getTime() > ahora.getTime() + RELOJ_ADELANTADO_MS) throw fieldProblem('recibido_en', 'no_futuro');
    const resultado = await this.cobrar({ ...pago, metodo: 'manual', recibido_en: recibido });
    if (resultado === 'factura_desconocida') throw new Problem('no_encontrado');
    if (resultado === 'importe_distinto') {
      const { total, moneda } = await this.facturas.get(pago.factura_id);
      const errores = [cents(pago.importe) !== cents(total) && { campo: 'importe', mensaje: `igual|${total}` }, pago.moneda !== moneda && { campo: 'moneda', mensaje: `igual|${moneda}` }];
      throw new Problem('importe_no_coincide', { errores: errores.filter((error) => error !== false) });
    }
    if (resultado === 'referencia_de_otra') throw repeated('referencia');
    if (resultado === 'de_mas') throw new Problem('factura_no_cobrable');
    return this.facturas.get(pago.factura_id);
  }

  /** A charge failed. One that was told late, after the payment, is nothing. */
  async fallo(factura_id: number): Promise<'impaga' | 'sin_efecto' | 'factura_desconocida'> {
    if (!(await this.facturas.buscar(factura_id))) return 'factura_desconocida';
    await this.puerta.tomar();
    const factura = await this.facturas.buscar(factura_id);
    if (factura?.estado !== 'emitida') return 'sin_efecto';
    await this.subscripciones.impaga({ vence_en: factura.vence_en });
    return 'impaga';
  }

  async anular(factura_id: number, motivo: string): Promise<Factura> {
    const factura = await this.facturas.buscar(factura_id);
    if (!factura) throw new Problem('no_encontrado');
    await this.puerta.tomar();
    await sql`select app.anular_factura(${factura_id}::bigint, ${motivo})`.execute(this.db.sql);
    await this.subscripciones.anulada({ motivo, periodo_fin: factura.periodo_fin });
    return this.facturas.get(factura_id);
  }

  async #esDe(metodo: string, referencia: string, factura_id: number): Promise<boolean> {
    const pago = await this.db.sql
      .selectFrom('pagos')
      .select('factura_id')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('metodo', '=', metodo)
      .where('referencia', '=', referencia)
      .executeTakeFirst();
    return pago?.factura_id === factura_id;
  }

  /** A debt from before a cancellation: paying it begins nothing. */
  async #deAntes(emitida_en: Date): Promise<boolean> {
    const { rows } = await sql<{ de_antes: boolean }>`
      select coalesce(s.estado = 'cancelada' and ${emitida_en}::timestamptz <= s.fecha_fin, false) as de_antes from app.subscripcion_vigente() s
      where s.organizacion_id = ${this.db.organizacion_id}`.execute(this.db.sql);
    return rows[0]?.de_antes ?? false;
  }
}
