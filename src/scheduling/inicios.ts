import type { Oferta } from './availability.sql.js';

/** In minutes. */
export const DAY = 24 * 60;

/** HH:MM of each minute of a day and of its end. */
export const HOURS = Array.from({ length: DAY + 1 }, (_, m) => [m / 60, m % 60].map((n) => String(Math.trunc(n)).padStart(2, '0')).join(':'));

/**
 * `head`, the JSON of an object, with one key more: `inicios`, the starts of `ofertas` by instant and then as these are ordered, at most `limite`.
 * Written as bytes: mostly who is free at one instant is free at the one before, so those are copied all at once and get the new times. As objects this
 * takes ten times the CPU.
 */
export function writeStarts(head: string, ofertas: Oferta[], paso: number, limite = Infinity): Buffer {
  const tramos = ofertas.flatMap(tramosOf);
  const { first, step, ends, order } = sorted(tramos, paso);
  const count = Math.min(order.length, limite);
  const open = Buffer.from(`${head.slice(0, -1)},"inicios":[`);
  const offers = ofertas.map(([profesional_id, profesional_nombre, precio, duracion_minutos]) =>
    Buffer.from(`${TIMES}${JSON.stringify({ profesional_id, profesional_nombre, precio, duracion_minutos }).slice(1)},`));
  const out = Buffer.allocUnsafe(order.subarray(0, count).reduce((sum, i) => sum + offers[tramos[i].oferta].length, open.length + 2));
  const writeTimes = timesOn(out);
  out.set(open);
  let at = open.length;
  let before = { from: 0, to: 0, at, instante: 0 }; // the last instant at which somebody was free
  for (let n = 0, place = 0; n < count; place++) {
    const now = { from: n, to: Math.min(ends[place], count), at, instante: first + place * step };
    if (now.to === n) continue;
    const again = areSame(order, before, now);
    if (again) out.copyWithin(at, before.at, at);
    for (; n < now.to; n++) {
      const tramo = tramos[order[n]];
      const offer = offers[tramo.oferta];
      if (!again) out.set(offer, at);
      writeTimes(at, now.instante, tramo, again ? before.instante : undefined);
      at += offer.length;
    }
    before = now;
  }
  if (count) at--; // the last comma
  at += out.write(']}', at);
  return out.subarray(0, at);
}

type Part = { from: number; to: number };

function areSame(order: Uint32Array, a: Part, b: Part): boolean {
  if (a.to - a.from !== b.to - b.from) return false;
  for (let i = a.from, j = b.from; i < a.to; i++, j++) if (order[i] !== order[j]) return false;
  return true;
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
const TIMES = `${JSON.stringify(BLANK).slice(0, -1)},`;
const [FECHA, HORA_INICIO, HORA_FIN, INICIA_EN, TERMINA_EN] = Object.keys(BLANK).map((name) => TIMES.indexOf(`"${name}":"`) + name.length + 4);
/** HH:M and M of each of HOURS, so that an hour is written in two steps. */
const HEADS = Uint32Array.from(HOURS, (hour) => Buffer.from(hour).readUInt32BE());
const LASTS = Uint8Array.from(HOURS, (hour) => hour.charCodeAt(4));

/** Writes the times of a start, whose instant is in minutes since 1970, where they belong in `out`; if those of the same tramo at `before` are there, what is new. */
function timesOn(out: Buffer) {
  const dates = new Map<number, Buffer>();
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  return (at: number, instante: number, { duracion, hasta_utc, hasta_fin }: Tramo, before?: number) => {
    const day = Math.floor(instante / DAY);
    const ends = Math.floor((instante + duracion) / DAY);
    const local = Math.floor((instante - hasta_utc) / DAY); // the whole tramo is of it
    const minute = instante - hasta_utc - local * DAY;
    if (before === undefined) date(at + FECHA, local);
    if (before === undefined || Math.floor(before / DAY) !== day) date(at + INICIA_EN, day);
    if (before === undefined || Math.floor((before + duracion) / DAY) !== ends) date(at + TERMINA_EN, ends);
    hour(at + HORA_INICIO, minute);
    hour(at + HORA_FIN, minute + hasta_fin);
    hour(at + INICIA_EN + 11, instante - day * DAY);
    hour(at + TERMINA_EN + 11, instante + duracion - ends * DAY);
  };

  function date(at: number, day: number) {
    let bytes = dates.get(day);
    if (!bytes) dates.set(day, (bytes = Buffer.from(dateOf(day))));
    out.set(bytes, at);
  }

  function hour(at: number, minute: number) {
    view.setUint32(at, HEADS[minute]);
    out[at + 4] = LASTS[minute];
  }
}

/** YYYY-MM-DD of a day since 1970. */
export const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
