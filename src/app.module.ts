import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { BillingModule } from './billing/billing.module.js';
import { BookingModule } from './booking/booking.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CONFIG, type Config } from './config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthController } from './health.controller.js';
import { LimitsModule } from './limits/limits.module.js';
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
      imports: [DatabaseModule, LimitsModule, AuthModule, TenantsModule, CatalogModule, StaffModule, SchedulingModule, BookingModule, BillingModule, PublicModule, PlatformModule],
      controllers: [HealthController],
      providers: [{ provide: CONFIG, useValue: config }, Sealing],
      exports: [CONFIG, Sealing],
    };
  }
}
