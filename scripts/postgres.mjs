import { archiveSettings } from './backup.mjs';
import { migrate } from './database.mjs';
import { startPostgres } from './embedded-postgres.mjs';
import { step } from './progress.mjs';

/**
 * The server of this installation: the one DATABASE_URL names, otherwise the embedded one, which archives its WAL in `backupDir` when it is given.
 * @returns {Promise<{ adminUrl: string, where: string, stop: () => Promise<void> }>}
 */
export async function openServer({ databaseUrl, postgresPort, backupDir }) {
  if (databaseUrl) return { adminUrl: databaseUrl, where: `at ${new URL(databaseUrl).host}`, stop: async () => {} };
  const settings = backupDir ? archiveSettings(backupDir) : {};
  const server = await step('Starting PostgreSQL', () => startPostgres({ dataDir: '.data/pg', port: postgresPort, settings }));
  return { adminUrl: server.url, where: `on port ${server.port}, data in ${server.dataDir}`, stop: server.stop };
}

export function migrateServer(adminUrl, { variables }) {
  return step('Preparing the database', async (detail) => {
    const applied = await migrate({ adminUrl, variables, log: detail });
    detail('');
    return applied;
  });
}
