import pg from 'pg';
import { startApi, type Api } from './api.js';
import { freshDatabase } from './setup/database.mjs';

export interface ChatApi extends Api {
  chat: Awaited<ReturnType<typeof freshDatabase>>;
}

/** The API with a database of conversations of its own. */
export async function startApiWithChat(env: NodeJS.ProcessEnv = {}): Promise<ChatApi> {
  const chat = await freshDatabase('_chat');
  const api = await startApi({ CHAT_DATABASE_URL: chat.appUrl, ...env });
  const close = async () => {
    await api.close();
    await chat.drop();
  };
  return { ...api, chat, close };
}

/** A message as LangChain keeps it in memory and n8n's node flattens it to store. */
export const human = (content: unknown) => ({ type: 'human', content, additional_kwargs: {}, response_metadata: {} });
export const ai = (content: unknown) => ({ type: 'ai', content, tool_calls: [], invalid_tool_calls: [], additional_kwargs: {}, response_metadata: {} });

/** What n8n's Postgres Chat Memory sends, statement by statement, as role n8n_app. It creates its table before its first use. */
export async function n8nMemory(url: string, session: string, table = 'n8n_chat_histories') {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const name = client.escapeIdentifier(table);
  client.on('error', () => {});
  await client.query(`
    CREATE TABLE IF NOT EXISTS ${name} (
      id SERIAL PRIMARY KEY,
      session_id VARCHAR(255) NOT NULL,
      message JSONB NOT NULL
    );`).catch(async (error) => {
    await client.end();
    throw error;
  });
  return {
    add: (message: unknown) => client.query(`INSERT INTO ${name} (session_id, message) VALUES ($1, $2)`, [session, message]),
    read: async () => (await client.query(`SELECT message FROM ${name} WHERE session_id = $1 ORDER BY id`, [session])).rows.map((row) => row.message),
    clear: () => client.query(`DELETE FROM ${name} WHERE session_id = $1`, [session]),
    query: (sql: string, values?: unknown[]) => client.query(sql, values),
    close: () => client.end(),
  };
}
