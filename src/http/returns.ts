import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { problemBody } from './problem.filter.js';
import { Problem, PROBLEMS, type Codigo, type FieldError } from './problems.js';

/** The success of a route: its status, its body and what it means. `[Type]` is a list. */
export function Returns(status: 200 | 201 | 204, type: Type | [Type] | null, description: string) {
  if (type === null) return applyDecorators(HttpCode(status), ApiResponse({ status, description }));
  return applyDecorators(HttpCode(status), ApiResponse({ status, description, type: type as Type }));
}

/** Problems of a route beyond those that every route may answer (openapi.ts adds these). One entry a status, one example a code. */
export function Fails(...codes: Codigo[]) {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return applyDecorators(...statuses.map((status) => ApiResponse(problemResponse(status, codes.filter((c) => PROBLEMS[c].status === status)))));
}

const integer = (description: string) => ({ description, schema: { type: 'integer' as const, minimum: 0 } });

const RETRY_AFTER = { 'Retry-After': integer('Segundos hasta que se admita otra.') };

const QUOTA_HEADERS = {
  ...RETRY_AFTER,
  'RateLimit-Limit': integer('Solicitudes admitidas por ventana.'),
  'RateLimit-Remaining': integer('Las que quedan.'),
  'RateLimit-Reset': integer('Segundos hasta que la ventana empiece de nuevo.'),
};

export function problemResponse(status: number, codes: readonly Codigo[]) {
  return {
    status,
    ...(status === 429 && { headers: QUOTA_HEADERS }),
    ...(status === 503 && { headers: RETRY_AFTER }),
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].es.replace(/\{\d\}/g, '…')}`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problema' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

const ERRORES: Partial<Record<Codigo, FieldError[]>> = {
  datos_invalidos: [{ campo: 'fecha_cita', mensaje: 'fecha' }],
  referencia_invalida: [{ campo: 'servicio_id', mensaje: 'existente' }],
  inactivo: [{ campo: 'servicio_id', mensaje: 'inactivo' }],
  decimales_invalidos: [{ campo: 'precio', mensaje: 'decimales|0' }],
  tipo_no_autorizado: [{ campo: 'servicio_ids', mensaje: 'tipo_ajeno|barbero|Manicura' }],
  horario_solapado: [{ campo: 'hora_inicio', mensaje: 'solapa|id 17|09:00|12:00' }],
  ya_existe: [{ campo: 'email', mensaje: 'repetido' }],
};

function exampleOf(code: Codigo) {
  return problemBody(new Problem(code, { args: ['…'], errores: ERRORES[code] }), 'es', '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f');
}

