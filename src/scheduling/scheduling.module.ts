import { Module } from '@nestjs/common';
import { DisponibilidadController } from './disponibilidad.controller.js';
import { DisponibilidadService } from './disponibilidad.service.js';
import { FranjasController } from './franjas.controller.js';
import { FranjasService } from './franjas.service.js';
import { HorariosController } from './horarios.controller.js';
import { HorariosService } from './horarios.service.js';
import { OfertaService } from './oferta.service.js';
import { ReservasController } from './reservas.controller.js';
import { ReservasService } from './reservas.service.js';

@Module({
  controllers: [FranjasController, HorariosController, ReservasController, DisponibilidadController],
  providers: [FranjasService, HorariosService, OfertaService, ReservasService, DisponibilidadService],
  exports: [DisponibilidadService, OfertaService],
})
export class SchedulingModule {}
