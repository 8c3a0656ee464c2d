import { agenda, clock, daily, MONDAY, NOW, ok, TUESDAY, worker, type Agenda } from './agenda.js';
import { registerClient, startApi, type Api } from './api.js';
import { employee, expectRefused, query, queryAs } from './checks.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const put = async (a: Agenda, row: object) => ok(await a.request('POST', '/schedules', row));
const book = async (a: Agenda, hora_inicio: string, fecha_cita = MONDAY, profesional_id = a.profesional.id) => {
  const cliente = ok(await a.request('POST', '/clients', { nombre: 'María Muñoz', telefono: '+573001234567' }));
  return ok(await a.request('POST', '/appointments', { cliente_id: cliente.id, profesional_id, servicio_id: a.servicio.id, fecha_cita, hora_inicio }));
};
/** What a change of hours says of a cita that it leaves outside: enough to call its client. */
const brief = ({ id, codigo_cita, inicia_en, cliente_id, cliente_nombre, cliente_telefono, profesional_id, profesional_nombre }: any) =>
  ({ id, codigo_cita, inicia_en, cliente_id, cliente_nombre, cliente_telefono, profesional_id, profesional_nombre });
const oneDay = (fecha: string) => ({ vigente_desde: fecha, vigente_hasta: fecha });
/** Every franja of the organisation, ids included. */
const franjas = (a: Agenda) =>
  query(api, 'select id, profesional_id, inicia_en, termina_en, estado, precio_dinamico from horarios_disponibilidad where organizacion_id = $1 order by id', [a.cuenta.organizacion_id]);

/** Days whose franjas are not exactly the working time of the hours in force, or that overlap. */
const misfits = (a: Agenda) =>
  queryAs(api, a, `
    with trabajo as (
      select r.profesional_id, r.fecha, range_agg(r.rango) as rango
      from app.reglas_vigentes(app.tenant_actual(), array(select id from profesionales), '${NOW.slice(0, 10)}', '2027-03-31') r where r.es_trabajo group by 1, 2
    ), franjas as (
      select profesional_id, fecha, range_agg(tstzrange(inicia_en, termina_en)) as rango, sum(termina_en - inicia_en) as suma
      from horarios_disponibilidad group by 1, 2
    )
    select coalesce(t.fecha, f.fecha) as fecha from trabajo t full join franjas f using (profesional_id, fecha)
    where t.rango is distinct from f.rango or f.suma <> (select sum(upper(x) - lower(x)) from unnest(f.rango) x)`, { 'x-franja-now': NOW });

test('generating twice changes nothing, not even an id; held and booked time stays', async () => {
  const a = await agenda(api, { hasta: null, horas: daily(['09:00', '12:00'], ['10:00', '10:30', 'descanso']) });
  const generate = async (body: object) => ok(await a.request('POST', '/schedules/generate', body));
  expect(await generate({ fecha_hasta: '2027-03-31' })).toEqual({ creadas: 93, eliminadas: 0, profesionales: 1, fecha_desde: '2027-03-01', fecha_hasta: '2027-03-31' });
  await book(a, '11:00');
  ok(await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio: '09:15' }));
  const before = await franjas(a);
  expect(await generate({ fecha_hasta: '2027-03-31', profesional_id: a.profesional.id })).toMatchObject({ creadas: 0, eliminadas: 0, profesionales: 1 });
  expect(await franjas(a)).toEqual(before);
  expect(await a.slots(MONDAY)).toEqual([
    '09:00-09:15 disponible', '09:15-09:45 reservado_temporal', '09:45-10:00 disponible', '10:00-10:30 bloqueado', '10:30-11:00 disponible', '11:00-11:30 ocupado',
    '11:30-12:00 disponible',
  ]);
  expect(await misfits(a)).toEqual([]);
  const [{ generado_hasta }] = await query(api, 'select generado_hasta::text from profesionales where id = $1', [a.profesional.id]);
  await generate({ fecha_hasta: '2027-03-15' });
  expect((await query(api, 'select generado_hasta::text from profesionales where id = $1', [a.profesional.id]))[0]).toEqual({ generado_hasta });
  expect(generado_hasta).toBe('2027-03-31');
});

