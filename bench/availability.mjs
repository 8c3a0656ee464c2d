// 1. Availability over HTTP, asked for the first time and again, against the same SQL through pgbench.
import { openCapture, signer } from './capture.mjs';
import { runBaseline, scriptOf } from './baseline.mjs';
import { codeOf, ids, profesionales, withMuch, withNone, withSome } from './fixture.mjs';
import { goal, median, percentile, spread, times } from './figures.mjs';
import { closedLoop } from './load.mjs';
import { environment, openApi } from './server.mjs';
import { Wire } from './wire.mjs';

const isLong = (shape) => shape.includes('30 days');
/** Of each question so many: other days, other professionals. Fewer of a long one, because pgbench runs each until it is planned for good. */
const variantsOf = (shape) => (isLong(shape) ? 2 : 8);
const planned = 6; // of each prepared statement PostgreSQL plans the first five anew

const shapes = {
  '1 professional, 1 day': (t, day, i) => `/availability/${day(1 + i)}?servicio_id=${ids.servicio(t)}&profesional_id=${ids.profesional(t, i % profesionales)}`,
  '1 professional, 1 month': (t, day, i) => `/availability/days?${span(day, i, 30)}&servicio_id=${ids.servicio(t)}&profesional_id=${ids.profesional(t, i % profesionales)}`,
  '1 professional, 1 month, start by start': (t, day, i) => shapes['1 professional, 1 month'](t, day, i).replace('/days', ''),
  '10 professionals, 1 day': (t, day, i) => `/availability/${day(1 + i)}?servicio_id=${ids.servicio(t)}`,
  '10 professionals, 30 days': (t, day, i) => `/availability/days?${span(day, i, 30)}&servicio_id=${ids.servicio(t)}`,
  '10 professionals, 30 days, start by start': (t, day, i) => shapes['10 professionals, 30 days'](t, day, i).replace('/days', ''),
  'public form, 1 day': (t, day, i) => `/public/${codeOf(t)}/availability/${day(1 + i)}?servicio_id=${ids.servicio(t)}`,
};
const startsOf = ({ inicios, dias }) => inicios?.length ?? dias.flatMap(({ ofertas }) => ofertas.flatMap(({ horas }) => horas)).length;
const span = (day, i, days) => `fecha_desde=${day(1 + i)}&fecha_hasta=${day(i + days)}`;

export async function availability(server, { rounds, citas, quick }) {
  const { name, today } = await server.database('volumen', citas);
  const day = (n) => new Date(Date.parse(today) + (8 + n) * 86_400_000).toISOString().slice(0, 10);
  const histories = { 0: withNone, 20000: withSome, [citas / 5]: withMuch };
  const env = environment(server, name);
  const tokenOf = await signer(env);
  const application = await openCapture(env);
  const cases = [];
  for (const [shape, pathOf] of Object.entries(shapes)) {
    for (const [history, t] of Object.entries(histories).slice(0, quick ? 1 : 3)) {
      const token = shape.startsWith('public') ? undefined : tokenOf(t);
      const paths = Array.from({ length: variantsOf(shape) }, (_, i) => pathOf(t, day, i));
      const captured = [];
      for (const path of paths) captured.push(await application.capture((wire) => wire.send('GET', path, { token, read: true })));
      cases.push({
        shape, history: Number(history), token, paths, rounds: [], inicios: startsOf(captured[0].result),
        statements: captured[0].transactions[0].length - 2, scripts: captured.map(({ transactions }) => scriptOf(transactions)),
      });
    }
  }
  await application.close();
  const first = await openApi({ ...env, CACHE_MB: '0' }); // keeps nothing: whatever it is asked is new to it
  const again = await openApi(env);
  const wires = { http: new Wire(first.baseUrl), kept: new Wire(again.baseUrl) };
  const ask = (side, { token, paths }, load) => closedLoop({ ...load, work: (turn) => wires[side].send('GET', paths[turn % paths.length], { token }) });
  try {
    // A server that has been up for a while has compiled what it runs, and V8 compiles for good what ran thousands of times.
    for (const each of cases) {
      for (const side of Object.keys(wires)) await ask(side, each, { clients: 8, count: quick ? 1 : Math.ceil(150_000 / (400 + each.inicios)), warm: 0 });
    }
    for (let round = 0; round < rounds; round++) {
      for (const shape of Object.keys(shapes)) await measure(cases.filter((each) => each.shape === shape), round);
    }
  } finally {
    for (const wire of Object.values(wires)) wire.close();
    await first.stop();
    await again.stop();
  }
  return tables(cases);

  /** Histories by turns, a few requests each, and the same through pgbench after them: the machine is as busy for one as for the other. */
  async function measure(histories, round) {
    const long = isLong(histories[0].shape);
    const { slices, count, warm } = quick ? { slices: 1, count: 3, warm: 2 } : long ? { slices: 10, count: 10, warm: 4 } : { slices: 8, count: 25, warm: 10 };
    for (const { rounds } of histories) rounds.push([]);
    for (let slice = 0; slice < slices; slice++) {
      const turns = (round + slice) % 2 ? histories.toReversed() : histories;
      for (const each of turns) each.rounds.at(-1).push({ http: (await ask('http', each, { clients: 1, count, warm })).times });
      for (const each of turns) each.rounds.at(-1).at(-1).kept = (await ask('kept', each, { clients: 1, count, warm })).times;
      for (const { rounds, scripts } of turns) {
        rounds.at(-1).at(-1).base = (await runBaseline(server.urlFor(name, 'saas_app'), scripts, { count: (long ? 2 : 4) * count, warm: planned * scripts.length })).times;
      }
    }
  }
}

function tables(cases) {
  const rows = cases.map(({ shape, history, rounds, statements, inicios }) => {
    const least = cases.find((other) => other.shape === shape);
    const p50 = (side) => rounds.map((slices) => median(slices.flatMap((slice) => slice[side])));
    // Slice by slice: what the machine did to one side, it did to the other.
    const paired = (of, others = rounds) => rounds.map((slices, r) => median(slices.map((slice, i) => of(slice, others[r][i]))));
    const overhead = paired(({ http, base }) => median(http) - median(base));
    const growth = paired((mine, other) => median(mine.http) / median(other.http), least.rounds);
    const all = rounds.flat().flatMap(({ http }) => http);
    return [
      `${shape}, ${history.toLocaleString('en')} past`, String(inicios), spread(p50('http'), ' ms'), `${percentile(all, 95).toFixed(1)} / ${percentile(all, 99).toFixed(1)} ms`, spread(p50('base'), ' ms'),
      times(paired(({ http, base }) => median(http) / median(base))), spread(overhead, ' ms'), String(statements), times(growth), spread(p50('kept'), ' ms'),
      goal(median(overhead) <= 2.5 && statements === 1 && median(growth) <= 1.1),
    ];
  });
  return [{
    title: '1. Availability: overhead ≤ 2.5 ms, one statement, growth with history ≤ 1.10x',
    head: ['question', 'starts', 'HTTP p50', 'p95 / p99', 'pgbench p50', 'ratio', 'overhead', 'statements', 'growth', 'asked again', 'goal'],
    rows,
  }];
}
