import { Module } from '@nestjs/common';
import { PlantillasController } from './plantillas.controller.js';
import { ServiciosController } from './servicios.controller.js';
import { ServiciosService } from './servicios.service.js';

@Module({ controllers: [ServiciosController, PlantillasController], providers: [ServiciosService], exports: [ServiciosService] })
export class CatalogModule {}
