import { TOTP } from 'otpauth';
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD, register, registerClient, SECRETS, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { employee, query } from './checks.js';
import { superAdmin } from './super-admin.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.close());

/** The code of now, or of so many steps away. */
const codeOf = (secreto: string, steps = 0) =>
  new TOTP({ secret: secreto, algorithm: 'SHA1', digits: 6, period: 30 }).generate({ timestamp: Date.now() + steps * 30_000 });
const wrongCode = (secreto: string) => {
  const near = [-2, -1, 0, 1, 2].map((step) => codeOf(secreto, step));
  return ['111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !near.includes(code))!;
};
const told = ({ status, body }: Answer) => [status, body?.codigo];
const count = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

const login = (email: string, password = PASSWORD) => api.request('POST', '/auth/login', { email, password });
const answer = (desafio: string, codigo: string, of = api) => of.request('POST', '/auth/login/second-factor', { desafio, codigo });
/** As if the steps of every code used so far were long past, and no guess counted. */
const forget = (member: Member) =>
  query(api, 'update segundos_factores set ultimo_paso = 1 where organizacion_id = $1', [member.cuenta.organizacion_id]).then(() => query(api, 'delete from limites'));

async function activate(member: Member): Promise<{ secreto: string; codes: string[] }> {
  const started = await member.request('POST', '/auth/second-factor', { password: PASSWORD });
  expect(started.status).toBe(201);
  const active = await member.request('PUT', '/auth/second-factor', { codigo: codeOf(started.body.secreto) });
  expect(active.status).toBe(200);
  await forget(member);
  return { secreto: started.body.secreto, codes: active.body.codigos_recuperacion };
}

async function challenge(member: Member): Promise<string> {
  const asked = await login(member.cuenta.email);
  expect(told(asked)).toEqual([401, 'segundo_factor_requerido']);
  return asked.body.desafio;
}

describe('turning it on', () => {
  test('takes the password and a first code, shows ten recovery codes once, and from then on sign-in asks', async () => {
    const owner = await register(api);
    expect(told(await owner.request('POST', '/auth/second-factor', { password: 'no-es-esta-clave' }))).toEqual([401, 'credenciales_invalidas']);
    expect(told(await owner.request('PUT', '/auth/second-factor', { codigo: '123456' }))).toEqual([409, 'segundo_factor_inactivo']);
    const { body: first } = await owner.request('POST', '/auth/second-factor', { password: PASSWORD });
    const { body: second } = await owner.request('POST', '/auth/second-factor', { password: PASSWORD });
    expect(new URL(second.uri).searchParams.get('secret')).toBe(second.secreto);
    expect(decodeURIComponent(second.uri)).toContain(`Franja:${owner.cuenta.email} (${owner.cuenta.codigo_tenant})`);
    expect(told(await owner.request('PUT', '/auth/second-factor', { codigo: codeOf(first.secreto) }))).toEqual([401, 'segundo_factor_invalido']);
    expect((await login(owner.cuenta.email)).status).toBe(200); // still pending
    const active = await owner.request('PUT', '/auth/second-factor', { codigo: codeOf(second.secreto) });
    expect(active.status).toBe(200);
    expect(new Set(active.body.codigos_recuperacion).size).toBe(10);
    for (const code of active.body.codigos_recuperacion) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect((await owner.request('GET', '/auth/second-factor')).body).toEqual({ activo_desde: expect.any(String), codigos_restantes: 10, obligatorio: false });
    expect(told(await owner.request('POST', '/auth/second-factor', { password: PASSWORD }))).toEqual([409, 'segundo_factor_activo']);

    const asked = await login(owner.cuenta.email);
    expect(Object.keys(asked.body).sort()).toEqual(['codigo', 'desafio', 'instance', 'status', 'title', 'type']);
    const entered = await answer(asked.body.desafio, codeOf(second.secreto, 1));
    expect([entered.status, entered.body.codigos_recuperacion]).toEqual([200, undefined]);
    expect((await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${entered.body.access_token}` })).body.email).toBe(owner.cuenta.email);
    expect((await api.request('POST', '/auth/refresh', { refresh_token: entered.body.refresh_token })).status).toBe(200);
  });

  test('a cliente has none', async () => {
    const client = await registerClient(api, await register(api));
    for (const [method, path, body] of [['GET', ''], ['POST', '', { password: PASSWORD }], ['PUT', '', { codigo: '123456' }]] as const) {
      expect((await client.request(method, `/auth/second-factor${path}`, body)).status).toBe(403);
    }
  });

  test('nothing at rest opens it: the secret is sealed, codes are hashed, and neither is kept in an answer or in the audit', async () => {
    const owner = await register(api);
    const { secreto, codes } = await activate(owner);
    const kept = await query(api, `
      select t.row from (
        select segundos_factores::text as row, organizacion_id from segundos_factores union all select codigos_recuperacion::text, organizacion_id from codigos_recuperacion
        union all select idempotencia::text, organizacion_id from idempotencia union all select auditoria::text, organizacion_id from auditoria) t
      where t.organizacion_id = $1`, [owner.cuenta.organizacion_id]);
    const text = JSON.stringify(kept);
    expect(kept.length).toBeGreaterThan(11);
    for (const secret of [secreto, ...codes, ...codes.map((code) => code.replaceAll('-', ''))]) expect(text).not.toContain(secret);
  });
});

describe('the key', () => {
  test('that is replaced still opens what it sealed, which the next use seals with the new one', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const sealed = async (): Promise<string> => (await query(api, 'select secreto_sellado as s from segundos_factores where organizacion_id = $1', [owner.cuenta.organizacion_id]))[0].s;
    const before = await sealed();
    const NEXT = 'pQ7vR2xK9mNc4ZtLhW8bYfJ3sGdE6aUoTiX5nBwVrM1';
    for (const [env, step] of [[{ ENCRYPTION_KEY: NEXT, ENCRYPTION_KEY_PREVIOUS: SECRETS.ENCRYPTION_KEY }, 0], [{ ENCRYPTION_KEY: NEXT }, 1]] as const) {
      const rotated = await startApi(env, api);
      const { body } = await rotated.request('POST', '/auth/login', { email: owner.cuenta.email, password: PASSWORD });
      expect((await answer(body.desafio, codeOf(secreto, step), rotated)).status).toBe(200);
      await rotated.close();
    }
    expect((await sealed()).split('.')[1]).not.toBe(before.split('.')[1]);
  });
});

describe('a code', () => {
  test('is good for its step and one either side, and only after the last one taken', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    while (Date.now() % 30_000 > 25_000) await sleep(500); // no step ends meanwhile
    for (const [step, status] of [[-2, 401], [2, 401], [-1, 200], [0, 200], [0, 401], [-1, 401], [1, 200], [1, 401]]) {
      await query(api, 'delete from limites');
      expect([step, (await answer(desafio, codeOf(secreto, step))).status]).toEqual([step, status]);
    }
  });

  test('of five uses at once over two instances one wins, of the application or of recovery', async () => {
    const owner = await register(api);
    const { secreto, codes } = await activate(owner);
    const desafio = await challenge(owner);
    const other = await startApi({}, api);
    try {
      for (const codigo of [codeOf(secreto), codes[3]]) {
        await query(api, 'delete from limites');
        // Five, for a sixth guess would only be told to wait.
        const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => answer(desafio, codigo, i % 2 ? other : api)));
        expect([count(answers, 200), count(answers, 401)]).toEqual([1, 4]);
      }
    } finally {
      await other.close();
    }
  });

  test('of recovery is good once, however it is typed, until new ones are made', async () => {
    const owner = await register(api);
    const { secreto, codes } = await activate(owner);
    const desafio = await challenge(owner);
    expect((await answer(desafio, ` ${codes[0].toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `)).status).toBe(200);
    expect(told(await answer(desafio, codes[0]))).toEqual([401, 'segundo_factor_invalido']);
    expect((await owner.request('GET', '/auth/second-factor')).body.codigos_restantes).toBe(9);
    const renewed = await owner.request('POST', '/auth/second-factor/recovery-codes', { codigo: codeOf(secreto) });
    expect([renewed.status, renewed.body.codigos_recuperacion.length]).toEqual([201, 10]);
    expect((await answer(desafio, codes[1])).status).toBe(401);
    expect((await answer(desafio, renewed.body.codigos_recuperacion[9])).status).toBe(200);
    // Another's serves nobody else.
    const stranger = await register(api);
    await activate(stranger);
    expect((await answer(await challenge(stranger), renewed.body.codigos_recuperacion[0])).status).toBe(401);
  });
});

describe('guesses', () => {
  test('of 100 at once over two instances five are looked at, though limits are off; then each pause is twice the last, to an hour', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    const other = await startApi({}, api);
    const wrong = () => answer(desafio, wrongCode(secreto));
    try {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => answer(desafio, wrongCode(secreto), i % 2 ? other : api)));
      expect([count(answers, 401), count(answers, 429)]).toEqual([5, 95]);
    } finally {
      await other.close();
    }
    const pauses: number[] = [];
    for (const most of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      // The right one waits too.
      const waiting = await answer(desafio, codeOf(secreto));
      pauses.push(Number(waiting.headers.get('retry-after')));
      expect([waiting.status, pauses.at(-1)! > most - 15 && pauses.at(-1)! <= most]).toEqual([429, true]);
      await query(api, 'update limites set bloqueada_hasta = now()');
      expect((await wrong()).status).toBe(401);
    }
    // Signed in, they are the same guesses.
    expect((await owner.request('POST', '/auth/second-factor/recovery-codes', { codigo: codeOf(secreto) })).status).toBe(429);
    expect((await owner.request('POST', '/auth/second-factor/disable', { password: PASSWORD, codigo: codeOf(secreto) })).status).toBe(429);
    await query(api, 'update limites set bloqueada_hasta = now()');
    expect((await answer(desafio, codeOf(secreto))).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await wrong()).status).toBe(401); // a right one cleared them
    expect((await wrong()).status).toBe(429);
    // And of nobody else.
    const colleague = await register(api);
    const { secreto: own } = await activate(colleague).catch(() => ({ secreto: '' }));
    expect((await answer(await challenge(colleague), codeOf(own))).status).toBe(200);
  });
});

test('guesses of the password here are guesses at sign-in', async () => {
  const limited = await startApi({ LIMIT_LOGIN: '5/1h' }, api);
  try {
    const owner = await register(limited);
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await owner.request('POST', '/auth/second-factor', { password: `no-es-esta-${i}` })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await limited.request('POST', '/auth/login', { email: owner.cuenta.email, password: PASSWORD })).status).toBe(429);
  } finally {
    await limited.close();
  }
});

describe('a challenge', () => {
  const jwt = (header: object, payload: object, secret = SECRETS.JWT_SECRET) => {
    const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const parts = (token: string) => token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));

  test('is no access token, nor the other way round, and holds nothing secret', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    expect((await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${desafio}` })).status).toBe(401);
    expect(told(await answer(owner.token, codeOf(secreto)))).toEqual([401, 'desafio_invalido']);
    const [, payload] = parts(desafio);
    const { organizacion_id, usuario_id } = owner.cuenta;
    expect(payload).toEqual({ organizacion_id, rol: 'admin', enrolls: false, huella: expect.stringMatching(/^[\w-]{43}$/), sub: String(usuario_id), iss: 'franja', aud: 'franja-2fa', iat: expect.any(Number), exp: payload.iat + 300 });
  });

  test('is refused when tampered with, expired, of another audience, type or algorithm, or for what it was not given', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    const [header, payload] = parts(desafio);
    const bad = {
      'of another key': jwt(header, payload, 'another key of more than 32 bytes!!'),
      'alg none': jwt({ ...header, alg: 'none' }, payload).replace(/\.[^.]*$/, '.'),
      'of an access token': jwt(header, { ...payload, aud: 'franja-api' }),
      'of its type': jwt({ ...header, typ: 'at+jwt' }, payload),
      expired: jwt(header, { ...payload, exp: Math.floor(Date.now() / 1000) - 1 }),
      'of another issuer': jwt(header, { ...payload, iss: 'x' }),
      tampered: desafio.slice(0, -4) + 'AAAA',
      nothing: 'x',
    };
    for (const [what, token] of Object.entries(bad)) expect([what, ...told(await answer(token, codeOf(secreto)))]).toEqual([what, 401, 'desafio_invalido']);
    // Only who must activate one gets a secret without being signed in.
    expect(told(await api.request('POST', '/auth/login/second-factor/enroll', { desafio }))).toEqual([401, 'desafio_invalido']);
    expect((await answer(jwt(header, payload), codeOf(secreto))).status).toBe(200); // so the test signs like the server
  });

  test('ends with the password that it was given for', async () => {
    const [owner, other] = [await register(api), await register(api)];
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    await other.request('PATCH', `/organizations/${other.cuenta.organizacion_id}`, { segundo_factor_obligatorio: true });
    const enrolls = (await login(other.cuenta.email)).body.desafio;
    const secret = (await api.request('POST', '/auth/login/second-factor/enroll', { desafio: enrolls })).body.secreto;
    for (const { request } of [owner, other]) {
      expect((await request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'otra-clave-muy-larga' })).status).toBe(204);
    }
    expect(told(await answer(desafio, codeOf(secreto)))).toEqual([401, 'desafio_invalido']);
    expect(told(await answer(enrolls, codeOf(secret)))).toEqual([401, 'desafio_invalido']);
    expect(told(await api.request('POST', '/auth/login/second-factor/enroll', { desafio: enrolls }))).toEqual([401, 'desafio_invalido']);
    expect((await other.request('GET', '/auth/second-factor')).body.activo_desde).toBeNull();
  });

  test('ends with the account, its role, or its second factor', async () => {
    const owner = await register(api);
    const { secreto } = await activate(owner);
    const desafio = await challenge(owner);
    await query(api, 'update organizaciones set activo = false where id = $1', [owner.cuenta.organizacion_id]);
    expect(told(await answer(desafio, codeOf(secreto)))).toEqual([401, 'no_autenticado']);
    await query(api, 'update organizaciones set activo = true where id = $1', [owner.cuenta.organizacion_id]);
    await query(api, 'delete from segundos_factores where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    expect(told(await answer(desafio, codeOf(secreto)))).toEqual([401, 'desafio_invalido']);
  });
});

