import type { LoggerService } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextWeekday, openShop, type Api, type Shop } from './api.js';
import { eventually, mailsTo } from './buzon.js';
import { query } from './checks.js';
import { connect, EvolutionServer, GLOBAL_KEY, instanceOf, startWithEvolution, wrote, type Lie } from './evolution.js';

let evolution: EvolutionServer;
let api: Api;

beforeAll(async () => {
  evolution = await EvolutionServer.start();
  api = await startWithEvolution(evolution);
});
afterAll(async () => {
  await api?.close();
  await evolution.close();
});
afterEach(() => {
  evolution.down = false;
  evolution.lies.length = 0;
});

let last = 0;
/** A Colombian mobile that no other test uses. */
const phone = () => `57300${String(5_550_000 + ++last)}`;
const monday = nextWeekday(1, 7);
const HOURS = Array.from({ length: 16 }, (_, i) => `${String(9 + Math.floor(i / 2)).padStart(2, '0')}:${i % 2 ? '30' : '00'}`);

/** A shop with a client of its own phone and e-mail. */
async function shop(more: Record<string, unknown> = {}, client: Record<string, unknown> = {}, on = api): Promise<Shop & { number: string; email: string }> {
  const opened = await openShop(on, more);
  const number = phone();
  const email = `${number}@example.com`;
  const { body } = await opened.request('POST', '/clients', { nombre: 'María Muñoz', telefono: `+${number}`, email, ...client });
  return { ...opened, cliente: body, number, email };
}

