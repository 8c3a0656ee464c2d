// npm start: PostgreSQL, schema, build, API, demo data. npm run dev (--watch): the same, and again on every change in src.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { baseUrlOf, startApi, waitUntilLive } from './api-process.mjs';
import { build } from './build.mjs';
import { tryPort } from './embedded-postgres.mjs';
import { environmentOfApi, readEnvironment } from './environment.mjs';
import { migrateServer, openServer } from './postgres.mjs';
import { generateClient } from './prisma-client.mjs';
import { step } from './progress.mjs';
import { reasonOf } from './reason.mjs';

const watch = process.argv.includes('--watch');
const began = performance.now();
let opening;
let api;
let stopping;
let told = -Infinity;

process.chdir(path.dirname(import.meta.dirname));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);

try {
  const settings = await readEnvironment();
  if ((await tryPort(settings.port, settings.host)) === undefined) {
    throw new Error(`Port ${settings.port} of ${settings.host} is taken. Choose another: PORT=${settings.port + 1} npm start`);
  }
  opening = openServer(settings);
  const server = await interruptible(opening);
  await interruptible(migrateServer(server.adminUrl, settings));
  await interruptible(step('Building dist', () => build()));
  const env = environmentOfApi(settings, server.adminUrl);
  await interruptible(serve(settings, env));
  const demo = settings.production ? undefined : await interruptible(seed());
  announce(settings, server, demo);
  if (watch) restartOnChange(settings, env);
} catch (error) {
  if (!stopping) console.error(`\n${reasonOf(error)}`);
  await stop(error.exitCode ?? 1);
}

async function serve(settings, env) {
  api = startApi(settings, env);
  const mine = api;
  await step('Starting the API', () => waitUntilLive(mine));
  void mine.exited.then((code) => {
    if (stopping || mine !== api) return;
    console.error(`\nThe API ended with code ${code}.${watch ? ' The next change starts it again.' : ''}`);
    if (!watch) void stop(code);
  });
}

async function seed() {
  if (!fs.existsSync('scripts/seed.mjs')) return undefined;
  const module = await import(pathToFileURL('scripts/seed.mjs').href);
  return step('Loading the demo organisation', () => module.seed(api.baseUrl));
}

function announce(settings, server, demo) {
  const url = baseUrlOf(settings.host, settings.port);
  const rows = [['API', `${url}/api/v1`], ['Swagger UI', `${url}/docs`], ['OpenAPI', `${url}/api/openapi.json`], ['PostgreSQL', server.where]];
  for (const [label, value] of Object.entries(demo ?? {})) rows.push([label, value]);
  const width = Math.max(...rows.map(([label]) => label.length));
  console.log(`\nFranja is ready (${((performance.now() - began) / 1000).toFixed(1)} s). Ctrl-C stops it.\n`);
  for (const [label, value] of rows) console.log(`  ${label.padEnd(width)}  ${value}`);
  console.log('');
}

// Looks at the files twice a second: fs.watch on Linux loses a file that an editor replaces.
function restartOnChange(settings, env) {
  let seen = fingerprint();
  let busy = false;
  setInterval(() => {
    const now = fingerprint();
    if (busy || now === seen) return;
    seen = now;
    busy = true;
    void restart(settings, env).finally(() => (busy = false));
  }, 500);
}

function fingerprint() {
  const files = ['src', 'prisma'].flatMap((folder) => fs.readdirSync(folder, { recursive: true }).map((file) => path.join(folder, file)));
  return files
    .filter((file) => !file.startsWith(path.join('src', 'generated')))
    .map((file) => `${file} ${fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs}`)
    .join();
}

async function restart(settings, env) {
  try {
    await generateClient();
    await step('Building dist', () => build());
    const previous = api;
    api = undefined;
    await previous?.stop();
    if (!stopping) await serve(settings, env);
  } catch (error) {
    console.error(error.message); // a syntax error: the next change tries again
  }
}

// A step that a signal overtakes never goes on to the next one.
async function interruptible(work) {
  const result = await work;
  if (stopping) await new Promise(() => {});
  return result;
}

// One Ctrl-C comes twice, from the terminal and from npm. A second one waits for nobody: PostgreSQL still ends in good order, and a third not even for that.
function onSignal() {
  const now = performance.now();
  if (now - told < 1_000) return;
  told = now;
  if (!stopping) void stop(0);
  else if (!api?.kill()) process.exit(1);
}

async function stop(code) {
  if (stopping) return stopping;
  if (code === 0) console.log('\nStopping…');
  stopping = (async () => {
    await api?.stop();
    const server = await opening?.catch(() => undefined);
    await server?.stop();
    process.exit(code);
  })();
  return stopping;
}
