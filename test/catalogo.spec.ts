// What a business offers: its own services, and those that it takes from the templates of an industry.
import { ok } from './agenda.js';
import { register, startApi, type Api, type Member } from './api.js';
import { expectRefused, query } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const services = async (owner: Member, filter = ''): Promise<any[]> => ok(await owner.request('GET', `/services?limite=200${filter}`)).elementos;
const templates = async (owner: Member, filter = ''): Promise<any[]> => ok(await owner.request('GET', `/setup/service-templates${filter}`));
const take = (owner: Member, body: object = {}) => owner.request('POST', '/setup/import-services', body);

test('templates are those of one’s own industry or of the one asked for, in the money of the business, without those that were withdrawn', async () => {
  const owner = await register(api, { moneda: 'CLP', pais: 'CL', zona_horaria: 'America/Santiago' });
  const [own, spa] = [await templates(owner), await templates(owner, '?tipo_industria=spa')];
  expect([new Set(own.map((p) => p.tipo_industria)), new Set(spa.map((p) => p.tipo_industria))]).toEqual([new Set(['barberia']), new Set(['spa'])]);
  for (const { precio_sugerido, moneda } of [...own, ...spa]) expect([precio_sugerido, moneda]).toEqual([expect.stringMatching(/^[1-9]\d*\.00$/), 'CLP']);
  const [gone] = await query(api, "update plantillas_servicios set activo = false where id = $1 returning id::int", [spa[0].id]);
  expect((await templates(owner, '?tipo_industria=spa')).map((p) => p.id)).toEqual(spa.slice(1).map((p) => p.id));
  expect((await take(owner, { plantilla_ids: [gone.id] })).body.errores).toMatchObject([{ campo: 'plantilla_ids', codigo: 'existente' }]);
  expect(ok(await take(owner, { tipo_industria: 'spa' }))).toEqual({ importados: spa.length - 1, omitidos: 0 });
  await query(api, 'update plantillas_servicios set activo = true where id = $1', [gone.id]);
});

test('imported once, however often it is asked for, as the template is; what is unknown imports nothing', async () => {
  const owner = await register(api);
  const [first, second, third] = await templates(owner);
  await query(api, 'update plantillas_servicios set buffer_antes_minutos = 5, buffer_despues_minutos = 10, requiere_confirmacion = true where id = $1', [first.id]);
  expect((await take(owner, { plantilla_ids: [first.id, 999_999_999] })).body.errores).toMatchObject([{ campo: 'plantilla_ids', codigo: 'existente' }]);
  expect(await services(owner)).toEqual([]);
  expect(ok(await take(owner, { plantilla_ids: [first.id, second.id, first.id] }))).toEqual({ importados: 2, omitidos: 0 });
  expect(ok(await take(owner, { plantilla_ids: [third.id, first.id] }))).toEqual({ importados: 1, omitidos: 1 });
  expect((await templates(owner)).map((p) => p.importada).slice(0, 4)).toEqual([true, true, true, false]);
  const [one] = (await services(owner)).filter((s) => s.plantilla_servicio_id === first.id);
  const { nombre, descripcion, categoria, subcategoria, duracion_minutos, tipos_profesional_autorizados, moneda } = first;
  expect(one).toMatchObject({
    nombre, descripcion, categoria, subcategoria, duracion_minutos, tipos_profesional_autorizados, moneda, precio: first.precio_sugerido,
    buffer_antes_minutos: 5, buffer_despues_minutos: 10, requiere_confirmacion: true, activo: true,
  });
  await query(api, 'update plantillas_servicios set buffer_antes_minutos = 0, buffer_despues_minutos = 0, requiere_confirmacion = false where id = $1', [first.id]);
  // Of the whole industry: what is there already is left as it is.
  ok(await owner.request('PATCH', `/services/${one.id}`, { precio: '99000' }));
  const { importados, omitidos } = ok(await take(owner));
  expect([omitidos, importados + omitidos]).toEqual([3, (await templates(owner)).length]);
  expect(ok(await owner.request('GET', `/services/${one.id}`)).precio).toBe('99000.00');
});

test('a service is created, changed, retired and brought back; the list is in order, page by page, and filters', async () => {
  const [owner, stranger] = [await register(api, { moneda: 'CLP', pais: 'CL', zona_horaria: 'America/Santiago' }), await register(api)];
  const create = async (nombre: string, orden: number) => ok(await owner.request('POST', '/services', { nombre, precio: '9000', duracion_minutos: 30, orden }));
  const [c, a, b] = [await create('Corte', 2), await create('Barba', 1), await create('Cejas', 1)];
  expect(c).toMatchObject({ precio: '9000.00', moneda: 'CLP', activo: true, reservable_en_linea: true, requiere_confirmacion: false, paso_minutos: null, buffer_antes_minutos: 0 });
  const pages: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: any = await owner.request('GET', `/services?limite=1${cursor && `&cursor=${cursor}`}`);
    pages.push(...body.elementos.map((s: any) => s.id));
    cursor = body.cursor;
  }
  expect(pages).toEqual([a.id, b.id, c.id]);

  const changed = ok(await owner.request('PATCH', `/services/${c.id}`, { precio: '9500', descripcion: 'Con navaja', paso_minutos: 20 }));
  expect(changed).toEqual({ ...c, precio: '9500.00', descripcion: 'Con navaja', paso_minutos: 20, actualizado_en: expect.any(String) });
  expect(ok(await owner.request('PATCH', `/services/${c.id}`, {}))).toEqual(changed);
  expect((await owner.request('PATCH', `/services/${c.id}`, { nombre: 'Barba' })).body.codigo).toBe('ya_existe');
  for (const [method, path] of [['POST', '/services'], ['PATCH', `/services/${c.id}`]]) {
    expect((await owner.request(method, path, { nombre: 'Otro', precio: '9000.50', duracion_minutos: 30 })).body.codigo).toBe('decimales_invalidos');
  }
  await expectRefused((bad) => owner.request('PATCH', `/services/${c.id}`, bad), [['precio', null, 'requerido'], ['duracion_minutos', 7, 'multiplo'], ['moneda', 'USD', 'desconocido']]);

  expect((await owner.request('DELETE', `/services/${a.id}`)).status).toBe(204);
  expect([(await services(owner, '&activo=true')).map((s) => s.id), (await services(owner, '&activo=false')).map((s) => s.id)]).toEqual([[b.id, c.id], [a.id]]);
  expect(ok(await owner.request('PATCH', `/services/${a.id}`, { activo: true })).activo).toBe(true);
  for (const [method, body] of [['GET'], ['PATCH', { precio: '1' }], ['PATCH', {}], ['DELETE']] as const) {
    expect([method, (await stranger.request(method, `/services/${c.id}`, body)).status]).toEqual([method, 404]);
  }
  expect(ok(await owner.request('GET', `/services/${c.id}`))).toEqual(changed);
});
