// swc strips the types, file by file; `npm run typecheck` is what checks them.
import { renameSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { transformFile } from '@swc/core';
import { withFileLock } from './file-lock.mjs';
import { step } from './progress.mjs';

export function build(outDir = 'dist') {
  return withFileLock('.data/build.lock', async () => {
    // Swapped in whole: a server started meanwhile never sees half a build, nor waits while the former one is removed.
    const [partial, former] = [`${outDir}.new`, `${outDir}.old`];
    for (const left of [partial, former]) await fs.rm(left, { recursive: true, force: true });
    const files = await fs.readdir('src', { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts') && !/(\.d|[.-]spec)\.ts$/.test(file));
    await Promise.all(sources.map((file) => compile(file, partial)));
    await fs.mkdir(outDir, { recursive: true });
    renameSync(outDir, former);
    renameSync(partial, outDir);
    await fs.rm(former, { recursive: true, force: true });
  });
}

async function compile(file, outDir) {
  const output = path.join(outDir, file.replace(/\.ts$/, '.js'));
  const { code, map } = await transformFile(path.join('src', file), { swcrc: true, sourceFileName: path.resolve('src', file) }).catch((error) => {
    throw new Error(error.message.split('\n\nCaused by')[0], { cause: error }); // without the compiler's own stack
  });
  await fs.mkdir(path.dirname(output), { recursive: true });
  await fs.writeFile(output, `${code}\n//# sourceMappingURL=${path.basename(output)}.map\n`);
  await fs.writeFile(`${output}.map`, map);
}

if (process.argv[1] === import.meta.filename) await step('Building dist', () => build());
