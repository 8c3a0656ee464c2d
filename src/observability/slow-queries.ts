import type { FastifyBaseLogger } from 'fastify';
import { sqlErrorOf } from '../database/sql-error.js';
import { statements, type Statement } from '../database/statements.js';

const LONGEST_TEXT = 2_000;

/** A statement without any value: $1 stands for each already, but BEGIN carries whose it is, and so is named alone. */
export const withoutValues = (text: string): string => (text.startsWith('BEGIN') ? 'BEGIN' : text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_TEXT));

/** One warning for each statement that takes longer. Returns how to end it. */
export function logSlowQueries(log: FastifyBaseLogger, slowMs: number): () => void {
  const hear = (message: unknown) => {
    const { ms, text, rows, error, plantilla, solicitud } = message as Statement;
    if (ms < slowMs) return;
    log.warn({ solicitud, route: plantilla, ms: Math.round(ms), rows, sqlstate: error ? sqlErrorOf(error)?.sqlstate : undefined, sql: withoutValues(text) }, 'slow query');
  };
  statements.subscribe(hear);
  return () => statements.unsubscribe(hear);
}
