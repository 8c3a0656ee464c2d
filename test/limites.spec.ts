import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../src/config.js';
import { networkOf } from '../src/limits/address.js';
import { Limits } from '../src/limits/limits.service.js';
import { PASSWORD, register, registerClient, SECRETS, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { query } from './checks.js';
import { conFactura } from './facturas-kit.js';

const from = (address: string) => ({ 'x-forwarded-for': address });
/** Each caller has an address of its own, as behind a proxy. */
const PROXY = { TRUST_PROXY: 'loopback' };
const quota = ({ headers }: Answer) => ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`ratelimit-${name}`)));
const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
const count = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status).length;
const login = (api: Api, email: string, password: string, address: string) => api.request('POST', '/auth/login', { email, password }, from(address));
const wrong = (api: Api, email: string, address: string) => login(api, email, 'no-es-esta-clave', address);

/** Runs with an application of its own, closed whatever happens. */
async function withApi(env: NodeJS.ProcessEnv, work: (api: Api) => Promise<void>, shared?: Api) {
  const api = await startApi({ ...PROXY, ...env }, shared);
  try {
    await work(api);
  } finally {
    await api.close();
  }
}

describe('per address', () => {
  test('a limit tells what is left, refuses with a problem, and is whole again after its window', () =>
    withApi({ LIMIT_IP: '3/3s' }, async (api) => {
      const first = await api.request('GET', '/health/live');
      expect([first.status, ...quota(first)]).toEqual([200, 3, 2, 3]);
      await api.request('GET', '/auth/me');
      const missing = await api.request('GET', '/no-such-path');
      expect([missing.status, quota(missing)[1]]).toEqual([404, 0]);

      const refused = await api.request('GET', '/health/live', undefined, { 'accept-language': 'en', origin: 'https://x.example' });
      expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'application/problem+json; charset=utf-8']);
      const wait = Number(refused.headers.get('retry-after'));
      expect(refused.body).toEqual({
        type: 'urn:franja:problem:demasiadas_solicitudes', title: `Too many requests. Retry in ${wait} seconds.`, status: 429,
        codigo: 'demasiadas_solicitudes', instance: refused.headers.get('x-request-id'),
      });
      expect([1, 2, 3]).toContain(wait);
      expect(quota(refused)).toEqual([3, 0, wait]);
      expect((await api.request('GET', '/health/live', undefined, from('198.51.100.7'))).status).toBe(200);
      await sleep(3_100);
      expect((await api.request('GET', '/health/live')).status).toBe(200);
    }));

  test('X-Forwarded-For is believed from a trusted proxy only', async () => {
    const ask = async (api: Api) => statuses(await Promise.all(['1', '2', '3'].map((n) => api.request('GET', '/health/live', undefined, from(`198.51.100.${n}`)))));
    await withApi({ LIMIT_IP: '1/1m', TRUST_PROXY: 'off' }, async (api) => expect((await ask(api)).sort()).toEqual([200, 429, 429]));
    await withApi({ LIMIT_IP: '1/1m', TRUST_PROXY: '10.0.0.0/8' }, async (api) => expect((await ask(api)).sort()).toEqual([200, 429, 429]));
    await withApi({ LIMIT_IP: '1/1m', TRUST_PROXY: 'loopback' }, async (api) => expect(await ask(api)).toEqual([200, 200, 200]));
    // What the client itself wrote stands left of what the proxy added.
    await withApi({ LIMIT_IP: '1/1m' }, async (api) => {
      const forged = ['1.1.1.1', '2.2.2.2'].map((invented) => api.request('GET', '/health/live', undefined, from(`${invented}, 198.51.100.9`)));
      expect(statuses(await Promise.all(forged)).sort()).toEqual([200, 429]);
    });
  });

  test('the port that some proxies forward beside an address makes no other of it, nor does what is no address', async () => {
    const written = ['198.51.100.9:4001', '198.51.100.9:4002', '198.51.100.9', '[2001:db8::1]:443', '[2001:db8::1]:444', '2001:db8::2', 'unknown', '_hidden', '1.2.3:9'];
    await withApi({ LIMIT_IP: '1/1m' }, async (api) => {
      const answers: number[] = [];
      for (const address of written) answers.push((await api.request('GET', '/health/live', undefined, from(address))).status);
      expect(answers).toEqual([200, 429, 429, 200, 429, 429, 200, 429, 429]);
    });
    // Nor are all people one, whom anybody's wrong guesses would pause.
    await withApi({ LIMIT_LOGIN: '2/1m' }, async (api) => {
      const { cuenta } = await register(api);
      for (const port of [1, 2]) await wrong(api, cuenta.email, `203.0.113.66:400${port}`);
      expect((await wrong(api, cuenta.email, '203.0.113.66:4003')).status).toBe(429);
      expect((await login(api, cuenta.email, PASSWORD, '198.51.100.9:4001')).status).toBe(200);
    });
  });

  test('an IPv6 customer is a /64', () => {
    expect(['2001:db8:1:2:3:4:5:6', '2001:DB8:1:2::9', '2001:0db8:0001:0002::'].map(networkOf)).toEqual(Array(3).fill('2001:db8:1:2::/64'));
    expect(['::1', 'fe80::1%eth0', '::ffff:203.0.113.5', '203.0.113.5'].map(networkOf)).toEqual(['0:0:0:0::/64', 'fe80:0:0:0::/64', '203.0.113.5', '203.0.113.5']);
  });

  test('instances share it within seconds', () =>
    withApi({ LIMIT_IP: '6/1m' }, (first) =>
      withApi({ LIMIT_IP: '6/1m' }, async (second) => {
        const ask = (api: Api) => api.request('GET', '/health/live', undefined, from('198.51.100.20'));
        for (let i = 0; i < 6; i++) expect((await ask(first)).status).toBe(200);
        const answers: number[] = [];
        while (answers.length < 6 && answers.at(-1) !== 429) {
          answers.push((await ask(second)).status);
          await sleep(500);
        }
        expect(answers.at(-1)).toBe(429); // alone it would have admitted six
      }, first)));
});