test('generating from a later day leaves no hole behind it', async () => {
  const a = await agenda(api, { hasta: MONDAY });
  const late = await worker(a);
  const generate = async (body: object) => (await a.request('POST', '/schedules/generate', body)).body;
  expect(await generate({ fecha_desde: '2027-03-12', fecha_hasta: '2027-03-15', profesional_id: a.profesional.id })).toMatchObject({ fecha_desde: '2027-03-09', creadas: 7 });
  expect(await a.starts('2027-03-11')).not.toEqual([]);
  // Who has no agenda yet begins where it is asked to.
  expect(await generate({ fecha_desde: '2027-03-12', fecha_hasta: '2027-03-15', profesional_id: late.id })).toMatchObject({ fecha_desde: '2027-03-12', creadas: 4 });
  expect((await generate({ fecha_desde: '2028-03-20', fecha_hasta: '2028-03-25' })).codigo).toBe('rango_invalido');
  expect((await generate({ fecha_desde: '2027-03-25', fecha_hasta: '2027-03-20' })).codigo).toBe('rango_invalido');
});

test('20 generations at once make the franjas once', async () => {
  const a = await agenda(api, { hasta: null });
  await worker(a);
  const answers = await Promise.all(Array.from({ length: 20 }, () => a.request('POST', '/schedules/generate', { fecha_hasta: '2027-03-31' })));
  expect(answers.map((r) => r.status)).toEqual(Array(20).fill(201));
  expect(answers.map((r) => r.body.creadas).sort((x, y) => x - y)).toEqual([...Array(19).fill(0), 62]);
  expect(await franjas(a)).toHaveLength(62);
});

test('generating says what it cannot do', async () => {
  const [a, foreign] = [await agenda(api), await agenda(api)];
  const retired = await worker(a);
  await a.request('PATCH', `/professionals/${retired.id}`, { activo: false });
  const answer = async (body: object) => {
    const { status, body: { codigo, errores } } = await a.request('POST', '/schedules/generate', body);
    return [status, codigo, ...(errores ?? []).map((e: any) => `${e.campo} ${e.mensaje}`)];
  };
  expect(await answer({ fecha_desde: '2027-02-28', fecha_hasta: MONDAY })).toEqual([400, 'datos_invalidos', 'fecha_desde no puede ser anterior a 2027-03-01']);
  const badRange = [400, 'rango_invalido', 'fecha_hasta no puede ser anterior a fecha_desde; en total, a lo sumo 366 días'];
  for (const fecha_hasta of ['2027-02-28', '2028-03-01']) expect(await answer({ fecha_hasta })).toEqual(badRange);
  expect(await answer({ fecha_desde: '2027-03-02', fecha_hasta: '2028-03-01' })).toEqual([201, undefined]);
  expect(await answer({ fecha_hasta: MONDAY, profesional_id: foreign.profesional.id })).toEqual([400, 'referencia_invalida', 'profesional_id no existe']);
  expect(await answer({ fecha_hasta: MONDAY, profesional_id: retired.id })).toEqual([409, 'inactivo', 'profesional_id está desactivado']);
  expect(await answer({})).toEqual([400, 'datos_invalidos', 'fecha_hasta es obligatorio']);
  expect(ok(await a.request('POST', '/schedules/generate', { fecha_hasta: MONDAY })).profesionales).toBe(1);
});

