import { Body, Controller, Get, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Fails, Returns } from '../http/returns.js';
import { ANY_ACCOUNT, Caller, Public, Roles, UserAgent } from '../http/access.js';
import type { Session } from '../database/session.js';
import { CambiarPassword, Cuenta, IniciarSesion, RegistrarCliente, RegistrarOrganizacion, Registro, Renovar, Tokens } from './auth.dto.js';
import { AuthService } from './auth.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('register-organization')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Registra un negocio', description: 'Crea la organización, su administrador y su prueba gratuita; todo o nada.' })
  @Returns(201, Registro, 'Organización creada y sesión iniciada.')
  @Fails('codigo_tenant_ocupado', 'zona_horaria_invalida')
  registerOrganization(@Body() body: RegistrarOrganizacion, @UserAgent() agente?: string) {
    return this.auth.registerOrganization(body, agente);
  }

  @Post('register-client')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Un cliente abre su cuenta en un negocio', description: 'Crea su usuario (rol cliente) y su ficha; nunca se apropia de una ficha existente.' })
  @Returns(201, Registro, 'Cuenta creada y sesión iniciada.')
  @Fails('no_encontrado', 'ya_existe', 'limite_alcanzado')
  registerClient(@Body() body: RegistrarCliente, @UserAgent() agente?: string) {
    return this.auth.registerClient(body, agente);
  }

  @Post('login')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Inicia sesión' })
  @Returns(200, Tokens, 'Sesión iniciada.')
  @Fails('credenciales_invalidas', 'elija_organizacion', 'segundo_factor_requerido', 'debe_activar_segundo_factor')
  login(@Body() body: IniciarSesion, @UserAgent() agente?: string) {
    return this.auth.login(body, agente);
  }

  @Post('refresh')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Renueva la sesión', description: 'Usar dos veces el mismo token termina la sesión: alguien más lo tiene. Una página abierta en varias pestañas renueva bajo `navigator.locks`, una a la vez, y guarda los tokens donde las demás los leen.' })
  @Returns(200, Tokens, 'Tokens nuevos; los anteriores ya no sirven.')
  @Fails('token_invalido')
  refresh(@Body() body: Renovar, @UserAgent() agente?: string) {
    return this.auth.refresh(body, agente);
  }

  @Post('logout')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Cierra la sesión', description: 'Sus tokens de acceso dejan de servir en la siguiente solicitud. Responde igual si el token ya no servía.' })
  @Returns(204, null, 'Sesión cerrada.')
  @Fails('token_invalido')
  logout(@Body() body: Renovar) {
    return this.auth.logout(body);
  }

  @Post('logout-all')
  @Roles(ANY_ACCOUNT)
  @ApiOperation({ summary: 'Cierra todas las sesiones de la cuenta', description: 'También esta. Ningún token ya emitido sirve en la siguiente solicitud.' })
  @Returns(204, null, 'Sesiones cerradas.')
  logoutAll() {
    return this.auth.logoutAll();
  }

  @Put('password')
  @Roles(ANY_ACCOUNT)
  @OwnTransactions()
  @ApiOperation({ summary: 'Cambia la contraseña propia', description: 'Cierra las demás sesiones de la cuenta.' })
  @Returns(204, null, 'Contraseña cambiada.')
  @Fails('credenciales_invalidas')
  changePassword(@Caller() session: Session, @Body() body: CambiarPassword) {
    return this.auth.changePassword(session, body);
  }

  @Get('me')
  @Roles(ANY_ACCOUNT)
  @ApiOperation({ summary: 'La cuenta de este token' })
  @Returns(200, Cuenta, 'La cuenta.')
  me() {
    return this.auth.me();
  }
}
