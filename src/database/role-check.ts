import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { reasonOf } from '../../scripts/reason.mjs';
import { CONFIG, type Config } from '../config.js';
import { Db } from './db.service.js';
import { NOBODY } from './session.js';
import { isUnavailable } from './sql-error.js';

/** A process that waits for ever is neither up nor started anew. */
const SILENT_MS = 5_000;

/** A role that row level security does not hold shows every tenant's rows to all. `variable` is what named the connection. */
export async function requireHeldByRls(db: Kysely<any>, variable: string, expected = 'saas_app'): Promise<void> {
  const { rows } = await sql<{ rol: string; superusuario: boolean; salta_rls: boolean; miembro_de: string | null }>`
    select r.rolname as rol, r.rolsuper as superusuario, r.rolbypassrls as salta_rls, (
      select min(o.rolname::text) from pg_roles o
      where o.rolname <> current_user and o.rolname ~ '^saas_' and pg_has_role(current_user, o.oid, 'member')) as miembro_de
    from pg_roles r where r.rolname = current_user`.execute(db);
  const [{ rol, superusuario, salta_rls, miembro_de }] = rows;
  const why = superusuario ? 'is a superuser' : salta_rls ? 'has BYPASSRLS' : miembro_de ? `is a member of ${miembro_de}` : undefined;
  if (!why) return;
  throw new Error(
    `The database role ${rol} ${why}, so row level security would not hold it and tenants would see each other. ` +
      `Let ${variable} connect as ${expected}, which npm run db:migrate creates.`,
  );
}

/** The API does not start as one. */
@Injectable()
export class RoleCheck implements OnModuleInit {
  constructor(
    private readonly db: Db,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onModuleInit() {
    await this.db.run(NOBODY, () => requireHeldByRls(this.db.sql, 'APP_DATABASE_URL'));
    const { adminDatabaseUrl: connectionString } = this.config;
    if (!connectionString) return;
    // On a connection of its own: with the pool's, asking would need a super_admin.
    const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: SILENT_MS, query_timeout: SILENT_MS });
    const admin = new Kysely<any>({ dialect: new PostgresDialect({ pool }) });
    try {
      await requireHeldByRls(admin, 'ADMIN_DATABASE_URL', 'saas_admin');
    } catch (error) {
      throw isUnavailable(error) ? new Error(`The database of ADMIN_DATABASE_URL does not answer: ${reasonOf(error)}`, { cause: error }) : error;
    } finally {
      await admin.destroy();
    }
  }
}
