// The catalogue's side of docs/decisions/0027: every index is a rule or says whom it serves, none repeats another, and a foreign key has one where its
// parent can be deleted. That whoever it names reads it is in test/sentencias.spec.ts.
import { databaseOfSpec } from './tenant.js';

const database = databaseOfSpec();

/** `columns` in order with their operator classes; of an index that can stand in for another these begin with its. */
const INDEXES = `
  select c.relname as name, i.indrelid::regclass::text as table, m.amname as method, i.indisunique or i.indisexclusion as rule,
    pg_get_expr(i.indpred, i.indrelid) as predicate, obj_description(c.oid) as comment,
    array(select pg_get_indexdef(c.oid, k, false) || ' ' || i.indclass[k - 1] from generate_series(1, i.indnkeyatts) k) as columns,
    array(select pg_get_indexdef(c.oid, k, false) from generate_series(i.indnkeyatts + 1, i.indnatts) k) as included
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
  where c.relnamespace = 'public'::regnamespace and i.indrelid <> 'public.migraciones_aplicadas'::regclass
  order by 1`;

interface Index {
  name: string;
  table: string;
  method: string;
  rule: boolean;
  predicate: string | null;
  comment: string | null;
  columns: string[];
  included: string[];
}

test('an index that keeps no rule says in its comment which routes, tasks or foreign keys it serves', async () => {
  const served = /^(((GET|POST|PUT|PATCH|DELETE) \/[\w/{}-]+|task [a-z_]+|fk [a-z_]+)(, |$))+$/;
  const rows = await database.admin.rows<Index>(INDEXES);
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter(({ rule, comment }) => !rule && !served.test(comment ?? '')).map(({ name, comment }) => `${name}: ${comment}`)).toEqual([]);
});

test('no index is the beginning of another one of the same rows', async () => {
  const rows = await database.admin.rows<Index>(INDEXES);
  const stands = (one: Index, other: Index) =>
    one !== other && one.table === other.table && one.method === other.method && one.predicate === other.predicate
    && one.columns.every((column, i) => column === other.columns[i])
    && one.included.every((column) => [...other.included, ...other.columns.map((known) => known.split(' ')[0])].includes(column))
    && (one.columns.length < other.columns.length || !other.rule || one.rule || one.name < other.name);
  // A unique index is a rule besides, so what it begins with another's columns is not given up.
  const twice = rows.flatMap((one) => rows.filter((other) => !one.rule && stands(one, other)).map((other) => `${one.name} = ${other.name}`));
  expect(twice).toEqual([]);
});

test('a foreign key has an index, unless nobody may delete its parent', async () => {
  // Who may, by privilege: the check of a foreign key looks at its children then, and only then, because identities never change.
  const rows = await database.admin.rows(`
    select k.conname as name, array(
      select r.rolname::text from pg_roles r
      where r.rolname ~ '^(saas_|n8n_|evolution_|readonly_|integration_)' and r.rolname <> 'saas_owner'
        and has_table_privilege(r.oid, k.confrelid, 'delete') order by 1) as deleters
    from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace
      and not exists (
        select from pg_index i where i.indrelid = k.conrelid and i.indisvalid
          and (select array_agg(n order by n) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) n)
            = (select array_agg(n order by n) from unnest(k.conkey) n))`);
  expect(rows.filter(({ deleters }) => deleters.length > 0)).toEqual([]);
});

test('what names a foreign key begins with its columns', async () => {
  const named = (await database.admin.rows<Index>(INDEXES)).flatMap(({ name, comment }) => [...(comment ?? '').matchAll(/fk ([a-z_]+)/g)].map(([, fk]) => ({ name, fk })));
  for (const { name, fk } of named) {
    expect([name, fk, await database.admin.rows(`
      select 1 as one from pg_constraint k join pg_index i on i.indrelid = k.conrelid
      where k.conname = $2 and k.contype = 'f' and i.indexrelid = $1::regclass
        and (select array_agg(n order by n) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) n) = (select array_agg(n order by n) from unnest(k.conkey) n)`,
      `public.${name}`, fk)]).toEqual([name, fk, [{ one: 1 }]]);
  }
});
