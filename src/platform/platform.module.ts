import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { FacturasPlataformaController } from './facturas.controller.js';
import { AjustesFacturasService } from './facturas.service.js';
import { PlanesPlataformaController } from './planes.controller.js';
import { PlanesPlataformaService } from './planes.service.js';
import { PlataformaController } from './plataforma.controller.js';
import { PlataformaService } from './plataforma.service.js';
import { MetricasPlataformaService } from './subscripciones-metricas.service.js';
import { SubscripcionesPlataformaController } from './subscripciones.controller.js';
import { SubscripcionesPlataformaService } from './subscripciones.service.js';

@Module({
  imports: [AuthModule, BillingModule],
  controllers: [PlataformaController, SubscripcionesPlataformaController, PlanesPlataformaController, FacturasPlataformaController],
  providers: [PlataformaService, SubscripcionesPlataformaService, MetricasPlataformaService, PlanesPlataformaService, AjustesFacturasService],
})
export class PlatformModule {}
