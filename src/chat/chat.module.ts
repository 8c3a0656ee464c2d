import { Module } from '@nestjs/common';
import { ChatDb } from './chat-db.service.js';
import { ConversacionesController } from './conversaciones.controller.js';
import { ConversacionesService } from './conversaciones.service.js';

@Module({ controllers: [ConversacionesController], providers: [ChatDb, ConversacionesService], exports: [ChatDb, ConversacionesService] })
export class ChatModule {}
