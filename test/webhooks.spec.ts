import { Ajv2020 } from 'ajv/dist/2020.js';
import dns from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ok } from './agenda.js';
import { day, register, registerClient, startApi, type Api, type Member } from './api.js';
import { employee, expectRefused, query } from './checks.js';
import { destino, entrega, entregas, FAST, N8N_SECRET, negocio, type Negocio } from './outbox-kit.js';
import { servidorDeNombres } from './nombres.js';
import { comprobar, hasta, Receptor } from './receptor.js';
import { esPublica, lookupPublico, nombres, problemaDelHost } from '../src/outbox/direcciones.js';
import { esperaTras } from '../src/outbox/entregas.service.js';
import { EVENTOS } from '../src/outbox/eventos.js';
import { waitOf } from '../src/outbox/peticion.js';
import { readConfig } from '../src/config.js';

let api: Api;
let receptor: Receptor;
let shop: Negocio;
let other: Member;
beforeAll(async () => {
  receptor = await new Receptor().abrir();
  api = await startApi({ ...FAST, N8N_WEBHOOK_URL: receptor.url, N8N_WEBHOOK_SECRET: N8N_SECRET });
  shop = await negocio(api);
  other = await register(api);
});
afterEach(() => {
  receptor.trato = 200;
});
afterAll(async () => {
  await api.close();
  await receptor.cerrar();
});

const at = (path: string) => receptor.recibidos.filter(({ ruta }) => ruta === path);

