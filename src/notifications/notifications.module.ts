import { Module } from '@nestjs/common';
import { Mensajes } from './mensajes.service.js';

@Module({ providers: [Mensajes], exports: [Mensajes] })
export class NotificationsModule {}
