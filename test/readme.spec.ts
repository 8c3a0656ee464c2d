import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
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
