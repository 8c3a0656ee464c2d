import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CONFIG, type Config } from '../config.js';
import { JwtGuard, RolesGuard } from '../http/access.js';
import { UserLimitGuard } from '../limits/user-limit.guard.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { AccesoService } from './acceso.service.js';
import { CredencialesService } from './credenciales.service.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { ClavesApiController } from './claves-api.controller.js';
import { ClavesApiService } from './claves-api.service.js';
import { CodigosController } from './codigos.controller.js';
import { Codigos } from './codigos.service.js';
import { Fichas } from './fichas.js';
import { InvitacionesController } from './invitaciones.controller.js';
import { InvitacionesService } from './invitaciones.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { RestablecimientoService } from './restablecimiento.service.js';
import { SegundoFactorController } from './segundo-factor.controller.js';
import { SegundoFactorGestion } from './segundo-factor-gestion.service.js';
import { SegundoFactorLogin } from './segundo-factor-login.service.js';
import { SegundoFactorService } from './segundo-factor.service.js';
import { SesionesController } from './sesiones.controller.js';
import { SesionesService } from './sesiones.service.js';
import { TokensService } from './tokens.service.js';
import { UsuariosController } from './usuarios.controller.js';
import { UsuariosService } from './usuarios.service.js';
import { VerificacionService } from './verificacion.service.js';

@Module({
  imports: [
    CatalogModule,
    NotificationsModule,
    JwtModule.registerAsync({ inject: [CONFIG], useFactory: (config: Config) => ({ secret: config.jwtSecret.export() }) }),
  ],
  controllers: [AuthController, SegundoFactorController, CodigosController, InvitacionesController, SesionesController, ClavesApiController, UsuariosController],
  providers: [AuthService, CredencialesService, SegundoFactorService, SegundoFactorLogin, SegundoFactorGestion, AccesoService, Codigos, Fichas, InvitacionesService, RestablecimientoService, VerificacionService, TokensService, SesionesService, ClavesApiService, UsuariosService, JwtStrategy, ...[JwtGuard, UserLimitGuard, RolesGuard].map((guard) => ({ provide: APP_GUARD, useClass: guard }))],
  exports: [InvitacionesService],
})
export class AuthModule {}
