// Catalogue → src/database/tables.ts. The types are those of the API's connection: bigint arrives as a number, numeric, date and time as text.
const types = {
  int2: 'number', int4: 'number', int8: 'number', float4: 'number', float8: 'number',
  numeric: 'Numeric', bool: 'boolean', timestamptz: 'Timestamp', timestamp: 'Timestamp', json: 'Json', jsonb: 'Json', bytea: 'Buffer',
};

const head = `// Written by \`npm run db:types\` from the database's catalogue; edit sql/, not this.
import type { ColumnType, GeneratedAlways } from 'kysely';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type Json = ColumnType<JsonValue, unknown, unknown>;
export type Numeric = ColumnType<string, string | number, string | number>;
export type Timestamp = ColumnType<Date, Date | string, Date | string>;
export type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;
`;

export function renderKysely({ enums, tables }) {
  const parts = [head];
  parts.push(enums.map(({ name, values }) => `export type ${name} = ${values.map((value) => `'${value}'`).join(' | ')};\n`).join(''));
  const members = tables.map(({ name, view, columns }) =>
    `  ${name}: {\n${columns.map((column) => `    ${column.name}: ${typeOf(column, view)};\n`).join('')}  };\n`);
  parts.push(`export interface DB {\n${members.join('')}}\n`);
  return parts.join('\n');
}

function typeOf(column, view) {
  const base = column.enum ? column.type : (types[column.type] ?? 'string');
  const type = `${base}${column.list ? '[]' : ''}${column.required ? '' : ' | null'}`;
  if (view) return type;
  if (column.generated || column.identityAlways) return `GeneratedAlways<${type}>`;
  return column.identity || column.default !== null ? `Generated<${type}>` : type;
}