describe('per account', () => {
  test('counts the account from every address and with every token, and no other account', () =>
    withApi({ LIMIT_USER: '4/1m' }, async (api) => {
      const owner = await register(api);
      const client = await registerClient(api, owner);
      const me = (member: Member, address: string) => member.request('GET', '/auth/me', undefined, from(address));
      const again = await login(api, owner.cuenta.email, PASSWORD, '198.51.100.1');
      const other: Member = { ...owner, request: (method, path) => api.request(method, path, undefined, { authorization: `Bearer ${again.body.access_token}` }) };
      expect(quota(await me(owner, '198.51.100.1'))).toEqual([4, 3, 60]);
      expect(statuses([await me(owner, '198.51.100.2'), await me(other, ''), await me(owner, '198.51.100.3')])).toEqual([200, 200, 200]);
      const refused = await me(owner, '198.51.100.4');
      expect([refused.status, refused.body.codigo]).toEqual([429, 'demasiadas_solicitudes']);
      expect((await me(other, '')).status).toBe(429);
      expect((await me(client, '198.51.100.1')).status).toBe(200);
      expect((await api.request('GET', '/health/live', undefined, from('198.51.100.1'))).status).toBe(200);
    }));

  test('a refused role counts too', () =>
    withApi({ LIMIT_USER: '2/1m' }, async (api) => {
      const client = await registerClient(api, await register(api));
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await client.request('GET', '/clients'));
      expect(statuses(answers)).toEqual([403, 403, 429]);
    }));
});

