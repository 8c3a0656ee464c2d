import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from './agenda.js';
import { registerClient, startApi, type Api } from './api.js';
import { query } from './checks.js';
import { destino, entrega, entregas, FAST, N8N_SECRET, negocio, type Negocio } from './outbox-kit.js';
import { comprobar, hasta, Receptor, type Trato } from './receptor.js';
import { mailTo } from './buzon.js';

let n8n: Receptor;
let receptor: Receptor;
let api: Api;
let shop: Negocio;
beforeAll(async () => {
  n8n = await new Receptor().abrir();
  api = await startApi({ ...FAST, N8N_WEBHOOK_URL: n8n.url, N8N_WEBHOOK_SECRET: N8N_SECRET });
});
beforeEach(async () => {
  receptor = await new Receptor().abrir();
  shop = await negocio(api);
});
afterEach(() => receptor.cerrar());
afterAll(async () => {
  await api.close();
  await n8n.cerrar();
});

const ping = async (id: number): Promise<number> => ok(await shop.request('POST', `/webhooks/${id}/ping`)).entrega_id;
const estado = async (id: number) => (await entrega(api, id)).estado;
const de = (shop: Negocio) => n8n.recibidos.filter(({ cuerpo }) => cuerpo.organizacion_id === shop.cuenta.organizacion_id);

test('n8n is told what happens to a cita, signed, at the path of each event', async () => {
  const cita = await shop.reservar(0);
  const { inicia_en } = ok(await shop.request('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita: '2027-03-09', hora_inicio: '11:00' }));
  ok(await shop.request('PUT', `/appointments/${cita.id}/confirm`));
  ok(await shop.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'No puedo' }));
  await hasta(() => de(shop).length === 5, () => de(shop));
  const told = de(shop);
  expect(told.map(({ ruta }) => ruta)).toEqual(['organizacion-creada', 'cita-creada', 'cita-reprogramada', 'cita-confirmada', 'cita-cancelada'].map((evento) => `/webhook/${evento}`));
  for (const recibido of told) {
    comprobar(N8N_SECRET, recibido);
    expect(recibido.headers['user-agent']).toBe(`Franja/${JSON.parse((await import('node:fs')).readFileSync('package.json', 'utf8')).version}`);
    expect(Object.keys(recibido.cuerpo)).toEqual(['id', 'evento', 'ocurrido_en', 'organizacion_id', 'datos']);
    expect(recibido.headers['webhook-id']).toBe(recibido.cuerpo.id);
  }
  const [, , moved, , cancelled] = told.map(({ cuerpo }) => cuerpo.datos);
  expect(moved.cita).toMatchObject({ inicia_en, fecha_cita: '2027-03-09', hora_inicio: '11:00', zona_horaria: 'America/Bogota', precio_final: '20000.00', moneda: 'COP' });
  expect(moved.anterior).toMatchObject({ inicia_en: cita.inicia_en, hora_inicio: '08:00' });
  expect(cancelled.cita).toMatchObject({ estado: 'cancelada', motivo_cancelacion: 'No puedo' });
  expect(cancelled.cliente).toMatchObject({ nombre: 'María', telefono: '+573001234567' });
});

test('says who did it, so that nobody is told what they did themselves', async () => {
  const client = await registerClient(api, shop, { telefono: '+573001112233' });
  const now = { 'x-franja-now': '2027-03-06T10:00:00-05:00' };
  const cita = ok(await client.request('POST', '/appointments', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: '2027-03-08', hora_inicio: '08:00' }, now));
  ok(await shop.request('PUT', `/appointments/${cita.id}/confirm`));
  ok(await client.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'No puedo' }, now));
  const autores = await query(api, "select evento, datos -> 'autor' as autor from eventos where organizacion_id = $1 and evento like 'cita-%' order by id", [shop.cuenta.organizacion_id]);
  expect(autores).toEqual([
    { evento: 'cita-creada', autor: { usuario_id: client.cuenta.usuario_id, rol: 'cliente' } },
    { evento: 'cita-confirmada', autor: { usuario_id: shop.cuenta.usuario_id, rol: 'admin' } },
    { evento: 'cita-cancelada', autor: { usuario_id: client.cuenta.usuario_id, rol: 'cliente' } },
  ]);
});

