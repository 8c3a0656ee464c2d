import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { DetalleEntrega, Entregada, FiltroEntregas, ListaEntregas } from './entregas.dto.js';
import { RegistroEntregas } from './registro-entregas.service.js';
import { Reenviadas, ReenviarEntregas } from './webhooks.dto.js';

@ApiTags('webhooks')
@Controller('webhooks/deliveries')
@Roles(MANAGERS)
export class EntregasController {
  constructor(private readonly registro: RegistroEntregas) {}

  @Get()
  @ApiOperation({ summary: 'Registro de entregas', description: 'Qué se envió a n8n, a los destinos propios y a las personas, y qué contestaron.' })
  @Returns(200, ListaEntregas, 'Una página.')
  @Fails('cursor_invalido', 'rango_invalido')
  list(@Query() query: FiltroEntregas) {
    return this.registro.list(query);
  }

  @Post('replay')
  @ApiOperation({
    summary: 'Reenvía las entregas de un intervalo',
    description: 'Con el mismo `webhook-id`: quien ya recibió una la descarta. De 1000 en 1000, las más antiguas primero; no los mensajes a personas.',
  })
  @Returns(201, Reenviadas, 'Cuántas.')
  @Fails('cursor_invalido', 'rango_invalido')
  replayRange(@Body() body: ReenviarEntregas) {
    return this.registro.replayRange(body);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Una entrega', description: 'Con el cuerpo enviado y el comienzo de la última respuesta.' })
  @Returns(200, DetalleEntrega, 'La entrega.')
  get(@Param('id', IdPipe) id: number) {
    return this.registro.get(id);
  }

  @Post(':id/replay')
  @ApiOperation({ summary: 'Reenvía una entrega', description: 'Con el mismo `webhook-id`. Una pendiente se intenta ya.' })
  @Returns(201, Entregada, 'La entrega, pendiente.')
  @Fails('destino_inactivo', 'no_reenviable')
  replay(@Param('id', IdPipe) id: number) {
    return this.registro.replay(id);
  }
}
