import fs from 'node:fs';
import path from 'node:path';
import { statements } from './sql-script.mjs';

const folder = path.join(path.dirname(import.meta.dirname), 'sql/maintenance');

/**
 * What psql would show of a file of sql/maintenance: the rows of each query, in order.
 * @param {import('pg').Client} client
 * @param {string} name
 * @returns {Promise<Record<string, any>[][]>}
 */
export async function maintenance(client, name) {
  const shown = [];
  for (const { sql, command } of statements(fs.readFileSync(path.join(folder, `${name}.sql`), 'utf8'), {})) {
    const { rows } = await client.query(sql);
    if (command !== 'gexec') shown.push(rows);
    else for (const [made] of rows.map(Object.values)) shown.push((await client.query(made)).rows);
  }
  return shown;
}