describe('endpoints', () => {
  test('are made, changed, listed and deleted; the secret is shown once and stands nowhere in plain', async () => {
    const made = await destino(shop, `${receptor.url}/uno`, { descripcion: ' CRM ', eventos: ['cita-creada'] });
    expect(made).toMatchObject({ url: `${receptor.url}/uno`, descripcion: 'CRM', eventos: ['cita-creada'], activo: true, pausado_en: null, secreto: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) });
    const { secreto, ...rest } = made;
    expect(ok(await shop.request('GET', `/webhooks/${made.id}`))).toEqual(rest);
    expect(ok(await shop.request('GET', '/webhooks')).elementos).toContainEqual(rest);
    expect(ok(await shop.request('PATCH', `/webhooks/${made.id}`, { eventos: null, descripcion: null }))).toEqual({ ...rest, eventos: null, descripcion: null });
    const rotated = ok(await shop.request('POST', `/webhooks/${made.id}/rotate-secret`, {}));
    expect(rotated.secreto).not.toBe(secreto);
    ok(await shop.request('POST', `/webhooks/${made.id}/ping`, undefined, { 'idempotency-key': 'p1' }));
    await hasta(() => at('/uno').length === 1);
    const everything = await query(api, `
      select string_agg(x, ' ') as todo from (
        select d::text as x from destinos_webhook d union all select e::text from entregas e union all select e::text from eventos e
        union all select a::text from auditoria a union all select i::text from idempotencia i) t`);
    for (const secret of [secreto, rotated.secreto]) {
      expect(everything[0].todo).not.toContain(secret.slice(6, 30));
      expect(everything[0].todo).not.toContain(Buffer.from(secret.slice(6), 'base64').toString('hex').slice(0, 24));
    }
    expect(everything[0].todo).toContain('"***"');
    expect((await shop.request('DELETE', `/webhooks/${made.id}`)).status).toBe(204);
    expect((await shop.request('GET', `/webhooks/${made.id}`)).status).toBe(404);
    expect((await query(api, 'select secreto_sellado, secreto_anterior_sellado from destinos_webhook where id = $1', [made.id]))[0]).toEqual({ secreto_sellado: null, secreto_anterior_sellado: null });
    expect((await shop.request('DELETE', `/webhooks/${made.id}`)).status).toBe(404);
  });

  test('refuse what is no endpoint', async () => {
    await expectRefused((more) => shop.request('POST', '/webhooks', { url: receptor.url, ...more }), [
      ['url', 'ftp://example.com', 'formato'], ['url', 'javascript:alert(1)', 'formato'], ['url', 'http://', 'formato'], ['url', 'http://[::1', 'formato'],
      ['url', 'https://ana:clave@example.com/', 'url_con_clave'], ['url', `https://example.com/${'x'.repeat(500)}`, 'longitud'],
      ['eventos', ['cita-nueva'], 'valores'], ['eventos', [], 'lista'], ['activo', 'si', 'booleano'],
    ]);
  });

  test('are twenty at most, however many ask at once, and turn their pages', async () => {
    const busy = await register(api);
    const answers = await Promise.all(Array.from({ length: 24 }, (_, n) => busy.request('POST', '/webhooks', { url: `${receptor.url}/n/${n}` })));
    expect(answers.filter(({ status }) => status === 201).length).toBe(20);
    expect(answers.filter(({ body }) => body.codigo === 'demasiados_destinos').length).toBe(4);
    const first = ok(await busy.request('GET', '/webhooks?limite=15'));
    const rest = ok(await busy.request('GET', `/webhooks?limite=15&cursor=${first.cursor}`));
    expect([first.elementos.length, rest.elementos.length, rest.cursor]).toEqual([15, 5, null]);
    expect(new Set([...first.elementos, ...rest.elementos].map(({ id }) => id)).size).toBe(20);
    expect((await busy.request('DELETE', `/webhooks/${answers.find(({ status }) => status === 201)!.body.id}`)).status).toBe(204);
    await destino(busy, `${receptor.url}/n/25`);
  });

  test('are for managers alone', async () => {
    for (const member of [await employee(api, shop), await registerClient(api, shop)]) {
      for (const [method, path] of [['GET', ''], ['POST', ''], ['GET', '/deliveries'], ['POST', '/deliveries/replay']]) {
        expect((await member.request(method, `/webhooks${path}`, method === 'POST' ? { url: receptor.url } : undefined)).status).toBe(403);
      }
    }
  });

  test('of another business do not exist', async () => {
    const { id } = await destino(shop, `${receptor.url}/propio`);
    const entrega_id = ok(await shop.request('POST', `/webhooks/${id}/ping`)).entrega_id;
    await hasta(() => at('/propio').length === 1);
    for (const [method, path, body] of [
      ['GET', `/${id}`], ['PATCH', `/${id}`, { activo: false }], ['DELETE', `/${id}`], ['POST', `/${id}/rotate-secret`, {}], ['POST', `/${id}/ping`], ['PUT', `/${id}/resume`],
      ['GET', `/deliveries/${entrega_id}`], ['POST', `/deliveries/${entrega_id}/replay`],
    ] as const) {
      expect([method, path, (await other.request(method, `/webhooks${path}`, body)).status]).toEqual([method, path, 404]);
    }
    expect(ok(await other.request('GET', '/webhooks')).elementos).toEqual([]);
    const seen = ok(await other.request('GET', `/webhooks/deliveries?destino_id=${id}`));
    expect(seen.elementos).toEqual([]);
    expect(ok(await other.request('POST', '/webhooks/deliveries/replay', { desde: '2026-01-01T00:00:00Z', hasta: '2026-01-31T00:00:00Z', destino_id: id })).reenviadas).toBe(0);
    await sleep(150);
    expect(at('/propio').length).toBe(1);
  });
});

