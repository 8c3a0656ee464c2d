import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVERYBODY, Roles, Scope } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { PedirReserva, Reserva } from './reservas.dto.js';
import { ReservasService } from './reservas.service.js';

@ApiTags('availability')
@Controller('availability/holds')
@Scope('disponibilidad')
export class ReservasController {
  constructor(private readonly reservas: ReservasService) {}

  @Post()
  @Roles(EVERYBODY)
  @ApiOperation({
    summary: 'Reserva una hora por unos minutos',
    description: 'Exclusiva hasta reservado_hasta. Un cliente tiene una a la vez: pedir otra suelta la anterior. La cita la consume con reserva_id.',
  })
  @Returns(201, Reserva, 'La reserva temporal.')
  @Fails('referencia_invalida', 'servicio_no_ofrecido', 'hora_inexistente', 'hora_pasada', 'sin_disponibilidad', 'fuera_de_politica', 'inactivo')
  create(@Body() body: PedirReserva) {
    return this.reservas.create(body);
  }

  @Get(':id')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Una reserva temporal vigente', description: 'La propia; el personal, cualquiera. Vencida ya no existe.' })
  @Returns(200, Reserva, 'La reserva temporal.')
  get(@Param('id', IdPipe) id: number) {
    return this.reservas.get(id);
  }

  @Delete(':id')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Suelta una reserva temporal', description: 'Su tiempo queda libre en el acto.' })
  @Returns(204, null, 'Soltada.')
  async release(@Param('id', IdPipe) id: number) {
    await this.reservas.release(id);
  }
}
