export interface SqlError {
  sqlstate: string;
  constraint?: string;
  /** Of a null where none may be, and of what a rule of ours (FR…) refuses. */
  column?: string;
  detail?: string;
}

/** The SQLSTATE of an error, whether pg threw it (Kysely) or Prisma wrapped it; undefined when it is no SQL error. */
export function sqlErrorOf(error: unknown): SqlError | undefined {
  const raw = error as { code?: unknown; constraint?: string; column?: string; detail?: string; severity?: string; meta?: any } | null;
  if (typeof raw?.code === 'string' && raw.severity) return { sqlstate: raw.code, constraint: raw.constraint, column: raw.column, detail: raw.detail };
  const cause = raw?.meta?.driverAdapterError?.cause;
  if (typeof cause?.originalCode !== 'string') return undefined;
  return { sqlstate: cause.originalCode, constraint: cause.constraint?.index };
}

/** For `catch`: the request has another name for that column. */
export const renamed = (column: string, campo: string) => (error: { column?: string }): never => {
  throw error.column === column ? Object.assign(error, { column: campo }) : error;
};

const UNAVAILABLE = new Set([
  'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE',
  // A machine that is off, and a container: its name goes with it.
  'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN',
]);

/** The server takes no writes: after a failover the old primary, and that is where its connections stay. */
export const onlyReads = (error: unknown) => sqlErrorOf(error)?.sqlstate === '25006';

/** The pool is exhausted, or the server is gone or only reads: nothing that the client did. */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  const sqlstate = sqlErrorOf(error)?.sqlstate ?? '';
  return (
    UNAVAILABLE.has(code ?? '') ||
    /^(08|57P|53)/.test(sqlstate) ||
    onlyReads(error) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|Server has closed the connection/.test(message ?? '')
  );
}
