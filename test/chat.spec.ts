import pg from 'pg';
import { ConversacionesService } from '../src/chat/conversaciones.service.js';
import { Ejecuciones } from '../src/jobs/ejecuciones.service.js';
import { Ejecutor } from '../src/jobs/ejecutor.service.js';
import { openShop, register, registerClient, startApi, type Shop } from './api.js';
import { ai, human, n8nMemory, startApiWithChat, type ChatApi } from './chat.js';
import { mudo } from './receptor.js';
import { superuser } from './setup/database.mjs';

let api: ChatApi;
let shop: Shop;
let id: number;
const path = (sesion: string) => `/conversations/${encodeURIComponent(sesion)}/messages`;
const memory = (sesion: string) => n8nMemory(api.chat.urlAs('n8n_app'), sesion);
const append = (sesion: string, body: object, by: Shop = shop) => by.request('POST', path(sesion), body);
const read = (sesion: string, query = '') => shop.request('GET', path(sesion) + query);

beforeAll(async () => {
  api = await startApiWithChat();
});
afterAll(() => api.close());
beforeEach(async () => {
  shop = await openShop(api, {}, 1);
  id = shop.cuenta.organizacion_id;
});

const admin = async (sql: string, values: unknown[] = [], url = api.chat.adminUrl) => (await superuser(url).query(sql, values)).rows;

test("what n8n's node writes, the API reads; what the API appends, n8n's node reads as its own", async () => {
  const sesion = `${id}:wa:+573001234567`;
  const n8n = await memory(sesion);
  await n8n.add(human('¿Tienen hora mañana?'));
  await n8n.add(ai('Sí, a las 10:30.'));
  const added = await append(sesion, { rol: 'personal', contenido: 'Le habla Ana: mejor a las 11.' });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({ rol: 'personal', contenido: 'Le habla Ana: mejor a las 11.', canal: 'whatsapp', usuario_id: shop.cuenta.usuario_id, externo_id: null });
  await append(sesion, { rol: 'cliente', contenido: 'Vale', canal: 'telefono' });
  await n8n.add(ai([{ type: 'text', text: 'Queda' }, { type: 'tool_use', id: 'x', name: 'reservar', input: {} }, { type: 'text', text: 'reservado' }]));
  const { status, body } = await read(sesion);
  expect(status).toBe(200);
  expect(body.elementos.map(({ rol, contenido, canal, usuario_id }: any) => [rol, contenido, canal, usuario_id])).toEqual([
    ['agente', 'Queda\nreservado', 'whatsapp', null],
    ['cliente', 'Vale', 'telefono', shop.cuenta.usuario_id],
    ['personal', 'Le habla Ana: mejor a las 11.', 'whatsapp', shop.cuenta.usuario_id],
    ['agente', 'Sí, a las 10:30.', 'whatsapp', null],
    ['cliente', '¿Tienen hora mañana?', 'whatsapp', null],
  ]);
  expect((await n8n.read()).slice(0, 4)).toEqual([human('¿Tienen hora mañana?'), ai('Sí, a las 10:30.'), ai('Le habla Ana: mejor a las 11.'), human('Vale')]);
  await n8n.clear();
  expect((await read(sesion)).status).toBe(404);
  expect((await shop.request('GET', '/conversations')).body.elementos).toEqual([]);
  await n8n.close();
});

test("what a client wrote and n8n's node repeats when its agent has answered is one message; what only n8n knows is kept", async () => {
  const sesion = `${id}:wa:+573001234567`;
  const n8n = await memory(sesion);
  const arrived = (contenido: string, externo_id: string) => append(sesion, { rol: 'cliente', contenido, canal: 'whatsapp', externo_id });
  await arrived('Sí', 'CLI1');
  await n8n.add(human('Sí'));
  await n8n.add(ai('¿A qué hora?'));
  await arrived('Sí', 'CLI2');
  await n8n.add(human('Sí'));
  await n8n.add(ai('¿Perdón?'));
  await n8n.add(human('A las 3'));
  await memory(`${id}:wa:+573007654321`).then(async (other) => {
    await other.add(human('Sí'));
    await other.close();
  });
  const said = async () => (await read(sesion)).body.elementos.map(({ contenido, externo_id }: any) => [contenido, externo_id]).toReversed();
  expect(await said()).toEqual([['Sí', 'CLI1'], ['¿A qué hora?', null], ['Sí', 'CLI2'], ['¿Perdón?', null], ['A las 3', null]]);
  expect((await read(`${id}:wa:+573007654321`)).body.elementos).toHaveLength(1);
  await admin("update chat.n8n_chat_histories set creado_en = creado_en - interval '11 minutes' where session_id = $1", [sesion]);
  await n8n.add(human('Sí'));
  expect((await said()).at(-1)).toEqual(['Sí', null]);
  await n8n.close();
});

