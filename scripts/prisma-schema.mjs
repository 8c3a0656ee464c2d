// npm run db:types: writes prisma/schema.prisma and src/database/tables.ts from what sql/ makes; with --check only compares.
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { readCatalogue } from './catalogue.mjs';
import { urlOf } from './database.mjs';
import { generateClient } from './prisma-client.mjs';
import { step } from './progress.mjs';
import { renderKysely } from './render-kysely.mjs';
import { renderPrisma } from './render-prisma.mjs';
import { openTemplate } from './template-database.mjs';

process.chdir(path.dirname(import.meta.dirname));
try {
  const catalogue = await step('Reading the catalogue of sql/', readFromSql);
  const files = { 'prisma/schema.prisma': renderPrisma(catalogue), 'src/database/tables.ts': renderKysely(catalogue) };
  const stale = Object.keys(files).filter((file) => !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== files[file]);
  if (process.argv.includes('--check')) {
    if (stale.length) throw new Error(`${stale.join(' and ')} differ from sql/: run npm run db:types`);
  } else {
    for (const file of stale) {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, files[file]);
      console.log(`    ${file}`);
    }
    await generateClient();
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function readFromSql() {
  const template = await openTemplate();
  const client = new pg.Client({ connectionString: urlOf(template.adminUrl, template.name) });
  try {
    await client.connect();
    return await readCatalogue(client);
  } finally {
    await client.end();
    await template.close();
  }
}
