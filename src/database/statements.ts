import diagnostics from 'node:diagnostics_channel';
import { origin } from '../http/origin.js';

/** A statement that was answered: what metrics, the slow-query log, traces and tests listen to. */
export interface Statement {
  /** With $1 for each value, but for BEGIN, whose context travels as literals. */
  text: string;
  values?: readonly unknown[];
  ms: number;
  /** Rows of the answer, or touched; null when it failed. */
  rows: number | null;
  error?: unknown;
  /** Method and path of the request; absent for work of the server itself. */
  ruta?: string;
  /** The same, with the names of its values. */
  plantilla?: string;
  solicitud?: string;
}

/** A transaction that ended. */
export interface Ended {
  /** `refused`: there was no connection to be had in time. */
  outcome: 'commit' | 'rollback' | 'refused';
  ms: number;
  /** Of those, waiting for a connection. */
  waited_ms: number;
  /** 2 and more repeat one that lost a deadlock. */
  attempt: number;
  /** A read replica had it. */
  replica: boolean;
  ruta?: string;
  solicitud?: string;
}

export const statements = diagnostics.channel('franja:statement');
export const transactions = diagnostics.channel('franja:transaction');

/** Costs nothing while nobody listens. */
export function told<R extends { rowCount: number | null }>(text: string, values: readonly unknown[] | undefined, answer: Promise<R | R[]>): Promise<R | R[]> {
  if (!statements.hasSubscribers) return answer;
  const began = performance.now();
  const from = origin.getStore();
  const tell = (rows: number | null, error?: unknown) =>
    statements.publish({ text, values, ms: performance.now() - began, rows, error, ruta: from?.ruta, plantilla: from?.plantilla, solicitud: from?.solicitud } satisfies Statement);
  return answer.then(
    (result) => {
      tell(Array.isArray(result) ? result.at(-1)!.rowCount : result.rowCount);
      return result;
    },
    (error) => {
      tell(null, error);
      throw error;
    },
  );
}
