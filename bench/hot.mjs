// The hot reads, as requests; each several times over, for other tenants, days and words.
import { scriptOf } from './baseline.mjs';
import { ids, ordinary, profesionales, withMuch } from './fixture.mjs';

const words = ['torres', 'penaloza', 'muñoz 12', 'ana', '301', 'vega 4', 'cliente77', 'ruiz'];
const pageSize = 50;

/** @returns {Promise<Record<string, { t: number, path: string }[]>>} `client` is connected to the database as superuser, `today` is its fixture's */
export async function hotReads(client, today, tenants) {
  const day = (n) => new Date(Date.parse(today) + n * 86_400_000).toISOString().slice(0, 10);
  const each = async (pathOf) => {
    const asked = [];
    for (const [i, t] of tenants.entries()) asked.push({ t, path: await pathOf(t, i) });
    return asked;
  };
  const list = `/appointments?orden=desc&limite=${pageSize}`;
  return {
    'agenda of a day': await each((t, i) => `/appointments?fecha_desde=${day(-2 - i)}&fecha_hasta=${day(-2 - i)}&limite=200`),
    'client search': await each((t, i) => `/clients?q=${encodeURIComponent(words[i % words.length])}`),
    'dashboard, 31 days': await each((t, i) => `/dashboard?fecha_desde=${day(-32 - i)}&fecha_hasta=${day(-2 - i)}`),
    'list, page 1': await each(() => list),
    'list, page 1,000': await each(async (t) => `${list}&cursor=${await cursorAfter(client, t, 999 * pageSize)}`),
    'availability, 1 professional, 1 day': await each((t, i) => `/availability/${day(9 + i)}?servicio_id=${ids.servicio(t)}&profesional_id=${ids.profesional(t, i % profesionales)}`),
    'availability, 10 professionals, 30 days': await each((t, i) => `/availability?fecha_desde=${day(9 + i)}&fecha_hasta=${day(38 + i)}&servicio_id=${ids.servicio(t)}`),
  };
}

export const tenantsOf = { 'the largest': ordinary.map(() => withMuch), ordinary };

/** Of a tenant with fewer, the last page. */
async function cursorAfter(client, t, rows) {
  const { rows: [last] } = await client.query(
    `select inicia_en, id from (select inicia_en, id from citas where organizacion_id = $1 order by inicia_en desc, id desc limit $2) x order by inicia_en, id limit 1`,
    [ids.organizacion(t), rows],
  );
  return Buffer.from(JSON.stringify([last.inicia_en, Number(last.id)])).toString('base64url');
}

/** Scripts of each question, from one application. */
export async function captureReads(application, tokenOf, questions) {
  const scripts = {};
  for (const [what, asked] of Object.entries(questions)) {
    scripts[what] = [];
    for (const { t, path } of asked) {
      const { transactions } = await application.capture((wire) => wire.send('GET', path, { token: tokenOf(t), read: true }));
      scripts[what].push(scriptOf(transactions));
    }
  }
  return scripts;
}
