// A session is one sign-in and all that renews it. What ends it ends its access tokens on the next request.
import { PASSWORD, register, registerClient, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { linkTo } from './buzon.js';
import { overtaken, query } from './checks.js';

const NEW = 'otra-clave-muy-larga';

let api: Api;
beforeAll(async () => {
  api = await startApi({ TRUST_PROXY: 'loopback' });
});
afterAll(() => api.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const statusOf = async (token: string) => (await api.request('GET', '/auth/me', undefined, bearer(token))).status;
const renew = (refresh_token: string) => api.request('POST', '/auth/refresh', { refresh_token });

interface Signed {
  access_token: string;
  refresh_token: string;
}
async function signIn({ cuenta }: Member, headers: Record<string, string> = {}, password = PASSWORD): Promise<Signed> {
  const { status, body } = await api.request('POST', '/auth/login', { email: cuenta.email, password }, headers);
  expect(status).toBe(200);
  return body;
}
/** The account of a new organisation, signed in four times: at registration and three more. */
async function signedIn(): Promise<{ owner: Member; first: Signed; here: Signed; there: Signed; stale: Signed }> {
  const owner = await register(api);
  const [here, there, stale] = [await signIn(owner), await signIn(owner), await signIn(owner)];
  return { owner, first: { access_token: owner.token, refresh_token: owner.refresh_token }, here, there, stale };
}
const sessions = async (token: string): Promise<any[]> => (await api.request('GET', '/auth/sessions', undefined, bearer(token))).body;

/** The newest first: a used token that is tried ends what was left of its session, and hides it. */
async function expectEnded(...ended: Signed[]) {
  for (const { access_token, refresh_token } of ended) {
    expect(await statusOf(access_token)).toBe(401);
    expect((await renew(refresh_token)).status).toBe(401);
  }
}
async function expectAlive(...alive: Signed[]) {
  for (const { access_token, refresh_token } of alive) {
    expect(await statusOf(access_token)).toBe(200);
    const { status, body } = await renew(refresh_token);
    expect([status, await statusOf(access_token), await statusOf(body.access_token)]).toEqual([200, 200, 200]);
  }
}

describe('what ends a session, ends its access tokens on the next request', () => {
  test('logout: this session, however often it was renewed, and no other', async () => {
    const { first, here, there, stale } = await signedIn();
    const later = (await renew(here.refresh_token)).body;
    expect((await api.request('POST', '/auth/logout', { refresh_token: later.refresh_token })).status).toBe(204);
    await expectEnded(later, here);
    await expectAlive(first, there, stale);
  });

  test('logout with a refresh token of before the last renewal ends it as well', async () => {
    const owner = await register(api);
    const later = (await renew(owner.refresh_token)).body;
    expect((await api.request('POST', '/auth/logout', { refresh_token: owner.refresh_token })).status).toBe(204);
    await expectEnded(later);
  });

  test('logout-all: every session of the account, also this one, and no other account', async () => {
    const { owner, first, here, there, stale } = await signedIn();
    const client = await registerClient(api, owner);
    const stranger = await register(api, { email: owner.cuenta.email });
    expect((await api.request('POST', '/auth/logout-all', undefined, bearer(here.access_token))).status).toBe(204);
    await expectEnded(first, here, there, stale);
    for (const { token: access_token, refresh_token } of [client, stranger]) await expectAlive({ access_token, refresh_token });
  });

  test('a change of password: every session but the one that changed it', async () => {
    const { owner, first, here, there, stale } = await signedIn();
    const change = { password_actual: PASSWORD, password_nueva: NEW };
    expect((await api.request('PUT', '/auth/password', { ...change, password_actual: 'no-es-esta-clave' }, bearer(here.access_token))).status).toBe(401);
    expect(await statusOf(there.access_token)).toBe(200);
    expect((await api.request('PUT', '/auth/password', change, bearer(here.access_token))).status).toBe(204);
    await expectEnded(first, there, stale);
    await expectAlive(here, await signIn(owner, {}, NEW));
  });

  test('DELETE /auth/sessions/{id}: that one; one’s own as well', async () => {
    const { first, here, there, stale } = await signedIn();
    const [{ id: theirs }] = (await sessions(there.access_token)).filter(({ actual }) => actual);
    const [{ id: own }] = (await sessions(here.access_token)).filter(({ actual }) => actual);
    const end = (id: string) => api.request('DELETE', `/auth/sessions/${id}`, undefined, bearer(here.access_token));
    expect((await end(theirs)).status).toBe(204);
    await expectEnded(there);
    expect((await end(theirs)).status).toBe(404);
    expect((await end(own.toUpperCase())).status).toBe(204);
    await expectEnded(here);
    await expectAlive(first, stale);
  });

  test('deactivation: all; activated again, the old ones stay ended', async () => {
    const owner = await register(api);
    const client = await registerClient(api, owner);
    const again = await signIn(client);
    const activate = (activo: boolean) => owner.request('PATCH', `/users/${client.cuenta.usuario_id}`, { activo });
    expect((await activate(false)).status).toBe(200);
    const before: Signed = { access_token: client.token, refresh_token: client.refresh_token };
    await expectEnded(before, again);
    expect((await activate(true)).status).toBe(200);
    await expectEnded(before, again);
    await expectAlive(await signIn(client));
  });
});

describe('the list of sessions', () => {
  const device = (agente: string, ip: string) => ({ 'user-agent': agente, 'x-forwarded-for': ip });

  test('shows each with its program, its address and whether it is this one; the newest first', async () => {
    const owner = await register(api);
    const desk = await signIn(owner, device('Escritorio/1.0', '203.0.113.7'));
    const phone = await signIn(owner, device('Teléfono/2.0', '2001:db8::7'));
    const list = await sessions(phone.access_token);
    expect(list.map(({ agente, ip, actual }) => [agente, ip, actual])).toEqual([
      ['Teléfono/2.0', '2001:db8::7', true],
      ['Escritorio/1.0', '203.0.113.7', false],
      [expect.any(String), '127.0.0.1', false],
    ]);
    expect(new Set(list.map(({ id }) => id)).size).toBe(3);
    for (const { iniciada_en, renovada_en, expira_en } of list) {
      expect(renovada_en >= iniciada_en).toBe(true);
      expect(Date.parse(expira_en) - Date.parse(renovada_en)).toBeGreaterThan(29 * 86_400_000);
    }
    // Renewed from elsewhere it is the same session, where it is now.
    const moved = await api.request('POST', '/auth/refresh', { refresh_token: desk.refresh_token }, device('Escritorio/1.1', '198.51.100.9'));
    const after = await sessions(moved.body.access_token);
    expect(after).toHaveLength(3);
    expect(after[0]).toMatchObject({ id: list[1].id, agente: 'Escritorio/1.1', ip: '198.51.100.9', actual: true, iniciada_en: list[1].iniciada_en });
  });

  test('shows what is open: not what ended or ran out', async () => {
    const { owner, here, there, stale } = await signedIn();
    const [{ id }] = (await sessions(stale.access_token)).filter(({ actual }) => actual);
    await query(api, "update sesiones set creado_en = now() - interval '31 days', expira_en = now() - interval '1 day' where familia = $1", [id]);
    await api.request('POST', '/auth/logout', { refresh_token: there.refresh_token });
    const list = await sessions(here.access_token);
    expect(list).toHaveLength(2);
    expect(list.map((session) => session.id)).not.toContain(id);
    expect(list.filter(({ actual }) => actual)).toHaveLength(1);
    expect(await sessions(owner.token)).toHaveLength(2);
    expect((await renew(stale.refresh_token)).status).toBe(401);
  });

  test('is one’s own: another’s session is not there, neither a colleague’s nor another organisation’s', async () => {
    const owner = await register(api);
    const [colleague, stranger] = [await registerClient(api, owner), await register(api)];
    const ids = [(await sessions(colleague.token))[0].id, (await sessions(stranger.token))[0].id];
    expect((await sessions(owner.token)).map(({ id }) => id)).not.toEqual(expect.arrayContaining(ids));
    for (const id of [...ids, '00000000-0000-4000-8000-000000000000', '1', 'x', "' or true --", '%00', encodeURIComponent('{1}')]) {
      const { status, body } = await owner.request('DELETE', `/auth/sessions/${id}`);
      expect([id, status, body.codigo]).toEqual([id, 404, 'no_encontrado']);
    }
    await expectAlive({ access_token: colleague.token, refresh_token: colleague.refresh_token }, { access_token: stranger.token, refresh_token: stranger.refresh_token });
  });

  test.each(['garbage', '', ',', '203.0.113.7, x', 'a'.repeat(300), "'; drop table sesiones; --", '999.1.1.1', '203.0.113.7:443', '[2001:db8::7]:443', 'fe80::1%eth0', '::ffff:203.0.113.7', 'unknown'])(
    'X-Forwarded-For: %.30s breaks no request', async (forwarded) => {
      const owner = await register(api);
      const signed = await signIn(owner, device('Navegador/1.0', forwarded));
      const answer = await api.request('GET', '/auth/sessions', undefined, { ...bearer(signed.access_token), 'x-forwarded-for': forwarded });
      expect(answer.status).toBe(200);
      const { ip } = answer.body.find(({ actual }: any) => actual);
      expect([null, '127.0.0.1', 'fe80::1', '::ffff:203.0.113.7', '203.0.113.7', '2001:db8::7']).toContain(ip); // without the port
    });

  test('takes any program’s name, cut to what is kept', async () => {
    const owner = await register(api);
    const signed = await signIn(owner, { 'user-agent': `${'ñ'.repeat(200)}${"'\\\u0080"}${'x'.repeat(2000)}` });
    const [{ agente }] = await sessions(signed.access_token);
    expect(agente).toHaveLength(300);
  });

  test('from a server that believes no proxy shows who really called', async () => {
    const direct = await startApi({}, api);
    const email = `${unique('directo')}@example.com`;
    const { token } = await register(direct, { email });
    const { body } = await direct.request('POST', '/auth/login', { email, password: PASSWORD }, { 'x-forwarded-for': '203.0.113.7' });
    const list = await direct.request('GET', '/auth/sessions', undefined, bearer(body.access_token));
    await direct.close();
    expect([token.length > 0, list.body.map(({ ip }: any) => ip)]).toEqual([true, ['127.0.0.1', '127.0.0.1']]);
  });
});

describe('a renewal at the moment of the end', () => {
  test('with logout-all: afterwards no token of the account works', async () => {
    for (let round = 0; round < 20; round++) {
      const owner = await register(api);
      const signed = [await signIn(owner), await signIn(owner)];
      const [ended, ...renewed] = await Promise.all([owner.request('POST', '/auth/logout-all'), ...signed.map(({ refresh_token }) => renew(refresh_token))]);
      expect([round, ended.status]).toEqual([round, 204]);
      await expectEnded(...renewed.filter(({ status }) => status === 200).map(({ body }) => body), ...signed);
      expect(await sessions((await signIn(owner)).access_token)).toHaveLength(1);
    }
  }, 60_000);

  test('with one that was under way and committed first: what it issued is ended too', async () => {
    const owner = await register(api);
    await linkTo(api, owner.cuenta.email, 'verificar'); // what is written for that would wait for the account too
    // The renewal has used its token and waits to insert the next one; the end waits for it, and has not seen that row.
    const [renewed, ended] = await overtaken(
      api, 'select from usuarios where id = $1 for update', [owner.cuenta.usuario_id], () => renew(owner.refresh_token), () => owner.request('POST', '/auth/logout-all'));
    expect([renewed.status, ended.status]).toEqual([200, 204]);
    await expectEnded(renewed.body, { access_token: owner.token, refresh_token: owner.refresh_token });
  });

  test('with a change of password: the session that changed it is the only one left', async () => {
    for (let round = 0; round < 5; round++) {
      const owner = await register(api);
      const signed = [await signIn(owner), await signIn(owner)];
      const change = owner.request('PUT', '/auth/password', { password_actual: PASSWORD, password_nueva: NEW });
      const later = async (refresh_token: string): Promise<Signed[]> => {
        const all: Signed[] = [];
        for (let next: Answer = await renew(refresh_token); next.status === 200 && all.length < 50; next = await renew(next.body.refresh_token)) all.push(next.body);
        return all;
      };
      const [ended, ...chains] = await Promise.all([change, ...signed.map(({ refresh_token }) => later(refresh_token))]);
      expect(ended.status).toBe(204);
      for (const { access_token } of [...signed, ...chains.flat()]) expect(await statusOf(access_token)).toBe(401);
      await expectAlive({ access_token: owner.token, refresh_token: owner.refresh_token });
    }
  }, 60_000);

  test('with logout of one session: afterwards no token of that one works', async () => {
    for (let round = 0; round < 20; round++) {
      const owner = await register(api);
      const [ended, renewed] = await Promise.all([api.request('POST', '/auth/logout', { refresh_token: owner.refresh_token }), renew(owner.refresh_token)]);
      expect(ended.status).toBe(204);
      await expectEnded(...(renewed.status === 200 ? [renewed.body] : []), { access_token: owner.token, refresh_token: owner.refresh_token });
    }
  }, 60_000);

  test('with the deactivation of the account', async () => {
    for (let round = 0; round < 10; round++) {
      const owner = await register(api);
      const client = await registerClient(api, owner);
      const [ended, renewed] = await Promise.all([owner.request('PATCH', `/users/${client.cuenta.usuario_id}`, { activo: false }), renew(client.refresh_token)]);
      expect(ended.status).toBe(200);
      await owner.request('PATCH', `/users/${client.cuenta.usuario_id}`, { activo: true });
      await expectEnded(...(renewed.status === 200 ? [renewed.body] : []), { access_token: client.token, refresh_token: client.refresh_token });
    }
  }, 60_000);
});
