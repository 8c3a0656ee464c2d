import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** As the Dockerfile does, and says why; with the lines of our sources in a stack, and never without whoever started it. */
const flags = ['--max-semi-space-size=32', '--enable-source-maps', '--import', './scripts/follow-parent.mjs'];

/** Starts dist/main.js. `exited` resolves to its exit code. */
export function startApi({ host, port }, env) {
  const child = spawn(process.execPath, [...flags, 'dist/main.js'], {
    env,
    detached: true, // Ctrl-C is for us; we then stop the API in good order
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => code ?? (signal === 'SIGKILL' ? 137 : 1));
  const kill = () => child.kill('SIGKILL');
  /** It says how long it may take; one that does not even say that within `silentMs` hangs. */
  const stop = async (silentMs = 10_000) => {
    let deadline = setTimeout(kill, silentMs);
    child.once('message', ({ endsInMs }) => {
      clearTimeout(deadline);
      deadline = setTimeout(kill, endsInMs + silentMs);
    });
    child.kill('SIGTERM');
    const code = await exited;
    clearTimeout(deadline);
    return code;
  };
  return { pid: child.pid, exited, stop, kill, baseUrl: baseUrlOf(host, port) };
}

export function baseUrlOf(host, port) {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Waits until the API answers; an error with `exitCode` says that it ended first. */
export async function waitUntilLive({ exited, baseUrl }) {
  let code;
  void exited.then((value) => (code = value));
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
    if (code !== undefined) throw Object.assign(new Error(`The API ended with code ${code}.`), { exitCode: code });
    const answer = await fetch(`${baseUrl}/api/v1/health/live`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`The API did not answer at ${baseUrl}/api/v1/health/live within 60 s.`);
}
