// 3. Reads in the database: each at 10 % of the volume and at all of it, in turn.
import pg from 'pg';
import { runBaseline } from './baseline.mjs';
import { openCapture, signer } from './capture.mjs';
import { goal, median, percentile, spread, times } from './figures.mjs';
import { captureReads, hotReads, tenantsOf } from './hot.mjs';
import { environment } from './server.mjs';

const read = ['agenda of a day', 'client search', 'dashboard, 31 days', 'list, page 1', 'list, page 1,000'];

export async function reads(server, { rounds, citas, quick }) {
  const sizes = [await volume(server, citas / 10), await volume(server, citas)];
  const cases = Object.keys(tenantsOf).flatMap((whose) => read.map((what) => ({ whose, what, p50: [[], []], all: [[], []] })));
  const size = quick ? { count: 20, warm: 10 } : { count: 250, warm: 100 };
  for (let round = 0; round < rounds; round++) {
    for (const { whose, what, p50, all } of cases) {
      for (const i of round % 2 ? [1, 0] : [0, 1]) {
        const measured = await runBaseline(sizes[i].url, sizes[i].scripts[whose][what], size);
        p50[i].push(median(measured.times));
        all[i].push(...measured.times);
      }
    }
  }
  const rows = cases.map(({ whose, what, p50, all }) => {
    const ratios = p50[1].map((value, i) => value / p50[0][i]);
    const p95 = percentile(all[1], 95);
    return [`${what}, ${whose} tenant`, spread(p50[1], ' ms'), `${p95.toFixed(1)} ms`, spread(p50[0], ' ms'), times(ratios), goal(p95 < 15 && median(ratios) <= 1.25)];
  });
  const [few, many] = [citas / 10, citas].map((n) => `${(n / 1e6).toLocaleString('en')} M`);
  return [{ title: `3. Reads in the database: p95 < 15 ms at ${many} citas, flat from ${few}`, head: ['read', `p50 at ${many}`, 'p95', `p50 at ${few}`, 'ratio', 'goal'], rows }];
}

async function volume(server, citas) {
  const { name, today } = await server.database('volumen', citas);
  const env = environment(server, name);
  const application = await openCapture(env);
  const client = new pg.Client({ connectionString: server.urlFor(name) });
  await client.connect();
  try {
    const tokenOf = await signer(env);
    const scripts = {};
    for (const [whose, tenants] of Object.entries(tenantsOf)) {
      scripts[whose] = await captureReads(application, tokenOf, await hotReads(client, today, tenants));
    }
    return { url: server.urlFor(name, 'saas_app'), scripts };
  } finally {
    await client.end();
    await application.close();
  }
}
