import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { statements } from '../../scripts/sql-script.mjs';
import { freshDatabase } from '../setup/database.mjs';
import { inContext, newTenant, openDatabase, openHours, type Client } from './tenant.js';

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

/** On a database that is in use, as the migrator does. */
async function apply(admin: Client, file: string) {
  await admin.query('begin; set local role saas_owner');
  for (const { sql } of statements(fs.readFileSync(path.join(DIR, file), 'utf8'))) await admin.query(sql);
  await admin.query('commit');
}

test('who left when that took no free time from them has none any more; what is held, and who is there, stays', async () => {
  const database = await openDatabase();
  const { admin, app } = database;
  try {
    const tenants = [await newTenant(app), await newTenant(app, { zona: 'Asia/Tokyo' })];
    const [{ hoy, hasta, ayer }] = await admin.rows('select current_date as hoy, current_date + 3 as hasta, current_date - 2 as ayer');
    for (const tenant of tenants) {
      await openHours(app, tenant, ['09:00', '12:00'], [ayer, hasta]);
      await inContext(app, tenant.admin, () => app.query(
        `select app.ocupar_franja($1, $2, $3, inicia_en, inicia_en + interval '30 minutes', 'reservado_temporal', $4, null, null, now() + interval '1 hour')
         from horarios_disponibilidad where profesional_id = $2 and fecha = $3`, [tenant.organizacion, tenant.profesionales[0], hasta, tenant.servicio]));
    }
    await admin.query('alter table profesionales disable trigger zz_franjas');
    await admin.query('update profesionales set activo = false where id = any ($1)', [tenants.map(({ profesionales }) => profesionales[0])]);
    await admin.query('alter table profesionales enable trigger zz_franjas');
    const left = () => admin.rows(
      `select h.profesional_id, h.estado, count(*)::int as n from horarios_disponibilidad h where h.fecha > $1::date + 1 group by 1, 2 order by 1, 2`, hoy);
    const each = (of: (gone: number, there: number) => unknown[]) => tenants.flatMap(({ profesionales: [gone, there] }) => of(gone, there));
    const held = (gone: number, there: number, free: unknown[]) => [
      ...free, { profesional_id: gone, estado: 'reservado_temporal', n: 1 }, { profesional_id: there, estado: 'disponible', n: 2 },
    ];
    expect(await left()).toEqual(each((gone, there) => held(gone, there, [{ profesional_id: gone, estado: 'disponible', n: 2 }])));
    await apply(admin, '2026-11-29-9f-1-tiempo-de-quien-se-fue.sql');
    expect(await left()).toEqual(each((gone, there) => held(gone, there, [])));
    const past = await admin.value('select count(*)::int from horarios_disponibilidad where fecha = $1', ayer);
    expect(past).toBe(4); // what was, was
  } finally {
    await database.close();
  }
});