test('a whole visit, a no-show and what the clock causes are events; a change that tells nobody anything is none', async () => {
  const at = (now: string) => ({ 'x-franja-now': now });
  const [seen, missed] = [await shop.reservar(0), await shop.reservar(1)];
  ok(await shop.request('PATCH', `/appointments/${seen.id}`, { notas_internas: 'x' }));
  ok(await shop.request('PUT', `/appointments/${seen.id}/check-in`, undefined, at('2027-03-08T08:00:00-05:00')));
  ok(await shop.request('PUT', `/appointments/${seen.id}/start`, undefined, at('2027-03-08T08:00:00-05:00')));
  ok(await shop.request('PUT', `/appointments/${seen.id}/complete`, undefined, at('2027-03-08T08:30:00-05:00')));
  ok(await shop.request('PUT', `/appointments/${missed.id}/no-show`, undefined, at('2027-03-08T09:00:00-05:00')));
  ok(await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { zona_horaria: 'America/Caracas' }));
  const rows = await query(api, 'select clave_orden, array_agg(evento order by id) as eventos from eventos where organizacion_id = $1 group by 1', [shop.cuenta.organizacion_id]);
  const told = Object.fromEntries(rows.map(({ clave_orden, eventos }) => [clave_orden, eventos]));
  expect(told).toEqual({
    [`organizacion:${shop.cuenta.organizacion_id}`]: ['organizacion-creada'],
    [`cita:${seen.id}`]: ['cita-creada', 'cita-completada'],
    [`cita:${missed.id}`]: ['cita-creada', 'cita-no-asistio'],
  });
});

test('a booking that is rolled back or refused leaves no event', async () => {
  const first = await shop.reservar(0);
  const count = async () => Number((await query(api, 'select count(*) from eventos where organizacion_id = $1', [shop.cuenta.organizacion_id]))[0].count);
  const before = await count();
  await expect(shop.reservar(0)).rejects.toThrow(/sin_disponibilidad/);
  await query(api, `do $$ begin update citas set estado = 'confirmada' where id = ${first.id}; raise exception 'no' using errcode = 'FR400'; exception when sqlstate 'FR400' then null; end $$`);
  expect(await count()).toBe(before);
});

