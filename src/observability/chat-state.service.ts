import { Injectable } from '@nestjs/common';
import { sqlFiles } from '../../scripts/sql-files.mjs';
import { ChatDb } from '../chat/chat-db.service.js';
import { sqlErrorOf } from '../database/sql-error.js';
import { Recent } from './recent.js';

export const CONVERSACIONES = ['ok', 'no_responde', 'sin_migraciones', 'sin_configurar'] as const;
export type Conversaciones = (typeof CONVERSACIONES)[number];

/** How the database of conversations is. Everything else works without it, so nobody waits for it. */
@Injectable()
export class ChatState {
  readonly #files = sqlFiles(undefined, ['chat']);
  readonly #pending = new Recent<number>(() => this.#ask(), { keepMs: 1_000, waitMs: 500 });

  constructor(private readonly chat: ChatDb) {}

  async read(): Promise<Conversaciones> {
    if (!this.chat.configured) return 'sin_configurar';
    // Who may not ask has the grants of a former migrate.
    const refused = (error: unknown) => (sqlErrorOf(error)?.sqlstate === '42501' ? 'sin_migraciones' : 'no_responde');
    return this.#pending.get().then((pending) => (pending > 0 ? 'sin_migraciones' : 'ok'), refused);
  }

  #ask(): Promise<number> {
    return this.chat.pending(this.#files.map(({ name }) => name), this.#files.map(({ sha256 }) => sha256));
  }
}
