import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope } from '../http/access.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarPlan, CambioDePlan, CancelarSubscripcion, HistorialSubscripcion, Subscripcion } from './subscripciones.dto.js';
import { SubscripcionesService } from './subscripciones.service.js';

@ApiTags('billing')
@Controller('billing/subscription')
export class SubscripcionesController {
  constructor(private readonly subscripciones: SubscripcionesService) {}

  @Get()
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'La subscripción de la organización' })
  @Returns(200, Subscripcion, 'La subscripción.')
  @Fails('no_encontrado')
  get() {
    return this.subscripciones.get();
  }

  @Get('history')
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'Cada cambio de la subscripción: quién, por qué, antes, después e importe' })
  @Returns(200, HistorialSubscripcion, 'Una página.')
  @Fails('cursor_invalido')
  history(@Query() page: Page) {
    return this.subscripciones.history(page);
  }

  @Post('change')
  @Roles(['admin'])
  @ApiOperation({
    summary: 'Cambia de plan, o dice lo que costaría',
    description: 'Subir es inmediato y se factura la parte que queda del periodo. Bajar espera al fin del periodo pagado, y solo si el uso cabe. '
      + 'Pedir el plan que ya se tiene descarta el cambio que esperaba.',
  })
  @Returns(201, CambioDePlan, 'El cambio.')
  @Fails('no_encontrado', 'plan_no_disponible', 'uso_no_cabe', 'sin_cambio', 'pago_pendiente', 'suspendida_por_plataforma', 'cambio_simultaneo')
  change(@Body() body: CambiarPlan) {
    return this.subscripciones.change(body);
  }

  @Post('cancel')
  @Roles(['admin'])
  @ApiOperation({ summary: 'Cancela la subscripción', description: 'No se borra nada: queda de solo lectura, y se puede reactivar.' })
  @Returns(201, Subscripcion, 'La subscripción.')
  @Fails('no_encontrado', 'transicion_de_subscripcion', 'cambio_simultaneo')
  cancel(@Body() body: CancelarSubscripcion) {
    return this.subscripciones.cancel(body);
  }

  @Post('reactivate')
  @Roles(['admin'])
  @ApiOperation({
    summary: 'Deshace la cancelación',
    description: 'La que esperaba al fin del periodo, o la hecha mientras dura el periodo pagado. Después se elige un plan en /billing/subscription/change.',
  })
  @Returns(201, Subscripcion, 'La subscripción.')
  @Fails('no_encontrado', 'transicion_de_subscripcion', 'pago_pendiente', 'suspendida_por_plataforma', 'cambio_simultaneo')
  reactivate() {
    return this.subscripciones.reactivate();
  }
}
