// What must be true afterwards, asked of the database as its administrator (who sees every tenant) and of the API as each tenant.
import { isDeepStrictEqual } from 'node:util';
import { price, ranges } from './clinic.mjs';
import { count } from './figures.mjs';

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @returns {Promise<{ name: string, ok: boolean, detail: string }[]>} */
export async function checkDatabase(client, clinics) {
  const organizaciones = clinics.map((clinic) => clinic.organizacion_id);
  const one = async (query, values = []) => Number((await client.query(query, values)).rows[0].n);
  const zero = (name, found, detail = `${count(found)} found`) => ({ name, ok: found === 0, detail });
  const references = await tenantReferences(client);
  let crossing = 0;
  for (const { child, column, parent, key } of references) {
    crossing += await one(`select count(*) as n from ${child} c
      where c.${column} is not null
        and not exists (select from ${parent} p where p.organizacion_id = c.organizacion_id and p.${key} = c.${column})`);
  }
  const unpaired = await one(citasWithoutFranja);
  return [
    await bookedIsAcknowledged(client, clinics, organizaciones),
    await idsBelong(client, clinics, organizaciones),
    zero('0 overlapping live citas', await one(overlappingCitas)),
    zero('0 overlapping franjas', await one(overlappingFranjas)),
    zero('0 cross-tenant rows', crossing, `${count(crossing)} found over ${references.length} references`),
    zero('every live cita has exactly its ocupado franja', unpaired, `${count(await one(liveCitas))} live citas, ${count(unpaired)} wrong`),
  ];
}

const live = "estado not in ('cancelada', 'no_asistio')";

const liveCitas = `select count(*) as n from citas where ${live}`;

// A self-join, so that it does not lean on the EXCLUDE constraint it is to check.
const overlappingCitas = `
  select count(*) as n
  from (select * from citas where ${live}) a
  join (select * from citas where ${live}) b
    on b.organizacion_id = a.organizacion_id and b.profesional_id = a.profesional_id and b.id > a.id
  where a.ocupa_desde < b.ocupa_hasta and b.ocupa_desde < a.ocupa_hasta`;

const overlappingFranjas = `
  select count(*) as n
  from horarios_disponibilidad a
  join horarios_disponibilidad b
    on b.organizacion_id = a.organizacion_id and b.profesional_id = a.profesional_id and b.fecha = a.fecha and b.id > a.id
  where a.inicia_en < b.termina_en and b.inicia_en < a.termina_en`;

const citasWithoutFranja = `
  select count(*) as n
  from (
    select coalesce(c.organizacion_id, h.organizacion_id), coalesce(c.id, h.cita_id)
    from (select * from citas where ${live}) c
    full join (select * from horarios_disponibilidad where estado = 'ocupado') h
      on h.organizacion_id = c.organizacion_id and h.cita_id = c.id
    group by 1, 2
    having count(*) <> 1 or not coalesce(bool_and(
      h.profesional_id = c.profesional_id and h.inicia_en = c.ocupa_desde and h.termina_en = c.ocupa_hasta), false)) wrong`;

/** Every foreign key between tables of tenants, by the column that is not the tenant. */
async function tenantReferences(client) {
  const { rows } = await client.query(`
    select c.conrelid::regclass::text as child, quote_ident(a.attname) as column,
      c.confrelid::regclass::text as parent, quote_ident(b.attname) as key
    from pg_constraint c
    cross join lateral unnest(c.conkey, c.confkey) as k (own, other)
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
    join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace and a.attname <> 'organizacion_id'
      and exists (select from pg_attribute o where o.attrelid = c.conrelid and o.attname = 'organizacion_id')
      and exists (select from pg_attribute o where o.attrelid = c.confrelid and o.attname = 'organizacion_id')
    order by 1, 2`);
  return rows;
}

