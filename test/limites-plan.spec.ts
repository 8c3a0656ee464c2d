// Limits of plans over the real API and as SQL: exactly the limit, whoever writes and however many at once.
import type pg from 'pg';
import { type Api, nextWeekday, openShop, PASSWORD, register, registerClient, startApi, unique, type Member } from './api.js';
import { linkTo } from './buzon.js';
import { planes } from './planes.js';
import { superAdmin } from './super-admin.js';

let api: Api;
let plan: ReturnType<typeof planes>;

beforeAll(async () => {
  api = await startApi();
  plan = planes(api);
});

afterAll(async () => {
  await plan.end();
  await api.close();
});

const all = <T>(n: number, work: (i: number) => Promise<T>) => Promise.allSettled(Array.from({ length: n }, (_, i) => work(i)));
const won = (results: PromiseSettledResult<unknown>[]) => results.filter(({ status }) => status === 'fulfilled').length;
const codes = (results: PromiseSettledResult<unknown>[]) => [...new Set(results.flatMap((r) => (r.status === 'rejected' ? [r.reason.code] : [])))];

describe('a limit', () => {
  test.each([
    ['clients', 'clientes', { nombre: 'Otra' }],
    ['services', 'servicios', { nombre: 'Otro', precio: '1000', duracion_minutos: 30 }],
    ['professionals', 'profesionales', { nombre_completo: 'Otra', tipo_profesional: 'barbero' }],
  ] as const)('of %s refuses one more with 402, and says how much, of what plan, and which would do', async (path, medida, body) => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { [medida]: 2 });
    await plan.admin.query(`update planes_subscripcion set limite_${medida} = 50 where codigo_plan in ('profesional', 'empresarial')`);
    const named = (i: number) => ('nombre' in body && medida === 'servicios' ? { ...body, nombre: `Otro ${i}` } : body);
    for (const i of [1, 2]) expect((await owner.request('POST', `/${path}`, named(i))).status).toBe(201);
    const refused = await owner.request('POST', `/${path}`, named(3));
    expect(refused).toMatchObject({
      status: 402, body: { codigo: 'limite_alcanzado', medida, limite: 2, uso: 2, plan: 'basico', plan_sugerido: 'profesional' },
    });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect((await owner.request('POST', `/${path}`, named(4), { 'accept-language': 'en' })).body.title).toContain('allows no more');
    expect((await plan.events(owner)).map(({ evento, uso }) => [evento, uso.medida, uso.uso])).toEqual([['limite-alcanzado', medida, 2]]);
  });

  test('is met by reactivating too, and deactivating makes room', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { clientes: 2 });
    const ids = [];
    for (const nombre of ['Uno', 'Dos']) ids.push((await owner.request('POST', '/clients', { nombre })).body.id);
    expect((await owner.request('PATCH', `/clients/${ids[0]}`, { activo: false })).status).toBe(200);
    expect((await owner.request('POST', '/clients', { nombre: 'Tres' })).status).toBe(201);
    expect((await owner.request('PATCH', `/clients/${ids[0]}`, { activo: true })).body).toMatchObject({ codigo: 'limite_alcanzado', uso: 2 });
    expect(await plan.usage(owner)).toMatchObject({ clientes: 2 });
  });

  test('of users holds while the subscription is over: nobody cancels, has more people join, and reactivates', async () => {
    const owner = await register(api);
    expect((await owner.request('POST', '/billing/subscription/change', { plan: 'basico' })).status).toBe(201);
    await plan.admin.query(`update subscripciones set deuda_vence_en = null where organizacion_id = $1`, [owner.cuenta.organizacion_id]);
    await plan.onPlan(owner, 'basico', { usuarios: 2 });
    expect((await owner.request('POST', '/billing/subscription/cancel', { al_final: false })).body.estado).toBe('cancelada');
    const join = async (owner: Member) => {
      const email = `${unique('eva')}@example.com`;
      expect((await owner.request('POST', '/users/invitations', { nombre: 'Eva', email, rol: 'empleado', canal: 'email' })).status).toBe(201);
      return api.request('POST', '/auth/invitations/accept', { token: await linkTo(api, email, 'invitacion'), password: PASSWORD });
    };
    const { status, body: eva } = await join(owner);
    expect(status).toBe(201);
    const refused = await join(owner);
    expect([refused.status, refused.body.codigo, refused.body.limite]).toEqual([402, 'limite_alcanzado', undefined]);
    expect((await owner.request('PATCH', `/users/${eva.usuario_id}`, { activo: false })).status).toBe(200);
    expect((await join(owner)).status).toBe(201);
    expect((await owner.request('PATCH', `/users/${eva.usuario_id}`, { activo: true })).body).toMatchObject({
      codigo: 'limite_alcanzado', medida: 'usuarios', limite: 2, uso: 2, plan: 'basico', plan_sugerido: 'profesional',
    });
    expect((await owner.request('POST', '/billing/subscription/reactivate')).body.estado).toBe('activa');
    expect(await plan.usage(owner)).toMatchObject({ usuarios: 2 });

    // Nor by choosing a smaller plan, and filling the larger one before paying.
    const smaller = await register(api);
    await smaller.request('POST', '/billing/subscription/change', { plan: 'profesional' });
    await plan.admin.query(`update subscripciones set deuda_vence_en = null where organizacion_id = $1`, [smaller.cuenta.organizacion_id]);
    await smaller.request('POST', '/billing/subscription/cancel', { al_final: false });
    expect((await smaller.request('POST', '/billing/subscription/change', { plan: 'basico' })).body.aplicado).toBe(false);
    expect([(await join(smaller)).status, (await join(smaller)).status]).toEqual([201, 402]);
  });

  test('counts people who work there: neither clients nor API keys', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'custom', { usuarios: 2 });
    await registerClient(api, owner);
    expect((await owner.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] })).status).toBe(201);
    const user = (n: number) => ({ nombre: 'Eva', email: `${unique('eva')}${n}@example.com`, password: 'una-clave-larga', rol: 'empleado' });
    expect((await owner.request('POST', '/users', user(1))).status).toBe(201);
    expect((await owner.request('POST', '/users', user(2))).body).toMatchObject({ codigo: 'limite_alcanzado', medida: 'usuarios', limite: 2, uso: 2 });
  });

  test('of citas counts those created this month, cancelled ones too; a client learns no numbers', async () => {
    const shop = await openShop(api);
    await plan.onPlan(shop, 'profesional', { citas_mes: 2 });
    const fecha_cita = nextWeekday(2, 2);
    const book = (hora_inicio: string, who: Member = shop) => who.request('POST', '/appointments', {
      servicio_id: shop.servicio.id, profesional_id: shop.profesional.id, fecha_cita, hora_inicio, ...(who === shop && { cliente_id: shop.cliente.id }),
    });
    const first = await book('09:00');
    expect(first.status).toBe(201);
    expect((await shop.request('PUT', `/appointments/${first.body.id}/cancel`, { motivo_cancelacion: 'Viaje' })).status).toBe(200);
    expect((await book('10:00')).status).toBe(201);
    expect((await book('11:00')).body).toMatchObject({ codigo: 'limite_alcanzado', medida: 'citas_mes', limite: 2, uso: 2, plan: 'profesional' });
    const client = await registerClient(api, shop);
    const { status, body } = await book('11:00', client);
    expect([status, body.codigo, body.limite, body.plan]).toEqual([402, 'limite_alcanzado', undefined, undefined]);
  });

  test('holds for templates: all that are asked for, or none', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { servicios: 5 });
    expect((await owner.request('POST', '/setup/import-services', {})).body).toMatchObject({ codigo: 'limite_alcanzado', medida: 'servicios', uso: 0 });
    expect(await plan.usage(owner)).toMatchObject({ servicios: 0 });
  });

  test('answers from a pool of one connection: the numbers are read after the other is given back', async () => {
    const narrow = await startApi({ POOL_MAX: '1' }, api);
    try {
      const owner = await register(narrow);
      await plan.onPlan(owner, 'basico', { clientes: 1 });
      const answers = await Promise.all(Array.from({ length: 6 }, () => owner.request('POST', '/clients', { nombre: 'Una' })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 402, 402, 402, 402, 402]);
    } finally {
      await narrow.close();
    }
  });

  test('is none without a live subscription', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { clientes: 1 });
    await plan.admin.query('delete from historial_subscripciones where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    await plan.admin.query('delete from subscripciones where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    await plan.as(owner, (client) => client.query(`insert into clientes (nombre) select 'C' from generate_series(1, 3)`));
    expect(await plan.usage(owner)).toMatchObject({ clientes: 3 });
    expect((await owner.request('GET', '/billing/usage')).body).toMatchObject({ plan: null });
  });
});

