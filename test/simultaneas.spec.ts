// What is under way when an account, or what it signs with, changes is judged by that as it is then.
import { hash } from '@node-rs/argon2';
import { PASSWORD, register, registerClient, startApi, unique, type Answer, type Api, type Member, type Send } from './api.js';
import { digitsIn, mailTo } from './buzon.js';
import { overtaken, query } from './checks.js';
import { newKey, withKey } from './claves.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.close());

const told = ({ status, body }: Answer) => [status, body?.codigo];

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
  const [answer] = await overtaken(api, "update usuarios set rol = 'empleado' where id = $1", [id], own);
  expect(told(answer)).toEqual([403, 'prohibido']);
  expect(await query(api, 'select rol from usuarios where id = $1', [id])).toEqual([{ rol: 'empleado' }]);
});

test('a propietario who repeats a setting that is the admin’s does not take it back', async () => {
  const owner = await register(api);
  const { request } = await manager(owner);
  const { organizacion_id } = owner.cuenta;
  const repeat = (more: object = {}) => request('PATCH', `/organizations/${organizacion_id}`, { segundo_factor_obligatorio: false, ...more });
  expect(told(await repeat())).toEqual([200, undefined]);
  const [answer] = await overtaken(api, 'update organizaciones set segundo_factor_obligatorio = true where id = $1', [organizacion_id], () => repeat({ ciudad: 'Cali' }));
  expect([answer.status, answer.body.ciudad, answer.body.segundo_factor_obligatorio]).toEqual([200, 'Cali', true]);
  expect(told(await repeat())).toEqual([403, 'prohibido']);
});

describe('of two rotations of one secret at once the second is refused, and the one in use keeps its grace:', () => {
  const rotateTwice = async (owner: Member, table: string, path: string, id: number) => {
    const rotate = () => owner.request('POST', `${path}/${id}/${table === 'claves_api' ? 'rotate' : 'rotate-secret'}`, { minutos_gracia: 60 });
    const answers = await overtaken(api, `select from ${table} where organizacion_id = $1 and id = $2 for update`, [owner.cuenta.organizacion_id, id], rotate, rotate);
    expect(answers.map(told)).toEqual([[201, undefined], [409, 'rotacion_simultanea']]);
    return answers[0].body;
  };

  test('of an API key', async () => {
    const owner = await register(api);
    const key = await newKey(api, owner);
    const rotated = await rotateTwice(owner, 'claves_api', '/api-keys', key.id);
    const serve = await Promise.all([key.clave, rotated.clave].map((clave) => withKey(api, clave)('GET', '/clients')));
    expect(serve.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('of a webhook', async () => {
    const owner = await register(api);
    const { body } = await owner.request('POST', '/webhooks', { url: 'http://93.184.216.34/' });
    const [{ secreto_sellado: former }] = await query(api, 'select secreto_sellado from destinos_webhook where id = $1', [body.id]);
    await rotateTwice(owner, 'destinos_webhook', '/webhooks', body.id);
    expect(await query(api, 'select secreto_anterior_sellado from destinos_webhook where id = $1', [body.id])).toEqual([{ secreto_anterior_sellado: former }]);
  });
});

describe('a sign-in with a password that is replaced meanwhile', () => {
  const NEW = 'otra-clave-muy-larga';
  const login = (email: string, password = PASSWORD) => api.request('POST', '/auth/login', { email, password });

  test('opens nothing, and does not bring the old password back by hashing it again', async () => {
    for (const weak of [false, true]) {
      const { cuenta } = await register(api);
      if (weak) await query(api, 'update usuarios set password_hash = $1 where id = $2', [await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 }), cuenta.usuario_id]);
      const replaced = await hash(NEW, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
      const [answer] = await overtaken(api, 'update usuarios set password_hash = $1 where id = $2', [replaced, cuenta.usuario_id], () => login(cuenta.email));
      expect([weak, ...told(answer)]).toEqual([weak, 401, 'credenciales_invalidas']);
      expect((await login(cuenta.email, NEW)).status).toBe(200);
      expect((await login(cuenta.email)).status).toBe(401);
    }
  });

  test('nor does a change that the old password confirmed overrule it', async () => {
    const { cuenta, request } = await register(api);
    const replaced = await hash(NEW, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    const change = () => request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'una-tercera-clave-larga' });
    const [answer] = await overtaken(api, 'update usuarios set password_hash = $1 where id = $2', [replaced, cuenta.usuario_id], change);
    expect(told(answer)).toEqual([401, 'credenciales_invalidas']);
    expect((await login(cuenta.email, NEW)).status).toBe(200);
  });

  test('that its owner never proved: a code to their mail ends what it opened', async () => {
    const owner = await register(api);
    const { cuenta } = await registerClient(api, owner);
    const { email, codigo_tenant } = cuenta;
    await api.request('POST', '/auth/code', { email, codigo_tenant });
    const codigo = digitsIn((await mailTo(api, email, /código/)).text);
    // Whoever registered signs in again, and that has not ended when the owner comes with the code. The code that proves their e-mail may be
    // written only now: that refers to the account and need not wait for it.
    const verify = () => api.request('POST', '/auth/code/verify', { email, codigo_tenant, codigo });
    const [entered, { status, body }] = (await overtaken(api, 'select from usuarios where id = $1 for no key update', [cuenta.usuario_id], () => login(email), verify)).toReversed();
    expect([entered.status, status]).toEqual([200, 200]);
    const me = await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${body.access_token}` });
    expect(me.status).toBe(401);
  });
});
