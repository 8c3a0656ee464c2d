import diagnostics from 'node:diagnostics_channel';

/** What one bounded transaction did, and whether there may be more for that organisation. */
export interface Lote {
  cuentas: Record<string, number>;
  mas: boolean;
}

/** Work of the clock. Run twice, or by two at once, it does nothing twice: what it did is what it no longer finds. */
export interface Tarea {
  readonly nombre: string;
  readonly descripcion: string;
  /** Minutes from turn to turn. */
  readonly cada: number;
  /** Minutes after the hour, or after midnight UTC, of the first. */
  readonly desfase: number;
  /** In a transaction of that organisation, unless the task opens its own. */
  lote(organizacion_id: number): Promise<Lote>;
  readonly transaccionesPropias?: boolean;
}

export const TAREAS = Symbol('tareas');

/** A run that ended in this process: what metrics listen to. */
export interface Run {
  tarea: string;
  estado: 'completada' | 'con_errores' | 'interrumpida';
  ms: number;
}

export const runs = diagnostics.channel('franja:task');
