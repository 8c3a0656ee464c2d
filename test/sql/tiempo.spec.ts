// Local time and instants over both DST days, against what Intl says of every five minutes.
import { clockOf, instantOf, plusDays, STEP } from './clock.js';
import { type Client, type Database, discarded, inContext, insertCita, newTenant, openDatabase, refusal, type Tenant } from './tenant.js';

const HOUR = 3_600_000;

/** Mexico has had no DST since 2022, so there the last two. At Lord Howe the clock moves half an hour. */
const DAYS: [zone: string, date: string, hours: number, repeated: string | null, skipped: string | null][] = [
  ['America/Santiago', '2026-04-04', 25, '23:30', null],
  ['America/Santiago', '2026-09-06', 23, null, '00:30'],
  ['America/Mexico_City', '2022-04-03', 23, null, '02:30'],
  ['America/Mexico_City', '2022-10-30', 25, '01:30', null],
  ['America/New_York', '2026-03-08', 23, null, '02:30'],
  ['America/New_York', '2026-11-01', 25, '01:30', null],
  ['Europe/Madrid', '2026-03-29', 23, null, '02:30'],
  ['Europe/Madrid', '2026-10-25', 25, '02:30', null],
  ['Australia/Lord_Howe', '2026-04-05', 24.5, '01:45', null],
  ['Australia/Lord_Howe', '2026-10-04', 23.5, null, '02:15'],
];

let database: Database;
let app: Client;

beforeAll(async () => {
  database = await openDatabase();
  ({ app } = database);
});

afterAll(() => database.close());

const timesOfDay = Array.from({ length: 288 }, (_, i) => new Date(i * STEP).toISOString().slice(11, 16));

