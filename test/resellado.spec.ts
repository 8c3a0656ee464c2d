import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readConfig } from '../src/config.js';
import { Sealing } from '../src/sealing.js';
import { PASSWORD, register, SECRETS, type Api } from './api.js';
import { query } from './checks.js';
import { connect, EvolutionServer, startWithEvolution } from './evolution.js';
import { destino } from './outbox-kit.js';
import { build } from './proceso.js';
import { codeOf } from './super-admin.js';

const NEXT = 'pQ7vR2xK9mNc4ZtLhW8bYfJ3sGdE6aUoTiX5nBwVrM1';
const STRANGE = 'aT5wC8yH2nJ6qLd3ZsX9vRkB7mPf4GeU1oYiQxN0tEo';

let evolution: EvolutionServer;
let api: Api;
beforeAll(async () => {
  await build();
  evolution = await EvolutionServer.start();
  api = await startWithEvolution(evolution, { WEBHOOK_PRIVATE: 'on' });
}, 60_000);
afterAll(async () => {
  await api?.close();
  await evolution.close();
});

const reseal = async (keys: Record<string, string>) => {
  const { adminUrl } = api.database;
  const env = { PATH: process.env.PATH, ...SECRETS, ...keys, DATABASE_URL: adminUrl, POSTGRES_DB: new URL(adminUrl).pathname.slice(1) };
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, ['scripts/db.mjs', 'reseal'], { env })
    .then((wrote) => ({ code: 0, ...wrote }), (error: { code: number; stdout: string; stderr: string }) => error);
  return `${code} ${stdout}${stderr}`;
};

/** Every secret of the database as only that key reads it. */
async function opened(ENCRYPTION_KEY: string): Promise<string[]> {
  const sealing = new Sealing(readConfig({ ...SECRETS, ENCRYPTION_KEY, APP_DATABASE_URL: 'postgres://localhost/x' }));
  const kept = await query(api, `
    select organizacion_id, 'segundos_factores' as tabla, usuario_id as id, secreto_sellado as sellado from segundos_factores
    union all select organizacion_id, 'destinos_webhook', id, unnest(array[secreto_sellado, secreto_anterior_sellado]) from destinos_webhook
    union all select organizacion_id, 'instancias_whatsapp', id, apikey_sellado from instancias_whatsapp order by 2, 4`);
  return kept.map(({ sellado, ...place }) => sealing.open(sellado, place)).sort();
}

test('db:reseal leaves nothing that a former key is needed for, also of who owes, and says whose key is missing', async () => {
  const owner = await register(api);
  const { body: factor } = await owner.request('POST', '/auth/second-factor', { password: PASSWORD });
  expect((await owner.request('PUT', '/auth/second-factor', { codigo: codeOf(factor.secreto) })).status).toBe(200);
  const { id, secreto } = await destino(owner, 'https://127.0.0.1/');
  const rotated = await owner.request('POST', `/webhooks/${id}/rotate-secret`, { minutos_gracia: 60 });
  await connect(evolution, owner, '573005550001');
  await query(api, "update subscripciones set estado = 'expirada' where organizacion_id = $1", [owner.cuenta.organizacion_id]);
  const before = await opened(SECRETS.ENCRYPTION_KEY);
  expect(before).toEqual(expect.arrayContaining([factor.secreto, secreto, rotated.body.secreto]));
  expect(before).toHaveLength(4);
  const [audited] = await query(api, 'select count(*) from auditoria');

  const missing = await reseal({ ENCRYPTION_KEY: NEXT, ENCRYPTION_KEY_PREVIOUS: STRANGE });
  expect(missing).toMatch(/^1 [^]*0 secrets sealed again/);
  expect(missing).toContain(`organizacion ${owner.cuenta.organizacion_id}, id ${id}: A secret of destinos_webhook was sealed with key `);
  expect(await opened(SECRETS.ENCRYPTION_KEY)).toEqual(before);

  const both = { ENCRYPTION_KEY: NEXT, ENCRYPTION_KEY_PREVIOUS: `${STRANGE}, ${SECRETS.ENCRYPTION_KEY}` };
  expect(await reseal(both)).toMatch(/^0 [^]*4 secrets sealed again: no former key is needed\.\n$/);
  expect(await opened(NEXT)).toEqual(before);
  expect(await reseal({ ENCRYPTION_KEY: NEXT })).toMatch(/^0 [^]*0 secrets sealed again/);
  expect(await query(api, 'select count(*) from auditoria')).toEqual([audited]);
}, 60_000);
