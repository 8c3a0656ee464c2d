import { hash } from '@node-rs/argon2';
import { createHmac } from 'node:crypto';
import { PASSWORD, register, registerClient, SECRETS, startApi, unique, type Api } from './api.js';
import { query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const registration = (overrides: object = {}) => {
  const codigo_tenant = unique('negocio');
  return {
    codigo_tenant, nombre_comercial: 'Spa Ñandú', tipo_industria: 'spa', zona_horaria: 'America/Santiago', moneda: 'CLP', pais: 'CL',
    nombre: 'Ana', email: `${codigo_tenant}@example.cl`, password: PASSWORD, ...overrides,
  };
};

test('registers an organisation, its admin, its trial and the templates of its industry', async () => {
  const body = registration({ importar_plantillas: true, telefono: '9 6123 4567' });
  const answer = await api.request('POST', '/auth/register-organization', body);
  expect(answer.status).toBe(201);
  expect(answer.body.cuenta).toMatchObject({ rol: 'admin', codigo_tenant: body.codigo_tenant, zona_horaria: 'America/Santiago', moneda: 'CLP' });
  expect(answer.body.servicios_importados).toBeGreaterThanOrEqual(10);
  const headers = { authorization: `Bearer ${answer.body.tokens.access_token}` };
  const { body: services } = await api.request('GET', '/services?limite=200', undefined, headers);
  expect(services.elementos).toHaveLength(answer.body.servicios_importados);
  for (const servicio of services.elementos) expect([servicio.moneda, servicio.precio]).toEqual(['CLP', expect.stringMatching(/^[1-9]\d*00\.00$/)]);
  expect((await api.request('GET', '/billing/subscription', undefined, headers)).body).toMatchObject({ estado: 'prueba', codigo_plan: 'trial' });
  const { body: organization } = await api.request('GET', `/organizations/${answer.body.cuenta.organizacion_id}`, undefined, headers);
  expect(organization.telefono).toBe('+56961234567');
  // Importing again imports nothing twice.
  expect((await api.request('POST', '/setup/import-services', {}, headers)).body).toEqual({ importados: 0, omitidos: answer.body.servicios_importados });
});

test.each([
  ['a zone that is none', { zona_horaria: 'America/Macondo' }, 400, 'zona_horaria_invalida'],
  ['a zone that PostgreSQL alone knows, so that no date could be written in it', { zona_horaria: 'Factory' }, 400, 'zona_horaria_invalida'],
  ['a currency that is none', { moneda: 'ZZZ' }, 400, 'datos_invalidos'],
  ['an industry that is none', { tipo_industria: 'circo' }, 400, 'datos_invalidos'],
  ['a code with capitals', { codigo_tenant: 'Mi-Negocio' }, 400, 'datos_invalidos'],
  ['a short password', { password: 'corta' }, 400, 'datos_invalidos'],
  ['an e-mail that is none', { email: 'ana' }, 400, 'datos_invalidos'],
  ['a phone that is none', { telefono: '12345' }, 400, 'datos_invalidos'],
  ['a role', { rol: 'super_admin' }, 400, 'datos_invalidos'],
  ['an organisation id', { organizacion_id: 1 }, 400, 'datos_invalidos'],
])('refuses %s', async (_, change, status, codigo) => {
  const body = registration(change);
  const answer = await api.request('POST', '/auth/register-organization', body);
  expect([answer.status, answer.body.codigo]).toEqual([status, codigo]);
  expect((await api.request('POST', '/auth/login', { email: body.email.includes('@') ? body.email : 'a@b.co', password: PASSWORD })).status).toBe(401);
});

test('of 20 registrations of one code at once, one wins', async () => {
  const codigo_tenant = unique('carrera');
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => api.request('POST', '/auth/register-organization', registration({ codigo_tenant, email: `a${i}-${codigo_tenant}@x.co` }))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const { status, body } of answers) if (status !== 201) expect([status, body.codigo]).toEqual([409, 'codigo_tenant_ocupado']);
});

