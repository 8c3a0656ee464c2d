// What the two generators know of a database: tables, columns, keys and indexes of schema public, in a stable order.
const tablesQuery = `
  select c.oid::int as oid, c.relname as name, c.relkind = 'v' as view, obj_description(c.oid, 'pg_class') as comment
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname <> 'migraciones_aplicadas' and not c.relispartition
  order by c.relname`;

const columnsQuery = `
  select a.attrelid::int as oid, a.attname as name, a.attnotnull as required, a.attidentity <> '' as identity,
    a.attidentity = 'a' as "identityAlways", a.attgenerated <> '' as generated, pg_get_expr(d.adbin, d.adrelid) as "default",
    coalesce(e.typname, t.typname) as type, e.oid is not null as list, coalesce(e.typtype, t.typtype) = 'e' as enum,
    format_type(a.atttypid, a.atttypmod) as declared, col_description(a.attrelid, a.attnum) as comment
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
  join pg_type t on t.oid = a.atttypid
  left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`;

const namesOf = (numbers, table) => `
  (select array_agg(a.attname::text order by k.position) from unnest(${numbers}) with ordinality k(number, position)
   join pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`;

const foreignKeysQuery = `
  select c.conrelid::int as oid, c.conname as name, c.confrelid::regclass::text as target, c.confdeltype as "onDelete", c.confupdtype as "onUpdate",
    ${namesOf('c.conkey', 'c.conrelid')} as columns, ${namesOf('c.confkey', 'c.confrelid')} as references
  from pg_constraint c
  where c.contype = 'f' and c.connamespace = 'public'::regnamespace
  order by c.conname`;

const indexesQuery = `
  select i.indrelid::int as oid, r.relname as name, i.indisprimary as primary, i.indisunique as unique,
    pg_get_constraintdef(c.oid) as "constraint", pg_get_indexdef(i.indexrelid) as definition,
    i.indpred is null and i.indexprs is null and m.amname = 'btree' and not i.indisexclusion and not i.indnullsnotdistinct
      and not exists (select from unnest(i.indoption) o where o <> 0) and i.indnkeyatts = i.indnatts
      and not exists (select from unnest(i.indclass) k join pg_opclass o on o.oid = k where not o.opcdefault) as plain,
    ${namesOf('i.indkey::int2[]', 'i.indrelid')} as columns
  from pg_index i
  join pg_class r on r.oid = i.indexrelid and r.relnamespace = 'public'::regnamespace
  join pg_am m on m.oid = r.relam
  left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
  order by r.relname`;

const enumsQuery = `
  select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values, obj_description(t.oid, 'pg_type') as comment
  from pg_type t join pg_enum e on e.enumtypid = t.oid
  where t.typnamespace = 'public'::regnamespace
  group by t.oid, t.typname
  order by t.typname`;

export async function readCatalogue(client) {
  await client.query("set search_path = ''");
  const read = async (query) => (await client.query(query)).rows;
  const columns = await read(columnsQuery);
  const foreignKeys = await read(foreignKeysQuery);
  const indexes = await read(indexesQuery);
  const tables = (await read(tablesQuery)).map((table) => {
    const own = (rows) => rows.filter((row) => row.oid === table.oid);
    return { ...table, columns: own(columns), foreignKeys: own(foreignKeys), indexes: own(indexes) };
  });
  for (const key of foreignKeys) key.target = key.target.replace(/^public\./, '');
  return { enums: await read(enumsQuery), tables };
}
