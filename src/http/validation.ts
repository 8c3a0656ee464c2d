import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { isObject } from './fields.js';
import { fieldProblem, Problem, type FieldError } from './problems.js';

const rules = getMetadataStorage();
const rulesOf = rules.getTargetValidationMetadatas.bind(rules);
const known = new Map<unknown, ReturnType<typeof rulesOf>>();
/** It looks through the rules of every class for each value, a tenth of what a short answer takes; but those of a class stay as they are. */
rules.getTargetValidationMetadatas = (target, schema, always, strict, groups) => {
  if (schema || always || strict || groups?.length) return rulesOf(target, schema, always, strict, groups);
  let own = known.get(target);
  if (!own) known.set(target, (own = rulesOf(target, schema, always, strict, groups)));
  return own;
};

function flatten(errors: ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const campo = parent ? `${parent}.${error.property}` : error.property;
    const rules = Object.entries(error.constraints ?? {});
    // A field that is absent breaks every rule; one message is enough.
    const own = rules.find(([, message]) => message === 'requerido') && error.value === undefined ? [['', 'requerido'] as const] : rules;
    return [
      ...own.slice(0, 1).flatMap(([rule, message]) => (rule === 'whitelistValidation' ? 'desconocido' : message).split('\n').map((line) => {
        const [, item, mensaje] = /^(?:(\d+):)?(.*)$/.exec(line)!;
        return { campo: item ? `${campo}.${item}` : campo, mensaje };
      })),
      ...flatten(error.children ?? [], campo),
    ];
  });
}

class InputPipe extends ValidationPipe {
  /** Nest would turn the path's "1e3" into 1000 before IdPipe reads it. */
  protected override transformPrimitive(value: unknown) {
    return value;
  }

  /** Of a list or a text Nest says so in English, and where every field may be absent takes the list. */
  override transform(value: unknown, metadata: ArgumentMetadata) {
    if (metadata.type === 'body' && this.toValidate(metadata) && value !== undefined && value !== null && !isObject(value)) throw fieldProblem('body', 'objeto');
    return super.transform(value, metadata);
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