describe('what a receiver answers', () => {
  const done: [string, Trato][] = [['200', 200], ['201', 201], ['202 with a long body', { estado: 202, texto: 'x'.repeat(200_000) }], ['204', 204], ['299', 299]];
  const failed: [string, Trato, RegExp][] = [
    ['400', 400, /^HTTP 400$/], ['401', 401, /401/], ['404, as n8n while it starts', 404, /^HTTP 404$/], ['409', 409, /409/], ['429', 429, /429/], ['500', 500, /500/], ['503', 503, /503/],
    ['301', { estado: 301, headers: { location: '/trampa' } }, /redirecciones/], ['302', { estado: 302, headers: { location: '/trampa' } }, /redirecciones/],
    ['307', { estado: 307, headers: { location: '/trampa' } }, /redirecciones/], ['308', { estado: 308, headers: { location: '/trampa' } }, /redirecciones/],
    ['nothing', 'callar', /sin respuesta completa en 1500 ms/], ['a closed connection', 'colgar', /ECONNRESET/], ['half a body', 'cortar', /respuesta cortada/],
    ['200 too late', { estado: 200, demora: 2000 }, /sin respuesta completa/], ['a status that is none', 999, /999|HPE/],
  ];

  test.each(done)('%s is success, once', async (_, trato) => {
    receptor.trato = trato;
    const id = await ping((await destino(shop, receptor.url)).id);
    await hasta(async () => (await estado(id)) === 'entregada');
    await sleep(150);
    expect(receptor.recibidos.length).toBe(1);
    expect(await entrega(api, id)).toMatchObject({ intentos: 1, ultimo_error: null, tomada_hasta: null });
    expect((await entrega(api, id)).ultima_respuesta.length).toBeLessThanOrEqual(500);
  });

  test.each(failed)('%s is tried again, with the same id and the same bytes', async (_, trato, error) => {
    let id = 0;
    let told: string | undefined;
    receptor.trato = async () => {
      if (receptor.recibidos.length <= 2) return trato;
      told = (await entrega(api, id)).ultimo_error; // a busy machine may take the second attempt from whoever did not note the first in time
      return 200;
    };
    const { id: destino_id, secreto } = await destino(shop, receptor.url);
    id = await ping(destino_id);
    await hasta(async () => (await estado(id)) === 'entregada', () => receptor.recibidos);
    expect(told).toMatch(error);
    expect(receptor.recibidos.length).toBe(3);
    expect(receptor.unicos.length).toBe(1);
    expect(new Set(receptor.recibidos.map(({ texto }) => texto)).size).toBe(1);
    expect(receptor.recibidos.map(({ ruta }) => ruta)).toEqual(['/', '/', '/']);
    for (const recibido of receptor.recibidos) comprobar(secreto, recibido);
  });

  test('a refused connection is tried again', async () => {
    const { id: destino_id } = await destino(shop, receptor.url);
    await receptor.cerrar();
    const id = await ping(destino_id);
    await hasta(async () => (await entrega(api, id)).ultimo_error === 'ECONNREFUSED');
    await receptor.abrir();
    await hasta(async () => (await estado(id)) === 'entregada');
  });

  test('410 switches the endpoint off, cancels what waited for it and writes to the administrator; resuming makes it whole', async () => {
    receptor.trato = 410;
    const { id } = await destino(shop, receptor.url);
    await shop.reservar(0);
    await hasta(async () => !(ok(await shop.request('GET', `/webhooks/${id}`)).activo));
    expect(ok(await shop.request('GET', `/webhooks/${id}`))).toMatchObject({ activo: false, motivo_pausa: expect.stringContaining('410') });
    await shop.reservar(1);
    await sleep(200);
    expect((await entregas(api, id)).map((row) => row.estado)).not.toContain('pendiente');
    expect(receptor.recibidos.length).toBe(1);
    expect((await shop.request('POST', `/webhooks/${id}/ping`)).body.codigo).toBe('destino_inactivo');
    const mail = await mailTo(api, shop.cuenta.email, /webhook/);
    expect(mail.text).toMatch(new RegExp(`${new URL(receptor.url).port}.*HTTP 410`, 's'));
    receptor.trato = 200;
    expect(ok(await shop.request('PUT', `/webhooks/${id}/resume`))).toMatchObject({ activo: true, pausado_en: null, motivo_pausa: null });
    await shop.reservar(2);
    await hasta(() => receptor.recibidos.length === 2);
  });

  test('410 switches off also the endpoint that a failure had paused a moment before, and writes to the administrator of that too', async () => {
    let answer: (trato: Trato) => void;
    const gone = new Promise<Trato>((resolve) => (answer = resolve));
    receptor.trato = () => (receptor.recibidos.length === 1 ? gone : 500);
    const { id } = await destino(shop, receptor.url);
    await query(api, "update destinos_webhook set fallando_desde = now() - interval '25 hours', fallo_en = now() where id = $1", [id]);
    for (const n of [0, 1, 2]) await shop.reservar(n);
    const now = async () => ok(await shop.request('GET', `/webhooks/${id}`));
    await hasta(async () => (await now()).pausado_en !== null);
    answer!(410);
    await hasta(async () => !(await now()).activo, now);
    expect(await now()).toMatchObject({ activo: false, pausado_en: expect.any(String), motivo_pausa: expect.stringContaining('410') });
    expect((await entregas(api, id)).map((row) => row.estado)).not.toContain('pendiente');
    expect((await mailTo(api, shop.cuenta.email, /HTTP 410/)).text).toMatch(/no se le guarda/);
  });

  test.each([
    ['es', /dijo que no quiere recibir más \(HTTP 410\).*no se le guarda/s, /24 horas seguidas de fallos; el último: sin respuesta completa en 1500 ms\..*espera tres días/s],
    ['en', /says that it wants nothing more \(HTTP 410\).*is not kept for it/s, /24 hours of nothing but failures; the last one: no complete answer in 1500 ms\..*waits three days/s],
    ['pt', /disse que não quer receber mais \(HTTP 410\).*não é guardado/s, /24 horas seguidas de falhas; a última: sem resposta completa em 1500 ms\..*espera três dias/s],
  ])('the mail says in %s why, and what becomes of what happens meanwhile', async (idioma, gone, failing) => {
    ok(await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { idioma }));
    receptor.trato = ({ ruta }) => (ruta === '/410' ? 410 : 'callar');
    await ping((await destino(shop, `${receptor.url}/410`)).id);
    expect((await mailTo(api, shop.cuenta.email, /webhook/i)).text).toMatch(gone);
    const { id } = await destino(shop, receptor.url);
    await query(api, "update destinos_webhook set fallando_desde = now() - interval '25 hours', fallo_en = now() where id = $1", [id]);
    await ping(id);
    expect((await mailTo(api, shop.cuenta.email, /24 ho/)).text).toMatch(failing);
  });

  test.each([['429', 429, () => '1'], ['503', 503, () => new Date(Date.now() + 2000).toUTCString()]])('Retry-After of %s holds back all that is for that endpoint', async (_, status, header) => {
    receptor.trato = () => (receptor.recibidos.length === 1 ? { estado: status, headers: { 'retry-after': header() } } : 200);
    const { id } = await destino(shop, receptor.url);
    await ping(id);
    await hasta(() => receptor.recibidos.length === 1);
    await sleep(100);
    await ping(id);
    await hasta(() => receptor.unicos.length === 2 && receptor.recibidos.length === 3);
    const [first, ...rest] = receptor.recibidos.map(({ en }) => en);
    expect(Math.min(...rest) - first).toBeGreaterThanOrEqual(950);
  });

  test.each([['0', () => '0'], ['a moment that is over', () => new Date(Date.now() - 60_000).toUTCString()]])('Retry-After of %s is not asked again without a pause', async (_, header) => {
    receptor.trato = () => ({ estado: 503, headers: { 'retry-after': header() } });
    const { id } = await destino(shop, receptor.url);
    await ping(id);
    await hasta(() => receptor.recibidos.length === 1);
    await sleep(1_500);
    // 40 ms, 80 ms, 160 ms… on the mean; without a pause it was one every 50 ms for ever.
    expect(receptor.recibidos.length).toBeLessThan(15);
    ok(await shop.request('PATCH', `/webhooks/${id}`, { activo: false }));
  });
});

