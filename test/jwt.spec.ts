// Access tokens as an attacker makes, finds or bends them. What is signed here is signed by hand: no library decides what can be tried.
import { createHmac, generateKeyPairSync, randomUUID, sign as signWith } from 'node:crypto';
import http from 'node:http';
import { startApiWithChat } from './chat.js';
import { PASSWORD, register, registerClient, startApi, type Api, type Member } from './api.js';
import { query } from './checks.js';
import { operationsOf } from './openapi-samples.js';

const SECRET = 'the key with which this suite signs today';
const FORMER = 'the key with which this suite signed before';

let api: Api;
let owner: Member;
let stranger: Member;
beforeAll(async () => {
  api = await startApiWithChat({ JWT_SECRET: SECRET });
  [owner, stranger] = [await register(api), await register(api)];
});
afterAll(() => api.close());

type Json = Record<string, unknown>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const partsOf = (token: string): [head: Json, payload: Json] => {
  const [head, payload] = token.split('.').map((part, i) => (i < 2 ? JSON.parse(Buffer.from(part, 'base64url').toString()) : part));
  return [head, payload];
};
const hmac = (text: string, secret: string, hash = 'sha256') => createHmac(hash, secret).update(text).digest('base64url');
function sign(head: unknown, payload: unknown, secret = SECRET, hash = 'sha256'): string {
  const text = `${encode(head)}.${encode(payload)}`;
  return `${text}.${hmac(text, secret, hash)}`;
}
/** The owner's own token with another header or payload, signed with the right key. */
const withHead = (change: Json, hash?: string) => {
  const [head, payload] = partsOf(owner.token);
  return sign({ ...head, ...change }, payload, SECRET, hash);
};
const withPayload = (change: Json) => {
  const [head, payload] = partsOf(owner.token);
  return sign(head, { ...payload, ...change });
};
/** The payload changed and the signature kept. */
const tampered = (change: Json) => {
  const [head, , signature] = owner.token.split('.');
  return [head, encode({ ...partsOf(owner.token)[1], ...change }), signature].join('.');
};
const unsigned = (alg: string) => `${encode({ ...partsOf(owner.token)[0], alg })}.${owner.token.split('.')[1]}.`;
const now = () => Math.floor(Date.now() / 1000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tryIt = (token: string, at = api) => at.request('GET', '/auth/me', undefined, bearer(token));

async function expectRefused(what: string, token: string, send = tryIt) {
  const { status, body, headers } = await send(token);
  expect([what, status, body?.codigo, headers.get('content-type'), headers.get('www-authenticate')]).toEqual([
    what, 401, 'no_autenticado', 'application/problem+json; charset=utf-8', 'Bearer',
  ]);
}

test('what this suite signs by hand is taken when nothing is wrong with it', async () => {
  const own = withPayload({});
  expect(own).toBe(owner.token);
  expect((await tryIt(own)).body).toEqual(owner.cuenta);
});

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = () => {
  const [head, payload] = partsOf(owner.token);
  const text = `${encode({ ...head, alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) })}.${encode(payload)}`;
  return `${text}.${signWith('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
};

describe('the signature', () => {
  test.each<[string, () => string]>([
    ['alg none', () => unsigned('none')],
    ['alg None', () => unsigned('None')],
    ['alg nOnE', () => unsigned('nOnE')],
    ['alg none with the signature kept', () => unsigned('none') + owner.token.split('.')[2]],
    ['alg empty', () => unsigned('')],
    ['no alg', () => withHead({ alg: undefined })],
    ['alg a list', () => withHead({ alg: ['HS256'] })],
    ['HS384 with the right secret', () => withHead({ alg: 'HS384' }, 'sha384')],
    ['HS512 with the right secret', () => withHead({ alg: 'HS512' }, 'sha512')],
    ['hs256, in small letters', () => withHead({ alg: 'hs256' })],
    ['an RS256 header over an HMAC', () => withHead({ alg: 'RS256' })],
    ['an RSA signature that brings its own key', rsa],
    ['the right key under another algorithm’s hash', () => withHead({}, 'sha512')],
    ['an empty signature', () => owner.token.replace(/[^.]+$/, '')],
    ['no signature', () => owner.token.replace(/\.[^.]+$/, '')],
    ['half a signature', () => owner.token.slice(0, -20)],
    ['a padded signature', () => `${owner.token}=`],
    ['a signature twice', () => `${owner.token}.${owner.token.split('.')[2]}`],
    ['the secret of somebody else', () => sign(...partsOf(owner.token), FORMER)],
    ['an empty secret', () => sign(...partsOf(owner.token), '')],
    ['the name of the key as the secret', () => sign(...partsOf(owner.token), String(partsOf(owner.token)[0].kid))],
    ['no token', () => ''],
    ['dots', () => '..'],
    ['NUL in base64url', () => `${Buffer.from('\0').toString('base64url')}.${owner.token.split('.').slice(1).join('.')}`],
    ['JSON that ends early', () => `${Buffer.from('{"alg":').toString('base64url')}.e30.x`],
    ['10,000 letters', () => 'a'.repeat(10_000)],
  ])('%s: 401', (what, token) => expectRefused(what, token()));
});

describe('the header', () => {
  const kids: unknown[] = ['', 'otra', 0, null, true, ['x'], {}, '../../../dev/null', '/dev/null', "x' union select 'a'; --", '__proto__', 'constructor', 'a'.repeat(100)];
  test.each(kids)('with the key %j: 401', (kid) => expectRefused(`kid ${JSON.stringify(kid)}`, withHead({ kid })));

  test('with the right key in a list, or without any: 401', async () => {
    await expectRefused('kid in a list', withHead({ kid: [partsOf(owner.token)[0].kid] }));
    await expectRefused('no kid', withHead({ kid: undefined }));
  });

  test.each([undefined, null, 'JWT', 'jwt', 'rt+jwt', 'application/at+jwt', ['at+jwt'], 1])('of type %j: 401', (typ) => expectRefused(`typ ${typ}`, withHead({ typ })));

  test.each([null, 5, 'text', [], [{ alg: 'HS256' }]])('that is %j: 401', (head) => expectRefused('header', sign(head, partsOf(owner.token)[1])));
});

describe('with the right signature, a payload that this server does not write', () => {
  const uuid = randomUUID();
  const numbers: unknown[] = [null, undefined, 0, -1, 1.5, 1e300, '1e3', '', ' 1', '-1', '9'.repeat(400), Number.MAX_SAFE_INTEGER + 1, {}, [1], true, '1; drop table citas'];
  test.each<[string, unknown[]]>([
    ['aud', [undefined, null, 'otro', '', 1, ['franja-api'], ['franja-api', 'otro'], ['otro'], {}]],
    ['iss', [undefined, null, 'otro', '', 1, ['franja'], 'franja.example.com']],
    ['exp', [undefined, null, 0, 1, -1, now() - 1, String(now() + 900), 'nunca', [now() + 900], {}, true]],
    ['nbf', [now() + 60, String(now()), 'ayer', [], {}]],
    ['sub', [...numbers, 1, 'ana@example.com', '0x1', '01']],
    ['organizacion_id', [...numbers, '1']],
    ['rol', [undefined, null, '', 'dios', 'Admin', ' admin', 'login_context', 'constructor', '__proto__', 1, ['admin'], {}, "admin'; set role saas_admin; --"]],
    ['sid', [undefined, null, '', 'x', 1, {}, [uuid], ` ${uuid}`, uuid.replaceAll('-', ''), `{${uuid}}`, `${uuid}'; --`]],
  ])('in %s: 401, never a fault', async (claim, values) => {
    for (const value of values) await expectRefused(`${claim} ${JSON.stringify(value)}`, withPayload({ [claim]: value }));
  });

  test.each([null, 5, 'text', [], [1]])('that is %j: 401', (payload) => expectRefused('payload', sign(partsOf(owner.token)[0], payload)));

  test('a role that the user does not have opens nothing, super_admin neither', async () => {
    for (const rol of ['propietario', 'empleado', 'cliente']) await expectRefused(rol, withPayload({ rol }));
    const routes = ['/auth/me', '/auth/sessions', '/users', '/audit', `/organizations/${stranger.cuenta.organizacion_id}`, `/organizations/${stranger.cuenta.organizacion_id}/users`];
    for (const route of routes) {
      const { status, body } = await api.request('GET', route, undefined, bearer(withPayload({ rol: 'super_admin' })));
      expect([route, [401, 403].includes(status), Object.keys(body)]).toEqual([route, true, expect.arrayContaining(['codigo'])]);
    }
  });
});

