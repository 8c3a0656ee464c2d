import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Problem, type FieldError } from './problems.js';

function flatten(errors: ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const campo = parent ? `${parent}.${error.property}` : error.property;
    const rules = Object.entries(error.constraints ?? {});
    // A field that is absent breaks every rule; one message is enough.
    const own = rules.find(([, message]) => message === 'requerido') && error.value === undefined ? [['', 'requerido'] as const] : rules;
    return [
      ...own.slice(0, 1).map(([rule, message]) => ({ campo, mensaje: rule === 'whitelistValidation' ? 'desconocido' : message })),
      ...flatten(error.children ?? [], campo),
    ];
  });
}

class InputPipe extends ValidationPipe {
  /** Nest would turn the path's "1e3" into 1000 before IdPipe reads it. */
  protected override transformPrimitive(value: unknown) {
    return value;
  }
}

/** Unknown fields are refused, and every problem of the input is told at once. */
export function validationPipe(): ValidationPipe {
  return new InputPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) => new Problem('datos_invalidos', { errores: flatten(errors) }),
  });
}
