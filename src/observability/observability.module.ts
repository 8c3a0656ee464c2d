import { Module } from '@nestjs/common';
import { ChatModule } from '../chat/chat.module.js';
import { ChatState } from './chat-state.service.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.service.js';
import { Readiness } from './readiness.service.js';
import { ServerState } from './server-state.service.js';

@Module({ imports: [ChatModule], controllers: [HealthController], providers: [Metrics, ServerState, ChatState, Readiness] })
export class ObservabilityModule {}
