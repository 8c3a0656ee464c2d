// Counters of use: equal to a recount after anything, in the month of each zone, and told in GET /billing/usage.
import fc from 'fast-check';
import type pg from 'pg';
import { UsoService } from '../src/billing/uso.service.js';
import { Db } from '../src/database/db.service.js';
import { type Api, register, registerClient, startApi } from './api.js';
import { planes } from './planes.js';

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

describe('counters', () => {
  const operation = fc.record({
    what: fc.constantFrom('profesionales', 'clientes', 'servicios', 'usuarios'),
    how: fc.constantFrom('create', 'create', 'many', 'off', 'on', 'delete', 'role', 'undo', 'fold'),
    which: fc.nat(20),
  });
  const values: Record<string, string> = {
    profesionales: `(nombre_completo, tipo_profesional) select 'P', 'barbero'`,
    clientes: `(nombre) select 'C'`,
    servicios: `(nombre, precio, duracion_minutos) select gen_random_uuid()::text, 1000, 30`,
    usuarios: `(email, password_hash, rol, nombre) select gen_random_uuid() || '@example.com', '$argon2id$x', 'empleado', 'U'`,
  };

  test('equal a recount after any operations, in parallel and rolled back', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 12 }), { minLength: 3, maxLength: 3 }), async (lanes) => {
      const owner = await register(api);
      await plan.onPlan(owner, 'empresarial', { clientes: 9, servicios: 6, usuarios: 5, profesionales: 2000 });
      const org = owner.cuenta.organizacion_id;
      await Promise.all(lanes.map(async (lane) => {
        for (const { what, how, which } of lane) {
          const one = `organizacion_id = ${org} and id = (select id from ${what} where organizacion_id = ${org} ${what === 'usuarios' ? `and rol <> 'admin'` : ''} order by id offset ${which % 7} limit 1)`;
          const statement = {
            create: `insert into ${what} ${values[what]}`, undo: `insert into ${what} ${values[what]}`, many: `insert into ${what} ${values[what]} from generate_series(1, 3)`,
            off: `update ${what} set activo = false where ${one}`, on: `update ${what} set activo = true where ${one}`, delete: `delete from ${what} where ${one}`,
            role: what === 'usuarios' ? `update usuarios set rol = case rol when 'cliente' then 'empleado' else 'cliente' end::public.rol_usuario where ${one}` : 'select 1',
            fold: 'select app.plegar_uso()',
          }[how];
          const client = how === 'delete' ? await plan.admin.connect() : await plan.app.connect();
          await client.query('begin');
          await client.query('select app.fijar_contexto($1, $2, $3)', [org, owner.cuenta.id, 'admin']);
          try {
            await client.query(statement);
            await client.query(how === 'undo' ? 'rollback' : 'commit');
          } catch (error) {
            await client.query('rollback');
            if (!['FR402', '40P01', '42501'].includes((error as pg.DatabaseError).code!)) throw error;
          } finally {
            client.release();
          }
        }
      }));
      const found = await plan.usage(owner);
      expect(found).toEqual(await plan.recount(owner));
      expect(found.clientes).toBeLessThanOrEqual(9);
      expect(found.servicios).toBeLessThanOrEqual(6);
      expect(found.usuarios).toBeLessThanOrEqual(5);
    }), { numRuns: 15, timeout: 20_000 });
  }, 60_000);

  test('that drifted are told and mended; folding changes nothing', async () => {
    const owner = await register(api);
    const [uso, db] = [api.app.get(UsoService), api.app.get(Db)];
    const run = <T>(work: () => Promise<T>) => db.run({ organizacion_id: owner.cuenta.organizacion_id, usuario_id: null, rol: null }, work);
    for (const nombre of ['Uno', 'Dos']) await owner.request('POST', '/clients', { nombre });
    await plan.admin.query("insert into usuarios (organizacion_id, nombre, rol, es_clave_api) values ($1, 'n8n', 'empleado', true)", [owner.cuenta.organizacion_id]); // a key is no user
    expect(await run(() => uso.fold())).toBe(3);
    expect(await run(() => uso.fold())).toBe(0);
    expect(await run(() => uso.recount())).toEqual([]);
    await plan.admin.query('update metricas_uso_organizacion set uso_clientes = 7 where organizacion_id = $1', [owner.cuenta.organizacion_id]);
    expect(await run(() => uso.recount())).toEqual([{ medida: 'clientes', contador: 7, recuento: 2 }]);
    expect(await run(() => uso.recount())).toEqual([]);
    expect(await plan.usage(owner)).toMatchObject({ clientes: 2, usuarios: 1 });
  });

  test.each([
    ['Pacific/Kiritimati', '2031-02-28T09:59:59Z', '2031-02-28T10:00:00Z'],
    ['Pacific/Niue', '2031-03-01T10:59:59Z', '2031-03-01T11:00:00Z'],
    ['America/Bogota', '2032-03-01T04:59:59Z', '2032-03-01T05:00:00Z'],
  ])('begin the month of %s at its own midnight, and come back with the clock', async (zona_horaria, before, after) => {
    const owner = await register(api, { zona_horaria });
    await plan.onPlan(owner, 'profesional', { citas_mes: 2 });
    const book = await plan.booker(owner, after.slice(0, 10));
    await book(before, 10);
    await book(before, 11);
    await expect(book(before, 12)).rejects.toMatchObject({ code: 'FR402', constraint: 'limite_citas_mes' });
    await book(after, 12);
    expect([(await plan.usage(owner, before)).citas_mes, (await plan.usage(owner, after)).citas_mes]).toEqual([2, 1]);
    for (const ahora of [after, before, after]) {
      await plan.as(owner, (client) => client.query('select app.plegar_uso()'), ahora);
      for (const then of [before, after]) {
        expect((await plan.usage(owner, then)).citas_mes).toBe(then === before ? 2 : 1);
        expect(await plan.usage(owner, then)).toEqual(await plan.recount(owner, then));
      }
    }
    await expect(book(before, 13)).rejects.toMatchObject({ code: 'FR402' });
    const told = (ahora: string) => owner.request('GET', '/billing/usage', undefined, { 'x-franja-now': ahora });
    expect((await told(before)).body.mes < (await told(after)).body.mes).toBe(true);
  });

  test('follow a change of zone', async () => {
    const owner = await register(api, { zona_horaria: 'Pacific/Niue' });
    const book = await plan.booker(owner, '2031-03-01');
    const edge = '2031-02-28T10:30:00Z'; // the 27th of February in Niue, the 1st of March in Kiritimati
    for (const [ahora, hour] of [['2031-02-10T12:00:00Z', 9], [edge, 10]] as const) await book(ahora, hour);
    expect((await plan.usage(owner, edge)).citas_mes).toBe(2);
    expect((await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { zona_horaria: 'Pacific/Kiritimati' }, { 'x-franja-now': edge })).status).toBe(200);
    expect((await plan.usage(owner, edge)).citas_mes).toBe(1);
    expect(await plan.usage(owner, edge)).toEqual(await plan.recount(owner, edge));
  });
});

