import { tipo_horario } from '../generated/prisma/enums.js';
import { Problem, type FieldError } from '../http/problems.js';

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
