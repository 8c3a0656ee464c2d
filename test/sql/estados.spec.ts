// The life of a cita, enforced whoever writes: every pair of states, the stamps each step leaves, moves, rating, money.
import { type Client, type Database, discarded, insertCita, newTenant, openDatabase, openHours, refusal, type Tenant } from './tenant.js';

const ESTADOS = ['pendiente', 'confirmada', 'en_curso', 'completada', 'cancelada', 'no_asistio'] as const;
type Estado = (typeof ESTADOS)[number];

const ALLOWED: Record<Estado, Estado[]> = {
  pendiente: ['confirmada', 'en_curso', 'cancelada', 'no_asistio'],
  confirmada: ['en_curso', 'cancelada', 'no_asistio'],
  en_curso: ['completada'],
  completada: [],
  cancelada: [],
  no_asistio: [],
};

const DIA = '2027-03-10'; // in Santiago still summer time, UTC-3
const at = (hora: string) => new Date(`${DIA}T${hora}:00-03:00`);
const EL_DIA_ANTES = '2027-03-09T12:00:00-03:00';
const TARDE = { code: 'FR409', constraint: 'citas_transicion' };

let database: Database;
let app: Client;
let tenant: Tenant;
let pesosMexicanos: Tenant;

beforeAll(async () => {
  database = await openDatabase();
  ({ app } = database);
  tenant = await newTenant(app, { ahora: EL_DIA_ANTES });
  pesosMexicanos = await newTenant(app, { ahora: EL_DIA_ANTES, moneda: 'MXN' });
  for (const each of [tenant, pesosMexicanos]) await openHours(app, each, ['09:00', '18:00'], [DIA, DIA]);
});

afterAll(() => database.close());

const dayBefore = <T>(work: () => Promise<T>) => discarded(app, tenant.admin, work);
const book = (cita: Record<string, unknown> = {}) =>
  insertCita(app, tenant, { fecha_cita: DIA, hora_inicio: '10:00', hora_fin: '10:30', ...cita });
const update = (id: number, set: string) => app.row(`update citas set ${set} where id = ${id} returning *`);
const become = (id: number, estado: Estado, rest = '') => update(id, `estado = '${estado}'${rest}`);
const clock = (hora: string) =>
  app.query('select app.fijar_contexto($1, $2, $3, $4)', [tenant.organizacion, tenant.admin.usuario, 'admin', at(hora).toISOString()]);
const franjasOf = (id: number) => app.rows('select estado, inicia_en, termina_en from horarios_disponibilidad where cita_id = $1', id);

/** A cita of 10:00 in that state; the clock stands at 10:45 afterwards. */
async function citaIn(estado: Estado): Promise<number> {
  const { id } = await book({ estado: estado === 'pendiente' ? 'pendiente' : 'confirmada' });
  if (estado === 'en_curso' || estado === 'completada') {
    await clock('10:05');
    await become(id, 'en_curso');
  }
  await clock('10:45');
  if (['completada', 'cancelada', 'no_asistio'].includes(estado)) await become(id, estado);
  return id;
}

const PAIRS = ESTADOS.flatMap((de) => ESTADOS.map((a): [Estado, Estado] => [de, a]));

describe('every pair of states', () => {
  it.each(PAIRS)('%s > %s', async (de, a) => {
    await dayBefore(async () => {
      const id = await citaIn(de);
      const before = await app.row('select * from citas where id = $1', id);
      const events = () => app.rows('select estado_anterior, estado_nuevo from historial_citas where cita_id = $1 order by id', id);
      const eventsBefore = await events();
      const allowed = ALLOWED[de].includes(a);
      expect(await app.value('select app.transicion_permitida($1, $2)', de, a)).toBe(allowed);
      if (de === a) {
        expect(await become(id, a)).toEqual({ ...before, actualizado_en: expect.any(Date), actualizado_por: expect.any(Number) });
        expect(await events()).toEqual(eventsBefore);
      } else if (allowed) {
        expect(await become(id, a)).toMatchObject({ estado: a, inicia_en: at('10:00') });
        expect(await events()).toEqual([...eventsBefore, { estado_anterior: de, estado_nuevo: a }]);
        const isLive = a !== 'cancelada' && a !== 'no_asistio';
        expect(await franjasOf(id)).toEqual(isLive ? [{ estado: 'ocupado', inicia_en: at('10:00'), termina_en: at('10:30') }] : []);
      } else {
        expect(await refusal(become(id, a))).toEqual(TARDE);
      }
    });
  });

  it.each(ESTADOS)('a cita is born %s, or not', async (estado) => {
    await dayBefore(async () => {
      if (estado === 'pendiente') expect(await book({ estado })).toMatchObject({ estado, confirmada_en: null });
      else if (estado === 'confirmada') expect(await book({ estado })).toMatchObject({ estado, confirmada_en: new Date(EL_DIA_ANTES) });
      else expect(await refusal(book({ estado }))).toEqual(TARDE);
    });
  });

  it('starts its history with its birth: who, when, as what', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      expect(await app.rows('select * from historial_citas where cita_id = $1', id)).toEqual([
        {
          organizacion_id: tenant.organizacion,
          id: expect.any(Number),
          cita_id: id,
          estado_anterior: null,
          estado_nuevo: 'pendiente',
          inicia_en_anterior: null,
          inicia_en_nueva: at('10:00'),
          profesional_id: tenant.profesionales[0],
          motivo: null,
          usuario_id: tenant.admin.usuario,
          rol: 'admin',
          creado_en: new Date(EL_DIA_ANTES),
        },
      ]);
    });
  });
});

