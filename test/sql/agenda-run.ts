// Applies random operations to the database, as saas_app in real transactions, and to the model; then compares the two.
import assert from 'node:assert/strict';
import pg from 'pg';
import { Agenda, type CitaModel, type Franja, type HoldModel, type Rule } from './agenda-model.js';
import { type Client, type Database, inContext, insertCita, type Refusal, type Tenant } from './tenant.js';

export type Op =
  | { op: 'book'; prof: number; day: number; slot: number; length: number; before: number; after: number }
  | { op: 'hold'; prof: number; day: number; slot: number; length: number; minutes: number }
  | { op: 'bookHold'; hold: number; mistake: string | null }
  | { op: 'release'; hold: number }
  | { op: 'move'; cita: number; prof: number; day: number; slot: number }
  | { op: 'moveToHold'; cita: number; hold: number }
  | { op: 'cancel'; cita: number }
  | { op: 'block'; prof: number; day: number; all: boolean; feriado: boolean; weekly: boolean; hours: string[] | null }
  | { op: 'special'; prof: number; day: number; hours: string[]; permite: boolean; precio: number }
  | { op: 'unblock'; which: number }
  | { op: 'week'; slotOfWeek: number; hours: number; permite: boolean; precio: number; activo: boolean }
  | { op: 'regenerate' }
  | { op: 'clock'; minutes: number };

const MORNINGS = [
  ['00:00', '06:00'],
  ['08:00', '13:00'],
  ['09:00', '12:00'],
];
const EVENINGS = [
  ['13:00', '18:00'],
  ['14:00', '24:00'],
  ['15:00', '20:00'],
];
const PRICES = [null, null, '10.00', '-20.00'];

export class Run {
  readonly agenda: Agenda;
  readonly #app: Client;
  readonly #slots: Rule[] = [];

  constructor(
    readonly database: Database,
    readonly tenant: Tenant,
    window: string,
  ) {
    this.#app = database.app;
    this.agenda = new Agenda(tenant.zona, window, tenant.profesionales);
  }

