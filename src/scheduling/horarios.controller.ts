import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarHorario, CrearHorario, FiltroHorarios, Horario, HorarioCambiado, ListaHorarios, Semana, SemanaCambiada } from './horarios.dto.js';
import { HorariosService } from './horarios.service.js';

const REBUILDS = 'Los días ya generados se rehacen en la misma transacción; lo reservado con cita no se toca y se informa si quedó fuera del horario.';

@ApiTags('schedules')
@Controller('schedules')
@Scope('horarios')
export class HorariosController {
  constructor(private readonly horarios: HorariosService) {}

  @Get()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Lista los horarios de trabajo y sus excepciones' })
  @Returns(200, ListaHorarios, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroHorarios) {
    return this.horarios.list(query);
  }

  @Post()
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Agrega un horario o una excepción', description: REBUILDS })
  @Returns(201, HorarioCambiado, 'El horario y lo que cambió.')
  @Fails('horario_solapado', 'referencia_invalida')
  create(@Body() body: CrearHorario) {
    return this.horarios.create(body);
  }

  @Put('week/:profesionalId')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Reemplaza la semana de un profesional', description: `La anterior termina el día antes de vigente_desde. ${REBUILDS}` })
  @Returns(200, SemanaCambiada, 'La semana y lo que cambió.')
  @Fails('horario_solapado')
  replaceWeek(@Param('profesionalId', IdPipe) profesionalId: number, @Body() body: Semana) {
    return this.horarios.replaceWeek(profesionalId, body);
  }

  @Get(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Un horario' })
  @Returns(200, Horario, 'El horario.')
  get(@Param('id', IdPipe) id: number) {
    return this.horarios.get(id);
  }

  @Patch(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Cambia un horario', description: REBUILDS })
  @Returns(200, HorarioCambiado, 'El horario y lo que cambió.')
  @Fails('horario_solapado')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarHorario) {
    return this.horarios.update(id, body);
  }

  @Delete(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Retira un horario', description: 'Queda inactivo. PATCH con activo=false hace lo mismo y además responde las citas que quedan en conflicto.' })
  @Returns(204, null, 'Retirado.')
  async deactivate(@Param('id', IdPipe) id: number) {
    await this.horarios.update(id, { activo: false });
  }
}