describe('what makes us write to people', () => {
  const off = { LIMIT_IP: '0', LIMIT_USER: '0' };

  test('of a client counts whatever they write, in the business that they write to, and nothing that they read', () =>
    withApi({ ...off, LIMIT_CLIENT: '3/1h' }, async (api) => {
      const owner = await register(api);
      const [client, other] = [await registerClient(api, owner), await registerClient(api, owner)];
      const write = ({ request }: Member, address: string) => request('PATCH', '/clients/me', { direccion: address }, from(address));
      const answers = [];
      for (let i = 1; i < 5; i++) answers.push(await write(client, `198.51.100.${i}`));
      expect(statuses(answers)).toEqual([200, 200, 200, 429]);
      expect(quota(answers[0])).toEqual([3, 2, 3600]);
      expect(statuses([await client.request('GET', '/clients/me'), await client.request('HEAD', '/clients/me'), await write(other, '198.51.100.1')])).toEqual([200, 200, 200]);
      for (let i = 0; i < 5; i++) expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).status).toBe(201);
    }));

  test('invitations are counted for the organisation, whoever they go to', () =>
    withApi({ ...off, LIMIT_INVITATION: '3/1h' }, async (api) => {
      const [owner, other] = [await register(api), await register(api)];
      const invite = ({ request }: Member) => request('POST', '/users/invitations', { nombre: 'Eva', email: `${unique('eva')}@example.com`, rol: 'empleado', canal: 'email' });
      const answers = await Promise.all(Array.from({ length: 5 }, () => invite(owner)));
      expect([count(answers, 201), count(answers, 429)]).toEqual([3, 2]);
      expect((await invite(other)).status).toBe(201);
    }));

  test('one e-mail or phone is written to four times as often by all businesses together as by one', () =>
    withApi({ ...off, LIMIT_CODE: '2/1h' }, async (api) => {
      const owners = [];
      for (let i = 0; i < 4; i++) owners.push(await register(api));
      const email = `${unique('ajeno')}@example.com`;
      const answers = [];
      for (const owner of owners.slice(0, 3)) {
        for (let i = 0; i < 3; i++) answers.push((await api.request('POST', '/auth/code', { codigo_tenant: owner.cuenta.codigo_tenant, email })).status);
      }
      expect(answers.map((status) => status === 429)).toEqual([false, false, true, false, false, true, false, false, true]);
      const invite = ({ request }: Member) => request('POST', '/users/invitations', { nombre: 'Eva', email, rol: 'empleado', canal: 'email' });
      expect(statuses([await invite(owners[3]), await invite(owners[3])])).toEqual([201, 201]);
      expect(statuses([await invite(owners[2]), await api.request('POST', '/auth/code', { codigo_tenant: owners[3].cuenta.codigo_tenant, email })])).toEqual([429, 429]);
      expect((await owners[2].request('POST', '/users/invitations', { nombre: 'Eva', email: `${unique('otra')}@example.com`, rol: 'empleado', canal: 'email' })).status).toBe(201);
    }));

  test('the proof of an e-mail is asked for no more often than codes are', () =>
    withApi({ ...off, LIMIT_CODE: '2/1h' }, async (api) => {
      const { request } = await register(api);
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await request('POST', '/auth/email/verification'));
      expect(statuses(answers)).toEqual([204, 204, 429]);
    }));

  test('an invoice is sent no more often than codes are, whichever e-mail its organisation says it has by then', () =>
    withApi({ ...off, LIMIT_CODE: '2/1h' }, async (api) => {
      const owner = await conFactura(api);
      const answers = [];
      for (let i = 0; i < 3; i++) {
        await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { email_admin: `${unique('ajeno')}@example.com` });
        answers.push(await owner.request('POST', `/billing/invoices/${owner.factura.id}/send`));
      }
      expect(statuses(answers)).toEqual([204, 204, 429]);
    }));
});