async function book({ request, cliente, profesional, servicio }: Shop, hora_inicio = '10:00') {
  const answer = await request('POST', '/appointments', { cliente_id: cliente.id, profesional_id: profesional.id, servicio_id: servicio.id, fecha_cita: monday, hora_inicio });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

const textsTo = (number: string) => evolution.sent.filter((sent) => sent.number === number);
const textTo = (number: string, n = 1) => eventually(() => textsTo(number)[n - 1], 20_000);
const delivery = (organization: Shop, canal: string) =>
  query(api, 'select * from entregas where organizacion_id = $1 and canal = $2 order by id', [organization.cuenta.organizacion_id, canal]);

describe('messages to clients', () => {
  test('leave from the number of their business, in its words, date and zone, and by no other channel', async () => {
    const one = await shop({ nombre_comercial: 'Peluquería «Ñandú»' });
    const other = await shop({ nombre_comercial: 'Nails & Co', idioma: 'en', pais: 'US', zona_horaria: 'America/New_York', moneda: 'USD' });
    const names = [await connect(evolution, one, phone()), await connect(evolution, other, phone())];
    const { codigo_cita } = await book(one);
    await book(other, '14:30');
    const es = new Intl.DateTimeFormat('es-CO', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(monday));
    const en = new Intl.DateTimeFormat('en-US', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(monday));
    expect(await textTo(one.number)).toMatchObject({
      instance: names[0],
      text: `Hola, María Muñoz. Gracias por reservar en Peluquería «Ñandú».\n\nCorte con Juan Pérez\n${es}, 10:00 a. m.\nCódigo: ${codigo_cita}\n\n¡Le esperamos!`,
    });
    expect(await textTo(other.number)).toMatchObject({ instance: names[1], text: expect.stringContaining(`${en}, 2:30 PM`) });
    await eventually(async () => ((await delivery(one, 'whatsapp'))[0]?.estado === 'entregada' ? true : undefined));
    expect(await delivery(one, 'correo')).toEqual([]);
    expect(await mailsTo(api, one.email)).toEqual([]);
  });

  test('go by e-mail without a WhatsApp of one\'s own or a phone to send to; a business may want both; who said no is told nothing', async () => {
    const without = await shop();
    await book(without);
    const [mail] = await eventually(async () => ((await mailsTo(api, without.email)).length ? mailsTo(api, without.email) : undefined));
    expect(mail.subject).toMatch(/^Su cita en Barbería Prueba: lunes, /);
    expect(mail.text).toContain('Corte con Juan Pérez');

    const phoneless = await shop({}, { telefono: null });
    await connect(evolution, phoneless, phone());
    await book(phoneless);
    await eventually(async () => ((await mailsTo(api, phoneless.email)).length ? true : undefined));

    const both = await shop();
    await connect(evolution, both, phone());
    await both.request('PUT', '/message-templates', { evento: 'cita-creada', canal: 'correo', asunto: 'Reserva', cuerpo: 'Hola', solo_respaldo: false });
    await book(both);
    await textTo(both.number);
    await eventually(async () => ((await mailsTo(api, both.email))[0]?.subject === 'Reserva' ? true : undefined));

    const quiet = await shop({}, { acepta_mensajes: false });
    await connect(evolution, quiet, phone());
    await book(quiet);
    const off = await shop();
    await connect(evolution, off, phone());
    await off.request('PUT', '/message-templates', { evento: 'cita-creada', canal: 'whatsapp', cuerpo: 'Hola', activo: false });
    await off.request('PUT', '/message-templates', { evento: 'cita-creada', canal: 'correo', asunto: 'x', cuerpo: 'Hola', activo: false });
    await book(off);
    for (const silent of [quiet, off]) {
      await eventually(async () => ((await query(api, 'select 1 from eventos where organizacion_id = $1 and repartido_en is null', [silent.cuenta.organizacion_id])).length === 0 ? true : undefined));
      expect(await query(api, 'select 1 from entregas where organizacion_id = $1', [silent.cuenta.organizacion_id])).toEqual([]);
    }
  });

  test.each<[string, Lie[]]>([
    ['201 with an error in the body', [{ status: 201, body: '{"error":true,"message":"Connection Closed"}' }]],
    ['201 with a key that has no id', [{ status: 201, body: '{"key":{}}' }]],
    ['500, with a key too, and 502', [{ status: 500, body: '{"key":{"id":"X"}}' }, { status: 502, body: 'null' }]],
    ['429 and 401', [{ status: 429, body: '{}' }, { status: 401, body: '{"status":401}' }]],
    ['a hang-up', ['drop']],
    ['silence', ['stall']],
  ])('%s is not sent: it is tried again, until there is the key of a message', async (_, lies) => {
    const opened = await shop();
    await connect(evolution, opened, phone());
    evolution.lies.push(...lies);
    await book(opened);
    await textTo(opened.number);
    const [sent] = await eventually(async () => {
      const found = await delivery(opened, 'whatsapp');
      return found[0].estado === 'entregada' ? found : undefined;
    });
    expect(sent.intentos).toBe(lies.length + 1);
    expect(textsTo(opened.number)).toHaveLength(1);
  });

  test('whose answer was lost after they left are not sent twice', async () => {
    const opened = await shop();
    await connect(evolution, opened, phone());
    Object.assign(evolution, { tells: true, sendsAndDrops: 1 });
    const cita = await book(opened);
    await eventually(async () => ((await delivery(opened, 'whatsapp'))[0]?.estado === 'entregada' ? true : undefined));
    evolution.tells = false;
    expect(textsTo(opened.number)).toHaveLength(1);
    expect((await delivery(opened, 'whatsapp'))[0].intentos).toBe(2);
    // Known afterwards as what it was, and of which cita.
    const [left] = await query(api, "select evento, cita_id, cliente_id from mensajes_whatsapp where organizacion_id = $1 and direccion = 'saliente'", [opened.cuenta.organizacion_id]);
    expect(left).toEqual({ evento: 'cita-creada', cita_id: String(cita.id), cliente_id: String(opened.cliente.id) });
  });

  test('to a number without WhatsApp are given up with the reason, and go by e-mail', async () => {
    const opened = await shop();
    await connect(evolution, opened, phone());
    evolution.unknown.add(opened.number);
    await book(opened);
    await eventually(async () => ((await mailsTo(api, opened.email)).length === 1 ? true : undefined));
    expect(await delivery(opened, 'whatsapp')).toMatchObject([{ estado: 'cancelada', ultimo_error: 'ese número no tiene WhatsApp', intentos: 1 }]);
  });

  test('wait while the phone is not connected, and leave when it is', async () => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    evolution.instances.get(name)!.state = 'close';
    await book(opened);
    const [waiting] = await eventually(async () => {
      const found = await delivery(opened, 'whatsapp');
      return found[0]?.ultimo_error && found[0].intentos > 1 ? found : undefined;
    });
    expect(waiting).toMatchObject({ estado: 'pendiente', ultimo_error: 'WhatsApp no está conectado' });
    evolution.instances.get(name)!.state = 'open';
    await textTo(opened.number);
    expect(await mailsTo(api, opened.email)).toEqual([]);
  });

  test('that waited long enough fail with that reason, and go by e-mail', async () => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    evolution.instances.get(name)!.state = 'close';
    await book(opened);
    await eventually(async () => ((await delivery(opened, 'whatsapp'))[0]?.intentos > 0 ? true : undefined));
    await query(api, `update entregas set creado_en = now() - interval '61 minutes' where organizacion_id = $1`, [opened.cuenta.organizacion_id]);
    await eventually(async () => ((await mailsTo(api, opened.email)).length === 1 ? true : undefined));
    const [failed] = await eventually(async () => {
      const found = await delivery(opened, 'whatsapp');
      return found[0].estado === 'fallida' ? found : undefined;
    });
    expect(failed.ultimo_error).toBe('WhatsApp no está conectado');
    evolution.instances.get(name)!.state = 'open';
    await sleep(300);
    expect(textsTo(opened.number)).toEqual([]);
  });

  test('are tried a last time when they have waited long enough, and not later, however long the pauses have become', async () => {
    const opened = await shop();
    await connect(evolution, opened, phone());
    evolution.down = true;
    await book(opened);
    // Between two attempts: one that goes on would end with the long pause of the thirtieth.
    await eventually(async () => (await query(api, `update entregas set creado_en = now() - interval '59 minutes', intentos = 30
      where organizacion_id = $1 and ultimo_error is not null and tomada_hasta is null returning id`, [opened.cuenta.organizacion_id]))[0]);
    const [{ creado_en, proximo_intento_en }] = await eventually(async () => {
      const found = await delivery(opened, 'whatsapp');
      return found[0].intentos > 30 && found[0].tomada_hasta === null ? found : undefined;
    });
    expect((proximo_intento_en - creado_en) / 60_000).toBeLessThan(61);
    await query(api, `update entregas set creado_en = now() - interval '60 minutes', proximo_intento_en = now() where organizacion_id = $1`, [opened.cuenta.organizacion_id]);
    await eventually(async () => ((await mailsTo(api, opened.email)).length === 1 ? true : undefined));
  });

  test('go by e-mail once the plan admits no more of them this month', async () => {
    const opened = await shop();
    await connect(evolution, opened, phone());
    const [{ limite }] = await query(api, `select limite_whatsapp_mes as limite from planes_subscripcion where codigo_plan = 'trial'`);
    const allow = (most: number | null) => query(api, `update planes_subscripcion set limite_whatsapp_mes = $1 where codigo_plan = 'trial'`, [most]);
    await allow(1);
    try {
      await book(opened);
      await textTo(opened.number);
      await book(opened, '11:00');
      await eventually(async () => ((await mailsTo(api, opened.email)).length === 1 ? true : undefined));
      expect((await delivery(opened, 'whatsapp')).at(-1)).toMatchObject({ estado: 'cancelada', ultimo_error: 'el plan no admite más WhatsApp este mes' });
      expect(textsTo(opened.number)).toHaveLength(1);
    } finally {
      await allow(limite);
    }
  });

  test('go by e-mail at once when the phone has long been away, and by WhatsApp when it is back', async () => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    await evolution.tell(name, 'connection.update', { state: 'close', statusReason: 401 });
    await query(api, `update instancias_whatsapp set estado_desde = now() - interval '61 minutes' where organizacion_id = $1`, [opened.cuenta.organizacion_id]);
    await book(opened);
    await eventually(async () => ((await mailsTo(api, opened.email)).length === 1 ? true : undefined));
    expect(await delivery(opened, 'whatsapp')).toEqual([]);
    await evolution.scan(name, '573001112255');
    await book(opened, '11:00');
    await textTo(opened.number);
    expect(await mailsTo(api, opened.email)).toHaveLength(1);
  });

  test.each<[string, (opened: Shop) => Promise<unknown>, object]>([
    ['the phone has long been away', ({ cuenta }) => query(api, `update instancias_whatsapp set estado_desde = now() - interval '61 minutes' where organizacion_id = $1`, [cuenta.organizacion_id]),
      { estado: 'fallida', ultimo_error: 'WhatsApp no está conectado' }],
    ['the business gives its WhatsApp up', ({ request }) => request('DELETE', '/whatsapp/instance'), { estado: 'cancelada', ultimo_error: 'el negocio ya no tiene WhatsApp' }],
    ['it tells that by WhatsApp no more', async ({ request }) => {
      for (const evento of ['cita-creada', 'cita-reprogramada']) await request('PUT', '/message-templates', { evento, canal: 'whatsapp', cuerpo: 'Hola', activo: false });
    }, { estado: 'cancelada', ultimo_error: 'la plantilla está desactivada' }],
  ])('that wait when %s go by e-mail as those that come after, and before them', async (_, turnOff, given) => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    evolution.instances.get(name)!.state = 'close';
    const { id } = await book(opened);
    await eventually(async () => ((await delivery(opened, 'whatsapp'))[0]?.ultimo_error ? true : undefined));
    await query(api, `update entregas set proximo_intento_en = now() + interval '1 minute' where organizacion_id = $1`, [opened.cuenta.organizacion_id]);
    await turnOff(opened);
    await opened.request('PUT', `/appointments/${id}/reschedule`, { fecha_cita: monday, hora_inicio: '15:00' });
    await eventually(async () => ((await query(api, 'select from eventos where organizacion_id = $1 and repartido_en is null', [opened.cuenta.organizacion_id])).length === 0 ? true : undefined));
    await query(api, `update entregas set proximo_intento_en = now() where organizacion_id = $1`, [opened.cuenta.organizacion_id]);
    const mails = await eventually(async () => ((await mailsTo(api, opened.email)).length === 2 ? mailsTo(api, opened.email) : undefined));
    expect(mails.map(({ subject }) => subject)).toEqual([expect.stringMatching(/10:00/), expect.stringMatching(/cambió.*3:00/)]);
    await eventually(async () => ((await delivery(opened, 'whatsapp')).every(({ estado }) => estado !== 'pendiente') ? true : undefined));
    expect(await delivery(opened, 'whatsapp')).toMatchObject([given, given]);
    expect(textsTo(opened.number)).toEqual([]);
  });

  test('find out that the phone has left when nobody told', async () => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    evolution.instances.get(name)!.state = 'close';
    await book(opened);
    const state = async () => (await query(api, 'select estado from instancias_whatsapp where organizacion_id = $1', [opened.cuenta.organizacion_id]))[0].estado;
    await eventually(async () => ((await state()) === 'desconectada' ? true : undefined));
    evolution.down = true;
    await eventually(async () => ((await delivery(opened, 'whatsapp'))[0].ultimo_error === 'Evolution API no responde' ? true : undefined));
    Object.assign(evolution, { down: false });
    evolution.instances.get(name)!.state = 'open';
    await textTo(opened.number);
    await eventually(async () => ((await state()) === 'conectada' ? true : undefined));
  });

  test.each<[string, (opened: Shop, id: number) => string, string]>([
    ['a day is too late', ({ cuenta }) => `update entregas set creado_en = now() - interval '25 hours' where organizacion_id = ${cuenta.organizacion_id}`, 'ya no es a tiempo'],
    ['its hour is over', (_, id) => `
      begin; set local session_replication_role = replica; update citas set (inicia_en, ocupa_desde, termina_en, ocupa_hasta) = (x - interval '1 hour', x - interval '1 hour', x, x)
      from date_trunc('minute', now()) x where id = ${id}; commit`,
      'la hora de la cita ya pasó'],
    ['the business was closed', ({ cuenta }) => `update organizaciones set activo = false where id = ${cuenta.organizacion_id}`, 'el negocio no está activo'],
  ])('are not sent when meanwhile %s, nor by e-mail', async (_, change, ultimo_error) => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    evolution.instances.get(name)!.state = 'close';
    const { id } = await book(opened);
    const at = (when: string) => query(api, `
      update entregas set proximo_intento_en = ${when} where organizacion_id = $1 and tomada_hasta is null and ultimo_error is not null returning id`, [opened.cuenta.organizacion_id]);
    await eventually(async () => ((await at("now() + interval '1 minute'")).length ? true : undefined)); // in nobody's hands
    await query(api, change(opened, id));
    evolution.instances.get(name)!.state = 'open';
    await at('now()');
    const [given] = await eventually(async () => ((await delivery(opened, 'whatsapp')).every(({ estado }) => estado !== 'pendiente') ? delivery(opened, 'whatsapp') : undefined));
    expect(given).toMatchObject({ estado: 'cancelada', ultimo_error });
    expect([textsTo(opened.number), await delivery(opened, 'correo'), await mailsTo(api, opened.email)]).toEqual([[], [], []]);
  });

  test('are not sent of what is no longer so: a reminder of a cita that was cancelled or moved, or to one who has said no since', async () => {
    const opened = await shop();
    const name = await connect(evolution, opened, phone());
    const [cancelled, moved, kept] = [await book(opened, '09:00'), await book(opened, '10:00'), await book(opened, '11:00')];
    await textTo(opened.number, 3);
    const reminders = () => query(api, `
      select d.estado, d.ultimo_error from entregas d join eventos e on e.organizacion_id = d.organizacion_id and e.id = d.evento_id
      where d.organizacion_id = $1 and d.canal = 'whatsapp' and e.evento = 'recordatorio-cita' order by e.id`, [opened.cuenta.organizacion_id]);
    const waiting = (n: number) => eventually(async () => ((await reminders()).filter((one) => one.estado === 'pendiente' && one.ultimo_error).length === n ? true : undefined), 15_000);
    const settled = () => eventually(async () => ((await reminders()).every(({ estado }) => estado !== 'pendiente') ? reminders() : undefined), 15_000);
    const away = async () => {
      evolution.instances.get(name)!.state = 'close';
      evolution.lies.push({ status: 500, body: '{}' }); // so that it asks again
    };
    await away();
    for (const { id } of [cancelled, moved, kept]) await remind(opened, id);
    await waiting(3);
    await opened.request('PUT', `/appointments/${cancelled.id}/cancel`, { motivo_cancelacion: 'x' });
    await opened.request('PUT', `/appointments/${moved.id}/reschedule`, { fecha_cita: monday, hora_inicio: '15:00' });
    await eventually(async () => ((await reminders()).filter(({ estado }) => estado === 'cancelada').length === 2 ? true : undefined), 15_000);
    Object.assign(evolution.instances.get(name)!, { state: 'open' });
    const gone = { estado: 'cancelada', ultimo_error: 'la cita se canceló o cambió de hora' };
    expect(await settled()).toEqual([gone, gone, { estado: 'entregada', ultimo_error: null }]);
    await away();
    await remind(opened, kept.id, 120);
    await waiting(1);
    await opened.request('PATCH', `/clients/${opened.cliente.id}`, { acepta_mensajes: false });
    expect((await settled()).at(-1)).toEqual({ estado: 'cancelada', ultimo_error: 'el cliente no acepta mensajes' });
  }, 60_000);
});

