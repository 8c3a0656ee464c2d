// The subscription in the database: its states whoever writes, one row of history a change, periods, proration.
import { openDatabase, inContext, newTenant, refusal, type Client, type Database, type Tenant } from './sql/tenant.js';

let database: Database;
let admin: Client;
let app: Client;
let platform: Client;

beforeAll(async () => {
  database = await openDatabase();
  ({ admin, app } = database);
  platform = await database.connect('saas_admin');
});
afterAll(() => database.close());

const STATES = ['prueba', 'activa', 'morosa', 'suspendida', 'cancelada', 'expirada'];
const ALLOWED = [
  'prueba>activa', 'prueba>expirada', 'prueba>cancelada', 'activa>morosa', 'activa>suspendida', 'activa>cancelada', 'activa>prueba', 'morosa>activa', 'morosa>suspendida',
  'morosa>cancelada', 'morosa>prueba', 'suspendida>activa', 'suspendida>cancelada', 'suspendida>prueba', 'expirada>prueba', 'expirada>activa', 'cancelada>activa',
];

/** Puts it in a state past every rule. */
async function arrange(tenant: Tenant, estado: string) {
  await admin.query("begin; set local session_replication_role = 'replica'");
  await admin.query('update subscripciones set estado = $2 where organizacion_id = $1', [tenant.organizacion, estado]);
  await admin.query('commit');
}

const door = (client: Client, tenant: Tenant, cambios: object, rol = 'admin', motivo = 'porque sí', importe: string | null = null) =>
  inContext(client, { ...tenant.admin, rol }, () =>
    client.rows('select * from app.cambiar_subscripcion($1, $2, $3, $4)', 'prueba_de_puerta', JSON.stringify(cambios), motivo, importe));
const historyOf = (tenant: Tenant) => admin.rows('select * from historial_subscripciones where organizacion_id = $1 order by id', tenant.organizacion);

