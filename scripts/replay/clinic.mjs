// A neighbourhood as a business of Franja: opened, booked and attended through the API alone.
import { Session } from '../api-client.mjs';

export const zone = 'America/Sao_Paulo';
export const price = '80.00';
const minutes = 15;
const hours = [['07:00', '12:00'], ['13:00', '18:00']];
const perDay = hours.reduce((sum, [from, to]) => sum + (clock(to) - clock(from)) / minutes, 0);
const attempts = 20;
const generatedAtOnce = 366;

function clock(time) {
  const [hour, minute] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** An organisation with a service and as many professionals as its busiest day needs, every day of the data generated. */
export async function openClinic(api, { neighbourhood, rows, codigo_tenant, email, password }, onRegistered) {
  const { cuenta, tokens } = await api.send('POST', '/auth/register-organization', {
    body: {
      codigo_tenant, nombre_comercial: neighbourhood, tipo_industria: 'consultorio_medico', zona_horaria: zone, moneda: 'BRL', pais: 'BR',
      idioma: 'pt', nombre: 'Replay', email, password,
    },
  });
  await onRegistered(cuenta.organizacion_id);
  const session = new Session(api, tokens);
  const servicio = await session.send('POST', '/services', { body: { nombre: 'Consulta', precio: price, duracion_minutos: minutes } });
  const days = [...new Set(rows.map(({ day }) => day))].sort();
  const weekdays = [...new Set(days.map((day) => new Date(day).getUTCDay()))];
  const busiest = Math.max(...days.map((day) => rows.filter((row) => row.day === day).length));
  const horasOf = (dia_semana) => hours.map(([hora_inicio, hora_fin]) => ({ dia_semana, hora_inicio, hora_fin, tipo_horario: 'regular' }));
  const horas = weekdays.flatMap(horasOf);
  const profesionales = [];
  for (let i = 1; i <= Math.ceil(busiest / perDay); i++) {
    const body = { nombre_completo: `Profesional ${i}`, tipo_profesional: 'medico', servicio_ids: [servicio.id], horario_inicial: false };
    const { id } = await session.send('POST', '/professionals', { body });
    await session.send('PUT', `/schedules/week/${id}`, { body: { horas } });
    profesionales.push(id);
  }
  const clinic = {
    neighbourhood, rows, codigo_tenant, email, session, first: days[0], last: days.at(-1),
    organizacion_id: cuenta.organizacion_id, servicio_id: servicio.id, profesionales,
    clientes: new Map(), citas: [], refusals: [], askedAgain: 0,
  };
  for (const [fecha_desde, fecha_hasta] of ranges(clinic)) {
    await session.send('POST', '/schedules/generate', { body: { fecha_desde, fecha_hasta } });
  }
  return clinic;
}

/** The days of a clinic, cut to what one request may span. */
export function ranges({ first, last }) {
  const found = [];
  for (let from = first; from <= last; ) {
    const to = plusDays(from, generatedAtOnce - 1);
    found.push([from, to < last ? to : last]);
    from = plusDays(to, 1);
  }
  return found;
}

const plusDays = (date, days) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

export async function registerPatient(clinic, patient) {
  const { id } = await clinic.session.send('POST', '/clients', { kind: 'client', body: { nombre: `Paciente ${patient}` } });
  clinic.clientes.set(patient, id);
}

/**
 * Books a row at the first start that is free that day, with whoever is free, on the day on which it was really booked.
 * The CSV has no time of day for the appointment, so that clock stands at the midnight that began the day.
 */
export async function book(clinic, row) {
  const { session, servicio_id } = clinic;
  const now = `${row.booked}T00:00:00-03:00`;
  for (let attempt = 1; ; attempt++) {
    const { inicios } = await session.send('GET', `/availability/${row.day}?servicio_id=${servicio_id}&limite=1`, { kind: 'availability', now });
    // Nothing is free: ask all the same, so that the reason is the server's own.
    const { profesional_id, hora_inicio } = inicios[0] ?? { profesional_id: clinic.profesionales[0], hora_inicio: hours[0][0] };
    const { status, body } = await session.ask('POST', '/appointments', {
      kind: 'booking',
      now,
      body: {
        cliente_id: clinic.clientes.get(row.patient), profesional_id, servicio_id, fecha_cita: row.day, hora_inicio,
        notas_internas: `AppointmentID ${row.appointment}`,
      },
    });
    if (status === 201) {
      clinic.citas.push({ ...body, row });
      return;
    }
    const taken = body.codigo === 'sin_disponibilidad' && inicios.length > 0;
    if (!taken || attempt === attempts) {
      clinic.refusals.push({ row, codigo: body.codigo });
      return;
    }
    clinic.askedAgain++;
  }
}

/** What became of it: a no-show once its time has come, or the patient arrives, is seen and leaves, each at its moment. */
export async function attend(clinic, cita) {
  const at = (instant, shift = 0) => new Date(Date.parse(instant) + shift * 60_000).toISOString();
  const steps = cita.row.noShow
    ? [['no-show', at(cita.inicia_en, minutes)]]
    : [['check-in', at(cita.inicia_en, -5)], ['start', at(cita.inicia_en)], ['complete', at(cita.termina_en)]];
  for (const [action, now] of steps) {
    const { estado } = await clinic.session.send('PUT', `/appointments/${cita.id}/${action}`, { kind: 'state', now });
    cita.estado = estado;
  }
}