describe('exceptions', () => {
  test('a holiday of the organisation closes everybody, and says which citas it leaves outside', async () => {
    const a = await agenda(api);
    const other = await worker(a, { hasta: '2027-03-31' });
    const [late, early] = [await book(a, '11:00'), await book(a, '09:00', MONDAY, other.id)];
    await book(a, '09:00', TUESDAY);
    const cancelled = await book(a, '10:00');
    ok(await a.request('PUT', `/appointments/${cancelled.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
    const row = await put(a, { tipo_horario: 'feriado', ...oneDay(MONDAY), motivo: 'Fiesta' });
    expect(row).toMatchObject({
      tipo_horario: 'feriado', profesional_id: null, dia_semana: null, hora_inicio: null, permite_citas: false, motivo: 'Fiesta', activo: true,
      citas_en_conflicto: [brief(early), brief(late)], reservas_liberadas: 0,
    });
    expect(await a.starts(MONDAY)).toEqual([]);
    expect(await a.starts(TUESDAY)).toHaveLength(9 + 11);
    expect(ok(await a.request('GET', `/appointments/${late.id}`)).estado).toBe('pendiente');
    expect((await a.slots(MONDAY)).filter((f: string) => f.endsWith('disponible'))).toEqual([]);
    expect(await misfits(a)).toEqual([]);

    expect((await a.request('DELETE', `/schedules/${row.id}`)).status).toBe(204);
    expect(ok(await a.request('GET', `/schedules/${row.id}`)).activo).toBe(false);
    expect(await a.starts(MONDAY)).toHaveLength(8 + 9);
    expect(await misfits(a)).toEqual([]);
  });

  test('a vacation is of one professional, for its dates', async () => {
    const a = await agenda(api);
    const other = await worker(a, { hasta: '2027-03-31' });
    const row = await put(a, { profesional_id: a.profesional.id, tipo_horario: 'vacaciones', vigente_desde: MONDAY, vigente_hasta: '2027-03-12' });
    expect([row.franjas_eliminadas, row.franjas_creadas]).toEqual([5, 5]);
    const with_ = async (fecha: string) => [
      (await a.starts(fecha, `&profesional_id=${a.profesional.id}`)).length, (await a.starts(fecha, `&profesional_id=${other.id}`)).length,
    ];
    expect(await Promise.all(['2027-03-07', MONDAY, '2027-03-12', '2027-03-13'].map(with_))).toEqual([[11, 11], [0, 11], [0, 11], [11, 11]]);
    const { id } = await put(a, { profesional_id: a.profesional.id, tipo_horario: 'bloqueo', ...oneDay(MONDAY) });
    ok(await a.request('DELETE', `/schedules/${row.id}`));
    // The same hours stay taken, by another rule.
    const { elementos } = ok(await a.request('GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}&profesional_id=${a.profesional.id}`));
    expect(elementos).toMatchObject([{ hora_inicio: '09:00', hora_fin: '12:00', estado: 'bloqueado', tipo_horario: 'bloqueo', horario_profesional_id: id, es_recurrente: false }]);
  });

  test('a block takes hours, on the weekdays it names', async () => {
    const a = await agenda(api);
    await put(a, { profesional_id: a.profesional.id, tipo_horario: 'bloqueo', dia_semana: 1, hora_inicio: '09:30', hora_fin: '11:00', vigente_desde: MONDAY, vigente_hasta: '2027-03-31' });
    expect(await a.slots(MONDAY)).toEqual(['09:00-09:30 disponible', '09:30-11:00 bloqueado', '11:00-12:00 disponible']);
    expect(await a.slots(TUESDAY)).toEqual(['09:00-12:00 disponible']);
    expect(await a.starts('2027-03-15')).toEqual(['09:00', '11:00', '11:15', '11:30']);
    expect(await misfits(a)).toEqual([]);
  });

  test('special hours replace the regular ones of their dates; breaks stay', async () => {
    const a = await agenda(api, { horas: daily(['09:00', '12:00'], ['16:00', '16:30', 'descanso']) });
    const special = { profesional_id: a.profesional.id, tipo_horario: 'especial', hora_inicio: '15:00', hora_fin: '17:00', precio_dinamico: '50.00' };
    expect(await put(a, { ...special, ...oneDay(MONDAY) })).toMatchObject({ precio_dinamico: '50.00', permite_citas: true });
    expect(await a.starts(MONDAY)).toEqual(['15:00', '15:15', '15:30', '16:30']);
    expect(await a.starts(TUESDAY)).toHaveLength(11);
    // Of other weekdays in the same dates they are other hours; of the same, a mistake.
    await put(a, { ...special, dia_semana: 3, vigente_desde: '2027-03-15', vigente_hasta: '2027-03-28' });
    await put(a, { ...special, dia_semana: 4, vigente_desde: '2027-03-15', vigente_hasta: '2027-03-28' });
    for (const dia_semana of [3, null]) {
      const { status, body } = await a.request('POST', '/schedules', { ...special, dia_semana, hora_inicio: '16:00', hora_fin: '18:00', vigente_desde: '2027-03-20', vigente_hasta: '2027-03-30' });
      expect([status, body.codigo]).toEqual([409, 'horario_solapado']);
    }
    expect(await misfits(a)).toEqual([]);
  });

  test('a hold on time that is taken away is released, the others stay', async () => {
    const a = await agenda(api);
    const hold = async (hora_inicio: string) =>
      ok(await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio }));
    const [kept, lost] = [await hold('09:00'), await hold('10:00')];
    const row = await put(a, { tipo_horario: 'bloqueo', ...oneDay(MONDAY), hora_inicio: '10:15', hora_fin: '12:00' });
    expect(row.reservas_liberadas).toBe(1);
    expect((await a.request('GET', `/availability/holds/${kept.id}`)).status).toBe(200);
    expect((await a.request('GET', `/availability/holds/${lost.id}`)).status).toBe(404);
    expect(await a.slots(MONDAY)).toEqual(['09:00-09:30 reservado_temporal', '09:30-10:15 disponible', '10:15-12:00 bloqueado']);
    expect(await a.starts(MONDAY, '', clock(a.request, '2027-03-01T09:00:00-05:00'))).toEqual(['09:00', '09:15', '09:30', '09:45']);
  });

  test('one made while days are generated is in all of them', async () => {
    const a = await agenda(api, { hasta: null });
    for (const [i, day] of ['08', '10', '12', '15'].entries()) {
      const last = `2027-03-${17 + i * 3}`;
      const [generated, row] = await Promise.all([
        a.request('POST', '/schedules/generate', { fecha_hasta: last }),
        a.request('POST', '/schedules', { tipo_horario: 'feriado', vigente_desde: `2027-03-${day}`, vigente_hasta: last }),
      ]);
      expect([generated.status, row.status]).toEqual([201, 201]);
      expect(ok(await a.request('GET', `/availability?servicio_id=${a.servicio.id}&fecha_desde=2027-03-${day}&fecha_hasta=${last}`)).inicios).toEqual([]);
      await a.request('DELETE', `/schedules/${row.body.id}`);
    }
  });
});

