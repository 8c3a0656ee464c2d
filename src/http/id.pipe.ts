import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { fieldProblem, Problem } from './problems.js';

/** An id in a path: a positive integer. What is too large to exist does not exist. */
@Injectable()
export class IdPipe implements PipeTransform<string, number> {
  transform(value: string, { data: name = 'id' }: ArgumentMetadata): number {
    if (!/^\d{1,19}$/.test(value)) throw fieldProblem(name, `entero|1|${Number.MAX_SAFE_INTEGER}`);
    const id = Number(value);
    if (!Number.isSafeInteger(id) || id < 1) throw new Problem('no_encontrado');
    return id;
  }
}
