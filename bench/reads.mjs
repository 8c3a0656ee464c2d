// 3. Reads in the database: each at 10 % of the volume and at all of it, in turn, a few at a time.
import pg from 'pg';
import { runBaseline } from './baseline.mjs';
import { openCapture, signer } from './capture.mjs';
import { goal, median, percentile, spread, times } from './figures.mjs';
import { captureReads, hotReads, tenantsOf } from './hot.mjs';
import { environment } from './server.mjs';

const read = ['agenda of a day', 'client search', 'dashboard, 31 days', 'list, page 1', 'list, page 1,000'];

export async function reads(server, { rounds, citas, quick }) {
  const sizes = [await volume(server, citas / 10), await volume(server, citas)];
  const cases = Object.keys(tenantsOf).flatMap((whose) => read.map((what) => ({ whose, what, slices: [[], []] })));
  const { slices: each, ...size } = quick ? { slices: 1, count: 20, warm: 10 } : { slices: 6, count: 50, warm: 20 };
  for (let round = 0; round < rounds; round++) {
    for (const { whose, what, slices } of cases) {
      for (let slice = 0; slice < each; slice++) {
        for (const i of (round + slice) % 2 ? [1, 0] : [0, 1]) slices[i].push((await runBaseline(sizes[i].url, sizes[i].scripts[whose][what], size)).times);
      }
    }
  }
  const rows = cases.map(({ whose, what, slices: [few, many] }) => {
    // Slice by slice: what the machine did to one side, it did to the other.
    const ratios = rounded(few.map((times, i) => median(many[i]) / median(times)), each);
    const p50 = (slices) => rounded(slices.map(median), each);
    const p95 = percentile(many.flat(), 95);
    return [`${what}, ${whose} tenant`, spread(p50(many), ' ms'), `${p95.toFixed(1)} ms`, spread(p50(few), ' ms'), times(ratios), goal(p95 < 15 && median(ratios) <= 1.25)];
  });
  const [few, many] = [citas / 10, citas].map((n) => `${(n / 1e6).toLocaleString('en')} M`);
  return [{ title: `3. Reads in the database: p95 < 15 ms at ${many} citas, flat from ${few}`, head: ['read', `p50 at ${many}`, 'p95', `p50 at ${few}`, 'ratio', 'goal'], rows }];
}

/** The median of the slices of each round. */
const rounded = (values, each) => Array.from({ length: values.length / each }, (_, round) => median(values.slice(round * each, (round + 1) * each)));

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
