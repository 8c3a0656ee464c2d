// What happens at four times the load that can be carried: requests arrive at their own rate, answered or not.
import { execFileSync, spawnSync } from 'node:child_process';
import os from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { signer } from './capture.mjs';
import { goal, median, percentile, spread, times } from './figures.mjs';
import { ids } from './fixture.mjs';
import { agenda } from './places.mjs';
import { environment, openApi } from './server.mjs';
import { Wire } from './wire.mjs';

const steps = [8, 16, 32, 64]; // clients; the peak is of the one that gets most
const turns = 4; // of each round that is asked for
const opened = 1_000; // connections that are there before, as a proxy's are
const admitted = 16 + 160; // POOL_MAX and POOL_QUEUE: what is at work or waits; no more is let in

export async function overload(server, { rounds, quick }) {
  const copy = await server.copy(await server.database('agenda'));
  const env = environment(server, copy.name);
  const tokenOf = await signer(env);
  const { placeOf, regions } = agenda(copy.today);
  const api = await openApi(env);
  const seconds = quick ? 1 : 3;
  const found = [];
  let together;
  try {
    together = await apart(server, api);
    const ask = asker(placeOf, regions, tokenOf);
    const clients = await busiest(api, ask, seconds);
    // Many short ones: what a core gets done strays by a fifth from one ten seconds to the next, and the peak is compared with its neighbour.
    for (let round = 0; round < (quick ? 1 : turns * rounds); round++) {
      const before = await closed(api, ask, clients, 2);
      const overloaded = await open(api, ask, 4 * before, 4);
      await sleep(500); // what waits is answered
      const after = await closed(api, ask, clients, 2);
      found.push({ peak: (before + after) / 2, ...overloaded }); // of a machine that was as busy
    }
  } finally {
    together?.();
    await api.stop();
    await copy.drop();
  }
  return [tableOf(found, together !== undefined)];
}

/**
 * What this process takes to ask four times as much is not what refusals cost: the API and PostgreSQL have the first cores for themselves, it
 * has the last. Gives the way back; undefined where there is one core, or no `taskset` (util-linux).
 */
async function apart({ admin }, api) {
  const last = os.cpus().length - 1;
  if (last === 0 || spawnSync('taskset', ['--version']).error) return undefined;
  const { rows: [{ postmaster }] } = await admin.query("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as postmaster");
  const pin = (cores, ...pids) => pids.forEach((pid) => execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' }));
  pin(`0-${last - 1}`, api.pid, postmaster); // backends are born where the postmaster is
  pin(String(last), process.pid);
  const rest = restless();
  return () => {
    rest();
    pin(`0-${last}`, process.pid, postmaster);
  };
}

/** Cores that share silicon slow each other by up to a quarter: this one is as busy while the peak is measured as while it is passed. */
function restless() {
  let on = true;
  const turn = () => void (on && setImmediate(turn));
  turn();
  return () => (on = false);
}

/** Chosen beforehand: the best of several each round would be the luckiest of them. */
async function busiest(api, ask, seconds) {
  await closed(api, ask, steps.at(-1), seconds); // has compiled what it runs
  const rates = steps.map(() => 0);
  for (let pass = 0; pass < 2; pass++) for (const [i, clients] of steps.entries()) rates[i] += await closed(api, ask, clients, seconds);
  return steps[rates.indexOf(Math.max(...rates))];
}

/** Three questions what is free for a booking. */
function asker(placeOf, regions, tokenOf) {
  return (wire, turn) => {
    const { t, time, client } = placeOf(regions.next('many', 1), 0);
    const { fecha, hora_inicio, profesional_id, servicio_id } = time;
    if (turn % 4) return wire.ask('GET', `/availability/${fecha}?servicio_id=${ids.servicio(t)}`, { token: tokenOf(t) });
    return wire.ask('POST', '/appointments', { token: tokenOf(t), body: { fecha_cita: fecha, hora_inicio, profesional_id, servicio_id, ...client } });
  };
}

async function closed(api, ask, clients, seconds) {
  const wire = new Wire(api.baseUrl);
  const began = performance.now();
  const until = began + seconds * 1000;
  let good = 0;
  const client = async (first) => {
    for (let turn = first; performance.now() < until; turn++) if ((await ask(wire, turn)).status < 300) good++;
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  const rate = (1000 * good) / (performance.now() - began);
  wire.close();
  return rate;
}

/** Times count from when a request was due, however late this process sends it. */
async function open(api, ask, rate, seconds) {
  const wire = new Wire(api.baseUrl);
  await Promise.all(Array.from({ length: opened }, () => wire.ask('GET', '/health/live')));
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const answers = [];
  const waiting = [];
  const began = performance.now();
  for (let sent = 0; sent < rate * seconds; ) {
    for (const due = Math.min(rate * seconds, ((performance.now() - began) * rate) / 1000); sent < due; sent++) {
      const at = began + (1000 * sent) / rate;
      const turn = sent;
      waiting.push(
        ask(wire, turn).then(
          ({ status, retry }) => answers.push({ status, at, ended: performance.now(), retry }),
          () => answers.push({ status: 0, at, ended: performance.now() }),
        ),
      );
    }
    await sleep(1);
  }
  const closes = performance.now();
  lag.disable();
  await Promise.all(waiting);
  wire.close();
  const steady = answers.filter(({ ended }) => ended > began + 1000 && ended <= closes);
  const good = answers.filter(({ status }) => status >= 200 && status < 300);
  const turnedAway = answers.filter(({ status }) => status === 503);
  return {
    goodput: (1000 * steady.filter(({ status }) => status >= 200 && status < 300).length) / (closes - began - 1000),
    refused: turnedAway.length / answers.length,
    told: turnedAway.every(({ retry }) => retry !== undefined),
    other: answers.length - good.length - turnedAway.length,
    p50: percentile(good.map(({ at, ended }) => ended - at), 50),
    p99: percentile(good.map(({ at, ended }) => ended - at), 99),
    lag: Math.max(0, lag.percentile(99) / 1e6 - 10),
  };
}

function tableOf(found, apart) {
  const of = (name) => found.map((each) => each[name]);
  const kept = found.map(({ goodput, peak }) => goodput / peak);
  const queue = of('goodput').map((rate) => (1000 * admitted) / rate);
  return {
    title: `6. Overload: arrivals at 4x the peak, from ${apart ? 'a core apart' : 'the same cores'}; goodput ≥ 0.90x of it, p99 ≤ 2x what a full queue takes; ${found.length} turns`,
    head: ['peak, answers a second', 'goodput at 4x', 'ratio', '503, with Retry-After', 'other failures', 'p50 of what is served', 'p99', 'a full queue', 'late by the generator, p99', 'goal'],
    rows: [[
      spread(of('peak')), spread(of('goodput')), times(kept), `${(100 * median(of('refused'))).toFixed(0)} %, ${of('told').every(Boolean) ? 'all' : 'not all'}`,
      String(of('other').reduce((a, b) => a + b)), spread(of('p50'), ' ms'), spread(of('p99'), ' ms'), spread(queue, ' ms'), spread(of('lag'), ' ms'),
      goal(median(kept) >= 0.9 && median(of('p99')) <= 2 * median(queue)),
    ]],
  };
}
