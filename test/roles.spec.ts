// docs/roles.md is written from the served document; here it is compared with it, and every cell of it is tried.
import fs from 'node:fs';
import { openShop, registerClient, type Api, type Member, type Shop } from './api.js';
import { startApiWithChat } from './chat.js';
import { employee, query } from './checks.js';
import { superAdmin } from './super-admin.js';
import { operationsOf, sample, type Operation } from './openapi-samples.js';

const FILE = 'docs/roles.md';
const ROLES = ['super_admin', 'admin', 'propietario', 'empleado', 'cliente'];

let api: Api;
let operations: Operation[];
beforeAll(async () => {
  api = await startApiWithChat();
  // Routes under an organisation repeat the others, with the same roles.
  operations = (await operationsOf(api)).operations.filter(({ path }) => !path.startsWith('/organizations/{organizacionId}/'));
});
afterAll(() => api.close());

function table(): string {
  const rows = operations
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ method, path, roles, scope }) => `| ${method} | \`${path}\` | ${ROLES.map((rol) => (!roles ? 'public' : roles.includes(rol) ? '✓' : '')).join(' | ')} | ${scope ? `\`${scope}\`` : ''} |`);
  return [`| | route | ${ROLES.join(' | ')} | scope |`, `|---|---|${ROLES.map(() => ':-:|').join('')}---|`, ...rows].join('\n');
}

test('docs/roles.md says who may call each route; FRANJA_WRITE=1 npx jest test/roles writes it', () => {
  const text = fs.readFileSync(FILE, 'utf8');
  const current = text.replace(/\n\| \| route[\s\S]*?\n(?!\|)/, () => `\n${table()}\n`);
  if (process.env.FRANJA_WRITE) fs.writeFileSync(FILE, current);
  expect(fs.readFileSync(FILE, 'utf8')).toBe(current);
});

describe('each route', () => {
  let owner: Shop;
  let requests: Record<string, Member['request']>;
  beforeAll(async () => {
    owner = await openShop(api);
    const [propietario, empleado, cliente] = [await employee(api, owner), await employee(api, owner), await registerClient(api, owner)];
    await query(api, "update usuarios set rol = 'propietario' where id = $1", [propietario.cuenta.usuario_id]);
    const { body } = await api.request('POST', '/auth/refresh', { refresh_token: propietario.refresh_token });
    const promoted: Member['request'] = (method, path, data) => api.request(method, path, data, { authorization: `Bearer ${body.access_token}` });
    requests = { super_admin: (await superAdmin(api)).request, admin: owner.request, propietario: promoted, empleado: empleado.request, cliente: cliente.request };
  });

  // Whoever may do more comes later: a super_admin closes the business.
  test.each(ROLES.toReversed())('refuses %s where it does not list this role, and nowhere else', async (rol) => {
    const wrong: string[] = [];
    let tried = 0;
    // What ends the session, or closes the business, comes last.
    const ends = ({ path }: Operation) => ['/admin/organizations/{organizacionId}/active', '/auth/logout-all'].indexOf(path);
    for (const { method, path, roles, body: schema, query: parameters } of operations.toSorted((a, b) => ends(a) - ends(b))) {
      // A super_admin reads in an organisation that the path names what its admin may.
      const allowed = !roles || roles.includes(rol) || (rol === 'super_admin' && method === 'GET' && path.includes('{organizacionId}') && roles.includes('admin'));
      const required = parameters.filter((parameter) => parameter.required).map(({ name, schema }): [string, string] => [name, String(sample(schema))]);
      const aimed = path.replace('{organizacionId}', String(owner.cuenta.organizacion_id)).replace('{date}', '2027-03-15')
        .replace('{codigo_tenant}', owner.cuenta.codigo_tenant).replace('{codigo_cita}', 'ZZZZZZZ').replace(/\{\w+\}/g, '999999999');
      const answer = await requests[rol](method, `${aimed}?${new URLSearchParams(required)}`, schema && sample(schema));
      const refused = answer.status === 403 && answer.body.codigo === 'prohibido';
      tried++;
      if (refused === allowed || answer.status >= 500) wrong.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    expect(tried).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  }, 60_000);
});
