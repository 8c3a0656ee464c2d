import type { Oferta } from './availability.sql.js';

/** In minutes. */
export const DAY = 24 * 60;

/** HH:MM of each minute of a day and of its end. */
export const HOURS = Array.from({ length: DAY + 1 }, (_, m) => [m / 60, m % 60].map((n) => String(Math.trunc(n)).padStart(2, '0')).join(':'));
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

/** YYYY-MM-DD of a day since 1970. */
export const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** The same as bytes, written once. */
function dates() {
  const known = new Map<number, Buffer>();
  return (day: number) => {
    let date = known.get(day);
    if (!date) known.set(day, (date = Buffer.from(dateOf(day))));
    return date;
  };
}
