import { openShop, type Api, type Shop } from './api.js';
import { eventually } from './buzon.js';
import { query } from './checks.js';
import { connect, EvolutionServer, startWithEvolution, wrote } from './evolution.js';
import { freshDatabase } from './setup/database.mjs';

describe('an answer by WhatsApp', () => {
  let evolution: EvolutionServer;
  let api: Api;
  let chat: Awaited<ReturnType<typeof freshDatabase>>;

  beforeAll(async () => {
    evolution = await EvolutionServer.start();
    chat = await freshDatabase('_chat');
    api = await startWithEvolution(evolution, { CHAT_DATABASE_URL: chat.appUrl });
  });
  afterAll(async () => {
    await api?.close();
    await chat?.drop();
    await evolution.close();
  });

  let last = 0;
  const phone = () => `57301${String(5_550_000 + ++last)}`;

  interface Open extends Shop {
    name: string;
    number: string;
    write(text: string, more?: Parameters<typeof wrote>[2]): Promise<number>;
    texts(): string[];
    text(n: number): Promise<string>;
    state(id: number): Promise<string>;
    received(): Promise<any[]>;
  }

  /** A shop whose WhatsApp is connected, open day and night, with one client; only answers are told, so that a text is an answer. */
  async function open(more: Record<string, unknown> = {}): Promise<Open> {
    const shop = await openShop(api, { zona_horaria: 'UTC', ...more }, 5);
    const number = phone();
    const { body: cliente } = await shop.request('POST', '/clients', { nombre: 'María Muñoz', telefono: `+${number}` });
    const name = await connect(evolution, shop, phone());
    for (const evento of ['cita-creada', 'recordatorio-cita', 'cita-reprogramada']) await shop.request('PUT', '/message-templates', { evento, canal: 'whatsapp', cuerpo: 'x', activo: false });
    const texts = () => evolution.sent.filter((sent) => sent.number === number).map(({ text }) => text);
    return {
      ...shop, cliente, name, number, texts,
      write: async (text, message) => (await evolution.tell(name, 'messages.upsert', wrote(number, text, message)))!.status,
      text: (n) => eventually(() => texts()[n - 1]),
      state: async (id) => (await shop.request('GET', `/appointments/${id}`)).body.estado,
      received: () => query(api, `select datos from eventos where organizacion_id = $1 and evento = 'mensaje-recibido' order by id`, [shop.cuenta.organizacion_id]),
    };
  }

  /** A cita in so many hours, as the administrator, whatever the hours of the shop; `reminded`, so many hours ago. */
  async function cita(shop: Shop, hours: number, { reminded, cliente_id = shop.cliente.id }: { reminded?: number; cliente_id?: number } = {}): Promise<number> {
    const { organizacion_id } = shop.cuenta;
    const start = new Date(Math.floor((Date.now() + hours * 3_600_000) / 1_800_000) * 1_800_000);
    const { body: profesional } = await shop.request('POST', '/professionals', { nombre_completo: 'Otro', tipo_profesional: 'barbero' });
    await query(api, `
      insert into horarios_disponibilidad (organizacion_id, profesional_id, fecha, hora_inicio, hora_fin, inicia_en, termina_en)
      values ($1, $2, ($3::timestamptz at time zone 'UTC')::date, '00:00', '24:00', date_trunc('day', $3::timestamptz, 'UTC'), date_trunc('day', $3::timestamptz, 'UTC') + interval '1 day')`,
      [organizacion_id, profesional.id, start]);
    const [{ id }] = await query(api, `
      insert into citas (organizacion_id, cliente_id, profesional_id, servicio_id, inicia_en, termina_en, precio_servicio, moneda)
      values ($1, $2, $3, $4, $5, $5::timestamptz + interval '30 minutes', 25000, 'COP') returning id`,
      [organizacion_id, cliente_id, profesional.id, shop.servicio.id, start]);
    if (reminded !== undefined) {
      await query(api, `
        insert into recordatorios (organizacion_id, cita_id, minutos_antes, inicia_en, programado_para, enviado_en, estado)
        select organizacion_id, id, 1440, inicia_en, now(), now() - make_interval(hours => $3), 'enviado' from citas where organizacion_id = $1 and id = $2`,
        [organizacion_id, id, reminded]);
    }
    return id;
  }

  test('«1» confirms the cita that was reminded, and is thanked, once however often the same message comes', async () => {
    const shop = await open();
    const [next, reminded] = [await cita(shop, 5), await cita(shop, 70, { reminded: 1 })];
    const message = { id: 'MISMO' };
    expect(await Promise.all([1, 2, 3].map(() => shop.write('1', message)))).toEqual([204, 204, 204]);
    expect(await shop.text(1)).toMatch(/^¡Gracias! Su cita está confirmada: /);
    expect([await shop.state(next), await shop.state(reminded)]).toEqual(['pendiente', 'confirmada']);
    expect(await shop.write('1', message)).toBe(204);
    const { body: events } = await shop.request('GET', `/appointments/${reminded}/events`);
    expect(events.at(-1)).toMatchObject({ estado_nuevo: 'confirmada', rol: 'cliente', usuario_id: null });
    const [{ autor }] = await query(api, `select datos -> 'autor' as autor from eventos where organizacion_id = $1 and evento = 'cita-confirmada'`, [shop.cuenta.organizacion_id]);
    expect(autor).toEqual({ usuario_id: null, rol: 'cliente' });
    // Already confirmed: thanked all the same. And the event of the confirmation is no second text.
    expect(await shop.write('Sí, confirmo 👍')).toBe(204);
    await shop.text(2);
    await eventually(async () => ((await query(api, `select 1 from entregas where organizacion_id = $1 and estado = 'pendiente'`, [shop.cuenta.organizacion_id])).length === 0 ? true : undefined));
    expect(shop.texts()).toHaveLength(2);
    expect(await shop.received()).toEqual([]);
  });

  test('«cancelar» cancels in time; too late it says to call', async () => {
    const shop = await open();
    await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { telefono: '+576015550000', antelacion_cancelacion_minutos: 240 });
    const early = await cita(shop, 30, { reminded: 1 });
    expect(await shop.write('Cancelar, por favor')).toBe(204);
    expect(await shop.text(1)).toMatch(/^Listo: su cita del .* se canceló/);
    expect((await shop.request('GET', `/appointments/${early}`)).body).toMatchObject({ estado: 'cancelada', motivo_cancelacion: 'Cancelada por el cliente por WhatsApp', cancelada_por: null });
    const late = await cita(shop, 3, { reminded: 1 });
    expect(await shop.write('2')).toBe(204);
    expect(await shop.text(2)).toMatch(/^Ya pasó el plazo .*llame a Barbería Prueba\.\n\+576015550000$/s);
    expect(await shop.state(late)).toBe('pendiente');
    expect(shop.texts()).toHaveLength(2);
  });

  test('without a reminder is about the next cita within two days; without one of these it is a message like any other', async () => {
    const shop = await open();
    const far = await cita(shop, 60);
    expect(await shop.write('1')).toBe(204);
    expect(await shop.received()).toHaveLength(1);
    const near = await cita(shop, 40);
    expect(await shop.write('1')).toBe(204);
    expect([await shop.state(far), await shop.state(near)]).toEqual(['pendiente', 'confirmada']);
  });

  test('of a phone that two share is about the one whose cita was reminded; other forms of a phone are the same one', async () => {
    const shop = await open({ pais: 'BR' });
    const mobile = `55119${String(87_650_000 + ++last)}`;
    const create = async (nombre: string) => (await shop.request('POST', '/clients', { nombre, telefono: `+${mobile}` })).body.id;
    const [ana, luz] = [await create('Ana'), await create('Luz')];
    const [sooner, reminded] = [await cita(shop, 5, { cliente_id: ana }), await cita(shop, 40, { cliente_id: luz, reminded: 1 })];
    const old = mobile.replace('55119', '5511');
    await evolution.tell(shop.name, 'messages.upsert', wrote(old, 'sí'));
    expect([await shop.state(sooner), await shop.state(reminded)]).toEqual(['pendiente', 'confirmada']);
    const [text] = await eventually(() => (evolution.sent.some(({ number }) => number === old) ? evolution.sent.filter(({ number }) => number === old) : undefined));
    expect(text.text).toContain('confirmada');
  });

  test('that says something else is told to n8n and nobody acts; a day later a «1» is about something else', async () => {
    const shop = await open();
    const reminded = await cita(shop, 40, { reminded: 1 });
    for (const text of ['no puedo ir el 2', '1000 gracias', '¿Puedo llevar a mi hijo?']) expect(await shop.write(text)).toBe(204);
    expect(await shop.write('1', { at: Date.now() - 25 * 3_600_000 })).toBe(204);
    expect(await shop.write('', { message: { imageMessage: { caption: '1' } } })).toBe(204);
    expect((await shop.received()).map(({ datos }) => datos.mensaje.texto)).toEqual(['no puedo ir el 2', '1000 gracias', '¿Puedo llevar a mi hijo?', '1', '[imagen] 1']);
    const [{ datos }] = await shop.received();
    expect(datos).toMatchObject({ mensaje: { canal: 'whatsapp', telefono: `+${shop.number}`, nombre: 'María' }, cliente: { id: shop.cliente.id, nombre: 'María Muñoz' }, organizacion: { id: shop.cuenta.organizacion_id } });
    expect(await shop.state(reminded)).toBe('pendiente');
    // Of somebody who is no client.
    await evolution.tell(shop.name, 'messages.upsert', wrote(phone(), '1'));
    expect((await shop.received()).at(-1).datos).toMatchObject({ cliente: null, mensaje: { texto: '1' } });
    expect(shop.texts()).toEqual([]);
  });

  /** A cita that is over, and how it was asked in so many words from the business. */
  async function asked(shop: Open): Promise<number> {
    const id = await cita(shop, 1);
    const { inicia_en } = (await shop.request('GET', `/appointments/${id}`)).body;
    for (const step of ['start', 'complete']) expect((await shop.request('PUT', `/appointments/${id}/${step}`, undefined, { 'x-franja-now': inicia_en })).status).toBe(200);
    const before = shop.texts().length;
    await query(api, `do $$ begin
      perform app.fijar_contexto(${shop.cuenta.organizacion_id}, null, 'admin');
      perform app.registrar_evento_cita('solicitar-feedback', ${id}); end $$`);
    expect(await shop.text(before + 1)).toMatch(/¿Cómo le fue con Otro\? .*\n\nDel 1 al 5, /s);
    await eventually(async () => (await query(api, "select 1 from mensajes_whatsapp where organizacion_id = $1 and cita_id = $2 and evento = 'solicitar-feedback'", [shop.cuenta.organizacion_id, id]))[0]);
    return id;
  }
  const rated = async (shop: Open, id: number) => (await shop.request('GET', `/appointments/${id}`)).body.calificacion_cliente;

  test('to how it was is a mark, kept once and thanked; more words go to people', async () => {
    const shop = await open();
    const id = await asked(shop);
    expect(await shop.write('Todo bien, aunque esperé un poco')).toBe(204);
    expect(await Promise.all(['4', 'cinco'].map((text) => shop.write(text)))).toEqual([204, 204]);
    expect(await shop.text(2)).toMatch(/^¡Gracias por su calificación!/);
    const mark = await rated(shop, id);
    expect([4, 5]).toContain(mark);
    expect((await shop.received()).map(({ datos }) => datos.mensaje.texto)).toEqual(['Todo bien, aunque esperé un poco', mark === 4 ? 'cinco' : '4']);
    // It stands in the audit as said by a client, and a «1» after the thanks is for people.
    const [said] = (await shop.request('GET', `/audit?tabla=citas&registro_id=${id}&limite=1`)).body.elementos;
    expect(said).toMatchObject({ rol: 'cliente', usuario_id: null, cambios: { calificacion_cliente: [null, mark] } });
    const next = await cita(shop, 30, { reminded: 1 });
    await shop.write('1');
    expect([await rated(shop, id), await shop.state(next), (await shop.received()).length]).toEqual([mark, 'pendiente', 3]);
  });

  test('«2» to how it was is read by people where it may be meant for the reminder of another cita; «5» is not meant for that', async () => {
    const shop = await open();
    const next = await cita(shop, 30, { reminded: 1 });
    const id = await asked(shop);
    await shop.write('2');
    expect([await rated(shop, id), await shop.state(next), (await shop.received()).length]).toEqual([null, 'pendiente', 1]);
    await shop.write('5');
    expect([await rated(shop, id), await shop.state(next), (await shop.received()).length]).toEqual([5, 'pendiente', 1]);
  });

  test('a mark is heard of a business that only reads, and of nobody else who writes from elsewhere', async () => {
    const shop = await open();
    const id = await asked(shop);
    await evolution.tell(shop.name, 'messages.upsert', wrote(phone(), '5'));
    expect([await rated(shop, id), (await shop.received()).length]).toEqual([null, 1]);
    await query(api, "update subscripciones set estado = 'expirada' where organizacion_id = $1", [shop.cuenta.organizacion_id]);
    expect(await shop.write('3')).toBe(204);
    expect(await rated(shop, id)).toBe(3);
  });

  test('a number is no mark where the business asked in words of its own, and for something else', async () => {
    const shop = await open();
    const say = (cuerpo: string) => shop.request('PUT', '/message-templates', { evento: 'solicitar-feedback', canal: 'whatsapp', cuerpo });
    const id = await asked(shop);
    for (const cuerpo of ['¿Volvería? 1, sí; 2, no.', 'Del 1 al 10, ¿qué nota nos pone?']) {
      expect((await say(cuerpo)).status).toBe(200);
      await shop.write('1');
    }
    expect([await rated(shop, id), (await shop.received()).length]).toEqual([null, 2]);
    await say('¿Qué nota nos pone, de 1 (mala) a 5?');
    await shop.write('4');
    expect([await rated(shop, id), (await shop.received()).length]).toEqual([4, 2]);
  });

  test('«1» to how it was is no confirmation', async () => {
    const shop = await open();
    const next = await cita(shop, 30, { reminded: 30 });
    await query(api, `
      insert into mensajes_whatsapp (organizacion_id, instancia_id, clave, direccion, telefono, texto, evento, enviado_en)
      select organizacion_id, id, 'F1', 'saliente', $2, '¿Cómo le fue?', 'solicitar-feedback', now() from instancias_whatsapp where organizacion_id = $1`,
      [shop.cuenta.organizacion_id, `+${shop.number}`]);
    expect(await shop.write('1')).toBe(204);
    expect(await shop.state(next)).toBe('pendiente');
    expect(await shop.received()).toHaveLength(1);
  });

  test('to a question of whoever else writes from that number, such as an assistant, is for them until Franja writes again', async () => {
    const shop = await open();
    const next = await cita(shop, 30, { reminded: 1 });
    await evolution.tell(shop.name, 'send.message', wrote(shop.number, 'Mañana tengo: 1) 10:00, 2) 11:00. ¿Cuál le reservo?', { key: { fromMe: true } }));
    for (const text of ['2', 'sí', 'dale 👍']) expect(await shop.write(text)).toBe(204);
    expect([await shop.state(next), (await shop.received()).map(({ datos }) => datos.mensaje.texto)]).toEqual(['pendiente', ['2', 'sí', 'dale 👍']]);
    await query(api, `
      insert into mensajes_whatsapp (organizacion_id, instancia_id, clave, direccion, telefono, texto, evento, enviado_en, creado_en)
      select organizacion_id, id, 'R1', 'saliente', $2, 'x', 'recordatorio-cita', clock_timestamp(), clock_timestamp() from instancias_whatsapp where organizacion_id = $1`,
      [shop.cuenta.organizacion_id, `+${shop.number}`]);
    await shop.write('sí');
    expect([await shop.state(next), (await shop.received()).length]).toEqual(['confirmada', 3]);
  });

  test('to what a person typed on the phone is for that person, and not to what was typed before the reminder and told after it', async () => {
    const shop = await open();
    const next = await cita(shop, 30, { reminded: 1 });
    const typed = (text: string, seconds: number) =>
      evolution.tell(shop.name, 'messages.upsert', { ...wrote(shop.number, text, { key: { fromMe: true } }), messageTimestamp: Math.floor(Date.now() / 1000) - seconds });
    const reminded = (minutes: number) => query(api, `
      insert into mensajes_whatsapp (organizacion_id, instancia_id, clave, direccion, telefono, texto, evento, enviado_en)
      select organizacion_id, id, 'R' || $3::int, 'saliente', $2, 'x', 'recordatorio-cita', now() - make_interval(mins => $3::int) from instancias_whatsapp where organizacion_id = $1`,
      [shop.cuenta.organizacion_id, `+${shop.number}`, minutes]);
    await reminded(60);
    await typed('Mañana tengo 1) 10:00 o 2) 11:00', 30);
    for (const text of ['2', 'ok']) await shop.write(text);
    expect([await shop.state(next), (await shop.received()).map(({ datos }) => datos.mensaje.texto)]).toEqual(['pendiente', ['2', 'ok']]);
    await reminded(0);
    await typed('Ya le digo', 600);
    await shop.write('1');
    expect([await shop.state(next), (await shop.received()).length]).toEqual(['confirmada', 2]);
    expect(await query(api, "select count(*)::int as n from mensajes_whatsapp where organizacion_id = $1 and direccion = 'saliente' and evento is null", [shop.cuenta.organizacion_id])).toEqual([{ n: 2 }]);
  });

  test('that only agrees, or says twice to cancel, does not touch a cita that nobody was speaking of', async () => {
    const shop = await open();
    await shop.request('PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { antelacion_cancelacion_minutos: 240 });
    // Too late to cancel, told to call: «ok» will not have it confirmed.
    const late = await cita(shop, 3, { reminded: 1 });
    await shop.write('cancelar');
    expect(await shop.text(1)).toMatch(/^Ya pasó el plazo /);
    await shop.write('ok 👍');
    expect([await shop.state(late), (await shop.received()).length]).toEqual(['pendiente', 1]);
    // Of two citas one is cancelled, in two messages at once, and the client says thanks.
    const other = await open();
    const [first, second] = [await cita(other, 30, { reminded: 1 }), await cita(other, 32, { reminded: 2 })];
    expect(await Promise.all(['Cancelar', '2'].map((text) => other.write(text)))).toEqual([204, 204]);
    expect(await other.text(1)).toMatch(/ se canceló/);
    for (const text of ['perfecto, gracias', '2']) await other.write(text);
    expect([await other.state(first), await other.state(second), (await other.received()).length]).toEqual(['cancelada', 'pendiente', 3]);
    // A reminder since, and a «1» is about it.
    await query(api, `update recordatorios set enviado_en = clock_timestamp() where organizacion_id = $1 and cita_id = $2`, [other.cuenta.organizacion_id, second]);
    await other.write('1');
    expect(await other.state(second)).toBe('confirmada');
  });

  test('«ok» to «se canceló», which the business wrote, and «perfecto» to how it was, confirm no other cita', async () => {
    for (const [evento, text] of [['cita-cancelada', 'ok'], ['solicitar-feedback', 'Perfecto 😊']]) {
      const shop = await open();
      const next = await cita(shop, 30, { reminded: 20 });
      await query(api, `
        insert into mensajes_whatsapp (organizacion_id, instancia_id, clave, direccion, telefono, texto, evento, enviado_en, creado_en)
        select organizacion_id, id, 'E1', 'saliente', $2, 'x', $3, clock_timestamp(), clock_timestamp() from instancias_whatsapp where organizacion_id = $1`,
        [shop.cuenta.organizacion_id, `+${shop.number}`, evento]);
      await shop.write(text);
      expect([evento, await shop.state(next), (await shop.received()).length]).toEqual([evento, 'pendiente', 1]);
    }
  });

  test('«BAJA» ends messages to all who share the phone, is answered, and «ALTA» begins them again', async () => {
    const shop = await open();
    const { body: sister } = await shop.request('POST', '/clients', { nombre: 'Luz', telefono: `+${shop.number}` });
    const accepts = async () => Promise.all([shop.cliente.id, sister.id].map(async (id) => (await shop.request('GET', `/clients/${id}`)).body.acepta_mensajes));
    await shop.write('BAJA');
    expect(await accepts()).toEqual([false, false]);
    expect(await shop.text(1)).toContain('no le enviará más mensajes');
    await shop.write('Alta');
    expect(await accepts()).toEqual([true, true]);
    expect(await shop.text(2)).toContain('de nuevo');
  });

  test('is in the conversation, with what was answered, also when the conversation could not be reached at first', async () => {
    const shop = await open();
    const session = `${shop.cuenta.organizacion_id}:wa:+${shop.number}`;
    const said = async () => (await shop.request('GET', `/conversations/${encodeURIComponent(session)}/messages`)).body.elementos?.map(({ rol, contenido }: any) => [rol, contenido.slice(0, 12)]).reverse();
    await cita(shop, 30, { reminded: 1 });
    await query({ database: chat } as Api, 'alter table chat.n8n_chat_histories rename to lejos');
    expect(await shop.write('1')).toBe(204);
    await shop.text(1);
    await query({ database: chat } as Api, 'alter table chat.lejos rename to n8n_chat_histories');
    await shop.write('Hasta luego');
    expect(await eventually(async () => ((await said())?.length === 3 ? said() : undefined))).toEqual([['cliente', '1'], ['agente', '¡Gracias! Su'], ['cliente', 'Hasta luego']]);
    // The words are there and nowhere else.
    await eventually(async () => ((await query(api, `select 1 from mensajes_whatsapp where organizacion_id = $1 and texto <> ''`, [shop.cuenta.organizacion_id])).length === 0 ? true : undefined));
  });

  describe('the webhook', () => {
    const post = (url: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
      fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

    test('is closed to who does not have its token, or has that of another', async () => {
      const [shop, other] = [await open(), await open()];
      const urlOf = ({ name }: Open) => evolution.instances.get(name)!.webhook!.url;
      const body = (name: string) => ({ event: 'messages.upsert', instance: name, data: wrote(shop.number, 'hola') });
      const [mine, theirs] = [urlOf(shop), urlOf(other)];
      const wrong = [
        [mine.slice(0, -1) + (mine.endsWith('A') ? 'B' : 'A'), shop.name], [theirs, shop.name], [mine, other.name], [mine, 'x'],
        [mine.replace(/inbound\/\d+/, `inbound/${other.cuenta.organizacion_id}`), other.name], [mine.replace(/inbound\/\d+/, 'inbound/999999999999999'), shop.name],
        [`${api.url}/api/v1/whatsapp/inbound/x`, shop.name], [`${api.url}/api/v1/whatsapp/inbound/1.${'x'.repeat(43)}`, shop.name],
      ];
      for (const [url, name] of wrong) expect([url, (await post(url, body(name))).status]).toEqual([url, 404]);
      for (const one of [shop, other]) expect(await one.received()).toEqual([]);
      expect((await post(mine, body(shop.name))).status).toBe(204);
      expect(await shop.received()).toHaveLength(1);
    });

    test('refuses what is malformed or too large, takes what it does not know, and says 503 when it cannot know', async () => {
      const shop = await open();
      const { url } = evolution.instances.get(shop.name)!.webhook!;
      const about = (event: string, data: unknown) => ({ event, instance: shop.name, data });
      for (const broken of ['{"a":', '[]', '5', '{}', about('messages.upsert', null), about('messages.upsert', [{}]), { ...about('x', {}), instance: 7 }]) {
        expect([broken, (await post(url, broken)).status]).toEqual([broken, 400]);
      }
      expect((await post(url, about('x', 'y'.repeat(1024 * 1024)))).status).toBe(413);
      expect((await post(url, about('contacts.update', 'y'.repeat(512 * 1024)))).status).toBe(204);
      expect((await post(url, about('send.message', wrote(shop.number, 'n8n', { key: { fromMe: true } })))).status).toBe(204);
      expect(await shop.received()).toEqual([]);
      await query(api, 'alter table instancias_whatsapp rename to lejos');
      expect((await post(url, about('messages.upsert', wrote(shop.number, 'hola')))).status).toBeGreaterThanOrEqual(500);
      await query(api, 'alter table lejos rename to instancias_whatsapp');
      expect(await shop.received()).toEqual([]);
    });

    test('has a limit of its own: Evolution speaks for all businesses from one address', async () => {
      const shop = await open();
      const limited = await startWithEvolution(evolution, { JOBS: 'off', LIMIT_IP: '1/1m', LIMIT_INBOUND: '3/1m' }, api);
      try {
        const url = evolution.instances.get(shop.name)!.webhook!.url.replace(api.url, limited.url);
        const statuses: number[] = [];
        for (const text of ['a', 'b', 'c', 'd']) statuses.push((await post(url, { event: 'messages.upsert', instance: shop.name, data: wrote(shop.number, text) })).status);
        expect(statuses).toEqual([204, 204, 204, 429]);
      } finally {
        await limited.close();
      }
    });

    test('tells how the phone is connected', async () => {
      const shop = await open();
      const state = async () => (await query(api, 'select estado, numero from instancias_whatsapp where organizacion_id = $1', [shop.cuenta.organizacion_id]))[0];
      const before = await state();
      expect(before.estado).toBe('conectada');
      for (const [told, estado] of [['connecting', 'esperando_qr'], ['refused', 'desconectada'], ['open', 'conectada'], ['close', 'desconectada'], ['whatever', 'desconectada']]) {
        await evolution.tell(shop.name, 'connection.update', { state: told, statusReason: 200 }, before.numero.slice(1));
        expect(await state()).toEqual({ estado, numero: before.numero });
      }
    });

    test('answers in time while Evolution, n8n and the conversation are slow: it waits for none of them', async () => {
      const shop = await open();
      evolution.lies.push('stall');
      await cita(shop, 30, { reminded: 1 });
      const { givenUp } = evolution;
      expect(await shop.write('1')).toBe(204);
      expect(evolution.givenUp).toBe(givenUp);
      await shop.text(1);
    });
  });
});
