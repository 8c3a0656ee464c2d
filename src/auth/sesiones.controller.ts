import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ANY_ACCOUNT, Roles } from '../http/access.js';
import { Returns } from '../http/returns.js';
import { Sesion } from './sesiones.dto.js';
import { SesionesService } from './sesiones.service.js';

@ApiTags('auth')
@Controller('auth/sessions')
export class SesionesController {
  constructor(private readonly sesiones: SesionesService) {}

  @Get()
  @Roles(ANY_ACCOUNT)
  @ApiOperation({ summary: 'Las sesiones abiertas de la cuenta', description: 'Para reconocer una que se dejó abierta en otro equipo, y cerrarla. Las 100 más recientes.' })
  @Returns(200, [Sesion], 'De la más reciente a la más antigua.')
  list() {
    return this.sesiones.list();
  }

  @Delete(':id')
  @Roles(ANY_ACCOUNT)
  @ApiOperation({ summary: 'Cierra una sesión de la cuenta', description: 'Sus tokens dejan de servir en la siguiente solicitud.' })
  @Returns(204, null, 'Sesión cerrada.')
  end(@Param('id') id: string) {
    return this.sesiones.end(id);
  }
}
