import { tipo_horario } from '../generated/prisma/enums.js';
import { fieldProblem, Problem, type FieldError } from '../http/problems.js';
import type { HorasDeSemana } from './horarios.dto.js';

const WORK: readonly tipo_horario[] = ['regular', 'especial'];
const WEEKLY: readonly tipo_horario[] = ['regular', 'descanso'];
const OF_EVERYBODY: readonly tipo_horario[] = ['feriado', 'bloqueo'];

export const isWork = (tipo: tipo_horario) => WORK.includes(tipo);

export interface HorarioRow {
  profesional_id?: number | null;
  tipo_horario: tipo_horario;
  dia_semana?: number | null;
  hora_inicio?: string | null;
  hora_fin?: string | null;
  vigente_desde: string;
  vigente_hasta?: string | null;
  permite_citas?: boolean;
  precio_dinamico?: string | null;
}

/** What a row of each kind must have, field by field. The CHECKs of the table say the same without naming the field. */
export function checkHorario(row: HorarioRow): void {
  const weekly = WEEKLY.includes(row.tipo_horario);
  const work = isWork(row.tipo_horario);
  const timed = weekly || work;
  const errores: FieldError[] = [];
  const require = (campo: keyof HorarioRow, condition: boolean) => {
    if (condition && row[campo] == null) errores.push({ campo, mensaje: 'requerido' });
  };
  require('profesional_id', !OF_EVERYBODY.includes(row.tipo_horario));
  require('dia_semana', weekly);
  require('hora_inicio', timed || row.hora_fin != null);
  require('hora_fin', timed || row.hora_inicio != null);
  require('vigente_hasta', !weekly);
  if (row.hora_inicio && row.hora_fin && row.hora_fin <= row.hora_inicio) errores.push({ campo: 'hora_fin', mensaje: 'orden|hora_inicio' });
  if (row.vigente_hasta && row.vigente_hasta < row.vigente_desde) errores.push({ campo: 'vigente_hasta', mensaje: `no_antes|${row.vigente_desde}` });
  if (!work && row.permite_citas) errores.push({ campo: 'permite_citas', mensaje: `combinacion|tipo_horario ${row.tipo_horario}` });
  if (!work && row.precio_dinamico != null) errores.push({ campo: 'precio_dinamico', mensaje: `combinacion|tipo_horario ${row.tipo_horario}` });
  if (errores.length) throw new Problem('datos_invalidos', { errores });
}

interface Tramo {
  hora_inicio: string | null;
  hora_fin: string | null;
}

/** What hours overlap with, by its name in the request or its id. */
export const overlaps = (campo: string, which: string, { hora_inicio, hora_fin }: Tramo): FieldError => ({ campo, mensaje: `solapa|${which}|${hora_inicio}|${hora_fin}` });

/** Each row of a week, and all of them: the rows that they replace are not in their way. */
export function checkWeek(horas: HorasDeSemana[]): void {
  horas.forEach((h, i) => {
    if (h.hora_fin <= h.hora_inicio) throw fieldProblem(`horas.${i}.hora_fin`, 'orden|hora_inicio');
  });
  const errores = horas.flatMap((h, i) => {
    if (h.tipo_horario !== 'regular') return [];
    const former = horas.slice(0, i).findIndex((f) => f.tipo_horario === 'regular' && f.dia_semana === h.dia_semana && f.hora_inicio < h.hora_fin && h.hora_inicio < f.hora_fin);
    return former < 0 ? [] : [overlaps(`horas.${i}.hora_inicio`, `horas.${former}`, horas[former])];
  });
  if (errores.length) throw new Problem('horario_solapado', { errores });
}
