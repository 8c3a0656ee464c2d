import { Module } from '@nestjs/common';
import { MetricasController } from './metricas.controller.js';
import { MetricasService } from './metricas.service.js';
import { OrganizacionesController } from './organizaciones.controller.js';
import { OrganizacionesService } from './organizaciones.service.js';

@Module({
  controllers: [OrganizacionesController, MetricasController],
  providers: [OrganizacionesService, MetricasService],
})
export class TenantsModule {}
