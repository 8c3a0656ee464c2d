import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { sqlFiles } from '../../scripts/sql-files.mjs';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { Recent } from './recent.js';

/** What may be wrong: the process ends, calls queue for connections, the database does not answer, files of sql/ were not applied. */
export const FALLOS = ['cierre', 'cola', 'base_de_datos', 'migraciones'] as const;
export type Fallo = (typeof FALLOS)[number];

/** Whether to send requests here. */
@Injectable()
export class Readiness {
  #draining = false;
  readonly #files = sqlFiles().map(({ name, sha256 }) => ({ name, sha256 }));
  readonly #pending = new Recent<number>(() => this.#ask(), { keepMs: 1_000, waitMs: 2_000 });

  constructor(private readonly db: Db) {}

  /** From now on this process is on its way out. */
  drain(): void {
    this.#draining = true;
  }

  /** Nothing when all is well. */
  async failing(): Promise<Fallo[]> {
    const here: Fallo[] = [...(this.#draining ? (['cierre'] as const) : []), ...(this.db.full ? (['cola'] as const) : [])];
    if (here.length) return here;
    return this.#pending.get().then((pending) => (pending > 0 ? ['migraciones'] : []), () => ['base_de_datos']);
  }

  /** A newer build's files do not matter to this one: while it is rolled out, the database is ahead. */
  async #ask(): Promise<number> {
    const [names, sums] = [this.#files.map(({ name }) => name), this.#files.map(({ sha256 }) => sha256)];
    const { rows } = await this.db.run({ ...NOBODY, readOnly: true }, () =>
      sql<{ faltan: number | null }>`select app.migraciones_pendientes(${names}::text[], ${sums}::text[]) as faltan`.execute(this.db.sql),
    );
    return rows[0].faltan ?? 0;
  }
}
