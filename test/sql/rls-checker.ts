import type { Client } from './tenant.js';

/**
 * Tables that belong to no tenant: every tenant reads the first three, no application role migraciones_aplicadas. limites counts who has no
 * tenant yet, under keys that name nobody. ejecuciones_tareas says how jobs went, over all organisations. emisores_facturas and impuestos_pais are
 * settings of the platform; eventos_stripe is what the gateway told, of organisations that may not exist.
 */
export const GLOBAL_TABLES = ['monedas', 'plantillas_servicios', 'planes_subscripcion', 'migraciones_aplicadas', 'limites', 'ejecuciones_tareas', 'emisores_facturas', 'impuestos_pais', 'eventos_stripe'];

type Policy = [name: string, role: string, command: string, using: string, check: string | null];

/** What every tenant table carries, whichever column names the tenant. */
const stamp = (column: string): Policy[] => {
  const tenant = `(${column} = app.tenant_actual())`;
  const superAdmin = "(app.rol_actual() = 'super_admin'::text)";
  const bypass = "(current_setting('app.bypass_rls'::text, true) = 'true'::text)";
  return [
    ['aislamiento_tenant', 'saas_app', 'ALL', tenant, tenant],
    ['integracion', 'integration_user', 'SELECT', tenant, null],
    ['sistema', 'saas_system', 'ALL', bypass, bypass],
    ['solo_lectura', 'readonly_user', 'SELECT', tenant, null],
    ['super_admin', 'saas_admin', 'ALL', superAdmin, superAdmin],
  ];
};

const LOGIN: Policy = ['login_context', 'saas_auth', 'SELECT', "(app.rol_actual() = 'login_context'::text)", null];
const SEARCH: Policy = ['busqueda', 'saas_search', 'SELECT', 'true', null];

/** The declared exceptions: what a table has besides the stamp, or, for the directories, instead of its tenant policies. */
const EXTRA: Record<string, Policy[]> = { usuarios: [LOGIN], organizaciones: [LOGIN], clientes: [SEARCH] };
/** What reports and integrations are not shown, by policy as by right. */
const NOT_REPORTED = ['auditoria', 'eventos', 'entregas', 'destinos_webhook', 'instancias_whatsapp', 'mensajes_whatsapp', 'plantillas_mensajes', 'recordatorios', 'uso_deltas', 'avisos_uso', 'avisos_subscripcion', 'facturas', 'facturas_lineas', 'pagos'];
const DIRECTORIES = ['directorio_organizaciones', 'directorio_usuarios'];

function expectedPolicies(table: string): Policy[] {
  if (GLOBAL_TABLES.includes(table)) return [];
  const stamped = stamp(table === 'organizaciones' ? 'id' : 'organizacion_id');
  if (DIRECTORIES.includes(table)) return [...stamped.filter(([name]) => name === 'super_admin' || name === 'sistema'), LOGIN];
  const shown = NOT_REPORTED.includes(table) ? stamped.filter(([, role]) => role !== 'readonly_user' && role !== 'integration_user') : stamped;
  return [...shown, ...(EXTRA[table] ?? [])];
}

/** Every table, view and policy of schema public that is not as the isolation rules say; nothing when all is well. */
export async function rlsProblems(admin: Client): Promise<string[]> {
  const problems: string[] = [];
  const relations = await admin.rows(`
    select c.relname as name, c.relkind as kind, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
      coalesce(c.reloptions, '{}') @> '{security_invoker=true}' as invoker
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by c.relname`);
  const policies = await admin.rows(`
    select tablename as table, policyname as name, permissive, roles::text[] as roles, cmd, qual, with_check
    from pg_policies where schemaname = 'public' order by tablename, policyname`);

  for (const { name, kind, enabled, forced, invoker } of relations) {
    if (kind === 'v' && !invoker) problems.push(`${name}: a view without security_invoker`);
    if (kind === 'm' || kind === 'f') problems.push(`${name}: neither materialised views nor foreign tables obey policies`);
    if (kind !== 'r' && kind !== 'p') continue;
    if (!GLOBAL_TABLES.includes(name) && !enabled) problems.push(`${name}: row level security is not enabled`);
    if (!GLOBAL_TABLES.includes(name) && !forced) problems.push(`${name}: row level security is not forced`);

    const own = policies.filter((policy) => policy.table === name);
    const roles = own.flatMap((policy) => policy.roles as string[]);
    for (const role of new Set(roles)) {
      if (roles.filter((other) => other === role).length > 1) problems.push(`${name}: more than one policy for ${role}`);
    }
    const found = own.map(
      (p) => JSON.stringify([p.name, ...p.roles, p.cmd, p.qual, p.with_check]) + (p.permissive === 'PERMISSIVE' ? '' : ' restrictive'),
    );
    const expected = expectedPolicies(name).map((policy) => JSON.stringify(policy));
    for (const policy of expected) if (!found.includes(policy)) problems.push(`${name}: lacks policy ${policy}`);
    for (const policy of found) if (!expected.includes(policy)) problems.push(`${name}: unexpected policy ${policy}`);
  }
  return problems;
}
