// In the image of the API, with a superuser's DATABASE_URL: node deploy/database.mjs migrate | reseal | super-admin ana@example.com
// The API itself is never given that URL. Needs nothing but the production dependencies.
import path from 'node:path';
import { migrate, urlOf } from '../scripts/database.mjs';
import { readEnvironment } from '../scripts/environment.mjs';
import { reasonOf } from '../scripts/reason.mjs';

process.chdir(path.dirname(import.meta.dirname));
try {
  const [command, email = ''] = process.argv.slice(2);
  const { databaseUrl, database, variables, encryptionKeys } = await readEnvironment();
  if (!databaseUrl) throw new Error('DATABASE_URL is required: a superuser of the server.');
  if (command === 'migrate') {
    const applied = await migrate({ adminUrl: databaseUrl, variables, log: (name) => console.log(name) });
    console.log(applied.length ? `${applied.length} files applied.` : 'Nothing to apply.');
  } else if (command === 'reseal') {
    const { reseal, sayResealed } = await import('../scripts/reseal.mjs');
    sayResealed(await reseal(urlOf(databaseUrl, database), encryptionKeys));
  } else if (command === 'super-admin' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    const { makeSuperAdmin } = await import('../scripts/super-admin.mjs');
    console.log(`${email} is super_admin. Its password, shown only now: ${await makeSuperAdmin(urlOf(databaseUrl, database), email.toLowerCase())}`);
  } else {
    throw new Error('Usage: node deploy/database.mjs migrate | reseal | super-admin ana@example.com');
  }
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
