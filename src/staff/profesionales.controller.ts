import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarProfesional, CrearProfesional, FiltroProfesionales, ListaProfesionales, Profesional } from './profesionales.dto.js';
import { ProfesionalesService } from './profesionales.service.js';

@ApiTags('professionals')
@Controller('professionals')
@Scope('profesionales')
export class ProfesionalesController {
  constructor(private readonly profesionales: ProfesionalesService) {}

  @Get()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Lista los profesionales' })
  @Returns(200, ListaProfesionales, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroProfesionales) {
    return this.profesionales.list(query);
  }

  @Post()
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Crea un profesional', description: 'Con sus servicios y su primera semana; todo o nada.' })
  @Returns(201, Profesional, 'El profesional.')
  @Fails('referencia_invalida', 'tipo_no_autorizado', 'ya_existe', 'inactivo', 'limite_alcanzado')
  create(@Body() body: CrearProfesional) {
    return this.profesionales.create(body);
  }

  @Get(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Un profesional' })
  @Returns(200, Profesional, 'El profesional.')
  get(@Param('id', IdPipe) id: number) {
    return this.profesionales.get(id);
  }

  @Patch(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Cambia un profesional', description: 'Un `tipo_profesional` nuevo debe estar admitido por los servicios que da.' })
  @Returns(200, Profesional, 'El profesional.')
  @Fails('referencia_invalida', 'tipo_no_autorizado', 'ya_existe', 'limite_alcanzado')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarProfesional) {
    return this.profesionales.update(id, body);
  }

  @Delete(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Desactiva un profesional', description: 'No se borra: sus citas, también las futuras, quedan (GET /appointments con su `profesional_id` y `estado=pendiente,confirmada`), y su tiempo libre desde hoy no. PATCH con activo=true lo devuelve.' })
  @Returns(204, null, 'Desactivado.')
  async deactivate(@Param('id', IdPipe) id: number) {
    await this.profesionales.update(id, { activo: false });
  }
}
