import { Global, Module } from '@nestjs/common';
import { Limits } from './limits.service.js';
import { LoginAttempts } from './login-attempts.service.js';

@Global()
@Module({ providers: [Limits, LoginAttempts], exports: [Limits, LoginAttempts] })
export class LimitsModule {}
