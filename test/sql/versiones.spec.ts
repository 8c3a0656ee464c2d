// Which writes move which version: a kept answer is right exactly as long as these are.
import { attempt, type Client, type Context, type Database, inContext, insertCita, newTenant, openDatabase, openHours, type Tenant } from './tenant.js';

let database: Database;
let admin: Client;
let app: Client;
let tenant: Tenant;

const DAY = '2090-01-09';

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
});
afterAll(() => database.close());

beforeEach(async () => {
  tenant = await newTenant(app);
  await openHours(app, tenant, ['09:00', '18:00'], [DAY, '2090-01-10']);
});

const CATALOGUE = 0;
const versions = async (): Promise<Map<number, number>> =>
  new Map((await admin.rows('select profesional_id, version from versiones where organizacion_id = $1', tenant.organizacion)).map((row) => [row.profesional_id, row.version]));

/** Whose version that transaction moved: 0 is the catalogue. */
async function moved(work: () => Promise<unknown>, context: Context = tenant.admin, client = app): Promise<number[]> {
  const before = await versions();
  await inContext(client, context, work);
  const after = await versions();
  return [...after].filter(([who, version]) => version !== before.get(who)).map(([who]) => who).toSorted((a, b) => a - b);
}

const cita = (hora: string, more: object = {}) => insertCita(app, tenant, { fecha_cita: DAY, hora_inicio: hora, hora_fin: hora.replace(':00', ':30'), ...more });
const hold = (n: number, desde: string, hasta: string) =>
  app.value(`select app.ocupar_franja($1, $2, $3, ($3::date + $4::time) at time zone 'America/Santiago', ($3::date + $5::time) at time zone 'America/Santiago',
    'reservado_temporal', $6, null, null, now() + interval '1 minute')`, tenant.organizacion, tenant.profesionales[n], DAY, desde, hasta, tenant.servicio);

it('an agenda moves with each booking, move, cancellation, hold and release, and no other does', async () => {
  const [first, second] = tenant.profesionales;
  let id = 0;
  expect(await moved(async () => void ({ id } = await cita('10:00')))).toEqual([first]);
  expect(await moved(() => app.query("update citas set estado = 'confirmada' where id = $1", [id]))).toEqual([]);
  expect(await moved(() => app.query("update citas set hora_inicio = '11:00', hora_fin = '11:30' where id = $1", [id]))).toEqual([first]);
  expect(await moved(() => app.query('update citas set profesional_id = $2 where id = $1', [id, second]))).toEqual([first, second]);
  expect(await moved(() => app.query("update citas set estado = 'cancelada' where id = $1", [id]))).toEqual([second]);
  expect(await moved(() => hold(1, '12:00', '12:30'))).toEqual([second]);
  expect(await moved(() => app.query("delete from horarios_disponibilidad where estado = 'reservado_temporal'"))).toEqual([second]);
});

it('whoever writes franjas moves their agenda, even by hand, and a franja that changes hands moves both', async () => {
  const [first, second] = tenant.profesionales;
  const { organizacion } = tenant;
  const byHand = (sql: string, ...values: unknown[]) => moved(() => admin.query(sql, [organizacion, ...values]), {}, admin);
  expect(await byHand('update horarios_disponibilidad set precio_dinamico = 10 where organizacion_id = $1 and profesional_id = $2', second)).toEqual([second]);
  expect(await byHand('update horarios_disponibilidad set precio_dinamico = 20 where organizacion_id = $1')).toEqual([first, second]);
  await byHand('delete from horarios_disponibilidad where organizacion_id = $1 and fecha = $2 and profesional_id = $3', DAY, second);
  expect(await byHand('update horarios_disponibilidad set profesional_id = $2 where organizacion_id = $1 and fecha = $3', second, DAY)).toEqual([first, second]);
  expect(await byHand('delete from horarios_disponibilidad where organizacion_id = $1')).toEqual([first, second]);
  expect(await moved(() => app.query('select app.generar_franjas($1, $2, $3, $3)', [organizacion, tenant.profesionales, DAY]))).toEqual([first, second]);
  expect(await moved(() => app.query('select app.generar_franjas($1, $2, $3, $3)', [organizacion, tenant.profesionales, DAY]))).toEqual([]);
});

it('the catalogue moves with what is offered, and not with what nobody is shown', async () => {
  const [first] = tenant.profesionales;
  const after = (sql: string, ...values: unknown[]) => moved(() => app.query(sql, values));
  expect(await after("insert into servicios (nombre, precio, duracion_minutos) values ('Barba', 5000, 15)")).toEqual([CATALOGUE]);
  expect(await after('update servicios set precio = precio + 1000')).toEqual([CATALOGUE]);
  expect(await after("insert into profesionales (nombre_completo, tipo_profesional) values ('Luz', 'barbero')")).toEqual([CATALOGUE]);
  expect(await after('update profesionales set activo = false where id = $1', first)).toEqual([CATALOGUE]);
  expect(await after("update profesionales set generado_hasta = '2090-02-01'")).toEqual([]);
  expect(await after('insert into servicios_profesionales (servicio_id, profesional_id) values ($1, $2)', tenant.servicio, first)).toEqual([CATALOGUE]);
  expect(await after('update servicios_profesionales set precio_personalizado = 9000')).toEqual([CATALOGUE]);
  expect(await after('delete from servicios_profesionales')).toEqual([CATALOGUE]);
  expect(await after("update organizaciones set descripcion = 'Desde 1990.'")).toEqual([CATALOGUE]);
  expect(await after("insert into clientes (nombre) values ('Ana')")).toEqual([]);
  const { organizacion } = tenant;
  expect(await moved(() => admin.query("update organizaciones set plan_actual = 'basico', solo_lectura = true, activo = false where id = $1", [organizacion]), {}, admin)).toEqual([]);
});

it('a change of zone moves everything', async () => {
  expect(await moved(() => app.query("update organizaciones set zona_horaria = 'America/Bogota'"))).toEqual([CATALOGUE, ...tenant.profesionales]);
});

it('moves once a transaction, also after a savepoint that was rolled back, and not at all when the transaction is', async () => {
  const [first] = tenant.profesionales;
  const mine = () => app.value('select version from versiones where profesional_id = $1', first);
  const before = (await versions()).get(first)!;
  expect(await moved(async () => {
    await attempt(app, async () => {
      await cita('10:00');
      expect(await mine()).toBeGreaterThan(before);
    });
    expect(await mine()).toBe(before);
    await cita('11:00');
    const once = await mine();
    await cita('12:00');
    expect(await mine()).toBe(once);
  })).toEqual([first]);
  expect(await moved(() => attempt(app, () => cita('13:00')))).toEqual([]);
});

it('a version never comes again, even where the clock stood still or went back', async () => {
  const [first] = tenant.profesionales;
  const future = 9_000_000_000_000_000;
  await admin.query('update versiones set version = $2 where organizacion_id = $1', [tenant.organizacion, future]);
  expect(await moved(() => cita('10:00'))).toEqual([first]);
  expect((await versions()).get(first)).toBe(future + 1);
});

it('bookings of two professionals do not wait for each other', async () => {
  const other = await database.connect('saas_app');
  const [, second] = tenant.profesionales;
  await inContext(app, tenant.admin, async () => {
    await cita('10:00');
    await other.query("set lock_timeout = '2s'");
    await inContext(other, tenant.admin, () => insertCita(other, tenant, { fecha_cita: DAY, hora_inicio: '10:00', hora_fin: '10:30', profesional_id: second }));
  });
  expect((await versions()).size).toBe(3);
});
