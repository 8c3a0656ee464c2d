import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import type { estado_subscripcion, plan_tipo } from '../generated/prisma/enums.js';
import { Problem } from '../http/problems.js';
import type { Ciclo } from './subscripciones.dto.js';

/** The subscription that counts: the live one, else the last. */
export interface Fila {
  id: number;
  codigo_plan: plan_tipo;
  plan_id: number;
  estado: estado_subscripcion;
  ciclo: Ciclo;
  precio_actual: string;
  moneda: string;
  descuento_porcentaje: string;
  fecha_fin_prueba: Date | null;
  /** Local time, as text: no zone is its own. */
  ancla: string | null;
  periodo_inicio: Date | null;
  fecha_proximo_pago: Date | null;
  deuda_vence_en: Date | null;
  cancelar_al_final: boolean;
  plan_siguiente: plan_tipo | null;
  ciclo_siguiente: Ciclo | null;
  antes: Antes | null;
  suspendida_por_plataforma: boolean;
}

/** What there was before a change that is had already and not paid, as the door wrote it. Of a trial, no period. */
export interface Antes {
  plan_id: number;
  ciclo: Ciclo;
  precio_actual: string;
  moneda: string;
  ancla: string | null;
  periodo_inicio: string | null;
  fecha_proximo_pago: string | null;
  plan_siguiente: plan_tipo | null;
  ciclo_siguiente: Ciclo | null;
}

export interface NoCabe {
  medida: string;
  uso: number;
  limite: number;
}

const COLUMNS = sql`
  s.id, p.codigo_plan, s.plan_id, s.estado, s.ciclo, s.precio_actual, s.moneda, s.descuento_porcentaje, s.fecha_fin_prueba, s.ancla::text, s.periodo_inicio,
  s.fecha_proximo_pago, s.deuda_vence_en, s.cancelar_al_final, s.plan_siguiente, s.ciclo_siguiente, s.antes,
  s.suspendida_por_plataforma`;

/** The SQL functions through which a subscription is read, taken in hand and changed. */
@Injectable()
export class Puerta {
  constructor(private readonly db: Db) {}

  async ver(): Promise<Fila> {
    const { rows } = await sql<Fila>`
      select ${COLUMNS} from app.subscripcion_vigente() s join planes_subscripcion p on p.id = s.plan_id
      where s.organizacion_id = ${this.db.organizacion_id}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  /** Locked until the end of the transaction; `exclusiva` refuses whoever comes second. */
  async tomar(exclusiva = false): Promise<Fila> {
    const { rows } = await sql<Fila>`
      select ${COLUMNS} from app.tomar_subscripcion(${exclusiva}) s join planes_subscripcion p on p.id = s.plan_id
      where s.organizacion_id = ${this.db.organizacion_id}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  async cambiar(tipo: string, cambios: Record<string, unknown>, { motivo, importe }: { motivo?: string; importe?: string } = {}): Promise<void> {
    await sql`
      select from app.cambiar_subscripcion(${tipo}, ${JSON.stringify(cambios)}::jsonb, ${motivo ?? null}, ${importe ?? null}::numeric)`.execute(this.db.sql);
  }

  /** Once for each `sobre`, the date that it speaks of. */
  async avisar(aviso: string, sobre: Date, mas: Record<string, unknown> = {}): Promise<boolean> {
    const { rows } = await sql<{ avisado: boolean }>`select app.avisar_subscripcion(${aviso}, ${sobre}, ${JSON.stringify(mas)}::jsonb) as avisado`.execute(this.db.sql);
    return rows[0].avisado;
  }

  async noCabe(plan: string): Promise<NoCabe[]> {
    const { rows } = await sql<NoCabe>`select medida, uso, limite from app.uso_que_no_cabe(${plan}::plan_tipo)`.execute(this.db.sql);
    return rows;
  }

  async ahora(): Promise<Date> {
    const { rows } = await sql<{ ahora: Date }>`select app.ahora() as ahora`.execute(this.db.sql);
    return rows[0].ahora;
  }

  /** The same moment on the organisation's clock. */
  async local(instante: Date): Promise<string> {
    const { rows } = await sql<{ local: string }>`select (${instante}::timestamptz at time zone app.zona_actual())::text as local`.execute(this.db.sql);
    return rows[0].local;
  }

  async finDePeriodo(ancla: string, ciclo: Ciclo, inicio: Date): Promise<Date> {
    const { rows } = await sql<{ fin: Date }>`select app.fin_de_periodo(${ancla}::timestamp, ${ciclo}, ${inicio}, app.zona_actual()) as fin`.execute(this.db.sql);
    return rows[0].fin;
  }

  async aLaVenta(plan: string): Promise<boolean> {
    const { rows } = await sql<{ a_la_venta: boolean }>`select app.plan_a_la_venta(${plan}::plan_tipo) as a_la_venta`.execute(this.db.sql);
    return rows[0].a_la_venta;
  }

  async planId(plan: string): Promise<number> {
    return (await this.db.sql.selectFrom('planes_subscripcion').select('id').where('codigo_plan', '=', plan as plan_tipo).executeTakeFirstOrThrow()).id;
  }

  async nombreDe(plan_id: number): Promise<string> {
    return (await this.db.sql.selectFrom('planes_subscripcion').select('nombre').where('id', '=', plan_id).executeTakeFirstOrThrow()).nombre;
  }

  async neto(precio: string, descuento: string, moneda: string): Promise<string> {
    const { rows } = await sql<{ neto: string }>`
      select app.importe_neto(${precio}::numeric, ${descuento}::numeric, m.decimales)::text as neto from monedas m where m.codigo = ${moneda}`.execute(this.db.sql);
    return rows[0].neto;
  }

  /** A subscription that goes on. */
  viva() {
    return { estado: 'activa', cancelar_al_final: false, motivo_cancelacion: null, fecha_fin: null };
  }

  /** One that ends now. Of who was suspended by the platform there is no paid period to come back to. */
  final({ suspendida_por_plataforma, fecha_proximo_pago }: Fila, ahora: Date) {
    const acaba = suspendida_por_plataforma && fecha_proximo_pago && fecha_proximo_pago > ahora;
    return { estado: 'cancelada', fecha_fin: ahora, cancelar_al_final: false, ...this.nadaEspera(), ...(acaba && { fecha_proximo_pago: ahora }) };
  }

  /** What was chosen to begin later does not. */
  nadaEspera() {
    return { plan_siguiente: null, ciclo_siguiente: null };
  }

  /** What was chosen begins when its invoice is paid, and not with the next period. */
  esperaPago({ estado, plan_siguiente }: Fila): boolean {
    return plan_siguiente !== null && (estado === 'prueba' || estado === 'expirada' || estado === 'cancelada');
  }
}