describe('where it is required', () => {
  const require = (owner: Member, segundo_factor_obligatorio = true) =>
    owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { segundo_factor_obligatorio });

  test('an admin without one activates it to sign in; sessions that are open go on', async () => {
    const owner = await register(api);
    expect((await require(owner)).body.segundo_factor_obligatorio).toBe(true);
    expect((await owner.request('GET', '/auth/second-factor')).body).toEqual({ activo_desde: null, codigos_restantes: 0, obligatorio: true });
    expect((await api.request('POST', '/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(200);
    const asked = await login(owner.cuenta.email);
    expect(told(asked)).toEqual([403, 'debe_activar_segundo_factor']);
    const { desafio } = asked.body;
    expect(told(await answer(desafio, '123456'))).toEqual([409, 'segundo_factor_inactivo']);
    const enrolled = await api.request('POST', '/auth/login/second-factor/enroll', { desafio });
    expect([enrolled.status, Object.keys(enrolled.body).sort()]).toEqual([200, ['secreto', 'uri']]);
    expect(told(await answer(desafio, wrongCode(enrolled.body.secreto)))).toEqual([401, 'segundo_factor_invalido']);
    const entered = await answer(desafio, codeOf(enrolled.body.secreto));
    expect([entered.status, entered.body.codigos_recuperacion?.length]).toEqual([200, 10]);
    expect(told(await api.request('POST', '/auth/login/second-factor/enroll', { desafio }))).toEqual([409, 'segundo_factor_activo']);
    const bearer = { authorization: `Bearer ${entered.body.access_token}` };
    const disable = (codigo: string) => api.request('POST', '/auth/second-factor/disable', { password: PASSWORD, codigo }, bearer);
    expect(told(await disable(codeOf(enrolled.body.secreto, 1)))).toEqual([409, 'segundo_factor_obligatorio']);
    expect((await require(owner, false)).status).toBe(200);
    expect(told(await api.request('POST', '/auth/second-factor/disable', { password: 'no-es-esta', codigo: codeOf(enrolled.body.secreto, 1) }, bearer))).toEqual([401, 'credenciales_invalidas']);
    expect(told(await disable(wrongCode(enrolled.body.secreto)))).toEqual([401, 'segundo_factor_invalido']);
    expect((await disable(codeOf(enrolled.body.secreto, 1))).status).toBe(204);
    expect((await login(owner.cuenta.email)).status).toBe(200);
    expect(await query(api, 'select 1 from codigos_recuperacion where organizacion_id = $1', [owner.cuenta.organizacion_id])).toEqual([]);
  });

  test('only an admin says so, and it holds for admins alone', async () => {
    const owner = await register(api);
    const worker = await employee(api, owner);
    const created = await owner.request('POST', '/users', { email: `${unique('p')}@example.com`, nombre: 'P', rol: 'propietario', password: PASSWORD });
    const { body } = await login(created.body.email);
    const asPropietario = { authorization: `Bearer ${body.access_token}` };
    const patch = (data: object) => api.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, data, asPropietario);
    expect(told(await patch({ segundo_factor_obligatorio: true }))).toEqual([403, 'prohibido']);
    expect((await patch({ segundo_factor_obligatorio: false, ciudad: 'Cali' })).status).toBe(200); // what it already is
    await require(owner);
    for (const email of [created.body.email, worker.cuenta.email]) expect((await login(email)).status).toBe(200);
  });

  test('a super_admin always has one', async () => {
    const boss = await superAdmin(api); // its first sign-in is refused until it has one
    expect((await boss.request('GET', '/auth/second-factor')).body).toEqual({ activo_desde: expect.any(String), codigos_restantes: 10, obligatorio: true });
    await query(api, 'update segundos_factores set ultimo_paso = 1');
    const disable = await boss.request('POST', '/auth/second-factor/disable', { password: boss.password, codigo: codeOf(boss.secreto) });
    expect(told(disable)).toEqual([409, 'segundo_factor_obligatorio']);
    const asked = await login(boss.email, boss.password);
    expect(told(asked)).toEqual([401, 'segundo_factor_requerido']);
    expect((await answer(asked.body.desafio, codeOf(boss.secreto))).status).toBe(200);
  });
});

describe('somebody who lost it', () => {
  test('gets it taken away by who stands above, never by an equal, below, oneself with a token alone, or from another business', async () => {
    const owner = await register(api);
    const worker = await employee(api, owner);
    const equal = await employee(api, owner);
    const { secreto } = await activate(worker);
    const reset = (by: Member, of: Member) => by.request('DELETE', `/users/${of.cuenta.usuario_id}/second-factor`);
    expect(told(await reset(await register(api), worker))).toEqual([404, 'no_encontrado']);
    expect((await reset(equal, worker)).status).toBe(403);
    expect((await worker.request('GET', '/auth/me')).status).toBe(200);
    expect((await answer(await challenge(worker), codeOf(secreto))).status).toBe(200);
    expect((await reset(owner, worker)).status).toBe(204);
    expect((await reset(owner, worker)).status).toBe(404);
    expect((await api.request('POST', '/auth/refresh', { refresh_token: worker.refresh_token })).status).toBe(401);
    expect((await login(worker.cuenta.email)).status).toBe(200);

    await activate(owner);
    expect(told(await reset(owner, owner))).toEqual([403, 'prohibido']);
    const [{ id }] = await query(api, "insert into usuarios (organizacion_id, email, password_hash, rol, nombre) select organizacion_id, $2, password_hash, 'admin', 'Otra' from usuarios where id = $1 returning id", [owner.cuenta.usuario_id, `${unique('otra')}@example.com`]);
    await query(api, "insert into segundos_factores (organizacion_id, usuario_id, secreto_sellado) values ($1, $2, 'v1.x.x')", [owner.cuenta.organizacion_id, id]);
    expect(told(await owner.request('DELETE', `/users/${id}/second-factor`))).toEqual([403, 'prohibido']);
    expect((await owner.request('GET', '/auth/second-factor')).body.activo_desde).not.toBeNull();
  });
});