describe('order and fairness', () => {
  test('what happens to one cita arrives in its order however the first fails, and other citas do not wait for it', async () => {
    const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada', 'cita-confirmada', 'cita-cancelada'] });
    let failures = 0;
    let stuck = 0;
    receptor.trato = ({ cuerpo }) => (cuerpo.datos.cita.id === stuck && cuerpo.evento === 'cita-creada' && ++failures <= 4 ? 500 : 200);
    const free = await shop.reservar(1);
    stuck = free.id + 1;
    const cita = await shop.reservar(0);
    expect(cita.id).toBe(stuck);
    for (const each of [cita, free]) {
      ok(await shop.request('PUT', `/appointments/${each.id}/confirm`));
      ok(await shop.request('PUT', `/appointments/${each.id}/cancel`, { motivo_cancelacion: 'No' }));
    }
    await hasta(async () => (await entregas(api, id)).filter((row) => row.estado === 'entregada').length === 6, () => receptor.eventos);
    const of = (cita_id: number) => receptor.recibidos.filter(({ cuerpo }) => cuerpo.datos.cita.id === cita_id).map(({ cuerpo }) => cuerpo.evento);
    expect(of(cita.id)).toEqual(['cita-creada', 'cita-creada', 'cita-creada', 'cita-creada', 'cita-creada', 'cita-confirmada', 'cita-cancelada']);
    expect(of(free.id)).toEqual(['cita-creada', 'cita-confirmada', 'cita-cancelada']);
    expect(receptor.recibidos.findLastIndex(({ cuerpo }) => cuerpo.datos.cita.id === free.id)).toBeLessThan(receptor.recibidos.length - 1);
  });

  test('an organisation whose events cannot be shared out delays nobody else', async () => {
    const later = await negocio(api);
    const { organizacion_id } = shop.cuenta;
    await hasta(() => de(shop).length === 1 && de(later).length === 1);
    await query(api, `create function public.falla() returns trigger language plpgsql as $$ begin raise exception 'falla'; end $$`);
    await query(api, `create trigger falla before insert on entregas for each row when (new.organizacion_id = ${organizacion_id}) execute function public.falla()`);
    try {
      await shop.reservar(0);
      await later.reservar(0);
      await hasta(() => de(later).length === 2);
      expect(de(shop).length).toBe(1);
    } finally {
      await query(api, 'drop function public.falla() cascade');
    }
    await hasta(() => de(shop).length === 2);
  });

  test('an endpoint that never answers delays nobody else, and no endpoint gets more than two at a time', async () => {
    const slow = await new Receptor().abrir();
    slow.trato = 'callar';
    receptor.trato = { estado: 200, demora: 30 };
    const { id } = await destino(shop, slow.url, { eventos: ['cita-creada'] });
    await destino(shop, receptor.url, { eventos: ['cita-creada'] });
    const citas = 24;
    for (let n = 0; n < citas; n++) await shop.reservar(n);
    await hasta(() => receptor.unicos.length === citas);
    // In a row behind the slow one, it would have been asked for as many by then.
    expect(slow.unicos.length).toBeLessThan(citas / 2);
    expect((await entregas(api, id)).filter((row) => row.estado === 'entregada').length).toBe(0);
    expect(receptor.maximo).toBeLessThanOrEqual(2);
    expect(receptor.maximo).toBe(2);
    expect(slow.maximo).toBeLessThanOrEqual(2);
    ok(await shop.request('PATCH', `/webhooks/${id}`, { activo: false }));
    await slow.cerrar();
  });

  test('n8n gets no more than two at a time of all organisations together', async () => {
    const shops = [shop, await negocio(api), await negocio(api)];
    await hasta(() => shops.every((each) => de(each).length === 1));
    n8n.maximo = 0;
    n8n.trato = { estado: 200, demora: 25 };
    await Promise.all(shops.map(async (each) => {
      for (let n = 0; n < 8; n++) await each.reservar(n);
    }));
    await hasta(() => shops.every((each) => de(each).length === 9));
    expect(n8n.maximo).toBe(2);
    n8n.trato = 200;
  });
});

