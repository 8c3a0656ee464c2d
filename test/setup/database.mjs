import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { urlOf } from '../../scripts/database.mjs';

/**
 * A database of one's own: a clone of the migrated template, about 50 ms; with `kind` '_chat', of that of conversations.
 * `adminUrl` is the superuser's, to arrange; `appUrl` is saas_app's, to act and assert; `urlAs` is for the other login roles.
 * @param {'' | '_chat'} kind
 * @returns {Promise<{ name: string, adminUrl: string, appUrl: string, urlAs: (role: string) => string, drop: () => Promise<void> }>}
 */
export async function freshDatabase(kind = '') {
  const { FRANJA_TEST_ADMIN_URL: server, FRANJA_TEST_TEMPLATE: main, FRANJA_TEST_RUN: run } = process.env;
  const template = `${main}${kind}`;
  const name = `prueba_${run}_${randomBytes(4).toString('hex')}`;
  const postgres = superuser(urlOf(server, 'postgres'));
  await postgres.query(`create database ${name} template ${template} strategy file_copy`);
  for (const { sql } of (await postgres.query(databaseSettings, [template, name])).rows) await postgres.query(sql);
  if (kind === '') await superuser(urlOf(server, name)).query(trialWithoutLimits);
  const urlAs = (role) => urlOf(server, name, role, createHash('sha256').update(role).digest('base64url'));
  const drop = async () => void (await postgres.query(`drop database if exists ${name} with (force)`));
  return { name, adminUrl: urlOf(server, name), appUrl: urlAs('saas_app'), urlAs, drop };
}

const pools = new Map();

/**
 * Connections of the superuser to that database, kept for a moment: to open one takes thirty times as long as most statements.
 * @returns {pg.Pool}
 */
export function superuser(url) {
  const known = pools.get(url);
  if (known) return known;
  const pool = new pg.Pool({ connectionString: url, max: 4, idleTimeoutMillis: 1_000, allowExitOnIdle: true });
  pool.on('error', () => {}); // its database was dropped meanwhile
  pools.set(url, pool);
  return pool;
}

// A clone has the template's contents, but not the rights on the database itself nor its settings: repeat them.
const databaseSettings = `
  select format('revoke all on database %I from public', $2::text) as sql
  union all
  select format('grant %s on database %I to %s', a.privilege_type, $2::text, case a.grantee when 0 then 'public' else a.grantee::regrole::text end)
  from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  where d.datname = $1
  union all
  select format('alter %s set %I = %s', case s.setrole
      when 0 then format('database %I', $2::text)
      else format('role %s in database %I', s.setrole::regrole, $2::text) end,
    split_part(c, '=', 1), case when c like 'search_path=%' then substr(c, 13) else quote_literal(substr(c, strpos(c, '=') + 1)) end)
  from pg_database d join pg_db_role_setting s on s.setdatabase = d.oid, unnest(s.setconfig) c
  where d.datname = $1`;

// So that a test meets the limits that it sets, and no other.
const trialWithoutLimits = `
  update planes_subscripcion set limite_profesionales = null, limite_clientes = null, limite_servicios = null, limite_usuarios = null,
    limite_citas_mes = null, limite_whatsapp_mes = null
  where codigo_plan = 'trial'`;
