import { Body, Controller, Headers, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, Public, Roles } from '../http/access.js';
import type { SignedRequest } from '../http/json-body.js';
import { Fails, Returns } from '../http/returns.js';
import { PagarFactura, PaginaPasarela } from './pagos.dto.js';
import { StripeService } from './stripe.service.js';

@ApiTags('billing')
@OwnTransactions()
@Controller('billing')
export class StripeController {
  constructor(private readonly stripe: StripeService) {}

  @Post('checkout')
  @Roles(['admin'])
  @ApiOperation({ summary: 'Abre la página en que se paga una factura', description: 'La factura se da por pagada cuando lo dice la pasarela, no al volver.' })
  @Returns(201, PaginaPasarela, 'La página.')
  @Fails('referencia_invalida', 'no_encontrado', 'factura_no_cobrable', 'pasarela_no_disponible', 'pasarela_no_responde')
  checkout(@Caller() session: Session, @Body() { factura_id }: PagarFactura) {
    return this.stripe.checkout(session, factura_id);
  }

  @Post('portal')
  @Roles(['admin'])
  @ApiOperation({ summary: 'Abre la página de la pasarela con los pagos y tarjetas de la organización' })
  @Returns(201, PaginaPasarela, 'La página.')
  @Fails('no_encontrado', 'pasarela_no_disponible', 'pasarela_no_responde')
  portal(@Caller() session: Session) {
    return this.stripe.portal(session);
  }

  @Post('stripe/webhook')
  @Public()
  @ApiOperation({
    summary: 'Lo que Stripe cuenta',
    description: 'Solo para Stripe: de su cuerpo se cree lo que firmó, y el importe se compara con el de la factura. Repetir un evento no cambia nada; uno de otra cosa se anota y nada más.',
  })
  @ApiHeader({ name: 'Stripe-Signature', description: 'La firma de Stripe sobre los bytes del cuerpo.', required: true, schema: { type: 'string' } })
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @Returns(204, null, 'Anotado.')
  @Fails('firma_invalida', 'regla_incumplida', 'pasarela_no_disponible')
  webhook(@Req() { signedBody }: SignedRequest, @Headers('stripe-signature') firma: unknown) {
    return this.stripe.recibir(signedBody, firma);
  }
}