test('a reminder that waited is not told once its cita was cancelled, moved or is over; what happened is', async () => {
  await destino(shop, receptor.url, { eventos: ['recordatorio-cita', 'cita-cancelada'] });
  const remind = (cita: number) =>
    query(api, `insert into recordatorios (organizacion_id, cita_id, minutos_antes, inicia_en, programado_para, enviado_en, estado)
      select organizacion_id, id, 1440, inicia_en, now(), now(), 'enviado' from citas where organizacion_id = $1 and id = $2`, [shop.cuenta.organizacion_id, cita]);
  const reminders = () =>
    query(api, `select d.canal, d.estado, d.ultimo_error from entregas d join eventos e using (organizacion_id)
      where e.id = d.evento_id and organizacion_id = $1 and evento = 'recordatorio-cita' and canal in ('n8n', 'webhook') order by e.id, d.canal`, [shop.cuenta.organizacion_id]);
  const [cancelled, moved, over, kept] = [await shop.reservar(0), await shop.reservar(2), await shop.reservar(4), await shop.reservar(6)];
  await hasta(() => de(shop).length === 5);
  for (const one of [n8n, receptor]) one.trato = 500;
  try {
    for (const cita of [cancelled, moved, over, kept]) await remind(cita.id);
    await hasta(async () => (await reminders()).filter(({ ultimo_error }) => ultimo_error).length === 8, reminders);
    ok(await shop.request('PUT', `/appointments/${cancelled.id}/cancel`, { motivo_cancelacion: 'No' }));
    ok(await shop.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: '2027-03-09', hora_inicio: '11:00' }));
    await query(api, `do $$ declare past timestamptz := date_trunc('minute', now()) - interval '1 minute'; begin set local session_replication_role = replica;
      update citas set inicia_en = past, termina_en = past + interval '30 minutes', ocupa_desde = past, ocupa_hasta = past + interval '30 minutes' where organizacion_id = ${shop.cuenta.organizacion_id} and id = ${over.id};
      update eventos set datos = jsonb_set(datos, '{cita,inicia_en}', to_jsonb(past))
        where organizacion_id = ${shop.cuenta.organizacion_id} and evento = 'recordatorio-cita' and datos #>> '{cita,id}' = '${over.id}'; end $$`);
    await hasta(async () => (await reminders()).filter(({ estado }) => estado === 'cancelada').length === 6, reminders);
  } finally {
    for (const one of [n8n, receptor]) one.trato = 200;
  }
  await hasta(async () => (await reminders()).every(({ estado }) => estado !== 'pendiente') && receptor.eventos.includes('cita-cancelada'), reminders);
  const gone = { estado: 'cancelada', ultimo_error: 'la cita pasó, se canceló o cambió de hora' };
  expect((await reminders()).map(({ canal, ...how }) => how)).toEqual([...Array(6).fill(gone), ...Array(2).fill({ estado: 'entregada', ultimo_error: null })]);
});

