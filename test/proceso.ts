import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { promisify } from 'node:util';
import { SECRETS, type Api } from './api.js';
import { hasta } from './receptor.js';

/** Before the first process of a spec: dist/ is what src/ says. */
export const build = () => promisify(execFile)('node', ['scripts/build.mjs']);

export interface Proceso {
  url: string;
  child: ChildProcess;
  /** Every line of its log so far, parsed; what is not JSON fails. */
  lines(): any[];
  /** All it wrote, byte for byte. */
  text(): string;
  /** Exit code and signal. */
  ended: Promise<[number | null, string | null]>;
}

/** The real server in a process of its own, over the database of `api`. */
export async function startProcess(api: Api, env: Record<string, string> = {}): Promise<Proceso> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: { PATH: process.env.PATH, ...SECRETS, JOBS: 'off', MAIL_DIR: api.mailDir, ...env, APP_DATABASE_URL: api.database.appUrl, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (written += chunk));
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const url = `http://127.0.0.1:${port}`;
  await hasta(() => fetch(`${url}/api/v1/health/live`).then(({ ok }) => ok, () => false), () => written, 25_000);
  return { url, child, ended, text: () => written, lines: () => written.split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
}

export async function endProcess({ child, ended }: Proceso): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}
