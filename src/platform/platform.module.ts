import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { PlataformaController } from './plataforma.controller.js';
import { PlataformaService } from './plataforma.service.js';

@Module({ imports: [AuthModule], controllers: [PlataformaController], providers: [PlataformaService] })
export class PlatformModule {}
