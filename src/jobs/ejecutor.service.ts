import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { reasonOf } from '../../scripts/reason.mjs';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { isUnavailable, sqlErrorOf } from '../database/sql-error.js';
import { Problem } from '../http/problems.js';
import { Ejecuciones, type Resultado, type Toma } from './ejecuciones.service.js';
import { runs, TAREAS, type Run, type Tarea } from './tarea.js';

const BEAT_MS = 20_000;
/** As long as a silent process is believed to be alive: then somebody looks what it has left. */
const LOOK_AGAIN_SECONDS = 120;
/** A database that does not answer is waited for by so many organisations, seconds each, and not by all while other tasks wait for their turn. */
const UNANSWERED = 3;

/** Runs the tasks: at their turn, when this instance is the one that takes it, or when a super_admin asks. */
@Injectable()
export class Ejecutor implements OnModuleDestroy {
  readonly #log = new Logger('Jobs');
  /** Until when the turn of a task is known to be done. */
  readonly #done = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #underWay = new Map<string, Promise<unknown>>();
  #stopped = false;

  constructor(
    private readonly db: Db,
    private readonly ejecuciones: Ejecuciones,
    @Inject(TAREAS) readonly tareas: Tarea[],
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Between two batches is soon enough; what is not done, the next instance takes over. */
  async onModuleDestroy() {
    this.#stopped = true;
    await Promise.allSettled(this.#underWay.values());
  }

  // Far more often than any turn, so that one that was missed or left behind begins soon. Nearly always memory knows that there is nothing.
  @Cron('*/10 * * * * *')
  async reloj(): Promise<void> {
    if (this.config.outbox.activo) await this.tick();
  }

  /** Looks at every task, and runs those whose turn nobody has taken: what is due each minute does not wait for what takes its time. */
  async tick(): Promise<void> {
    await Promise.all([this.#lane('minute', ({ cada }) => cada === 1), this.#lane('longer', ({ cada }) => cada > 1)]);
  }

  /** One after the other, so that tasks keep no more than a connection each way from requests. */
  async #lane(lane: string, of: (tarea: Tarea) => boolean): Promise<void> {
    if (this.#busy.has(lane)) return;
    this.#busy.add(lane);
    for (const tarea of this.tareas.filter(of)) {
      const known = this.#stopped || this.#underWay.has(tarea.nombre) || performance.now() < (this.#done.get(tarea.nombre) ?? 0);
      if (!known) await this.#track(tarea, this.#turn(tarea));
    }
    this.#busy.delete(lane);
  }

  /** Starts it now, as if it were its turn. */
  async pedir(nombre: string, usuario_id: number): Promise<number> {
    const tarea = this.tareas.find((one) => one.nombre === nombre);
    if (!tarea) throw new Problem('no_encontrado');
    const turno = await this.ejecuciones.tomar(tarea, { usuario_id });
    if (turno.situacion !== 'tomada') throw new Problem('tarea_en_curso');
    void this.#track(tarea, this.#execute(tarea, turno));
    return turno.ejecucion;
  }

  #track(tarea: Tarea, work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) => this.#log.warn(`${tarea.nombre}: ${reasonOf(error)}`))
      .finally(() => this.#underWay.delete(tarea.nombre));
    this.#underWay.set(tarea.nombre, tracked);
    return tracked;
  }

  async #turn(tarea: Tarea): Promise<void> {
    const asked = performance.now();
    const turno = await this.ejecuciones.tomar(tarea);
    if (turno.situacion === 'tomada') await this.#execute(tarea, turno);
    // Of one in another's hands it is not known yet whether it will be done.
    if (turno.situacion !== 'en_curso' && !this.#stopped) this.#done.set(tarea.nombre, asked + Math.min(turno.faltan_segundos, LOOK_AGAIN_SECONDS) * 1000);
  }

  async #execute(tarea: Tarea, toma: Toma): Promise<void> {
    let ours = true;
    const beat = setInterval(() => {
      void this.ejecuciones.latir(toma).then((still) => (ours &&= still), () => {}); // whoever cannot write now will in a moment, or is taken over
    }, BEAT_MS).unref();
    try {
      const began = performance.now();
      const resultado = await this.correr(tarea.nombre, undefined, () => ours);
      runs.publish({ tarea: tarea.nombre, estado: resultado.estado, ms: performance.now() - began } satisfies Run);
      await this.ejecuciones.terminar(toma, resultado);
    } finally {
      clearInterval(beat);
    }
  }

  /** The work itself, organisation by organisation. One that fails does not hold up the others; what fails for want of a database is left to the next turn. */
  async correr(nombre: string, ahora?: string, goOn: () => boolean = () => true): Promise<Resultado> {
    const tarea = this.tareas.find((one) => one.nombre === nombre)!;
    const resultado: Resultado = { estado: 'completada', cuentas: { organizaciones: 0 }, error: null };
    const { cuentas } = resultado;
    let unanswered = 0;
    for (const organizacion_id of await this.ejecuciones.organizaciones(nombre, ahora)) {
      cuentas.organizaciones++;
      try {
        for (let mas = true; mas; ) {
          if (this.#stopped || !goOn()) return { ...resultado, estado: 'interrumpida' };
          const work = () => tarea.lote(organizacion_id);
          const lote = await (tarea.transaccionesPropias ? work() : this.db.run({ organizacion_id, usuario_id: null, rol: null, ahora }, work));
          for (const [que, n] of Object.entries(lote.cuentas)) cuentas[que] = (cuentas[que] ?? 0) + n;
          ({ mas } = lote);
        }
        unanswered = 0;
      } catch (error) {
        cuentas.errores = (cuentas.errores ?? 0) + 1;
        resultado.estado = 'con_errores';
        resultado.error ??= `organizacion ${organizacion_id}: ${whatFailed(error)}`;
        this.#log.error(`${nombre}, organizacion ${organizacion_id}`, (error as Error).stack);
        unanswered = nobodyAnswers(error) ? unanswered + 1 : 0;
        if (unanswered === UNANSWERED) return resultado;
      }
    }
    return resultado;
  }
}

const nobodyAnswers = (error: unknown) => isUnavailable(error) || (error instanceof Problem && error.codigo === 'no_disponible');

/** A name and no message: a message may carry somebody's data. */
function whatFailed(error: unknown): string {
  const sql = sqlErrorOf(error);
  if (sql) return [sql.sqlstate, sql.constraint].filter(Boolean).join(' ');
  return error instanceof Problem ? error.codigo : ((error as Error)?.name ?? 'Error');
}
