import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reasonOf } from '../../scripts/reason.mjs';
import { isUnavailable, sqlErrorOf } from '../database/sql-error.js';
import type { Answered } from './origin.js';
import { absent, FIELD_MESSAGES, Problem, PROBLEMS, type Codigo, type Entry, type Idioma, type Quota } from './problems.js';

/** SQLSTATE → problem. Only what a client can cause stands here; the rest is a 500 that is logged. */
const BY_SQLSTATE: Record<string, Codigo> = {
  '23505': 'ya_existe',
  '23P01': 'sin_disponibilidad',
  '23503': 'referencia_invalida',
  '23514': 'regla_incumplida',
  '23502': 'datos_invalidos',
  '22P02': 'datos_invalidos',
  '22003': 'datos_invalidos',
  '22007': 'datos_invalidos',
  '22008': 'datos_invalidos',
  '22021': 'datos_invalidos',
  '22001': 'datos_invalidos',
  '42501': 'prohibido',
  '40001': 'no_disponible',
  '40P01': 'no_disponible',
  '57014': 'no_disponible',
  FR400: 'regla_incumplida',
  FR402: 'limite_alcanzado',
  FR409: 'ya_existe',
};

/** The rule that the database named → its own problem. */
const BY_CONSTRAINT: Record<string, Codigo> = {
  hora_inexistente: 'hora_inexistente',
  sin_disponibilidad: 'sin_disponibilidad',
  citas_sin_solape: 'sin_disponibilidad',
  horarios_disponibilidad_sin_solape: 'sin_disponibilidad',
  horarios_profesionales_sin_solape: 'horario_solapado',
  horarios_profesionales_especial_sin_solape: 'horario_solapado',
  usuarios_ultimo_admin: 'ultimo_admin',
  servicios_profesionales_oficio: 'tipo_no_autorizado',
  claves_api_revocada: 'clave_revocada',
  citas_transicion: 'transicion_invalida',
  citas_movible: 'cita_no_movible',
  citas_en_el_pasado: 'hora_pasada',
  citas_inicio_en_su_dia: 'inicio_antes_de_su_dia',
  citas_llegada_en_su_dia: 'llegada_antes_de_su_dia',
  citas_no_asistio_tras_inicio: 'aun_no_es_la_hora',
  citas_calificada_una_vez: 'ya_calificada',
  citas_calificacion_solo_completada: 'cita_no_calificable',
  organizaciones_zona_horaria: 'zona_horaria_invalida',
  organizaciones_moneda_fija: 'moneda_fija',
  subscripcion_suspendida: 'subscripcion_suspendida',
  subscripciones_transicion: 'transicion_de_subscripcion',
  subscripciones_cambio_simultaneo: 'cambio_simultaneo',
  facturas_transicion: 'factura_no_cobrable',
  facturas_inmutable: 'factura_no_cobrable',
  pagos_importe_de_la_factura: 'importe_no_coincide',
  decimales_de_la_moneda: 'decimales_invalidos',
  directorio_organizaciones_pkey: 'codigo_tenant_ocupado',
  funcion_api_keys: 'funcion_no_incluida',
  funcion_webhooks: 'funcion_no_incluida',
  funcion_whatsapp_propio: 'funcion_no_incluida',
  funcion_chat: 'funcion_no_incluida',
};

/** What Fastify refuses before a handler runs. */
const BY_STATUS: Record<number, Codigo> = {
  400: 'json_invalido',
  401: 'no_autenticado',
  403: 'prohibido',
  404: 'no_encontrado',
  405: 'metodo_no_permitido',
  413: 'cuerpo_muy_grande',
  415: 'tipo_no_admitido',
};

/** A key is named after its table and what it refers to, or what only one may have: that is the field. */
function fieldOf(constraint = ''): string | undefined {
  const [, itself, other] = /_(?:(moneda|nombre|email|telefono)|(profesional_preferido|profesional|servicio|cliente|usuario))(?:_existe|_unico)?$/.exec(constraint) ?? [];
  return itself ?? (other && `${other}_id`);
}

