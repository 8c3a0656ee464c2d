import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { Cobros } from './cobros.js';
import { Puerta, type Fila } from './puerta.js';
import { PLAZO_DIAS } from './subscripciones.service.js';

/** Days before the end of a trial on which it is told. */
const PRUEBA = [1, 3, 7];
/** Days after the due date on which a debt is claimed again, and after which nothing but reading is left. */
const RECLAMOS = [5, 3, 1];
const GRACIA_DIAS = 7;

interface Reloj {
  ahora: Date;
  /** Whole days of the organisation's calendar. */
  faltan_prueba: number | null;
  dias_de_deuda: number | null;
}

/** What the clock does to a subscription, one step at a time: each finds nothing to do when it is done. */
@Injectable()
export class CicloSubscripciones {
  constructor(
    private readonly db: Db,
    private readonly puerta: Puerta,
    private readonly cobros: Cobros,
  ) {}

  async paso(): Promise<{ cuentas: Record<string, number>; mas: boolean }> {
    const s = await this.puerta.tomar();
    const reloj = await this.#reloj(s);
    const hecho = s.estado === 'prueba' ? await this.#prueba(s, reloj) : s.estado === 'activa' || s.estado === 'morosa' ? await this.#periodo(s, reloj) : undefined;
    return { cuentas: hecho ? { [hecho]: 1 } : {}, mas: hecho !== undefined };
  }

  async #reloj(s: Fila): Promise<Reloj> {
    const { rows } = await sql<Reloj>`
      select app.ahora() as ahora, (${s.fecha_fin_prueba}::timestamptz at time zone app.zona_actual())::date - app.hoy() as faltan_prueba,
        app.hoy() - (${s.deuda_vence_en}::timestamptz at time zone app.zona_actual())::date as dias_de_deuda`.execute(this.db.sql);
    return rows[0];
  }

  async #prueba(s: Fila, { ahora, faltan_prueba }: Reloj): Promise<string | undefined> {
    const fin = s.fecha_fin_prueba!;
    if (fin <= ahora) {
      if (s.cancelar_al_final) {
        await this.puerta.cambiar('cancelacion', this.puerta.final(s, ahora));
        return 'canceladas';
      }
      await this.puerta.cambiar('fin_de_prueba', { estado: 'expirada' });
      await this.puerta.avisar('prueba_vencida', fin);
      return 'expiradas';
    }
    const dias = PRUEBA.find((n) => faltan_prueba! <= n);
    if (dias !== undefined && !s.cancelar_al_final && (await this.puerta.avisar(`prueba_${dias}`, fin, { dias: faltan_prueba }))) return 'avisadas';
    return undefined;
  }

  async #periodo(s: Fila, { ahora, dias_de_deuda }: Reloj): Promise<string | undefined> {
    const debe = s.deuda_vence_en !== null && s.deuda_vence_en <= ahora;
    // A debt that runs out its grace comes before another period: that would only add to it.
    if (debe && s.estado === 'morosa' && dias_de_deuda! >= GRACIA_DIAS) {
      await this.puerta.cambiar('suspension', { estado: 'suspendida' });
      await this.puerta.avisar('suspendida', s.deuda_vence_en!);
      return 'suspendidas';
    }
    if (debe && s.estado === 'activa') {
      await this.puerta.cambiar('impago', { estado: 'morosa' });
      await this.puerta.avisar('pago_vencido', s.deuda_vence_en!);
      return 'morosas';
    }
    // Who was morosa before, by a charge that failed or by another debt, has not been told of this date.
    if (debe && (await this.puerta.avisar('pago_vencido', s.deuda_vence_en!))) return 'reclamadas';
    if (s.fecha_proximo_pago && s.fecha_proximo_pago <= ahora) return this.#finDePeriodo(s, ahora);
    const dias = debe ? RECLAMOS.find((n) => dias_de_deuda! >= n) : undefined;
    if (dias !== undefined && (await this.puerta.avisar(`reclamo_${dias}`, s.deuda_vence_en!, { dias: dias_de_deuda }))) return 'reclamadas';
    return undefined;
  }

  async #finDePeriodo(s: Fila, ahora: Date): Promise<string> {
    const inicio = s.fecha_proximo_pago!;
    if (s.cancelar_al_final) {
      await this.puerta.cambiar('cancelacion', this.puerta.final(s, inicio));
      await this.puerta.avisar('cancelada', inicio);
      return 'canceladas';
    }
    if (s.plan_siguiente) {
      const medidas = await this.puerta.noCabe(s.plan_siguiente);
      if (medidas.length) {
        await this.puerta.cambiar('cambio_descartado', { plan_siguiente: null, ciclo_siguiente: null }, { motivo: `No cabe: ${medidas.map(({ medida }) => medida).join(', ')}` });
        await this.puerta.avisar('cambio_no_cabe', inicio, { plan: s.plan_siguiente, medidas });
        return 'cambios_descartados';
      }
    }
    return this.#renovar(s, inicio, ahora);
  }

  async #renovar(s: Fila, inicio: Date, ahora: Date): Promise<string> {
    const ciclo = s.ciclo_siguiente ?? s.ciclo;
    const plan = s.plan_siguiente ?? s.codigo_plan;
    const fin = await this.puerta.finDePeriodo(s.ancla!, ciclo, inicio);
    const { total, moneda, nombre } = await this.#precio(s, plan, ciclo);
    const deuda = await this.cobros.emitir({
      subscripcion_id: s.id, lineas: [{ descripcion: `${nombre} (${ciclo})`, importe: total }], total, moneda, periodo_inicio: inicio, periodo_fin: fin,
      vence_en: new Date(ahora.getTime() + PLAZO_DIAS * 86_400_000), // not from the beginning: a clock that stood still costs nobody their time to pay
    });
    await this.puerta.cambiar(
      s.plan_siguiente ? 'cambio_plan' : 'renovacion',
      {
        ...(s.plan_siguiente && { plan_id: await this.puerta.planId(plan), ciclo, plan_siguiente: null, ciclo_siguiente: null }),
        periodo_inicio: inicio, fecha_proximo_pago: fin, deuda_vence_en: s.deuda_vence_en ?? deuda,
      },
      { importe: total },
    );
    return s.plan_siguiente ? 'cambios' : 'renovadas';
  }

  /** The kept price, or that of the list for another plan or cycle. */
  async #precio(s: Fila, plan: string, ciclo: string): Promise<{ total: string; moneda: string; nombre: string }> {
    const { rows } = await sql<{ total: string; moneda: string; nombre: string }>`
      select app.importe_neto(x.precio, ${s.descuento_porcentaje}::numeric, m.decimales)::text as total, x.moneda, p.nombre
      from planes_subscripcion p
      cross join lateral (
        select case when ${s.plan_siguiente === null} then ${s.precio_actual}::numeric when ${ciclo} = 'anual' then p.precio_anual else p.precio_mensual end as precio,
          case when ${s.plan_siguiente === null} then ${s.moneda} else p.moneda end as moneda) x
      join monedas m on m.codigo = x.moneda
      where p.codigo_plan = ${plan}::plan_tipo`.execute(this.db.sql);
    return rows[0];
  }
}
