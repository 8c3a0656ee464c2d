// prisma/schema.prisma against the catalogue, both ways: each side is told in the same sentences, and the sentences are compared.
import fs from 'node:fs';
import { databaseOfSpec } from './tenant.js';

const text = fs.readFileSync('prisma/schema.prisma', 'utf8');

const database = databaseOfSpec();

/** `model x { … }` and `enum x { … }`: name → its lines, without comments. */
function blocks(kind: 'model' | 'enum'): Map<string, string[]> {
  const found = [...text.matchAll(new RegExp(`^${kind} (\\w+) \\{\\n([\\s\\S]*?)^\\}`, 'gm'))];
  return new Map(
    found.map(([, name, body]) => [
      name,
      body
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith('//')),
    ]),
  );
}

const models = blocks('model');
const enums = blocks('enum');
const list = (columns: string) =>
  columns
    .split(',')
    .map((column) => column.trim())
    .join(', ');

/** What PostgreSQL calls a type of Prisma. */
function databaseType(type: string, native?: string, size?: string): string {
  const named: Record<string, string> = {
    SmallInt: 'smallint',
    Char: `character(${size})`,
    Uuid: 'uuid',
    Inet: 'inet',
    Date: 'date',
    Time: `time(${size}) without time zone`,
    Timestamp: 'timestamp without time zone',
    Timestamptz: 'timestamp with time zone',
    Decimal: `numeric(${size?.replace(/\s/g, '')})`,
  };
  const plain: Record<string, string> = {
    BigInt: 'bigint',
    Int: 'integer',
    String: 'text',
    Boolean: 'boolean',
    Json: 'jsonb',
    Bytes: 'bytea',
  };
  if (native) return named[native] ?? `@db.${native}`;
  return plain[type] ?? (enums.has(type) ? type : `? ${type}`);
}

function sentencesOfPrisma(): string[] {
  const sentences: string[] = [];
  for (const [model, lines] of models) {
    for (const line of lines) {
      const key = /^@@(id|unique)\(\[([^\]]+)\], map: "(\w+)"\)$/.exec(line);
      const field = /^(\w+)\s+(\w+)(\[\]|\?)?(.*)$/.exec(line);
      if (key) sentences.push(`${model}: ${key[3]} is ${key[1] === 'id' ? 'the primary key' : 'unique'} (${list(key[2])})`);
      if (line.startsWith('@@') || !field) continue;
      const [, name, type, mark = '', rest] = field;
      if (models.has(type)) {
        const relation = /fields: \[([^\]]+)\], references: \[([^\]]+)\], onDelete: (\w+), onUpdate: (\w+), map: "(\w+)"/.exec(rest);
        if (relation)
          sentences.push(
            `${model}: ${relation[5]} refers (${list(relation[1])}) to ${type} (${list(relation[2])}), ${relation[3]}, ${relation[4]}`,
          );
        continue;
      }
      const [, native, size] = /@db\.(\w+)(?:\(([^)]*)\))?/.exec(rest) ?? [];
      const nullable = mark === '[]' ? '' : mark === '?' ? ' or null' : ', never null';
      sentences.push(
        `${model}.${name}: ${databaseType(type, native, size)}${mark === '[]' ? '[]' : ''}${nullable}` +
          (rest.includes('@default(') ? ', with a default' : ''),
      );
    }
  }
  return sentences.toSorted();
}

async function sentencesOfCatalogue(): Promise<string[]> {
  const rows = await database.admin.rows(`
    with tables as (select c.oid, c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p') and c.relname <> 'migraciones_aplicadas'),
    actions (code, word) as (values ('a', 'NoAction'), ('r', 'Restrict'), ('c', 'Cascade'), ('n', 'SetNull'), ('d', 'SetDefault'))
    select format('%s.%s: %s%s%s', t.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'public.', ''),
      case when format_type(a.atttypid, a.atttypmod) like '%[]' then '' when a.attnotnull then ', never null' else ' or null' end,
      case when a.atthasdef or a.attidentity <> '' then ', with a default' else '' end) as sentence
    from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    union all
    select format('%s: %s is %s (%s)', t.relname, i.indexrelid::regclass, case when i.indisprimary then 'the primary key' else 'unique' end,
      (select string_agg(a.attname, ', ' order by k.n) from unnest(i.indkey::int2[]) with ordinality k(num, n)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = k.num))
    from tables t join pg_index i on i.indrelid = t.oid and i.indisunique and i.indpred is null and i.indexprs is null
    union all
    select format('%s: %s refers (%s) to %s (%s), %s, %s', t.relname, c.conname,
      (select string_agg(a.attname, ', ' order by k.n) from unnest(c.conkey) with ordinality k(num, n)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num),
      c.confrelid::regclass,
      (select string_agg(a.attname, ', ' order by k.n) from unnest(c.confkey) with ordinality k(num, n)
        join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num),
      d.word, u.word)
    from tables t join pg_constraint c on c.conrelid = t.oid and c.contype = 'f' join actions d on d.code = c.confdeltype
      join actions u on u.code = c.confupdtype`);
  return rows.map((row) => row.sentence).toSorted();
}

const missing = (from: string[], sentences: string[]) => sentences.filter((sentence) => !from.includes(sentence));

it('says of every table, column, type, key and reference what the catalogue says, and nothing else', async () => {
  const prisma = sentencesOfPrisma();
  const catalogue = await sentencesOfCatalogue();
  expect(catalogue.length).toBeGreaterThan(250);
  expect(missing(prisma, catalogue)).toEqual([]);
  expect(missing(catalogue, prisma)).toEqual([]);
});

it('has the enums of the database, word for word', async () => {
  const rows = await database.admin.rows(`
    select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as labels
    from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by 1`);
  expect(Object.fromEntries(enums)).toEqual(Object.fromEntries(rows.map((row) => [row.name, row.labels])));
});

it.each([
  [
    'a new table',
    'create table nueva (id bigint primary key)',
    ['nueva.id: bigint, never null', 'nueva: nueva_pkey is the primary key (id)'],
  ],
  ['a new column', 'alter table clientes add column apodo text', ['clientes.apodo: text or null']],
  ['a column that may be null', 'alter table clientes alter column nombre drop not null', ['clientes.nombre: text or null']],
  ['another type', 'alter table servicios alter column orden type int', ['servicios.orden: integer, never null, with a default']],
  ['a default taken away', 'alter table citas alter column descuento drop default', ['citas.descuento: numeric(12,2), never null']],
  [
    'another action on delete',
    `alter table sesiones drop constraint sesiones_usuario; alter table sesiones add constraint sesiones_usuario
    foreign key (organizacion_id, usuario_id) references usuarios (organizacion_id, id) on delete restrict`,
    ['sesiones: sesiones_usuario refers (organizacion_id, usuario_id) to usuarios (organizacion_id, id), Restrict, NoAction'],
  ],
])('would notice %s', async (_, ddl, sentences) => {
  await database.admin.query('begin');
  const changed = database.admin.query(`set local search_path = public; ${ddl}`).then(sentencesOfCatalogue);
  const catalogue = await changed.finally(() => database.admin.query('rollback'));
  expect(missing(sentencesOfPrisma(), catalogue)).toEqual(sentences.toSorted());
});
