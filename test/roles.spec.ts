// docs/roles.md is written from the served document; here it is compared with it, and every cell of it is tried.
import fs from 'node:fs';
import { openShop, registerClient, startApi, type Api, type Member } from './api.js';
import { employee, query } from './checks.js';
import { operationsOf, sample, type Operation } from './openapi-samples.js';

const FILE = 'docs/roles.md';
const ROLES = ['admin', 'propietario', 'empleado', 'cliente'];

let api: Api;
let operations: Operation[];
beforeAll(async () => {
  api = await startApi();
  // Routes under an organisation repeat the others, with the same roles.
  operations = (await operationsOf(api)).operations.filter(({ path }) => !path.includes('{organizacionId}/'));
});
afterAll(() => api.close());

function table(): string {
  const rows = operations
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ method, path, roles }) => `| ${method} | \`${path}\` | ${ROLES.map((rol) => (!roles ? 'public' : roles.includes(rol) ? '✓' : '')).join(' | ')} |`);
  return [`| | route | ${ROLES.join(' | ')} |`, `|---|---|${ROLES.map(() => ':-:|').join('')}`, ...rows].join('\n');
}

test('docs/roles.md says who may call each route; FRANJA_WRITE=1 npx jest test/roles writes it', () => {
  const text = fs.readFileSync(FILE, 'utf8');
  const current = text.replace(/\n\| \| route[\s\S]*?\n(?!\|)/, () => `\n${table()}\n`);
  if (process.env.FRANJA_WRITE) fs.writeFileSync(FILE, current);
  expect(fs.readFileSync(FILE, 'utf8')).toBe(current);
});

test('each route refuses each role that it does not list, and no other', async () => {
  const owner = await openShop(api);
  const [propietario, empleado, cliente] = [await employee(api, owner), await employee(api, owner), await registerClient(api, owner)];
  await query(api, "update usuarios set rol = 'propietario' where id = $1", [propietario.cuenta.usuario_id]);
  const { body } = await api.request('POST', '/auth/refresh', { refresh_token: propietario.refresh_token });
  const promoted: Member['request'] = (method, path, data) => api.request(method, path, data, { authorization: `Bearer ${body.access_token}` });
  const requests = [owner.request, promoted, empleado.request, cliente.request];
  const wrong: string[] = [];
  let tried = 0;
  for (const { method, path, roles, body: schema, query: parameters } of operations) {
    const required = parameters.filter((parameter) => parameter.required).map(({ name, schema }): [string, string] => [name, String(sample(schema))]);
    const aimed = path.replace('{organizacionId}', String(owner.cuenta.organizacion_id)).replace('{date}', '2027-03-15')
      .replace('{codigo_tenant}', owner.cuenta.codigo_tenant).replace('{codigo_cita}', 'ZZZZZZZ').replace(/\{\w+\}/g, '999999999');
    for (const [i, rol] of ROLES.entries()) {
      const answer = await requests[i](method, `${aimed}?${new URLSearchParams(required)}`, schema && sample(schema));
      const refused = answer.status === 403 && answer.body.codigo === 'prohibido';
      tried++;
      if (refused === (!roles || roles.includes(rol)) || answer.status >= 500) wrong.push(`${rol} ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }
  expect(tried).toBeGreaterThan(200);
  expect(wrong).toEqual([]);
});