describe('under /auth', () => {
  test('two instances admit together what one would, even in parallel, and a restart forgets nothing', () =>
    withApi({ LIMIT_AUTH: '10/1m' }, async (first) => {
      const refresh = (api: Api, address = '198.51.100.30') => api.request('POST', '/auth/refresh', { refresh_token: 'x' }, from(address));
      await withApi({ LIMIT_AUTH: '10/1m' }, async (second) => {
        const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => refresh(i % 2 ? first : second)));
        expect([count(answers, 401), count(answers, 429)]).toEqual([10, 50]);
        expect((await second.request('GET', '/health/live', undefined, from('198.51.100.30'))).status).toBe(200);
        expect((await refresh(second, '198.51.100.31')).status).toBe(401);
      }, first);
      await withApi({ LIMIT_AUTH: '10/1m' }, async (restarted) => {
        const refused = await refresh(restarted);
        expect([refused.status, ...quota(refused).slice(0, 2)]).toEqual([429, 10, 0]);
        expect(quota(await refresh(restarted, '198.51.100.31')).slice(0, 2)).toEqual([10, 8]);
      }, first);
    }));

  test('registering has a limit of its own', () =>
    withApi({ LIMIT_AUTH: '100/1m', LIMIT_REGISTER: '2/3s' }, async (api) => {
      const owner = await register(api);
      await registerClient(api, owner);
      const refused = await api.request('POST', '/auth/register-organization', {});
      expect([refused.status, ...quota(refused).slice(0, 2)]).toEqual([429, 2, 0]);
      expect((await login(api, owner.cuenta.email, PASSWORD, '127.0.0.1')).status).toBe(200);
      await sleep(3_100);
      expect((await api.request('POST', '/auth/register-organization', {})).status).toBe(400);
    }));

  test('the table names nobody; what has expired is not counted, and is deleted', () =>
    withApi({ LIMIT_AUTH: '2/1m', LIMIT_LOGIN: '5/1h', LIMIT_ACCOUNT: '20/15m' }, async (api) => {
      const { cuenta } = await register(api);
      await wrong(api, cuenta.email, '198.51.100.40');
      const rows = await query(api, 'select * from limites');
      expect(rows.length).toBeGreaterThanOrEqual(3);
      expect(JSON.stringify(rows)).not.toMatch(/198\.51|127\.0|example|@/);
      for (const { clave } of rows) expect(clave).toMatch(/^[\w-]{22}$/);
      await query(api, "update limites set vence_en = now() - interval '1 second'");
      expect(quota(await wrong(api, cuenta.email, '198.51.100.40')).slice(0, 2)).toEqual([2, 1]);
      await query(api, "insert into limites (clave, cuenta, vence_en) values (repeat('x', 22), 1, now() - interval '1 second')");
      await Promise.all([1, 2, 3].map(() => api.app.get(Limits).clean()));
      expect(await query(api, 'select count(*) as live, count(*) filter (where vence_en < now()) as expired from limites')).toEqual([{ live: '3', expired: '0' }]);
    }));
});