describe('the payload changed under an old signature', () => {
  test.each<[string, () => Json]>([
    ['a higher role', () => ({ rol: 'super_admin' })],
    ['another organisation', () => ({ organizacion_id: stranger.cuenta.organizacion_id })],
    ['another user', () => ({ sub: String(stranger.cuenta.usuario_id) })],
    ['another user of another organisation', () => ({ sub: String(stranger.cuenta.usuario_id), organizacion_id: stranger.cuenta.organizacion_id })],
    ['a longer life', () => ({ exp: now() + 86_400 * 365 })],
    ['another session', () => ({ sid: randomUUID() })],
  ])('to %s: 401', (what, change) => expectRefused(what, tampered(change())));
});

describe('a token of another kind', () => {
  test('a refresh token opens nothing', () => expectRefused('refresh token', owner.refresh_token));

  test('an access token renews nothing, and ends nothing', async () => {
    for (const refresh_token of [owner.token, `${owner.cuenta.organizacion_id}.${owner.token.split('.')[2]}`]) {
      const { status } = await api.request('POST', '/auth/refresh', { refresh_token });
      expect([400, 401]).toContain(status);
    }
    expect((await tryIt(owner.token)).status).toBe(200);
  });

  test('the challenge between password and second factor opens nothing, and an access token answers no challenge', async () => {
    const guarded = await register(api);
    const { organizacion_id, email } = guarded.cuenta;
    expect((await guarded.request('PATCH', `/organizations/${organizacion_id}`, { segundo_factor_obligatorio: true })).status).toBe(200);
    const { body } = await api.request('POST', '/auth/login', { email, password: PASSWORD });
    expect(body.codigo).toBe('debe_activar_segundo_factor');
    await expectRefused('challenge', body.desafio);
    expect([400, 401]).toContain((await api.request('POST', '/auth/refresh', { refresh_token: body.desafio })).status);
    const answer = await api.request('POST', '/auth/login/second-factor', { desafio: guarded.token, codigo: '123456' });
    expect([answer.status, answer.body.codigo]).toEqual([401, 'desafio_invalido']);
  });

  /** fetch joins two headers of one name; a client need not. */
  const twice = (...tokens: string[]) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      const headers = ['Host', `${hostname}:${port}`, ...tokens.flatMap((token) => ['Authorization', `Bearer ${token}`])];
      http.get({ hostname, port, path: '/api/v1/auth/me', headers: headers as never }, (response) => resolve(response.resume().statusCode!)).on('error', reject);
    });

  test('two Authorization headers are none, whichever is good', async () => {
    expect(await twice(owner.token)).toBe(200);
    for (const pair of [[owner.token, 'x'], ['x', owner.token], [owner.token, stranger.token], [owner.token, owner.token]]) expect(await twice(...pair)).toBe(401);
    await expectRefused('joined', `${owner.token}, Bearer ${owner.token}`);
  });

  test('in the address, a cookie, the body or another scheme it is not looked for', async () => {
    for (const path of [`/auth/me?access_token=${owner.token}`, `/auth/me?token=${owner.token}`, `/auth/me?authorization=Bearer%20${owner.token}`]) {
      expect([path, (await api.request('GET', path)).status]).toEqual([path, 401]);
    }
    expect((await api.request('GET', '/auth/me', undefined, { cookie: `access_token=${owner.token}` })).status).toBe(401);
    expect((await api.request('PATCH', '/clients/me', { access_token: owner.token })).status).toBe(401);
    for (const scheme of ['Basic', 'JWT', 'Token', '']) {
      expect([scheme, (await api.request('GET', '/auth/me', undefined, { authorization: `${scheme} ${owner.token}`.trim() })).status]).toEqual([scheme, 401]);
    }
  });
});

