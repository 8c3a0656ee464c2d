import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from './agenda.js';
import { day, startApi, type Answer, type Api } from './api.js';
import { query } from './checks.js';
import { ask, booking, clearOfMarks, dayOf, etagOf, EVERY_MINUTES, hoursOf, MONDAY, openShop, questions, TUESDAY, type Question, type Shop } from './versiones.js';

/** One writes, the other is asked: they share the database alone. */
let api: Api;
let other: Api;
beforeAll(async () => {
  api = await startApi();
  other = await startApi({}, api);
});
afterAll(async () => {
  await other.close();
  await api.close();
});

/** A clock of one's own is answered past everything that is kept; this one stands at now. */
const uncached = (question: Question) => ask(api, question, null, { 'x-franja-now': new Date().toISOString() });

/** The copies of callers, each of one instance. */
type Copies = Map<string, Answer>;

async function see(copies: Copies, from: Api, question: Question): Promise<unknown> {
  const key = JSON.stringify([from.url, question]);
  const copy = copies.get(key);
  const answer = await ask(from, question, copy && etagOf(copy));
  if (answer.status === 304) return copy!.body;
  copies.set(key, answer);
  return answer.body;
}

/** Everything asked of both instances, with a copy and without, is what it is past everything that is kept. */
async function expectRight(copies: Copies, shop: Shop, after: string): Promise<unknown[]> {
  const truths: unknown[] = [];
  for (const question of questions(shop)) {
    let before: Answer;
    let seen: unknown[];
    let truth: Answer;
    do {
      before = await uncached(question);
      seen = [await see(copies, api, question), await see(copies, other, question), (await ask(other, question)).body];
      truth = await uncached(question);
    } while (JSON.stringify(before.body) !== JSON.stringify(truth.body)); // a start left meanwhile
    expect({ after, question, seen }).toEqual({ after, question, seen: Array(3).fill(truth.body) });
    truths.push(truth.body);
  }
  return truths;
}

test('each kind of write is seen at once in every instance, by who has a copy and who has none', async () => {
  const shop = await openShop(api);
  const { servicio, profesional, request } = shop;
  const organizacion = `/organizations/${shop.cuenta.organizacion_id}`;
  const copies: Copies = new Map();
  let cita: any;
  let hold: any;
  let feriado: any;
  let second: any;
  const writes: [what: string, write: () => Promise<Answer>][] = [
    ['a booking', async () => ({ ...(cita = await booking(shop, '10:00')) })],
    ['a reschedule', () => request('PUT', `/appointments/${cita.body.id}/reschedule`, { fecha_cita: MONDAY, hora_inicio: '11:00' })],
    ['a cancellation', () => request('PUT', `/appointments/${cita.body.id}/cancel`, { motivo_cancelacion: 'otro día' })],
    ['a hold', async () => (hold = await request('POST', '/availability/holds', { profesional_id: profesional.id, servicio_id: servicio.id, fecha: MONDAY, hora_inicio: '12:00' }))],
    ['a release', () => request('DELETE', `/availability/holds/${hold.body.id}`)],
    ['another booking', async () => (cita = await booking(shop, '09:00'))],
    ['a no-show', () => request('PUT', `/appointments/${cita.body.id}/no-show`, undefined, { 'x-franja-now': `${MONDAY}T12:00:00-05:00` })],
    ['a holiday', async () => (feriado = await request('POST', '/schedules', { tipo_horario: 'feriado', vigente_desde: MONDAY, vigente_hasta: MONDAY }))],
    ['its end', () => request('DELETE', `/schedules/${feriado.body.id}`)],
    ['new hours', () => request('PUT', `/schedules/week/${profesional.id}`, { horas: [1, 2].map((dia_semana) => ({ dia_semana, hora_inicio: '08:00', hora_fin: '12:00', tipo_horario: 'regular' })) })],
    ['a second professional', async () => (second = await request('POST', '/professionals', { nombre_completo: 'Ana Ruiz', tipo_profesional: 'barbero' }))],
    ['their agenda', () => request('POST', '/schedules/generate', { fecha_hasta: day(35) })],
    ['their own price', () => request('PUT', `/professionals/${second.body.id}/services/${servicio.id}`, { precio_personalizado: '31000' })],
    ['the end of that link', () => request('DELETE', `/professionals/${second.body.id}/services/${servicio.id}`)],
    ['a price', () => request('PATCH', `/services/${servicio.id}`, { precio: '27000' })],
    ['a duration', () => request('PATCH', `/services/${servicio.id}`, { duracion_minutos: 45 })],
    ['a service', () => request('POST', '/services', { nombre: 'Barba', precio: '15000', duracion_minutos: 15 })],
    ['a name', () => request('PATCH', `/professionals/${profesional.id}`, { nombre_completo: 'Juan P. Pérez' })],
    ['an absence online', () => request('PATCH', `/professionals/${second.body.id}`, { reservable_en_linea: false })],
    ['its end online', () => request('PATCH', `/professionals/${second.body.id}`, { reservable_en_linea: true })],
    ['an inactive professional', () => request('DELETE', `/professionals/${second.body.id}`)],
    ['a grid', () => request('PATCH', organizacion, { paso_minutos: 60 })],
    ['a horizon', () => request('PATCH', organizacion, { horizonte_dias: 5 })],
    ['its end', () => request('PATCH', organizacion, { horizonte_dias: 90 })],
    ['a zone', () => request('PATCH', organizacion, { zona_horaria: 'America/Santiago' })],
    ['the profile', () => request('PATCH', organizacion, { descripcion: 'Desde 1990.' })],
    ['an inactive service', () => request('DELETE', `/services/${servicio.id}`)],
  ];
  let before = await expectRight(copies, shop, 'nothing');
  for (const [what, write] of writes) {
    ok(await write());
    const now = await expectRight(copies, shop, what);
    expect({ what, changed: JSON.stringify(now) !== JSON.stringify(before) }).toEqual({ what, changed: true });
    before = now;
  }
}, 120_000);