describe('the weekly template', () => {
  test('is replaced at once, from a date on; the days before keep theirs', async () => {
    const a = await agenda(api);
    const cita = await book(a, '09:00', TUESDAY);
    const answer = ok(await a.request('PUT', `/schedules/week/${a.profesional.id}`, {
      vigente_desde: TUESDAY, horas: [...daily(['10:00', '11:00']), { dia_semana: 2, hora_inicio: '10:30', hora_fin: '10:45', tipo_horario: 'descanso' }],
    }));
    expect(answer).toMatchObject({
      profesional_id: a.profesional.id, vigente_desde: TUESDAY, franjas_eliminadas: 23, franjas_creadas: 31, reservas_liberadas: 0,
      citas_en_conflicto: [brief(cita)],
    });
    expect(answer.horarios).toHaveLength(8);
    expect(answer.horarios[7]).toMatchObject({ tipo_horario: 'descanso', permite_citas: false, dia_semana: 2, hora_inicio: '10:30', hora_fin: '10:45', vigente_hasta: null });
    expect(await a.starts(MONDAY)).toHaveLength(11);
    expect(await a.starts(TUESDAY)).toEqual(['10:00']);
    expect(await a.starts('2027-03-10')).toEqual(['10:00', '10:15', '10:30']);
    const former = ok(await a.request('GET', `/schedules?profesional_id=${a.profesional.id}&activo=true`)).elementos;
    expect(former.map((h: any) => h.vigente_hasta)).toEqual([...Array(7).fill(MONDAY), ...Array(8).fill(null)]);

    // From today on, the former rows of the future never were.
    ok(await a.request('PUT', `/schedules/week/${a.profesional.id}`, { horas: daily(['09:00', '10:00']) }));
    expect([(await a.starts(MONDAY)).length, (await a.starts(TUESDAY)).length]).toEqual([3, 1]);
    expect(ok(await a.request('GET', `/schedules?profesional_id=${a.profesional.id}&activo=false`)).elementos).toHaveLength(15);
    ok(await a.request('PUT', `/schedules/week/${a.profesional.id}`, { horas: [] }));
    expect(await a.starts('2027-03-10')).toEqual([]);
    expect((await franjas(a)).map((f) => f.estado)).toEqual(['ocupado']);
  });

  test('two at once leave one of them', async () => {
    const a = await agenda(api);
    const weeks = ['10:00', '11:00', '12:00', '13:00'].map((fin) => daily(['09:00', fin]));
    const answers = await Promise.all([...weeks, ...weeks].map((horas) => a.request('PUT', `/schedules/week/${a.profesional.id}`, { horas })));
    expect(answers.map((r) => r.status)).toEqual(Array(8).fill(200));
    const live = ok(await a.request('GET', `/schedules?profesional_id=${a.profesional.id}&activo=true`)).elementos;
    expect(live).toHaveLength(7);
    expect(await a.slots(MONDAY)).toEqual([`09:00-${live[0].hora_fin} disponible`]);
    expect(await misfits(a)).toEqual([]);
  });

  test('refuses hours that overlap, an unknown professional and the past', async () => {
    const [a, foreign] = [await agenda(api), await agenda(api)];
    const before = await franjas(a);
    const answer = async (id: number, body: object) => {
      const { status, body: { codigo, errores } } = await a.request('PUT', `/schedules/week/${id}`, body);
      return [status, codigo, ...(errores ?? []).map((e: any) => `${e.campo} ${e.codigo}`)];
    };
    const id = a.profesional.id;
    expect(await answer(id, { horas: [...daily(['09:00', '12:00']), ...daily(['11:00', '13:00'])] })).toEqual([409, 'horario_solapado', ...[7, 8, 9, 10, 11, 12, 13].map((i) => `horas.${i}.hora_inicio solapa`)]);
    expect(await answer(id, { horas: daily(['09:00', '09:00']) })).toEqual([400, 'datos_invalidos', 'horas.0.hora_fin orden']);
    expect(await answer(id, { horas: [{ dia_semana: 7, hora_inicio: '9:00', hora_fin: '25:00', tipo_horario: 'feriado' }] })).toEqual([
      400, 'datos_invalidos', 'horas.0.dia_semana entero', 'horas.0.hora_inicio hora', 'horas.0.hora_fin hora', 'horas.0.tipo_horario valores',
    ]);
    expect(await answer(id, { vigente_desde: '2027-02-28', horas: [] })).toEqual([400, 'datos_invalidos', 'vigente_desde no_antes']);
    expect(await answer(foreign.profesional.id, { horas: [] })).toEqual([404, 'no_encontrado']);
    expect(await franjas(a)).toEqual(before);
  });
});

