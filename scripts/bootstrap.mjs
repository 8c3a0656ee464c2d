// Runs before every npm script, on a fresh clone too, so it needs nothing but Node: installs what package-lock.json names when it
// changed, then generates the Prisma client.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { generateClient } from './prisma-client.mjs';
import { step } from './progress.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Franja needs Node 20.19 or newer; this is ${process.version}.`);
process.chdir(path.dirname(import.meta.dirname));

try {
  await withFileLock('.data/bootstrap.lock', async () => {
    await install();
    await generateClient();
  });
} catch (error) {
  fail(error.message);
}

async function install() {
  const stamp = 'node_modules/.franja';
  const wanted = createHash('sha256').update(fs.readFileSync('package-lock.json')).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  await step('Installing dependencies (npm ci)', async () => {
    const npm = process.env.npm_execpath; // the very npm that runs us
    const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const child = spawn(npm ? process.execPath : 'npm', npm ? [npm, ...options] : options, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Prisma's install script would download an engine that nothing here runs.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: path.resolve('package.json') },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`npm ci failed\n${output}`);
    fs.writeFileSync(stamp, wanted);
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
