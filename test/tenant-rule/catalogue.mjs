/**
 * What the rule has to know of a database.
 * @param {{ query: (sql: string) => Promise<{ rows: any[] }> }} client
 * @returns {Promise<import('./rule.js').Catalogue>}
 */
export async function readTenantCatalogue(client) {
  const { rows } = await client.query(`
    select n.nspname || '.' || c.relname as name, array_agg(a.attname::text order by a.attnum) as columns,
      coalesce(bool_or(a.attname = 'organizacion_id' and d.oid is not null), false) as filled
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      and (pg_get_expr(d.adbin, d.adrelid) = 'app.tenant_actual()' or a.attgenerated <> '')
    where n.nspname in ('public', 'chat') and c.relkind in ('r', 'p', 'v', 'm', 'f')
    group by 1`);
  const columns = Object.fromEntries(rows.map((row) => [row.name, row.columns]));
  const tenant = Object.fromEntries(rows.filter((row) => row.columns.includes('organizacion_id')).map((row) => [row.name, 'organizacion_id']));
  if (columns['public.organizaciones']) tenant['public.organizaciones'] = 'id';
  return { columns, tenant, filled: rows.filter((row) => row.filled).map((row) => row.name) };
}

/** Both databases as one: their schemas have different names. */
export const joined = (...catalogues) => ({
  columns: Object.assign({}, ...catalogues.map((one) => one.columns)),
  tenant: Object.assign({}, ...catalogues.map((one) => one.tenant)),
  filled: catalogues.flatMap((one) => one.filled),
});
