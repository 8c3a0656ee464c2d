import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { FiltroMetricas, Metricas } from './metricas.dto.js';
import { MetricasService } from './metricas.service.js';

@ApiTags('dashboard')
@Controller('dashboard')
@Scope('metricas')
export class MetricasController {
  constructor(private readonly metricas: MetricasService) {}

  @Get()
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Los indicadores del negocio', description: 'De los últimos 30 días y hoy, o de un rango de hasta 366 días, ambos incluidos.' })
  @Returns(200, Metricas, 'Los indicadores.')
  @Fails('rango_invalido')
  dashboard(@Query() query: FiltroMetricas) {
    return this.metricas.dashboard(query);
  }
}