describe('stamps', () => {
  it('confirmed, started, completed: the instants of the clock', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      expect(await become(id, 'confirmada')).toMatchObject({
        confirmada_en: new Date(EL_DIA_ANTES),
        hora_inicio_real: null,
        hora_fin_real: null,
      });
      await clock('10:07');
      expect(await become(id, 'en_curso')).toMatchObject({ hora_inicio_real: at('10:07'), hora_fin_real: null, tiempo_espera_minutos: 7 });
      await clock('10:41');
      expect(await become(id, 'completada')).toMatchObject({
        confirmada_en: new Date(EL_DIA_ANTES),
        hora_inicio_real: at('10:07'),
        hora_fin_real: at('10:41'),
        tiempo_espera_minutos: 7,
        cancelada_en: null,
      });
    });
  });

  it.each([
    ['on time, arrived early', '09:40', '10:00', 0],
    ['late, arrived early', '09:40', '10:12', 12],
    ['late, because the client arrived late', '10:10', '10:12', 2],
    ['before the appointed time', '09:30', '09:50', 0],
    ['without a known arrival', null, '10:03', 3],
  ])('waiting time: %s', async (_, llegada, inicio, minutos) => {
    await dayBefore(async () => {
      const { id } = await book();
      if (llegada) await update(id, `hora_llegada = '${at(llegada).toISOString()}'`);
      await clock(inicio);
      expect(await become(id, 'en_curso')).toMatchObject({ tiempo_espera_minutos: minutos });
    });
  });

  it('cancelled: when, by whom, why; and the reason only there', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      expect(await refusal(app.query(`savepoint a; update citas set motivo_cancelacion = 'x' where id = ${id}`))).toEqual({
        code: '23514',
        constraint: 'citas_motivo_solo_cancelada',
      });
      await app.query('rollback to a');
      expect(await become(id, 'cancelada', ", motivo_cancelacion = 'Enfermo'")).toMatchObject({
        cancelada_en: new Date(EL_DIA_ANTES),
        cancelada_por: tenant.admin.usuario,
        motivo_cancelacion: 'Enfermo',
      });
      expect(await app.value('select motivo from historial_citas where cita_id = $1 order by id desc limit 1', id)).toBe('Enfermo');
    });
  });

  it.each([
    ['hora_inicio_real', 'citas_inicio_real_con_estado'],
    ['hora_fin_real', 'citas_fin_real_con_estado'],
    ['cancelada_en', 'citas_cancelada_con_sello'],
  ])('%s cannot be written without its state', async (column, constraint) => {
    expect(await refusal(dayBefore(() => book({ [column]: EL_DIA_ANTES })))).toEqual({ code: '23514', constraint });
  });

  it('a cita cannot end before it began', async () => {
    await dayBefore(async () => {
      const id = await citaIn('en_curso');
      expect(await refusal(become(id, 'completada', `, hora_fin_real = '${at('10:00').toISOString()}'`))).toEqual({
        code: '23514',
        constraint: 'citas_fin_tras_inicio_real',
      });
    });
  });
});

