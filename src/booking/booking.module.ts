import { Module } from '@nestjs/common';
import { SchedulingModule } from '../scheduling/scheduling.module.js';
import { CitasController } from './citas.controller.js';
import { CitasService } from './citas.service.js';
import { ClientesController } from './clientes.controller.js';
import { ClientesService } from './clientes.service.js';
import { EstadosService } from './estados.service.js';
import { RespuestasService } from './respuestas.service.js';

@Module({
  imports: [SchedulingModule],
  controllers: [CitasController, ClientesController],
  providers: [CitasService, EstadosService, ClientesService, RespuestasService],
  exports: [RespuestasService],
})
export class BookingModule {}
