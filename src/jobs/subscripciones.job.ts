import { Injectable } from '@nestjs/common';
import { CicloSubscripciones } from '../billing/ciclo-subscripciones.service.js';
import type { Lote, Tarea } from './tarea.js';

@Injectable()
export class Subscripciones implements Tarea {
  readonly nombre = 'subscripciones';
  readonly descripcion = 'Avisa del fin de las pruebas, renueva los periodos, reclama lo impago y suspende, en la zona de cada organización.';
  readonly cada = 15;
  readonly desfase = 4;

  constructor(private readonly ciclo: CicloSubscripciones) {}

  lote(): Promise<Lote> {
    return this.ciclo.paso();
  }
}
