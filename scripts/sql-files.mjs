// The files of sql/ that are applied once and recorded, in their order. The migrator applies them; the API asks whether they are there.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Those of the main database. */
export const folders = ['schema', 'data', 'migrations'];
const home = path.join(import.meta.dirname, '..', 'sql');

/** @returns {{ name: string, sql: string, sha256: string }[]} */
export function sqlFiles(root = home, of = folders) {
  return of.flatMap((folder) => sqlFilesIn(root, folder)).map((name) => {
    const sql = readSql(root, name);
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

export function sqlFilesIn(root, folder) {
  const directory = path.join(root, folder);
  if (!fs.existsSync(directory)) return [];
  return fs.readdirSync(directory).filter((name) => name.endsWith('.sql')).sort().map((name) => `${folder}/${name}`);
}

export function readSql(root, name) {
  return fs.readFileSync(path.join(root, name), 'utf8').replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}
