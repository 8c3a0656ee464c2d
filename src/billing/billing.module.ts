import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { CicloSubscripciones } from './ciclo-subscripciones.service.js';
import { Cobros } from './cobros.js';
import { FacturasImpresas } from './facturas-impresas.service.js';
import { FacturasController } from './facturas.controller.js';
import { FacturasService } from './facturas.service.js';
import { PagosService } from './pagos.service.js';
import { PASARELA } from './pasarela.js';
import { PlanesController } from './planes.controller.js';
import { PlanesService } from './planes.service.js';
import { Puerta } from './puerta.js';
import { StripeController } from './stripe.controller.js';
import { StripeService } from './stripe.service.js';
import { SubscripcionesController } from './subscripciones.controller.js';
import { SubscripcionesService } from './subscripciones.service.js';
import { UsoController } from './uso.controller.js';
import { UsoService } from './uso.service.js';

/** Stripe's library, two hundred modules, is loaded by who has it. */
const stripeOf = async ({ stripe, appUrl }: Config) => (stripe ? new (await import('./stripe.pasarela.js')).PasarelaStripe(stripe, appUrl) : null);
const pasarela = { provide: PASARELA, useFactory: stripeOf, inject: [CONFIG] };

@Module({
  controllers: [PlanesController, SubscripcionesController, UsoController, FacturasController, StripeController],
  providers: [PlanesService, Puerta, Cobros, SubscripcionesService, CicloSubscripciones, UsoService, FacturasService, FacturasImpresas, PagosService, StripeService, pasarela],
  exports: [Puerta, Cobros, SubscripcionesService, CicloSubscripciones, UsoService, FacturasImpresas, PagosService],
})
export class BillingModule {}
