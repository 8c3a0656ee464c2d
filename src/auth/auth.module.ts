import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CONFIG, type Config } from '../config.js';
import { JwtGuard, RolesGuard } from '../http/access.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { TokensService } from './tokens.service.js';

@Module({
  imports: [
    CatalogModule,
    JwtModule.registerAsync({ inject: [CONFIG], useFactory: (config: Config) => ({ secret: config.jwtSecret.export() }) }),
  ],
  controllers: [AuthController],
  providers: [AuthService, TokensService, JwtStrategy, { provide: APP_GUARD, useClass: JwtGuard }, { provide: APP_GUARD, useClass: RolesGuard }],
})
export class AuthModule {}
