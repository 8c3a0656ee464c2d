import { Body, Controller, Delete, Get, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Public, Roles, STAFF, SUPER_ADMIN, UserAgent } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import {
  CodigoSegundoFactor, CodigosRecuperacion, Desafio, EmpezarSegundoFactor, EstadoSegundoFactor, QuitarSegundoFactor, ResponderDesafio,
  SecretoSegundoFactor, TokensSegundoFactor,
} from './segundo-factor.dto.js';
import { SegundoFactorLogin } from './segundo-factor-login.service.js';
import { SegundoFactorGestion } from './segundo-factor-gestion.service.js';

const WORKERS = [...STAFF, ...SUPER_ADMIN];

@Controller()
export class SegundoFactorController {
  constructor(
    private readonly gestion: SegundoFactorGestion,
    private readonly login: SegundoFactorLogin,
  ) {}

  @Post('auth/login/second-factor')
  @Public()
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Termina de iniciar sesión con el segundo factor', description: 'Con el `desafio` de /auth/login. Tras /enroll, además lo activa.' })
  @Returns(200, TokensSegundoFactor, 'Sesión iniciada.')
  @Fails('desafio_invalido', 'segundo_factor_invalido', 'no_autenticado', 'segundo_factor_inactivo')
  answer(@Body() body: ResponderDesafio, @UserAgent() agente?: string) {
    return this.login.answer(body, agente);
  }

  @Post('auth/login/second-factor/enroll')
  @Public()
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Pide el secreto quien debe activar un segundo factor para entrar', description: 'Con el `desafio` de `debe_activar_segundo_factor`.' })
  @Returns(200, SecretoSegundoFactor, 'El secreto, aún sin confirmar.')
  @Fails('desafio_invalido', 'no_autenticado', 'segundo_factor_activo')
  enroll(@Body() body: Desafio) {
    return this.login.enroll(body);
  }

  @Get('auth/second-factor')
  @Roles(WORKERS)
  @ApiTags('auth')
  @ApiOperation({ summary: 'El segundo factor propio' })
  @Returns(200, EstadoSegundoFactor, 'Cómo está.')
  state() {
    return this.gestion.state();
  }

  @Post('auth/second-factor')
  @Roles(WORKERS)
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Empieza a activar un segundo factor (TOTP)', description: 'El secreto no sirve hasta confirmarlo con PUT; pedir otro reemplaza el no confirmado.' })
  @Returns(201, SecretoSegundoFactor, 'El secreto, aún sin confirmar.')
  @Fails('credenciales_invalidas', 'segundo_factor_activo')
  start(@Caller() session: Session, @Body() body: EmpezarSegundoFactor) {
    return this.gestion.start(session, body);
  }

  @Put('auth/second-factor')
  @Roles(WORKERS)
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Activa el segundo factor con su primer código', description: 'Desde el siguiente inicio de sesión se pide.' })
  @Returns(200, CodigosRecuperacion, 'Activo; guarde los códigos de recuperación.')
  @Fails('segundo_factor_invalido', 'segundo_factor_activo', 'segundo_factor_inactivo')
  activate(@Caller() session: Session, @Body() body: CodigoSegundoFactor) {
    return this.gestion.activate(session, body);
  }

  @Post('auth/second-factor/recovery-codes')
  @Roles(WORKERS)
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Hace códigos de recuperación nuevos', description: 'Los anteriores dejan de servir.' })
  @Returns(201, CodigosRecuperacion, 'Los nuevos.')
  @Fails('segundo_factor_invalido', 'segundo_factor_inactivo')
  newCodes(@Caller() session: Session, @Body() body: CodigoSegundoFactor) {
    return this.gestion.newCodes(session, body);
  }

  @Post('auth/second-factor/disable')
  @Roles(WORKERS)
  @OwnTransactions()
  @ApiTags('auth')
  @ApiOperation({ summary: 'Quita el segundo factor propio', description: 'No mientras sea obligatorio para la cuenta.' })
  @Returns(204, null, 'Quitado.')
  @Fails('credenciales_invalidas', 'segundo_factor_invalido', 'segundo_factor_inactivo', 'segundo_factor_obligatorio')
  disable(@Caller() session: Session, @Body() body: QuitarSegundoFactor) {
    return this.gestion.disable(session, body);
  }

  @Delete('users/:id/second-factor')
  @Roles(MANAGERS)
  @ApiTags('users')
  @ApiOperation({ summary: 'Quita el segundo factor de un usuario', description: 'De un rol inferior al propio, que lo perdió con sus códigos. Cierra sus sesiones.' })
  @Returns(204, null, 'Quitado.')
  reset(@Param('id', IdPipe) id: number) {
    return this.gestion.reset(id);
  }
}
