import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Cobros } from '../billing/cobros.js';
import { Puerta, type Fila } from '../billing/puerta.js';
import type { ExtenderPrueba, FijarSubscripcion, Subscripcion } from '../billing/subscripciones.dto.js';
import { PLAZO_DIAS, SubscripcionesService } from '../billing/subscripciones.service.js';
import { Db } from '../database/db.service.js';
import { fieldProblem, Problem } from '../http/problems.js';

const AVISOS = { activa: 'reactivada', suspendida: 'suspendida_por_plataforma', cancelada: 'cancelada' };

/** What the platform agrees with one organisation, as role saas_admin: the only one that may write a price. */
@Injectable()
export class SubscripcionesPlataformaService {
  constructor(
    private readonly db: Db,
    private readonly puerta: Puerta,
    private readonly cobros: Cobros,
    private readonly subscripciones: SubscripcionesService,
  ) {}

  async extendTrial({ dias, motivo }: ExtenderPrueba): Promise<Subscripcion> {
    const s = await this.puerta.tomar(true);
    if (s.estado !== 'prueba' && s.estado !== 'expirada') throw new Problem('transicion_de_subscripcion', { args: [s.estado] });
    const { rows } = await sql<{ fin: Date }>`
      select (greatest(${s.fecha_fin_prueba}::timestamptz, app.ahora()) at time zone app.zona_actual() + make_interval(days => ${dias})) at time zone app.zona_actual() as fin
      `.execute(this.db.sql);
    await this.puerta.cambiar('extension_prueba', { estado: 'prueba', fecha_fin_prueba: rows[0].fin }, { motivo });
    return this.subscripciones.get();
  }

  async set({ plan, ciclo, precio_actual, moneda, descuento_porcentaje, estado, motivo }: FijarSubscripcion): Promise<Subscripcion> {
    const s = await this.puerta.tomar(true);
    // Of what was paid before or of what was chosen since: these terms would be of one, and the invoice of the other.
    if (!plan && (ciclo || precio_actual || moneda) && this.puerta.esperaPago(s)) throw fieldProblem('plan', 'requerido');
    if (precio_actual) await sql`select app.exigir_decimales(${moneda ?? s.moneda}, ${precio_actual}::numeric, 'precio_actual')`.execute(this.db.sql);
    const acuerdo = {
      ...(plan && { plan_id: await this.puerta.planId(plan), ...this.puerta.nadaEspera() }),
      ...(ciclo && { ciclo, ...this.puerta.nadaEspera() }),
      ...(precio_actual && { precio_actual, ...(moneda && { moneda }) }),
      ...(descuento_porcentaje && { descuento_porcentaje }),
      ...((plan || ciclo || precio_actual) && { antes: null }), // what was agreed is not taken back with an invoice from before
    };
    const { cambios, importe } = estado === 'activa' ? await this.#activar(s, acuerdo, motivo) : { cambios: acuerdo, importe: undefined };
    if (estado === 'cancelada') Object.assign(cambios, this.puerta.final(s, await this.puerta.ahora()));
    if (estado === 'suspendida') Object.assign(cambios, { estado, suspendida_por_plataforma: true });
    await this.puerta.cambiar('ajuste_plataforma', cambios, { motivo, importe });
    // Who is suspended for a debt was told to pay it: that helps no more.
    const suya = estado === 'suspendida' && !s.suspendida_por_plataforma;
    if (estado && (estado !== s.estado || suya)) await this.puerta.avisar(AVISOS[estado], await this.puerta.ahora());
    const fijada = await this.subscripciones.get();
    // The list has one price, in one currency: another needs a price that was agreed in it.
    if (moneda && moneda !== fijada.moneda) throw fieldProblem('precio_actual', 'requerido');
    return fijada;
  }

  /** What was owed is forgiven. Whoever has no period running begins one, at what was agreed just now or of what they had chosen. */
  async #activar(s: Fila, acordado: Record<string, unknown>, motivo: string): Promise<{ cambios: Record<string, unknown>; importe?: string }> {
    await this.cobros.perdonar();
    const ahora = await this.puerta.ahora();
    const perdonada = { ...this.puerta.viva(), antes: null, suspendida_por_plataforma: false };
    const espera = this.puerta.esperaPago(s) && this.puerta.nadaEspera();
    if (s.fecha_proximo_pago && s.fecha_proximo_pago > ahora) return { cambios: { ...espera, ...acordado, ...perdonada, deuda_vence_en: null } };
    const acuerdo = { ...(espera && { plan_id: await this.puerta.planId(s.plan_siguiente!), ciclo: s.ciclo_siguiente, ...espera }), ...acordado };
    if (Object.keys(acuerdo).length) await this.puerta.cambiar('acuerdo', acuerdo, { motivo });
    const { ciclo, plan_id, precio_actual, moneda, descuento_porcentaje } = await this.puerta.ver();
    const ancla = await this.puerta.local(ahora);
    const fin = await this.puerta.finDePeriodo(ancla, ciclo, ahora);
    const total = await this.puerta.neto(precio_actual, descuento_porcentaje, moneda);
    const deuda_vence_en = await this.cobros.emitir({
      subscripcion_id: s.id, lineas: [{ descripcion: `${await this.puerta.nombreDe(plan_id)} (${ciclo})`, importe: total }], total, moneda,
      vence_en: new Date(ahora.getTime() + PLAZO_DIAS * 86_400_000), periodo_inicio: ahora, periodo_fin: fin,
    });
    return { cambios: { ...perdonada, deuda_vence_en, ancla, periodo_inicio: ahora, fecha_proximo_pago: fin }, importe: total };
  }
}