test('conversations come by last message, page by page, each once; a channel filters', async () => {
  for (const n of [1, 2, 3, 4, 5]) await append(`${id}:web:${n}`, { rol: 'cliente', contenido: `hola ${n}` });
  await append(`${id}:web:2`, { rol: 'agente', contenido: 'x'.repeat(300) });
  await append(`${id}:wa:+573009999999`, { rol: 'cliente', contenido: 'por WhatsApp' });
  const seen: any[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await shop.request('GET', `/conversations?limite=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.elementos);
    cursor = body.cursor;
  }
  expect(seen.map((c) => c.sesion)).toEqual(['wa:+573009999999', 'web:2', 'web:5', 'web:4', 'web:3', 'web:1'].map((s) => `${id}:${s}`));
  expect(seen[1]).toMatchObject({ canal: 'web', ultimo_rol: 'agente', ultimo_contenido: 'x'.repeat(200) });
  expect((await shop.request('GET', '/conversations?canal=whatsapp')).body.elementos).toHaveLength(1);
  expect((await shop.request('GET', `/organizations/${id}/conversations`)).body.elementos).toHaveLength(6);
  expect((await shop.request('GET', '/conversations?cursor=zzz')).body.codigo).toBe('cursor_invalido');
});

test('messages come newest first, page by page, whatever arrives meanwhile', async () => {
  const sesion = `${id}:c:7`;
  for (let n = 0; n < 7; n++) await append(sesion, { rol: 'cliente', contenido: String(n) });
  const first = await read(sesion, '?limite=3');
  await append(sesion, { rol: 'agente', contenido: 'nuevo' });
  const second = await read(sesion, `?limite=3&cursor=${first.body.cursor}`);
  const third = await read(sesion, `?limite=3&cursor=${second.body.cursor}`);
  expect([first, second, third].flatMap((page) => page.body.elementos.map((m: any) => m.contenido))).toEqual(['6', '5', '4', '3', '2', '1', '0']);
  expect(third.body.cursor).toBeNull();
});

test("another organisation's conversation does not exist, to read or to write", async () => {
  const sesion = `${id}:wa:+573001234567`;
  await append(sesion, { rol: 'cliente', contenido: 'secreto' });
  const other = await openShop(api, {}, 1);
  expect((await other.request('GET', path(sesion))).status).toBe(404);
  expect((await append(sesion, { rol: 'agente', contenido: 'intruso' }, other)).status).toBe(404);
  expect((await other.request('GET', '/conversations')).body.elementos).toEqual([]);
  expect((await other.request('DELETE', `/clients/${shop.cliente.id}/conversations`)).status).toBe(404);
  expect((await read(sesion)).body.elementos).toHaveLength(1);
});

test.each([
  ['no organisation', 'wa:+573001234567'], ['a zero', '0:wa:1'], ['nothing after it', 'N:'], ['a space', 'N:wa: 1'], ['a quote', "N:' or true --"], ['a semicolon', 'N:x;drop'],
  ['a slash', 'N:a/b'], ['a NUL', 'N:a\0b'], ['an emoji', 'N:😀'], ['a comma', 'N:a,b'],
])('a session id with %s is refused', async (_, form) => {
  const answer = await append(form.replace('N', String(id)), { rol: 'cliente', contenido: 'x' });
  expect([answer.status, answer.body.codigo]).toEqual([400, 'datos_invalidos']);
});

test('contents are kept to the letter; what PostgreSQL cannot keep and what is too long is refused', async () => {
  const sesion = `${id}:web:letra`;
  const contents = ["'; drop table chat.n8n_chat_histories; --", '%_\\ "{}" $1 :name', '{"type":"system"}', 'ñ 😀 \u202e א', 'línea\notra\tmás', '😀'.repeat(16_384)];
  for (const contenido of contents) expect((await append(sesion, { rol: 'cliente', contenido })).status).toBe(201);
  expect((await read(sesion)).body.elementos.map((m: any) => m.contenido).reverse()).toEqual(contents);
  for (const contenido of ['a\0b', '\ud800', '', 'x'.repeat(16_385)]) expect((await append(sesion, { rol: 'cliente', contenido })).status).toBe(400);
  expect((await append(sesion, { rol: 'cliente', contenido: 'x'.repeat(140_000) })).status).toBe(413);
  for (const body of [{ rol: 'sistema', contenido: 'x' }, { rol: 'cliente', contenido: 'x', canal: 'fax' }, { rol: 'cliente', contenido: 'x', usuario_id: 1 }]) {
    expect((await append(sesion, body)).status).toBe(400);
  }
});

test('a message that its channel sends twice, also at the same moment, is one', async () => {
  const sesion = `${id}:wa:+573001234567`;
  const body = { rol: 'cliente', contenido: 'hola', externo_id: '3EB0C431' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => append(sesion, body)));
  expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1);
  await append(`${id}:web:otra`, body); // another conversation's ids are its own
  expect((await read(sesion)).body.elementos).toHaveLength(1);
});

test('who may: people who work there read and append, managers erase, clients and API keys nothing', async () => {
  const sesion = `${id}:c:1`;
  await append(sesion, { rol: 'cliente', contenido: 'hola' });
  const client = await registerClient(api, shop);
  const { body: key } = await shop.request('POST', '/api-keys', { nombre: 'n8n', rol: 'propietario', permisos: ['clientes:read', 'clientes:write'] });
  expect((await api.request('GET', '/conversations', undefined, { 'x-api-key': key.clave })).status).toBe(403);
  expect((await api.request('DELETE', `/clients/${shop.cliente.id}/conversations`, undefined, { 'x-api-key': key.clave })).status).toBe(403);
  for (const [method, url] of [['GET', '/conversations'], ['GET', path(sesion)], ['POST', path(sesion)], ['DELETE', `/clients/${shop.cliente.id}/conversations`]]) {
    expect((await client.request(method, url, method === 'POST' ? { rol: 'cliente', contenido: 'x' } : undefined)).status).toBe(403);
    expect((await api.request(method, url, method === 'POST' ? { rol: 'cliente', contenido: 'x' } : undefined)).status).toBe(401);
  }
});

test("erasing takes a client's phone and account conversations, leaves the others', is audited and may be repeated", async () => {
  const { id: cliente, telefono } = shop.cliente;
  const own = [`${id}:wa:${telefono}`, `${id}:c:${cliente}`, `${id}:c:${cliente}:2027`];
  const others = [`${id}:c:${cliente}0`, `${id}:wa:${telefono}1`, `${id}:web:x`];
  for (const sesion of [...own, ...others]) await append(sesion, { rol: 'cliente', contenido: 'hola' });
  const neighbour = await register(api);
  const foreign = `${neighbour.cuenta.organizacion_id}:wa:${telefono}`;
  await neighbour.request('POST', path(foreign), { rol: 'cliente', contenido: 'hola' });
  for (let time = 1; time <= 2; time++) {
    expect((await shop.request('DELETE', `/clients/${cliente}/conversations`)).status).toBe(204);
    expect((await shop.request('GET', '/conversations')).body.elementos.map((c: any) => c.sesion).sort()).toEqual([...others].sort());
    const { body } = await shop.request('GET', `/audit?tabla=conversaciones&registro_id=${cliente}`);
    expect(body.elementos).toHaveLength(time);
    expect(body.elementos[0]).toMatchObject({ accion: 'baja', usuario_id: shop.cuenta.usuario_id, rol: 'admin' });
  }
  expect(await admin('select count(*)::int as n from chat.n8n_chat_histories where session_id = any ($1)', [own])).toEqual([{ n: 0 }]);
  expect((await neighbour.request('GET', path(foreign))).body.elementos).toHaveLength(1);
  expect((await shop.request('DELETE', '/clients/999999/conversations')).status).toBe(404);
});

test('retention deletes what is older than the organisation keeps, in every batch, and only its own', async () => {
  const service = api.app.get(ConversacionesService);
  const other = await register(api);
  const theirs = other.cuenta.organizacion_id;
  const fill = `insert into chat.n8n_chat_histories (session_id, message, creado_en)
    select $1 || ':web:' || n % 3, '{"type":"human","content":"x"}', now() - make_interval(days => $2) from generate_series(1, $3::int) n`;
  await admin(fill, [id, 181, 6_000]);
  await admin(fill, [id, 179, 2]);
  await admin(fill, [theirs, 400, 5]);
  await other.request('PATCH', `/organizations/${theirs}`, { retencion_chat_dias: null });
  expect(await service.retain(theirs)).toEqual({ mensajes: 0, mas: false });
  expect(await service.retain(id)).toEqual({ mensajes: 5_000, mas: true });
  expect(await service.retain(id)).toEqual({ mensajes: 1_000, mas: false });
  expect(await service.retain(id)).toEqual({ mensajes: 0, mas: false });
  expect((await shop.request('GET', '/conversations')).body.elementos).toHaveLength(2);
  expect(await admin('select count(*)::int as n from chat.conversaciones where organizacion_id = $1', [id])).toEqual([{ n: 2 }]);
  expect((await shop.request('PATCH', `/organizations/${id}`, { retencion_chat_dias: 30 })).body.retencion_chat_dias).toBe(30);
  expect(await service.retain(id)).toEqual({ mensajes: 2, mas: false });
  expect((await shop.request('PATCH', `/organizations/${id}`, { retencion_chat_dias: 0 })).status).toBe(400);
});

test('retention stops between two batches when its server ends, or when somebody took the run over', async () => {
  await admin(`insert into chat.n8n_chat_histories (session_id, message, creado_en)
    select $1 || ':web:' || n % 600, '{"type":"human","content":"x"}', now() - interval '181 days' from generate_series(1, 6000) n`, [id]);
  let batches = (await api.app.get(Ejecuciones).organizaciones('retencion_chat')).length; // ours is the last, and the others have nothing
  const run = await api.app.get(Ejecutor).correr('retencion_chat', undefined, () => batches-- > 0);
  expect(run).toMatchObject({ estado: 'interrumpida', cuentas: { mensajes: 5_000 } });
  expect((await api.app.get(Ejecutor).correr('retencion_chat')).cuentas.mensajes).toBe(1_000);
});

test('without its database, or when that is away, these routes say so and everything else works', async () => {
  const gone = api.chat.appUrl.replace(/:\d+\//, ':1/');
  const nowhere = api.chat.appUrl.replace(/@[^/]+/, '@no-existe.invalid'); // what a container that is stopped leaves of its name
  for (const [url, codigo] of [['', 'conversaciones_no_disponibles'], [gone, 'no_disponible'], [nowhere, 'no_disponible']]) {
    const lame = await startApi({ CHAT_DATABASE_URL: url });
    const owner = await openShop(lame, {}, 1);
    const answer = await owner.request('GET', '/conversations');
    expect([answer.status, answer.body.codigo]).toEqual([503, codigo]);
    expect((await owner.request('DELETE', `/clients/${owner.cliente.id}/conversations`)).body.codigo).toBe(codigo);
    const audit = await owner.request('GET', '/audit?tabla=conversaciones');
    expect(audit.body.elementos).toHaveLength(url ? 1 : 0); // tried, so written down
    expect((await owner.request('GET', '/appointments')).status).toBe(200);
    await lame.close();
  }
});

test('as a role that row level security does not hold it shows nothing', async () => {
  const careless = await startApi({ CHAT_DATABASE_URL: api.chat.adminUrl });
  const owner = await register(careless);
  expect((await owner.request('GET', '/conversations')).status).toBe(500);
  await careless.close();
});

test('a database of conversations that hangs takes no connection from bookings', async () => {
  const sesion = `${id}:web:atascada`;
  await append(sesion, { rol: 'cliente', contenido: 'x' });
  const blocker = new pg.Client(api.chat.adminUrl);
  await blocker.connect();
  await blocker.query('begin; lock table chat.n8n_chat_histories in access exclusive mode');
  const waiting = Array.from({ length: 30 }, () => read(sesion));
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await shop.request('GET', '/appointments')).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await blocker.query('rollback');
  await blocker.end();
  expect(new Set((await Promise.all(waiting)).map((answer) => answer.status))).toEqual(new Set([200]));
});

test('a database of conversations that takes connections and never answers is given up after three organisations: other tasks wait for it no longer', async () => {
  const { donde, cerrar } = await mudo();
  for (let i = 0; i < 4; i++) await register(api);
  const lame = await startApi({ CHAT_DATABASE_URL: `postgresql://saas_app:x@${donde}/x` }, api);
  const { estado, cuentas, error } = await lame.app.get(Ejecutor).correr('retencion_chat');
  expect([estado, cuentas, error]).toEqual(['con_errores', { organizaciones: 3, errores: 3 }, expect.stringMatching(/^organizacion \d+: no_disponible$/)]);
  await lame.close();
  cerrar();
}, 60_000);
