import { industria_tipo, plan_tipo } from '../generated/prisma/enums.js';
import { Fecha, Int, Money, Nested, OneOf, Percent, Text } from '../http/fields.js';

const cuantas = (description: string, example = 12) => ({ description, min: 0, max: 1_000_000_000, example });
const tasa = (description: string) => ({ description, min: 0, max: 100, nullable: true, example: '4.17' });
const MAX = { min: 0, max: 1000 };

export class FiltroMetricasPlataforma {
  @Fecha({ description: 'Primer mes, por cualquiera de sus días; sin él, once antes del último.', optional: true, example: '2027-01-01' })
  desde?: string;

  @Fecha({ description: 'Último mes; sin él, el de ahora. Veinticuatro como mucho.', optional: true, example: '2027-03-31' })
  hasta?: string;
}

export class IngresoRecurrente {
  @Text({ description: 'Moneda ISO 4217.', max: 3, example: 'USD' })
  moneda: string;

  @Money({ description: 'Ingreso recurrente al mes: lo anual, entre doce; con su descuento.', example: '1250.00' })
  mrr: string;
}

export class PorPlan extends IngresoRecurrente {
  @OneOf(Object.values(plan_tipo), { description: 'Plan.', name: 'plan_tipo', example: 'profesional' })
  plan: plan_tipo;

  @Int(cuantas('Subscripciones que pagan.'))
  activas: number;
}

export class PorIndustria extends IngresoRecurrente {
  @OneOf(Object.values(industria_tipo), { description: 'Industria.', name: 'industria_tipo', example: 'barberia' })
  industria: industria_tipo;

  @Int(cuantas('Subscripciones que pagan.'))
  activas: number;
}

export class MesPlataforma {
  @Fecha({ description: 'Primer día del mes.', example: '2027-03-01' })
  mes: string;

  @Int(cuantas('Que pagan al acabar el mes: activas y morosas.', 120))
  activas: number;

  @Int(cuantas('En prueba al acabar el mes.', 40))
  pruebas: number;

  @Int(cuantas('Que pagaban al empezar el mes y no al acabarlo.', 5))
  bajas: number;

  @Percent(tasa('Bajas entre las que pagaban al empezar; null si no había.'))
  tasa_bajas: string | null;

  @Int(cuantas('Pruebas que terminaron en el mes.', 20))
  pruebas_terminadas: number;

  @Int(cuantas('De ellas, las que pasaron a pagar.', 8))
  pruebas_convertidas: number;

  @Percent(tasa('Convertidas entre terminadas; null si ninguna terminó.'))
  tasa_conversion: string | null;

  @Nested(() => IngresoRecurrente, { description: 'Por moneda.', list: MAX })
  mrr: IngresoRecurrente[];

  @Nested(() => PorPlan, { description: 'Por plan y moneda.', list: MAX })
  por_plan: PorPlan[];

  @Nested(() => PorIndustria, { description: 'Por industria y moneda.', list: MAX })
  por_industria: PorIndustria[];
}

export class MetricasPlataforma {
  @Nested(() => MesPlataforma, { description: 'Del primero al último.', list: { min: 1, max: 24 } })
  meses: MesPlataforma[];
}
