import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { CrearMensaje, FiltroConversaciones, ListaConversaciones, ListaMensajes, Mensaje } from './conversaciones.dto.js';
import { ConversacionesService } from './conversaciones.service.js';

@ApiTags('conversations')
@Controller()
@OwnTransactions()
export class ConversacionesController {
  constructor(private readonly conversaciones: ConversacionesService) {}

  @Get('conversations')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Conversaciones con los clientes, por último mensaje' })
  @Returns(200, ListaConversaciones, 'Una página.')
  @Fails('cursor_invalido', 'conversaciones_no_disponibles', 'funcion_no_incluida')
  list(@Caller() caller: Session, @Query() query: FiltroConversaciones) {
    return this.conversaciones.list(caller, query);
  }

  @Get('conversations/:sesion/messages')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Mensajes de una conversación', description: 'Los que escribió el agente de n8n y los agregados por la API, juntos.' })
  @Returns(200, ListaMensajes, 'Una página.')
  @Fails('cursor_invalido', 'conversaciones_no_disponibles', 'funcion_no_incluida')
  messages(@Caller() caller: Session, @Param('sesion') sesion: string, @Query() query: Page) {
    return this.conversaciones.messages(caller, sesion, query);
  }

  @Post('conversations/:sesion/messages')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Agrega un mensaje', description: 'El agente de n8n lo lee como parte de la conversación. No lo envía al cliente. La primera vez, la crea.' })
  @Returns(201, Mensaje, 'El mensaje.')
  @Fails('conversaciones_no_disponibles', 'funcion_no_incluida')
  append(@Caller() caller: Session, @Param('sesion') sesion: string, @Body() body: CrearMensaje) {
    return this.conversaciones.append(caller, sesion, body);
  }

  @Delete('clients/:id/conversations')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Borra las conversaciones de un cliente', description: 'Las de su teléfono y las de su cuenta, para siempre; queda en la auditoría. Repetirlo no hace daño.' })
  @Returns(204, null, 'Borradas.')
  @Fails('conversaciones_no_disponibles')
  erase(@Caller() caller: Session, @Param('id', IdPipe) id: number) {
    return this.conversaciones.erase(caller, id);
  }
}