/** As the job does when it is time. */
async function remind(organization: Shop, cita_id: number, minutes = 1440) {
  await query(api, `
    insert into recordatorios (organizacion_id, cita_id, minutos_antes, inicia_en, programado_para, enviado_en, estado)
    select organizacion_id, id, $3, inicia_en, now(), now(), 'enviado' from citas where organizacion_id = $1 and id = $2`, [organization.cuenta.organizacion_id, cita_id, minutes]);
}

describe('the pace', () => {
  test('of one number is kept by all processes together, and delays no other number', async () => {
    // Organisations of another database have the same ids.
    const server = await EvolutionServer.start();
    const paced = await startWithEvolution(server, { WHATSAPP_INTERVAL_MS: '300' });
    const second = await startWithEvolution(server, { WHATSAPP_INTERVAL_MS: '300' }, paced);
    const timesOf = (number: string) => server.sent.filter((sent) => sent.number === number).map(({ at }) => at);
    try {
      const [busy, other] = [await shop({}, {}, paced), await shop({}, {}, second)];
      for (const one of [busy, other]) await connect(server, one, phone());
      await Promise.all(HOURS.slice(0, 6).map((hour) => book(busy, hour)));
      await book(other);
      const times = await eventually(() => (timesOf(busy.number).length === 6 ? timesOf(busy.number) : undefined), 20_000);
      for (const gap of times.slice(1).map((at, i) => at - times[i])) expect(gap).toBeGreaterThan(250);
      expect(timesOf(other.number)[0]).toBeLessThan(times[4]);
    } finally {
      await second.close();
      await paced.close();
      await server.close();
    }
  }, 40_000);
});

