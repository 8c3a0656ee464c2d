import { execFile } from 'node:child_process';
import fs, { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { sqlFiles } from '../scripts/sql-files.mjs';
import { startApi, type Api } from './api.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** The commands that a reader pastes: the blocks of bash of the tour. */
function tourOf(file: string): string {
  const [, tour] = readFileSync(file, 'utf8').split(/^## (?:Five-minute tour|Recorrido de cinco minutos)$/m);
  return [...tour.split(/^## /m)[0].matchAll(/^```bash\n(.*?)^```/gms)].map(([, block]) => block).join('');
}

test.each(['README.md', 'README.es.md'])('the tour of %s works when it is pasted', async (file) => {
  const commands = tourOf(file).replace('http://127.0.0.1:3000', api.url);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands]);
  expect(stdout).toContain('"codigo":"sin_disponibilidad"'); // the time that the client holds
  expect(stdout).toContain('La clave no tiene el permiso clientes:read.');
  expect(stdout).toContain('completada: 1');
  expect(stdout.trim().split('\n').at(-1)).toBe('pendiente → confirmada → en_curso → completada');
}, 60_000);

/** What psql would be asked, one line a call, by a psql that only writes it down and fails where it is told to. */
async function preparedAsIn(readme: string, failing = 'nothing'): Promise<string[]> {
  const [, commands] = /^```\n(setup\(\) .*?)^```/ms.exec(readFileSync(readme, 'utf8'))!;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-psql-'));
  try {
    fs.writeFileSync(path.join(folder, 'psql'), `#!/bin/sh\necho "$*"\ncase $* in *${failing}*) exit 3 ;; esac\n`, { mode: 0o755 });
    const { stdout } = await promisify(execFile)('bash', ['-c', `{ ${commands} } || true`], { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
    return stdout.trim().split('\n');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe.each(['README.md', 'README.es.md'])('psql alone, as in %s,', (readme) => {
  test('applies what the migrator would, in its order, each in one transaction unless it may not be', async () => {
    const calls = await preparedAsIn(readme);
    const files = [...sqlFiles(), ...sqlFiles(undefined, ['chat'])];
    expect(calls.map((call) => call.split('-f sql/')[1])).toEqual([
      'setup/01-init-databases.sql', 'setup/02-create-users.sql', ...files.map(({ name }) => name), 'setup/03-grant-permissions.sql',
    ]);
    const apart = files.filter(({ sql }) => /^-- migrate:no-transaction$/m.test(sql)).map(({ name }) => name);
    expect(apart.length).toBeGreaterThan(0);
    expect(calls.slice(2, -1).filter((call) => !/ -1 /.test(call)).map((call) => call.split('-f sql/')[1])).toEqual(apart);
    expect(files.filter(({ sql }) => sql.includes('migrate:as-admin'))).toEqual([]); // it would not know
  });

  test('ends where a file fails', async () => {
    expect((await preparedAsIn(readme, 'schema/03')).at(-1)).toContain('sql/schema/03');
  });
});
