import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarDestino, CrearDestino, Destino, DestinoNuevo, Enviada, ListaDestinos, RotarSecreto } from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

// What answers a secret opens its own transaction: with an Idempotency-Key the answer would be stored, and the secret in it.
@ApiTags('webhooks')
@Controller('webhooks')
@Roles(MANAGERS)
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @ApiOperation({ summary: 'Los destinos de la organización', description: 'Reciben cada evento que elijan, además del n8n del servidor.' })
  @Returns(200, ListaDestinos, 'Una página, sin sus secretos.')
  @Fails('cursor_invalido')
  list(@Query() query: Page) {
    return this.webhooks.list(query);
  }

  @Post()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Añade un destino',
    description: 'La respuesta trae, solo esta vez, el secreto con el que se comprueba la firma (Standard Webhooks). Veinte destinos como mucho.',
  })
  @Returns(201, DestinoNuevo, 'El destino, con su secreto.')
  @Fails('demasiados_destinos', 'funcion_no_incluida')
  create(@Caller() session: Session, @Body() body: CrearDestino) {
    return this.webhooks.create(session, body);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Un destino' })
  @Returns(200, Destino, 'El destino, sin su secreto.')
  get(@Param('id', IdPipe) id: number) {
    return this.webhooks.get(id);
  }

  @Patch(':id')
  @OwnTransactions()
  @ApiOperation({ summary: 'Cambia un destino', description: 'Al desactivarlo se cancela lo que esperaba para él.' })
  @Returns(200, Destino, 'El destino, sin su secreto.')
  update(@Caller() session: Session, @Param('id', IdPipe) id: number, @Body() body: CambiarDestino) {
    return this.webhooks.update(session, id, body);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Elimina un destino', description: 'Y su secreto. Lo que esperaba para él se cancela; lo entregado sigue en el registro.' })
  @Returns(204, null, 'Eliminado.')
  remove(@Param('id', IdPipe) id: number) {
    return this.webhooks.remove(id);
  }

  @Post(':id/rotate-secret')
  @OwnTransactions()
  @ApiOperation({
    summary: 'Cambia el secreto',
    description: 'Durante `minutos_gracia` cada envío lleva la firma de ambos; la de un cambio más antiguo, ya no. De dos cambios a la vez se hace uno: el otro responde 409.',
  })
  @Returns(201, DestinoNuevo, 'El destino, con su nuevo secreto.')
  @Fails('rotacion_simultanea')
  rotate(@Caller() session: Session, @Param('id', IdPipe) id: number, @Body() body: RotarSecreto) {
    return this.webhooks.rotate(session, id, body);
  }

  @Post(':id/ping')
  @ApiOperation({ summary: 'Envía una prueba', description: 'Un evento `prueba` solo para este destino, por la misma cola que los demás.' })
  @Returns(201, Enviada, 'La entrega que se hará.')
  @Fails('destino_inactivo')
  ping(@Param('id', IdPipe) id: number) {
    return this.webhooks.ping(id);
  }

  @Put(':id/resume')
  @ApiOperation({ summary: 'Reanuda un destino pausado o desactivado', description: 'Recibe lo que esperaba de los últimos tres días; lo anterior queda como fallido, para reenviarlo.' })
  @Returns(200, Destino, 'El destino, sin su secreto.')
  resume(@Param('id', IdPipe) id: number) {
    return this.webhooks.resume(id);
  }
}
