import { Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { EnvioFacturas } from './facturas.service.js';

@ApiTags('billing')
@Controller('billing/invoices')
export class EnvioFacturasController {
  constructor(private readonly envio: EnvioFacturas) {}

  @Post(':id/send')
  @Roles(MANAGERS)
  @OwnTransactions()
  @ApiOperation({ summary: 'Envía una factura en PDF al correo de la organización' })
  @Returns(204, null, 'Va en camino.')
  @Fails('canal_no_disponible')
  send(@Caller() session: Session, @Param('id', IdPipe) id: number) {
    return this.envio.send(session, id);
  }
}