test('no key, no token and no name of an instance is in an answer, in the log or in any row', async () => {
  const lines: string[] = [];
  const record = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '));
  const log: LoggerService = { log: record, warn: record, error: record };
  api.app.useLogger(log);
  const opened = await shop();
  const answers = [await opened.request('POST', '/whatsapp/instance')];
  const name = instanceOf(evolution, opened);
  const { token: apikey } = evolution.instances.get(name)!;
  const { url } = evolution.instances.get(name)!.webhook!;
  await evolution.scan(name, phone());
  await evolution.tell(name, 'messages.upsert', { ...wrote(opened.number, 'hola'), apikey });
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"event":5}' });
  evolution.lies.push({ status: 500, body: JSON.stringify({ apikey }) });
  await book(opened);
  await textTo(opened.number);
  await eventually(async () => ((await delivery(opened, 'whatsapp'))[0]?.estado === 'entregada' ? true : undefined));
  evolution.down = true;
  answers.push(await opened.request('POST', '/whatsapp/instance/reconnect'), await opened.request('POST', '/whatsapp/test', { telefono: '3001234567' }));
  evolution.down = false;
  answers.push(await opened.request('GET', '/whatsapp/instance'), await opened.request('GET', '/audit'), await opened.request('GET', '/deliveries'));
  const secrets = [apikey, url.split('/').at(-1)!, url.split('.').at(-1)!, GLOBAL_KEY];
  for (const secret of [...secrets, name]) expect(JSON.stringify(answers.map(({ body }) => body)) + lines.join('\n')).not.toContain(secret);
  const tables = await query(api, `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`);
  for (const { relname } of tables) {
    const [{ dump }] = await query(api, `select coalesce(string_agg(t::text, ''), '') as dump from public.${relname} t`);
    for (const secret of secrets) expect(dump.includes(secret) ? relname : '').toBe('');
  }
  api.app.useLogger(false);
});