describe('fifty writers at once', () => {
  test('give exactly the limit over the API', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { clientes: 20 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => owner.request('POST', '/clients', { nombre: 'Una' })));
    expect(answers.filter(({ status }) => status === 201).length).toBe(20);
    expect([...new Set(answers.filter(({ status }) => status !== 201).map(({ status, body }) => `${status} ${body.codigo}`))]).toEqual(['402 limite_alcanzado']);
    expect(await plan.usage(owner)).toEqual(await plan.recount(owner));
  });

  test('give exactly a large limit in SQL, from where they share a lock to where they do not', async () => {
    const owner = await register(api);
    const { rows: [{ most }] } = await plan.admin.query(`select current_setting('max_connections')::int as most`);
    const limite = 2 * most + 300;
    await plan.onPlan(owner, 'empresarial', { clientes: limite });
    const each = Math.ceil((limite + 100) / 50);
    const results = await all(50, async () => {
      let mine = 0;
      for (let i = 0; i < each; i++) {
        await plan.as(owner, (client) => client.query(`insert into clientes (nombre) values ('C')`)).then(() => mine++, (error) => {
          if (error.code !== 'FR402' && error.code !== '40P01') throw error;
        });
      }
      return mine;
    });
    expect(results.reduce((sum, r) => sum + (r.status === 'fulfilled' ? r.value : NaN), 0)).toBe(limite);
    expect(await plan.usage(owner)).toEqual(await plan.recount(owner));
    expect(await plan.usage(owner)).toMatchObject({ clientes: limite });
    expect((await plan.events(owner)).map(({ evento }) => evento)).toEqual(['uso-cercano-limite', 'limite-alcanzado']);
  }, 60_000);

  test('of many rows each, and of many in one transaction, never pass it', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'custom', { clientes: 100, servicios: 30 });
    const rows = await all(50, () => plan.as(owner, (client) => client.query(`insert into clientes (nombre) select 'C' from generate_series(1, 7)`)));
    expect([won(rows), codes(rows)]).toEqual([14, ['FR402']]);
    const several = await all(50, (n) => plan.as(owner, async (client) => {
      for (let i = 0; i < 4; i++) await client.query(`insert into servicios (nombre, precio, duracion_minutos) values ($1, 1000, 30)`, [`S ${n} ${i}`]);
    }));
    expect([won(several), codes(several)]).toEqual([7, ['FR402']]);
    expect(await plan.usage(owner)).toMatchObject({ clientes: 98, servicios: 28 });
    expect(await plan.usage(owner)).toEqual(await plan.recount(owner));
  });

  test('that reactivate meet it as well', async () => {
    const owner = await register(api);
    await plan.as(owner, (client) => client.query(`insert into clientes (nombre, activo) select 'C', false from generate_series(1, 50)`));
    await plan.onPlan(owner, 'basico', { clientes: 10 });
    const { rows } = await plan.admin.query('select id from clientes where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    const results = await all(50, (i) => plan.as(owner, (client) => client.query('update clientes set activo = true where id = $1', [rows[i].id])));
    expect([won(results), codes(results)]).toEqual([10, ['FR402']]);
    expect(await plan.usage(owner)).toEqual(await plan.recount(owner));
  });

  test('with an old snapshot are refused rather than trusted', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'basico', { clientes: 10 });
    const insert = (client: pg.PoolClient) => client.query(`insert into clientes (nombre) values ('C')`);
    await expect(plan.as(owner, insert, null, 'begin isolation level repeatable read')).rejects.toMatchObject({ code: '40001' });
  });
});

