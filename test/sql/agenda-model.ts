// What the agenda of two professionals should be, computed in JavaScript from five-minute ticks and nothing of the database's.
import { type Clock, clockOf, instantOf, plusDays, STEP } from './clock.js';
import type { Refusal } from './tenant.js';

export interface Rule {
  id: number;
  profesional: number | null;
  tipo: 'regular' | 'descanso' | 'especial' | 'feriado' | 'bloqueo';
  dia: number;
  inicio: string | null;
  fin: string | null;
  permite: boolean;
  precio: string | null;
  activo: boolean;
}

/** A span of one professional's time, in ticks from the start of the first day. */
export interface Span {
  profesional: number;
  from: number;
  to: number;
}

export interface CitaModel extends Span {
  id: number;
  before: number;
  after: number;
}

export interface HoldModel extends Span {
  id: number;
  expires: number;
}

export interface Franja {
  profesional: number;
  fecha: string;
  from: number;
  to: number;
  what: string;
}

export class Agenda {
  readonly days: string[];
  readonly origin: number;
  readonly starts: number[];
  readonly rules: Rule[] = [];
  citas: CitaModel[] = [];
  holds: HoldModel[] = [];
  now: number;
  readonly #clock: Clock;
  readonly #ticks = new Map<string, number>();

  constructor(
    zone: string,
    first: string,
    readonly profesionales: number[],
  ) {
    this.days = [0, 1, 2].map((n) => plusDays(first, n));
    this.#clock = clockOf(zone, first);
    this.origin = instantOf(this.#clock, first, '00:00').at;
    this.starts = [...this.days, plusDays(first, 3)].map((day) => this.ticksAt(day, '00:00'));
    this.now = this.origin - 6 * 12 * STEP;
  }

  ticksAt(day: string, time: string): number {
    const known = this.#ticks.get(day + time);
    if (known !== undefined) return known;
    const tick = (instantOf(this.#clock, day, time).at - this.origin) / STEP;
    this.#ticks.set(day + time, tick);
    return tick;
  }

  instant(tick: number): Date {
    return new Date(this.origin + tick * STEP);
  }

  tick(instant: Date): number {
    return (instant.getTime() - this.origin) / STEP;
  }

  dayOf(tick: number): number {
    return this.starts.findLastIndex((start) => tick >= start);
  }

  isExpired(hold: HoldModel): boolean {
    return hold.expires <= this.now;
  }

  /** What each tick of that day is: nothing (undefined), free at a price, blocked, a hold or a cita. */
  #labels(profesional: number, day: number, holds: HoldModel[]): (string | undefined)[] {
    const [start, end] = [this.starts[day], this.starts[day + 1]];
    const rules = this.rules.filter((rule) => rule.activo && rule.dia === day && (rule.profesional ?? profesional) === profesional);
    const isSpecial = rules.some((rule) => rule.tipo === 'especial');
    const labels: (string | undefined)[] = Array(end - start).fill(undefined);
    const paint = (from: number, to: number, label: (old: string | undefined) => string | undefined) => {
      for (let tick = Math.max(from, start); tick < Math.min(to, end); tick++) labels[tick - start] = label(labels[tick - start]);
    };
    const range = (rule: Rule): [number, number] => [
      this.ticksAt(this.days[day], rule.inicio ?? '00:00'),
      this.ticksAt(this.days[day], rule.fin ?? '24:00'),
    ];
    const works = rules.filter((rule) => rule.tipo === 'especial' || (rule.tipo === 'regular' && !isSpecial));
    for (const rule of works) paint(...range(rule), () => (rule.permite ? `disponible ${rule.precio}` : 'bloqueado'));
    for (const rule of rules.filter((r) => r.tipo !== 'especial' && r.tipo !== 'regular'))
      paint(...range(rule), (old) => old && 'bloqueado');
    for (const hold of holds) if (hold.profesional === profesional) paint(hold.from, hold.to, () => `reservado_temporal ${hold.id}`);
    for (const cita of this.citas) {
      if (cita.profesional === profesional) paint(cita.from - cita.before, cita.to + cita.after, () => `ocupado ${cita.id}`);
    }
    return labels;
  }

  /** All franjas there should be: the longest runs of one label within a day. */
  franjas(): Franja[] {
    const found: Franja[] = [];
    for (const profesional of this.profesionales) {
      this.days.forEach((fecha, day) => {
        this.#labels(profesional, day, this.holds).forEach((what, index) => {
          if (what === undefined) return;
          const tick = this.starts[day] + index;
          const last = found.at(-1);
          if (last && last.what === what && last.to === tick && last.fecha === fecha && last.profesional === profesional) last.to++;
          else found.push({ profesional, fecha, from: tick, to: tick + 1, what });
        });
      });
    }
    return found;
  }

  /** Whether a span is free at one price; holds past their time count as free, and so does the one that is named. */
  isFree({ profesional, from, to }: Span, day: number, named?: HoldModel): boolean {
    if (day < 0 || day > 2 || from < this.starts[day] || to > this.starts[day + 1]) return false;
    const labels = this.#labels(
      profesional,
      day,
      this.holds.filter((hold) => !this.isExpired(hold) && hold !== named),
    ).slice(from - this.starts[day], to - this.starts[day]);
    return labels[0]?.startsWith('disponible') === true && labels.every((label) => label === labels[0]);
  }

  /** How the database should answer a booking or a move to that time: undefined = it takes it. */
  refusalOf(cita: Omit<CitaModel, 'id'>, hold?: HoldModel): Refusal | undefined {
    const taken = { ...cita, from: cita.from - cita.before, to: cita.to + cita.after };
    const overlaps = (other: CitaModel) =>
      other.profesional === taken.profesional && other.from - other.before < taken.to && other.to + other.after > taken.from;
    if (this.instant(cita.from).getTime() < this.now - STEP) return { code: 'FR400', constraint: 'citas_en_el_pasado' };
    if (this.citas.some(overlaps)) return { code: '23P01', constraint: 'citas_sin_solape' };
    const fits = hold && hold.profesional === taken.profesional && hold.from === taken.from && hold.to === taken.to;
    if (fits || this.isFree(taken, this.dayOf(cita.from), hold)) return undefined;
    return { code: 'FR409', constraint: 'sin_disponibilidad' };
  }
}