  /** One transaction at the run's own clock; a refusal is an answer. */
  async #transaction<T>(work: () => Promise<T>): Promise<T | Refusal> {
    try {
      return await inContext(this.#app, { ...this.tenant.admin, ahora: new Date(this.agenda.now).toISOString() }, work);
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.constraint) return { code: error.code!, constraint: error.constraint };
      throw error;
    }
  }

  /** What every writer of hours does: the lock first, the franjas after. */
  async #withHours<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.#transaction(async () => {
      const { organizacion, profesionales } = this.tenant;
      await this.#app.query('select app.bloquear_profesionales($1, $2)', [organizacion, profesionales]);
      const result = await work();
      await this.#app.query('select * from app.generar_franjas($1, $2, $3, $4)', [
        organizacion,
        profesionales,
        this.agenda.days[0],
        this.agenda.days[2],
      ]);
      return result;
    });
    this.agenda.holds = this.agenda.holds.filter((hold) => !this.agenda.isExpired(hold));
    return done as T;
  }

  async setUp(): Promise<void> {
    await this.#withHours(async () => {
      for (const profesional of this.tenant.profesionales) {
        for (const dia of [0, 1, 2]) {
          for (const [inicio, fin, precio] of [
            [...MORNINGS[2], null],
            [...EVENINGS[0], '10.00'],
          ]) {
            this.#slots.push(await this.#addRule({ profesional, tipo: 'regular', dia, inicio, fin, permite: true, precio }));
          }
        }
      }
    });
  }

  async #addRule(rule: Omit<Rule, 'id' | 'activo'>): Promise<Rule> {
    const isWeekly = rule.tipo === 'regular' || rule.tipo === 'descanso';
    const day = this.agenda.days[rule.dia];
    const id = await this.#app.value(
      `insert into horarios_profesionales (profesional_id, tipo_horario, dia_semana, hora_inicio, hora_fin, vigente_desde, vigente_hasta,
        permite_citas, precio_dinamico)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
      rule.profesional,
      rule.tipo,
      isWeekly ? new Date(day).getUTCDay() : null,
      rule.inicio,
      rule.fin,
      isWeekly ? this.agenda.days[0] : day,
      isWeekly ? null : day,
      rule.permite,
      rule.precio,
    );
    const added = { ...rule, id, activo: true };
    this.agenda.rules.push(added);
    return added;
  }

  #pick<T>(list: T[], which: number): T | undefined {
    return list[which % list.length];
  }

  async #insert(cita: Omit<CitaModel, 'id'>, hold?: HoldModel): Promise<void> {
    const expected = this.agenda.refusalOf(cita, hold);
    const result = await this.#transaction(() =>
      insertCita(this.#app, this.tenant, {
        profesional_id: cita.profesional,
        inicia_en: this.agenda.instant(cita.from),
        termina_en: this.agenda.instant(cita.to),
        buffer_antes_minutos: cita.before * 5,
        buffer_despues_minutos: cita.after * 5,
        reserva_id: hold?.id ?? null,
      }),
    );
    assert.deepEqual('code' in result ? result : undefined, expected);
    if ('code' in result) return;
    this.agenda.citas.push({ ...cita, id: result.id });
    if (hold && !(await this.#exists(hold))) this.agenda.holds = this.agenda.holds.filter((other) => other !== hold);
  }

  #exists(hold: HoldModel): Promise<boolean> {
    return this.database.admin.value(
      "select exists (select from horarios_disponibilidad where organizacion_id = $1 and id = $2 and estado = 'reservado_temporal')",
      this.tenant.organizacion,
      hold.id,
    );
  }

  async #update(cita: CitaModel, moved: CitaModel, hold?: HoldModel): Promise<void> {
    const { agenda } = this;
    agenda.citas = agenda.citas.filter((other) => other !== cita);
    // Leaving a day rebuilds it, and expired holds of that day are gone before the new time is taken.
    const vanishes =
      hold && agenda.isExpired(hold) && hold.profesional === cita.profesional && agenda.dayOf(hold.from) === agenda.dayOf(cita.from);
    const stays = cita.profesional === moved.profesional && cita.from === moved.from && cita.to === moved.to;
    const expected = stays ? undefined : agenda.refusalOf(moved, vanishes ? undefined : hold);
    const result = await this.#transaction(() =>
      this.#app.row(
        'update citas set profesional_id = $1, inicia_en = $2, termina_en = $3, reserva_id = $4 where id = $5 returning id',
        moved.profesional,
        agenda.instant(moved.from),
        agenda.instant(moved.to),
        hold?.id ?? null,
        cita.id,
      ),
    );
    assert.deepEqual('code' in result ? result : undefined, expected);
    agenda.citas.push('code' in result ? cita : moved);
    if (hold && !(await this.#exists(hold))) agenda.holds = agenda.holds.filter((other) => other !== hold);
  }

  async apply(op: Op): Promise<void> {
    const { agenda, tenant } = this;
    const profesional = 'prof' in op ? tenant.profesionales[op.prof] : 0;
    const from = 'slot' in op ? agenda.starts[op.day] + op.slot : 0;
    const cita = 'cita' in op ? this.#pick(agenda.citas, op.cita) : undefined;
    const hold = 'hold' in op ? this.#pick(agenda.holds, op.hold) : undefined;
    switch (op.op) {
      case 'book':
        return this.#insert({ profesional, from, to: from + op.length, before: op.before, after: op.after });
      case 'bookHold':
        return (
          hold &&
          this.#insert(
            {
              profesional: tenant.profesionales.find((id) => (id === hold.profesional) !== (op.mistake === 'professional'))!,
              from: hold.from,
              to: hold.to + (op.mistake === 'length' ? 3 : 0),
              before: 0,
              after: 0,
            },
            hold,
          )
        );
      case 'move':
        return cita && this.#update(cita, { ...cita, profesional, from, to: from + cita.to - cita.from });
      case 'moveToHold':
        return cita && hold && this.#update(cita, { ...cita, profesional: hold.profesional, from: hold.from, to: hold.to }, hold);
      case 'cancel':
        if (!cita) return;
        await this.#transaction(() => this.#app.query("update citas set estado = 'cancelada' where id = $1", [cita.id]));
        agenda.citas = agenda.citas.filter((other) => other !== cita);
        return;
      case 'hold': {
        const span = { profesional, from, to: from + op.length };
        const expires = agenda.now + op.minutes * 60_000;
        const result = await this.#transaction(async () => {
          await this.#app.query('select app.bloquear_profesionales($1, $2)', [tenant.organizacion, [profesional]]);
          return this.#app.row(
            "select app.ocupar_franja($1, $2, $3, $4, $5, 'reservado_temporal', $6, plazo => $7) as id",
            tenant.organizacion,
            profesional,
            agenda.days[op.day],
            agenda.instant(span.from),
            agenda.instant(span.to),
            tenant.servicio,
            new Date(expires),
          );
        });
        assert.deepEqual(
          'code' in result ? result : undefined,
          agenda.isFree(span, op.day) ? undefined : { code: 'FR409', constraint: 'sin_disponibilidad' },
        );
        if ('id' in result) agenda.holds.push({ ...span, id: result.id, expires });
        return;
      }
      case 'release':
        if (!hold) return;
        await this.#withHours(() =>
          this.#app.query("delete from horarios_disponibilidad where id = $1 and estado = 'reservado_temporal'", [hold.id]),
        );
        agenda.holds = agenda.holds.filter((other) => other !== hold);
        return;
      case 'block': {
        const tipo = op.all ? (op.feriado ? 'feriado' : 'bloqueo') : op.weekly ? 'descanso' : 'bloqueo';
        const [inicio, fin] = op.hours && tipo !== 'feriado' ? op.hours : tipo === 'descanso' ? ['13:00', '14:00'] : [null, null];
        await this.#withHours(() =>
          this.#addRule({ profesional: op.all ? null : profesional, tipo, dia: op.day, inicio, fin, permite: false, precio: null }),
        );
        return;
      }
      case 'special': {
        if (agenda.rules.some((rule) => rule.activo && rule.tipo === 'especial' && rule.dia === op.day && rule.profesional === profesional))
          return;
        const [inicio, fin] = op.hours;
        await this.#withHours(() =>
          this.#addRule({ profesional, tipo: 'especial', dia: op.day, inicio, fin, permite: op.permite, precio: PRICES[op.precio] }),
        );
        return;
      }
      case 'unblock': {
        const rule = this.#pick(
          agenda.rules.filter((r) => r.activo && r.tipo !== 'regular'),
          op.which,
        );
        if (!rule) return;
        await this.#withHours(() => this.#app.query('update horarios_profesionales set activo = false where id = $1', [rule.id]));
        rule.activo = false;
        return;
      }
      case 'week': {
        const rule = this.#slots[op.slotOfWeek];
        const [inicio, fin] = (op.slotOfWeek % 2 ? EVENINGS : MORNINGS)[op.hours];
        const change = { inicio, fin, permite: op.permite, precio: PRICES[op.precio], activo: op.activo };
        await this.#withHours(() =>
          this.#app.query(
            `update horarios_profesionales set hora_inicio = $2, hora_fin = $3, permite_citas = $4, precio_dinamico = $5, activo = $6
              where id = $1`,
            [rule.id, inicio, fin, op.permite, change.precio, op.activo],
          ),
        );
        Object.assign(rule, change);
        return;
      }
      case 'regenerate':
        await this.#withHours(async () => {});
        return;
      case 'clock':
        agenda.now += op.minutes * 60_000;
    }
  }

  /** What is counted of the tenant, and what its rows are. */
  async checkUse(): Promise<void> {
    const { organizacion } = this.tenant;
    const { admin } = this.database;
    const drift = await inContext(admin, { organizacion, ahora: new Date(this.agenda.now).toISOString() }, () =>
      admin.rows('select * from app.uso($1) u join app.recuento_uso($1) r on r.medida = u.medida where u.uso <> r.uso', organizacion),
    );
    assert.deepEqual(drift, []);
  }

  async check(): Promise<void> {
    const { agenda, tenant } = this;
    const found = await inContext(this.#app, { ...tenant.admin, ahora: new Date(agenda.now).toISOString() }, async () => ({
      franjas: await this.#app.rows('select * from horarios_disponibilidad order by profesional_id, inicia_en'),
      citas: await this.#app.rows("select * from citas where estado not in ('cancelada', 'no_asistio') order by id"),
      wrong: await this.#app.rows(
        `
        with hay as (select profesional_id, fecha, inicia_en, termina_en, estado, precio_dinamico from horarios_disponibilidad
          where estado in ('disponible', 'bloqueado')),
        debe as (select profesional_id, fecha, inicia_en, termina_en, estado, precio_dinamico from app.franjas_objetivo($1, $2, $3, $4))
        (table hay except table debe) union all (table debe except table hay)`,
        tenant.organizacion,
        tenant.profesionales,
        agenda.days[0],
        agenda.days[2],
      ),
    }));

    // A hold past its time may be gone or still there; one within its time is there.
    const present = new Set(found.franjas.filter((f) => f.estado === 'reservado_temporal').map((f) => f.id));
    agenda.holds = agenda.holds.filter((hold) => present.has(hold.id) || !agenda.isExpired(hold));

    const franjas: Franja[] = found.franjas.map((f) => ({
      profesional: f.profesional_id,
      fecha: f.fecha,
      from: agenda.tick(f.inicia_en),
      to: agenda.tick(f.termina_en),
      what: describeFranja(f),
    }));
    assert.deepEqual(franjas, agenda.franjas());
    assert.deepEqual(
      franjas.filter((franja, i) => franjas[i - 1]?.profesional === franja.profesional && franjas[i - 1].to > franja.from),
      [],
    );

    const span = (row: any) => [row.profesional_id, row.inicia_en ?? row.ocupa_desde, row.termina_en ?? row.ocupa_hasta];
    const occupied = found.franjas.filter((f) => f.estado === 'ocupado').sort((a, b) => a.cita_id - b.cita_id);
    assert.deepEqual(
      occupied.map((f) => [f.cita_id, ...span(f)]),
      found.citas.map((c) => [c.id, c.profesional_id, c.ocupa_desde, c.ocupa_hasta]),
    );
    assert.deepEqual(
      found.citas.map((c) => c.id),
      agenda.citas.map((c) => c.id).sort((a, b) => a - b),
    );
    assert.deepEqual(found.wrong, []);
  }
}

function describeFranja(franja: any): string {
  switch (franja.estado) {
    case 'disponible':
      return `disponible ${franja.precio_dinamico}`;
    case 'ocupado':
      return `ocupado ${franja.cita_id}`;
    case 'reservado_temporal':
      return `reservado_temporal ${franja.id}`;
    default:
      return franja.estado;
  }
}
