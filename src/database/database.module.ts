import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Db } from './db.service.js';
import { Idempotency } from './idempotency.js';
import { KeyUse } from './key-use.js';
import { RoleCheck } from './role-check.js';
import { TenantInterceptor } from './tenant.interceptor.js';

@Global()
@Module({ providers: [Db, Idempotency, KeyUse, RoleCheck, { provide: APP_INTERCEPTOR, useClass: TenantInterceptor }], exports: [Db] })
export class DatabaseModule {}
