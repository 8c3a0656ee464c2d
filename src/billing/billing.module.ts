import { Module } from '@nestjs/common';
import { CicloSubscripciones } from './ciclo-subscripciones.service.js';
import { Cobros } from './cobros.js';
import { PlanesController } from './planes.controller.js';
import { PlanesService } from './planes.service.js';
import { Puerta } from './puerta.js';
import { SubscripcionesController } from './subscripciones.controller.js';
import { SubscripcionesService } from './subscripciones.service.js';
import { UsoController } from './uso.controller.js';
import { UsoService } from './uso.service.js';

@Module({
  controllers: [PlanesController, SubscripcionesController, UsoController],
  providers: [PlanesService, Puerta, Cobros, SubscripcionesService, CicloSubscripciones, UsoService],
  exports: [Puerta, Cobros, SubscripcionesService, CicloSubscripciones, UsoService],
})
export class BillingModule {}
