import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CONFIG, type Config } from '../config.js';
import { JwtGuard, RolesGuard } from '../http/access.js';
import { UserLimitGuard } from '../limits/user-limit.guard.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { TokensService } from './tokens.service.js';
import { UsuariosController } from './usuarios.controller.js';
import { UsuariosService } from './usuarios.service.js';

@Module({
  imports: [
    CatalogModule,
    JwtModule.registerAsync({ inject: [CONFIG], useFactory: (config: Config) => ({ secret: config.jwtSecret.export() }) }),
  ],
  controllers: [AuthController, UsuariosController],
  providers: [AuthService, TokensService, UsuariosService, JwtStrategy, ...[JwtGuard, UserLimitGuard, RolesGuard].map((guard) => ({ provide: APP_GUARD, useClass: guard }))],
})
export class AuthModule {}
