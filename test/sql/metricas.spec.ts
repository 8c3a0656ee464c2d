// The view of KPIs against one plain query a number, with several rows in every table: a join of them all would multiply.
import { type Client, type Database, discarded, inContext, insertCita, newTenant, openDatabase, openHours, type Tenant } from './tenant.js';

const ZONA = 'America/Bogota';
const DAY = 86_400_000;

let database: Database;
let admin: Client;
let app: Client;
let tenant: Tenant;
let empty: Tenant;

const hoy = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONA }).format();
const daysAgo = (days: number) => new Date(Date.parse(hoy) - days * DAY).toISOString().slice(0, 10);
const noon = (date: string) => `${date}T12:00:00-05:00`;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
  empty = await newTenant(app, { zona: ZONA, moneda: 'MXN' });
  const opening = `${daysAgo(45)}T00:00:00-05:00`;
  tenant = await newTenant(app, { zona: ZONA, moneda: 'MXN', profesionales: 3, ahora: opening });
  await openHours(app, tenant, ['00:00', '24:00'], [daysAgo(40), daysAgo(0)]);

  const at = (ahora: string) =>
    app.query('select app.fijar_contexto($1, $2, $3, $4)', [tenant.organizacion, tenant.admin.usuario, 'admin', ahora]);
  let hour = 8;
  const cita = async (date: string, estado: string, precio: number, nota: number | null = null, profesional = 0) => {
    await at(opening);
    const time = String(hour++ % 24).padStart(2, '0');
    const { id } = await insertCita(app, tenant, {
      profesional_id: tenant.profesionales[profesional],
      fecha_cita: date,
      hora_inicio: `${time}:00`,
      hora_fin: `${time}:30`,
      precio_servicio: precio,
    });
    await at(`${date}T23:59:00-05:00`);
    if (estado === 'completada') await app.query("update citas set estado = 'en_curso' where id = $1", [id]);
    if (estado !== 'pendiente') await app.query('update citas set estado = $1 where id = $2', [estado, id]);
    if (nota) await app.query('update citas set calificacion_cliente = $1 where id = $2', [nota, id]);
  };
  await inContext(app, tenant.admin, async () => {
    await cita(daysAgo(31), 'completada', 1000, 1); // a day too old
    await cita(daysAgo(31), 'cancelada', 500);
    await cita(daysAgo(30), 'completada', 100.1, 5); // the first day that counts
    await cita(daysAgo(10), 'completada', 200.2, 4, 1);
    await cita(daysAgo(10), 'completada', 300.35, null, 2);
    await cita(daysAgo(5), 'completada', 50, 4);
    await cita(daysAgo(3), 'cancelada', 999);
    await cita(daysAgo(3), 'cancelada', 999, null, 1);
    await cita(daysAgo(2), 'no_asistio', 999);
    await cita(daysAgo(1), 'pendiente', 999, null, 2);
    await app.query("insert into servicios (nombre, precio, duracion_minutos) values ('Barba', 1, 30), ('Tinte', 1, 30)");
    await app.query("insert into servicios (nombre, precio, duracion_minutos, activo) values ('Retirado', 1, 30, false)");
    await app.query("insert into clientes (nombre) values ('Dos'), ('Tres'), ('Cuatro')");
    await app.query("insert into clientes (nombre, activo) values ('Cinco', false)");
    await app.query('update profesionales set activo = false where id = $1', [tenant.profesionales[2]]);
  });
  // When a client was created is not for saas_app to say.
  const created = (nombre: string, when: string) =>
    admin.query(
      `alter table clientes disable trigger a_sellar_cambio;
       update clientes set creado_en = '${when}' where nombre = '${nombre}' and organizacion_id = ${tenant.organizacion};
     alter table clientes enable trigger a_sellar_cambio`,
    );
  await created('Dos', `${daysAgo(30)}T00:00:00-05:00`);
  await created('Tres', `${daysAgo(31)}T23:59:59-05:00`);
});

afterAll(() => database.close());

const view = () => app.row('select * from metricas_organizacion');

it('gives each number as counted alone', async () => {
  const found = await discarded(app, { ...tenant.admin, ahora: noon(hoy) }, view);
  const count = (from: string) => admin.value(`select count(*) from ${from} and organizacion_id = $1`, tenant.organizacion);
  const month = `fecha_cita >= '${daysAgo(30)}'`;
  const counted = {
    profesionales_activos: await count('profesionales where activo'),
    servicios_activos: await count('servicios where activo'),
    clientes_activos: await count('clientes where activo'),
    clientes_nuevos_mes: await count(`clientes where creado_en >= '${daysAgo(30)}T00:00:00-05:00'`),
    citas_mes: await count(`citas where ${month}`),
    citas_completadas_mes: await count(`citas where estado = 'completada' and ${month}`),
    citas_canceladas_mes: await count(`citas where estado = 'cancelada' and ${month}`),
    no_shows_mes: await count(`citas where estado = 'no_asistio' and ${month}`),
    ingresos_mes: await admin.value(
      `select sum(precio_final)::numeric(14,2) from citas where estado = 'completada' and ${month} and organizacion_id = $1`,
      tenant.organizacion,
    ),
    calificacion_promedio_mes: await admin.value(
      `select round(avg(calificacion_cliente), 2) from citas where ${month} and organizacion_id = $1`,
      tenant.organizacion,
    ),
  };
  expect(found).toMatchObject(counted);
  // and as anybody can count above
  expect(counted).toEqual({
    profesionales_activos: 2,
    servicios_activos: 3,
    clientes_activos: 4,
    clientes_nuevos_mes: 4,
    citas_mes: 8,
    citas_completadas_mes: 4,
    citas_canceladas_mes: 2,
    no_shows_mes: 1,
    ingresos_mes: '650.65',
    calificacion_promedio_mes: '4.33',
  });
});

it('is zeros, and no average, for a business that has nothing yet', async () => {
  expect(await discarded(app, { ...empty.admin, ahora: noon(hoy) }, view)).toMatchObject({
    organizacion_id: empty.organizacion,
    profesionales_activos: 2,
    citas_mes: 0,
    ingresos_mes: '0.00',
    calificacion_promedio_mes: null,
    moneda: 'MXN',
  });
});

it('counts its days in the zone of the business', async () => {
  const at = (ahora: string) =>
    discarded(app, { ...tenant.admin, ahora }, async () => {
      const { citas_mes, fecha_desde } = await view();
      return { citas_mes, fecha_desde };
    });
  expect(await at(`${hoy}T23:59:59-05:00`)).toEqual({ citas_mes: 8, fecha_desde: daysAgo(30) });
  expect(await at(new Date(Date.parse(`${hoy}T23:59:59-05:00`) + 1000).toISOString())).toEqual({ citas_mes: 7, fecha_desde: daysAgo(29) });
});
