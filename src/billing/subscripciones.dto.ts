import { estado_subscripcion, plan_tipo } from '../generated/prisma/enums.js';
import { Bool, Id, Instante, Int, Money, Nested, OneOf, Percent, Text } from '../http/fields.js';
import { Cursor } from '../http/page.js';

export const CICLOS = ['mensual', 'anual'] as const;
export type Ciclo = (typeof CICLOS)[number];
const PLANES = Object.values(plan_tipo);
/** What anybody may choose; the trial begins by itself and `custom` is agreed on. */
export const EN_VENTA = ['basico', 'profesional', 'empresarial'] as const satisfies plan_tipo[];

const plan = { description: 'Plan.', name: 'plan_tipo', example: 'profesional' };
const ciclo = { description: 'Cada cuánto se paga.', example: 'mensual' };
const estado = { description: 'Estado.', name: 'estado_subscripcion', example: 'activa' };
const moneda = { description: 'Moneda ISO 4217.', max: 3, example: 'USD' };

export class Subscripcion {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(PLANES, plan)
  codigo_plan: plan_tipo;

  @OneOf(Object.values(estado_subscripcion), estado)
  estado: estado_subscripcion;

  @Bool({ description: 'Suspendida, expirada o cancelada: se lee, se cancelan citas y se paga; lo demás responde 402 `subscripcion_suspendida`.', example: false })
  solo_lectura: boolean;

  @OneOf(CICLOS, ciclo)
  ciclo: Ciclo;

  @Money({ description: 'Precio del periodo, antes del descuento. Se conserva aunque cambie el de la lista.', example: '35.00' })
  precio_actual: string;

  @Percent({ description: 'Descuento acordado, en porcentaje.', min: 0, max: 100, example: '0.00' })
  descuento_porcentaje: string;

  @Text(moneda)
  moneda: string;

  @Instante({ description: 'Inicio.' })
  fecha_inicio: Date;

  @Instante({ description: 'Fin de la prueba.', nullable: true })
  fecha_fin_prueba: Date | null;

  @Instante({ description: 'Inicio del periodo en curso.', nullable: true, example: null })
  periodo_inicio: Date | null;

  @Instante({ description: 'Próximo pago: el fin del periodo en curso.', nullable: true, example: null })
  fecha_proximo_pago: Date | null;

  @Instante({ description: 'Cuándo venció o vence la factura impaga más antigua; null = no se debe nada.', nullable: true, example: null })
  deuda_vence_en: Date | null;

  @Bool({ description: 'Se cancela al acabar el periodo.', example: false })
  cancelar_al_final: boolean;

  @OneOf(PLANES, { ...plan, description: 'Plan que empieza con el próximo periodo, si el uso cabe; de quien expiró o canceló, al pagarse su factura.', nullable: true, example: null })
  plan_siguiente: plan_tipo | null;

  @OneOf(CICLOS, { ...ciclo, description: 'Ciclo que empieza con él.', nullable: true, example: null })
  ciclo_siguiente: Ciclo | null;

  @Instante({ description: 'Cuándo terminó, si se canceló.', nullable: true, example: null })
  fecha_fin: Date | null;

  @Text({ description: 'Por qué se canceló.', max: 500, nullable: true, example: null })
  motivo_cancelacion: string | null;
}

export class CambiarPlan {
  @OneOf(EN_VENTA, { description: 'Plan que se quiere.', example: 'profesional' })
  plan: (typeof EN_VENTA)[number];

  @OneOf(CICLOS, { ...ciclo, optional: true, default: 'mensual' })
  ciclo?: Ciclo;

  @Bool({ description: 'Solo calcula: no cambia nada.', optional: true, default: false, example: true })
  vista_previa?: boolean;
}

export class CambioDePlan {
  @Bool({ description: 'false: era una vista previa, o falta pagar la factura para que empiece.', example: true })
  aplicado: boolean;

  @OneOf(['inmediato', 'fin_de_periodo'], { description: 'Cuándo: subir es inmediato; bajar, al fin del periodo pagado.', example: 'inmediato' })
  momento: 'inmediato' | 'fin_de_periodo';

  @OneOf(PLANES, plan)
  plan: plan_tipo;

  @OneOf(CICLOS, ciclo)
  ciclo: Ciclo;

  @Money({ description: 'Precio de lista del plan nuevo, por periodo.', example: '35.00' })
  precio: string;

  @Money({ description: 'Lo que queda sin usar del periodo pagado.', example: '7.50' })
  credito: string;

  @Money({ description: 'Lo que cuesta el plan nuevo de ahora al fin de `periodo_fin`, con su descuento.', example: '17.50' })
  cargo: string;