describe('nobody', () => {
  test.each([
    'insert into uso_deltas (medida, delta) values (\'clientes\', -5)',
    'delete from uso_deltas',
    'update metricas_uso_organizacion set uso_clientes = 0',
    'insert into avisos_uso (medida, mes, umbral, limite) values (\'clientes\', \'2026-01-01\', 80, 1)',
    'select app.contar_uso(app.tenant_actual(), \'clientes\', -5)',
    'select app.plegar_uso(app.tenant_actual(), true)',
  ])('may say %s', async (statement) => {
    const owner = await register(api);
    await expect(plan.as(owner, (client) => client.query(statement))).rejects.toMatchObject({ code: '42501' });
  });

  test('makes a cita of another month to save this one', async () => {
    const shop = await openShop(api);
    await plan.as(shop, (client) => client.query(
      `insert into citas (cliente_id, profesional_id, servicio_id, fecha_cita, hora_inicio, hora_fin, precio_servicio, moneda, creado_en)
       values ($1, $2, $3, $4, '10:00', '10:30', 1000, 'COP', '2020-01-15')`, [shop.cliente.id, shop.profesional.id, shop.servicio.id, nextWeekday(3, 2)]));
    expect(await plan.usage(shop)).toMatchObject({ citas_mes: 1 });
  });

  test('sees the use of another organisation', async () => {
    const [one, other] = [await register(api), await register(api)];
    expect(await plan.as(one, async (client) => (await client.query('select * from app.uso($1)', [other.cuenta.organizacion_id])).rows)).toEqual([]);
  });
});