describe('sign-in', () => {
  const LOGIN = { LIMIT_LOGIN: '5/1h', LIMIT_ACCOUNT: '20/15m' };

  test('the change of password is no way around them: guesses of the old one count alike', () =>
    withApi(LOGIN, async (api) => {
      const owner = await register(api);
      const change = (password_actual: string) => owner.request('PUT', '/auth/password', { password_actual, password_nueva: 'otra-frase-muy-larga' });
      const guesses = [];
      for (let i = 0; i < 7; i++) guesses.push(await change(`no-es-esta-${i}`));
      expect(statuses(guesses)).toEqual([401, 401, 401, 401, 401, 429, 429]);
      expect((await change(PASSWORD)).status).toBe(429);
      expect((await owner.request('GET', '/auth/me')).status).toBe(200);
    }));
  const pass = (api: Api, seconds: number) =>
    query(api, `update limites set bloqueada_hasta = bloqueada_hasta - make_interval(secs => $1), vence_en = vence_en - make_interval(secs => $1)`, [seconds]);

  test('of 100 wrong passwords at once over two instances, five are looked at; then each pause is twice the last', () =>
    withApi(LOGIN, (first) =>
      withApi(LOGIN, async (second) => {
        const { cuenta } = await register(first);
        const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => wrong(i % 2 ? first : second, cuenta.email, '203.0.113.1')));
        expect([count(answers, 401), count(answers, 429)]).toEqual([5, 95]);
        // The right password waits too: a guess that hits must not be told from one that misses.
        const waiting = await login(first, cuenta.email, PASSWORD, '203.0.113.1');
        expect([waiting.status, waiting.body.codigo]).toEqual([429, 'demasiadas_solicitudes']);
        const pauses = [Number(waiting.headers.get('retry-after'))];
        for (let i = 0; i < 6; i++) {
          await pass(first, pauses.at(-1)!);
          expect((await wrong(first, cuenta.email, '203.0.113.1')).status).toBe(401);
          pauses.push(Number((await wrong(second, cuenta.email, '203.0.113.1')).headers.get('retry-after')));
        }
        for (const [i, most] of [30, 60, 120, 240, 480, 900, 900].entries()) expect(pauses[i] > most - 10 && pauses[i] <= most).toBe(true);
        await pass(first, pauses.at(-1)!);
        expect((await login(first, cuenta.email, PASSWORD, '203.0.113.1')).status).toBe(200);
        const after = [];
        for (let i = 0; i < 6; i++) after.push(await wrong(first, cuenta.email, '203.0.113.1'));
        expect(statuses(after)).toEqual([401, 401, 401, 401, 401, 429]); // a right one cleared the pair
      }, first)));

  test('an account that does not exist answers alike', () =>
    withApi(LOGIN, async (api) => {
      const { cuenta } = await register(api);
      const attack = async (email: string, address: string) => {
        const answers = [];
        for (let i = 0; i < 7; i++) answers.push(await wrong(api, email, address));
        return answers.map(({ status, body, headers }) => ({
          status, ...body, instance: '', title: body.title.replace(/\d+/, 'N'), remaining: headers.get('ratelimit-remaining'), names: [...headers.keys()].sort().join(),
        }));
      };
      expect(await attack(`${unique('nadie')}@example.com`, '203.0.113.2')).toEqual(await attack(cuenta.email, '203.0.113.3'));
    }));

  test('whoever is attacked signs in: from elsewhere while one network attacks, from a known one while many do', () =>
    withApi(LOGIN, async (api) => {
      const { cuenta } = await register(api);
      const attackers = (n: number) => Array.from({ length: n }, (_, i) => `203.0.113.${i + 10}`);
      for (let i = 0; i < 12; i++) await wrong(api, cuenta.email, '203.0.113.9');
      expect((await wrong(api, cuenta.email, '203.0.113.9')).status).toBe(429);
      expect((await login(api, cuenta.email, PASSWORD, '192.0.2.1')).status).toBe(200); // from here on known

      const answers = await Promise.all(attackers(40).flatMap((address) => [wrong(api, cuenta.email, address), wrong(api, cuenta.email, address)]));
      expect(count(answers, 401)).toBe(15); // 20 an account and window, 5 of them used above
      expect(count(answers, 429)).toBe(65);
      const stranger = await login(api, cuenta.email, PASSWORD, '192.0.2.99');
      expect([stranger.status, Number(stranger.headers.get('retry-after')) <= 900]).toEqual([429, true]);
      for (let i = 0; i < 3; i++) expect((await login(api, cuenta.email, PASSWORD, '192.0.2.1')).status).toBe(200);
      expect((await wrong(api, cuenta.email, '192.0.2.1')).status).toBe(401);
      await pass(api, 900);
      expect((await login(api, cuenta.email, PASSWORD, '192.0.2.99')).status).toBe(200);
    }));

  test('an account of one\'s own under the e-mail of another buys no guesses', () =>
    withApi(LOGIN, async (api) => {
      const { cuenta: victim } = await register(api);
      const { cuenta: own } = await register(api, { email: victim.email, password: 'la-del-atacante-7' });
      for (const [codigo_tenant, address] of [[undefined, '203.0.113.5'], [victim.codigo_tenant, '203.0.113.6']]) {
        const guess = (password: string, codigo_tenant?: string) => api.request('POST', '/auth/login', { email: victim.email, password, codigo_tenant }, from(address));
        const answers = [];
        for (let i = 0; i < 6; i++) {
          answers.push((await guess('no-es-esta-clave', codigo_tenant)).status);
          if (i < 4) expect((await guess('la-del-atacante-7', codigo_tenant && own.codigo_tenant)).status).toBe(200);
        }
        expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
      }
      expect((await login(api, victim.email, PASSWORD, '192.0.2.1')).status).toBe(200);
    }));

  test('guesses with and without codigo_tenant are guesses at one account', () =>
    withApi(LOGIN, async (api) => {
      const { cuenta } = await register(api);
      const guess = (i: number, address: string) =>
        api.request('POST', '/auth/login', { email: cuenta.email, password: `no-es-esta-${i}`, codigo_tenant: i % 2 ? cuenta.codigo_tenant : undefined }, from(address));
      const answers = [];
      for (let i = 0; i < 12; i++) answers.push(await guess(i, '203.0.113.7'));
      expect(statuses(answers)).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
      // And from many addresses: twenty of the account, five of them used above.
      const many = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i, `198.51.100.${i + 100}`)));
      expect([count(many, 401), count(many, 429)]).toEqual([15, 25]);
    }));

  test('with a codigo_tenant a right password clears the guesses only of somebody who has no other account', () =>
    withApi(LOGIN, async (api) => {
      const { cuenta: first } = await register(api);
      const signIn = (password: string, codigo_tenant?: string) => api.request('POST', '/auth/login', { email: first.email, password, codigo_tenant }, from('203.0.113.8'));
      const round = async (codigo_tenant?: string) => {
        const answers = [];
        for (let i = 0; i < 4; i++) answers.push((await signIn('no-es-esta-clave', codigo_tenant)).status);
        return [...answers, (await signIn(PASSWORD, codigo_tenant)).status];
      };
      for (let i = 0; i < 3; i++) expect(await round(first.codigo_tenant)).toEqual([401, 401, 401, 401, 200]);
      const { cuenta: second } = await register(api, { email: first.email, password: 'la-de-otro-negocio-7' });
      expect(await round(first.codigo_tenant)).toEqual([401, 401, 401, 401, 200]);
      expect((await signIn('no-es-esta-clave', second.codigo_tenant)).status).toBe(401);
      expect((await signIn(PASSWORD, first.codigo_tenant)).status).toBe(429);
    }));

  test('an attack on one account pauses no other of the same network', () =>
    withApi(LOGIN, async (api) => {
      const [victim, colleague] = [await register(api), await register(api)];
      for (let i = 0; i < 6; i++) await wrong(api, victim.cuenta.email, '203.0.113.4');
      expect((await wrong(api, ` ${victim.cuenta.email.toUpperCase()} `, '203.0.113.4')).status).toBe(429);
      expect((await login(api, colleague.cuenta.email, PASSWORD, '203.0.113.4')).status).toBe(200);
    }));
});

