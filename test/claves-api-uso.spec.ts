// API keys: what one answers that no longer serves, and what one leaves behind.
import { KeyUse } from '../src/database/key-use.js';
import { nextWeekday, openShop, register, startApi, type Api, type Shop } from './api.js';
import { query } from './checks.js';
import { ALL, newKey, withKey, type Key } from './claves.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('a key that does not serve', () => {
  const clients = async (clave: string) => {
    const answers = [await withKey(api, clave)('GET', '/clients'), await api.request('GET', '/clients', undefined, { authorization: `Bearer ${clave}` })];
    return answers.map(({ status, body }) => [status, body.codigo]);
  };
  const REFUSED = [[401, 'no_autenticado'], [401, 'no_autenticado']];
  const SERVED = [[200, undefined], [200, undefined]];

  test('is 401 in every form it can be wrong in, in both headers', async () => {
    const owner = await register(api);
    const other = await register(api);
    const { clave } = await newKey(api, owner);
    expect(await clients(clave)).toEqual(SERVED);
    const [head, secret] = [clave.slice(0, -43), clave.slice(-43)];
    const wrong = {
      'of another organisation': clave.replace(`_${owner.cuenta.organizacion_id}_`, `_${other.cuenta.organizacion_id}_`),
      'of no organisation': clave.replace(`_${owner.cuenta.organizacion_id}_`, '_999999999999999_'),
      'beyond bigint': clave.replace(`_${owner.cuenta.organizacion_id}_`, '_99999999999999999999_'),
      'a zero before': clave.replace('frj_', 'frj_0'),
      truncated: clave.slice(0, -1),
      longer: `${clave}A`,
      'in capitals': clave.toUpperCase(),
      'its prefix': clave.slice(0, -37),
      'without a secret': head,
      'the secret alone': secret,
      'with quotes': `${head}${"'".repeat(43)}`,
      '10 KB': head + secret.repeat(240),
      'as a token': `${clave}.${clave}.${clave}`,
    };
    for (const [how, sent] of Object.entries(wrong)) expect([how, await clients(sent)]).toEqual([how, REFUSED]);
    for (const at of [0, 21, 42]) {
      const changed = secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
      expect(await clients(head + changed)).toEqual(REFUSED);
    }
    expect(await clients(clave)).toEqual(SERVED);
  });

  test('names its organisation: the same hash in another one opens nothing there', async () => {
    const [mine, theirs] = [await register(api), await register(api)];
    const { clave } = await newKey(api, mine);
    const { usuario_id } = await newKey(api, theirs);
    // The same hash under the other tenant changes nothing for the first, and the number in the key decides.
    await query(api, 'update claves_api c set secreto_hash = m.secreto_hash from claves_api m where c.usuario_id = $1 and m.organizacion_id = $2', [usuario_id, mine.cuenta.organizacion_id]);
    expect((await withKey(api, clave)('GET', `/organizations/${mine.cuenta.organizacion_id}`)).status).toBe(200);
    expect((await withKey(api, clave)('GET', `/organizations/${theirs.cuenta.organizacion_id}`)).status).toBe(404);
  });

  test('revoked: from the next request, for ever, and twice is once', async () => {
    const owner = await register(api);
    const { id, clave } = await newKey(api, owner);
    expect((await owner.request('DELETE', `/api-keys/${id}`)).status).toBe(204);
    expect(await clients(clave)).toEqual(REFUSED);
    const { body } = await owner.request('GET', `/api-keys/${id}`);
    expect((await owner.request('DELETE', `/api-keys/${id}`)).status).toBe(204);
    expect((await owner.request('GET', `/api-keys/${id}`)).body).toEqual(body);
    expect([body.vigente, Date.parse(body.revocada_en) <= Date.now()]).toEqual([false, true]);
    for (const answer of [await owner.request('POST', `/api-keys/${id}/rotate`, {}), await owner.request('PATCH', `/api-keys/${id}`, { nombre: 'otra' }), await owner.request('PATCH', `/api-keys/${id}`, { permisos: ['citas:read'] })])
      expect([answer.status, answer.body.codigo]).toEqual([409, 'clave_revocada']);
    expect((await owner.request('GET', `/api-keys/${id}`)).body).toEqual(body);
  });

  test('expired: by the real clock, and served again when that is put off', async () => {
    const owner = await register(api);
    const { id, clave, request } = await newKey(api, owner, { expira_en: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await request('GET', '/clients', undefined, { 'x-franja-now': '2099-01-01T00:00:00Z' })).status).toBe(200);
    await query(api, "update claves_api set creado_en = now() - interval '2 days', expira_en = now() - interval '1 second' where id = $1", [id]);
    expect(await clients(clave)).toEqual(REFUSED);
    expect((await request('GET', '/clients', undefined, { 'x-franja-now': '2020-01-01T00:00:00Z' })).status).toBe(401);
    expect((await owner.request('GET', `/api-keys/${id}`)).body.vigente).toBe(false);
    expect((await owner.request('PATCH', `/api-keys/${id}`, { expira_en: null })).body).toMatchObject({ vigente: true, expira_en: null });
    expect(await clients(clave)).toEqual(SERVED);
  });

  test('its user deactivated, its organisation deactivated: until they are active again', async () => {
    const owner = await register(api);
    const { usuario_id, clave } = await newKey(api, owner);
    for (const [table, id] of [['usuarios', usuario_id], ['organizaciones', owner.cuenta.organizacion_id]]) {
      await query(api, `update ${table} set activo = false where id = $1`, [id]);
      expect(await clients(clave)).toEqual(REFUSED);
      await query(api, `update ${table} set activo = true where id = $1`, [id]);
      expect(await clients(clave)).toEqual(SERVED);
    }
  });

  test('revoked while 40 requests at a time use it: those that begin after the answer are all 401, and none is 5xx', async () => {
    const owner = await register(api);
    const { id, request } = await newKey(api, owner);
    let revoked = false;
    const late: number[] = [];
    const all: number[] = [];
    const use = async () => {
      for (let i = 0; i < 8; i++) {
        const after = revoked;
        const { status } = i % 2 ? await request('GET', '/clients') : await request('POST', '/clients', { nombre: 'Paralelo' });
        all.push(status);
        if (after) late.push(status);
      }
    };
    const revoke = async () => {
      await request('GET', '/clients');
      expect((await owner.request('DELETE', `/api-keys/${id}`)).status).toBe(204);
      revoked = true;
    };
    await Promise.all([...Array.from({ length: 40 }, use), revoke()]);
    await use();
    expect(all.filter((status) => ![200, 201, 401].includes(status))).toEqual([]);
    expect(late.length).toBeGreaterThanOrEqual(8);
    expect(late.filter((status) => status !== 401)).toEqual([]);
  });
});