describe('states', () => {
  it('of the 30 changes between two states the allowed ones pass and leave one row each, for saas_app, saas_admin and a superuser alike', async () => {
    const tenant = await newTenant(app);
    const passed: Record<string, string[]> = { saas_app: [], saas_admin: [], superuser: [] };
    for (const de of STATES) {
      for (const a of STATES.filter((state) => state !== de)) {
        for (const who of Object.keys(passed)) {
          await arrange(tenant, de);
          const before = (await historyOf(tenant)).length;
          const change = who === 'superuser'
            ? admin.query('update subscripciones set estado = $2 where organizacion_id = $1', [tenant.organizacion, a])
            : door(who === 'saas_app' ? app : platform, tenant, { estado: a }, who === 'saas_app' ? 'admin' : 'super_admin');
          if (ALLOWED.includes(`${de}>${a}`)) {
            await change;
            passed[who].push(`${de}>${a}`);
          } else {
            expect(await refusal(change)).toEqual({ code: 'FR409', constraint: 'subscripciones_transicion' });
          }
          const rows = (await historyOf(tenant)).slice(before);
          expect(rows.map((row) => `${row.estado_anterior}>${row.estado_nuevo}`)).toEqual(ALLOWED.includes(`${de}>${a}`) ? [`${de}>${a}`] : []);
        }
      }
    }
    for (const who of Object.keys(passed)) expect(passed[who].toSorted()).toEqual(ALLOWED.toSorted());
  });

  it('no role of the API writes the table or its history itself', async () => {
    const tenant = await newTenant(app);
    for (const [client, rol] of [[app, 'admin'], [platform, 'super_admin']] as const) {
      for (const sql of [
        "update subscripciones set estado = 'activa'", 'delete from subscripciones', 'insert into historial_subscripciones (subscripcion_id, tipo_evento) values (1, $$alta$$)',
        "update historial_subscripciones set motivo = 'otro'", 'delete from historial_subscripciones',
        "insert into subscripciones (plan_id, estado, precio_actual, moneda) values (1, 'activa', 0, 'USD')", 'update organizaciones set solo_lectura = false',
      ]) {
        if (client === platform && sql.startsWith('update organizaciones')) continue;
        expect([sql, (await refusal(inContext(client, { ...tenant.admin, rol }, () => client.query(sql)))).code]).toEqual([sql, '42501']);
      }
    }
    expect((await refusal(inContext(app, tenant.admin, () => app.query("update organizaciones set plan_actual = 'custom'")))).code).toBe('42501');
  });

  it('a row of history says who, why, before, after and how much; a change of nothing leaves none', async () => {
    const tenant = await newTenant(app);
    const { id: profesional } = await admin.row("select id from planes_subscripcion where codigo_plan = 'profesional'");
    await door(app, tenant, { estado: 'activa', plan_id: profesional, ciclo: 'anual' }, 'admin', 'Crecemos', '350.00');
    await door(app, tenant, { deuda_vence_en: '2027-01-01T00:00:00Z' });
    await door(app, tenant, { estado: 'activa' });
    expect((await historyOf(tenant)).map(({ id: _1, organizacion_id: _2, subscripcion_id: _3, creado_en: _4, ...row }) => row)).toEqual([
      {
        tipo_evento: 'alta', plan_anterior: null, plan_nuevo: 'trial', estado_anterior: null, estado_nuevo: 'prueba', precio_anterior: null, precio_nuevo: '0.00', motivo: null,
        usuario_id: tenant.admin.usuario, ciclo_anterior: null, ciclo_nuevo: 'mensual', descuento_anterior: null, descuento_nuevo: '0.00', importe: null, moneda: 'USD', rol: null,
      },
      {
        tipo_evento: 'prueba_de_puerta', plan_anterior: 'trial', plan_nuevo: 'profesional', estado_anterior: 'prueba', estado_nuevo: 'activa', precio_anterior: '0.00',
        precio_nuevo: '350.00', motivo: 'Crecemos', usuario_id: tenant.admin.usuario, ciclo_anterior: 'mensual', ciclo_nuevo: 'anual', descuento_anterior: '0.00',
        descuento_nuevo: '0.00', importe: '350.00', moneda: 'USD', rol: 'admin',
      },
    ]);
    const [organizacion] = await admin.rows('select plan_actual, solo_lectura from organizaciones where id = $1', tenant.organizacion);
    expect(organizacion).toEqual({ plan_actual: 'profesional', solo_lectura: false });
    expect(await admin.value('select count(*) from subscripciones where cambio is not null')).toBe(0);
  });

  it('a price, a discount, a longer trial and plans that are not for sale are only written by saas_admin', async () => {
    const tenant = await newTenant(app);
    const { id: custom } = await admin.row("select id from planes_subscripcion where codigo_plan = 'custom'");
    for (const cambios of [{ precio_actual: 1 }, { moneda: 'COP' }, { descuento_porcentaje: 100 }, { fecha_fin_prueba: '2099-01-01' }, { plan_id: custom }, { id: 5 }, { creado_por: 1 }, { suspendida_por_plataforma: false }, { antes: { precio_actual: '0.00' } }]) {
      expect([cambios, (await refusal(door(app, tenant, cambios, 'super_admin'))).code]).toEqual([cambios, '42501']);
    }
    const [row] = await door(platform, tenant, { plan_id: custom, precio_actual: '120.00', descuento_porcentaje: '10.00', fecha_fin_prueba: '2099-01-01' }, 'super_admin');
    expect(row).toMatchObject({ precio_actual: '120.00', descuento_porcentaje: '10.00' });
    expect(await refusal(door(platform, tenant, { precio_actual: '100.50', moneda: 'CLP' }, 'super_admin'))).toMatchObject({ code: 'FR400' });
  });

  it('of two changes at once the second is refused, and the door of another tenant does not open', async () => {
    const [tenant, other] = [await newTenant(app), await newTenant(app)];
    const second = await database.connect('saas_app');
    await app.query('begin');
    await second.query('begin');
    for (const client of [app, second]) await client.query('select app.fijar_contexto($1, $2, $3)', [tenant.organizacion, tenant.admin.usuario, 'admin']);
    await app.query('select from app.tomar_subscripcion(true)');
    const waits = second.query('select from app.tomar_subscripcion(true)').then(() => 'taken', (error) => error.constraint);
    await app.query(`select from app.cambiar_subscripcion('cambio', '{"cancelar_al_final": true}')`);
    await app.query('commit');
    expect(await waits).toBe('subscripciones_cambio_simultaneo');
    await second.query('rollback');
    expect(await admin.value('select count(*) from historial_subscripciones where organizacion_id = $1', other.organizacion)).toBe(1);
  });
});

