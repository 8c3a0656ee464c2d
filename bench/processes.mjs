// 5. What one process of the API costs: start-up, memory, event loop, connections. The baseline is Node with nothing in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signer } from './capture.mjs';
import { spread, times } from './figures.mjs';
import { ids } from './fixture.mjs';
import { closedLoop } from './load.mjs';
import { environment, openApi } from './server.mjs';
import { Wire } from './wire.mjs';

const file = '.data/bench-probe.jsonl';
const probed = { NODE_OPTIONS: '--import ./bench/probe.mjs', BENCH_PROBE: file };

export async function processes(server, { rounds, quick }) {
  const { name, today } = await server.database('agenda');
  const env = environment(server, name);
  const tokenOf = await signer(env);
  const fecha = new Date(Date.parse(today) + 10 * 86_400_000).toISOString().slice(0, 10);
  const seconds = quick ? 1 : 4;
  const rows = [];
  for (let round = 0; round < rounds; round++) rows.push({ bare: await bare(), ...(await ours()) });
  const [of, ratio] = [(what) => rows.map((row) => row[what]), (a, b) => times(rows.map((row) => row[a] / row[b]))];
  const bareOf = (what) => rows.map((row) => row.bare[what]);
  for (const row of rows) Object.assign(row, { bareStart: row.bare.start, bareRss: row.bare.rss });
  return [{
    title: '5. One process of the API',
    head: ['what', 'figure', 'baseline', 'ratio'],
    rows: [
      ['start to first answer, against an empty Node', spread(of('start'), ' ms'), spread(bareOf('start'), ' ms'), ratio('start', 'bareStart')],
      ['memory at rest, against an empty Node', spread(of('rss'), ' MB'), spread(bareOf('rss'), ' MB'), ratio('rss', 'bareRss')],
      ['memory under load, against at rest', spread(of('loadRss'), ' MB'), spread(of('rss'), ' MB'), ratio('loadRss', 'rss')],
      ['event loop late by, p50 under load and at rest', spread(of('loadP50'), ' ms'), spread(of('p50'), ' ms'), ''],
      ['event loop late by, p99 under load and at rest', spread(of('loadP99'), ' ms'), spread(of('p99'), ' ms'), ''],
      ['CPU a request under load', spread(of('cpu'), ' ms'), '', ''],
      ['connections held under load of 32 clients, and at rest', spread(of('loadConnections')), spread(of('connections')), ''],
    ],
  }];

  async function bare() {
    fs.rmSync(file, { force: true });
    const began = performance.now();
    await once(spawn(process.execPath, ['-e', '']), 'exit');
    const start = performance.now() - began;
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 800)'], { env: { ...process.env, ...probed } });
    await once(child, 'exit');
    return { start, rss: read().at(-1).rss };
  }

  async function ours() {
    fs.rmSync(file, { force: true });
    const began = performance.now();
    const api = await openApi({ ...env, ...probed });
    const start = performance.now() - began;
    const wire = new Wire(api.baseUrl);
    try {
      await sleep(3_000);
      const rest = read().slice(-4);
      const atRest = await connections();
      const until = performance.now() + seconds * 1000;
      let asked = 0;
      let most = 0;
      const load = closedLoop({ clients: 32, count: 1, warm: 0, work: async (client) => {
        for (let i = client; performance.now() < until; i += 32, asked++) await wire.send('GET', `/availability/${fecha}?servicio_id=${ids.servicio(1 + (i % 150))}`, { token: tokenOf(1 + (i % 150)) });
      } });
      await sleep(seconds * 900);
      most = await connections();
      await load;
      await sleep(300);
      const loaded = read().slice(-4 * seconds);
      const late = (list, what) => list.map((line) => line[what]).sort((a, b) => a - b).at(Math.floor(list.length / 2));
      return {
        start, rss: rest.at(-1).rss, loadRss: Math.max(...loaded.map(({ rss }) => rss)), connections: atRest, loadConnections: most,
        p50: late(rest, 'p50'), p99: late(rest, 'p99'), loadP50: late(loaded, 'p50'), loadP99: late(loaded, 'p99'), cpu: (loaded.at(-1).cpu - rest.at(-1).cpu) / asked,
      };
    } finally {
      wire.close();
      await api.stop();
    }
  }

  async function connections() {
    const { rows: [{ count }] } = await server.admin.query('select count(*)::int from pg_stat_activity where datname = $1', [name]);
    return count;
  }
}

const read = () => fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
