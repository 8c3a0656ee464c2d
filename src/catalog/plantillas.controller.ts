import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { FiltroPlantillas, Plantilla } from './plantillas.dto.js';
import { Importacion, ImportarServicios } from './servicios.dto.js';
import { ServiciosService } from './servicios.service.js';

@ApiTags('setup')
@Controller('setup')
export class PlantillasController {
  constructor(private readonly servicios: ServiciosService) {}

  @Get('service-templates')
  @Roles(MANAGERS)
  @Scope('plantillas')
  @ApiOperation({ summary: 'Plantillas de servicios de una industria', description: 'Lista completa; precios al nivel de la moneda de la organización.' })
  @Returns(200, [Plantilla], 'Las plantillas activas.')
  templates(@Query() query: FiltroPlantillas) {
    return this.servicios.templates(query);
  }

  @Post('import-services')
  @Roles(MANAGERS)
  @Scope('servicios')
  @ApiOperation({ summary: 'Importa plantillas como servicios', description: 'Repetirlo no duplica: lo ya importado se omite.' })
  @Returns(201, Importacion, 'Cuántos se importaron.')
  @Fails('limite_alcanzado')
  importServices(@Body() body: ImportarServicios) {
    return this.servicios.importTemplates(body);
  }
}
