import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { agenda, ok } from './agenda.js';
import { openShop, register, SECRETS, startApi, type Api } from './api.js';
import { query } from './checks.js';
import { Client, inContext, type Tenant } from './sql/tenant.js';
import { superAdmin } from './super-admin.js';
import { cambiar, connect, correr, ejecutor, negocio, reservar } from './tareas.js';

const TAREAS = ['recordatorios', 'solicitudes_feedback', 'inasistencias', 'reservas_vencidas', 'extension_horarios', 'contadores_uso', 'retencion', 'retencion_chat'];
let api: Api;
let app: Client;
beforeAll(async () => {
  api = await startApi();
  app = await connect(api);
});
afterAll(async () => {
  await app.end();
  await api.close();
});

const runs = (of: Api, tarea: string) => query(of, 'select * from ejecuciones_tareas where tarea = $1 order by id', [tarea]);
const value = async (of: Api, sql: string, ...values: unknown[]) => Object.values((await query(of, sql, values))[0])[0] as any;
const count = async (of: Api, sql: string, ...values: unknown[]) => Number(await value(of, `select count(*) from ${sql}`, ...values));
const MARZO: [string, string] = ['2027-03-01', '2027-03-20'];

async function until(what: () => Promise<boolean>, seconds: number) {
  for (let i = 0; i < seconds * 20 && !(await what()); i++) await sleep(50);
  expect(await what()).toBe(true);
}

describe('a turn', () => {
  test('is run by one of three instances, once, and written down', async () => {
    const own = await startApi();
    const others = await Promise.all([startApi({}, own), startApi({}, own)]);
    try {
      await register(own);
      await ejecutor(own).reloj(); // JOBS=off
      expect(await count(own, 'ejecuciones_tareas')).toBe(0);
      for (let i = 0; i < 3; i++) await Promise.all([own, ...others].map((instance) => ejecutor(instance).tick()));
      for (const tarea of TAREAS) {
        const done = await runs(own, tarea);
        // A minute may have begun meanwhile.
        expect([1, 2]).toContain(done.length);
        for (const run of done) {
          expect(run).toMatchObject({ estado: 'completada', origen: 'reloj', intentos: 1, error: null, cuentas: { organizaciones: expect.any(Number) } });
          expect(run.terminada_en >= run.iniciada_en).toBe(true);
        }
        expect(new Set(done.map((run) => run.programada_para.getTime())).size).toBe(done.length);
      }
      expect((await runs(own, 'retencion'))[0].cuentas).toEqual({ organizaciones: 1, idempotencia: 0, sesiones: 0, codigos: 0, eventos: 0, entregas: 0, vencidas: 0 });
    } finally {
      await Promise.all(others.map((other) => other.close()));
      await own.close();
    }
  });

  test('that a dead process left is taken over, three times at most', async () => {
    const own = await startApi();
    try {
      await register(own);
      const silent = "update ejecuciones_tareas set estado = 'en_curso', terminada_en = null, latido_en = now() - interval '121 seconds' where tarea = 'retencion'";
      await ejecutor(own).tick();
      for (const intentos of [2, 3]) {
        await query(own, silent);
        const next = await startApi({}, own);
        await ejecutor(next).tick();
        await next.close();
        expect(await runs(own, 'retencion')).toMatchObject([{ intentos, estado: 'completada' }]);
      }
      await query(own, silent);
      const next = await startApi({}, own);
      await ejecutor(next).tick();
      await next.close();
      expect(await runs(own, 'retencion')).toMatchObject([{ intentos: 3, estado: 'abandonada' }]);
    } finally {
      await own.close();
    }
  });

  test('in the hands of somebody alive is left alone, and finished by nobody else', async () => {
    const [taken] = await app.rows("select * from app.tomar_tarea('prueba_ajena', interval '1 minute', interval '0')");
    const [again] = await app.rows("select situacion from app.tomar_tarea('prueba_ajena', interval '1 minute', interval '0')");
    expect([taken.situacion, again.situacion]).toEqual(['tomada', 'en_curso']);
    await query(api, "update ejecuciones_tareas set latido_en = now() - interval '3 minutes' where tarea = 'prueba_ajena'");
    const [second] = await app.rows("select * from app.tomar_tarea('prueba_ajena', interval '1 minute', interval '0')");
    expect(second.situacion).toBe('tomada');
    expect([second.ejecucion, second.intento]).toEqual([taken.ejecucion, 2]);
    expect(await app.value('select app.latir_tarea($1, $2::smallint)', taken.ejecucion, taken.intento)).toBe(false);
    await app.query("select app.terminar_tarea($1, $2::smallint, 'completada', '{}', null)", [taken.ejecucion, taken.intento]);
    expect(await runs(api, 'prueba_ajena')).toMatchObject([{ estado: 'en_curso', intentos: 2 }]);
  });

  test('goes on after an organisation that fails, and says which and why without its data', async () => {
    const tenants = [await negocio(api, app), await negocio(api, app), await negocio(api, app)];
    const broken = tenants[1].organizacion;
    await query(api, `create function public.estalla() returns trigger language plpgsql as $$ begin
      if new.organizacion_id = ${broken} then raise exception 'Juan Perez, +57300' using errcode = '23514', constraint = 'una_regla'; end if; return new; end $$`);
    await query(api, 'create trigger estalla before update on metricas_uso_organizacion for each row execute function public.estalla()');
    try {
      const { estado, cuentas, error } = await ejecutor(api).correr('contadores_uso');
      expect([estado, error, cuentas.errores]).toEqual(['con_errores', `organizacion ${broken}: 23514 una_regla`, 1]);
      const counted = await query(api, 'select organizacion_id from metricas_uso_organizacion where mes_actual is not null and organizacion_id = any ($1)', [tenants.map((t) => t.organizacion)]);
      expect(counted.map((row) => Number(row.organizacion_id)).toSorted()).toEqual([tenants[0].organizacion, tenants[2].organizacion].map(Number).toSorted());
    } finally {
      await query(api, 'drop function public.estalla() cascade');
    }
  });

  test('forgets its runs of 90 days ago', async () => {
    const old = (days: number) => `insert into ejecuciones_tareas (tarea, programada_para, origen, estado, terminada_en) select 'prueba_vieja', now() - interval '${days} days', 'reloj', 'completada', now()`;
    await query(api, old(91));
    await query(api, old(89));
    const [taken] = await app.rows("select * from app.tomar_tarea('prueba_vieja', interval '1 minute', interval '0')");
    await app.query("select app.terminar_tarea($1, $2::smallint, 'completada', '{}', null)", [taken.ejecucion, taken.intento]);
    expect((await runs(api, 'prueba_vieja')).length).toBe(2);
  });
});

