import { parsePlPgSQLSync } from 'libpg-query';

/** A function as the catalogue has it; `body` is pg_get_function_sqlbody. */
export interface Source {
  name: string;
  language: string;
  definition: string;
  source: string;
  body: string | null;
}

export const FUNCTIONS = `
  select p.proname as name, l.lanname as language, pg_get_functiondef(p.oid) as definition, p.prosrc as source, pg_get_function_sqlbody(p.oid) as body
  from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = 'app'::regnamespace and p.prokind = 'f'
  order by p.oid`;

/** The statements and expressions in the body of a function, each as a statement. */
export function statementsOf({ language, definition, source, body }: Source): string[] {
  if (body) return [body.replace(/^RETURN\b/, 'SELECT').replace(/^BEGIN ATOMIC\b/, '').replace(/\bEND$/, (end) => (body.startsWith('BEGIN') ? '' : end))];
  if (language !== 'plpgsql') return [source];
  const found: string[] = [];
  const walk = (node: any) => {
    if (!node || typeof node !== 'object') return;
    const { query, parseMode } = node.PLpgSQL_expr ?? {};
    // 0 is a statement, 2 an expression, 3 and more an assignment.
    if (query !== undefined) found.push(parseMode === 0 ? query : `select ${parseMode === 2 ? query : query.replace(/^[\s\S]*?:?=/, '')}`);
    for (const part of Object.values(node)) walk(part);
  };
  // Outside a database the parser knows no row type; a record takes any column.
  walk(parsePlPgSQLSync(definition.replaceAll(/public\.\w+%rowtype/gi, 'record')));
  return found;
}
