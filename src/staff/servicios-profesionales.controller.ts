import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { PonerServicioProfesional, ServicioProfesional } from './servicios-profesionales.dto.js';
import { ServiciosProfesionalesService } from './servicios-profesionales.service.js';

@ApiTags('professionals')
@Controller('professionals/:id/services')
@Scope('profesionales')
export class ServiciosProfesionalesController {
  constructor(private readonly servicios: ServiciosProfesionalesService) {}

  @Get()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Los servicios de un profesional', description: 'Lista completa, con el precio y la duración que rigen.' })
  @Returns(200, [ServicioProfesional], 'Sus servicios, en el orden del catálogo.')
  list(@Param('id', IdPipe) id: number) {
    return this.servicios.list(id);
  }

  @Put(':servicioId')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'El profesional da un servicio', description: 'Crea o reemplaza el vínculo: lo que no venga vuelve a lo del servicio.' })
  @Returns(200, ServicioProfesional, 'El vínculo.')
  @Fails('tipo_no_autorizado', 'decimales_invalidos')
  put(@Param('id', IdPipe) id: number, @Param('servicioId', IdPipe) servicioId: number, @Body() body: PonerServicioProfesional) {
    return this.servicios.put(id, servicioId, body);
  }

  @Delete(':servicioId')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'El profesional deja de dar un servicio', description: 'Las citas ya reservadas quedan.' })
  @Returns(204, null, 'Quitado.')
  remove(@Param('id', IdPipe) id: number, @Param('servicioId', IdPipe) servicioId: number) {
    return this.servicios.remove(id, servicioId);
  }
}