describe('signatures', () => {
  test('while a secret rotates both sign; afterwards only the new one', async () => {
    const { id, secreto } = await destino(shop, `${receptor.url}/rota`);
    const heard = async (n: number) => {
      ok(await shop.request('POST', `/webhooks/${id}/ping`));
      await hasta(() => at('/rota').length === n);
      return at('/rota')[n - 1];
    };
    const first = await heard(1);
    comprobar(secreto, first);
    expect(() => comprobar(secreto, { ...first, texto: first.texto.replace('prueba', 'pruebb') })).toThrow(/signature/);
    const { secreto: next, anterior_hasta } = ok(await shop.request('POST', `/webhooks/${id}/rotate-secret`, { minutos_gracia: 60 }));
    expect(Date.parse(anterior_hasta) - Date.now()).toBeGreaterThan(59 * 60_000);
    const second = await heard(2);
    expect(second.headers['webhook-signature'].split(' ').length).toBe(2);
    for (const each of [secreto, next]) comprobar(each, second);
    await query(api, `update destinos_webhook set anterior_hasta = now() where id = $1`, [id]);
    const third = await heard(3);
    expect(() => comprobar(secreto, third)).toThrow(/signature/);
    comprobar(next, third);
    let last = '';
    for (const minutos_gracia of [60, 0]) last = ok(await shop.request('POST', `/webhooks/${id}/rotate-secret`, { minutos_gracia })).secreto;
    const fourth = await heard(4);
    expect(() => comprobar(next, fourth)).toThrow(/signature/);
    comprobar(last, fourth);
  });

  test.each<[string, Record<string, string>, RegExp | undefined]>([
    ['an n8n without a secret', { N8N_WEBHOOK_URL: 'http://n8n:5678' }, /N8N_WEBHOOK_SECRET is required/],
    ['a secret of another form', { N8N_WEBHOOK_SECRET: 'abc' }, /must be whsec_/],
    ['a secret too short', { N8N_WEBHOOK_SECRET: `whsec_${Buffer.alloc(16, 1).toString('base64')}` }, /24 to 64 bytes/],
    ['an URL that is none', { N8N_WEBHOOK_URL: 'n8n:5678', N8N_WEBHOOK_SECRET: N8N_SECRET }, /N8N_WEBHOOK_URL must be/],
    ['JOBS=si', { JOBS: 'si' }, /JOBS must be on or off/],
    ['a private n8n', { N8N_WEBHOOK_URL: 'http://10.0.0.5:5678/', N8N_WEBHOOK_SECRET: N8N_SECRET }, undefined],
  ])('the configuration with %s', (_, env, error) => {
    const read = () => readConfig({ APP_DATABASE_URL: 'postgres://saas_app:x@127.0.0.1/saas_db', JWT_SECRET: 'x'.repeat(32), ENCRYPTION_KEY: 'y'.repeat(32), ...env });
    if (error) expect(read).toThrow(error);
    else expect(read().n8n).toEqual({ url: 'http://10.0.0.5:5678', secreto: N8N_SECRET });
  });
});