test('a changed row rebuilds the days it had and the days it gets', async () => {
  const a = await agenda(api, { horas: [] });
  const row = await put(a, { profesional_id: a.profesional.id, tipo_horario: 'regular', dia_semana: 1, hora_inicio: '09:00', hora_fin: '10:00', vigente_desde: '2027-03-01', vigente_hasta: '2027-03-14' });
  expect(row).toMatchObject({ franjas_creadas: 2, permite_citas: true });
  const patch = async (body: object) => ok(await a.request('PATCH', `/schedules/${row.id}`, body));
  const days = async () => [...new Set(ok(await a.request('GET', '/schedules/slots?fecha_desde=2027-03-01&fecha_hasta=2027-03-31')).elementos.map((f: any) => f.fecha))];
  expect(await days()).toEqual(['2027-03-01', MONDAY]);
  await patch({ vigente_desde: MONDAY, vigente_hasta: null });
  expect(await days()).toEqual([MONDAY, '2027-03-15', '2027-03-22', '2027-03-29']);
  await patch({ dia_semana: 2 });
  expect(await days()).toEqual([TUESDAY, '2027-03-16', '2027-03-23', '2027-03-30']);
  await patch({ vigente_hasta: '2027-03-22' });
  expect(await days()).toEqual([TUESDAY, '2027-03-16']);
  await patch({ vigente_hasta: null });
  expect(await patch({ precio_dinamico: '25.00' })).toMatchObject({ franjas_creadas: 4, franjas_eliminadas: 4 });
  const cita = await book(a, '09:30', TUESDAY);
  expect(cita.precio_final).toBe('25000.00');
  expect((await patch({ hora_inicio: '09:00', hora_fin: '09:45' })).citas_en_conflicto.map((c: any) => c.id)).toEqual([cita.id]);
  expect((await patch({ hora_fin: '24:00' })).hora_fin).toBe('24:00');
  // Working time that takes no citas.
  expect((await patch({ permite_citas: false })).citas_en_conflicto).toHaveLength(1);
  expect(await a.starts('2027-03-16')).toEqual([]);
  expect((await a.slots('2027-03-16'))).toEqual(['09:00-24:00 bloqueado']);
  await patch({ activo: false });
  expect(await days()).toEqual([TUESDAY]);
  expect(await patch({ activo: true })).toMatchObject({ activo: true, franjas_creadas: 5 });
  expect(await patch({})).toMatchObject({ franjas_creadas: 0, franjas_eliminadas: 0 });
});