describe('rotation', () => {
  test('without grace the former secret ends at once; with it both serve, and a second rotation ends the oldest, or both', async () => {
    const owner = await register(api);
    const first = await newKey(api, owner);
    const rotate = async (body: unknown) => {
      const answer = await owner.request('POST', `/api-keys/${first.id}/rotate`, body);
      expect(answer.status).toBe(201);
      return answer.body;
    };
    const serves = async (...claves: string[]) => Promise.all(claves.map(async (clave) => (await withKey(api, clave)('GET', '/clients')).status));
    const second = await rotate({});
    expect([second.id, second.usuario_id, second.anterior_hasta]).toEqual([first.id, first.usuario_id, null]);
    expect(second.clave.startsWith(second.prefijo)).toBe(true);
    expect(await serves(first.clave, second.clave)).toEqual([401, 200]);
    const third = await rotate({ minutos_gracia: 10 });
    expect(Math.abs(Date.parse(third.anterior_hasta) - Date.now() - 600_000)).toBeLessThan(60_000);
    expect(await serves(first.clave, second.clave, third.clave)).toEqual([401, 200, 200]);
    const fourth = await rotate({ minutos_gracia: 1440 });
    expect(await serves(second.clave, third.clave, fourth.clave)).toEqual([401, 200, 200]);
    await query(api, "update claves_api set anterior_hasta = now() - interval '1 second' where id = $1", [first.id]);
    expect(await serves(third.clave, fourth.clave)).toEqual([401, 200]);
    const [fifth, sixth] = [await rotate({ minutos_gracia: 5 }), await rotate({})];
    expect(await serves(fourth.clave, fifth.clave, sixth.clave)).toEqual([401, 401, 200]);
    const seventh = await rotate({ minutos_gracia: 5 });
    await owner.request('DELETE', `/api-keys/${first.id}`);
    expect(await serves(sixth.clave, seventh.clave)).toEqual([401, 401]);
  });

  test('twenty at once leave one key that serves, and none that was not answered; who came too late is told', async () => {
    const owner = await register(api);
    const { id } = await newKey(api, owner);
    const answers = await Promise.all(Array.from({ length: 20 }, () => owner.request('POST', `/api-keys/${id}/rotate`, {})));
    const rotated = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status, body }) => status === 409 && body.codigo === 'rotacion_simultanea').length).toBe(20 - rotated.length);
    const served = await Promise.all(rotated.map(async ({ body }) => (await withKey(api, body.clave)('GET', '/clients')).status));
    expect(served.filter((status) => status === 200).length).toBe(1);
  });
});

