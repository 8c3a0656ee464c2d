// How npm start ends: the real script and the real start of a process, around an API and a PostgreSQL that are stand-ins.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryPort } from '../scripts/embedded-postgres.mjs';
import { hasta } from './receptor.js';

const STAND_INS = {
  'scripts/build.mjs': 'export const build = async () => {};',
  'scripts/postgres.mjs': `export const openServer = async () => ({ adminUrl: 'postgresql://postgres:x@localhost/postgres', where: 'nowhere', stop: async () => console.log('PostgreSQL stopped') });
    export const migrateServer = async () => {};`,
  'scripts/seed.mjs': 'export const seed = async () => {};',
  'dist/main.js': `
    require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1');
    process.on('SIGTERM', () => {
      process.send({ endsInMs: 60_000 });
      setTimeout(() => { console.log('API drained'); process.exit(0); }, Number(process.env.DRAIN_MS));
    });
    console.log('API ' + process.pid);`,
};

let home: string;
beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-parada-'));
  fs.cpSync('scripts', path.join(home, 'scripts'), { recursive: true });
  fs.symlinkSync(path.resolve('node_modules'), path.join(home, 'node_modules'));
  fs.mkdirSync(path.join(home, 'dist'));
  for (const [file, text] of Object.entries(STAND_INS)) fs.writeFileSync(path.join(home, file), text);
});
afterAll(() => fs.rmSync(home, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => children.forEach((child) => child.kill('SIGKILL')));

async function start(DRAIN_MS: string) {
  const PORT = String(await tryPort(0));
  const child = spawn(process.execPath, ['scripts/start.mjs'], { cwd: home, env: { PATH: process.env.PATH, PORT, DRAIN_MS }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const run = { child, written: '', ended: once(child, 'exit') };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (run.written += chunk));
  await hasta(() => run.written.includes('Franja is ready'), () => run.written);
  return run;
}

test('one Ctrl-C, which the terminal and npm both tell it, lets the API end what it has', async () => {
  const run = await start('1500');
  run.child.kill('SIGINT');
  await sleep(50);
  run.child.kill('SIGINT');
  expect((await run.ended)[0]).toBe(0);
  expect(run.written).toMatch(/Stopping…\n[^]*API drained\n[^]*PostgreSQL stopped\n$/);
});

test('a second one does not wait for the API, and still stops PostgreSQL', async () => {
  const run = await start('60000');
  const [, pid] = /API (\d+)/.exec(run.written)!;
  run.child.kill('SIGINT');
  await sleep(1_200);
  expect(run.written).not.toContain('PostgreSQL stopped');
  run.child.kill('SIGINT');
  await run.ended; // before this test may take as long as the API
  expect(run.written).toMatch(/Stopping…\n[^]*PostgreSQL stopped\n$/);
  expect(run.written).not.toContain('drained');
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
}, 30_000);
