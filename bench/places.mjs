// Free times of the database `agenda`, numbered: the same arithmetic here and in a script of pgbench.
import { ids, offset } from './fixture.mjs';

const days = 55; // a turn's time; it moves to as many days later
const first = 9; // days after `today` of the fixture, for that may be a week old
const hours = { from: 8 * 60, every: 30, aDay: 24 };

export function agenda(today) {
  const midnight = Date.parse(today) / 1000 + offset;
  const timeOf = (t, p, dia, min) => ({
    fecha: new Date(Date.parse(today) + dia * 86_400_000).toISOString().slice(0, 10),
    hora_inicio: `${String(Math.floor(min / 60)).padStart(2, '0')}:${String(min % 60).padStart(2, '0')}`,
    profesional_id: ids.profesional(t, p),
    servicio_id: ids.servicio(t),
    epoch: midnight + (dia * 1440 + min) * 60,
  });

  /** Turn `turn` of a region: tenants first, then professionals, then days. */
  function placeOf({ base, t0, ts, p0, ps }, turn) {
    const i = base + turn;
    const [t, p, s] = [t0 + (i % ts), p0 + (Math.floor(i / ts) % ps), Math.floor(i / (ts * ps))];
    const [dia, min] = [first + (s % days), hours.from + hours.every * Math.floor(s / days)];
    if (s >= days * hours.aDay) throw new Error('The agenda has no more free times');
    return { t, client: { cliente_id: ids.cliente(t, i % 100) }, time: timeOf(t, p, dia, min), later: timeOf(t, p, dia + days, min) };
  }
  const sets = [
    '\\set i :base + :n * :clientes + :client_id', '\\set n :n + 1',
    '\\set t :t0 + :i % :ts', '\\set p :p0 + :i / :ts % :ps', '\\set s :i / (:ts * :ps)',
    `\\set dia ${first} + :s % ${days}`, `\\set dia2 :dia + ${days}`, `\\set min ${hours.from} + ${hours.every} * (:s / ${days})`,
    `\\set epoch ${midnight} + (:dia * 1440 + :min) * 60`, `\\set epoch2 :epoch + ${days * 86_400}`,
    `\\set org ${ids.organizacion(0)} + :t`, `\\set usuario ${ids.usuario(0)} + :t`, `\\set servicio ${ids.servicio(0)} + :t`,
    `\\set profesional ${ids.profesional(0, 0)} + 100 * :t + :p`, `\\set cliente ${ids.cliente(0, 0)} + 100000 * :t + :i % 100`,
  ];

  /** What those lines give, for whoever is no pgbench. */
  const variables = (region, turn) => {
    const { t, client, time, later } = placeOf(region, turn);
    const [dia, dia2] = [time, later].map(({ fecha }) => (Date.parse(fecha) - Date.parse(today)) / 86_400_000);
    const [hour, minute] = time.hora_inicio.split(':').map(Number);
    return {
      dia, dia2, min: 60 * hour + minute, epoch: time.epoch, epoch2: later.epoch, org: ids.organizacion(t), usuario: ids.usuario(t), servicio: time.servicio_id,
      profesional: time.profesional_id, cliente: client.cliente_id,
    };
  };

  /** Which values of a captured turn belong to its place, and their expressions there. */
  const know = ({ t, client, time, later }, { cita, reserva }) => (value) => {
    const names = new Map([
      [ids.organizacion(t), ':org'], [ids.usuario(t), ':usuario'], [time.servicio_id, ':servicio'], [time.profesional_id, ':profesional'], [client.cliente_id, ':cliente'],
      [cita, ':c_id'], [reserva, ':h_id'],
      [time.fecha, `(date '${today}' + :dia::int)`], [later.fecha, `(date '${today}' + :dia2::int)`],
      [time.hora_inicio, "(time '00:00' + :min::int * interval '1 minute')"],
    ]);
    if (!(value instanceof Date)) return names.get(value);
    const after = value.getTime() / 1000 - time.epoch;
    const moved = after - days * 86_400;
    return Math.abs(moved) < 86_400 ? `to_timestamp(:epoch2::bigint + ${moved})` : `to_timestamp(:epoch::bigint + ${after})`;
  };

  // Many tenants share 1 to 150; each run with one tenant or one professional has one that nobody booked.
  const used = { many: 0, tenant: 0, professional: 0 };
  const regions = {
    next(place, count) {
      const run = used[place];
      used[place] += place === 'many' ? count : 1;
      if (place === 'many') return { base: run, t0: 1, ts: 150, p0: 0, ps: 10 };
      if (place === 'tenant') return { base: 0, t0: 151 + (run % 30), ts: 1, p0: 0, ps: 10 };
      return { base: 0, t0: 181 + (Math.floor(run / 10) % 20), ts: 1, p0: run % 10, ps: 1 };
    },
  };
  return { placeOf, regions, know, variables, own: { sets, today } };
}
