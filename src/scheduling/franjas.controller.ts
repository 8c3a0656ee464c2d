import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { FiltroFranjas, GenerarFranjas, Generacion, ListaFranjas } from './franjas.dto.js';
import { FranjasService } from './franjas.service.js';

@ApiTags('schedules')
@Controller('schedules')
@Scope('horarios')
export class FranjasController {
  constructor(private readonly franjas: FranjasService) {}

  @Post('generate')
  @Roles(MANAGERS)
  @ApiOperation({
    summary: 'Genera las franjas de un rango de fechas',
    description: 'A partir de los horarios y sus excepciones. Repetirlo no cambia nada; lo reservado y lo agendado no se toca.',
  })
  @Returns(201, Generacion, 'Cuántas se crearon.')
  @Fails('rango_invalido', 'referencia_invalida', 'inactivo')
  generate(@Body() body: GenerarFranjas) {
    return this.franjas.generate(body);
  }

  @Get('slots')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Las franjas tal como están', description: 'Para la vista de agenda. Una reserva temporal vencida se muestra disponible.' })
  @Returns(200, ListaFranjas, 'Todas las del rango.')
  @Fails('rango_invalido')
  slots(@Query() query: FiltroFranjas) {
    return this.franjas.slots(query);
  }
}