test('the past is never rewritten', async () => {
  const a = await agenda(api);
  const later = clock(a.request, `${TUESDAY}T08:00:00-05:00`);
  ok(await later('POST', '/schedules', { tipo_horario: 'feriado', vigente_desde: '2027-03-01', vigente_hasta: '2027-03-31' }));
  expect(await a.slots(MONDAY)).toEqual(['09:00-12:00 disponible']);
  expect(await a.slots(TUESDAY)).toEqual(['09:00-12:00 bloqueado']);
});

test('what a change of zone puts across midnight takes time of both days, and gives it back', async () => {
  const a = await agenda(api, { horas: daily(['00:00', '24:00']) });
  const cita = await book(a, '17:45');
  ok(await a.request('POST', '/availability/holds', { servicio_id: a.servicio.id, profesional_id: a.profesional.id, fecha: '2027-03-10', hora_inicio: '17:45' }));
  ok(await a.request('PATCH', `/organizations/${a.cuenta.organizacion_id}`, { zona_horaria: 'Europe/Madrid' }));
  expect([await a.slots(MONDAY), await a.slots(TUESDAY)]).toEqual([['00:00-23:45 disponible', '23:45-00:15 ocupado'], ['00:15-24:00 disponible']]);
  ok(await a.request('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' }));
  expect([await a.slots(MONDAY), await a.slots(TUESDAY)]).toEqual([['00:00-24:00 disponible'], ['00:00-24:00 disponible']]);
  // A hold of both days gives way, as to new hours.
  expect([await a.slots('2027-03-10'), await a.slots('2027-03-11')]).toEqual([['00:00-24:00 disponible'], ['00:00-24:00 disponible']]);
});