/** When to try again what could not be served. */
export const RETRY_SECONDS = 2;

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const sql = sqlErrorOf(error);
  const codigo = sql && ((sql.constraint && BY_CONSTRAINT[sql.constraint]) || BY_SQLSTATE[sql.sqlstate]);
  const campo = sql?.column ?? fieldOf(sql?.constraint);
  if (campo && codigo === 'referencia_invalida') return absent(campo);
  const mensaje = sql?.column ? (sql.sqlstate.startsWith('FR') ? sql.detail : 'requerido') : codigo === 'ya_existe' ? 'repetido' : undefined;
  const errores = campo && mensaje ? [{ campo, mensaje }] : undefined;
  if (codigo) return new Problem(codigo, { args: [sql.constraint ?? ''], errores, extra: sql.constraint ? { regla: sql.constraint } : undefined });
  if (isUnavailable(error)) return new Problem('no_disponible');
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number })?.statusCode;
  return new Problem((status !== undefined && BY_STATUS[status]) || (status !== undefined && status < 500 ? 'datos_invalidos' : 'error_interno'));
}

const fill = (template: string, args: string[]) => template.replace(/\{(\d)\}/g, (_, i) => args[Number(i)] ?? '');

/** The first of ours that is asked for: browsers list what people read, the best first. */
export function languageOf(request: { headers: Record<string, unknown> }): Idioma {
  const asked = String(request.headers['accept-language'] ?? '').toLowerCase().split(',');
  const [, first = 'es'] = asked.map((one) => /^\s*(es|en)(?![a-z])(?!.*;\s*q=0(\.0*)?\s*$)/.exec(one)).find(Boolean) ?? [];
  return first as Idioma;
}

/** The RFC 9457 body. Names fields and rules, never SQL, a stack or another tenant's data. */
export function problemBody(problem: Problem, language: Idioma, instance: string) {
  const { status, error, ...text }: Entry = PROBLEMS[problem.codigo];
  const { args = [], errores = error && [error], extra } = problem.more;
  return {
    type: `urn:franja:problem:${problem.codigo}`,
    title: fill(text[language], args),
    status,
    codigo: problem.codigo,
    instance,
    ...(errores && {
      errores: errores.map(({ campo, mensaje }) => {
        const [codigo, ...values] = mensaje.split('|');
        return { campo, codigo, mensaje: fill(FIELD_MESSAGES[codigo]?.[language] ?? codigo, values) };
      }),
    }),
    ...extra,
  };
}

/** On every answer that counted; the limit that is nearest its end speaks. */
export function tellQuota(reply: FastifyReply, { limit, remaining, reset }: Quota) {
  const told = reply.getHeader('ratelimit-remaining');
  if (told !== undefined && Number(told) < remaining) return;
  reply.headers({ 'ratelimit-limit': limit, 'ratelimit-remaining': remaining, 'ratelimit-reset': reset });
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply) {
  const status = problem.getStatus();
  (request as Answered).codigo = problem.codigo;
  if (status === 503) reply.header('retry-after', RETRY_SECONDS);
  if (problem.more.quota) {
    tellQuota(reply, problem.more.quota);
    reply.header('retry-after', problem.more.quota.reset);
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .status(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('content-language', languageOf(request))
    .send(problemBody(problem, languageOf(request), request.id));
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost) {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(error);
    const which = `${request.method} ${request.routeOptions?.url} ${request.id}`;
    // A database that is away ends every request: where in our code each was says nothing more.
    if (problem.codigo === 'no_disponible') this.#log.warn(`${which}: ${reasonOf(error)}`);
    // That it is not ready is the answer to a question, asked every few seconds.
    else if (problem.getStatus() >= 500 && problem.codigo !== 'no_listo') this.#log.error(`${which}: ${(error as Error)?.stack ?? error}`);
    return sendProblem(problem, request, http.getResponse<FastifyReply>());
  }
}