describe('the log of deliveries', () => {
  test('says what was sent and answered, finds it, and turns its pages', async () => {
    receptor.trato = ({ ruta }) => (ruta === '/registro' ? { estado: 200, texto: 'recibido\0 bien' } : 200);
    const { id } = await destino(shop, `${receptor.url}/registro`);
    for (let n = 0; n < 5; n++) ok(await shop.request('POST', `/webhooks/${id}/ping`));
    await hasta(async () => (await entregas(api, id)).filter((row) => row.estado === 'entregada').length === 5);
    const pages: any[] = [];
    let cursor = '';
    do {
      const page = ok(await shop.request('GET', `/webhooks/deliveries?destino_id=${id}&limite=2${cursor && `&cursor=${cursor}`}`));
      pages.push(page.elementos);
      cursor = page.cursor;
    } while (cursor);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    const found = async (filter: string) => ok(await shop.request('GET', `/webhooks/deliveries?limite=200&${filter}`)).elementos.filter((e: any) => e.destino_id === id).length;
    expect(await found('estado=entregada')).toBe(5);
    expect(await found('estado=pendiente')).toBe(0);
    expect(await found('estado=fallida')).toBe(0);
    expect(await found('canal=webhook&evento=prueba')).toBe(5);
    expect(await found('canal=n8n')).toBe(0);
    expect(await found('evento=cita-creada')).toBe(0);
    expect(await found(`desde=${new Date(Date.now() - 60_000).toISOString()}&hasta=${new Date(Date.now() + 60_000).toISOString()}`)).toBe(5);
    expect(await found(`hasta=${new Date(Date.now() - 60_000).toISOString()}`)).toBe(0);
    const [{ id: entrega_id, webhook_id }] = pages[0];
    const detail = ok(await shop.request('GET', `/webhooks/deliveries/${entrega_id}`));
    const sent = at('/registro').find(({ headers }) => headers['webhook-id'] === webhook_id)!;
    expect(detail).toMatchObject({ cuerpo: sent.texto, ultima_respuesta: 'recibido  bien', ultimo_estado_http: 200, estado: 'entregada', proximo_intento_en: null });
  });

  test('replays one, and a range, with the same id', async () => {
    receptor.trato = ({ ruta }) => (ruta === '/replay' ? 500 : 200);
    const { id } = await destino(shop, `${receptor.url}/replay`);
    const made: number[] = [];
    for (let n = 0; n < 4; n++) made.push(ok(await shop.request('POST', `/webhooks/${id}/ping`)).entrega_id);
    for (const each of made) await query(api, 'update entregas set reintentar_hasta = now() where id = $1', [each]); // one by one: their worker locks them too
    await hasta(async () => (await entregas(api, id)).every((row) => row.estado === 'fallida'));
    receptor.trato = 200;
    const before = at('/replay').length;
    const [one, ...others] = made;
    expect(ok(await shop.request('POST', `/webhooks/deliveries/${one}/replay`))).toMatchObject({ id: one, estado: expect.stringMatching(/pendiente|entregada/) });
    await hasta(async () => (await entrega(api, one)).estado === 'entregada');
    expect(at('/replay').length).toBe(before + 1);
    const range = { desde: new Date(Date.now() - 3_600_000).toISOString(), hasta: new Date(Date.now() + 1000).toISOString(), destino_id: id };
    expect(ok(await shop.request('POST', '/webhooks/deliveries/replay', range))).toEqual({ reenviadas: others.length, quedan: false, cursor: null });
    await hasta(async () => (await entregas(api, id)).every((row) => row.estado === 'entregada'));
    expect(ok(await shop.request('POST', '/webhooks/deliveries/replay', range)).reenviadas).toBe(0);
    expect(ok(await shop.request('POST', '/webhooks/deliveries/replay', { ...range, estado: 'entregada' })).reenviadas).toBe(4);
    await hasta(() => at('/replay').length === before + 8);
    expect(new Set(at('/replay').map(({ headers }) => headers['webhook-id'])).size).toBe(4);
    expect((await shop.request('POST', '/webhooks/deliveries/replay', { ...range, desde: '2026-01-01T00:00:00Z' })).body.codigo).toBe('rango_invalido');
    ok(await shop.request('PATCH', `/webhooks/${id}`, { activo: false }));
    expect((await shop.request('POST', `/webhooks/deliveries/${one}/replay`)).body.codigo).toBe('destino_inactivo');
    expect(ok(await shop.request('POST', '/webhooks/deliveries/replay', { ...range, estado: 'entregada' })).reenviadas).toBe(0);
  });

  test('a range of more than a thousand goes on where it was, also when what was sent again has ended as before', async () => {
    const { id } = await destino(shop, `${receptor.url}/muchas`);
    await query(api, "update destinos_webhook set pausado_en = now(), motivo_pausa = 'x' where id = $1", [id]); // so that nobody takes them
    await query(api, `
      with e as (
        insert into eventos (organizacion_id, evento, clave_orden, datos, repartido_en) select $1, 'recordatorio-cita', 'cita:' || n, '{}', now() from generate_series(1, 1001) n returning id)
      insert into entregas (organizacion_id, evento_id, canal, destino_id, clave_orden, estado, creado_en) select $1, id, 'webhook', $2, 'cita:1', 'cancelada', $3 from e`,
      [shop.cuenta.organizacion_id, id, day(-10)]); // older ones the nightly task may delete meanwhile
    const range = { desde: `${day(-20)}T00:00:00Z`, hasta: `${day(-5)}T00:00:00Z`, destino_id: id };
    const replay = async (cursor?: string) => ok(await shop.request('POST', '/webhooks/deliveries/replay', { ...range, cursor }));
    const first = await replay();
    expect(first).toMatchObject({ reenviadas: 1000, quedan: true });
    await query(api, "update entregas set estado = 'cancelada' where destino_id = $1", [id]); // as a reminder whose time is over does at once
    expect(await replay(first.cursor)).toEqual({ reenviadas: 1, quedan: false, cursor: null });
    expect((await entregas(api, id)).findIndex(({ estado }) => estado === 'pendiente')).toBe(1000);
    expect((await shop.request('POST', '/webhooks/deliveries/replay', { ...range, cursor: 'x' })).body.codigo).toBe('cursor_invalido');
  });
});