describe('time', () => {
  it.each([
    ['09:59', false],
    ['10:00', true],
  ])('a no-show at %s: %p', async (hora, allowed) => {
    await dayBefore(async () => {
      const { id } = await book({ estado: 'confirmada' });
      await clock(hora);
      if (allowed) expect(await become(id, 'no_asistio')).toMatchObject({ estado: 'no_asistio' });
      else expect(await refusal(become(id, 'no_asistio'))).toEqual({ code: 'FR409', constraint: 'citas_no_asistio_tras_inicio' });
    });
  });

  it('does not start before its local day, and may start early on it', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      const start = become(id, 'en_curso');
      expect(await refusal(start)).toEqual({ code: 'FR409', constraint: 'citas_inicio_en_su_dia' });
    });
    await dayBefore(async () => {
      const { id } = await book();
      await clock('00:00');
      expect(await become(id, 'en_curso')).toMatchObject({ hora_inicio_real: at('00:00'), tiempo_espera_minutos: 0 });
    });
  });

  it.each([
    ['10:05', true],
    ['10:06', false],
  ])('a booking of 10:00 at %s, with five minutes of tolerance: %p', async (hora, allowed) => {
    await dayBefore(async () => {
      await clock(hora);
      if (allowed) expect(await book()).toMatchObject({ estado: 'pendiente' });
      else expect(await refusal(book())).toEqual({ code: 'FR400', constraint: 'citas_en_el_pasado' });
    });
  });

  it.each([
    ['no length', '10:00', '10:00', '23514', 'citas_termina_despues'],
    ['an end before its start', '10:00', '09:30', '23514', 'citas_termina_despues'],
    ['time outside the working hours', '08:30', '09:30', 'FR409', 'sin_disponibilidad'],
    ['more than the working hours', '17:30', '18:30', 'FR409', 'sin_disponibilidad'],
  ])('a cita with %s is refused', async (_, hora_inicio, hora_fin, code, constraint) => {
    expect(await refusal(dayBefore(() => book({ hora_inicio, hora_fin })))).toEqual({ code, constraint });
  });
});

describe('moves', () => {
  const moved = "hora_inicio = '12:00', hora_fin = '12:30'";

  it.each(ESTADOS)('a cita that is %s, or not', async (estado) => {
    await dayBefore(async () => {
      const id = await citaIn(estado);
      if (estado !== 'pendiente' && estado !== 'confirmada') {
        expect(await refusal(update(id, moved))).toEqual({ code: 'FR409', constraint: 'citas_movible' });
        return;
      }
      expect(await update(id, moved)).toMatchObject({
        estado,
        inicia_en: at('12:00'),
        termina_en: at('12:30'),
        ocupa_desde: at('12:00'),
        hora_inicio: '12:00',
      });
      expect(await franjasOf(id)).toEqual([{ estado: 'ocupado', inicia_en: at('12:00'), termina_en: at('12:30') }]);
      expect(
        await app.row('select inicia_en_anterior, inicia_en_nueva from historial_citas where cita_id = $1 order by id desc limit 1', id),
      ).toEqual({ inicia_en_anterior: at('10:00'), inicia_en_nueva: at('12:00') });
    });
  });

  it('by instants as well as by what people see', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      expect(await update(id, `inicia_en = '${at('15:00').toISOString()}', termina_en = '${at('15:45').toISOString()}'`)).toMatchObject({
        fecha_cita: DIA,
        hora_inicio: '15:00',
        hora_fin: '15:45',
      });
    });
  });

  it('not together with a change of state', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      expect(await refusal(become(id, 'confirmada', `, ${moved}`))).toEqual({ code: 'FR409', constraint: 'citas_movible' });
    });
  });

  it('not to a taken time, and then keeps its own', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      await book({ hora_inicio: '12:15', hora_fin: '12:45' });
      await app.query('savepoint a');
      expect(await refusal(update(id, moved))).toEqual({ code: '23P01', constraint: 'citas_sin_solape' });
      await app.query('rollback to a');
      expect(await franjasOf(id)).toEqual([{ estado: 'ocupado', inicia_en: at('10:00'), termina_en: at('10:30') }]);
    });
  });

  it('to a time that overlaps its own', async () => {
    await dayBefore(async () => {
      const { id } = await book();
      await update(id, "hora_inicio = '10:15', hora_fin = '10:45'");
      expect(
        await app.rows(
          `select estado, hora_inicio, hora_fin from horarios_disponibilidad where profesional_id = $1 order by inicia_en`,
          tenant.profesionales[0],
        ),
      ).toEqual([
        { estado: 'disponible', hora_inicio: '09:00', hora_fin: '10:15' },
        { estado: 'ocupado', hora_inicio: '10:15', hora_fin: '10:45' },
        { estado: 'disponible', hora_inicio: '10:45', hora_fin: '18:00' },
      ]);
    });
  });

  it('occupies its buffers too', async () => {
    await dayBefore(async () => {
      const { id } = await book({ buffer_antes_minutos: 10, buffer_despues_minutos: 5 });
      expect(await franjasOf(id)).toEqual([{ estado: 'ocupado', inicia_en: at('09:50'), termina_en: at('10:35') }]);
      expect(await refusal(book({ hora_inicio: '10:30', hora_fin: '11:00' }))).toEqual({ code: '23P01', constraint: 'citas_sin_solape' });
    });
  });
});