describe('what a plan includes', () => {
  test('is asked where it is made: API keys, webhooks and conversations', async () => {
    const owner = await register(api);
    const key = () => owner.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] });
    expect((await key()).status).toBe(201); // of the trial
    await plan.onPlan(owner, 'basico');
    await plan.onPlan(await register(api), 'profesional');
    expect(await key()).toMatchObject({ status: 402, body: { codigo: 'funcion_no_incluida', funcion: 'api_keys', plan: 'basico', plan_sugerido: 'profesional' } });
    expect((await owner.request('POST', '/webhooks', { url: 'https://example.com/x' })).status).not.toBe(201);
    await expect(plan.as(owner, (client) => client.query(`insert into destinos_webhook (url) values ('https://example.com')`))).rejects.toMatchObject({
      code: 'FR402', constraint: 'funcion_webhooks',
    });
    await expect(plan.as(owner, (client) => client.query(`select app.exigir_funcion('chat')`))).rejects.toMatchObject({ constraint: 'funcion_chat' });
    await expect(plan.as(owner, (client) => client.query(`insert into instancias_whatsapp (nombre, token_hash) values ('franja-1-${'a'.repeat(24)}', sha256('x'))`)))
      .rejects.toMatchObject({ constraint: 'funcion_whatsapp_propio' });
    await plan.onPlan(owner, 'profesional');
    expect((await key()).status).toBe(201);
  });

  test('the trial has all of it', async () => {
    const { rows } = await plan.admin.query(`select funciones from planes_subscripcion where codigo_plan = 'trial'`);
    expect(rows[0].funciones).toMatchObject({ api_keys: true, webhooks: true, whatsapp_propio: true, chat: true });
  });
});

describe('PATCH /admin/plans/{id}', () => {
  test('changes price, limits and features; who has the plan keeps the price and meets the limit', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'custom');
    await plan.admin.query('update subscripciones set precio_actual = 12.50 where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    const platform = await superAdmin(api);
    const plans = (await platform.request('GET', '/admin/plans')).body;
    const { id, funciones } = plans.find((plan: any) => plan.codigo_plan === 'custom');
    const { status, body } = await platform.request('PATCH', `/admin/plans/${id}`, { precio_mensual: '49.90', limite_clientes: 1, funciones: { chat: false } });
    expect([status, body.precio_mensual, body.limite_clientes, body.funciones]).toEqual([200, '49.90', 1, { ...funciones, chat: false }]);
    expect((await owner.request('GET', '/billing/subscription')).body.precio_actual).toBe('12.50');
    expect((await owner.request('POST', '/clients', { nombre: 'Una' })).status).toBe(201);
    expect((await owner.request('POST', '/clients', { nombre: 'Dos' })).status).toBe(402);
    expect((await platform.request('PATCH', `/admin/plans/${id}`, { limite_clientes: null })).body.limite_clientes).toBeNull();
    expect((await platform.request('PATCH', `/admin/plans/${id}`, { precio_mensual: null })).status).toBe(400);
    expect((await platform.request('PATCH', '/admin/plans/999999', {})).status).toBe(404);
    expect((await owner.request('PATCH', `/admin/plans/${id}`, { precio_mensual: '1.00' })).status).toBe(403);
    await plan.admin.query("update planes_subscripcion set moneda = 'CLP', precio_mensual = 49, precio_anual = 490 where id = $1", [id]);
    for (const precio of ['precio_mensual', 'precio_anual']) {
      const [bad, good] = [await platform.request('PATCH', `/admin/plans/${id}`, { [precio]: '500.50' }), await platform.request('PATCH', `/admin/plans/${id}`, { [precio]: '500' })];
      expect([precio, bad.body.codigo, good.body[precio]]).toEqual([precio, 'decimales_invalidos', '500.00']);
    }
  });
});