test('signs in by e-mail however it is typed; one e-mail may have accounts in two organisations', async () => {
  const first = await register(api);
  const { email } = first.cuenta;
  expect((await api.request('POST', '/auth/login', { email: ` ${email.toUpperCase()} `, password: PASSWORD })).status).toBe(200);
  expect((await api.request('POST', '/auth/login', { email, password: 'otra-clave-larga' })).body.codigo).toBe('credenciales_invalidas');
  expect((await api.request('POST', '/auth/login', { email: 'nadie@example.com', password: PASSWORD })).body.codigo).toBe('credenciales_invalidas');
  const second = await register(api, { email });
  const ambiguous = await api.request('POST', '/auth/login', { email, password: PASSWORD });
  expect([ambiguous.status, ambiguous.body.codigo]).toEqual([409, 'elija_organizacion']);
  expect(ambiguous.body.organizaciones.map((o: any) => o.codigo_tenant).sort()).toEqual([first.cuenta.codigo_tenant, second.cuenta.codigo_tenant].sort());
  const chosen = await api.request('POST', '/auth/login', { email, password: PASSWORD, codigo_tenant: second.cuenta.codigo_tenant });
  const me = await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${chosen.body.access_token}` });
  expect(me.body).toEqual({ ...second.cuenta });
});

test('who has accounts in more organisations than sign-in tries names one', async () => {
  const email = `${unique('muchas')}@example.com`;
  const last = [];
  for (let i = 0; i < 22; i++) last.push(await register(api, { email }));
  const answer = await api.request('POST', '/auth/login', { email, password: PASSWORD, codigo_tenant: last.at(-1)!.cuenta.codigo_tenant });
  expect(answer.status).toBe(200);
});

test('a password that was kept with less than is asked today is hashed anew by signing in, and no other', async () => {
  const { cuenta } = await register(api);
  const kept = async () => (await query(api, 'select password_hash from usuarios where id = $1', [cuenta.usuario_id]))[0].password_hash;
  const login = async () => (await api.request('POST', '/auth/login', { email: cuenta.email, password: PASSWORD })).status;
  for (const less of [{ memoryCost: 8192, timeCost: 2 }, { memoryCost: 19_456, timeCost: 1 }]) {
    await query(api, 'update usuarios set password_hash = $1 where id = $2', [await hash(PASSWORD, { ...less, parallelism: 1 }), cuenta.usuario_id]);
    expect(await login()).toBe(200);
    expect(await kept()).toContain('$m=19456,t=2,p=1$');
  }
  const strong = await kept();
  expect([await login(), await kept()]).toEqual([200, strong]);
});

test('a refresh token serves once; used again it ends the whole session', async () => {
  const { refresh_token } = await register(api);
  const rotated = await api.request('POST', '/auth/refresh', { refresh_token });
  expect(rotated.status).toBe(200);
  expect((await api.request('POST', '/auth/refresh', { refresh_token })).body.codigo).toBe('token_invalido');
  expect((await api.request('POST', '/auth/refresh', { refresh_token: rotated.body.refresh_token })).body.codigo).toBe('token_invalido');
});

test('of two refreshes of one token at once, at most one wins', async () => {
  const { refresh_token } = await register(api);
  const answers = await Promise.all([1, 2, 3, 4].map(() => api.request('POST', '/auth/refresh', { refresh_token })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('logout ends the session, of this organisation only', async () => {
  const [owner, other] = [await register(api), await register(api)];
  expect((await api.request('POST', '/auth/logout', { refresh_token: owner.refresh_token })).status).toBe(204);
  expect((await api.request('POST', '/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(401);
  // The secret of one with the organisation of another is nobody's.
  const [, secret] = other.refresh_token.split('.');
  expect((await api.request('POST', '/auth/refresh', { refresh_token: `${owner.cuenta.organizacion_id}.${secret}` })).status).toBe(401);
  expect((await api.request('POST', '/auth/refresh', { refresh_token: other.refresh_token })).status).toBe(200);
  for (const broken of ['x', '1.2', '0.'.padEnd(45, 'a'), `${'9'.repeat(18)}.${secret}`]) {
    expect((await api.request('POST', '/auth/refresh', { refresh_token: broken })).status).toBe(401);
  }
});

test('a client opens an account, sees their ficha, and takes over nobody else’s', async () => {
  const owner = await register(api);
  const typed = await owner.request('POST', '/clients', { nombre: 'María', email: 'maria@example.com' });
  const client = await registerClient(api, owner, { email: 'maria@example.com', nombre: 'María' });
  expect(client.cuenta).toMatchObject({ rol: 'cliente', profesional_id: null });
  expect(client.cuenta.cliente_id).not.toBe(typed.body.id);
  expect((await client.request('GET', '/services')).status).toBe(403);
  const again = await api.request('POST', '/auth/register-client', { codigo_tenant: owner.cuenta.codigo_tenant, nombre: 'X', email: 'maria@example.com', password: PASSWORD });
  expect([again.status, again.body.codigo]).toEqual([409, 'ya_existe']);
  const nowhere = await api.request('POST', '/auth/register-client', { codigo_tenant: 'no-existe-aqui', nombre: 'X', email: 'x@example.com', password: PASSWORD });
  expect(nowhere.status).toBe(404);
});

test('only a token that this server signed opens anything', async () => {
  const { token, cuenta } = await register(api);
  const [head, body] = token.split('.').map((part) => JSON.parse(Buffer.from(part === token.split('.')[2] ? 'e30' : part, 'base64url').toString()));
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (header: object, payload: object, secret = 'another secret altogether, 32 bytes+') => {
    const text = `${encode(header)}.${encode(payload)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const secret = SECRETS.JWT_SECRET;
  const forged = {
    none: `${encode({ alg: 'none', typ: 'JWT' })}.${encode(body)}.`,
    otherKey: sign(head, body),
    hs512: sign({ ...head, alg: 'HS512' }, body, secret),
    expired: sign(head, { ...body, exp: 1 }, secret),
    future: sign(head, { ...body, nbf: body.exp + 10 }, secret),
    audience: sign(head, { ...body, aud: 'otro' }, secret),
    issuer: sign(head, { ...body, iss: 'otro' }, secret),
    tampered: token.replace(/\.[^.]+\./, `.${encode({ ...body, organizacion_id: cuenta.organizacion_id + 1 })}.`),
  };
  for (const [what, bearer] of Object.entries(forged)) {
    expect([what, (await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${bearer}` })).status]).toEqual([what, 401]);
  }
  expect((await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${sign(head, body, secret)}` })).status).toBe(200);
});

test('problems come in Spanish, or in English for who asks', async () => {
  const spanish = await api.request('GET', '/auth/me');
  const english = await api.request('GET', '/auth/me', undefined, { 'accept-language': 'en-US,en;q=0.9' });
  expect([spanish.body.codigo, english.body.codigo]).toEqual(['no_autenticado', 'no_autenticado']);
  expect([spanish.body.title, english.body.title]).toEqual(['Falta un token de acceso válido.', 'A valid access token is missing.']);
  expect(english.headers.get('content-language')).toBe('en');
  // The first of ours that a browser lists, whatever else it prefers.
  for (const [asked, told] of [['fr-FR,fr;q=0.9,en;q=0.8,es;q=0.7', 'en'], ['ca,es;q=0.9,en;q=0.8', 'es'], ['pt', 'es'], ['', 'es'], ['*', 'es'], ['en;q=0', 'es'], [';,;q', 'es'], ['eng', 'es']]) {
    const answer = await api.request('GET', '/auth/me', undefined, { 'accept-language': asked });
    expect([asked, answer.headers.get('content-language')]).toEqual([asked, told]);
  }
  // text/plain is what fetch says of a body of text when nothing else does.
  for (const type of ['application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', 'text/html', 'multipart/form-data; boundary=x', 'application/ld+json']) {
    const other = await api.request('POST', '/auth/login', '{"email":"a@b.co","password":"x"}', { 'content-type': type });
    expect([type, other.status, other.body.codigo]).toEqual([type, 415, 'tipo_no_admitido']);
  }
  const big = await api.request('POST', '/auth/login', { email: 'a@b.co', password: 'x'.repeat(200_000) });
  expect([big.status, big.body.codigo]).toEqual([413, 'cuerpo_muy_grande']);
});

test('production takes no moved clock', async () => {
  const production = await startApi({ NODE_ENV: 'production', TRUST_PROXY: 'off' });
  const moved = await production.request('GET', '/health/ready', undefined, { 'x-franja-now': '2027-01-01T00:00:00Z' });
  expect([moved.status, moved.body.codigo]).toEqual([400, 'reloj_no_disponible']);
  expect((await production.request('GET', '/health/ready')).status).toBe(200);
  await production.close();
});
