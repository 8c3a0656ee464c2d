import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, SUPER_ADMIN } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { EditarPlan, PlanDePlataforma } from './planes.dto.js';
import { PlanesPlataformaService } from './planes.service.js';

@ApiTags('admin')
@Controller('admin/plans')
export class PlanesPlataformaController {
  constructor(private readonly planes: PlanesPlataformaService) {}

  @Get()
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Todos los planes, también los que ya no se ofrecen' })
  @Returns(200, [PlanDePlataforma], 'En orden.')
  list() {
    return this.planes.list();
  }

  @Patch(':id')
  @Roles(SUPER_ADMIN)
  @ApiOperation({
    summary: 'Cambia un plan',
    description: 'El precio, solo para quien lo contrate desde ahora: los demás conservan el suyo. Límites y funciones, para todos y en el momento; lo que ya hay no se borra.',
  })
  @Returns(200, PlanDePlataforma, 'El plan.')
  @Fails('decimales_invalidos')
  update(@Param('id', IdPipe) id: number, @Body() body: EditarPlan) {
    return this.planes.update(id, body);
  }
}
