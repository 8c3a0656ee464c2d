import { ok } from './agenda.js';
import { PASSWORD, register, registerClient, startApi, unique, type Api, type Member, type Send } from './api.js';
import { digitsIn, linkTo, mailsTo, mailTo, tokenIn, whatsappTo } from './buzon.js';
import { expectRefused, overtaken, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const post = (path: string, body: unknown) => api.request('POST', path, body);
const outcome = ({ status, body }: { status: number; body: any }) => [status, body?.codigo ?? null];
const accept = (token: string, more: object = {}) => post('/auth/invitations/accept', { token, password: PASSWORD, ...more });
const show = (token: string) => post('/auth/invitations/show', { token });
const invitation = (more: object = {}) => ({ nombre: 'Lucía Peña', email: `${unique('lucia')}@example.com`, rol: 'empleado', canal: 'email', ...more });
const cell = () => `+57310${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;

/** Invites, and answers the invitation and the token of its mail. */
async function invite(by: { request: Send }, more: object = {}) {
  const sent = ok(await by.request('POST', '/users/invitations', invitation(more)));
  return { ...sent, token: await linkTo(api, sent.email, 'invitacion') };
}

/** Accepted and signed in. */
async function join(owner: Member, rol: string) {
  const { token, email } = await invite(owner, { rol });
  const cuenta = ok(await accept(token));
  const { access_token } = ok(await post('/auth/login', { email, password: PASSWORD, codigo_tenant: owner.cuenta.codigo_tenant }));
  const request: Send = (method, path, body) => api.request(method, path, body, { authorization: `Bearer ${access_token}` });
  return { cuenta, request };
}

test('an invited person sees who invites, chooses a name and a password, and then signs in', async () => {
  const owner = await register(api, { nombre_comercial: 'Salón Ñandú', idioma: 'pt' });
  const body = invitation({ telefono: '300 123 4567' });
  const { status, body: sent } = await owner.request('POST', '/users/invitations', body);
  expect(status).toBe(201);
  expect(sent).toEqual({ ...body, telefono: '+573001234567', id: expect.any(Number), creado_por: owner.cuenta.usuario_id, creado_en: expect.any(String), expira_en: expect.any(String) });
  expect(Date.parse(sent.expira_en) - Date.parse(sent.creado_en)).toBe(7 * 86_400_000);
  const mail = await mailTo(api, body.email, /invitacion#token/);
  expect(mail.subject).toBe('Salón Ñandú convida você para a sua agenda');
  expect(mail.text).toContain('Olá, Lucía Peña!');
  const token = tokenIn(mail.text);
  expect(ok(await show(token))).toEqual({ nombre_comercial: 'Salón Ñandú', rol: 'empleado', nombre: 'Lucía Peña', email: body.email });
  // A refused password leaves the link good.
  for (const password of ['password123', 'salonnandu', body.email.split('@')[0]]) expect((await accept(token, { password })).body.errores).toMatchObject([{ campo: 'password', codigo: 'comun' }]);
  const accepted = await accept(token, { nombre: 'Lucía P.' });
  expect([accepted.status, accepted.body]).toMatchObject([201, { email: body.email, nombre: 'Lucía P.', rol: 'empleado', organizacion_id: owner.cuenta.organizacion_id, cliente_id: null }]);
  expect(ok(await owner.request('GET', `/users/${accepted.body.usuario_id}`))).toMatchObject({ email_verificado: true, telefono: '+573001234567', activo: true });
  expect((await post('/auth/login', { email: body.email, password: PASSWORD })).status).toBe(200);
  expect(outcome(await show(token))).toEqual([400, 'enlace_invalido']);
  expect(outcome(await accept(token))).toEqual([400, 'enlace_invalido']);
  expect(ok(await owner.request('GET', '/users/invitations')).elementos).toEqual([]);
});

test('of acceptances at once one makes an account', async () => {
  const owner = await register(api);
  const { token, email } = await invite(owner);
  const answers = await Promise.all(Array.from({ length: 6 }, () => accept(token)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400, 400, 400]);
  expect(await query(api, 'select rol from usuarios where email = $1', [email])).toEqual([{ rol: 'empleado' }]);
});

test('a link that is tampered, expired, revoked, replaced or of another organisation or purpose makes nobody', async () => {
  const [owner, other] = [await register(api), await register(api)];
  const { token, email, id } = await invite(owner);
  const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  const verification = await linkTo(api, owner.cuenta.email, 'verificar');
  for (const bad of [changed, `${other.cuenta.organizacion_id}.${token.split('.')[1]}`, verification, 'x', '1.2']) {
    for (const answer of [await show(bad), await accept(bad)]) expect(outcome(answer)).toEqual([400, 'enlace_invalido']);
  }
  expect(outcome(await post('/auth/email/verify', { token }))).toEqual([400, 'enlace_invalido']);
  expect(outcome(await post('/auth/password/reset', { token, password_nueva: PASSWORD }))).toEqual([400, 'enlace_invalido']);

  await query(api, "update codigos set creado_en = creado_en - interval '7 days', expira_en = expira_en - interval '7 days' where id = $1", [id]);
  for (const answer of [await show(token), await accept(token)]) expect(outcome(answer)).toEqual([410, 'enlace_vencido']);
  expect((await owner.request('DELETE', `/users/invitations/${id}`)).status).toBe(404);

  const again = ok(await owner.request('POST', '/users/invitations', invitation({ email })));
  const second = await linkTo(api, email, 'invitacion', 2);
  const third = ok(await owner.request('POST', '/users/invitations', invitation({ email })));
  expect(outcome(await accept(second))).toEqual([400, 'enlace_invalido']);
  expect(third.id).not.toBe(again.id);
  expect((await other.request('DELETE', `/users/invitations/${third.id}`)).status).toBe(404);
  expect((await owner.request('DELETE', `/users/invitations/${third.id}`)).status).toBe(204);
  // What else was sent is nobody's to take back.
  const [{ id: theirs }] = await query(api, "select id from codigos where proposito = 'verificacion' and organizacion_id = $1", [owner.cuenta.organizacion_id]);
  expect((await owner.request('DELETE', `/users/invitations/${theirs}`)).status).toBe(404);
  expect(outcome(await accept(await linkTo(api, email, 'invitacion', 3)))).toEqual([400, 'enlace_invalido']);
  expect(await query(api, 'select 1 from usuarios where email = $1', [email])).toEqual([]);
});

test('nobody invites to their own role or above, nor ends such an invitation; the hierarchy is asked again at acceptance', async () => {
  const owner = await register(api);
  const propietario = await join(owner, 'propietario');
  for (const rol of ['super_admin', 'admin']) expect((await owner.request('POST', '/users/invitations', invitation({ rol }))).body.codigo).toBe('prohibido');
  for (const rol of ['super_admin', 'admin', 'propietario']) expect((await propietario.request('POST', '/users/invitations', invitation({ rol }))).body.codigo).toBe('prohibido');
  const above = await invite(owner, { rol: 'propietario' });
  expect((await propietario.request('DELETE', `/users/invitations/${above.id}`)).body.codigo).toBe('prohibido');
  expect((await propietario.request('POST', '/users/invitations', invitation({ email: above.email, rol: 'cliente' }))).body.codigo).toBe('prohibido');
  expect((await show(above.token)).status).toBe(200);

  const [byDemoted, byGone] = [await invite(propietario), await invite(propietario)];
  ok(await owner.request('PATCH', `/users/${propietario.cuenta.usuario_id}`, { rol: 'empleado' }));
  expect(outcome(await accept(byDemoted.token))).toEqual([400, 'enlace_invalido']);
  ok(await owner.request('PATCH', `/users/${propietario.cuenta.usuario_id}`, { rol: 'propietario', activo: false }));
  expect(outcome(await accept(byGone.token))).toEqual([400, 'enlace_invalido']);
  expect(await query(api, 'select 1 from usuarios where email = any ($1)', [[byDemoted.email, byGone.email]])).toEqual([]);
  ok(await owner.request('PATCH', `/users/${propietario.cuenta.usuario_id}`, { activo: true }));
  expect((await accept(byGone.token)).status).toBe(201);
  await query(api, 'update organizaciones set activo = false where id = $1', [owner.cuenta.organizacion_id]);
  expect(outcome(await accept(above.token))).toEqual([400, 'enlace_invalido']);
});

test('by WhatsApp the phone is proved and the e-mail is then asked about; a client takes the ficha of that phone', async () => {
  const owner = await register(api);
  const telefono = cell();
  const ficha = ok(await owner.request('POST', '/clients', { nombre: 'María Muñoz', telefono }));
  const body = invitation({ rol: 'cliente', canal: 'whatsapp', telefono });
  ok(await owner.request('POST', '/users/invitations', body));
  const message = await whatsappTo(api, telefono);
  expect(message).toContain('Barbería Prueba le invita a su agenda');
  expect(await mailsTo(api, body.email)).toEqual([]);
  const cuenta = ok(await accept(tokenIn(message)));
  expect(cuenta).toMatchObject({ rol: 'cliente', cliente_id: ficha.id });
  const proved = () => query(api, 'select email_verificado, telefono_verificado from usuarios where id = $1', [cuenta.usuario_id]);
  expect(await proved()).toEqual([{ email_verificado: false, telefono_verificado: true }]);
  expect((await post('/auth/email/verify', { token: await linkTo(api, body.email, 'verificar') })).status).toBe(204);
  expect(await proved()).toEqual([{ email_verificado: true, telefono_verificado: true }]);
  // The proved phone signs in to this very account.
  await post('/auth/code', { codigo_tenant: owner.cuenta.codigo_tenant, telefono });
  const codigo = digitsIn((await whatsappTo(api, telefono, 2)).split('\n').slice(2).join('\n'));
  const { access_token } = ok(await post('/auth/code/verify', { codigo_tenant: owner.cuenta.codigo_tenant, telefono, codigo }));
  expect((await api.request('GET', '/auth/me', undefined, { authorization: `Bearer ${access_token}` })).body.usuario_id).toBe(cuenta.usuario_id);
});

test('who has an account there already is not invited, and one who got one meanwhile is told', async () => {
  const owner = await register(api);
  const client = await registerClient(api, owner);
  expect((await owner.request('POST', '/users/invitations', invitation({ email: client.cuenta.email }))).body.codigo).toBe('ya_existe');
  const { token, email } = await invite(owner);
  await registerClient(api, owner, { email });
  expect(outcome(await accept(token))).toEqual([409, 'ya_existe']);
  expect((await show(token)).status).toBe(200);
});

test('pending invitations are listed by page, each organisation its own', async () => {
  const [owner, other] = [await register(api), await register(api)];
  const sent = [];
  for (let i = 0; i < 5; i++) sent.push(ok(await owner.request('POST', '/users/invitations', invitation())));
  ok(await other.request('POST', '/users/invitations', invitation()));
  const first = ok(await owner.request('GET', '/users/invitations?limite=3'));
  const second = ok(await owner.request('GET', `/users/invitations?limite=3&cursor=${first.cursor}`));
  expect([...first.elementos, ...second.elementos]).toEqual(sent);
  expect(second.cursor).toBeNull();
  expect((await owner.request('GET', '/users/invitations?cursor=x')).body.codigo).toBe('cursor_invalido');
  expect(ok(await owner.request('GET', `/organizations/${owner.cuenta.organizacion_id}/users/invitations`)).elementos).toEqual(sent);
});

test('invitations are refused field by field', async () => {
  const owner = await register(api);
  await expectRefused((change) => owner.request('POST', '/users/invitations', { ...invitation(), ...change }), [
    ['email', 'ana', 'correo'], ['rol', 'jefe', 'valores'], ['canal', 'paloma', 'valores'], ['nombre', '', 'requerido'], ['telefono', '12345', 'telefono'],
    ['password', PASSWORD, 'desconocido'], ['organizacion_id', 1, 'desconocido'], ['creado_por', 1, 'desconocido'],
  ]);
  expect((await owner.request('POST', '/users/invitations', invitation({ canal: 'whatsapp' }))).body.errores).toMatchObject([{ campo: 'telefono', codigo: 'requerido' }]);
  const { token } = await invite(owner);
  await expectRefused((change) => accept(token, change), [['password', 'corta', 'longitud'], ['rol', 'admin', 'desconocido'], ['email', 'a@b.co', 'desconocido'], ['nombre', 'x'.repeat(151), 'longitud']]);
});

test('names cannot turn an invitation into an advertisement', async () => {
  const owner = await register(api, { nombre_comercial: 'Gane ya\r\nen http://premios.example.com' });
  const { email } = await invite(owner, { nombre: 'visite www.premios.example' });
  const { subject, text } = await mailTo(api, email, /invitacion#token/);
  expect(subject).not.toMatch(/[\r\n]/);
  expect(`${subject} ${text!.replace(/http:\/\/localhost\S+/, '')}`).not.toMatch(/:\/\/|\w\.\w/);
});

test('of two invitations to one address at once, the second is told where it goes', async () => {
  const owner = await register(api);
  const lucia = { ...invitation(), telefono: '+573001234567' };
  for (const [canal, campo] of [['email', 'email'], ['whatsapp', 'telefono']] as const) {
    const sent = `insert into codigos (organizacion_id, proposito, destino, codigo_hash, expira_en) values ($1, 'invitacion', $2, sha256(convert_to($2, 'UTF8')), now() + interval '1 day')`;
    const [{ status, body }] = await overtaken(api, sent, [owner.cuenta.organizacion_id, lucia[campo]], () => owner.request('POST', '/users/invitations', { ...lucia, canal }));
    expect([status, body.codigo, body.errores?.[0].campo]).toEqual([409, 'ya_existe', campo]);
  }
});
