import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { DATE, isDate } from '../http/fields.js';
import { badRange, fieldProblem } from '../http/problems.js';

/** Of `fecha_desde` and `fecha_hasta`; both ends count. */
export function checkRange(desde: string, hasta: string, maxDays: number): void {
  const days = (Date.parse(hasta) - Date.parse(desde)) / 86_400_000 + 1;
  if (days < 1 || days > maxDays) throw badRange('fecha_desde', 'fecha_hasta', maxDays);
}

/** The date of a path, named as the path names it. */
@Injectable()
export class DatePipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isDate(value)) throw fieldProblem('date', 'fecha');
    return value;
  }
}

export const DateParam = () => ApiParam({ name: 'date', description: 'Día local, AAAA-MM-DD.', schema: { type: 'string', format: 'date', pattern: DATE.source }, example: '2027-03-15' });
