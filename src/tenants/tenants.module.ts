import { Module } from '@nestjs/common';
import { AuditoriaController } from './auditoria.controller.js';
import { AuditoriaService } from './auditoria.service.js';
import { MetricasController } from './metricas.controller.js';
import { MetricasService } from './metricas.service.js';
import { OrganizacionesController } from './organizaciones.controller.js';
import { OrganizacionesService } from './organizaciones.service.js';

@Module({
  controllers: [OrganizacionesController, MetricasController, AuditoriaController],
  providers: [OrganizacionesService, MetricasService, AuditoriaService],
})
export class TenantsModule {}
