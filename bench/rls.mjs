// 4. What RLS costs: the same transactions by a role with the same grants that it does not hold. Every query names its tenant anyway.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { runBaseline, scriptOf } from './baseline.mjs';
import { openCapture, signer } from './capture.mjs';
import { goal, median, spread, times } from './figures.mjs';
import { captureReads, hotReads, tenantsOf } from './hot.mjs';
import { agenda } from './places.mjs';
import { environment } from './server.mjs';

const role = 'bench_sin_rls';

export async function rls(server, { rounds, citas, quick }) {
  const { name, today } = await server.database('volumen', citas);
  const copy = await server.copy(await server.database('agenda'));
  const without = await roleWithoutRls(server);
  const cases = [...(await readCases(server, name, today)), await bookCase(server, copy)].map((each) => ({ ...each, held: [], free: [] }));
  const size = quick ? { count: 20, warm: 10 } : { count: 100, warm: 60 };
  try {
    for (let round = 0; round < (quick ? 1 : 3) * rounds; round++) { // short and often: a difference of a tenth of a millisecond is sought
      for (const { database, scripts, next, held, free } of cases) {
        const sides = [[held, server.urlFor(database, 'saas_app')], [free, without(database)]];
        for (const [into, url] of round % 2 ? sides.reverse() : sides) {
          into.push(median((await runBaseline(url, scripts, { ...size, region: next?.(size) })).times));
        }
      }
    }
  } finally {
    await copy.drop();
    await server.admin.query(`drop role ${role}`);
  }
  const rows = cases.map(({ what, held, free }) => {
    const ratios = held.map((value, i) => value / free[i]);
    return [what, spread(held, ' ms'), spread(free, ' ms'), times(ratios), goal(median(ratios) <= 1.3)];
  });
  return [{ title: '4. RLS: ≤ 1.30x of the same transaction without it', head: ['transaction', 'p50 with RLS', 'without', 'ratio', 'goal'], rows }];
}

async function roleWithoutRls(server) {
  const password = randomBytes(24).toString('base64url');
  await server.admin.query(`drop role if exists ${role}`);
  await server.admin.query(`create role ${role} login bypassrls password '${password}' in role saas_app`);
  // what it does not hold shall be the only difference
  const { rows } = await server.admin.query("select split_part(s, '=', 1) as name, split_part(s, '=', 2) as value from pg_roles, unnest(rolconfig) s where rolname = 'saas_app'");
  for (const { name, value } of rows) await server.admin.query(`alter role ${role} set ${name} = ${pg.escapeLiteral(value)}`);
  return (database) => Object.assign(new URL(server.urlFor(database)), { username: role, password }).href;
}

async function readCases(server, database, today) {
  const env = environment(server, database);
  const client = new pg.Client({ connectionString: server.urlFor(database) });
  await client.connect();
  const questions = await hotReads(client, today, tenantsOf.ordinary);
  await client.end();
  const application = await openCapture(env);
  const scripts = await captureReads(application, await signer(env), questions).finally(() => application.close());
  return Object.entries(scripts).map(([what, own]) => ({ what, database, scripts: own }));
}

async function bookCase(server, { name, today }) {
  const env = environment(server, name);
  const tokenOf = await signer(env);
  const { placeOf, regions, own, know } = agenda(today);
  const application = await openCapture(env);
  const place = placeOf(regions.next('many', 1), 0);
  const { time, client, t } = place;
  const body = { fecha_cita: time.fecha, hora_inicio: time.hora_inicio, profesional_id: time.profesional_id, servicio_id: time.servicio_id, ...client };
  const { transactions } = await application.capture((wire) => wire.send('POST', '/appointments', { token: tokenOf(t), body })).finally(() => application.close());
  const script = scriptOf(transactions, { ...own, know: know(place, {}) });
  return { what: 'book', database: name, scripts: [script], next: ({ count, warm }) => regions.next('many', count + warm) };
}