describe('rating', () => {
  it.each(ESTADOS)('of a cita that is %s, or not', async (estado) => {
    await dayBefore(async () => {
      const id = await citaIn(estado);
      const rate = update(id, "calificacion_cliente = 5, comentario_cliente = 'Bien'");
      if (estado === 'completada') expect(await rate).toMatchObject({ calificacion_cliente: 5, calificada_en: at('10:45') });
      else expect(await refusal(rate)).toEqual({ code: '23514', constraint: 'citas_calificacion_solo_completada' });
    });
  });

  it.each(['calificacion_cliente = 4', 'calificacion_cliente = null, comentario_cliente = null', "comentario_cliente = 'Otra cosa'"])(
    'once: then not %s',
    async (set) => {
      await dayBefore(async () => {
        const id = await citaIn('completada');
        await update(id, "calificacion_cliente = 5, comentario_cliente = 'Bien'");
        expect(await refusal(update(id, set))).toEqual({ code: 'FR409', constraint: 'citas_calificada_una_vez' });
      });
    },
  );

  it.each([
    [0, 'citas_calificacion_rango'],
    [6, 'citas_calificacion_rango'],
    [null, 'citas_calificacion_con_sello'],
  ])('never %p', async (value, constraint) => {
    await dayBefore(async () => {
      const id = await citaIn('completada');
      expect(await refusal(update(id, `calificacion_cliente = ${value}, comentario_cliente = 'x'`))).toEqual({ code: '23514', constraint });
    });
  });
});

describe('money', () => {
  it('the final price is the price less the discount, whatever was written', async () => {
    await dayBefore(async () => {
      const { id, ...cita } = await book({ precio_servicio: 8000, descuento: 1500, precio_final: 1 });
      expect(cita).toMatchObject({ precio_servicio: '8000.00', descuento: '1500.00', precio_final: '6500.00' });
      expect(await update(id, 'precio_final = 0')).toMatchObject({ precio_final: '6500.00' });
      expect(await update(id, 'descuento = 8000')).toMatchObject({ precio_final: '0.00' });
    });
  });

  it.each([
    [{ descuento: 8001 }, 'citas_precio_final_positivo'],
    [{ precio_servicio: -1 }, 'citas_precio_final_positivo'],
    [{ precio_servicio: -2, descuento: -2 }, 'citas_descuento_positivo'],
  ])('%p is refused', async (money, constraint) => {
    expect(await refusal(dayBefore(() => book(money)))).toEqual({ code: '23514', constraint });
  });

  it.each([{ precio_servicio: 8000.5 }, { descuento: 0.5 }, { precio_servicio: 8000.5, descuento: 0.5 }])(
    'Chilean pesos have no decimals: %p is refused',
    async (money) => {
      expect(await refusal(dayBefore(() => book(money)))).toEqual({ code: 'FR400', constraint: 'decimales_de_la_moneda' });
    },
  );

  it('Mexican pesos have two', async () => {
    const mexican = (money: object) =>
      discarded(app, pesosMexicanos.admin, () =>
        insertCita(app, pesosMexicanos, { fecha_cita: DIA, hora_inicio: '10:00', hora_fin: '10:30', ...money }),
      );
    expect(await mexican({ precio_servicio: 99.95, descuento: 0.05 })).toMatchObject({ precio_final: '99.90' });
  });

  it('is of the organisation, whatever currency the row names', async () => {
    await dayBefore(async () => expect(await book({ moneda: 'USD' })).toMatchObject({ moneda: 'CLP' }));
  });

  it.each([
    ['a service', 'update servicios set precio = 8000.5'],
    [
      'the own price of a professional',
      `insert into servicios_profesionales (servicio_id, profesional_id, precio_personalizado) select s.id, p.id, 0.5
        from servicios s, profesionales p`,
    ],
  ])('%s keeps to the decimals of the currency', async (_, sql) => {
    expect(await refusal(dayBefore(() => app.query(sql)))).toEqual({ code: 'FR400', constraint: 'decimales_de_la_moneda' });
  });

  it('the currency does not change once there are services', async () => {
    expect(await refusal(dayBefore(() => app.query("update organizaciones set moneda = 'USD'")))).toEqual({
      code: 'FR409',
      constraint: 'organizaciones_moneda_fija',
    });
  });
});
