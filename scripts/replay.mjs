// npm run replay -- PATH.csv: replays a public CSV of real appointments through the HTTP API of a running server, then checks the database.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Api } from './api-client.mjs';
import { urlOf } from './database.mjs';
import { openServer } from './postgres.mjs';
import { step } from './progress.mjs';
import { checkDatabase, checkTenant } from './replay/checks.mjs';
import { attend, book, openClinic, registerPatient, zone } from './replay/clinic.mjs';
import { bar, each, Figures } from './replay/figures.mjs';
import { reconcile, report, tenantChecks } from './replay/report.mjs';
import { byNeighbourhood, readRows, weeksAhead } from './replay/rows.mjs';

const usage = `Usage: npm run replay -- PATH.csv [options]

  --url URL            the running server (http://127.0.0.1:3000)
  --limit N            only the first N rows
  --concurrency N      requests at a time (8); the rows of one organisation always go one after the other
  --database-url URL   superuser connection for the checks (DATABASE_URL; without it, the embedded PostgreSQL of npm start)`;

const here = process.env.INIT_CWD ?? process.cwd(); // where the user is: npm changes to the project
process.chdir(path.dirname(import.meta.dirname));
try {
  process.exitCode = (await replay(readArguments())) ? 0 : 1;
} catch (error) {
  const gone = error.code === 'ECONNREFUSED';
  console.error(`\n${gone ? 'The server does not answer: start it with npm start, or give --url.' : error.message}`);
  process.exitCode = 1;
}

function readArguments() {
  const string = { type: /** @type {const} */ ('string') };
  const options = { url: string, limit: string, concurrency: string, 'database-url': string };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const integer = (name, fallback) => {
    const number = Number(values[name] ?? fallback);
    if (!(number >= 1) || (values[name] && !Number.isInteger(number))) throw new Error(`--${name} must be a whole number from 1`);
    return number;
  };
  if (positionals.length !== 1) throw new Error(usage);
  return {
    file: path.resolve(here, positionals[0]),
    url: values.url ?? 'http://127.0.0.1:3000',
    limit: integer('limit', Infinity),
    concurrency: integer('concurrency', 8),
    databaseUrl: values['database-url'] ?? (process.env.DATABASE_URL || undefined),
  };
}

async function replay({ file, url, limit, concurrency, databaseUrl }) {
  const figures = new Figures();
  const api = new Api(url, figures.add);
  const { status, body } = await api.ask('GET', '/health/ready', { now: new Date().toISOString() });
  if (status !== 200) throw new Error(`${url} cannot replay: ${body?.title ?? status}`);
  const rows = await step('Reading the CSV', () => readRows(file, limit));
  const weeks = weeksAhead(rows, new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format());
  // The longest queue sets the time, so it begins first.
  const groups = [...byNeighbourhood(rows, weeks)].sort(([, a], [, b]) => b.length - a.length);

  const server = await openServer({ databaseUrl, postgresPort: undefined });
  const connectionString = urlOf(server.adminUrl, process.env.POSTGRES_DB || 'saas_db');
  const client = new pg.Client({ connectionString, application_name: 'franja-replay' });
  try {
    await client.connect();
    const account = { prefix: `replay-${Date.now().toString(36)}`, password: randomBytes(12).toString('base64url') };
    const { clinics, seconds } = await run(api, client, groups, account, concurrency);
    const differences = { lists: [], kpis: [] };
    await step('Asking each tenant', (detail) => each(clinics, concurrency, (clinic) => checkTenant(clinic, differences), detail));
    const checks = await step('Checking in SQL', () => checkDatabase(client, clinics));
    checks.push(...tenantChecks(clinics, differences), ...reconcile(rows, clinics, figures));
    report({ file, rows, weeks, clinics, seconds, figures, checks, account });
    return checks.every(({ ok }) => ok);
  } finally {
    await client.end();
    await server.stop();
  }
}

async function run(api, client, groups, account, concurrency) {
  const clinics = [];
  const open = async ([index, [neighbourhood, rows]]) => {
    clinics[index] = await openClinic(api, { ...accountOf(account, index, neighbourhood), neighbourhood, rows }, (id) => withoutLimits(client, id));
  };
  await step('Opening the organisations', (detail) => each([...groups.entries()], concurrency, open, detail));
  await checkSameDatabase(client, clinics);
  const patients = clinics.flatMap((clinic) => patientsOf(clinic).map((patient) => ({ clinic, patient })));
  const registerOne = ({ clinic, patient }) => registerPatient(clinic, patient);
  await step('Registering the patients', (detail) => each(patients, concurrency, registerOne, detail));
  const seconds = await step('Booking', (detail) => bookAll(clinics, concurrency, detail));
  const citas = clinics.flatMap((clinic) => clinic.citas.map((cita) => ({ clinic, cita })));
  const attendOne = ({ clinic, cita }) => attend(clinic, cita);
  await step('Attending, and no-shows', (detail) => each(citas, concurrency, attendOne, detail));
  return { clinics, seconds };
}

function patientsOf({ rows }) {
  return [...new Set(rows.map((row) => row.patient))];
}

/** Organisations in parallel; inside one, each row after the one before. */
async function bookAll(clinics, concurrency, detail) {
  const began = performance.now();
  const total = clinics.reduce((sum, clinic) => sum + clinic.rows.length, 0);
  let done = 0;
  const bookClinic = async (clinic) => {
    for (const row of clinic.rows) {
      await book(clinic, row);
      done++;
      detail(bar(done, total, began));
    }
  };
  return each(clinics, concurrency, bookClinic);
}

/** A public hospital books more than any trial allows: its plan is the one without limits. */
function withoutLimits(client, organizacion_id) {
  return client.query(`update subscripciones set plan_id = (select id from planes_subscripcion where codigo_plan = 'custom') where organizacion_id = $1`, [organizacion_id]);
}

/** A codigo_tenant and an admin of its own for each neighbourhood and run. */
function accountOf({ prefix, password }, index, neighbourhood) {
  const word = neighbourhood.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const codigo_tenant = `${prefix}-${index + 1}-${word}`.slice(0, 60).replace(/-+$/, '');
  return { codigo_tenant, email: `${codigo_tenant}@example.com`, password };
}

/** Before the long part: that the database to be checked is the one behind the API. */
async function checkSameDatabase(client, clinics) {
  const ids = clinics.map((clinic) => clinic.organizacion_id);
  const { rows } = await client.query('select id, codigo_tenant from organizaciones where id = any ($1)', [ids]);
  const codes = new Map(rows.map((row) => [Number(row.id), row.codigo_tenant]));
  if (clinics.every((clinic) => codes.get(clinic.organizacion_id) === clinic.codigo_tenant)) return;
  throw new Error('The database to check is not the one behind the API, or its user is no superuser: give --database-url');
}
