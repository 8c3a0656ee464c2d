// What is under way when an account changes is judged by the account as it is then.
import pg from 'pg';
import { PASSWORD, register, startApi, unique, type Answer, type Api, type Member, type Send } from './api.js';
import { eventually } from './buzon.js';
import { query } from './checks.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.close());

const told = ({ status, body }: Answer) => [status, body?.codigo];

/** The answer to a request that had begun, and waited, when `change` was committed. */
async function overtaken(change: string, values: unknown[], send: () => Promise<Answer>): Promise<Answer> {
  const held = new pg.Client(api.database.adminUrl);
  await held.connect();
  try {
    await held.query('begin');
    const [{ pid }] = (await held.query('select pg_backend_pid() as pid')).rows;
    await held.query(change, values);
    const answer = send();
    await eventually(async () => (await query(api, 'select pid from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [pid]))[0]);
    await held.query('commit');
    return await answer;
  } finally {
    await held.end();
  }
}

/** Somebody who manages there, below the owner. */
async function manager(owner: Member): Promise<{ id: number; request: Send }> {
  const email = `${unique('propietario')}@example.com`;
  const { body } = await owner.request('POST', '/users', { email, nombre: 'Lucía Peña', rol: 'propietario', password: PASSWORD });
  const { body: tokens } = await api.request('POST', '/auth/login', { email, password: PASSWORD });
  return { id: body.id, request: (method, path, data) => api.request(method, path, data, { authorization: `Bearer ${tokens.access_token}` }) };
}

test('who is demoted does not take the role back with a change of their own', async () => {
  const { id, request } = await manager(await register(api));
  const own = () => request('PATCH', `/users/${id}`, { rol: 'propietario' }); // the role that they had: until then it changes nothing
  expect(told(await own())).toEqual([200, undefined]);
  expect(told(await overtaken("update usuarios set rol = 'empleado' where id = $1", [id], own))).toEqual([403, 'prohibido']);
  expect(await query(api, 'select rol from usuarios where id = $1', [id])).toEqual([{ rol: 'empleado' }]);
});
