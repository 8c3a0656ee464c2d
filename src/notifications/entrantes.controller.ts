import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Public } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { EntrantesService } from './entrantes.service.js';

@ApiTags('whatsapp')
@Public()
@OwnTransactions()
@Controller('whatsapp/inbound')
export class EntrantesController {
  constructor(private readonly entrantes: EntrantesService) {}

  @Post(':token')
  @ApiOperation({
    summary: 'Lo que Evolution API cuenta',
    description: 'Solo para Evolution API: `messages.upsert`, `send.message` y `connection.update`. Repetir un aviso no cambia nada. La `apikey` del cuerpo no se guarda.',
  })
  @ApiParam({ name: 'token', description: 'El secreto de la instancia.', schema: { type: 'string', maxLength: 80 } })
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @Returns(204, null, 'Atendido.')
  @Fails('no_encontrado', 'aviso_invalido')
  recibir(@Param('token') token: string, @Body() body: unknown) {
    return this.entrantes.recibir(token, body);
  }
}
