import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { InstanciaWhatsapp, ProbarWhatsapp } from './instancias.dto.js';
import { InstanciasService } from './instancias.service.js';

@ApiTags('whatsapp')
@Controller('whatsapp')
@Roles(MANAGERS)
@OwnTransactions()
export class InstanciasController {
  constructor(private readonly instancias: InstanciasService) {}

  @Post('instance')
  @ApiOperation({ summary: 'Prepara el WhatsApp del negocio', description: 'Y devuelve el código QR que leer con su teléfono. Repetirlo sigue donde quedó.' })
  @Returns(201, InstanciaWhatsapp, 'La conexión.')
  @Fails('funcion_no_incluida', 'canal_no_disponible', 'whatsapp_no_responde')
  create(@Caller() session: Session) {
    return this.instancias.create(session);
  }

  @Get('instance')
  @ApiOperation({ summary: 'Cómo está el WhatsApp del negocio', description: 'Se pregunta en el momento. Con el código QR, mientras lo espera.' })
  @Returns(200, InstanciaWhatsapp, 'La conexión.')
  @Fails('no_encontrado')
  get(@Caller() session: Session) {
    return this.instancias.get(session);
  }

  @Post('instance/reconnect')
  @ApiOperation({ summary: 'Vuelve a conectar', description: 'Tras cerrar la sesión en el teléfono, o cuando venció el código QR.' })
  @Returns(201, InstanciaWhatsapp, 'La conexión, con un código nuevo si hace falta.')
  @Fails('no_encontrado', 'canal_no_disponible', 'whatsapp_no_responde')
  reconnect(@Caller() session: Session) {
    return this.instancias.reconnect(session);
  }

  @Delete('instance')
  @ApiOperation({ summary: 'Desconecta el WhatsApp del negocio', description: 'Cierra la sesión y la olvida. Lo dicho queda.' })
  @Returns(204, null, 'Ya no está.')
  @Fails('no_encontrado', 'canal_no_disponible', 'whatsapp_no_responde')
  remove(@Caller() session: Session) {
    return this.instancias.remove(session);
  }

  @Post('test')
  @ApiOperation({ summary: 'Envía un mensaje de prueba', description: 'Sale en el momento y la respuesta dice si salió.' })
  @Returns(204, null, 'WhatsApp lo aceptó.')
  @Fails('no_encontrado', 'canal_no_disponible', 'whatsapp_desconectado', 'numero_sin_whatsapp', 'whatsapp_no_responde')
  test(@Caller() session: Session, @Body() body: ProbarWhatsapp) {
    return this.instancias.test(session, body);
  }
}
