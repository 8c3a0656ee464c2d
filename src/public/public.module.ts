import { Module } from '@nestjs/common';
import { SchedulingModule } from '../scheduling/scheduling.module.js';
import { PublicController } from './public.controller.js';
import { PublicService } from './public.service.js';

@Module({ imports: [SchedulingModule], controllers: [PublicController], providers: [PublicService] })
export class PublicModule {}
