import { Ajv2020 } from 'ajv/dist/2020.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { startApi, type Api } from './api.js';
import { operationsOf, type Operation } from './openapi-samples.js';

let api: Api;
let document: any;
let operations: Operation[];
beforeAll(async () => {
  api = await startApi();
  ({ document, operations } = await operationsOf(api));
});
afterAll(() => api.close());

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(document);
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
  expect(document.openapi).toBe('3.1.0');
});

test('every reference points at something', () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)].map(([, name]) => name);
  expect(refs.length).toBeGreaterThan(100);
  expect(refs.filter((name) => !document.components.schemas[name])).toEqual([]);
});

const each = (check: (operation: any, name: string) => string | false) =>
  operations.map(({ method, path }) => check(document.paths[`/api/v1${path}`][method.toLowerCase()], `${method} ${path}`)).filter(Boolean);

test('every operation says what it does, who may call it, and what it answers, with examples', () => {
  expect(each((operation, name) => (!operation.summary || !operation.tags?.length) && name)).toEqual([]);
  expect(each((operation, name) => !!operation.security !== !!operation['x-roles'] && name)).toEqual([]);
  expect(each((operation, name) => {
    const success = Object.entries<any>(operation.responses).filter(([status]) => status.startsWith('2'));
    return !(success.length === 1 && (success[0][0] === '204' || (success[0][1].content?.['application/json'] ?? success[0][1].content?.['application/pdf'])?.schema)) && name;
  })).toEqual([]);
  expect(each((operation, name) => {
    const problems = Object.entries<any>(operation.responses).filter(([status]) => Number(status) >= 400);
    return !problems.every(([, response]) => Object.keys(response.content?.['application/problem+json']?.examples ?? {}).length > 0) && name;
  })).toEqual([]);
  expect(each((operation, name) => operation.requestBody && !operation.requestBody.content['application/json']?.schema && name)).toEqual([]);
});

test('operation ids are unique, and every field of every schema is described', () => {
  const ids = operations.map(({ method, path }) => document.paths[`/api/v1${path}`][method.toLowerCase()].operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const bare = Object.entries<any>(document.components.schemas).flatMap(([name, schema]) =>
    name === 'Problema' ? [] : Object.entries<any>(schema.properties ?? {}).filter(([, p]) => !p.description && !p.allOf).map(([field]) => `${name}.${field}`));
  expect(bare).toEqual([]);
});

test('an answer tells all its fields, so that a client need not ask whether they are there', () => {
  const told = new Set<string>();
  const follow = (part: any): void => {
    if (typeof part !== 'object' || part === null) return;
    const name = part.$ref?.split('/').pop();
    if (name && !told.has(name)) {
      told.add(name);
      follow(document.components.schemas[name]);
    }
    Object.values(part).forEach(follow);
  };
  each(({ responses }) => (follow(responses), false));
  expect(told.size).toBeGreaterThan(80);
  const left = [...told].filter((name) => name !== 'Problema').flatMap((name) => {
    const { properties = {}, required = [] } = document.components.schemas[name];
    return Object.keys(properties).filter((field) => !required.includes(field)).map((field) => `${name}.${field}`);
  });
  // Shown once, when the second factor begins.
  expect(left).toEqual(['TokensSegundoFactor.codigos_recuperacion']);
});

test('what is refused for now says when to try again', () => {
  expect(each(({ responses }, name) => ['429', '503'].some((status) => !responses[status].headers?.['Retry-After']) && name)).toEqual([]);
});

test('no header is required that a browser sends by itself, and does not let a page set', () => {
  const headers = operations.flatMap(({ method, path }) => (document.paths[`/api/v1${path}`][method.toLowerCase()].parameters ?? []).filter((one: any) => one.in === 'header'));
  expect([...new Set(headers.map(({ name }) => name))].toSorted()).toEqual(['Idempotency-Key', 'If-None-Match', 'Stripe-Signature']);
});

test('every example and default is a value that its own schema takes', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'documento');
  const wrong = Object.entries<any>(document.components.schemas).flatMap(([name, { properties = {} }]) =>
    Object.entries<any>(properties).flatMap(([field, schema]) =>
      ['example', 'default'].filter((which) => schema[which] !== undefined && !ajv.validate({ $ref: `documento#/components/schemas/${name}/properties/${field}` }, schema[which])).map((which) => `${name}.${field} ${which}`)));
  expect(wrong).toEqual([]);
});

test('a default is what leaving the field out means: not in an answer, nor in a change, nor where it depends on who asks', () => {
  const { schemas } = document.components;
  const withDefault = Object.keys(schemas).filter((name) => Object.values<any>(schemas[name].properties ?? {}).some((field) => field.default !== undefined));
  expect(withDefault.filter((name) => !operations.some(({ method, path }) => {
    const body = document.paths[`/api/v1${path}`][method.toLowerCase()].requestBody?.content['application/json'].schema;
    return method !== 'PATCH' && body?.$ref === `#/components/schemas/${name}`;
  }))).toEqual([]);
  expect(Object.keys(schemas.CrearCita.properties).filter((field) => schemas.CrearCita.properties[field].default !== undefined)).toEqual([]);
});

test('the times of an example are those of one moment in Bogotá, and one that says null shows null', () => {
  const { schemas } = document.components;
  const wrong = Object.entries<any>(schemas).flatMap(([name, { properties = {} }]) => {
    const of = (field: string) => properties[field]?.example;
    const local = (instant: string) => new Date(Date.parse(instant) - 5 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
    return [['hora_inicio', 'inicia_en'], ['hora_fin', 'termina_en']]
      .filter(([hora, instante]) => of(hora) && of(instante) && local(of(instante)) !== `${of('fecha') ?? of('fecha_cita')} ${of(hora)}`)
      .map(([hora, instante]) => `${name}: ${of(hora)} and ${of(instante)}`);
  });
  expect(wrong).toEqual([]);
  expect([schemas.Cita.properties.inicia_en.example, schemas.Cita.properties.cancelada_en.example]).toEqual(['2027-03-15T15:30:00.000Z', null]);
});

test('the groups are those that have operations, described, from who comes to what runs behind', () => {
  const used = new Set(Object.values<any>(document.paths).flatMap((item) => Object.values<any>(item).flatMap(({ tags }) => tags)));
  const groups = document.tags.map(({ name }: any) => name);
  expect(groups.toSorted()).toEqual([...used].sort());
  expect([groups[0], groups.at(-1)]).toEqual(['auth', 'health']);
  expect(document.tags.filter(({ description }: any) => !description)).toEqual([]);
});

test('every operation stands in one group, and every parameter is described; an id is a whole number', () => {
  expect(each(({ tags }, name) => tags.length !== 1 && `${name} ${tags}`)).toEqual([]);
  const bare = operations.flatMap(({ method, path }) => (document.paths[`/api/v1${path}`][method.toLowerCase()].parameters ?? [])
    .filter((one: any) => !one.description || one.schema.type === 'number').map((one: any) => `${method} ${path} ${one.name}`));
  expect(bare).toEqual([]);
});

test('no description has a place that nobody filled', () => {
  expect(each((operation, name) => Object.values<any>(operation.responses).some(({ description }) => /\{\d\}/.test(description)) && name)).toEqual([]);
});

test('Swagger UI is served', async () => {
  const page = await fetch(`${api.url}/docs`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('swagger-ui');
});