describe.each(DAYS)('%s on %s, a day of %p hours', (zone, date, hours, repeated, skipped) => {
  const clock = clockOf(zone, date);
  const dates = [plusDays(date, -1), date, plusDays(date, 1)];
  const locals = dates.flatMap((day) => [
    ...timesOfDay.map((time) => ({ day, time, ...instantOf(clock, day, time) })),
    { day, time: '24:00', at: instantOf(clock, day, '24:00').at, exists: true },
  ]);
  const startOf = (day: string) => instantOf(clock, day, '00:00').at;
  const read = async (name: string, times: typeof locals): Promise<number[]> =>
    (
      await app.rows(
        `select app.${name}(f, h, $3) as at from unnest($1::date[], $2::time[]) with ordinality t(f, h, n) order by n`,
        times.map((local) => local.day),
        times.map((local) => local.time),
        zone,
      )
    ).map((row) => row.at.getTime());

  it('is what the table says', () => {
    expect((startOf(dates[2]) - startOf(date)) / HOUR).toBe(hours);
    expect(locals.filter((local) => !local.exists).length).toBe(Math.max(0, 24 - hours) * 12);
    if (repeated) expect(clock.filter(([shown]) => shown === `${date} ${repeated}`).length).toBe(2);
    if (skipped) expect(instantOf(clock, date, skipped).exists).toBe(false);
  });

  it('app.instante_cercano: the first pass of a repeated time, the first instant after a skipped one', async () => {
    expect(await read('instante_cercano', locals)).toEqual(locals.map((local) => local.at));
  });

  it('app.instante: the same, but skipped times are refused', async () => {
    const existing = locals.filter((local) => local.exists);
    expect(await read('instante', existing)).toEqual(existing.map((local) => local.at));
    for (const { day, time } of locals.filter((local) => !local.exists)) {
      expect([time, await refusal(app.query('select app.instante($1, $2, $3)', [day, time, zone]))]).toEqual([
        time,
        { code: 'FR400', constraint: 'hora_inexistente' },
      ]);
    }
  });

  describe('the agenda', () => {
    const ahora = `${plusDays(date, -7)}T00:00:00Z`;
    let tenant: Tenant;
    beforeAll(async () => {
      tenant = await newTenant(app, { zona: zone, ahora, profesionales: 1 });
    });

    const withHours = <T>(inicio: string, fin: string, work: () => Promise<T>) =>
      discarded(app, tenant.admin, async () => {
        await app.query(
          `insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
            select $1, d, $2, $3, $4 from generate_series(0, 6) d`,
          [tenant.profesionales[0], inicio, fin, dates[0]],
        );
        await app.query('select * from app.generar_franjas($1, $2, $3, $4)', [
          tenant.organizacion,
          tenant.profesionales,
          dates[0],
          dates[2],
        ]);
        return work();
      });
    const franjas = () =>
      app.rows('select fecha, hora_inicio, hora_fin, inicia_en, termina_en, dia_semana from horarios_disponibilidad order by inicia_en');

    it('a day of work from 00:00 to 24:00 is as long as the day', async () => {
      await withHours('00:00', '24:00', async () => {
        const expected = dates.map((day) => ({
          fecha: day,
          hora_inicio: clock.find(([, at]) => at === startOf(day))![0].slice(11),
          hora_fin: '24:00',
          inicia_en: new Date(startOf(day)),
          termina_en: new Date(instantOf(clock, day, '24:00').at),
          dia_semana: new Date(day).getUTCDay(),
        }));
        expect(await franjas()).toEqual(expected);
        expect((expected[1].termina_en.getTime() - expected[1].inicia_en.getTime()) / HOUR).toBe(hours);
      });
    });

    it('work from 00:15 to 03:45 starts and ends when the clock says so', async () => {
      await withHours('00:15', '03:45', async () => {
        const expected = dates.map((day) => [instantOf(clock, day, '00:15').at, instantOf(clock, day, '03:45').at]);
        expect((await franjas()).map((row) => [row.inicia_en.getTime(), row.termina_en.getTime()])).toEqual(expected);
      });
    });

    it('citas by local time, and by the instant of the second pass', async () => {
      await withHours('00:00', '24:00', async () => {
        const noon = await insertCita(app, tenant, { fecha_cita: date, hora_inicio: '12:00', hora_fin: '12:30' });
        expect(noon).toMatchObject({
          inicia_en: new Date(instantOf(clock, date, '12:00').at),
          fecha_cita: date,
          hora_inicio: '12:00',
          hora_fin: '12:30',
        });
        const last = await insertCita(app, tenant, { fecha_cita: dates[0], hora_inicio: '23:45', hora_fin: '24:00' });
        expect(last).toMatchObject({ fecha_cita: dates[0], hora_inicio: '23:45', hora_fin: '24:00', termina_en: new Date(startOf(date)) });
        if (!repeated) return;
        const [first, second] = clock.filter(([shown]) => shown === `${date} ${repeated}`).map(([, at]) => new Date(at));
        const end = new Date(first.getTime() + STEP);
        const byLocalTime = await insertCita(app, tenant, {
          fecha_cita: date,
          hora_inicio: repeated,
          hora_fin: clock.find(([, at]) => at === end.getTime())![0].slice(11),
        });
        expect(byLocalTime).toMatchObject({ inicia_en: first, termina_en: end });
        const bySecondPass = await insertCita(app, tenant, { inicia_en: second, termina_en: new Date(second.getTime() + STEP) });
        expect(bySecondPass).toMatchObject({ inicia_en: second, fecha_cita: date, hora_inicio: repeated });
        // The last minutes before the clock goes back end later than they began.
        const back = clock.find(([shown, at], i) => i > 0 && at > startOf(date) && shown < clock[i - 1][0])!;
        const untilBack = await insertCita(app, tenant, { inicia_en: new Date(back[1] - STEP), termina_en: new Date(back[1]) });
        expect(untilBack.hora_fin > untilBack.hora_inicio).toBe(true);
      });
    });

    if (skipped) {
      it(`a cita at ${skipped}, which the clock skips, is refused`, async () => {
        await withHours('00:00', '24:00', async () => {
          expect(await refusal(insertCita(app, tenant, { fecha_cita: date, hora_inicio: skipped, hora_fin: '05:00' }))).toEqual({
            code: 'FR400',
            constraint: 'hora_inexistente',
          });
        });
      });

      it('work that lies wholly in the skipped time is no work that day', async () => {
        const gap = locals.filter((local) => local.day === date && !local.exists);
        const [start, last] = [gap[0].time, gap.at(-1)!.time];
        await withHours(start, last, async () => expect((await franjas()).map((row) => row.fecha)).toEqual([dates[0], dates[2]]));
      });
    }
  });
});

describe('app.hoy', () => {
  it.each([
    ['America/Santiago', '2026-07-01T03:59:59Z', '2026-06-30'],
    ['America/Santiago', '2026-07-01T04:00:00Z', '2026-07-01'],
    ['Pacific/Auckland', '2026-07-01T12:00:00Z', '2026-07-02'],
    ['Asia/Kathmandu', '2026-07-01T18:14:59Z', '2026-07-01'],
    ['Asia/Kathmandu', '2026-07-01T18:15:00Z', '2026-07-02'],
  ])('in %s at %s is %s', async (zona, ahora, hoy) => {
    const tenant = await newTenant(app, { zona, ahora });
    expect(await discarded(app, tenant.admin, () => app.value('select app.hoy()'))).toBe(hoy);
  });
});

