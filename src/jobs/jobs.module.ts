import { Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BillingModule } from '../billing/billing.module.js';
import { ChatModule } from '../chat/chat.module.js';
import { Ejecuciones } from './ejecuciones.service.js';
import { Ejecutor } from './ejecutor.service.js';
import { SolicitudesFeedback } from './feedback.job.js';
import { ExtensionHorarios } from './horarios.job.js';
import { Inasistencias } from './inasistencias.job.js';
import { Recordatorios } from './recordatorios.job.js';
import { ReservasVencidas } from './reservas.job.js';
import { RetencionChat } from './retencion-chat.job.js';
import { Retencion } from './retencion.job.js';
import { Subscripciones } from './subscripciones.job.js';
import { TAREAS, type Tarea } from './tarea.js';
import { TareasController } from './tareas.controller.js';
import { TareasService } from './tareas.service.js';
import { ContadoresUso } from './uso.job.js';

const ALL: Type<Tarea>[] = [Recordatorios, SolicitudesFeedback, Inasistencias, ReservasVencidas, ExtensionHorarios, ContadoresUso, Retencion, RetencionChat, Subscripciones];

@Module({
  imports: [ScheduleModule.forRoot(), ChatModule, BillingModule],
  controllers: [TareasController],
  providers: [...ALL, { provide: TAREAS, useFactory: (...tareas: Tarea[]) => tareas, inject: ALL }, Ejecuciones, Ejecutor, TareasService],
})
export class JobsModule {}