  @Money({ description: 'Lo que se factura ahora: cargo menos crédito.', example: '10.00' })
  importe: string;

  @Text(moneda)
  moneda: string;

  @Instante({ description: 'Inicio del periodo del plan nuevo.' })
  periodo_inicio: Date;

  @Instante({ description: 'Su fin, y próximo pago.' })
  periodo_fin: Date;
}

export class CancelarSubscripcion {
  @Bool({ description: 'true: al acabar el periodo pagado o la prueba. false: ya; no se devuelve lo pagado.', optional: true, default: true, example: true })
  al_final?: boolean;

  @Text({ description: 'Por qué.', max: 500, none: true, example: 'Cerramos por temporada' })
  motivo?: string;
}

export class CambioSubscripcion {
  @Id({ description: 'Identificador.' })
  id: number;

  @Instante({ description: 'Cuándo.' })
  creado_en: Date;

  @Text({ description: 'Qué pasó.', max: 40, example: 'cambio_plan' })
  tipo_evento: string;

  @OneOf(PLANES, { ...plan, nullable: true, example: 'basico' })
  plan_anterior: plan_tipo | null;

  @OneOf(PLANES, { ...plan, nullable: true })
  plan_nuevo: plan_tipo | null;

  @OneOf(Object.values(estado_subscripcion), { ...estado, nullable: true })
  estado_anterior: estado_subscripcion | null;

  @OneOf(Object.values(estado_subscripcion), { ...estado, nullable: true })
  estado_nuevo: estado_subscripcion | null;

  @OneOf(CICLOS, { ...ciclo, nullable: true })
  ciclo_anterior: Ciclo | null;

  @OneOf(CICLOS, { ...ciclo, nullable: true })
  ciclo_nuevo: Ciclo | null;

  @Money({ description: 'Precio anterior.', nullable: true, example: '15.00' })
  precio_anterior: string | null;

  @Money({ description: 'Precio nuevo.', nullable: true, example: '35.00' })
  precio_nuevo: string | null;

  @Percent({ description: 'Descuento anterior.', min: 0, max: 100, nullable: true, example: '0.00' })
  descuento_anterior: string | null;

  @Percent({ description: 'Descuento nuevo.', min: 0, max: 100, nullable: true, example: '0.00' })
  descuento_nuevo: string | null;

  @Money({ description: 'Lo facturado o pagado con este cambio.', nullable: true, example: '10.00' })
  importe: string | null;

  @Text({ ...moneda, nullable: true })
  moneda: string | null;

  @Text({ description: 'Por qué.', max: 500, nullable: true, example: null })
  motivo: string | null;

  @Id({ description: 'Quién; null: el reloj o un pago.', nullable: true })
  usuario_id: number | null;

  @Text({ description: 'Con qué rol; super_admin es la plataforma.', max: 20, nullable: true, example: 'admin' })
  rol: string | null;
}

export class HistorialSubscripcion {
  @Nested(() => CambioSubscripcion, { description: 'Lo último primero.', list: { min: 0, max: 200 } })
  elementos: CambioSubscripcion[];

  @Cursor()
  cursor: string | null;
}

export class ExtenderPrueba {
  @Int({ description: 'Días de más, desde el fin de la prueba o, si ya pasó, desde ahora.', min: 1, max: 365, example: 7 })
  dias: number;

  @Text({ description: 'Por qué; queda en el historial.', max: 500, example: 'Piden una semana más para migrar su agenda' })
  motivo: string;
}

export class FijarSubscripcion {
  @OneOf(PLANES, { ...plan, optional: true })
  plan?: plan_tipo;

  @OneOf(CICLOS, { ...ciclo, optional: true })
  ciclo?: Ciclo;

  @Money({ description: 'Precio acordado por periodo, en `moneda`; sin él, un plan o ciclo nuevo trae el de la lista.', optional: true, example: '120.00' })
  precio_actual?: string;

  @Text({ ...moneda, description: 'Moneda de `precio_actual`; sin él, solo la del precio que queda.', min: 3, pattern: /^[A-Z]{3}$/, form: 'USD', optional: true })
  moneda?: string;

  @Percent({ description: 'Descuento en porcentaje.', min: 0, max: 100, optional: true, example: '15.00' })
  descuento_porcentaje?: string;

  @OneOf(['activa', 'suspendida', 'cancelada'], { description: 'Estado nuevo. `activa` perdona lo que se deba, y conserva el plan que se tenga; `suspendida` solo la levanta la plataforma, con `activa`: ningún pago.', optional: true, example: 'activa' })
  estado?: 'activa' | 'suspendida' | 'cancelada';

  @Text({ description: 'Por qué; queda en el historial.', max: 500, example: 'Contrato 2027-014' })
  motivo: string;
}
