import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ExtenderPrueba, FijarSubscripcion, Subscripcion } from '../billing/subscripciones.dto.js';
import { Roles, SUPER_ADMIN } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { FiltroMetricasPlataforma, MetricasPlataforma } from './subscripciones-metricas.dto.js';
import { MetricasPlataformaService } from './subscripciones-metricas.service.js';
import { SubscripcionesPlataformaService } from './subscripciones.service.js';

@ApiTags('admin')
@Controller('admin')
export class SubscripcionesPlataformaController {
  constructor(
    private readonly subscripciones: SubscripcionesPlataformaService,
    private readonly metricas: MetricasPlataformaService,
  ) {}

  @Put('organizations/:organizacionId/subscription')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Fija plan, precio acordado, descuento o estado de una organización', description: 'Sin prorrateo: lo que se acuerda se factura desde el próximo periodo.' })
  @Returns(200, Subscripcion, 'La subscripción.')
  @Fails('referencia_invalida', 'decimales_invalidos', 'transicion_de_subscripcion', 'cambio_simultaneo')
  set(@Param('organizacionId', IdPipe) _organizacion: number, @Body() body: FijarSubscripcion) {
    return this.subscripciones.set(body);
  }

  @Post('organizations/:organizacionId/subscription/extend-trial')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Extiende la prueba de una organización', description: 'También la que ya expiró.' })
  @Returns(201, Subscripcion, 'La subscripción.')
  @Fails('transicion_de_subscripcion', 'cambio_simultaneo')
  extendTrial(@Param('organizacionId', IdPipe) _organizacion: number, @Body() body: ExtenderPrueba) {
    return this.subscripciones.extendTrial(body);
  }

  @Get('metrics')
  @Roles(SUPER_ADMIN)
  @ApiOperation({
    summary: 'Ingresos recurrentes, bajas y conversión de la plataforma, mes a mes',
    description: 'Del historial de subscripciones; los meses son de UTC. Un mes que no ha acabado cuenta hasta ahora.',
  })
  @Returns(200, MetricasPlataforma, 'Las métricas.')
  @Fails('rango_invalido')
  metrics(@Query() query: FiltroMetricasPlataforma) {
    return this.metricas.get(query);
  }
}
