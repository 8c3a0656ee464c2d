import { Module, type DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuthModule } from './auth/auth.module.js';
import { BillingModule } from './billing/billing.module.js';
import { UsoInterceptor } from './billing/uso.interceptor.js';
import { BookingModule } from './booking/booking.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { ChatModule } from './chat/chat.module.js';
import { CONFIG, type Config } from './config.js';
import { DatabaseModule } from './database/database.module.js';
import { Kept } from './http/versiones.interceptor.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { WhatsappModule } from './notifications/whatsapp.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { OutboxModule } from './outbox/outbox.module.js';
import { PlatformModule } from './platform/platform.module.js';
import { PublicModule } from './public/public.module.js';
import { SchedulingModule } from './scheduling/scheduling.module.js';
import { Sealing } from './sealing.js';
import { StaffModule } from './staff/staff.module.js';
import { TenantsModule } from './tenants/tenants.module.js';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [DatabaseModule, LimitsModule, OutboxModule, AuthModule, TenantsModule, CatalogModule, StaffModule, SchedulingModule, BookingModule, BillingModule, PublicModule, PlatformModule, WhatsappModule, ChatModule, JobsModule, ObservabilityModule],
      providers: [{ provide: CONFIG, useValue: config }, Sealing, Kept, { provide: APP_INTERCEPTOR, useClass: UsoInterceptor }],
      exports: [CONFIG, Sealing, Kept],
    };
  }
}