describe('configuration', () => {
  const env = { ...SECRETS, TRUST_PROXY: 'off', APP_DATABASE_URL: 'postgres://localhost/x' };

  test('limits are off outside production and on in it; 0 turns one off', () => {
    expect(Object.values(readConfig(env).limits).filter(Boolean)).toEqual([]);
    expect(readConfig({ ...env, NODE_ENV: 'production', LIMIT_USER: '0' }).limits).toEqual({
      ip: { max: 600, seconds: 60 }, inbound: { max: 6000, seconds: 60 }, user: undefined, client: { max: 60, seconds: 3600 }, key: { max: 600, seconds: 60 }, auth: { max: 20, seconds: 60 }, register: { max: 20, seconds: 3600 }, login: { max: 5, seconds: 3600 },
      account: { max: 20, seconds: 900 }, code: { max: 5, seconds: 3600 }, invitation: { max: 100, seconds: 3600 },
    });
  });

  test.each([{ LIMIT_IP: '600' }, { LIMIT_AUTH: '0/1m' }, { LIMIT_LOGIN: '5/0m' }, { LIMIT_USER: '-1/1m' }, { TRUST_PROXY: 'true' }, { TRUST_PROXY: '1' }, { TRUST_PROXY: '10.0.0.0/8,x' }])(
    'refuses %j', (wrongly) => expect(() => readConfig({ ...env, ...wrongly })).toThrow(Object.keys(wrongly)[0]));
});
