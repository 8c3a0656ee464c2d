import { Module } from '@nestjs/common';
import { ProfesionalesController } from './profesionales.controller.js';
import { ProfesionalesService } from './profesionales.service.js';
import { ServiciosProfesionalesController } from './servicios-profesionales.controller.js';
import { ServiciosProfesionalesService } from './servicios-profesionales.service.js';

@Module({
  controllers: [ProfesionalesController, ServiciosProfesionalesController],
  providers: [ProfesionalesService, ServiciosProfesionalesService],
})
export class StaffModule {}
