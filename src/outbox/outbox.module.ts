import { Global, Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { Canales } from './canal.js';
import { EntregasController } from './entregas.controller.js';
import { Entregas } from './entregas.service.js';
import { CanalN8n } from './n8n.canal.js';
import { RegistroEntregas } from './registro-entregas.service.js';
import { Reparto } from './reparto.service.js';
import { CanalWebhook } from './webhook.canal.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';
import { Worker } from './worker.service.js';

/** Imports the database, so that it ends before the database does. */
@Global()
@Module({
  imports: [DatabaseModule],
  controllers: [EntregasController, WebhooksController],
  providers: [Canales, Reparto, Entregas, RegistroEntregas, WebhooksService, CanalN8n, CanalWebhook, Worker],
  exports: [Canales, Entregas, Worker],
})
export class OutboxModule {}
