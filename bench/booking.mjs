// 2. Booking over HTTP, against the same transactions through pgbench. Every turn takes a free time of its own, on both sides alike.
import { runBaseline, scriptOf } from './baseline.mjs';
import { openCapture, signer } from './capture.mjs';
import { goal, median, percentile, spread, times } from './figures.mjs';
import { agenda } from './places.mjs';
import { closedLoop } from './load.mjs';
import { environment, openApi } from './server.mjs';
import { Wire } from './wire.mjs';

const where = { many: 'many tenants', tenant: 'one tenant', professional: 'one professional' };
const plan = [
  ...Object.keys(where).flatMap((place) => [1, 4, 16].map((clients) => ({ what: 'book', place, clients }))),
  ...['hold and book', 'book and cancel', 'book and reschedule'].map((what) => ({ what, place: 'many', clients: 16 })),
];

/** What a turn asks of the API, for a free time; the ids that it was answered. */
const turns = {
  book: async (send, { time, client }) => ({ cita: await send('POST', '/appointments', { fecha_cita: time.fecha, ...hourOf(time), ...client }) }),
  'hold and book': async (send, place) => {
    const { time, client } = place;
    const reserva = await send('POST', '/availability/holds', { fecha: time.fecha, ...hourOf(time) });
    return { reserva, cita: await send('POST', '/appointments', { fecha_cita: time.fecha, ...hourOf(time), ...client, reserva_id: reserva }) };
  },
  'book and cancel': async (send, place) => {
    const { cita } = await turns.book(send, place);
    await send('PUT', `/appointments/${cita}/cancel`, { motivo_cancelacion: 'Viaje' });
    return { cita };
  },
  'book and reschedule': async (send, place) => {
    const { cita } = await turns.book(send, place);
    await send('PUT', `/appointments/${cita}/reschedule`, { fecha_cita: place.later.fecha, hora_inicio: place.later.hora_inicio });
    return { cita };
  },
};
const hourOf = ({ profesional_id, servicio_id, hora_inicio }) => ({ profesional_id, servicio_id, hora_inicio });

export async function booking(server, { rounds, quick }) {
  const copy = await server.copy(await server.database('agenda'));
  const env = environment(server, copy.name);
  const tokenOf = await signer(env);
  const places = agenda(copy.today);
  const { placeOf, regions } = places;
  const cases = (quick ? plan.filter(({ what, clients }) => what !== 'book' || clients === 4).slice(0, 2) : plan).map((each) => ({ ...each, http: [], base: [], times: [] }));

  const application = await openCapture(env);
  const scripts = await captureTurns(application, tokenOf, places, new Set(cases.map((each) => each.what)));
  await application.close();

  const api = await openApi(env);
  try {
    for (let round = 0; round < rounds; round++) for (const each of cases) await measure(each, round);
  } finally {
    await api.stop();
    await copy.drop();
  }
  return tables(cases);

  async function measure({ what, place, clients, http, base, times }, round) {
    const size = quick ? { clients, count: 5, warm: 2 } : { clients, warm: 15, count: { 1: 150, 4: 75, 16: 50 }[clients] };
    const all = clients * (size.warm + size.count);
    const sides = [
      async () => {
        const region = regions.next(place, all);
        const wire = new Wire(api.baseUrl);
        const work = (turn) => {
          const at = placeOf(region, turn);
          return turns[what](sending(wire, tokenOf(at.t)), at);
        };
        const measured = await closedLoop({ ...size, work }).finally(() => wire.close());
        http.push(measured.rate);
        times.push(...measured.times);
      },
      async () => base.push((await runBaseline(server.urlFor(copy.name, 'saas_app'), [scripts[what]], { ...size, region: regions.next(place, all) })).rate),
    ];
    for (const side of round % 2 ? sides.reverse() : sides) await side();
  }
}

/** Scripts of turns, each of a free time. */
export async function captureTurns(application, tokenOf, { placeOf, regions, own, know }, whats = Object.keys(turns)) {
  const scripts = {};
  for (const what of whats) {
    const place = placeOf(regions.next('many', 1), 0);
    const { result, transactions } = await application.capture((wire) => turns[what](sending(wire, tokenOf(place.t)), place));
    scripts[what] = scriptOf(transactions, {
      ...own,
      know: know(place, result),
      keep: { ...(result.reserva && { 'app.ocupar_franja(': 'h_' }), ...(/ and (cancel|resched)/.test(what) && { 'insert into citas': 'c_' }) },
    });
  }
  return scripts;
}

const sending = (wire, token) => async (method, path, body) => (await wire.send(method, path, { token, body, read: true })).id;

function tables(cases) {
  const rows = cases.map(({ what, place, clients, http, base, times: took }) => {
    const ratios = http.map((rate, i) => rate / base[i]);
    const asked = clients === 16 ? goal(median(ratios) >= 0.5) : '';
    return [`${what}, ${where[place]}, ${clients}`, spread(http), `${[50, 95, 99].map((p) => percentile(took, p).toFixed(1)).join(' / ')} ms`, spread(base), times(ratios), asked];
  });
  return [{ title: '2. Booking, turns a second: at 16 clients ≥ 0.50x of pgbench', head: ['turn, where, clients', 'HTTP', 'p50 / p95 / p99', 'pgbench', 'ratio', 'goal'], rows }];
}