describe('when it is tried again', () => {
  test('the delay grows from about five seconds to eight hours, with full jitter', () => {
    expect(esperaTras(1, 5_000, 0.5)).toBe(5_000);
    expect(esperaTras(1, 5_000, 0)).toBe(1_000);
    expect(esperaTras(4, 5_000, 1)).toBe(80_000);
    expect(esperaTras(30, 5_000, 1)).toBe(8 * 3_600_000);
    expect(esperaTras(100_000, 5_000, 0.5)).toBe(4 * 3_600_000);
  });

  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined], ['0', 0], ['120', 120], [' 7 ', 7], ['999999', 86_400], ['-5', undefined], ['pronto', undefined], ['1.5', undefined],
    ['Mon, 22 Nov 2027 10:00:30 GMT', 30], ['Mon, 22 Nov 2027 09:00:00 GMT', 0], ['Mon, 22 Nov 2032 10:00:00 GMT', 86_400],
  ])('Retry-After: %s is %s seconds', (value, seconds) => expect(waitOf(value, Date.parse('2027-11-22T10:00:00Z'))).toBe(seconds));
});

describe('private networks', () => {
  const CLOSED = [
    '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.9.1', '169.254.169.254', '169.254.0.1', '172.16.0.1', '172.31.255.255', '192.0.0.8',
    '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1',
    'fc00::1', 'fd00:ec2::254', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '2002:a00:1::1', '3fff::1', '5f00::1', 'no es', '',
  ];
  const OPEN = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1', '192.167.1.1', '2606:4700:4700::1111', '2a00:1450:4003:80a::200e', '2001:4860:4860::8888'];
  test.each(CLOSED)('%s is not public', (address) => expect(esPublica(address)).toBe(false));
  test.each(OPEN)('%s is', (address) => expect(esPublica(address)).toBe(true));

  // Everything that means one of them, as somebody who attacks writes it.
  const HOSTS = [
    '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '0', '0x0', '127.0.0.1.', '127。0。0。1', '①②⑦.0.0.1', '%31%32%37.0.0.1',
    '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:0001]', '[64:ff9b::7f00:1]', '[fe80::1]', '[fd00:ec2::254]',
    '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '10.0.0.1', '192.168.0.1', '100.64.0.1', 'localhost', 'LOCALHOST', 'localhost.',
  ];
  let guarded: Api;
  let own: Member;
  beforeAll(async () => {
    guarded = await startApi({ ...FAST, WEBHOOK_PRIVATE: 'off' });
    own = await register(guarded);
  });
  afterAll(() => guarded.close());

  test.each(HOSTS)('https://%s/ is refused when it is saved', async (host) => {
    const { status, body } = await own.request('POST', '/webhooks', { url: `https://${host}/gancho` });
    expect([status, body.errores?.[0]]).toEqual([400, expect.objectContaining({ campo: 'url', codigo: expect.stringMatching(/^url_(privada|desconocida)$/) })]);
  });

  test.each(HOSTS)('http://%s/ is not connected to, should it stand in the table', async (host) => {
    const url = new URL(`http://${host}/`);
    expect(await problemaDelHost(url)).toMatch(/^url_(privada|desconocida)$/);
  });

  describe('names', () => {
    let conoce: (nombre: string, tipo: 'A' | 'AAAA') => string[] | undefined;
    let servidor: Awaited<ReturnType<typeof servidorDeNombres>>;
    const before = nombres.getServers();
    beforeAll(async () => {
      servidor = await servidorDeNombres((nombre, tipo) => conoce(nombre, tipo));
      nombres.setServers([servidor.direccion]);
    });
    afterAll(() => {
      nombres.setServers(before);
      servidor.cerrar();
    });

    test('one that is public when it is saved and private when it is used is not connected to', async () => {
      const answers = ['93.184.216.34'];
      conoce = (nombre, tipo) => (nombre === 'cambia.example' && tipo === 'A' ? [answers.shift() ?? '127.0.0.1'] : []);
      const { port } = new URL(receptor.url);
      const before = receptor.recibidos.length;
      const { id } = ok(await own.request('POST', '/webhooks', { url: `http://cambia.example:${port}/rebote`, eventos: ['cita-creada'] }));
      const entrega_id = ok(await own.request('POST', `/webhooks/${id}/ping`)).entrega_id;
      await hasta(async () => (await entrega(guarded, entrega_id)).ultimo_error !== null);
      expect(receptor.recibidos.length).toBe(before);
      expect((await entrega(guarded, entrega_id)).ultimo_error).toBe('DIRECCION_PRIVADA');
    });

    const failure = (nombre: string) => new Promise<any>((resolve) => lookupPublico(nombre, { all: true }, (error, found) => resolve(error?.code ?? found)));
    test.each<[what: string, v4: string[] | undefined, v6: string[] | undefined, expected: unknown]>([
      ['of both kinds', ['93.184.216.34'], ['2606:4700:4700::1111'], [{ address: '93.184.216.34', family: 4 }, { address: '2606:4700:4700::1111', family: 6 }]],
      ['of IPv6 alone', [], ['2606:4700:4700::1111'], [{ address: '2606:4700:4700::1111', family: 6 }]],
      ['whose IPv6 nobody tells', ['93.184.216.34', '1.1.1.1'], undefined, [{ address: '93.184.216.34', family: 4 }, { address: '1.1.1.1', family: 4 }]],
      ['with one private address among public ones', ['93.184.216.34', '10.0.0.1'], [], 'DIRECCION_PRIVADA'],
      ['with one that is private in the other kind', ['93.184.216.34'], ['::ffff:a00:1'], 'DIRECCION_PRIVADA'],
      ['of nobody', [], [], 'ENODATA'],
    ])('one %s', async (_, v4, v6, expected) => {
      conoce = (_nombre, tipo) => (tipo === 'A' ? v4 : v6);
      expect(await failure('alguno.example')).toEqual(expected);
    });

    test('one whose name server says nothing delays no other, whoever asks', async () => {
      conoce = (nombre, tipo) => (nombre === 'mudo.example' ? undefined : tipo === 'A' ? ['93.184.216.34'] : []);
      let silent = 10;
      const waiting = Array.from({ length: silent }, async () => {
        expect(await problemaDelHost(new URL('https://mudo.example/'))).toBe('url_desconocida');
        silent--;
      });
      expect(await problemaDelHost(new URL('https://otro.example/'))).toBeUndefined();
      await promisify(dns.lookup)('localhost');
      expect(silent).toBe(10);
      await Promise.all(waiting);
    }, 20_000);
  });

  test('production takes https alone', async () => {
    const production = await startApi({ NODE_ENV: 'production', TRUST_PROXY: 'off', JOBS: 'off', APP_URL: 'https://app.example.com' }, api);
    const { status, body } = await production.request('POST', '/webhooks', { url: 'http://93.184.216.34/' }, { authorization: `Bearer ${shop.token}` }); // with the real clock
    await production.close();
    expect([status, body.errores]).toEqual([400, [expect.objectContaining({ campo: 'url', codigo: 'formato' })]]);
  });
});

