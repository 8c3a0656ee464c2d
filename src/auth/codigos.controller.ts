import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, EVERYBODY, Public, Roles, UserAgent } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { AccesoService } from './acceso.service.js';
import { Tokens } from './auth.dto.js';
import { ConEnlace, EntrarConCodigo, PedirCodigo, PedirRestablecimiento, Restablecer } from './codigos.dto.js';
import { RestablecimientoService } from './restablecimiento.service.js';
import { VerificacionService } from './verificacion.service.js';

@ApiTags('auth')
@Controller('auth')
export class CodigosController {
  constructor(
    private readonly verificacion: VerificacionService,
    private readonly restablecimiento: RestablecimientoService,
    private readonly acceso: AccesoService,
  ) {}

  @Post('email/verification')
  @Roles(EVERYBODY)
  @OwnTransactions()
  @ApiOperation({
    summary: 'Pide de nuevo el correo de verificación',
    description: 'No envía nada si el correo ya está verificado, si la cuenta no tiene, o antes de un minuto del anterior.',
  })
  @Returns(204, null, 'Saldrá en unos segundos.')
  @Fails('canal_no_disponible')
  askVerification(@Caller() session: Session) {
    return this.verificacion.ask(session);
  }

  @Post('email/verify')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Demuestra que el correo de la cuenta es suyo', description: 'Con el enlace de 48 horas que recibió.' })
  @Returns(204, null, 'Correo verificado.')
  @Fails('enlace_invalido', 'enlace_vencido')
  verify(@Body() body: ConEnlace) {
    return this.verificacion.verify(body);
  }

  @Post('password/forgot')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Pide un enlace para elegir otra contraseña', description: 'Responde igual, y en el mismo tiempo, exista o no la cuenta.' })
  @Returns(204, null, 'Si hay una cuenta activa con ese correo, el enlace saldrá en unos segundos.')
  @Fails('canal_no_disponible')
  forgot(@Body() body: PedirRestablecimiento) {
    return this.restablecimiento.ask(body);
  }

  @Post('password/reset')
  @Public()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Elige otra contraseña con el enlace recibido',
    description:
      'El enlace dura una hora; una contraseña rechazada no lo gasta. Cierra todas las sesiones, y no inicia ninguna: use POST /auth/login.',
  })
  @Returns(204, null, 'Contraseña cambiada.')
  @Fails('enlace_invalido', 'enlace_vencido')
  reset(@Body() body: Restablecer) {
    return this.restablecimiento.reset(body);
  }

  @Post('code')
  @Public()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Un cliente pide un código para entrar',
    description:
      'Seis cifras por correo o WhatsApp, durante 10 minutos. Responde igual exista o no la cuenta; antes de un minuto sirve el anterior.',
  })
  @Returns(204, null, 'Si a ese destino puede entrar un cliente, el código saldrá en unos segundos.')
  @Fails('no_encontrado', 'canal_no_disponible')
  askCode(@Body() body: PedirCodigo) {
    return this.acceso.ask(body);
  }

  @Post('code/verify')
  @Public()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Un cliente entra con su código',
    description:
      'Entra a la cuenta de ese correo o teléfono; sin ella, a la ficha que el negocio ya tiene de ese destino, o a una nueva, que ' +
      'necesita `nombre`. Cinco intentos por código.',
  })
  @Returns(200, Tokens, 'Sesión iniciada.')
  @Fails('no_encontrado', 'codigo_invalido', 'segundo_factor_requerido', 'limite_alcanzado', 'subscripcion_suspendida')
  signIn(@Body() body: EntrarConCodigo, @UserAgent() agente?: string) {
    return this.acceso.signIn(body, agente);
  }
}
