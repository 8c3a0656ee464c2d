import { Injectable } from '@nestjs/common';
import { UsoService } from '../billing/uso.service.js';
import type { Lote, Tarea } from './tarea.js';

/** Hourly, so that the month of every zone begins within its first hour. */
@Injectable()
export class ContadoresUso implements Tarea {
  readonly nombre = 'contadores_uso';
  readonly descripcion = 'Suma lo que usa cada organización, empieza el mes en su zona, y corrige lo que un recuento halle distinto.';
  readonly cada = 60;
  readonly desfase = 2;

  constructor(private readonly uso: UsoService) {}

  async lote(): Promise<Lote> {
    const plegadas = await this.uso.fold();
    const deriva = await this.uso.recount();
    return { cuentas: { plegadas, corregidas: deriva.length }, mas: false };
  }
}
