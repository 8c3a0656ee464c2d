import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { build } from './proceso.js';

const node = (...args: string[]) => promisify(execFile)(process.execPath, args);

test('every benchmark loads', async () => {
  const { stderr } = await node('bench/run.mjs', 'ninguno').catch((error) => error);
  expect(stderr).toContain('There is no bench ninguno: availability, booking, reads, rls, process, overload');
  for (const apart of ['clients', 'probe']) await node('--check', `bench/${apart}.mjs`);
});

test('what they fill is a database of this schema, and the statements that they hear for each question and turn can be sent again', async () => {
  await build();
  const { stdout } = await node('test/setup/bench.mjs');
  const took: Record<string, number[]> = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect(Object.keys(took)).toEqual([
    'agenda of a day', 'client search', 'dashboard, 31 days', 'list, page 1', 'list, page 1,000', 'availability, 1 professional, 1 day', 'availability, 10 professionals, 30 days',
    'book', 'hold and book', 'book and cancel', 'book and reschedule',
  ]);
  expect(Object.values(took).every((times) => times.length === 2 && times.every((ms) => ms > 0))).toBe(true);
}, 60_000);
