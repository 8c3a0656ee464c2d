// npm run bench [-- NAME…] [--rounds N] [--citas N]: measures, and prints the tables of the README.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { withFileLock } from '../scripts/file-lock.mjs';
import { step } from '../scripts/progress.mjs';
import { availability } from './availability.mjs';
import { pgbench } from './baseline.mjs';
import { booking } from './booking.mjs';
import { markdown } from './figures.mjs';
import { overload } from './overload.mjs';
import { processes } from './processes.mjs';
import { reads } from './reads.mjs';
import { rls } from './rls.mjs';
import { openServer } from './server.mjs';

const benches = { availability, booking, reads, rls, process: processes, overload };

process.chdir(path.dirname(import.meta.dirname));
try {
  const asked = readArguments();
  await withFileLock('.data/bench.lock', () => run(asked)); // two at once would measure each other
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '3' }, citas: { type: 'string', default: '5000000' }, quick: { type: 'boolean', default: false } },
  });
  const names = positionals.length ? positionals : Object.keys(benches);
  for (const name of names) if (!benches[name]) throw new Error(`There is no bench ${name}: ${Object.keys(benches).join(', ')}`);
  return { names, options: { rounds: Number(values.rounds), citas: Number(values.citas), quick: values.quick } };
}

async function run({ names, options }) {
  await step('Building dist', () => build());
  const server = await openServer();
  const tables = [];
  try {
    const machine = await machineLine(server, options);
    for (const name of names) tables.push(...(await step(`Measuring ${name}`, () => benches[name](server, options))));
    const text = [machine, '', ...tables.map(markdown)].join('\n');
    console.log(`\n${text}`);
    fs.writeFileSync('.data/bench.md', text);
  } finally {
    await server.stop();
  }
}

async function machineLine({ admin }, { rounds, citas }) {
  const { rows: [{ server_version: postgres }] } = await admin.query('show server_version');
  const cpus = os.cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const changed = execFileSync('git', ['status', '--porcelain', 'src', 'sql'], { encoding: 'utf8' }) ? ' with changes' : '';
  const baseline = pgbench ? execFileSync(pgbench, ['--version'], { encoding: 'utf8' }).trim() : 'no pgbench here: the baseline is a loop of pg clients, which is slower';
  return [
    `${cpus.length} × ${cpus[0].model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, PostgreSQL ${postgres}, ${baseline}, commit ${commit}${changed},`,
    `load before ${os.loadavg()[0].toFixed(1)}. ${citas.toLocaleString('en')} citas. Median (least–most) of ${rounds} rounds, baseline and figure in turn.`,
  ].join(' ');
}