describe('a good token', () => {
  const gone: [string, string][] = [
    ['of a deleted user', 'with ficha as (delete from clientes where usuario_id = $1) delete from usuarios where id = $1'],
    ['of a deactivated user', 'update usuarios set activo = false where id = $1'],
    ['of a user who got another role', "update usuarios set rol = 'empleado' where id = $1"],
    ['of a deactivated organisation', 'update organizaciones set activo = false where id = (select organizacion_id from usuarios where id = $1)'],
  ];
  test.each(gone)('%s ends with the next request, on every kind of route', async (what, change) => {
    const somebody = await registerClient(api, await register(api));
    expect((await tryIt(somebody.token)).status).toBe(200);
    await query(api, change, [somebody.cuenta.usuario_id]);
    await expectRefused(what, somebody.token);
    await expectRefused(what, somebody.token, (token) => api.request('PATCH', '/clients/me', { nombre: 'X' }, bearer(token)));
    await expectRefused(what, somebody.token, (token) => api.request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: 'otra-clave-muy-larga' }, bearer(token)));
    // Only a new role is worth a new token, and that one says so.
    const { status, body } = await api.request('POST', '/auth/refresh', { refresh_token: somebody.refresh_token });
    expect([what, status]).toEqual([what, what.includes('another role') ? 200 : 401]);
    if (status === 200) expect(partsOf(body.access_token)[1].rol).toBe('empleado');
  });

  test('of another organisation finds nothing under the path of this one; one that only says so is nobody’s', async () => {
    const id = owner.cuenta.organizacion_id;
    const { operations } = await operationsOf(api);
    const paths = operations
      .filter(({ path, roles, method }) => method === 'GET' && roles?.includes('admin') && path.includes('/{organizacionId}'))
      .map(({ path }) => path.replace('{organizacionId}', String(id)).replace('{date}', '2027-03-15').replace(/\{\w+\}/g, '1'));
    expect(paths.length).toBeGreaterThan(20);
    const wrong: string[] = [];
    const pretender = sign(partsOf(stranger.token)[0], { ...partsOf(stranger.token)[1], organizacion_id: id });
    for (const path of paths) {
      const foreign = await stranger.request('GET', path);
      const pretended = await api.request('GET', path, undefined, bearer(pretender));
      const allowed = pretended.status === 401 || (pretended.status === 400 && pretended.body.codigo === 'datos_invalidos');
      if (foreign.status !== 404 || !allowed) wrong.push(`${path}: ${foreign.status} ${pretended.status} ${JSON.stringify(pretended.body)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the key', () => {
  /** Passport keeps the strategy of the last application of a process, so the processes of a change of key come one after another. */
  async function running<T>(env: Record<string, string>, work: (at: Api) => Promise<T>): Promise<T> {
    const at = await startApi(env, api);
    try {
      return await work(at);
    } finally {
      await at.close();
    }
  }
  const kid = (token: string) => partsOf(token)[0].kid;

  test('can be changed: what the former signed serves while it is known, and nobody signs with it any more', async () => {
    const { token, refresh_token } = await running({ JWT_SECRET: FORMER }, (at) => register(at));
    const [head, payload] = partsOf(token);

    const renewed = await running({ JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS: `an even older key that nobody uses any more, ${FORMER}` }, async (at) => {
      const send = (of: string) => tryIt(of, at);
      for (const good of [token, sign(head, payload, FORMER)]) expect((await send(good)).status).toBe(200);
      await expectRefused('expired, of the former key', sign(head, { ...payload, exp: now() - 1 }, FORMER), send);
      await expectRefused('the former key under the name of the new one', sign({ ...head, kid: kid(owner.token) }, payload, FORMER), send);
      await expectRefused('the new key under the name of the former', sign(head, payload, SECRET), send);
      return at.request('POST', '/auth/refresh', { refresh_token });
    });
    expect(renewed.status).toBe(200);
    expect(kid(renewed.body.access_token)).toBe(kid(owner.token));
    expect(kid(renewed.body.access_token)).not.toBe(kid(token));
    await running({ JWT_SECRET: FORMER }, (at) => expectRefused('a key of tomorrow', renewed.body.access_token, (of) => tryIt(of, at)));

    await running({ JWT_SECRET: SECRET }, async (at) => {
      await expectRefused('a key that was removed', token, (of) => tryIt(of, at));
      expect((await tryIt(renewed.body.access_token, at)).status).toBe(200);
    });
  });
});

describe('a refresh token in two hands', () => {
  const renew = (refresh_token: string) => api.request('POST', '/auth/refresh', { refresh_token });

  test('of two that renew at once exactly one wins, and then the session ends: nobody knows which one is the thief', async () => {
    for (let round = 0; round < 10; round++) {
      const { token, refresh_token } = await register(api);
      const answers = await Promise.all([renew(refresh_token), renew(refresh_token)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
      const { body } = answers.find(({ status }) => status === 200)!;
      expect((await renew(body.refresh_token)).status).toBe(401);
      await expectRefused('of the winner', body.access_token);
      await expectRefused('of before', token);
    }
  }, 30_000);

  test('used again, it ends the access tokens of its session on the next request, and of no other', async () => {
    const somebody = await register(api);
    const { email } = somebody.cuenta;
    const elsewhere = await api.request('POST', '/auth/login', { email, password: PASSWORD });
    const first = await renew(somebody.refresh_token);
    const second = await renew(first.body.refresh_token);
    for (const token of [somebody.token, first.body.access_token, second.body.access_token]) expect((await tryIt(token)).status).toBe(200);
    expect((await renew(somebody.refresh_token)).body.codigo).toBe('token_invalido');
    for (const token of [somebody.token, first.body.access_token, second.body.access_token]) await expectRefused('of that session', token);
    expect((await renew(second.body.refresh_token)).status).toBe(401);
    expect((await tryIt(elsewhere.body.access_token)).status).toBe(200);
  });
});
