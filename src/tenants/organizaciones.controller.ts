import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarOrganizacion, Organizacion } from './organizaciones.dto.js';
import { OrganizacionesService } from './organizaciones.service.js';

@ApiTags('organizations')
@Controller('organizations')
export class OrganizacionesController {
  constructor(private readonly organizaciones: OrganizacionesService) {}

  @Get(':organizacionId')
  @Roles(STAFF)
  @Scope('organizaciones')
  @ApiOperation({ summary: 'La organización del token, con sus ajustes' })
  @Returns(200, Organizacion, 'La organización.')
  get(@Param('organizacionId', IdPipe) id: number) {
    return this.organizaciones.get(id);
  }

  @Patch(':organizacionId')
  @Roles(MANAGERS)
  @ApiOperation({
    summary: 'Cambia los datos y ajustes de la organización',
    description: 'Con otra `zona_horaria` las citas conservan su instante, y el tiempo libre se genera de nuevo a las horas de la zona nueva.',
  })
  @Returns(200, Organizacion, 'La organización.')
  @Fails('referencia_invalida', 'zona_horaria_invalida', 'moneda_fija')
  update(@Param('organizacionId', IdPipe) id: number, @Body() body: CambiarOrganizacion) {
    return this.organizaciones.update(id, body);
  }
}
