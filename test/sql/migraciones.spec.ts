import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { statements } from '../../scripts/sql-script.mjs';
import { freshDatabase } from '../setup/database.mjs';

const DIR = 'sql/migrations';
/** What only the owner of a function may do to it. */
const OF_THE_OWNER = /^(create\s+or\s+replace|alter|comment\s+on)\s+function\s/i;

/**
 * On an empty database every function is still the migrator's when these files run, and setup/03 gives some away after them. One that was set up before
 * has other owners by then: what replaces such a function in place stops there. It is dropped and made anew, as the owner of its schema may.
 */
test('no migration replaces in place a function that another role owns once a database is set up', async () => {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const tried: string[] = [];
  const refused: string[] = [];
  try {
    await client.query('begin; set local role saas_owner; set local check_function_bodies = off');
    for (const file of fs.readdirSync(DIR).filter((name) => name.endsWith('.sql'))) {
      for (const { sql, line } of statements(fs.readFileSync(path.join(DIR, file), 'utf8'))) {
        if (!OF_THE_OWNER.test(sql)) continue;
        tried.push(file);
        await client.query('savepoint una');
        const code = await client.query(sql).then(() => undefined, (error) => error.code);
        await client.query('rollback to una');
        if (code === '42501') refused.push(`${file}:${line}`);
      }
    }
    expect(tried.length).toBeGreaterThan(8);
    expect(refused).toEqual([]);
  } finally {
    await client.end();
    await database.drop();
  }
});

/** They went out before this was asked of them, and applied files never change. */
const RELEASED_UNTIL = '2026-11-28-9n-usuarios-inactivos.sql';

/** Reading all rows of a table under the lock that `alter table` takes keeps everybody from it: 1.5 s for two million messages. */
test('no migration checks what a table holds while nobody else may touch it', () => {
  const added = fs.readdirSync(DIR).filter((name) => name.endsWith('.sql') && name > RELEASED_UNTIL).flatMap((file) =>
    statements(fs.readFileSync(path.join(DIR, file), 'utf8'))
      .filter(({ sql }) => /^alter\s+table\s[^]*\badd\s+constraint\b[^]*\b(check|foreign\s+key)\b/i.test(sql))
      .map(({ sql, line }) => `${file}:${line} ${/\bnot\s+valid$/i.test(sql) ? 'not valid' : 'at once'}`));
  expect(added.length).toBeGreaterThan(0);
  expect(added.filter((one) => one.endsWith('at once'))).toEqual([]);
});
