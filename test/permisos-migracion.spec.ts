import pg from 'pg';
import { readSql } from '../scripts/sql-files.mjs';
import { statements } from '../scripts/sql-script.mjs';
import { freshDatabase } from './setup/database.mjs';

const file = 'setup/03-grant-permissions.sql';
/** A right that the API, and one that n8n, has at every moment: who looks from another connection never misses it. */
const HELD: Record<'' | '_chat', string> = {
  '': `has_table_privilege('saas_app', 'public.organizaciones', 'select') and has_table_privilege('saas_app', 'public.citas', 'insert')
    and has_function_privilege('saas_app', 'app.fijar_contexto(bigint, bigint, text, timestamptz)', 'execute')`,
  _chat: `has_table_privilege('n8n_app', 'chat.n8n_chat_histories', 'select') and has_function_privilege('saas_app', 'app.tenant_actual()', 'execute')`,
};

test.each(['', '_chat'] as const)('a migrate under a running API takes no right away, not for a moment: database "%s"', async (kind) => {
  const database = await freshDatabase(kind);
  const [migrating, looking] = [new pg.Client(database.adminUrl), new pg.Client(database.adminUrl)];
  await Promise.all([migrating.connect(), looking.connect()]);
  try {
    // Only the part of that database; the others are not this test's.
    const { name } = database;
    const names = { postgres_db: kind === '' ? name : 'otra', chat_db: kind === '' ? 'otra' : name };
    const missing: string[] = [];
    let here = false;
    for (const { sql, command, argument } of statements(readSql('sql', file), names)) {
      if (command === 'connect') here = argument === name;
      if (command === 'connect' || !here) continue;
      const { rows } = await migrating.query(sql);
      if (command === 'gexec') for (const grant of rows.flatMap(Object.values) as string[]) await migrating.query(grant);
      const { rows: [{ held }] } = await looking.query(`select ${HELD[kind]} as held`);
      if (!held) missing.push(sql.trim().slice(0, 60));
    }
    expect(missing).toEqual([]);
  } finally {
    await Promise.all([migrating.end(), looking.end()]);
    await database.drop();
  }
});
