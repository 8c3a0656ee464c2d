import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Prisma } from '../generated/prisma/client.js';
import type { Session } from './session.js';

/** What a transaction carries: its session, its Prisma client and the pg connection under it. */
export interface Scope {
  session: Session;
  prisma?: Prisma.TransactionClient;
  client?: ContextClient;
  /** The account of the session is gone, deactivated, or has another role by now. */
  refused?: boolean;
}

export const scopes = new AsyncLocalStorage<Scope>();

const BEGIN = 'BEGIN';
const identity = (value: string) => value;

/** bigint → number, numeric → string, date → YYYY-MM-DD, time → HH:MM: what JSON shows, without a mapping layer. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.DATE) return identity;
    if (oid === pg.types.builtins.TIME) return (value: string) => value.slice(0, 5);
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

const names = new Map<string, string>();

function statementName(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = createHash('sha1').update(text).digest('base64url');
    if (names.size < 2000) names.set(text, name);
  }
  return name;
}

/** Sends BEGIN and the tenant's context in one message; a transaction without a session is refused. */
export class ContextClient extends pg.Client {
  // pg overloads query by arity and type; Prisma and Kysely both go through this one.
  override query(config: any, ...rest: any[]): any {
    if (config?.text !== BEGIN) return (super.query as any)(config, ...rest);
    const scope = scopes.getStore();
    if (!scope) return Promise.reject(new Error('A transaction was begun without a session'));
    scope.client = this;
    return this.#begin(scope);
  }

  async #begin(scope: Scope): Promise<pg.QueryResult> {
    const { session } = scope;
    const text = (value: string | null | undefined) => (value == null ? 'null' : this.escapeLiteral(value));
    const id = (value: number | null) => (value == null ? 'null' : String(BigInt(value)));
    // A user's is checked; work of the server itself has none.
    const set = session.usuario_id === null ? 'app.fijar_contexto' : 'app.fijar_contexto_usuario';
    const context = session.codigo_tenant
      ? `app.fijar_contexto_publico(${text(session.codigo_tenant)}, ${text(session.ahora)})`
      : `${set}(${id(session.organizacion_id)}, ${id(session.usuario_id)}, ${text(session.rol)}, ${text(session.ahora)})`;
    const begin = session.readOnly ? 'BEGIN READ ONLY' : 'BEGIN';
    const [, result] = (await super.query(`${begin}; SELECT ${context} AS contexto`)) as unknown as pg.QueryResult[];
    const { contexto } = result.rows[0];
    if (session.codigo_tenant) session.organizacion_id = contexto === null ? null : Number(contexto);
    else if (session.usuario_id !== null) scope.refused = contexto !== true;
    return result;
  }

  /** One statement of Kysely, by name where the pooler allows. */
  run(text: string, values: readonly unknown[], named: boolean): Promise<pg.QueryResult> {
    return super.query({ text, values: values as unknown[], name: named ? statementName(text) : undefined, types });
  }
}
