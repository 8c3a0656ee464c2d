// npm run db:migrate | db:reset | db:seed | db:backup | db:restore | db:reseal | super-admin. A server that npm start keeps running is used; otherwise one runs for as long as the command.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { baseUrlOf, startApi, waitUntilLive } from './api-process.mjs';
import { backup, recover, verify } from './backup.mjs';
import { build } from './build.mjs';
import { urlOf } from './database.mjs';
import { environmentOfApi, readEnvironment } from './environment.mjs';
import { migrateServer, openServer } from './postgres.mjs';
import { step } from './progress.mjs';
import { reasonOf } from './reason.mjs';
import { reseal, sayResealed } from './reseal.mjs';
import { makeSuperAdmin } from './super-admin.mjs';

process.chdir(path.dirname(import.meta.dirname));
const commands = { migrate: runMigrate, reset: runReset, seed: runSeed, backup: runBackup, restore: runRestore, reseal: runReseal, 'super-admin': runSuperAdmin };
const command = commands[process.argv[2]];

try {
  if (!command) throw new Error(`Usage: node scripts/db.mjs ${Object.keys(commands).join(' | ')}`);
  if (command === runReset) refuseReset(process.env);
  const settings = await readEnvironment();
  if ((command === runBackup || command === runRestore) && settings.databaseUrl) {
    throw new Error('This copies the files of the PostgreSQL that Franja starts itself. For the server of DATABASE_URL: docs/backup.md');
  }
  if (command === runRestore) await putBack(settings); // before a server runs
  const server = await openServer(settings);
  try {
    await command(server.adminUrl, settings);
  } finally {
    await server.stop();
  }
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}

async function runMigrate(adminUrl, settings) {
  const applied = await migrateServer(adminUrl, settings);
  for (const name of applied) console.log(`    ${name}`);
  console.log(applied.length ? `${applied.length} files applied.` : 'Nothing to apply.');
}

async function runSuperAdmin(adminUrl, settings) {
  const email = process.argv[3]?.trim().toLowerCase() ?? '';
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw new Error('Whose account? npm run super-admin -- ana@example.com');
  // Whoever lets somebody in again at a server that serves means no migration, nor new passwords of its roles.
  if (!settings.databaseUrl) await migrateServer(adminUrl, settings);
  const password = await makeSuperAdmin(urlOf(adminUrl, settings.database), email);
  console.log(`\n${email} is super_admin. Its password, shown only now: ${password}\nIts first sign-in sets up the second factor.`);
}

async function runBackup(adminUrl, { backupDir = '.data/backup' }) {
  const { copy, archived } = await step('Copying the databases', () => backup({ adminUrl, folder: backupDir }));
  console.log(`  ${copy}\n  ${archived ? 'What comes after it is archived too.' : 'Only this instant can be restored: nothing archives what comes after it (BACKUP_DIR).'}`);
  console.log('  Keep ENCRYPTION_KEY as well, and apart: docs/backup.md');
}

async function putBack({ backupDir = '.data/backup' }) {
  const [, said, , along] = /^--until (\S+)( --history ([1-9]\d*))?$/.exec(process.argv.slice(3).join(' ')) ?? [];
  const until = said === undefined ? undefined : new Date(said);
  // Without its zone an instant is another one on each machine.
  if (process.argv.length > 3 && !(until && !Number.isNaN(until.getTime()) && /(Z|[+-]\d\d:?\d\d)$/.test(said))) {
    throw new Error('Until when? npm run db:restore -- --until 2027-03-15T10:37:00-05:00, or without --until as far as there is. Behind it, --history 1: docs/backup.md');
  }
  const { copy, former } = await step('Restoring', () => recover({ dataDir: '.data/pg', folder: backupDir, until, history: along && Number(along) }));
  console.log(`  From ${copy}${former ? `. The data that was there: ${former}` : ''}`);
}

async function runRestore(adminUrl, settings) {
  await runMigrate(adminUrl, settings);
  const wrong = await step('Verifying', () => verify(urlOf(adminUrl, settings.database)));
  if (wrong.length) throw new Error(`What was restored is not whole:\n  ${wrong.join('\n  ')}`);
  console.log('  Whole: nothing overlaps, every cita has its franja, every reference its row, every tenant its walls.');
}

async function runReseal(adminUrl, { database, encryptionKeys }) {
  await step('Building dist', () => build());
  sayResealed(await reseal(urlOf(adminUrl, database), encryptionKeys));
}

function refuseReset({ NODE_ENV, DATABASE_URL }) {
  if (NODE_ENV === 'production') throw new Error('db:reset drops every database of Franja: refused with NODE_ENV=production.');
  if (DATABASE_URL && !process.argv.includes('--yes')) {
    throw new Error(`db:reset drops every database of Franja at ${new URL(DATABASE_URL).host}. If that is meant: npm run db:reset -- --yes`);
  }
}

async function runReset(adminUrl, settings) {
  const databases = [settings.database, 'n8n_db', 'evolution_db', 'chat_memories_db'];
  console.log(`Dropping ${databases.join(', ')}`);
  const client = new pg.Client({ connectionString: urlOf(adminUrl, 'postgres') });
  await client.connect();
  try {
    for (const name of databases) await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
  } finally {
    await client.end();
  }
  await runMigrate(adminUrl, settings);
}

async function runSeed(adminUrl, settings) {
  if (!fs.existsSync('scripts/seed.mjs')) throw new Error('scripts/seed.mjs is missing');
  const { seed } = await import(pathToFileURL('scripts/seed.mjs').href);
  const baseUrl = baseUrlOf(settings.host, settings.port);
  const running = await fetch(`${baseUrl}/api/v1/health/live`).catch(() => undefined);
  let api;
  try {
    if (!running?.ok) {
      await migrateServer(adminUrl, settings);
      await step('Building dist', () => build());
      api = startApi(settings, environmentOfApi(settings, adminUrl));
      await waitUntilLive(api);
    }
    const demo = await step('Loading the demo organisation', () => seed(baseUrl));
    for (const [label, value] of Object.entries(demo ?? {})) console.log(`  ${label}  ${value}`);
  } finally {
    await api?.stop();
  }
}