describe('giving up', () => {
  test('a failure after three days is the last, and what stood behind it goes on', async () => {
    receptor.trato = ({ cuerpo }) => (cuerpo.evento === 'cita-creada' ? 500 : 200);
    const { id } = await destino(shop, receptor.url);
    const cita = await shop.reservar(0);
    ok(await shop.request('PUT', `/appointments/${cita.id}/confirm`));
    await hasta(() => receptor.recibidos.length >= 2);
    expect(receptor.eventos).not.toContain('cita-confirmada');
    await query(api, `update entregas set reintentar_hasta = now() where destino_id = $1`, [id]);
    await hasta(() => receptor.eventos.includes('cita-confirmada'), () => receptor.eventos);
    expect((await entregas(api, id)).map(({ evento, estado }) => [evento, estado])).toContainEqual(['cita-creada', 'fallida']);
  });

  test('a day of failures pauses the endpoint with a mail; meanwhile all waits, and resuming sends what is younger than three days', async () => {
    receptor.trato = 500;
    const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
    await shop.reservar(0);
    await hasta(async () => ok(await shop.request('GET', `/webhooks/${id}`)).fallando_desde !== null);
    await query(api, `update destinos_webhook set fallando_desde = now() - interval '25 hours' where id = $1`, [id]);
    await hasta(async () => ok(await shop.request('GET', `/webhooks/${id}`)).pausado_en !== null);
    expect((await mailTo(api, shop.cuenta.email, /webhook/)).text).toMatch(/24 horas seguidas de fallos/);
    const heard = receptor.recibidos.length;
    await shop.reservar(1);
    await shop.reservar(2);
    await hasta(async () => (await entregas(api, id)).length === 3);
    await query(api, `update entregas set reintentar_hasta = now() - interval '1 hour' where destino_id = $1 and id = (select max(id) from entregas where destino_id = $1)`, [id]);
    await sleep(200);
    expect(receptor.recibidos.length).toBe(heard);
    receptor.trato = 200;
    ok(await shop.request('PUT', `/webhooks/${id}/resume`));
    await hasta(async () => (await entregas(api, id)).every((row) => row.estado !== 'pendiente'));
    expect((await entregas(api, id)).map((row) => row.estado)).toEqual(['entregada', 'entregada', 'fallida']);
    expect(ok(await shop.request('GET', `/webhooks/${id}`))).toMatchObject({ pausado_en: null, fallando_desde: null });
  });

  test('one that asks for a day at every attempt is paused after a day too: else what waits for it grew for good and never ended', async () => {
    receptor.trato = { estado: 503, headers: { 'retry-after': '86400' } };
    const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
    await shop.reservar(0);
    await hasta(async () => Boolean((await entregas(api, id))[0]?.ultimo_error));
    await query(api, "update destinos_webhook set fallando_desde = fallando_desde - interval '24 hours', fallo_en = fallo_en - interval '24 hours', espera_hasta = now() where id = $1", [id]);
    await query(api, 'update entregas set proximo_intento_en = now() where destino_id = $1', [id]);
    await hasta(async () => ok(await shop.request('GET', `/webhooks/${id}`)).pausado_en !== null);
  });

  test('a failure of last week whose delivery was dropped, or of the address that it had, does not pause it with the next one', async () => {
    receptor.trato = 500;
    const { id } = await destino(shop, receptor.url, { eventos: ['cita-creada'] });
    const failed = async () => {
      await ping(id);
      await hasta(async () => (await entregas(api, id)).some((row) => row.estado === 'pendiente' && row.ultimo_error !== null));
    };
    await failed();
    await query(api, "update entregas set estado = 'cancelada', tomada_hasta = null where destino_id = $1", [id]); // as a reminder whose time is over
    await query(api, `update destinos_webhook set fallando_desde = now() - interval '7 days', fallo_en = now() - interval '7 days' where id = $1`, [id]);
    await failed();
    await hasta(async () => (await entregas(api, id)).some((row) => row.estado === 'pendiente' && row.intentos > 2) || ok(await shop.request('GET', `/webhooks/${id}`)).pausado_en !== null);
    expect(ok(await shop.request('GET', `/webhooks/${id}`))).toMatchObject({ pausado_en: null, activo: true });
    await query(api, `update destinos_webhook set fallando_desde = now() - interval '23.99 hours' where id = $1`, [id]);
    expect(ok(await shop.request('PATCH', `/webhooks/${id}`, { url: `${receptor.url}/otra` }))).toMatchObject({ fallando_desde: null });
  });
});
