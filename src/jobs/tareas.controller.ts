import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, Roles, SUPER_ADMIN } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { Ejecucion, EstadoTarea, FiltroEjecuciones, ListaEjecuciones } from './tareas.dto.js';
import { TareasService } from './tareas.service.js';

@ApiTags('admin')
@Controller('admin/jobs')
export class TareasController {
  constructor(private readonly tareas: TareasService) {}

  @Get()
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Las tareas del reloj, y cómo les fue la última vez' })
  @Returns(200, [EstadoTarea], 'Todas las tareas.')
  list() {
    return this.tareas.list();
  }

  @Get('runs')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Lista las ejecuciones de las tareas', description: 'De los últimos 90 días.' })
  @Returns(200, ListaEjecuciones, 'Una página.')
  @Fails('cursor_invalido')
  runs(@Query() query: FiltroEjecuciones) {
    return this.tareas.runs(query);
  }

  @Post(':tarea/run')
  @Roles(SUPER_ADMIN)
  @OwnTransactions()
  @ApiOperation({
    summary: 'Ejecuta una tarea ahora',
    description: 'Responde en cuanto empieza; cómo termina se lee en /admin/jobs/runs. Repetirla no hace nada dos veces.',
  })
  @Returns(201, Ejecucion, 'La ejecución, en curso.')
  @Fails('tarea_en_curso')
  run(@Caller() session: Session, @Param('tarea') tarea: string) {
    return this.tareas.run(session, tarea);
  }
}