describe('what a key leaves', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(api);
  });

  test('its user is no person: not listed, not changed, not linked, and nothing to sign in with', async () => {
    const { usuario_id } = await newKey(api, shop);
    const before = (await shop.request('GET', '/users')).body.elementos.map((user: any) => user.id);
    expect(before).toEqual([shop.cuenta.usuario_id]);
    expect((await shop.request('GET', `/users/${usuario_id}`)).status).toBe(404);
    expect((await shop.request('PATCH', `/users/${usuario_id}`, { nombre: 'x' })).status).toBe(404);
    expect((await shop.request('PATCH', `/users/${usuario_id}`, {})).status).toBe(404);
    const linked = await shop.request('PATCH', `/professionals/${shop.profesional.id}`, { usuario_id });
    expect([linked.status, linked.body.codigo]).toEqual([400, 'referencia_invalida']);
    expect(await query(api, 'select email, telefono, password_hash, es_clave_api from usuarios where id = $1', [usuario_id])).toEqual([
      { email: null, telefono: null, password_hash: null, es_clave_api: true },
    ]);
    await expect(query(api, "update usuarios set email = 'a@example.com' where id = $1", [usuario_id])).rejects.toMatchObject({ constraint: 'usuarios_identificados' });
    await expect(query(api, "update usuarios set rol = 'admin' where id = $1", [usuario_id])).rejects.toMatchObject({ constraint: 'usuarios_identificados' });
  });

  test('one for hours is told which citas these leave outside, and whose only if it may read them', async () => {
    const a = await openShop(api);
    const slot = { profesional_id: a.profesional.id, servicio_id: a.servicio.id, cliente_id: a.cliente.id, fecha_cita: nextWeekday(3, 7), hora_inicio: '10:00' };
    const { body: cita } = await a.request('POST', '/appointments', slot);
    const told = async (permisos: string[]) => {
      const { request } = await newKey(api, a, { rol: 'propietario', permisos });
      const { body } = await request('PUT', `/schedules/week/${a.profesional.id}`, { horas: [] });
      return body.citas_en_conflicto.map((one: any) => [one.id, one.cliente_id, one.cliente_nombre, one.cliente_telefono]);
    };
    expect(await told(['horarios:write'])).toEqual([[cita.id, a.cliente.id, null, null]]);
    expect(await told(['horarios:write', 'citas:read'])).toEqual([[cita.id, a.cliente.id, 'María Muñoz', '+573001234567']]);
  });

  test('history and audit name its user, where it came from and which request it was', async () => {
    const { usuario_id, id, request } = await newKey(api, shop, { nombre: 'n8n recordatorios' });
    const slot = { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, cliente_id: shop.cliente.id, fecha_cita: nextWeekday(2, 7), hora_inicio: '10:00' };
    const cita = await request('POST', '/appointments', slot);
    expect(cita.status).toBe(201);
    expect(await query(api, 'select creado_por::int from citas where id = $1', [cita.body.id])).toEqual([{ creado_por: usuario_id }]);
    expect((await request('PUT', `/appointments/${cita.body.id}/confirm`)).status).toBe(200);
    const { body: events } = await shop.request('GET', `/appointments/${cita.body.id}/events`);
    expect(events.map((event: any) => event.usuario_id)).toEqual(events.map(() => usuario_id));
    const rows = await query(api, "select accion, usuario_id::int, rol, solicitud, host(ip) as ip from auditoria where tabla = 'citas' and registro_id = $1 order by id", [cita.body.id]);
    expect(rows[0]).toEqual({ accion: 'alta', usuario_id, rol: 'empleado', solicitud: cita.headers.get('x-request-id'), ip: '127.0.0.1' });
    await shop.request('PATCH', `/api-keys/${id}`, { permisos: ['citas:read'] });
    await shop.request('POST', `/api-keys/${id}/rotate`, {});
    await shop.request('DELETE', `/api-keys/${id}`);
    const own = await query(api, "select accion, usuario_id::int, cambios from auditoria where tabla = 'claves_api' and registro_id = $1 order by id", [id]);
    expect(own.map(({ accion }) => accion)).toEqual(['alta', 'cambio', 'cambio', 'cambio']);
    expect(new Set(own.map((row) => row.usuario_id))).toEqual(new Set([shop.cuenta.usuario_id]));
    expect(own[2].cambios.secreto_hash).toEqual(['***', '***']);
  });

  test('an Idempotency-Key is its own', async () => {
    const [one, two] = [await newKey(api, shop), await newKey(api, shop)];
    const create = ({ request }: Key) => request('POST', '/clients', { nombre: 'Idempotente' }, { 'idempotency-key': 'misma' });
    const [first, again, other] = [await create(one), await create(one), await create(two)];
    expect([first.status, again.body.id, again.headers.get('idempotency-replayed')]).toEqual([201, first.body.id, 'true']);
    expect([other.status, other.body.id === first.body.id]).toEqual([201, false]);
  });

  test('its last use, when it is written, at shutdown too; not by a refused key, and not into the audit', async () => {
    const [used, unused] = [await newKey(api, shop), await newKey(api, shop)];
    const instance = await startApi({ TRUST_PROXY: 'loopback' }, api);
    const on = withKey(instance, used.clave);
    await on('GET', '/clients', undefined, { 'x-forwarded-for': '203.0.113.7' });
    await withKey(instance, `${unused.clave.slice(0, -1)}${unused.clave.endsWith('A') ? 'B' : 'A'}`)('GET', '/clients');
    const uses = async () => (await query(api, 'select ultimo_uso_en as en, host(ultima_ip) as ip from claves_api where id = any ($1) order by id', [[used.id, unused.id]]));
    expect(await uses()).toEqual([{ en: null, ip: null }, { en: null, ip: null }]);
    await instance.app.get(KeyUse).write();
    const [{ en, ip }, never] = await uses();
    expect([ip, Math.abs(Date.now() - en.getTime()) < 60_000, never]).toEqual(['203.0.113.7', true, { en: null, ip: null }]);
    const { body } = await shop.request('GET', `/api-keys/${used.id}`);
    expect([body.ultima_ip, Date.parse(body.ultimo_uso_en)]).toEqual(['203.0.113.7', en.getTime()]);

    expect((await on('GET', '/users', undefined, { 'x-forwarded-for': '2001:db8::9' })).status).toBe(403); // never reaches the database
    expect((await on('GET', '/dashboard', undefined, { 'x-forwarded-for': '2001:db8::9' })).status).toBe(403);
    await instance.close();
    expect((await uses())[0].ip).toBe('2001:db8::9');
    const audited = await query(api, "select accion from auditoria where tabla = 'claves_api' and registro_id = $1", [used.id]);
    expect(audited).toEqual([{ accion: 'alta' }]);
  });

  test('the secret nowhere: in no table, in no log', async () => {
    const written: string[] = [];
    const instance = await startApi({ LOG_LEVEL: 'debug' }, api);
    const log: any = instance.app.getHttpAdapter().getInstance().log;
    log[Object.getOwnPropertySymbols(log).find(({ description }) => description === 'pino.stream')!].write = (line: string) => written.push(line);
    log.level = 'trace';
    const secrets: string[] = [];
    try {
      const created = await instance.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ALL }, { authorization: `Bearer ${shop.token}`, 'idempotency-key': 'una' });
      const rotated = await instance.request('POST', `/api-keys/${created.body.id}/rotate`, { minutos_gracia: 5 }, { authorization: `Bearer ${shop.token}`, 'idempotency-key': 'dos' });
      secrets.push(created.body.clave, rotated.body.clave);
      for (const clave of secrets) {
        expect((await withKey(instance, clave)('POST', '/clients', { nombre: 'x' }, { 'idempotency-key': 'tres' })).status).toBe(201);
        expect((await withKey(instance, clave)('GET', '/users')).status).toBe(403);
        await withKey(instance, `${clave}x`)('GET', '/clients');
      }
      for (const path of [`/api-keys/${created.body.id}`, '/api-keys']) expect((await shop.request('GET', path)).body).not.toHaveProperty('clave');
    } finally {
      await instance.close();
    }
    expect(written.join('')).toContain('"msg":"request"');
    const needles = secrets.map((clave) => clave.slice(-37)).flatMap((secret) => [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').slice(0, -4)]);
    expect(needles.filter((needle) => written.join('').includes(needle))).toEqual([]);
    const tables = await query(api, "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'");
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const found = await query(api, `select 1 from public.${name} t where exists (select from unnest($1::text[]) n where strpos(t::text, n) > 0)`, [needles]);
      expect([name, found.length]).toEqual([name, 0]);
    }
  });
});
