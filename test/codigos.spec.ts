// Links and codes that are used once: verification, password reset and sign-in of clients.
import pg from 'pg';
import { statements } from '../src/database/statements.js';
import { ok } from './agenda.js';
import { PASSWORD, register, registerClient, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { digitsIn, eventually, linkTo, mailsTo, mailTo, tokenIn, whatsappsTo, whatsappTo } from './buzon.js';
import { expectRefused, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const NUEVA = 'otra-clave-bien-larga';
const post = (path: string, body: unknown) => api.request('POST', path, body);
const outcome = ({ status, body }: { status: number; body: any }) => [status, body?.codigo ?? null];
const login = (email: string, password: string, owner: Member) => post('/auth/login', { email, password, codigo_tenant: owner.cuenta.codigo_tenant });
const cells = (prefix: string) => `+57300${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}${prefix}`.slice(0, 13);
/** As if it had been sent so long ago. */
const age = (destino: string, interval: string) => query(api, 'update codigos set creado_en = creado_en - $2::interval, expira_en = expira_en - $2::interval where destino = $1', [destino, interval]);
/** What was asked for is made, or is not, some time after the answer: waits until it was tried. */
async function tried(ask: () => Promise<Answer>): Promise<Answer> {
  let done: true | undefined;
  const hear = (statement: any) => void (done ||= statement.text.includes('insert into codigos') || undefined);
  statements.subscribe(hear);
  try {
    const answer = await ask();
    await eventually(() => done);
    return answer;
  } finally {
    statements.unsubscribe(hear);
  }
}

const me = async (access_token: string) => (await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${access_token}` })).body;
const tampered = (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
const elsewhere = (token: string, owner: Member) => `${owner.cuenta.organizacion_id}.${token.split('.')[1]}`;

const forgot = (email: string, codigo_tenant?: string) => post('/auth/password/forgot', { email, codigo_tenant });
const reset = (token: string, password_nueva = NUEVA) => post('/auth/password/reset', { token, password_nueva });
const ask = (owner: Member, to: object) => post('/auth/code', { codigo_tenant: owner.cuenta.codigo_tenant, ...to });
const enter = (owner: Member, to: object, codigo: string, more: object = {}) => post('/auth/code/verify', { codigo_tenant: owner.cuenta.codigo_tenant, ...to, codigo, ...more });
const codeFor = async (owner: Member, to: { email?: string; telefono?: string }, n = 1) => {
  expect((await ask(owner, to)).status).toBe(204);
  return digitsIn(to.email ? (await mailTo(api, to.email, /código para entrar/, n)).subject : await whatsappTo(api, to.telefono!, n));
};
const another = (codigo: string, by: number) => String((Number(codigo) + by) % 1_000_000).padStart(6, '0');

describe('the e-mail of an account', () => {
  test('is verified with the link of a mail that comes after signing up, once', async () => {
    const owner = await register(api);
    const client = await registerClient(api, owner);
    for (const { cuenta } of [owner, client]) {
      const token = await linkTo(api, cuenta.email, 'verificar');
      const verified = () => query(api, 'select email_verificado from usuarios where id = $1', [cuenta.usuario_id]);
      expect(await verified()).toEqual([{ email_verificado: false }]);
      for (const bad of [tampered(token), elsewhere(token, client), '1.x', 'x']) expect(outcome(await post('/auth/email/verify', { token: bad === token ? 'x' : bad }))).toEqual([400, 'enlace_invalido']);
      const answers = await Promise.all(Array.from({ length: 5 }, () => post('/auth/email/verify', { token })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400, 400, 400, 400]);
      expect(outcome(await post('/auth/email/verify', { token }))).toEqual([400, 'enlace_invalido']);
      expect(await verified()).toEqual([{ email_verificado: true }]);
      expect((await api.request('POST', '/auth/email/verification', undefined, { authorization: `Bearer ${owner.token}` })).status).toBe(204);
    }
  });

  test('is asked about again with a new link, which ends the former; a minute must pass between them', async () => {
    const owner = await register(api);
    const first = await linkTo(api, owner.cuenta.email, 'verificar');
    expect((await tried(() => owner.request('POST', '/auth/email/verification'))).status).toBe(204);
    await age(owner.cuenta.email, '61 seconds');
    expect((await owner.request('POST', '/auth/email/verification')).status).toBe(204);
    const second = await linkTo(api, owner.cuenta.email, 'verificar', 2);
    expect(await mailsTo(api, owner.cuenta.email)).toHaveLength(2);
    expect(outcome(await post('/auth/email/verify', { token: first }))).toEqual([400, 'enlace_invalido']);
    await age(owner.cuenta.email, '48 hours');
    expect(outcome(await post('/auth/email/verify', { token: second }))).toEqual([410, 'enlace_vencido']);
  });

  test('is no longer proved when it changes, nor is a phone', async () => {
    const owner = await register(api, { telefono: '3001234567' });
    const id = owner.cuenta.usuario_id;
    await query(api, 'update usuarios set email_verificado = true, telefono_verificado = true where id = $1', [id]);
    ok(await owner.request('PATCH', `/users/${id}`, { telefono: '3007654321' }));
    const proved = () => query(api, 'select email_verificado, telefono_verificado from usuarios where id = $1', [id]);
    expect(await proved()).toEqual([{ email_verificado: true, telefono_verificado: false }]);
    await query(api, 'update usuarios set email = $2 where id = $1', [id, `${unique('nuevo')}@example.com`]);
    expect(await proved()).toEqual([{ email_verificado: false, telefono_verificado: false }]);
  });
});

describe('a forgotten password', () => {
  test('is replaced once, ends every session, verifies the e-mail and signs nobody in', async () => {
    const owner = await register(api);
    const { email } = owner.cuenta;
    expect(await forgot(email)).toMatchObject({ status: 204, body: null });
    const token = await linkTo(api, email, 'restablecer');
    // A refused password does not use the link up.
    expect((await reset(token, 'password123')).body.errores).toMatchObject([{ campo: 'password_nueva', codigo: 'comun' }]);
    expect((await reset(token, email.split('@')[0])).body.errores).toMatchObject([{ campo: 'password_nueva', codigo: 'comun' }]);
    expect((await reset(token, 'corta')).status).toBe(400);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => reset(token, `${NUEVA}-${i}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400, 400, 400, 400, 400]);
    expect(answers.find(({ status }) => status === 204)!.body).toBeNull();
    expect(outcome(await reset(token))).toEqual([400, 'enlace_invalido']);
    expect((await owner.request('GET', '/auth/me')).status).toBe(401);
    expect((await post('/auth/refresh', { refresh_token: owner.refresh_token })).status).toBe(401);
    expect((await login(email, PASSWORD, owner)).status).toBe(401);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect((await login(email, `${NUEVA}-${winner}`, owner)).status).toBe(200);
    expect(await query(api, 'select email_verificado from usuarios where id = $1', [owner.cuenta.usuario_id])).toEqual([{ email_verificado: true }]);
  });

  test('cannot be replaced by a tampered, expired or foreign link, nor of an account that was deactivated since', async () => {
    const [owner, other] = [await register(api), await register(api)];
    const client = await registerClient(api, owner);
    const { email, usuario_id } = client.cuenta;
    await forgot(email);
    const token = await linkTo(api, email, 'restablecer');
    const verification = await linkTo(api, email, 'verificar');
    for (const bad of [tampered(token), elsewhere(token, other), verification, `0.${'A'.repeat(43)}`, `9999999999.${'A'.repeat(43)}`]) expect(outcome(await reset(bad))).toEqual([400, 'enlace_invalido']);
    ok(await owner.request('PATCH', `/users/${usuario_id}`, { activo: false }));
    expect(outcome(await reset(token))).toEqual([400, 'enlace_invalido']);
    ok(await owner.request('PATCH', `/users/${usuario_id}`, { activo: true }));
    await query(api, 'update organizaciones set activo = false where id = $1', [owner.cuenta.organizacion_id]);
    expect(outcome(await reset(token))).toEqual([400, 'enlace_invalido']);
    await query(api, 'update organizaciones set activo = true where id = $1', [owner.cuenta.organizacion_id]);
    await age(email, '1 hour');
    expect(outcome(await reset(token))).toEqual([410, 'enlace_vencido']);
    expect((await login(email, PASSWORD, owner)).status).toBe(200);
  });

  test('of an e-mail known to several businesses comes in one mail, with a link for each; with codigo_tenant, for that one', async () => {
    const email = `${unique('ana')}@example.com`;
    const [a, b] = [await register(api, { email, nombre_comercial: 'Salón Ñandú' }), await register(api, { email, nombre_comercial: 'Barbería Lirio' })];
    const platform = await register(api);
    const superAdmin = await registerClient(api, platform, { email });
    await query(api, 'update organizaciones set es_plataforma = true where id = $1', [platform.cuenta.organizacion_id]);
    await query(api, "update usuarios set rol = 'super_admin' where id = $1", [superAdmin.cuenta.usuario_id]);
    await forgot(email);
    const mail = await mailTo(api, email, /restablecer#token/);
    const links = [...mail.text!.matchAll(/^(.+):\n(\S+)$/gm)];
    expect(links.map(([, name]) => name)).toEqual(['Salón Ñandú', 'Barbería Lirio']);
    await age(email, '61 seconds');
    await forgot(email, b.cuenta.codigo_tenant);
    const single = tokenIn((await mailTo(api, email, /restablecer#token/, 2)).text);
    expect(single.split('.')[0]).toBe(String(b.cuenta.organizacion_id));
    expect(outcome(await reset(tokenIn(links[1][2])))).toEqual([400, 'enlace_invalido']);
    expect((await reset(tokenIn(links[0][2]))).status).toBe(204);
    expect([(await login(email, NUEVA, a)).status, (await login(email, PASSWORD, b)).status]).toEqual([200, 200]);
  });

  test('asks alike for an account, none, a deactivated one and a business that is none', async () => {
    const owner = await register(api);
    const client = await registerClient(api, owner);
    ok(await owner.request('PATCH', `/users/${client.cuenta.usuario_id}`, { activo: false }));
    const nobody = `${unique('nadie')}@example.com`;
    const answers = [await forgot(owner.cuenta.email), await forgot(nobody), await forgot(client.cuenta.email), await forgot(owner.cuenta.email, 'no-existe-este')];
    const shown = answers.map(({ status, body, headers }) => [status, body, [...headers.keys()].toSorted()]);
    expect(new Set(shown.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await linkTo(api, owner.cuenta.email, 'restablecer');
    expect(await query(api, "select 1 from codigos where proposito = 'restablecimiento' and destino = any ($1)", [[nobody, client.cuenta.email]])).toEqual([]);
  });
});

describe('a code for clients', () => {
  test('makes an account of a stranger, who says a name; the guess counts and the code survives', async () => {
    const owner = await register(api);
    const telefono = cells('');
    const codigo = await codeFor(owner, { telefono });
    expect((await enter(owner, { telefono }, codigo)).body.errores).toMatchObject([{ campo: 'nombre', codigo: 'requerido' }]);
    expect(await query(api, 'select intentos from codigos where destino = $1', [telefono])).toEqual([{ intentos: 1 }]);
    const tokens = ok(await enter(owner, { telefono }, codigo, { nombre: 'Íñigo Muñoz' }));
    const cuenta = await me(tokens.access_token);
    expect(cuenta).toMatchObject({ email: null, nombre: 'Íñigo Muñoz', rol: 'cliente', cliente_id: expect.any(Number) });
    expect(await query(api, 'select telefono, usuario_id::int from clientes where id = $1', [cuenta.cliente_id])).toEqual([{ telefono, usuario_id: cuenta.usuario_id }]);
    expect(outcome(await enter(owner, { telefono }, codigo))).toEqual([401, 'codigo_invalido']);
    // The next time it is the same account, however the number is typed.
    const again = await codeFor(owner, { telefono }, 2);
    expect((await me(ok(await enter(owner, { telefono: telefono.slice(3) }, again)).access_token)).usuario_id).toBe(cuenta.usuario_id);
    expect(ok(await owner.request('GET', `/users/${cuenta.usuario_id}`))).toMatchObject({ email: null, telefono });
    expect((await api.request('PUT', '/auth/password', { password_actual: 'no account has this password', password_nueva: NUEVA }, { authorization: `Bearer ${tokens.access_token}` })).status).toBe(401);
  });

  test('takes the oldest ficha that the business keeps of that destination, and one that is no account', async () => {
    const owner = await register(api);
    for (const to of [{ telefono: cells('') }, { email: `${unique('maria')}@example.com` }]) {
      const { id: gone } = ok(await owner.request('POST', '/clients', { nombre: 'Baja', ...to }));
      ok(await owner.request('PATCH', `/clients/${gone}`, { activo: false }));
      const [older, younger] = [ok(await owner.request('POST', '/clients', { nombre: 'María Muñoz', ...to })), ok(await owner.request('POST', '/clients', { nombre: 'Hija', ...to }))];
      expect(older.id).toBeLessThan(younger.id);
      const cuenta = await me(ok(await enter(owner, to, await codeFor(owner, to))).access_token);
      expect(cuenta).toMatchObject({ nombre: 'María Muñoz', cliente_id: older.id, email: to.email ?? null });
    }
  });

  test('that is an e-mail opens the account with that e-mail, and ends a password whose owner never proved it', async () => {
    const owner = await register(api);
    const client = await registerClient(api, owner);
    const { email, usuario_id } = client.cuenta;
    const tokens = ok(await enter(owner, { email }, await codeFor(owner, { email })));
    expect((await me(tokens.access_token)).usuario_id).toBe(usuario_id);
    expect((await client.request('GET', '/auth/me')).status).toBe(401);
    expect((await login(email, PASSWORD, owner)).status).toBe(401);
    expect((await login(email, 'no account has this password', owner)).status).toBe(401);
    // Now that it is proved, they choose one, and codes leave it alone.
    await forgot(email);
    expect((await reset(await linkTo(api, email, 'restablecer'))).status).toBe(204);
    ok(await enter(owner, { email }, await codeFor(owner, { email }, 2)));
    expect((await login(email, NUEVA, owner)).status).toBe(200);
  });

  test('that is a phone does not open an account whose owner only typed that phone', async () => {
    const owner = await register(api);
    const telefono = cells('');
    const typed = await registerClient(api, owner, { telefono });
    const cuenta = await me(ok(await enter(owner, { telefono }, await codeFor(owner, { telefono }), { nombre: 'Dueña' })).access_token);
    expect(cuenta.usuario_id).not.toBe(typed.cuenta.usuario_id);
    expect(cuenta.cliente_id).not.toBe(typed.cuenta.cliente_id);
  });

  test('is not sent to staff nor to a deactivated account, and is asked for alike', async () => {
    const owner = await register(api);
    const gone = await registerClient(api, owner);
    ok(await owner.request('PATCH', `/users/${gone.cuenta.usuario_id}`, { activo: false }));
    const stranger = `${unique('nueva')}@example.com`;
    const answers = [await ask(owner, { email: owner.cuenta.email }), await ask(owner, { email: gone.cuenta.email }), await ask(owner, { email: stranger })];
    const shown = answers.map(({ status, body, headers }) => JSON.stringify([status, body, [...headers.keys()].toSorted()]));
    expect([answers[0].status, new Set(shown).size]).toEqual([204, 1]);
    await mailTo(api, stranger, /código/);
    expect(await query(api, "select destino from codigos where proposito = 'acceso' and organizacion_id = $1", [owner.cuenta.organizacion_id])).toEqual([{ destino: stranger }]);
    for (const email of [owner.cuenta.email, gone.cuenta.email, stranger]) expect(outcome(await enter(owner, { email }, '000000', { nombre: 'X' }))).toEqual([401, 'codigo_invalido']);
  });

  test('bears five guesses: of 100 wrong ones at once five are looked at, and then the right one is refused', async () => {
    const owner = await register(api);
    const telefono = cells('');
    const codigo = await codeFor(owner, { telefono });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => enter(owner, { telefono }, another(codigo, i + 1), { nombre: 'X' })));
    expect(new Set(answers.map((answer) => outcome(answer).join()))).toEqual(new Set(['401,codigo_invalido']));
    expect(await query(api, 'select intentos from codigos where destino = $1', [telefono])).toEqual([{ intentos: 5 }]);
    expect(outcome(await enter(owner, { telefono }, codigo, { nombre: 'X' }))).toEqual([401, 'codigo_invalido']);
    expect(await query(api, 'select 1 from usuarios where telefono = $1', [telefono])).toEqual([]);
  });

  test('used twice at once makes one account', async () => {
    const owner = await register(api);
    const telefono = cells('');
    const codigo = await codeFor(owner, { telefono });
    const answers = await Promise.all(Array.from({ length: 5 }, () => enter(owner, { telefono }, codigo, { nombre: 'Una' })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
    expect(await query(api, 'select count(*)::int as n from usuarios where telefono = $1', [telefono])).toEqual([{ n: 1 }]);
    const copy = "insert into usuarios (organizacion_id, rol, nombre, telefono) select organizacion_id, rol, 'Otra', telefono from usuarios where telefono = $1";
    await expect(query(api, copy, [telefono])).rejects.toMatchObject({ code: '23505', constraint: 'usuarios_telefono_unico' });
  });

  test('serves one business, one destination and ten minutes; the next one ends it, a minute later', async () => {
    const [owner, other] = [await register(api), await register(api)];
    const [telefono, neighbour] = [cells(''), cells('')];
    const first = await codeFor(owner, { telefono });
    expect((await tried(() => ask(owner, { telefono }))).status).toBe(204); // too soon: nothing new leaves
    await codeFor(owner, { telefono: neighbour });
    expect(await whatsappsTo(api, telefono)).toHaveLength(1);
    expect(outcome(await enter(other, { telefono }, first, { nombre: 'X' }))).toEqual([401, 'codigo_invalido']);
    await age(telefono, '61 seconds');
    const second = await codeFor(owner, { telefono }, 2);
    if (first !== second) expect(outcome(await enter(owner, { telefono }, first, { nombre: 'X' }))).toEqual([401, 'codigo_invalido']);
    await age(telefono, '10 minutes');
    expect(outcome(await enter(owner, { telefono }, second, { nombre: 'X' }))).toEqual([401, 'codigo_invalido']);
  });

  test('is no way around the second factor of who worked there once', async () => {
    const owner = await register(api);
    const { cuenta } = await registerClient(api, owner);
    const factor = "insert into segundos_factores (organizacion_id, usuario_id, secreto_sellado, ultimo_paso, activado_en) values ($1, $2, 'v1.prueba.x', 1, now())";
    await query(api, factor, [cuenta.organizacion_id, cuenta.usuario_id]);
    const answer = await enter(owner, { email: cuenta.email }, await codeFor(owner, { email: cuenta.email }));
    expect([answer.body.codigo, answer.body.desafio, answer.body.access_token]).toEqual(['segundo_factor_requerido', expect.any(String), undefined]);
  });

  test('is refused field by field', async () => {
    const owner = await register(api);
    await expectRefused((change) => ask(owner, { email: 'a@example.com', ...change }), [['email', 'x', 'correo'], ['telefono', '+573001234567', 'combinacion'], ['codigo_tenant', '', 'requerido'], ['rol', 'admin', 'desconocido']]);
    await expectRefused((change) => ask(owner, change), [['telefono', '12345', 'telefono']]);
    expect((await ask(owner, {})).body.errores).toMatchObject([{ campo: 'email', codigo: 'requerido' }]);
    await expectRefused((change) => enter(owner, { email: 'a@example.com' }, '123456', change), [['codigo', '12345', 'longitud'], ['codigo', 'abcdef', 'formato'], ['nombre', '', 'longitud']]);
    expect((await post('/auth/code', { codigo_tenant: 'no-existe-este', email: 'a@example.com' })).body.codigo).toBe('no_encontrado');
  });
});

test('messages are limited by destination, whether or not somebody is there', async () => {
  const limited = await startApi({ LIMIT_CODE: '2/1h' }, api);
  try {
    const owner = await register(api);
    for (const email of [owner.cuenta.email, `${unique('nadie')}@example.com`]) {
      const bodies = Array.from({ length: 3 }, () => ({ codigo_tenant: owner.cuenta.codigo_tenant, email }));
      for (const path of ['/auth/code', '/auth/password/forgot']) {
        const statuses = [];
        for (const body of bodies) statuses.push((await limited.request('POST', path, body)).status);
        expect(statuses).toEqual([204, 204, 429]);
      }
    }
    // Invitations too, however a phone is written, and each business its own; what another destination is sent is not counted here.
    const invite = (business: Member, more: object) =>
      limited.request('POST', '/users/invitations', { nombre: 'X', rol: 'cliente', canal: 'email', email: `${unique('x')}@example.com`, ...more }, { authorization: `Bearer ${business.token}` });
    const email = `${unique('nadie')}@example.com`;
    const phones = ['+573009998877', '300 999 88 77', '(300) 999-8877'].map((telefono) => ({ canal: 'whatsapp', telefono }));
    for (const sent of [[{ email }, { email }, { email }], phones]) {
      const statuses = [];
      for (const more of sent) statuses.push((await invite(owner, more)).status);
      expect(statuses).toEqual([201, 201, 429]);
    }
    expect((await invite(owner, {})).status).toBe(201);
    expect((await invite(await register(api), { email })).status).toBe(201);
    await eventually(async () => (await mailsTo(api, email))[2]);
  } finally {
    await limited.close();
  }
});

test('no secret is kept: neither a token nor a code is anywhere in the database', async () => {
  const owner = await register(api);
  const telefono = cells('');
  const codigo = await codeFor(owner, { telefono });
  await forgot(owner.cuenta.email);
  const tokens = [await linkTo(api, owner.cuenta.email, 'restablecer'), await linkTo(api, owner.cuenta.email, 'verificar')];
  const rows = await query(api, 'select c::text as row, destino, codigo_hash, organizacion_id::int as org from codigos c where organizacion_id = $1', [owner.cuenta.organizacion_id]);
  expect(rows.length).toBe(3);
  const dump = rows.map(({ row }) => row).join('\n');
  for (const token of tokens) for (const part of [token, token.split('.')[1], Buffer.from(token.split('.')[1], 'base64url').toString('hex')]) expect(dump).not.toContain(part);
  const { createHash } = await import('node:crypto');
  const { codigo_hash, org } = rows.find(({ destino }) => destino === telefono);
  // A plain hash of six digits would be found by trying them all.
  for (const guess of [codigo, `${org} ${telefono} ${codigo}`, `${telefono}${codigo}`]) expect(createHash('sha256').update(guess).digest().equals(codigo_hash)).toBe(false);
  const client = new pg.Client({ connectionString: api.database.appUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("select app.fijar_contexto($1, null, 'admin')", [owner.cuenta.organizacion_id]);
    await expect(client.query("update codigos set codigo_hash = sha256('x')")).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.end();
  }
});

test('what expired 30 days ago is gone with the next message', async () => {
  const owner = await register(api);
  await linkTo(api, owner.cuenta.email, 'verificar');
  await age(owner.cuenta.email, '33 days');
  await ask(owner, { telefono: cells('') });
  await eventually(async () => ((await query(api, "select 1 from codigos where organizacion_id = $1 and proposito = 'verificacion'", [owner.cuenta.organizacion_id])).length === 0 ? true : undefined));
});
