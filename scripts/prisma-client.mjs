// Generates src/generated/prisma when the schema or an installed version changed. Needs no network: see prisma.config.ts.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { step } from './progress.mjs';

const schema = 'prisma/schema.prisma';
const stamp = 'src/generated/.stamp';

export async function generateClient() {
  if (!fs.existsSync(schema)) return;
  const wanted = createHash('sha256').update(fs.readFileSync(schema)).update(fs.readFileSync('package-lock.json')).digest('hex');
  if (fs.existsSync('src/generated/prisma/client.ts') && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  await step('Generating the Prisma client', async () => {
    const child = spawn(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--no-hints'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`prisma generate failed\n${output}`);
    fs.writeFileSync(stamp, wanted);
  });
}