test('a hold that expires is free again, though nobody writes, for everybody who asks', async () => {
  const shop = await openShop(api);
  const asking = Object.values(dayOf(shop));
  const { id } = ok(await shop.request('POST', '/availability/holds', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha: MONDAY, hora_inicio: '12:00' }));
  const [{ expires }] = await query(api, `update horarios_disponibilidad set reservado_hasta = clock_timestamp() + interval '3 s' where id = $1 returning reservado_hasta as expires`, [id]);
  const held = await Promise.all(asking.map((question) => ask(other, question)));
  for (const each of held) {
    expect(hoursOf(each)).not.toContain('12:00');
    expect(Math.floor(untilOf(each))).toBeLessThanOrEqual(expires.getTime());
  }
  await sleep(expires.getTime() - Date.now() + 50);
  for (const [i, question] of asking.entries()) expect(hoursOf(await ask(other, question, etagOf(held[i])))).toContain('12:00');
});

/** When the clock ends an answer, in milliseconds. */
const untilOf = (answer: Answer) => Number.parseInt(etagOf(answer)!.slice(24), 36) / 1000;
const nextMark = () => (Math.floor(Date.now() / 60_000 / EVERY_MINUTES) + 1) * EVERY_MINUTES * 60_000;

test('an answer is good until its first start comes too near, and no longer than the next mark', async () => {
  const shop = await openShop(api);
  const { visitor, staff } = dayOf(shop);
  await clearOfMarks();
  const first = await ask(api, visitor);
  expect(untilOf(first)).toBe(nextMark());
  // With this notice the first start can be booked for one to two minutes more.
  const antelacion_minima_minutos = Math.floor((Date.parse(first.body.inicios[0].inicia_en) - Date.now()) / 60_000) - 1;
  ok(await shop.request('PATCH', `/services/${shop.servicio.id}`, { antelacion_minima_minutos }));
  const near = await ask(other, visitor, etagOf(first));
  expect(near.body.inicios[0]).toEqual(first.body.inicios[0]);
  expect(untilOf(near)).toBe(Math.min(nextMark(), Date.parse(first.body.inicios[0].inicia_en) - antelacion_minima_minutos * 60_000));
  expect(untilOf(await ask(api, staff))).toBe(nextMark()); // no notice binds them
});

