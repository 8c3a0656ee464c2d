import type { Oferta } from './availability.sql.js';

/** In minutes. */
export const DAY = 24 * 60;

/** HH:MM of each minute of a day and of its end. */
export const HOURS = Array.from({ length: DAY + 1 }, (_, m) => [m / 60, m % 60].map((n) => String(Math.trunc(n)).padStart(2, '0')).join(':'));

/**
 * `head`, the JSON of an object, with one key more: `inicios`, the starts of `ofertas` by instant and then as these are ordered, at most `limite`.
 * Written as bytes: the times of a start depend on its instant and its duration alone and are copied from the one before where these are the same, the rest
 * on its oferta alone. As objects this takes ten times the CPU.
 */
export function writeStarts(head: string, ofertas: Oferta[], paso: number, limite = Infinity): Buffer {
  const tramos = ofertas.flatMap(tramosOf);
  const { first, step, ends, order } = sorted(tramos, paso);
  const count = Math.min(order.length, limite);
  const open = Buffer.from(`${head.slice(0, -1)},"inicios":[`);
  const offers = ofertas.map(([profesional_id, profesional_nombre, precio, duracion_minutos]) =>
    Buffer.from(`${JSON.stringify({ profesional_id, profesional_nombre, precio, duracion_minutos }).slice(1)},`));
  const out = Buffer.allocUnsafe(order.subarray(0, count).reduce((sum, i) => sum + TIMES.length + offers[tramos[i].oferta].length, open.length + 2));
  const writeTimes = timesOn(out);
  out.set(open);
  let at = open.length;
  for (let n = 0, place = 0; n < count; place++) {
    let before: { duracion: number; at: number } | undefined; // at this instant
    for (const end = Math.min(ends[place], count); n < end; n++) {
      const tramo = tramos[order[n]];
      if (before?.duracion === tramo.duracion) out.copyWithin(at, before.at, before.at + TIMES.length);
      else writeTimes(at, first + place * step, tramo);
      before = { duracion: tramo.duracion, at };
      at += TIMES.length;
      out.set(offers[tramo.oferta], at);
      at += offers[tramo.oferta].length;
    }
  }
  if (count) at--; // the last comma
  at += out.write(']}', at);
  return out.subarray(0, at);
}

/** One of an oferta: its first start in minutes of UTC since 1970, and the rest as there. */
interface Tramo {
  oferta: number;
  duracion: number;
  instante: number;
  hasta_fin: number;
  hasta_utc: number;
  cuantos: number;
}

const tramosOf = ([, , , duracion, locales, hasta_fin, hasta_utc, cuantos]: Oferta, oferta: number): Tramo[] =>
  locales.map((local, k) => ({ oferta, duracion, instante: local + hasta_utc[k], hasta_fin: hasta_fin[k], hasta_utc: hasta_utc[k], cuantos: cuantos[k] }));

/**
 * `order`: the tramo of each start, by instant and then as they are given; `ends`: where in it those of each instant end, one every `step` minutes from
 * `first`. Counted and not compared: the instants that may be are few, and known.
 */
function sorted(tramos: Tramo[], paso: number) {
  const first = tramos.reduce((least, { instante }) => Math.min(least, instante), Infinity);
  const step = tramos.reduce((step, { instante }) => gcd(step, instante - first), paso);
  const last = tramos.reduce((most, { instante, cuantos }) => Math.max(most, instante - first + (cuantos - 1) * paso), 0);
  const ends = new Uint32Array(last / step + 1);
  const each = (visit: (place: number, tramo: number) => void) => {
    for (const [i, { instante, cuantos }] of tramos.entries()) for (let k = 0; k < cuantos; k++) visit((instante - first + k * paso) / step, i);
  };
  each((place) => ends[place]++);
  let total = 0;
  for (const [place, many] of ends.entries()) {
    ends[place] = total; // where they begin, until they are placed
    total += many;
  }
  const order = new Uint32Array(total);
  each((place, tramo) => (order[ends[place]++] = tramo));
  return { first, step, ends, order };
}

const gcd = (a: number, b: number): number => (b ? gcd(b, a % b) : a);

const BLANK = { fecha: '0000-00-00', hora_inicio: '00:00', hora_fin: '00:00', inicia_en: '0000-00-00T00:00:00.000Z', termina_en: '0000-00-00T00:00:00.000Z' };
const TIMES = Buffer.from(`${JSON.stringify(BLANK).slice(0, -1)},`);
const [FECHA, HORA_INICIO, HORA_FIN, INICIA_EN, TERMINA_EN] = Object.keys(BLANK).map((name) => TIMES.indexOf(`"${name}":"`) + name.length + 4);

/** Writes the times of a start, whose instant is in minutes since 1970, where they belong in `out`. */
function timesOn(out: Buffer) {
  const dates = new Map<number, Buffer>();
  return (at: number, instante: number, { duracion, hasta_utc, hasta_fin }: Tramo) => {
    const local = instante - hasta_utc;
    const day = Math.floor(local / DAY);
    const termina = instante + duracion;
    out.set(TIMES, at);
    date(at + FECHA, day);
    hour(at + HORA_INICIO, local - day * DAY);
    hour(at + HORA_FIN, local - day * DAY + hasta_fin);
    date(at + INICIA_EN, Math.floor(instante / DAY));
    hour(at + INICIA_EN + 11, instante % DAY);
    date(at + TERMINA_EN, Math.floor(termina / DAY));
    hour(at + TERMINA_EN + 11, termina % DAY);
  };

  function date(at: number, day: number) {
    let bytes = dates.get(day);
    if (!bytes) dates.set(day, (bytes = Buffer.from(dateOf(day))));
    out.set(bytes, at);
  }

  function hour(at: number, minute: number) {
    const text = HOURS[minute];
    for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  }
}

/** YYYY-MM-DD of a day since 1970. */
export const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
