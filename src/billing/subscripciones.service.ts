import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import { Problem } from '../http/problems.js';
import { Cobros, type PorFacturar } from './cobros.js';
import { Puerta, type Fila } from './puerta.js';
import type { CambiarPlan, CambioDePlan, CancelarSubscripcion, Ciclo, HistorialSubscripcion, Subscripcion } from './subscripciones.dto.js';

/** Days to pay an invoice. */
export const PLAZO_DIAS = 3;

export interface Presupuesto extends Omit<CambioDePlan, 'aplicado' | 'plan' | 'ciclo'> {
  ancla: string;
}

/** What the admin of an organisation does with its subscription, and what its payments do. */
@Injectable()
export class SubscripcionesService {
  constructor(
    private readonly db: Db,
    private readonly puerta: Puerta,
    private readonly cobros: Cobros,
  ) {}

  async get(): Promise<Subscripcion> {
    const { rows } = await sql<Subscripcion>`
      select s.id, p.codigo_plan, s.estado, o.solo_lectura, s.ciclo, s.precio_actual, s.descuento_porcentaje, s.moneda, s.fecha_inicio, s.fecha_fin_prueba,
        s.periodo_inicio, s.fecha_proximo_pago, s.deuda_vence_en, s.cancelar_al_final, s.plan_siguiente, s.ciclo_siguiente, s.fecha_fin, s.motivo_cancelacion
      from app.subscripcion_vigente() s
      join planes_subscripcion p on p.id = s.plan_id
      join organizaciones o on o.id = s.organizacion_id
      where s.organizacion_id = ${this.db.organizacion_id}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  async history({ limite, cursor }: Page): Promise<HistorialSubscripcion> {
    const before = readIdCursor<[number]>(cursor, 1);
    const rows = await this.db.sql
      .selectFrom('historial_subscripciones')
      .select([
        'id', 'creado_en', 'tipo_evento', 'plan_anterior', 'plan_nuevo', 'estado_anterior', 'estado_nuevo', 'ciclo_anterior', 'ciclo_nuevo', 'precio_anterior',
        'precio_nuevo', 'descuento_anterior', 'descuento_nuevo', 'importe', 'moneda', 'motivo', 'usuario_id', 'rol',
      ])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(before !== undefined, (q) => q.where('id', '<', before![0]))
      .orderBy('id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows as HistorialSubscripcion['elementos'], limite, (row) => [row.id]);
  }

  async change({ plan, ciclo = 'mensual', vista_previa = false }: CambiarPlan): Promise<CambioDePlan> {
    const s = vista_previa ? await this.puerta.ver() : await this.puerta.tomar(true);
    if (s.suspendida_por_plataforma) throw new Problem('suspendida_por_plataforma');
    if (s.deuda_vence_en || s.estado === 'morosa' || s.estado === 'suspendida') throw new Problem('pago_pendiente');
    const igual = s.codigo_plan === plan && s.ciclo === ciclo;
    if (igual && s.estado === 'activa' && !s.plan_siguiente) throw new Problem('sin_cambio');
    const descarta = igual && s.estado === 'activa';
    if (!descarta && plan !== s.codigo_plan && !(await this.puerta.aLaVenta(plan))) throw new Problem('plan_no_disponible', { args: [plan] });
    if (!descarta) await this.#exigirQueQuepa(plan);
    const cuesta = descarta ? await this.#gratis(s) : await this.presupuesto(plan, ciclo);
    const { ancla: _, ...cambio } = { ...cuesta, plan, ciclo };
    if (vista_previa) return { aplicado: false, ...cambio };
    if (descarta) {
      await this.puerta.cambiar('cambio_descartado', this.puerta.nadaEspera());
      return { aplicado: true, ...cambio };
    }
    if (cuesta.momento === 'fin_de_periodo') {
      await this.puerta.cambiar('cambio_programado', { plan_siguiente: plan, ciclo_siguiente: ciclo, cancelar_al_final: false });
      return { aplicado: true, ...cambio };
    }
    return { aplicado: await this.#empezar(s, plan, ciclo, cuesta), ...cambio };
  }

  async cancel({ al_final = true, motivo }: CancelarSubscripcion): Promise<Subscripcion> {
    const s = await this.puerta.tomar(true);
    const seguira = al_final && (s.estado === 'prueba' || s.estado === 'activa');
    if (s.estado === 'cancelada' || s.estado === 'expirada' || (seguira && s.cancelar_al_final)) throw new Problem('transicion_de_subscripcion', { args: [s.estado] });
    const cambios = !seguira
      ? this.puerta.final(s, await this.puerta.ahora())
      : { cancelar_al_final: true, ...(s.estado === 'activa' && this.puerta.nadaEspera()) }; // what a trial has waiting is owed already
    await this.puerta.cambiar(seguira ? 'cancelacion_programada' : 'cancelacion', { ...cambios, motivo_cancelacion: motivo ?? null }, { motivo });
    return this.get();
  }

  async reactivate(): Promise<Subscripcion> {
    const s = await this.puerta.tomar(true);
    if (s.suspendida_por_plataforma) throw new Problem('suspendida_por_plataforma');
    const limpio = { cancelar_al_final: false, motivo_cancelacion: null };
    if (s.cancelar_al_final && (s.estado === 'prueba' || s.estado === 'activa')) {
      await this.puerta.cambiar('reactivacion', limpio);
      return this.get();
    }
    if (s.estado === 'suspendida' || s.estado === 'morosa' || s.deuda_vence_en) throw new Problem('pago_pendiente');
    const pagado = s.estado === 'cancelada' && s.fecha_proximo_pago !== null && s.fecha_proximo_pago > (await this.puerta.ahora());
    if (!pagado) throw new Problem('transicion_de_subscripcion', { args: [s.estado] });
    await this.puerta.cambiar('reactivacion', { ...limpio, estado: 'activa', fecha_fin: null });
    return this.get();
  }

  /** An invoice that was claimed was paid: whoever owes nothing any more has everything back at once, unless the platform took it. */
  async pagada({ total }: { total: string }): Promise<void> {
    const s = await this.puerta.tomar();
    const deuda_vence_en = await this.cobros.deudaVenceEn();
    // What a trial owes was asked for when it was over, before the platform lengthened it.
    const deNuevo = s.estado === 'expirada' || s.estado === 'cancelada' || (s.estado === 'prueba' && s.deuda_vence_en !== null);
    if (deuda_vence_en || s.suspendida_por_plataforma || (!deNuevo && (s.estado === 'activa' || s.estado === 'prueba'))) {
      await this.puerta.cambiar('pago', { deuda_vence_en, antes: null }, { importe: total });
      return;
    }
    const ahora = await this.puerta.ahora();
    // What begins anew goes on; what goes on ends when it was to end before.
    const periodo = deNuevo ? await this.#loElegido(s) : {};
    // The months of a suspension are not charged: a period that ended in it is followed by one that begins now. Who is morosa has everything meanwhile.
    const atrasado = s.estado === 'suspendida' && s.fecha_proximo_pago && s.fecha_proximo_pago <= ahora;
    await this.puerta.cambiar(
      'pago',
      { deuda_vence_en: null, antes: null, estado: 'activa', ...periodo, ...(atrasado && { ancla: await this.puerta.local(ahora), fecha_proximo_pago: ahora }) },
      { importe: total },
    );
    if (s.estado !== 'morosa' && s.estado !== 'prueba') await this.puerta.avisar('reactivada', ahora);
  }

  /** What begins when it is paid: what was chosen, else what there was. */
  async #loElegido({ plan_siguiente, ciclo_siguiente, ciclo }: Fila) {
    const elegido = ciclo_siguiente ?? ciclo;
    const plan = plan_siguiente && { plan_id: await this.puerta.planId(plan_siguiente), ciclo: elegido, ...this.puerta.nadaEspera() };
    return { ...plan, ...this.puerta.viva(), ...(await this.#periodoNuevo(elegido)) };
  }

  /** An invoice was withdrawn: whoever owes nothing any more is not held for it, but what was not paid is not kept. */
  async anulada({ motivo, periodo_fin }: { motivo: string; periodo_fin: Date }): Promise<void> {
    const s = await this.puerta.tomar();
    const deuda_vence_en = await this.cobros.deudaVenceEn();
    const ahora = await this.puerta.ahora();
    const vuelve = s.deuda_vence_en !== null && !deuda_vence_en && (s.estado === 'morosa' || (s.estado === 'suspendida' && !s.suspendida_por_plataforma));
    const cambios = {
      ...(vuelve && { estado: 'activa' }),
      ...(!deuda_vence_en && { antes: null, ...(this.puerta.esperaPago(s) && this.puerta.nadaEspera()) }),
      ...this.#loDeAntes(s, { ahora, periodo_fin, debe: deuda_vence_en !== null }),
    };
    const fin = 'fecha_proximo_pago' in cambios ? cambios.fecha_proximo_pago && new Date(cambios.fecha_proximo_pago) : s.fecha_proximo_pago;
    const atrasado = vuelve && s.estado === 'suspendida' && fin && fin <= ahora;
    await this.puerta.cambiar(
      'factura_anulada',
      { deuda_vence_en, ...cambios, ...(atrasado && { ancla: await this.puerta.local(ahora), fecha_proximo_pago: ahora }) },
      { motivo },
    );
    if (cambios.estado === 'activa' && s.estado === 'suspendida') await this.puerta.avisar('reactivada', ahora);
  }

  /** What a withdrawn invoice takes back. A trial has no period to come back to: who is in it still goes on with it, of the others the period ends. */
  #loDeAntes({ antes, estado, suspendida_por_plataforma, cancelar_al_final, fecha_proximo_pago }: Fila, { ahora, periodo_fin, debe }: { ahora: Date; periodo_fin: Date; debe: boolean }) {
    const cerrada = estado === 'cancelada' || suspendida_por_plataforma;
    if (antes && !debe && (antes.fecha_proximo_pago || !cerrada)) {
      return {
        ...antes,
        ...((estado === 'cancelada' || cancelar_al_final) && this.puerta.nadaEspera()),
        ...(!antes.fecha_proximo_pago && { estado: 'prueba' }),
        antes: null,
      };
    }
    const suya = fecha_proximo_pago !== null && fecha_proximo_pago > ahora && periodo_fin.getTime() === fecha_proximo_pago.getTime();
    return suya && (estado === 'cancelada' || (cerrada && antes)) ? { fecha_proximo_pago: ahora } : {};
  }

  /** A charge failed, or an invoice is past due: from now on it is claimed. */
  async impaga({ vence_en }: { vence_en: Date }): Promise<void> {
    const s = await this.puerta.tomar();
    const deuda_vence_en = s.deuda_vence_en && s.deuda_vence_en < vence_en ? s.deuda_vence_en : vence_en;
    await this.puerta.cambiar('impago', { deuda_vence_en, ...(s.estado === 'activa' && { estado: 'morosa' }) });
  }

  async presupuesto(plan: string, ciclo: Ciclo): Promise<Presupuesto> {
    const { rows } = await sql<Presupuesto>`
      select momento, precio, credito::text, cargo::text, importe::text, moneda, periodo_inicio, periodo_fin, ancla::text
      from app.presupuestar_cambio(${plan}::plan_tipo, ${ciclo})`.execute(this.db.sql);
    return rows[0];
  }

  /** Charges, and begins: at once if the subscription is live or nothing is owed, else when the invoice is paid. */
  async #empezar(s: Fila, plan: string, ciclo: Ciclo, cuesta: Presupuesto): Promise<boolean> {
    const { importe, moneda, periodo_inicio, periodo_fin, ancla } = cuesta;
    const plan_id = await this.puerta.planId(plan);
    const deuda_vence_en = await this.cobros.emitir({ subscripcion_id: s.id, ...(await this.#lineas({ plan_id, ciclo }, cuesta)), total: importe, moneda, periodo_inicio, periodo_fin });
    const ya = !deuda_vence_en || s.estado === 'prueba' || s.estado === 'activa';
    const periodo = { periodo_inicio, fecha_proximo_pago: periodo_fin, ancla };
    const empieza = ya ? { plan_id, ciclo, ...this.puerta.nadaEspera(), ...this.puerta.viva(), ...periodo } : { plan_siguiente: plan, ciclo_siguiente: ciclo };
    await this.puerta.cambiar('cambio_plan', { deuda_vence_en, ...empieza, ...(ya && deuda_vence_en && { antes: true }) }, { importe });
    return ya;
  }

  async #lineas(nuevo: { plan_id: number; ciclo: Ciclo }, { cargo, credito }: Presupuesto): Promise<Pick<PorFacturar, 'lineas' | 'vence_en'>> {
    const ahora = await this.puerta.ahora();
    const lineas = [{ descripcion: `${await this.puerta.nombreDe(nuevo.plan_id)} (${nuevo.ciclo})`, importe: cargo }];
    if (Number(credito) > 0) lineas.push({ descripcion: 'Parte sin usar del plan anterior', importe: `-${credito}` });
    return { lineas, vence_en: new Date(ahora.getTime() + PLAZO_DIAS * 86_400_000) };
  }

  async #periodoNuevo(ciclo: Ciclo) {
    const ahora = await this.puerta.ahora();
    const ancla = await this.puerta.local(ahora);
    return { periodo_inicio: ahora, ancla, fecha_proximo_pago: await this.puerta.finDePeriodo(ancla, ciclo, ahora) };
  }

  async #exigirQueQuepa(plan: string): Promise<void> {
    const medidas = await this.puerta.noCabe(plan);
    if (medidas.length) throw new Problem('uso_no_cabe', { args: [plan], extra: { plan, medidas } });
  }

  /** What is kept costs nothing more. */
  async #gratis(s: Fila): Promise<Presupuesto> {
    const [credito, cargo, importe] = ['0.00', '0.00', '0.00'];
    return {
      momento: 'inmediato', precio: s.precio_actual, credito, cargo, importe, moneda: s.moneda, periodo_inicio: s.periodo_inicio!, periodo_fin: s.fecha_proximo_pago!, ancla: s.ancla!,
    };
  }
}