describe('rows that say nothing clear are refused by field', () => {
  const who = { profesional_id: 1 };
  const dates = { vigente_desde: MONDAY, vigente_hasta: TUESDAY };
  const hours = { hora_inicio: '09:00', hora_fin: '10:00' };
  const cases: [name: string, row: object, errors: string[]][] = [
    ['a weekly row without weekday and hours', { ...who, tipo_horario: 'regular' }, ['dia_semana requerido', 'hora_inicio requerido', 'hora_fin requerido']],
    ['a weekly row of nobody', { tipo_horario: 'descanso', dia_semana: 1, ...hours }, ['profesional_id requerido']],
    ['special hours without hours nor end', { ...who, tipo_horario: 'especial' }, ['hora_inicio requerido', 'hora_fin requerido', 'vigente_hasta requerido']],
    ['a vacation of nobody, without end', { tipo_horario: 'vacaciones' }, ['profesional_id requerido', 'vigente_hasta requerido']],
    ['a holiday with half of its hours', { tipo_horario: 'feriado', ...dates, hora_inicio: '09:00' }, ['hora_fin requerido']],
    ['a holiday with the other half', { tipo_horario: 'feriado', ...dates, hora_fin: '09:00' }, ['hora_inicio requerido']],
    ['hours that end before they start', { tipo_horario: 'bloqueo', ...dates, hora_inicio: '10:00', hora_fin: '09:00' }, ['hora_fin orden']],
    ['dates that end before they start', { tipo_horario: 'bloqueo', vigente_desde: TUESDAY, vigente_hasta: MONDAY }, ['vigente_hasta no_antes']],
    ['dates that end before today', { tipo_horario: 'bloqueo', vigente_hasta: '2027-02-28' }, ['vigente_hasta no_antes']],
    ['a holiday that takes citas', { tipo_horario: 'feriado', ...dates, permite_citas: true }, ['permite_citas combinacion']],
    ['a price on a block', { tipo_horario: 'bloqueo', ...dates, precio_dinamico: '10.00' }, ['precio_dinamico combinacion']],
  ];
  test.each(cases)('%s', async (_, row, errors) => {
    const a = await agenda(api, { hasta: null, horas: [] });
    const { status, body } = await a.request('POST', '/schedules', row);
    expect([status, ...body.errores.map((e: any) => `${e.campo} ${e.codigo}`)]).toEqual([400, ...errors]);
    expect(ok(await a.request('GET', '/schedules')).elementos).toEqual([]);
  });

  test('and so are values that are none', async () => {
    const a = await agenda(api);
    const good = { tipo_horario: 'bloqueo', ...dates };
    await expectRefused((body) => a.request('POST', '/schedules', { ...good, ...body }), [
      ['tipo_horario', 'fiesta', 'valores'], ['dia_semana', 7, 'entero'], ['hora_inicio', '24:00', 'hora'], ['vigente_desde', null, 'fecha'],
      ['precio_dinamico', '-91', 'porcentaje'], ['motivo', 'x'.repeat(201), 'longitud'], ['activo', true, 'desconocido'],
    ]);
    const row = await put(a, good);
    await expectRefused((body) => a.request('PATCH', `/schedules/${row.id}`, body), [
      ['vigente_desde', null, 'fecha'], ['permite_citas', null, 'booleano'], ['activo', null, 'booleano'], ['vigente_hasta', null, 'requerido'],
      ['tipo_horario', 'feriado', 'desconocido'], ['profesional_id', 1, 'desconocido'],
    ]);
    const half = await a.request('PATCH', `/schedules/${row.id}`, { hora_inicio: '09:00' });
    expect([half.status, half.body.errores[0].campo]).toEqual([400, 'hora_fin']);
    expect(ok(await a.request('GET', `/schedules/${row.id}`))).toMatchObject({ ...good, activo: true });
  });
});