describe('the document', () => {
  let document: any;
  let ajv: Ajv2020;
  beforeAll(async () => {
    document = await (await fetch(`${api.url}/api/openapi.json`)).json();
    ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    ajv.addSchema(document, 'documento');
  });
  const errorsOf = (evento: string, body: unknown) => {
    const path = `documento#/webhooks/${evento}/post/requestBody/content/application~1json/schema`;
    const validate = ajv.getSchema(path)!;
    return validate(body) ? [] : validate.errors;
  };
  /** Fields that are sent and not described, or the other way round. */
  function undescribed(schema: any, value: any, path = ''): string[] {
    const known = schema.$ref ?? schema.allOf?.[0]?.$ref;
    if (known) return undescribed(document.components.schemas[known.split('/').pop()], value, path);
    if (!schema.properties) return [];
    const names = new Set([...Object.keys(schema.properties), ...Object.keys(value)]);
    return [...names].flatMap((name) =>
      name in schema.properties && name in value ? undescribed(schema.properties[name], value[name], `${path}.${name}`) : [`${path}.${name}`]);
  }

  test('describes every event, with an example that its schema takes', () => {
    expect(Object.keys(document.webhooks).toSorted()).toEqual([...EVENTOS, 'prueba'].toSorted());
    for (const [evento, { post }] of Object.entries<any>(document.webhooks)) {
      const { schema, example } = post.requestBody.content['application/json'];
      expect([evento, errorsOf(evento, example), undescribed(schema, example)]).toEqual([evento, [], []]);
      expect(post.parameters.map(({ name }: any) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature', 'user-agent']);
      expect(errorsOf(evento, { ...example, organizacion_id: 'x' })).not.toEqual([]);
    }
  });

  test('tells the truth: every delivered body is what it says', async () => {
    const fresh = await negocio(api);
    const { id } = await destino(fresh, `${receptor.url}/documento`);
    ok(await fresh.request('POST', `/webhooks/${id}/ping`));
    const on = (now: string) => ({ 'x-franja-now': `2027-03-08T${now}:00-05:00` });
    const [moved, seen, missed, due] = [await fresh.reservar(10), await fresh.reservar(0), await fresh.reservar(1), await fresh.reservar(2)];
    ok(await fresh.request('PUT', `/appointments/${moved.id}/confirm`));
    ok(await fresh.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: '2027-03-09', hora_inicio: '19:30' }));
    ok(await fresh.request('PUT', `/appointments/${moved.id}/cancel`, { motivo_cancelacion: 'No' }));
    ok(await fresh.request('PUT', `/appointments/${seen.id}/start`, undefined, on('08:00')));
    ok(await fresh.request('PUT', `/appointments/${seen.id}/complete`, undefined, on('08:20')));
    ok(await fresh.request('PUT', `/appointments/${missed.id}/no-show`, undefined, on('09:10')));
    await query(api, `do $$ begin
      perform app.fijar_contexto(${fresh.cuenta.organizacion_id}, null, 'admin', '2027-03-08T06:00:00-05:00');
      perform app.registrar_evento_cita('solicitar-feedback', ${seen.id});
      insert into recordatorios (cita_id, minutos_antes, inicia_en, programado_para, enviado_en, estado)
      values (${due.id}, 120, '2027-03-08T09:00:00-05:00', '2027-03-08T07:00:00-05:00', app.ahora(), 'enviado'); end $$`);
    await query(api, `do $$ declare nuevo bigint; begin
      perform app.fijar_contexto(${fresh.cuenta.organizacion_id}, null, 'cliente');
      insert into instancias_whatsapp (nombre, token_hash) values ('franja-1-' || repeat('0', 24), sha256('x')) returning id into nuevo;
      insert into mensajes_whatsapp (instancia_id, clave, direccion, telefono, texto, enviado_en) values (nuevo, '3EB0', 'entrante', '+573001234567', 'Hola', now()) returning id into nuevo;
      perform app.registrar_mensaje_recibido(nuevo); end $$`);
    for (const used of [80, 100]) await query(api, `select app.avisar_uso($1, 'citas_mes', '2027-03-01', ${used}, 100)`, [fresh.cuenta.organizacion_id]);
    const mine = () => receptor.recibidos.filter(({ cuerpo }) => cuerpo.organizacion_id === fresh.cuenta.organizacion_id);
    await hasta(() => new Set(mine().map(({ cuerpo }) => cuerpo.evento)).size === EVENTOS.length + 1, () => mine().map(({ cuerpo }) => cuerpo.evento));
    for (const { cuerpo } of mine()) {
      const { schema } = document.webhooks[cuerpo.evento].post.requestBody.content['application/json'];
      expect([cuerpo.evento, errorsOf(cuerpo.evento, cuerpo), undescribed(schema, cuerpo)]).toEqual([cuerpo.evento, [], []]);
    }
  });
});
