import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.service.js';
import { Readiness } from './readiness.service.js';
import { ServerState } from './server-state.service.js';

@Module({ controllers: [HealthController], providers: [Metrics, ServerState, Readiness] })
export class ObservabilityModule {}
