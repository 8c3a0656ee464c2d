// What the benchmarks stand on, once each: their databases, little of them, and every statement captured and sent again.
// A process apart, because they run what is in dist/.
import pg from 'pg';
import { runBaseline } from '../../bench/baseline.mjs';
import { captureTurns } from '../../bench/booking.mjs';
import { openCapture, signer } from '../../bench/capture.mjs';
import { fill, ordinary } from '../../bench/fixture.mjs';
import { captureReads, hotReads } from '../../bench/hot.mjs';
import { agenda } from '../../bench/places.mjs';
import { environment } from '../../bench/server.mjs';
import { freshDatabase } from './database.mjs';

/** Tenants and days as far as turns go (bench/places.mjs). */
const sizes = { agenda: { tenants: 150, clientes: 100, dias: 65 }, volumen: { tenants: 20, clientes: 100, dias: 10, citas: 2_000 } };
const size = { count: 2, warm: 1 };
const took = {};

await withDatabase('volumen', async ({ application, tokenOf, today, client, measure }) => {
  await measure(await captureReads(application, tokenOf, await hotReads(client, today, ordinary.slice(0, 1))));
});
await withDatabase('agenda', async ({ application, tokenOf, today, measure }) => {
  const places = agenda(today);
  const scripts = await captureTurns(application, tokenOf, places);
  await measure(Object.fromEntries(Object.entries(scripts).map(([what, script]) => [what, [script]])), () => places.regions.next('many', size.count + size.warm));
});
console.log(JSON.stringify(took));

async function withDatabase(kind, work) {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const { rows: [{ today }] } = await client.query('select current_date::text as today');
  await fill(client, sizes[kind]);
  const env = environment({ urlFor: (_, role) => database.urlAs(role) }, database.name);
  const application = await openCapture(env);
  const measure = async (scripts, region = () => undefined) => {
    for (const [what, own] of Object.entries(scripts)) took[what] = (await runBaseline(database.appUrl, own, { ...size, region: region() })).times;
  };
  try {
    await work({ application, tokenOf: await signer(env), today, client, measure });
  } finally {
    await application.close();
    await client.end();
    await database.drop();
  }
}
