import type { Api } from './api.js';

export interface Operation {
  method: string;
  /** Without /api/v1. */
  path: string;
  roles: string[] | undefined;
  /** What an API key needs here; without it keys are refused. */
  scope: string | undefined;
  /** The JSON schema of the body, references resolved, or undefined. */
  body: any;
  query: any[];
  statuses: string[];
  /** Every codigo that it shows an example of. */
  problems: string[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation of the served OpenAPI document: a new route is in every test that uses this. */
export async function operationsOf(api: Api): Promise<{ operations: Operation[]; document: any }> {
  const document: any = await (await fetch(`${api.url}/api/openapi.json`)).json();
  const operations = Object.entries<any>(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace('/api/v1', ''),
      roles: item[method]['x-roles'],
      scope: item[method]['x-scope'],
      body: resolve(document, item[method].requestBody?.content?.['application/json']?.schema),
      query: (item[method].parameters ?? []).filter((parameter: any) => parameter.in === 'query'),
      statuses: Object.keys(item[method].responses),
      problems: Object.values<any>(item[method].responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {})),
    })),
  );
  return { operations, document };
}

export function resolve(document: any, schema: any): any {
  if (!schema) return undefined;
  if (schema.$ref) return resolve(document, document.components.schemas[schema.$ref.split('/').pop()]);
  if (schema.allOf?.length === 1) return { ...resolve(document, schema.allOf[0]), ...schema, allOf: undefined };
  return {
    ...schema,
    ...(schema.properties && { properties: Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, resolve(document, v)])) }),
    ...(schema.items && { items: resolve(document, schema.items) }),
  };
}

const typeOf = (schema: any): string => (Array.isArray(schema.type) ? schema.type.find((t: string) => t !== 'null') : schema.type) ?? (schema.properties ? 'object' : 'string');

/** A value that the schema takes. */
export function sample(schema: any): any {
  if (schema.example !== undefined && schema.example !== null) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name: string) => [name, sample(schema.properties[name])]));
    case 'array':
      return [sample(schema.items)];
    case 'integer':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'x'.repeat(Math.max(schema.minLength ?? 1, 3));
  }
}

/** Values that the schema refuses, each with what is wrong. */
export function badValues(schema: any): [string, unknown][] {
  const nullable = (Array.isArray(schema.type) && schema.type.includes('null')) || schema.nullable;
  const bad: [string, unknown][] = nullable ? [] : [['null', null]];
  switch (typeOf(schema)) {
    case 'integer':
      return [...bad, ['text', 'x'], ['decimal', 1.5], ['huge', 1e300], ['negative', -1e9], ['boolean', true], ['object', {}]];
    case 'boolean':
      return [...bad, ['text', 'x'], ['number', 7]];
    case 'array':
      return [...bad, ['not a list', {}], ['bad items', [{}, null]], ['a list of lists', [[]]], ...(schema.minItems ? [['nothing', []] as [string, unknown]] : [])];
    case 'object':
      return [...bad, ['text', 'x'], ['list', []], ['list of lists', [[]]]];
    default:
      return [...bad, ['number', 5], ['list', ['a']], ['object', { a: 1 }], ['overlong', 'x'.repeat(Math.max(20_000, (schema.maxLength ?? 0) + 1))], ['NUL', 'a\0b'], ['lone surrogate', 'a\ud800'], ['empty', '']];
  }
}
