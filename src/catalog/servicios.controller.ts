import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarServicio, CrearServicio, FiltroServicios, ListaServicios, Servicio } from './servicios.dto.js';
import { ServiciosService } from './servicios.service.js';

@ApiTags('services')
@Controller('services')
@Scope('servicios')
export class ServiciosController {
  constructor(private readonly servicios: ServiciosService) {}

  @Get()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Lista los servicios' })
  @Returns(200, ListaServicios, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroServicios) {
    return this.servicios.list(query);
  }

  @Post()
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Crea un servicio' })
  @Returns(201, Servicio, 'El servicio.')
  @Fails('ya_existe', 'decimales_invalidos', 'limite_alcanzado')
  create(@Body() body: CrearServicio) {
    return this.servicios.create(body);
  }

  @Get(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Un servicio' })
  @Returns(200, Servicio, 'El servicio.')
  get(@Param('id', IdPipe) id: number) {
    return this.servicios.get(id);
  }

  @Patch(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Cambia un servicio', description: 'Las citas ya reservadas conservan su precio y duración. `tipos_profesional_autorizados` incluye los de quienes lo dan.' })
  @Returns(200, Servicio, 'El servicio.')
  @Fails('tipo_no_autorizado', 'ya_existe', 'decimales_invalidos', 'limite_alcanzado')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarServicio) {
    return this.servicios.update(id, body);
  }

  @Delete(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Desactiva un servicio', description: 'No se borra: su historia queda. PATCH con activo=true lo devuelve.' })
  @Returns(204, null, 'Desactivado.')
  async deactivate(@Param('id', IdPipe) id: number) {
    await this.servicios.update(id, { activo: false });
  }
}