test('reading is for staff, writing for managers; another organisation sees nothing', async () => {
  const [a, foreign] = [await agenda(api), await agenda(api)];
  const row = await put(a, { tipo_horario: 'bloqueo', ...oneDay(MONDAY) });
  const worker = clock((await employee(api, a)).request, NOW);
  const client = clock((await registerClient(api, a)).request, NOW);
  const routes: [string, string, unknown?][] = [
    ['GET', '/schedules'], ['GET', `/schedules/${row.id}`], ['GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}`],
    ['POST', '/schedules', { tipo_horario: 'bloqueo', ...oneDay(TUESDAY) }], ['POST', '/schedules/generate', { fecha_hasta: MONDAY }],
    ['PATCH', `/schedules/${row.id}`, { motivo: 'Otro' }], ['DELETE', `/schedules/${row.id}`], ['PUT', `/schedules/week/${a.profesional.id}`, { horas: [] }],
  ];
  const statuses = async (send: typeof worker) => {
    const all: number[] = [];
    for (const [method, path, body] of routes) all.push((await send(method, path, body)).status);
    return all;
  };
  expect(await statuses(client)).toEqual(Array(8).fill(403));
  expect(await statuses(worker)).toEqual([200, 200, 200, 403, 403, 403, 403, 403]);
  expect(await statuses(foreign.request)).toEqual([200, 404, 200, 201, 201, 404, 404, 404]);
  expect(ok(await a.request('GET', `/schedules/${row.id}`))).toMatchObject({ activo: true, motivo: null });
  const stolen = await foreign.request('POST', '/schedules', { profesional_id: a.profesional.id, tipo_horario: 'vacaciones', ...oneDay(MONDAY) });
  expect([stolen.status, stolen.body.codigo]).toEqual([400, 'referencia_invalida']);
  expect(ok(await foreign.request('GET', '/schedules')).elementos.map((h: any) => h.id)).not.toContain(row.id);
  const slots = ok(await foreign.request('GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}&profesional_id=${a.profesional.id}`));
  expect(slots.elementos).toEqual([]);
});

test('the list filters and pages by keyset', async () => {
  const a = await agenda(api);
  const block = await put(a, { tipo_horario: 'bloqueo', ...oneDay(MONDAY) });
  await a.request('DELETE', `/schedules/${block.id}`);
  const ids = async (filter: string) => ok(await a.request('GET', `/schedules${filter}`)).elementos.map((h: any) => h.id);
  const all = await ids('');
  expect(all).toHaveLength(8);
  expect(await ids('?tipo_horario=bloqueo')).toEqual([block.id]);
  expect(await ids('?activo=false')).toEqual([block.id]);
  expect(await ids(`?profesional_id=${a.profesional.id}`)).toEqual(all.filter((id: number) => id !== block.id));
  const pages: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: any = await a.request('GET', `/schedules?limite=3${cursor && `&cursor=${cursor}`}`);
    pages.push(...body.elementos.map((h: any) => h.id));
    cursor = body.cursor;
  }
  expect(pages).toEqual(all);
  expect((await a.request('GET', '/schedules?cursor=nada')).body.codigo).toBe('cursor_invalido');
});

test('the agenda shows what is there, by professional and by state', async () => {
  const a = await agenda(api);
  const other = await worker(a, { hasta: '2027-03-31' });
  const cita = await book(a, '09:00');
  const get = async (more: string) => ok(await a.request('GET', `/schedules/slots?fecha_desde=${MONDAY}&fecha_hasta=${TUESDAY}${more}`)).elementos;
  expect(await get('')).toHaveLength(5);
  expect(await get(`&profesional_id=${other.id}`)).toHaveLength(2);
  expect(await get('&estado=ocupado')).toEqual([expect.objectContaining({
    profesional_id: a.profesional.id, fecha: MONDAY, hora_inicio: '09:00', hora_fin: '09:30', inicia_en: cita.inicia_en, termina_en: cita.termina_en, estado: 'ocupado',
    tipo_horario: 'regular', cita_id: cita.id, servicio_id: a.servicio.id, reservado_hasta: null,
  })]);
  const refused = async (path: string) => (await a.request('GET', `/schedules/slots?${path}`)).body;
  expect(await refused(`fecha_desde=${MONDAY}&fecha_hasta=2027-04-08`)).toMatchObject({ codigo: 'rango_invalido', maximo_dias: 31 });
  expect((await refused(`fecha_desde=${MONDAY}`)).errores[0].campo).toBe('fecha_hasta');
  expect((await refused(`fecha_desde=${MONDAY}&fecha_hasta=${MONDAY}&estado=libre`)).errores[0].campo).toBe('estado');
});
