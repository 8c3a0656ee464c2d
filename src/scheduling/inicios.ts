import type { Oferta } from './availability.sql.js';

const DAY = 24 * 60;
const HOURS = Array.from({ length: DAY + 1 }, (_, m) => [m / 60, m % 60].map((n) => String(Math.trunc(n)).padStart(2, '0')).join(':'));
const TIMES = HOURS.map((hour) => Buffer.from(hour));

/**
 * `head`, the JSON of an object, with one key more: `inicios`, the starts of `ofertas` by instant and then as these are ordered, at most `limite`.
 * Written as bytes: the starts of an oferta are the same but for four times and three dates. As objects they take four times the CPU.
 */
export function writeStarts(head: string, ofertas: Oferta[], paso: number, limite = Infinity): Buffer {
  const tramos = ofertas.flatMap(([, , , duracion, locales, hasta_fin, hasta_utc, cuantos], i) =>
    locales.map((local, k) => ({ oferta: i, local, fin: local + hasta_fin[k], instante: local + hasta_utc[k], cuantos: cuantos[k], duracion })));
  // Each start as one number, instant × how many tramos there are + which of them: sorted, they are in order.
  const keys = new Float64Array(tramos.reduce((sum, { cuantos }) => sum + cuantos, 0));
  let n = 0;
  for (const [i, { instante, cuantos }] of tramos.entries()) for (let k = 0; k < cuantos; k++) keys[n++] = (instante + k * paso) * tramos.length + i;
  const starts = keys.sort().subarray(0, limite);

  const open = Buffer.from(`${head.slice(0, -1)},"inicios":[`);
  const patterns = ofertas.map(patternOf);
  const out = Buffer.allocUnsafe(starts.reduce((sum, key) => sum + patterns[tramos[key % tramos.length].oferta].length, open.length + 2));
  const bytesOf = dates();
  out.set(open);
  let at = open.length;
  for (const key of starts) {
    const { oferta, local, fin, instante, duracion } = tramos[key % tramos.length];
    const inicia = Math.floor(key / tramos.length);
    const termina = inicia + duracion;
    const day = Math.floor(local / DAY);
    const since = inicia - instante - day * DAY;
    out.set(patterns[oferta], at);
    out.set(bytesOf(day), at + FECHA);
    out.set(TIMES[local + since], at + HORA_INICIO);
    out.set(TIMES[fin + since], at + HORA_FIN);
    out.set(bytesOf(Math.floor(inicia / DAY)), at + INICIA_EN);
    out.set(TIMES[inicia % DAY], at + INICIA_EN + 11);
    out.set(bytesOf(Math.floor(termina / DAY)), at + TERMINA_EN);
    out.set(TIMES[termina % DAY], at + TERMINA_EN + 11);
    at += patterns[oferta].length;
  }
  if (starts.length) at--; // the last comma
  at += out.write(']}', at);
  return out.subarray(0, at);
}

const BLANK = { fecha: '0000-00-00', hora_inicio: '00:00', hora_fin: '00:00', inicia_en: '0000-00-00T00:00:00.000Z', termina_en: '0000-00-00T00:00:00.000Z' };
const [FECHA, HORA_INICIO, HORA_FIN, INICIA_EN, TERMINA_EN] = Object.keys(BLANK).map((name) => JSON.stringify(BLANK).indexOf(`"${name}":"`) + name.length + 4);

const patternOf = ([profesional_id, profesional_nombre, precio, duracion_minutos]: Oferta) =>
  Buffer.from(`${JSON.stringify({ ...BLANK, profesional_id, profesional_nombre, precio, duracion_minutos })},`);

/**
 * `head`, the JSON of an object, with one key more: `dias`, those that have a start, each with its hours of each oferta: as the professionals are
 * ordered, then by hour. The hours of a tramo are written once, for most days are like others: as objects this takes twice the CPU.
 */
export function writeDays(head: string, ofertas: Oferta[], paso: number): Buffer {
  const ranks = new Map(ofertas.map(([profesional_id], i) => [profesional_id, i]));
  const hoursOf = hours(paso);
  const days = new Map<number, OfDay[]>();
  for (const [profesional_id, profesional_nombre, precio, duracion_minutos, locales, , , cuantos] of ofertas) {
    const open = `${JSON.stringify({ profesional_id, profesional_nombre, precio, duracion_minutos }).slice(0, -1)},"horas":[`;
    let last: (OfDay & { day: number }) | undefined;
    for (const [local, many] of locales.map((each, k) => [each, cuantos[k]]).toSorted(([a], [b]) => a - b)) {
      const day = Math.floor(local / DAY); // the whole tramo is of it
      const text = hoursOf(local - day * DAY, many);
      if (last?.day === day) {
        last.json += `,${text}`;
        continue;
      }
      last = { day, rank: ranks.get(profesional_id)!, local, json: open + text };
      const those = days.get(day);
      if (those) those.push(last);
      else days.set(day, [last]);
    }
  }
  const dias = [...days].toSorted(([a], [b]) => a - b).map(([day, those]) => {
    const sorted = those.toSorted((a, b) => a.rank - b.rank || a.local - b.local);
    return `{"fecha":"${dateOf(day)}","ofertas":[${sorted.map(({ json }) => `${json}]}`).join(',')}]}`;
  });
  return Buffer.from(`${head.slice(0, -1)},"dias":[${dias.join(',')}]}`);
}

/** One oferta on one day: the place of its professional, its first start, and its JSON up to its last hour. */
interface OfDay {
  rank: number;
  local: number;
  json: string;
}

/** The hours of a tramo as elements of JSON, each written once. */
function hours(paso: number) {
  const known = new Map<number, string>();
  return (minute: number, cuantos: number) => {
    const key = minute * DAY + cuantos;
    let text = known.get(key);
    if (!text) known.set(key, (text = Array.from({ length: cuantos }, (_, k) => `"${HOURS[minute + k * paso]}"`).join(',')));
    return text;
  };
}

/** YYYY-MM-DD of a day since 1970. */
const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** The same as bytes, written once. */
function dates() {
  const known = new Map<number, Buffer>();
  return (day: number) => {
    let date = known.get(day);
    if (!date) known.set(day, (date = Buffer.from(dateOf(day))));
    return date;
  };
}
