import { Injectable, type OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import { Problem } from '../http/problems.js';
import { Cobros, type EmisorFacturas, type PorFacturar } from './cobros.js';
import type { Factura, FacturaResumida, ListaFacturas } from './facturas.dto.js';

const RESUMEN = [
  'id', 'numero', 'estado', 'moneda', 'subtotal', 'impuesto', 'total', 'periodo_inicio', 'periodo_fin', 'emitida_en', 'vence_en', 'pagada_en', 'anulada_en',
] as const;
const ENTERA = [...RESUMEN, 'impuesto_nombre', 'tasa', 'impuesto_incluido', 'motivo_anulacion', 'emisor', 'cliente'] as const;
export const IDIOMAS = ['es', 'en', 'pt'] as const;
export type IdiomaFactura = (typeof IDIOMAS)[number];

/** Issues invoices for subscriptions, and shows them. */
@Injectable()
export class FacturasService implements EmisorFacturas, OnModuleInit {
  constructor(
    private readonly db: Db,
    private readonly cobros: Cobros,
  ) {}

  onModuleInit() {
    this.cobros.emisor = this;
  }

  async emitir({ subscripcion_id, lineas, moneda, periodo_inicio, periodo_fin, vence_en }: PorFacturar): Promise<{ vence_en: Date } | null> {
    const { rows } = await sql<{ id: number }>`
      select app.emitir_factura(${subscripcion_id}::bigint, ${JSON.stringify(lineas)}::jsonb, ${moneda}, ${periodo_inicio}, ${periodo_fin}, ${vence_en}) as id
      `.execute(this.db.sql);
    const factura = await this.buscar(rows[0].id);
    return factura?.estado === 'emitida' ? { vence_en: factura.vence_en } : null;
  }

  async deudaVenceEn(): Promise<Date | null> {
    const { vence_en } = await this.db.sql
      .selectFrom('facturas')
      .select(({ fn }) => fn.min('vence_en').as('vence_en'))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('estado', '=', sql.lit('emitida')) // a literal, so that the partial index applies whatever the plan
      .executeTakeFirstOrThrow();
    return vence_en;
  }

  async perdonar(): Promise<void> {
    await sql`select app.perdonar_facturas()`.execute(this.db.sql);
  }

  async list({ limite, cursor }: Page): Promise<ListaFacturas> {
    const before = readIdCursor<[number]>(cursor, 1);
    const rows = await this.#facturas()
      .select(RESUMEN)
      .$if(before !== undefined, (q) => q.where('id', '<', before![0]))
      .orderBy('id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows as FacturaResumida[], limite, (row) => [row.id]);
  }

  async buscar(id: number): Promise<Omit<Factura, 'lineas' | 'pagos'> | undefined> {
    return (await this.#facturas().select(ENTERA).where('id', '=', id).executeTakeFirst()) as Factura | undefined;
  }

  async get(id: number): Promise<Factura> {
    const factura = await this.buscar(id);
    if (!factura) throw new Problem('no_encontrado');
    const lineas = await this.db.sql
      .selectFrom('facturas_lineas')
      .select(['descripcion', 'cantidad', 'precio_unitario', 'importe'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('factura_id', '=', id)
      .orderBy('id')
      .execute();
    const pagos = await this.db.sql
      .selectFrom('pagos')
      .select(['id', 'metodo', 'importe', 'moneda', 'referencia', 'recibido_en', 'sobra'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('factura_id', '=', id)
      .orderBy('id')
      .execute();
    return { ...factura, lineas, pagos };
  }

  /** For paper: in the language and by the calendar of the organisation, amounts with as many decimals as their currency has. */
  async paraImprimir(id: number): Promise<{ factura: Factura; idioma: IdiomaFactura; zona: string; email: string }> {
    const { idioma, zona_horaria, email_admin } = await this.db.sql
      .selectFrom('organizaciones')
      .select(['idioma', 'zona_horaria', 'email_admin'])
      .where('id', '=', this.db.organizacion_id)
      .executeTakeFirstOrThrow();
    const factura = await this.get(id);
    const { decimales } = await this.db.sql.selectFrom('monedas').select('decimales').where('codigo', '=', factura.moneda).executeTakeFirstOrThrow();
    const impreso = (importe: string) => (decimales === 0 ? importe.replace(/\.0+$/, '') : importe);
    const lineas = factura.lineas.map((linea) => ({ ...linea, precio_unitario: impreso(linea.precio_unitario), importe: impreso(linea.importe) }));
    const [subtotal, impuesto, total] = [factura.subtotal, factura.impuesto, factura.total].map(impreso);
    return { factura: { ...factura, lineas, subtotal, impuesto, total }, idioma: idioma as IdiomaFactura, zona: zona_horaria, email: email_admin };
  }

  /** A draft lives inside the transaction that issues it. */
  #facturas() {
    return this.db.sql.selectFrom('facturas').where('organizacion_id', '=', this.db.organizacion_id).where('estado', '<>', 'borrador');
  }
}