describe('periods', () => {
  const fin = (ancla: string, ciclo: string, inicio: string, zona = 'UTC') =>
    admin.value(`select to_char(app.fin_de_periodo($1, $2, $3::timestamp at time zone $4, $4) at time zone $4, 'YYYY-MM-DD HH24:MI')`, ancla, ciclo, inicio, zona);
  const run = async (ancla: string, ciclo: string, n: number, zona?: string) => {
    const ends = [ancla];
    for (let i = 0; i < n; i++) ends.push(await fin(ancla, ciclo, ends.at(-1)!, zona));
    return ends.slice(1).map((end) => end.slice(0, 10));
  };

  it('keep the day of the first, and take the last of a shorter month', async () => {
    expect(await run('2027-01-31 10:00', 'mensual', 5)).toEqual(['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30']);
    expect(await run('2028-01-30 10:00', 'mensual', 3)).toEqual(['2028-02-29', '2028-03-30', '2028-04-30']);
    expect(await run('2027-12-31 00:00', 'mensual', 3)).toEqual(['2028-01-31', '2028-02-29', '2028-03-31']);
    expect(await run('2028-02-29 23:59', 'anual', 5)).toEqual(['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28']);
    expect(await run('2027-03-15 12:00', 'mensual', 13)).toHaveLength(13);
  });

  it('a year begun on a boundary of months ends twelve of them later', async () => {
    expect(await fin('2027-01-31 10:00', 'anual', '2027-04-30 10:00')).toBe('2028-04-30 10:00');
    expect(await fin('2027-01-31 10:00', 'anual', '2027-02-28 10:00')).toBe('2028-02-29 10:00');
  });

  it.each(['America/Santiago', 'America/New_York', 'America/Havana', 'Pacific/Apia', 'Europe/Madrid', 'Australia/Lord_Howe'])(
    'at any hour of any day of %s the next end is 28 to 31 days on, at the same local hour unless DST skips it',
    async (zona) => {
      const rows = await admin.rows(
        `select i as ancla, (f - inicio) as dura, (f at time zone $1)::time = i::time as misma_hora,
           extract(day from f at time zone $1) as dia_fin, extract(day from i) as dia,
           extract(day from date_trunc('month', f at time zone $1) + interval '1 month - 1 day') as ultimo
         from generate_series(timestamp '2027-01-01 00:30', timestamp '2028-12-31', interval '37 hours') i
         cross join lateral (select app.instante_cercano(i::date, i::time, $1) as inicio) a
         cross join lateral (select app.fin_de_periodo(a.inicio at time zone $1, 'mensual', a.inicio, $1) as f) b`,
        zona,
      );
      expect(rows.length).toBeGreaterThan(400);
      const hours = (d: any) => (d.days ?? 0) * 24 + (d.hours ?? 0);
      expect(rows.filter((row) => hours(row.dura) < 28 * 24 - 1 || hours(row.dura) > 31 * 24 + 1)).toEqual([]);
      expect(rows.filter((row) => Number(row.dia_fin) !== Math.min(Number(row.dia), Number(row.ultimo)))).toEqual([]);
      expect(rows.filter((row) => !row.misma_hora).length).toBeLessThan(3);
    },
  );

  it('a business that moves to another zone has no period of hours', async () => {
    const inicio = await admin.value(`select (timestamp '2027-03-31 10:00' at time zone 'Asia/Tokyo')::text`);
    const days = await admin.value(`select extract(epoch from app.fin_de_periodo('2027-01-31 10:00', 'mensual', $1, 'America/Bogota') - $1::timestamptz) / 86400`, inicio);
    expect(Number(days)).toBeGreaterThan(29);
    expect(Number(days)).toBeLessThan(31.1);
  });
});

describe('proration', () => {
  it('whatever the changes in a period, what was charged is what was used, but for half a unit a rounding', async () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    for (let round = 0; round < 60; round++) {
      const decimales = random(3);
      const unit = 10 ** -decimales;
      const days = 28 + random(4);
      const prices = Array.from({ length: 2 + random(5) }, () => (random(200_000) * unit).toFixed(decimales)).toSorted((a, b) => Number(a) - Number(b));
      const at = prices.slice(1).map(() => random(days * 86_400)).toSorted((a, b) => a - b);
      const moments = [0, ...at].map((s) => new Date(Date.parse('2027-03-01T05:00:00Z') + s * 1000).toISOString());
      const [desde, hasta] = [moments[0], new Date(Date.parse(moments[0]) + days * 86_400_000).toISOString()];
      let charged = Number(prices[0]);
      let used = 0;
      for (const [i, price] of prices.entries()) {
        const end = moments[i + 1] ?? hasta;
        used += (Number(price) * (Date.parse(end) - Date.parse(moments[i]))) / (days * 86_400_000);
        if (i === 0) continue;
        const { cargo, credito } = await admin.row(
          'select app.prorratear($1, $3, $4, $5, $6) as cargo, app.prorratear($2, $3, $4, $5, $6) as credito', price, prices[i - 1], desde, hasta, moments[i], decimales);
        expect(cargo).toMatch(decimales ? new RegExp(`^\\d+\\.\\d{${decimales}}$`) : /^\d+$/);
        charged += Number(cargo) - Number(credito);
      }
      expect(Math.abs(charged - used)).toBeLessThanOrEqual(unit * (prices.length - 1) + 1e-6);
    }
  });

  it('is whole at the beginning, nothing at the end, never more or less, and half rounds up', async () => {
    const share = (momento: string, importe = '35.00', decimales = 2) =>
      admin.value("select app.prorratear($1, '2027-03-01Z', '2027-03-31Z', $2, $3)", importe, momento, decimales);
    expect(await share('2027-03-01Z')).toBe('35.00');
    expect(await share('2027-02-01Z')).toBe('35.00');
    expect(await share('2027-03-31Z')).toBe('0.00');
    expect(await share('2027-05-01Z')).toBe('0.00');
    expect(await share('2027-03-16Z')).toBe('17.50');
    expect(await share('2027-03-16Z', '35', 0)).toBe('18');
    expect(await share('2027-03-16Z', '0.01')).toBe('0.01');
  });
});
