import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** Only for whoever runs the server: what it holds opens accounts. */
export async function escribir(dir: string, extension: string, content: string | Buffer): Promise<string> {
  await fs.mkdir(dir, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const file = path.join(dir, `${stamp}-${randomBytes(4).toString('hex')}.${extension}`);
  await fs.writeFile(file, content, { mode: 0o600, flag: 'wx' });
  return file;
}