describe('the zone of an organisation', () => {
  it.each(['Marte/Olympus', 'posix/America/Santiago', 'right/UTC', '', 'america/santiago ', 'GMT+3; drop'])(
    '%p is refused',
    async (zona) => {
      expect(await refusal(newTenant(app, { zona }))).toEqual({ code: 'FR400', constraint: 'organizaciones_zona_horaria' });
    },
  );

  it('is a name that the server lists, in its own letters, and nothing else that it would take', async () => {
    const tenant = await newTenant(app);
    const names: string[] = (await app.rows('select name from pg_timezone_names')).map(({ name }) => name);
    const others = ['XYZ5', 'UTC+5', 'America/Bogota5', '-05:00', '+5', '5', 'PST', 'utc', 'AMERICA/BOGOTA', 'America/', 'America', ' UTC', 'UTC ', 'default', 'zone.tab', '../UTC', "interval '5' hour"];
    const taken: string[] = [];
    for (const zona of [...names, ...others]) {
      const change = discarded(app, tenant.admin, () => app.query('update organizaciones set zona_horaria = $1', [zona]));
      await change.then(() => taken.push(zona), (error) => expect(error).toMatchObject({ constraint: 'organizaciones_zona_horaria' }));
    }
    expect(taken).toEqual(names.filter((name) => !/^(posix|right)\//.test(name)));
  });

  it('leaves the clock of the session as it was', async () => {
    const tenant = await newTenant(app);
    const zone = () => app.value("select current_setting('timezone')");
    const before = await zone();
    const after = await discarded(app, tenant.admin, async () => {
      await app.query("update organizaciones set zona_horaria = 'Asia/Kathmandu'");
      return zone();
    });
    expect(after).toBe(before);
  });

  it('changes: one that goes past the midnight at which today begins there shows its new local time, one that ends before it stays as it was', async () => {
    const tenant = await newTenant(app, { zona: 'America/Santiago', ahora: '2026-06-01T12:00:00Z', profesionales: 1 });
    await inContext(app, tenant.admin, async () => {
      await app.query("insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin) values ($1, 4, '09:00', '12:00')", [tenant.profesionales[0]]);
      await app.query("select * from app.generar_franjas($1, $2, '2026-06-04', '2026-06-04')", [tenant.organizacion, tenant.profesionales]);
      for (const [hora_inicio, hora_fin] of [['10:00', '10:30'], ['10:45', '11:15']]) await insertCita(app, tenant, { fecha_cita: '2026-06-04', hora_inicio, hora_fin });
    });
    // Midnight in Tokyo is 11:00 in Santiago.
    await discarded(app, { ...tenant.admin, ahora: '2026-06-05T12:00:00Z' }, async () => {
      await app.query("update organizaciones set zona_horaria = 'Asia/Tokyo'");
      expect(await app.rows('select fecha_cita, hora_inicio, hora_fin from citas order by inicia_en')).toEqual([
        { fecha_cita: '2026-06-04', hora_inicio: '10:00', hora_fin: '10:30' },
        { fecha_cita: '2026-06-04', hora_inicio: '23:45', hora_fin: '00:15' },
      ]);
    });
  });

  it('changes: what is to come keeps its instant and shows its new local time, what is past stays as it was', async () => {
    const tenant = await newTenant(app, { zona: 'America/Santiago', ahora: '2026-06-01T12:00:00Z', profesionales: 1 });
    const book = (fecha: string) => insertCita(app, tenant, { fecha_cita: fecha, hora_inicio: '10:00', hora_fin: '10:30' });
    await inContext(app, tenant.admin, async () => {
      await app.query(
        `insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin) select $1, d, '09:00', '12:00'
          from generate_series(0, 6) d`,
        [tenant.profesionales[0]],
      );
      await app.query("select * from app.generar_franjas($1, $2, '2026-06-02', '2026-06-10')", [tenant.organizacion, tenant.profesionales]);
      await book('2026-06-02');
      await book('2026-06-10');
    });
    await discarded(app, { ...tenant.admin, ahora: '2026-06-05T12:00:00Z' }, async () => {
      await app.query("update organizaciones set zona_horaria = 'America/Punta_Arenas'");
      const citas = await app.rows('select fecha_cita, hora_inicio, hora_fin, inicia_en from citas order by inicia_en');
      expect(citas).toEqual([
        { fecha_cita: '2026-06-02', hora_inicio: '10:00', hora_fin: '10:30', inicia_en: new Date('2026-06-02T14:00Z') },
        { fecha_cita: '2026-06-10', hora_inicio: '11:00', hora_fin: '11:30', inicia_en: new Date('2026-06-10T14:00Z') },
      ]);
      expect(
        await app.rows(
          `select hora_inicio, hora_fin, estado from horarios_disponibilidad where fecha in ('2026-06-02', '2026-06-10')
            order by inicia_en`,
        ),
      ).toEqual([
        { hora_inicio: '09:00', hora_fin: '10:00', estado: 'disponible' },
        { hora_inicio: '10:00', hora_fin: '10:30', estado: 'ocupado' },
        { hora_inicio: '10:30', hora_fin: '12:00', estado: 'disponible' },
        { hora_inicio: '10:00', hora_fin: '11:00', estado: 'disponible' },
        { hora_inicio: '11:00', hora_fin: '11:30', estado: 'ocupado' },
        { hora_inicio: '11:30', hora_fin: '13:00', estado: 'disponible' },
      ]);
    });
  });
});