describe('GET /billing/usage', () => {
  test('says limit, use, percentage, projection and state', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'empresarial', { clientes: 10, citas_mes: 300 });
    await plan.as(owner, (client) => client.query(`insert into clientes (nombre) select 'C' from generate_series(1, 8)`));
    await plan.admin.query(`insert into uso_deltas (organizacion_id, medida, mes, delta) values ($1, 'citas_mes', '2031-06-01', 50)`, [owner.cuenta.organizacion_id]);
    const { status, body } = await owner.request('GET', '/billing/usage', undefined, { 'x-franja-now': '2031-06-06T05:00:00Z' }); // five days of thirty have gone
    expect(status).toBe(200);
    expect(body).toMatchObject({ plan: 'empresarial', mes: '2031-06-01' });
    const of = (medida: string) => body.medidas.find((m: any) => m.medida === medida);
    expect(of('clientes')).toEqual({ medida: 'clientes', limite: 10, uso: 8, porcentaje: '80.00', proyeccion: null, estado: 'cerca' });
    expect(of('citas_mes')).toEqual({ medida: 'citas_mes', limite: 300, uso: 50, porcentaje: '16.67', proyeccion: 300, estado: 'ok' });
    expect(of('servicios')).toEqual({ medida: 'servicios', limite: null, uso: 0, porcentaje: null, proyeccion: null, estado: 'ok' });
    expect((await (await registerClient(api, owner)).request('GET', '/billing/usage')).status).toBe(403);
  });

  test('warns once at 80 % and once at 100 % of a limit, and again of another limit', async () => {
    const owner = await register(api);
    await plan.onPlan(owner, 'empresarial', { clientes: 5 });
    const add = () => owner.request('POST', '/clients', { nombre: 'Una' });
    for (let i = 0; i < 6; i++) await add();
    const { body } = await owner.request('GET', '/clients');
    await owner.request('PATCH', `/clients/${body.elementos[0].id}`, { activo: false });
    await add();
    expect((await plan.events(owner)).map(({ evento, uso }) => [evento, uso.uso, uso.limite])).toEqual([['uso-cercano-limite', 4, 5], ['limite-alcanzado', 5, 5]]);
    await plan.onPlan(owner, 'empresarial', { clientes: 6 });
    await add();
    expect((await plan.events(owner)).map(({ evento, uso }) => [evento, uso.uso, uso.limite]).slice(2)).toEqual([['limite-alcanzado', 6, 6]]);
  });
});
