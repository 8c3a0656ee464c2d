import { applyDecorators } from '@nestjs/common';
import { Int, Text } from './fields.js';
import { badRange, Problem } from './problems.js';

/** Query of every list. Keyset pages: page 1,000 costs what page 1 costs, and rows never repeat or vanish between pages. */
export class Page {
  @Int({ description: 'Elementos por página.', min: 1, max: 200, optional: true, default: 50, query: true, example: 50 })
  limite: number = 50;

  @Text({ description: 'El `cursor` que devolvió la página anterior.', max: 500, optional: true })
  cursor?: string;
}

/** `cursor` of an answer. */
export const Cursor = () =>
  applyDecorators(Text({ description: 'Páselo como `cursor` para la página siguiente; null en la última.', max: 500, nullable: true, example: null }));

/** The ends of what a list is asked for, dates or instants, under the names that they have there: the first is not after the last. */
export function checkOrder(ends: Record<string, string | undefined>): void {
  const [[desde, first], [hasta, last]] = Object.entries(ends);
  if (first !== undefined && last !== undefined && Date.parse(first) > Date.parse(last)) throw badRange(desde, hasta);
}

export const cursorOf = (key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');

export function readCursor<T extends unknown[]>(cursor: string | undefined, valid: (key: unknown[]) => boolean): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && valid(key)) return key as T;
  } catch {
    // falls through to the problem
  }
  throw new Problem('cursor_invalido');
}

/** The commonest: an id, or [orden, id]; an orden is a smallint, and PostgreSQL would refuse another without saying of what. */
export function readIdCursor<T extends number[]>(cursor: string | undefined, count: T['length']): T | undefined {
  return readCursor<T>(cursor, (key) => key.length === count && key.every(Number.isSafeInteger) && key.slice(0, -1).every((orden) => Math.abs(Number(orden)) < 32_768));
}

/** One row more than the page was asked for: whether there is another page costs no count. */
export function pageOf<T>(rows: T[], limite: number, key: (row: T) => unknown[]): { elementos: T[]; cursor: string | null } {
  const elementos = rows.slice(0, limite);
  const more = rows.length > limite;
  return { elementos, cursor: more ? cursorOf(key(elementos[limite - 1])) : null };
}