test('50 random operations at two instances: what is kept is what is true, at every step', async () => {
  const shop = await openShop(api);
  const { request, servicio, profesional } = shop;
  const second = ok(await request('POST', '/professionals', { nombre_completo: 'Ana Ruiz', tipo_profesional: 'barbero' }));
  const at = (from: Api, method: string, path: string, body?: unknown) => request(method, `${from.url}/api/v1${path}`, body);
  const open: number[] = [];
  const holds: number[] = [];
  const operation = fc.record({
    from: fc.constantFrom(api, other), kind: fc.constantFrom('book', 'book', 'cancel', 'move', 'hold', 'release', 'price', 'link', 'closed', 'generate', 'notice', 'expire', 'read'),
    who: fc.constantFrom(profesional.id, second.id), date: fc.constantFrom(MONDAY, TUESDAY), quarter: fc.integer({ min: 36, max: 71 }), n: fc.nat(1000),
  });
  const copies: Copies = new Map();
  const run = async ({ from, kind, who, date, quarter, n }: any) => {
    const hora_inicio = `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;
    const slot = { profesional_id: who, servicio_id: servicio.id, hora_inicio };
    const take = (list: number[]) => list.splice(n % Math.max(1, list.length), 1)[0] ?? 0;
    switch (kind) {
      case 'book': {
        const made = await at(from, 'POST', '/appointments', { ...slot, cliente_id: shop.cliente.id, fecha_cita: date });
        if (made.status === 201) open.push(made.body.id);
        return made;
      }
      case 'cancel': return at(from, 'PUT', `/appointments/${take(open)}/cancel`, {});
      case 'move': return at(from, 'PUT', `/appointments/${open[0] ?? 0}/reschedule`, { fecha_cita: date, hora_inicio, profesional_id: who });
      case 'hold': {
        const made = await at(from, 'POST', '/availability/holds', { ...slot, fecha: date });
        if (made.status === 201) holds.push(made.body.id);
        return made;
      }
      case 'release': return at(from, 'DELETE', `/availability/holds/${take(holds)}`);
      case 'price': return at(from, 'PATCH', `/services/${servicio.id}`, { precio: String(20_000 + n) });
      case 'link': return at(from, 'PUT', `/professionals/${who}/services/${servicio.id}`, { precio_personalizado: n % 2 ? null : String(30_000 + n), activo: n % 5 > 0 });
      case 'closed': return at(from, 'POST', '/schedules', { profesional_id: who, tipo_horario: 'bloqueo', vigente_desde: date, vigente_hasta: date, hora_inicio, hora_fin: '19:00' });
      case 'generate': return at(from, 'POST', '/schedules/generate', { fecha_hasta: day(30 + (n % 5)) });
      case 'notice': return at(from, 'PATCH', `/organizations/${shop.cuenta.organizacion_id}`, { antelacion_minima_minutos: (n % 30) * 600 });
      case 'expire': return query(api, `update horarios_disponibilidad set reservado_hasta = clock_timestamp() - interval '1 s' where id = $1`, [take(holds)]);
      default: return undefined;
    }
  };
  for (const [i, step] of fc.sample(operation, 50).entries()) {
    const answer: any = await run(step);
    expect(answer?.status ?? 200).toBeLessThan(500);
    if (i % 3 === 0) await expectRight(copies, shop, JSON.stringify({ i, ...step, from: step.from.url }));
    else await Promise.all(questions(shop).map((question) => see(copies, step.from, question))); // who asks in between keeps what may be wrong
  }
  await expectRight(copies, shop, 'all');
}, 240_000);

test('whoever booked never sees that start again, while many book and ask at both instances', async () => {
  const shop = await openShop(api);
  const { visitor, staff } = dayOf(shop);
  const hours = hoursOf(await ask(api, visitor)).filter((hora) => /:[03]0$/.test(hora));
  let done = false;
  const noise = [api, other].map(async (from) => {
    while (!done) ok(await ask(from, visitor));
  });
  const seen = await Promise.all(hours.map(async (hora) => {
    ok(await booking(shop, hora));
    const answers = await Promise.all([api, other].flatMap((from) => [ask(from, visitor), ask(from, staff)]));
    return answers.some((answer) => hoursOf(answer).includes(hora));
  }));
  done = true;
  await Promise.all(noise);
  expect(hours.length).toBeGreaterThan(10);
  expect(seen).toEqual(hours.map(() => false));
  for (const question of [visitor, staff]) expect(hoursOf(await ask(other, question))).toEqual(hoursOf(await uncached(question)));
});

test('a business that closes is gone, whoever has a copy', async () => {
  const shop = await openShop(api);
  const [profile] = questions(shop);
  const etag = etagOf(await ask(api, profile));
  await query(api, 'update organizaciones set activo = false where id = $1', [shop.cuenta.organizacion_id]);
  expect((await ask(api, profile, etag)).status).toBe(404);
});