/** What the API acknowledged, cita by cita, against what the tables hold: nothing lost, nothing extra, nothing different. */
async function bookedIsAcknowledged(client, clinics, organizaciones) {
  const { rows } = await client.query(
    `select organizacion_id, id, cliente_id, profesional_id, servicio_id, inicia_en, estado, notas_internas
     from citas where organizacion_id = any ($1)`,
    [organizaciones],
  );
  const line = (organizacion_id, { id, cliente_id, profesional_id, servicio_id, inicia_en, estado, notas_internas }) =>
    [organizacion_id, id, cliente_id, profesional_id, servicio_id, new Date(inicia_en).getTime(), estado, notas_internas].join('|');
  const stored = new Set(rows.map((cita) => line(cita.organizacion_id, cita)));
  const acknowledged = clinics.flatMap((clinic) => clinic.citas.map((cita) => line(clinic.organizacion_id, cita)));
  const wrong = acknowledged.filter((cita) => !stored.has(cita)).length;
  return {
    name: 'booked = acknowledged',
    ok: wrong === 0 && stored.size === acknowledged.length && new Set(acknowledged).size === acknowledged.length,
    detail: `${count(stored.size)} in the database, ${count(acknowledged.length)} acknowledged, ${count(wrong)} different`,
  };
}

/** The ids that the API gave to a tenant are exactly that tenant's rows. */
async function idsBelong(client, clinics, organizaciones) {
  const given = {
    clientes: (clinic) => [...clinic.clientes.values()],
    profesionales: (clinic) => clinic.profesionales,
    servicios: (clinic) => [clinic.servicio_id],
  };
  let wrong = 0;
  let ids = 0;
  for (const [table, of] of Object.entries(given)) {
    const { rows } = await client.query(`select organizacion_id, id from ${table} where organizacion_id = any ($1)`, [organizaciones]);
    const stored = new Set(rows.map((row) => `${row.organizacion_id}|${row.id}`));
    const returned = clinics.flatMap((clinic) => of(clinic).map((id) => `${clinic.organizacion_id}|${id}`));
    wrong += returned.filter((id) => !stored.has(id)).length + Math.abs(stored.size - returned.length);
    ids += returned.length;
  }
  const detail = `${count(ids)} ids of clientes, profesionales and servicios, ${count(wrong)} wrong`;
  return { name: "every id returned is the token's tenant's", ok: wrong === 0, detail };
}

/** What each tenant is shown: its own citas and no other, and KPIs equal to the counts of the CSV. */
export async function checkTenant(clinic, differences) {
  const { session, first, last, citas, refusals, rows } = clinic;
  const listed = await session.all(`/appointments?fecha_desde=${first}&fecha_hasta=${last}`);
  const ids = (list) => list.map(({ id }) => id).sort();
  if (!isDeepStrictEqual(ids(listed), ids(citas))) differences.lists.push(clinic.neighbourhood);

  const refused = new Set(refusals.map(({ row }) => row));
  const kept = rows.filter((row) => !refused.has(row));
  const noShows = kept.filter((row) => row.noShow).length;
  const completed = kept.length - noShows;
  const expected = {
    citas_total: kept.length, completada: completed, no_asistio: noShows, pendiente: 0, confirmada: 0, en_curso: 0, cancelada: 0,
    ingresos: money(completed), clientes_activos: clinic.clientes.size, profesionales_activos: clinic.profesionales.length,
  };
  const parts = [];
  for (const [desde, hasta] of ranges(clinic)) {
    parts.push(await session.send('GET', `/dashboard?fecha_desde=${desde}&fecha_hasta=${hasta}`));
  }
  const states = Object.keys(parts[0].citas_por_estado);
  const shown = {
    citas_total: sum(parts.map((part) => part.citas_total)),
    ...Object.fromEntries(states.map((state) => [state, sum(parts.map((part) => part.citas_por_estado[state]))])),
    ingresos: (sum(parts.map((part) => Math.round(100 * Number(part.ingresos)))) / 100).toFixed(2),
    clientes_activos: parts[0].clientes_activos, profesionales_activos: parts[0].profesionales_activos,
  };
  for (const [name, value] of Object.entries(expected)) {
    if (shown[name] !== value) differences.kpis.push(`${clinic.neighbourhood}: ${name} is ${shown[name]} instead of ${value}`);
  }
}

const money = (citas) => ((citas * Math.round(100 * Number(price))) / 100).toFixed(2);
