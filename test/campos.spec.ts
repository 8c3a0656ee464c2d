// A client that checks what it sends against the document is told what the API would tell it.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { startApi, type Api } from './api.js';
import { operationsOf } from './openapi-samples.js';

/** What is near to something. Not here, for no pattern says it: days that no month has, a percentage beyond its range, and text of spaces alone. */
const NEAR = [
  '00:00', '09:00', '23:59', '24:00', '24:30', '25:00', '9:00', '09:60', '99:99', '09:00:00',
  '2027-03-15', '1899-12-31', '2200-01-01', '2027-3-5',
  '2027-03-15T14:00:00Z', '2027-03-15T14:00:00.123456Z', '2027-03-15T14:00:00.1234567Z', '2027-03-15T24:00:00Z', '2027-03-15T25:00:00Z',
  '2027-03-15T14:00:00', '2027-03-15T14:00:00-05:00', '2027-03-15t14:00:00z', '2027-03-15 14:00:00Z', '2027-03-15T23:59:60Z', '1899-03-15T14:00:00Z',
  '0', '1', '10.5', '10.50', '10.555', '12345678901', '1e5', '', 'a', 'ABC', 'barbero', 'Barbero', 'a b', 'á', '😀', 'a\nb', 'x'.repeat(41), 'x'.repeat(255), 'x'.repeat(20_001),
  '#ffffff', '#FFF', 'COP', 'cop', 'CO', 'es', 'ana@example.com', 'ana@example', 'ana@example.c', 'ñ@b.co', 'a b@c.com', '+573001234567', '123456', '12345',
  'https://a.co', 'ftp://a.co', 'https://',
];
const NUMBERS = [-91, -1, 0, 1, 1.5, 2, 7, 14, 15, 60, 1440, 1441, 20_160, 20_161, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1];
const VALUES: unknown[] = [...[...NEAR, ...NUMBERS].flatMap((value) => [value, [value]]), [], ['barbero', 'spa'], [15, 16], [15, 15], [1, 2, 3, 4, 5, 6], true, null, {}, [null], [{}], [[]]];

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('the document takes of each field what the API takes, and refuses what it refuses', async () => {
  const { document, operations } = await operationsOf(api);
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'documento');
  const taken = new Set(operations.flatMap(({ method, path }) => document.paths[`/api/v1${path}`][method.toLowerCase()].requestBody?.content['application/json'].schema.$ref ?? []));
  const wrong: string[] = [];
  let fields = 0;
  for (const [target] of (getMetadataStorage() as any).validationMetadatas as Map<any, unknown>) {
    const schema = `#/components/schemas/${target.name}`;
    if (!taken.has(schema)) continue;
    for (const field of Object.keys(document.components.schemas[target.name].properties)) {
      fields++;
      const admits = ajv.getSchema(`documento${schema}/properties/${field}`)!;
      for (const value of VALUES) {
        const refused = validateSync(plainToInstance(target, { [field]: value }) as object).some(({ property }) => property === field);
        if (admits(value) === refused) wrong.push(`${target.name}.${field} ${JSON.stringify(value)}: ${refused ? 'refused' : 'taken'} by the API`);
      }
    }
  }
  expect(fields).toBeGreaterThan(120);
  expect(wrong).toEqual([]);
});