describe('a process of its own', () => {
  const children: ChildProcess[] = [];
  const dist = `dist.prueba-${process.pid}`;
  beforeAll(() => execFileSync(process.execPath, ['-e', `import('./scripts/build.mjs').then(({ build }) => build('${dist}'))`]), 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await fs.rm(dist, { recursive: true, force: true });
  });

  /** The real program, its clock ticking. */
  function start(): ChildProcess {
    const child = spawn(process.execPath, [`${dist}/main.js`], {
      env: { PATH: process.env.PATH, ...SECRETS, PORT: '0', LOG_LEVEL: 'error', APP_DATABASE_URL: api.database.appUrl, MAIL_DIR: api.mailDir }, stdio: 'inherit',
    });
    children.push(child);
    return child;
  }

  /** At five minutes each, on the clock of Greenwich, none goes over midnight. */
  async function due(): Promise<Tenant> {
    const start = Math.ceil(Date.now() / 300_000) * 300_000;
    const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
    const tenant = await negocio(api, app, {
      zona: 'Africa/Abidjan', abierto: [at(0).slice(0, 10), at(1440).slice(0, 10)], ajustes: { silencio_desde: null, silencio_hasta: null, recordatorios_minutos: [240] },
    });
    for (const minutes of [90, 120, 150, 180]) await reservar(app, tenant, at(minutes), null, { termina_en: at(minutes + 5) });
    await query(api, "update historial_citas set creado_en = now() - interval '2 days' where organizacion_id = $1", [tenant.organizacion]);
    return tenant;
  }

  test.each([
    ['SIGKILL', 0, 'en_curso'],
    ['SIGTERM', 4, 'interrumpida'],
  ] as const)('ticks by itself; after %s in the middle of a task the next instance completes it, and nothing is done twice', async (signal, ofTheSecond, left) => {
    const tenants = [await due(), await due(), await due()];
    const done = (tenant: Tenant) => count(api, "recordatorios where organizacion_id = $1 and estado = 'enviado'", tenant.organizacion);
    // It stops at the second organisation: somebody is about to insert the same row.
    const [cita] = await query(api, 'select id, inicia_en from citas where organizacion_id = $1 order by inicia_en desc limit 1', [tenants[1].organizacion]);
    const holder = new Client({ connectionString: api.database.adminUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query(
      "insert into recordatorios (organizacion_id, cita_id, minutos_antes, inicia_en, programado_para, estado, motivo) values ($1, $2, 240, $3, now(), 'omitido', 'tarde')",
      [tenants[1].organizacion, cita.id, cita.inicia_en]);
    await query(api, "delete from ejecuciones_tareas where tarea = 'recordatorios'"); // or its turn would be the next minute's
    const child = start();
    const exit = new Promise((resolve) => child.once('exit', resolve));
    const isBlocked = async () => (await count(api, 'pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0')) > 0;
    await until(isBlocked, 60);
    child.kill(signal);
    if (signal === 'SIGTERM') await sleep(300); // it has understood
    await holder.query('rollback');
    await holder.end();
    await exit;
    await until(async () => (await count(api, "pg_locks where relation = 'recordatorios'::regclass")) === 0, 10); // its transaction has ended
    expect(await Promise.all(tenants.map(done))).toEqual([4, ofTheSecond, 0]);
    expect((await runs(api, 'recordatorios')).at(-1)).toMatchObject({ estado: left });
    // Two minutes later, or at once.
    await query(api, "update ejecuciones_tareas set latido_en = latido_en - interval '2 minutes' where estado = 'en_curso'");
    const next = await startApi({}, api);
    await ejecutor(next).tick();
    await next.close();
    for (const tenant of tenants) {
      expect([await done(tenant), await count(api, 'recordatorios where organizacion_id = $1', tenant.organizacion)]).toEqual([4, 4]);
      expect(await count(api, "eventos where organizacion_id = $1 and evento = 'recordatorio-cita'", tenant.organizacion)).toBe(4);
    }
    expect((await runs(api, 'recordatorios')).at(-1)).toMatchObject({ estado: 'completada', intentos: 2 });
  }, 90_000);
});

describe('a super_admin', () => {
  test('sees every task and its runs, filters them, and starts one, which runs as saas_app in each organisation', async () => {
    const boss = await superAdmin(api);
    const shop = await register(api);
    const started = await boss.request('POST', '/admin/jobs/contadores_uso/run');
    expect([started.status, started.body]).toEqual([201, expect.objectContaining({ tarea: 'contadores_uso', origen: 'manual', pedida_por: expect.any(Number) })]);
    await until(async () => (await runs(api, 'contadores_uso')).at(-1).estado === 'completada', 10);
    expect(await value(api, 'select uso_usuarios from metricas_uso_organizacion where organizacion_id = $1', shop.cuenta.organizacion_id)).toBe(1);
    const { status, body } = await boss.request('GET', '/admin/jobs');
    expect([status, body.map((row: any) => row.tarea)]).toEqual([200, ejecutor(api).tareas.map(({ nombre }) => nombre)]);
    expect(body.map((row: any) => row.tarea)).toEqual(expect.arrayContaining(TAREAS));
    expect(body.find((row: any) => row.tarea === 'contadores_uso')).toMatchObject({ cada_minutos: 60, ultima: { id: started.body.id, estado: 'completada' }, ultima_completada_en: expect.any(String) });
    const page = await boss.request('GET', '/admin/jobs/runs?tarea=contadores_uso&estado=completada&limite=1');
    expect(page.body.elementos).toMatchObject([{ id: started.body.id, cuentas: { organizaciones: expect.any(Number) } }]);
    const [{ ruta }] = await query(api, "select ruta from auditoria where ruta like 'POST %/admin/jobs/%' order by id desc limit 1");
    expect(ruta).toBe('POST /api/v1/admin/jobs/contadores_uso/run');
  });

  test('starts none that does not exist or is running; nobody else starts or sees any', async () => {
    const boss = await superAdmin(api);
    expect((await boss.request('POST', '/admin/jobs/otra/run')).status).toBe(404);
    await app.query("select app.tomar_tarea('retencion', interval '1 day', interval '0', true)");
    const refused = await boss.request('POST', '/admin/jobs/retencion/run');
    expect([refused.status, refused.body.codigo]).toEqual([409, 'tarea_en_curso']);
    await query(api, "update ejecuciones_tareas set estado = 'completada', terminada_en = now() where estado = 'en_curso'");
    const admin = await register(api);
    for (const [method, path] of [['GET', '/admin/jobs'], ['GET', '/admin/jobs/runs'], ['POST', '/admin/jobs/retencion/run']]) {
      expect([path, (await admin.request(method, path)).status]).toEqual([path, 403]);
    }
    await expect(app.query('select * from ejecuciones_tareas')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('requests for a rating', () => {
  const asked = (tenant: Tenant) => count(api, "eventos where organizacion_id = $1 and evento = 'solicitar-feedback'", tenant.organizacion);
  async function finished(tenant: Tenant, inicia: string, end: string): Promise<number> {
    const id = await reservar(app, tenant, inicia, '2027-03-02T10:00:00-05:00');
    await cambiar(app, tenant, inicia, "update citas set estado = 'en_curso' where id = $1", id);
    await cambiar(app, tenant, end, "update citas set estado = 'completada' where id = $1", id);
    return id;
  }

  test('go out once, an hour after the end, never at night, nor two days later', async () => {
    const tenant = await negocio(api, app, { abierto: MARZO });
    await finished(tenant, '2027-03-10T15:00:00-05:00', '2027-03-10T15:40:00-05:00');
    await correr(api, 'solicitudes_feedback', '2027-03-10T16:39:00-05:00');
    expect(await asked(tenant)).toBe(0);
    await Promise.all([1, 2, 3].map(() => correr(api, 'solicitudes_feedback', '2027-03-10T16:41:00-05:00')));
    expect(await asked(tenant)).toBe(1);
    await finished(tenant, '2027-03-10T20:00:00-05:00', '2027-03-10T20:30:00-05:00');
    for (const [now, times] of [['10T22:00', 1], ['11T07:59', 1], ['11T08:00', 2], ['11T08:01', 2]] as const) {
      await correr(api, 'solicitudes_feedback', `2027-03-${now}:00-05:00`);
      expect([now, await asked(tenant)]).toEqual([now, times]);
    }
    const late = await finished(tenant, '2027-03-12T10:00:00-05:00', '2027-03-12T10:30:00-05:00');
    await correr(api, 'solicitudes_feedback', '2027-03-14T10:31:00-05:00');
    expect(await asked(tenant)).toBe(2);
    await finished(tenant, '2027-03-14T09:00:00-05:00', '2027-03-14T09:20:00-05:00'); // nor beside one that is due
    await correr(api, 'solicitudes_feedback', '2027-03-14T10:31:00-05:00');
    expect([await asked(tenant), await query(api, 'select feedback_solicitado_en from citas where id = $1', [late])]).toEqual([3, [{ feedback_solicitado_en: null }]]);
  });

  test('do not go out where they are off, of a business that is closed, or to who has already rated, also beside one who has not', async () => {
    const off = await negocio(api, app, { abierto: MARZO, ajustes: { feedback_minutos: null } });
    const [closed, rated] = [await negocio(api, app, { abierto: MARZO }), await negocio(api, app, { abierto: MARZO })];
    for (const tenant of [off, closed]) await finished(tenant, '2027-03-10T15:00:00-05:00', '2027-03-10T15:40:00-05:00');
    await query(api, 'update organizaciones set activo = false where id = $1', [closed.organizacion]);
    const id = await finished(rated, '2027-03-10T15:00:00-05:00', '2027-03-10T15:40:00-05:00');
    await cambiar(app, rated, '2027-03-10T15:45:00-05:00', 'update citas set calificacion_cliente = 5 where id = $1', id);
    for (const due of [0, 1]) {
      if (due) await finished(rated, '2027-03-10T16:00:00-05:00', '2027-03-10T16:30:00-05:00');
      await correr(api, 'solicitudes_feedback', '2027-03-10T18:00:00-05:00');
      expect([await asked(off), await asked(closed), await asked(rated)]).toEqual([0, 0, due]);
    }
  });
});

test('a no-show is marked where the organisation says so: not who arrived, not before, not of last week; its time is free again', async () => {
  const tenant = await negocio(api, app, { abierto: MARZO, ajustes: { inasistencia_minutos: 15 } });
  const off = await negocio(api, app, { abierto: MARZO });
  const made = '2027-03-02T10:00:00-05:00';
  const old = await reservar(app, tenant, '2027-03-03T09:00:00-05:00', made);
  const absent = await reservar(app, tenant, '2027-03-10T15:00:00-05:00', made);
  const arrived = await reservar(app, tenant, '2027-03-10T14:00:00-05:00', made);
  const later = await reservar(app, tenant, '2027-03-10T15:30:00-05:00', made);
  const kept = await reservar(app, off, '2027-03-10T15:00:00-05:00', made);
  await cambiar(app, tenant, '2027-03-10T13:59:00-05:00', 'update citas set hora_llegada = app.ahora() where id = $1', arrived);
  const states = async () => Object.fromEntries((await query(api, 'select id, estado from citas where id = any ($1)', [[old, absent, arrived, later, kept]])).map((row) => [row.id, row.estado]));
  await correr(api, 'inasistencias', '2027-03-10T15:14:00-05:00');
  expect(Object.values(await states())).toEqual(Array(5).fill('pendiente'));
  await Promise.all([1, 2].map(() => ejecutor(api).correr('inasistencias', '2027-03-10T15:15:00-05:00')));
  expect(await states()).toEqual({ [old]: 'pendiente', [absent]: 'no_asistio', [arrived]: 'pendiente', [later]: 'pendiente', [kept]: 'pendiente' });
  expect(await query(api, "select motivo, usuario_id from historial_citas where cita_id = $1 and estado_nuevo = 'no_asistio'", [absent])).toEqual([{ motivo: 'Automático: no llegó', usuario_id: null }]);
  expect(await count(api, 'horarios_disponibilidad where cita_id = $1', absent)).toBe(0);
  expect(await count(api, "eventos where organizacion_id = $1 and evento = 'cita-no-asistio'", tenant.organizacion)).toBe(1);
});

test('expired holds become one free interval again; live ones stay; who is being booked is not waited for', async () => {
  const shop = await agenda(api);
  const [fecha, other] = ['2027-03-08', '2027-03-09'];
  const hold = async (fecha: string, hora_inicio: string, now: string) =>
    ok(await shop.request('POST', '/availability/holds', { profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha, hora_inicio }, { 'x-franja-now': now }));
  await hold(fecha, '09:30', '2027-03-01T08:00:00-05:00');
  await hold(fecha, '11:00', '2027-03-01T08:00:00-05:00');
  await hold(other, '10:00', '2027-03-01T08:00:00-05:00');
  const live = await hold(fecha, '10:00', '2027-03-01T08:09:00-05:00');
  const at = '2027-03-01T08:11:00-05:00';
  await app.query('begin');
  await app.query('select app.fijar_contexto($1, null, null)', [shop.cuenta.organizacion_id]);
  await app.query('select app.bloquear_profesionales($1, array[$2::bigint])', [shop.cuenta.organizacion_id, shop.profesional.id]);
  expect((await correr(api, 'reservas_vencidas', at)).reservas).toBe(0);
  await app.query('rollback');
  const [mine] = await Promise.all([correr(api, 'reservas_vencidas', at), ejecutor(api).correr('reservas_vencidas', at)]);
  expect(mine.organizaciones).toBe(1);
  expect(await query(api, "select id from horarios_disponibilidad where organizacion_id = $1 and estado = 'reservado_temporal'", [shop.cuenta.organizacion_id])).toEqual([{ id: String(live.id) }]);
  expect(await shop.slots(fecha)).toEqual(['09:00-10:00 disponible', '10:00-10:30 reservado_temporal', '10:30-12:00 disponible']);
  expect(await shop.slots(other)).toEqual(['09:00-12:00 disponible']);
});

describe('schedules', () => {
  test('that were opened stay generated up to the horizon of each zone; others and inactive ones stay as they are', async () => {
    const shop = await openShop(api, { zona_horaria: 'Pacific/Auckland' }, 3);
    const org = shop.cuenta.organizacion_id;
    const [never, gone] = await Promise.all(['A', 'B'].map(async (nombre_completo) => ok(await shop.request('POST', '/professionals', { nombre_completo, tipo_profesional: 'barbero' }))));
    await query(api, "update profesionales set activo = false, generado_hasta = current_date where id = $1", [gone.id]);
    await query(api, 'update organizaciones set horizonte_dias = 20 where id = $1', [org]);
    const reach = async () => (await query(api, 'select id, generado_hasta::text as hasta from profesionales where organizacion_id = $1 order by id', [org])).map((row) => row.hasta);
    const before = await reach();
    const [later] = await query(api, "select to_char(now() + interval '5 days', 'YYYY-MM-DD') || 'T20:00:00Z' as now, ((date_trunc('day', now() + interval '5 days') + interval '20 hours') at time zone 'Pacific/Auckland')::date + 20 as hasta");
    await correr(api, 'extension_horarios', later.now);
    const hasta = later.hasta.toISOString().slice(0, 10);
    const expected = await value(api, "select ($1::timestamptz at time zone 'Pacific/Auckland')::date + 20 || ''", later.now);
    expect([hasta.length, (await reach())[0]]).toEqual([10, expected]);
    expect((await reach()).slice(1)).toEqual(before.slice(1));
    expect([never.id > 0, (await correr(api, 'extension_horarios', later.now)).franjas ?? 0]).toEqual([true, 0]);
    // What the job made is what generation makes.
    const made = await inContext(app, { organizacion: org, usuario: null, rol: null, ahora: later.now }, () =>
      app.row('select * from app.generar_franjas($1, array[$2::bigint], app.hoy(), app.hoy() + 20)', org, shop.profesional.id));
    expect(made).toEqual({ creadas: 0, eliminadas: 0 });
  });

  test('go as far as the service that is booked furthest ahead', async () => {
    const a = await agenda(api, { servicio: { horizonte_dias: 40 }, hasta: MARZO[1] });
    ok(await a.request('PATCH', `/organizations/${a.cuenta.organizacion_id}`, { horizonte_dias: 20 }));
    const retired = ok(await a.request('POST', '/services', { nombre: 'Retirado', precio: '1', duracion_minutos: 30, horizonte_dias: 90 }));
    ok(await a.request('PATCH', `/services/${retired.id}`, { activo: false }));
    await correr(api, 'extension_horarios', '2027-03-01T12:00:00Z');
    expect(await value(api, 'select generado_hasta::text from profesionales where id = $1', a.profesional.id)).toBe('2027-04-10');
  });

  test('of 500 professionals who are all behind come in batches, and two instances share them', async () => {
    const other = await startApi({}, api);
    try {
      const tenant = await negocio(api, app, { profesionales: 500, ajustes: { horizonte_dias: 14 } });
      await query(api, `insert into horarios_profesionales (organizacion_id, profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
        select organizacion_id, id, d, '09:00', '17:00', '2027-01-01' from profesionales, generate_series(1, 5) d where organizacion_id = $1`, [tenant.organizacion]);
      await query(api, "update profesionales set generado_hasta = '2027-02-01' where organizacion_id = $1", [tenant.organizacion]);
      const results = await Promise.all([api, other].map((instance) => ejecutor(instance).correr('extension_horarios', '2027-03-01T12:00:00Z')));
      expect(results.map(({ error }) => error)).toEqual([null, null]);
      await correr(api, 'extension_horarios', '2027-03-01T12:00:00Z');
      expect(await query(api, 'select generado_hasta::text as hasta, count(*)::int as cuantos from profesionales where organizacion_id = $1 group by 1', [tenant.organizacion])).toEqual([{ hasta: '2027-03-15', cuantos: 500 }]);
      expect(await count(api, 'horarios_disponibilidad where organizacion_id = $1', tenant.organizacion)).toBe(500 * 11);
    } finally {
      await other.close();
    }
  }, 120_000);
});

test('usage is what there is, and the month begins in the zone of each organisation', async () => {
  const tenant = await negocio(api, app, { zona: 'Pacific/Auckland', profesionales: 2, abierto: ['2027-03-25', '2027-04-05'] });
  const org = tenant.organizacion;
  await query(api, 'update profesionales set activo = false where id = $1', [tenant.profesionales[1]]);
  await query(api, "insert into usuarios (organizacion_id, email, password_hash, rol, nombre) values ($1, 'c@example.com', '$argon2id$x', 'cliente', 'C')", [org]);
  const usage = async (now: string) => {
    await correr(api, 'contadores_uso', now);
    const [row] = await query(api, 'select *, mes_actual::text as mes from metricas_uso_organizacion where organizacion_id = $1', [org]);
    return [row.mes, row.uso_profesionales, row.uso_clientes, row.uso_servicios, row.uso_usuarios, row.uso_citas_mes_actual];
  };
  // Midnight of Auckland is 11:00 of London.
  await reservar(app, tenant, '2027-04-02T10:30:00Z', '2027-03-31T10:30:00Z');
  expect(await usage('2027-03-31T10:59:00Z')).toEqual(['2027-03-01', 1, 1, 1, 1, 1]);
  expect(await usage('2027-03-31T11:00:00Z')).toEqual(['2027-04-01', 1, 1, 1, 1, 0]);
  await reservar(app, tenant, '2027-04-02T11:30:00Z', '2027-03-31T11:30:00Z');
  await reservar(app, tenant, '2027-04-02T12:30:00Z', '2027-03-31T11:30:00Z');
  expect(await usage('2027-03-31T12:00:00Z')).toEqual(['2027-04-01', 1, 1, 1, 1, 2]);
});

test('retention deletes what has served, in batches, and nothing else', async () => {
  const tenant = await negocio(api, app, { abierto: MARZO });
  const org = tenant.organizacion;
  const { usuario } = tenant.admin;
  await query(api, `insert into idempotencia (organizacion_id, usuario_id, clave, huella, estado_http, creado_en)
    select $1, $2, 'k' || n, sha256('x'), 201, now() - case when n <= 1200 then interval '8 days' else interval '6 days' end from generate_series(1, 1203) n`, [org, usuario]);
  await query(api, `insert into sesiones (organizacion_id, usuario_id, familia, token_hash, creado_en, expira_en)
    select $1, $2, gen_random_uuid(), sha256(n::text::bytea), now() - interval '90 days', now() - case n when 1 then interval '31 days' else interval '29 days' end from generate_series(1, 2) n`, [org, usuario]);
  await query(api, `insert into codigos (organizacion_id, proposito, destino, codigo_hash, creado_en, expira_en)
    select $1, 'acceso', n || '@example.com', sha256(n::text::bytea), now() - interval '90 days', now() - case n when 1 then interval '31 days' else interval '29 days' end from generate_series(1, 2) n`, [org]);
  const id = await reservar(app, tenant, '2027-03-10T15:00:00-05:00', '2027-03-02T10:00:00-05:00');
  await query(api, `insert into eventos (organizacion_id, evento, clave_orden, datos, repartido_en)
    select $1, 'cita-creada', 'cita:' || $2, '{}', now() - case when n = 3 then interval '29 days' else interval '31 days' end from generate_series(1, 3) n`, [org, id]);
  const [finished, waiting] = (await query(api, 'select id from eventos where organizacion_id = $1 and repartido_en is not null order by id', [org])).map((row) => row.id);
  await query(api, `insert into entregas (organizacion_id, evento_id, canal, clave_orden, estado, entregada_en, creado_en) values
    ($1, $2, 'n8n', 'cita:1', 'entregada', now() - interval '31 days', now() - interval '31 days'), ($1, $3, 'n8n', 'cita:1', 'pendiente', null, now() - interval '31 days')`, [org, finished, waiting]);
  const left = async () => Object.fromEntries(await Promise.all(
    ['idempotencia', 'sesiones', 'codigos', 'entregas', 'eventos', 'citas', 'historial_citas', 'auditoria'].map(async (table) => [table, await count(api, `${table} where organizacion_id = $1`, org)])));
  const before = await left();
  await correr(api, 'retencion');
  expect(await left()).toEqual({ ...before, idempotencia: 3, sesiones: 1, codigos: 1, entregas: 1, eventos: before.eventos - 1 });
});
