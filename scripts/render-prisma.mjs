// Catalogue → prisma/schema.prisma: same names as the database, no @map. What Prisma cannot say stands in a comment.
const types = {
  int2: 'Int', int4: 'Int', int8: 'BigInt', float4: 'Float', float8: 'Float', numeric: 'Decimal', bool: 'Boolean',
  text: 'String', varchar: 'String', bpchar: 'String', uuid: 'String', inet: 'String', json: 'Json', jsonb: 'Json', bytea: 'Bytes',
  date: 'DateTime', time: 'DateTime', timestamp: 'DateTime', timestamptz: 'DateTime',
};
const nativeNames = {
  int2: 'SmallInt', float4: 'Real', numeric: 'Decimal', varchar: 'VarChar', bpchar: 'Char', uuid: 'Uuid', inet: 'Inet', json: 'Json',
  date: 'Date', time: 'Time', timestamp: 'Timestamp', timestamptz: 'Timestamptz',
};
const actions = { a: 'NoAction', r: 'Restrict', c: 'Cascade', n: 'SetNull', d: 'SetDefault' };

const head = `// Written by \`npm run db:types\` from the database's catalogue; edit sql/, not this.

generator client {
  provider            = "prisma-client"
  output              = "../src/generated/prisma"
  runtime             = "nodejs"
  moduleFormat        = "esm"
  importFileExtension = "js"
  previewFeatures     = ["relationJoins"]
}

datasource db {
  provider = "postgresql"
}
`;

export function renderPrisma(catalogue) {
  const models = catalogue.tables.filter((table) => !table.view);
  const relations = models.flatMap((table) => table.foreignKeys.map((key) => describeRelation(table, key, models)));
  const parts = [head, ...models.map((table) => renderModel(table, relations))];
  for (const { name, values, comment } of catalogue.enums) {
    parts.push(`${doc(comment)}enum ${name} {\n${values.map((value) => `  ${value}\n`).join('')}}\n`);
  }
  return parts.join('\n');
}

// The child's field is named by the rule in the constraint's name (citas_profesional → profesional), the parent's by the child table.
function describeRelation(table, key, models) {
  const between = (a, b) => models.filter((m) => m.name === a).flatMap((m) => m.foreignKeys).filter((k) => k.target === b).length;
  const siblings = between(table.name, key.target) + (table.name === key.target ? 1 : between(key.target, table.name));
  const rule = key.name.startsWith(`${table.name}_`) ? key.name.slice(table.name.length + 1) : key.name;
  const free = (name, model) => (models.find((m) => m.name === model).columns.some((column) => column.name === name) ? `${name}_relacion` : name);
  return {
    ...key,
    child: table.name,
    ambiguous: siblings > 1,
    field: free(rule, table.name),
    inverse: free(siblings > 1 ? `${table.name}_${rule}` : table.name, key.target),
    optional: key.columns.some((name) => !table.columns.find((column) => column.name === name).required),
    single: table.indexes.some((index) => index.unique && index.plain && index.columns.every((name) => key.columns.includes(name))),
  };
}

function renderModel(table, relations) {
  const rows = table.columns.map(renderColumn);
  for (const relation of relations.filter((r) => r.child === table.name)) {
    const options = [`fields: [${relation.columns.join(', ')}]`, `references: [${relation.references.join(', ')}]`];
    options.push(`onDelete: ${actions[relation.onDelete]}`, `onUpdate: ${actions[relation.onUpdate]}`, `map: "${relation.name}"`);
    if (relation.ambiguous) options.unshift(`"${relation.name}"`);
    rows.push({ name: relation.field, type: relation.target + (relation.optional ? '?' : ''), attributes: `@relation(${options.join(', ')})` });
  }
  for (const relation of relations.filter((r) => r.target === table.name)) {
    const attributes = relation.ambiguous ? `@relation("${relation.name}")` : '';
    rows.push({ name: relation.inverse, type: relation.child + (relation.single ? '?' : '[]'), attributes });
  }
  const lines = [...align(rows), ...renderIndexes(table)];
  return `${doc(table.comment)}model ${table.name} {\n${lines.join('\n')}\n}\n`;
}

function renderColumn(column) {
  const base = column.enum ? column.type : (types[column.type] ?? `Unsupported("${column.declared}")`);
  const attributes = [defaultOf(column), nativeOf(column)].filter(Boolean).join(' ');
  const notes = [column.comment];
  if (column.generated) notes.push('Generated always by the database: never written.');
  if (column.list && !column.required) notes.push('May be null, which Prisma reads as an empty list.');
  return { name: column.name, type: base + (column.list ? '[]' : column.required ? '' : '?'), attributes, comment: notes.filter(Boolean).join(' ') };
}

function nativeOf({ type, declared }) {
  if (!nativeNames[type]) return '';
  const size = /\(([\d,]+)\)/.exec(declared)?.[1] ?? (type.startsWith('time') ? '6' : '');
  return `@db.${nativeNames[type]}${size && `(${size.replace(',', ', ')})`}`;
}

function defaultOf(column) {
  if (column.identity) return '@default(autoincrement())';
  const value = column.default;
  if (value === null) return '';
  if (value === 'now()') return '@default(now())';
  const literal = /^'([^']*)'::[\w."[\]]+$/.exec(value)?.[1];
  if (!column.generated) {
    if (column.list && literal === '{}') return '@default([])';
    if (column.enum && literal !== undefined) return `@default(${literal})`;
    if (types[column.type] === 'String' && literal !== undefined) return `@default(${JSON.stringify(literal)})`;
    if (/^(true|false|-?[\d.]+)$/.test(value)) return `@default(${value})`;
    if (/^'-?[\d.]+'::/.test(value) && /^(int|numeric)/.test(column.type)) return `@default(${literal})`;
  }
  return `@default(dbgenerated(${JSON.stringify(value.replace(/\s+/g, ' '))}))`;
}

function renderIndexes({ indexes }) {
  const said = [];
  const unsaid = [];
  for (const { primary, unique, plain, columns, name, definition, constraint } of indexes) {
    const kind = primary ? '@@id' : unique ? '@@unique' : '@@index';
    if (plain) said.push(`  ${kind}([${columns.join(', ')}], map: "${name}")`);
    else unsaid.push(`  // ${constraint ? `constraint ${name} ${constraint}` : definition.replace('public.', '')}`);
  }
  const order = ['@@id', '@@unique', '@@index'];
  said.sort((a, b) => order.findIndex((kind) => a.includes(kind)) - order.findIndex((kind) => b.includes(kind)));
  return [unsaid, said].flatMap((lines) => (lines.length ? ['', ...lines] : [])); // the order of `prisma format`
}

function align(rows) {
  const width = (part) => Math.max(...rows.map((row) => row[part].length));
  const [name, type] = [width('name'), width('type')];
  return rows.flatMap((row) => {
    const line = `  ${row.name.padEnd(name)} ${row.type.padEnd(type)} ${row.attributes}`.trimEnd();
    return row.comment ? [`  /// ${row.comment.replace(/\s+/g, ' ')}`, line] : [line];
  });
}

function doc(comment) {
  return comment ? `/// ${comment.replace(/\s+/g, ' ')}\n` : '';
}
