import type { FieldError } from '../http/problems.js';

/** What a template may name. */
export const VARIABLES = [
  'cliente_nombre', 'servicio', 'profesional', 'fecha', 'hora', 'fecha_anterior', 'hora_anterior', 'duracion', 'precio', 'codigo_cita', 'motivo',
  'negocio', 'direccion', 'telefono_negocio',
] as const;
export type Variable = (typeof VARIABLES)[number];
export type Valores = Record<Variable, string>;

const NAMED = /\{\{\s*(\w+)\s*\}\}/g;

/** What is wrong with a template, if anything: a variable that does not exist, or braces that name none. */
export function errorDePlantilla(campo: string, text: string): FieldError | undefined {
  for (const [, name] of text.matchAll(NAMED)) {
    if (!(VARIABLES as readonly string[]).includes(name)) return { campo, mensaje: `variable|${name}|${VARIABLES.join(', ')}` };
  }
  const [loose] = /.{0,20}(?:\{\{|\}\}).{0,20}/.exec(text.replace(NAMED, '')) ?? [];
  return loose === undefined ? undefined : { campo, mensaje: `llaves|${loose.replaceAll('|', ' ')}` };
}

/**
 * The template with its values, each as it is: read once, so that a client named «{{codigo_cita}}» stays that. A line that names only what is
 * empty (a business without an address) is left out.
 */
export function rellenar(template: string, values: Valores): string {
  const value = (name: string) => values[name as Variable] ?? '';
  return template
    .split('\n')
    .filter((line) => {
      const names = [...line.matchAll(NAMED)].map(([, name]) => name);
      return names.length === 0 || names.some((name) => value(name) !== '');
    })
    .map((line) => line.replace(NAMED, (_, name: string) => value(name)))
    .join('\n')
    .trim();
}

/** Of a subject: one line. */
export const enUnaLinea = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim().slice(0, 200);
