import { Ejecutor } from '../src/jobs/ejecutor.service.js';
import type { Api } from './api.js';
import { query } from './checks.js';
import { Client, inContext, insertCita, newTenant, openHours, type Tenant } from './sql/tenant.js';

/** As saas_app, on a connection of its own. */
export async function connect(api: Api): Promise<Client> {
  const client = new Client({ connectionString: api.database.appUrl });
  await client.connect();
  return client;
}

export const ejecutor = (api: Api) => api.app.get(Ejecutor);

/** A task over all organisations with the clock at `ahora`: its counts. It must not fail. */
export async function correr(api: Api, tarea: string, ahora?: string): Promise<Record<string, number>> {
  const { estado, cuentas, error } = await ejecutor(api).correr(tarea, ahora);
  expect([estado, error]).toEqual(['completada', null]);
  return cuentas;
}

export interface Ajustes {
  zona?: string;
  profesionales?: number;
  /** First and last day with hours. */
  abierto?: [string, string];
  ajustes?: Record<string, unknown>;
}

/** A business open around the clock on those days, with those settings. */
export async function negocio(api: Api, app: Client, { zona = 'America/Bogota', profesionales = 1, abierto, ajustes = {} }: Ajustes = {}): Promise<Tenant> {
  const tenant = await newTenant(app, { zona, profesionales: 1, ahora: abierto && `${abierto[0]}T00:00:00Z` });
  const unlimited = "update subscripciones set plan_id = (select id from planes_subscripcion where codigo_plan = 'custom') where organizacion_id = $1";
  await query(api, unlimited, [tenant.organizacion]);
  if (profesionales > 1) {
    const added = await query(
      api,
      `insert into profesionales (organizacion_id, nombre_completo, tipo_profesional) select $1, 'Profesional ' || n, 'barbero' from generate_series(2, $2::int) n returning id`,
      [tenant.organizacion, profesionales]);
    tenant.profesionales.push(...added.map(({ id }) => id));
  }
  if (abierto) await openHours(app, tenant, ['00:00', '24:00'], abierto);
  const columns = Object.keys(ajustes);
  if (columns.length) {
    await query(api, `update organizaciones set (${columns}) = row (${columns.map((_, i) => `$${i + 2}`)}) where id = $1`, [tenant.organizacion, ...Object.values(ajustes)]);
  }
  return tenant;
}

/** Books at the moment `ahora` a cita of 30 minutes that starts at the instant `inicia`. */
export async function reservar(app: Client, tenant: Tenant, inicia: string, ahora: string | null, more: Record<string, unknown> = {}): Promise<number> {
  const termina = new Date(Date.parse(inicia) + 1_800_000).toISOString();
  const { id } = await inContext(app, { ...tenant.admin, ahora }, () => insertCita(app, tenant, { inicia_en: inicia, termina_en: termina, ...more }));
  return Number(id);
}

export const cambiar = (app: Client, tenant: Tenant, ahora: string | null, sql: string, ...values: unknown[]) =>
  inContext(app, { ...tenant.admin, ahora }, () => app.query(sql, values));
