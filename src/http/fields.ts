import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty, DECORATORS, PartialType, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min, ValidateBy, ValidateIf, ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { isSupportedCountry } from 'libphonenumber-js';

/**
 * One decorator a field: its OpenAPI schema and its validation together, so that they cannot disagree.
 * Messages are codes of FIELD_MESSAGES; the filter writes them in the caller's language.
 */
export interface Field {
  description: string;
  example?: unknown;
  /** May be absent. */
  optional?: boolean;
  /** May be absent or null, which say the same: none. Not where absent means a value, as a default, or all. */
  none?: boolean;
  /** May be null, in answers and in changes (null clears it). */
  nullable?: boolean;
  default?: unknown;
  /** Comes in the query string, so as text. */
  query?: boolean;
}

type Schema = Omit<ApiPropertyOptions, 'type'> & { type: string | Function | [Function]; isArray?: boolean };

/** What a field says, null included: an example of a cita that stands must not show when it was cancelled. */
const shown = ({ example }: Field, usual: string) => (example === undefined ? usual : example);

function field(o: Field, schema: Schema, ...validators: PropertyDecorator[]): PropertyDecorator {
  const optional = o.optional || o.none;
  const presence = optional
    ? [o.nullable ? IsOptional() : ValidateIf((_, value) => value !== undefined)]
    : o.nullable
      ? [ValidateIf((_, value) => value !== null), IsNotEmpty({ message: 'requerido' })]
      : [IsNotEmpty({ message: 'requerido' })];
  return applyDecorators(
    ApiProperty({ description: o.description, example: o.example, required: !optional, nullable: o.nullable || o.none, default: o.default, ...schema } as ApiPropertyOptions),
    ...(o.none ? [Transform(({ value }) => value ?? undefined)] : []),
    ...presence,
    ...validators,
  );
}

const check = (name: string, message: string | ((args: ValidationArguments) => string), validate: (value: unknown) => boolean) => ValidateBy({ name, validator: { validate } }, { message });

const SEEN = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Spaces, and what shows nothing by itself nor changes the letter beside it. Not joiners and selectors: "❤️" and a word of Malayalam end with one. */
const EDGE = /[\s\xAD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/;

/** Text without such ends, and none at all if nobody would see any of it. From the ends inwards: a regular expression for the end takes quadratic time. */
function trim(text: string): string {
  if (!SEEN.test(text)) return '';
  let [from, to] = [0, text.length];
  while (EDGE.test(text[from])) from++;
  while (EDGE.test(text[to - 1])) to--;
  return text.slice(from, to);
}

const trimText = (value: unknown) => (typeof value === 'string' ? trim(value) : value);
const trimmed = Transform(({ value }) => trimText(value));
const lowered = Transform(({ value }) => (typeof value === 'string' ? trim(value).toLowerCase() : value));
const fromQuery = (o: Field, convert: (value: string) => unknown) =>
  o.query ? [Transform(({ value }) => (typeof value === 'string' ? convert(value) : value))] : [];

export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text that PostgreSQL can store: no NUL, no half of a surrogate pair. */
const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0') && value.isWellFormed();

export const Text = (o: Field & { max: number; min?: number; pattern?: RegExp; form?: string }) =>
  field(
    o,
    { type: 'string', minLength: o.min ?? 1, maxLength: o.max, ...(o.pattern && { pattern: o.pattern.source }) },
    trimmed,
    check('texto', 'texto', isText),
    check('longitud', `longitud|${o.min ?? 1}|${o.max}`, (v) => typeof v !== 'string' || ([...v].length >= (o.min ?? 1) && [...v].length <= o.max)),
    ...(o.pattern ? [Matches(o.pattern, { message: `formato|${o.form ?? o.pattern.source}` })] : []),
  );

/** A secret: never trimmed, never shown. */
export const Secret = (o: Field & { min: number; max: number }) =>
  field(
    o,
    { type: 'string', format: 'password', minLength: o.min, maxLength: o.max },
    check('texto', 'texto', isText),
    check('longitud', `longitud|${o.min}|${o.max}`, (v) => typeof v === 'string' && [...v].length >= o.min && [...v].length <= o.max),
  );

export const Int = (o: Field & { min: number; max: number; multipleOf?: number }) =>
  field(
    o,
    { type: 'integer', minimum: o.min, maximum: o.max, ...(o.multipleOf && { multipleOf: o.multipleOf }) },
    ...fromQuery(o, (v) => (/^-?\d{1,16}$/.test(v) ? Number(v) : v)),
    IsInt({ message: `entero|${o.min}|${o.max}` }),
    Min(o.min, { message: `entero|${o.min}|${o.max}` }),
    Max(o.max, { message: `entero|${o.min}|${o.max}` }),
    ...(o.multipleOf ? [check('multiplo', `multiplo|${o.multipleOf}`, (v) => typeof v !== 'number' || v % o.multipleOf! === 0)] : []),
  );

export const Id = (o: Field) => Int({ example: 1, ...o, min: 1, max: Number.MAX_SAFE_INTEGER });

export const Bool = (o: Field) =>
  field(
    o,
    { type: 'boolean' },
    ...fromQuery(o, (v) => (v === 'true' ? true : v === 'false' ? false : v)),
    IsBoolean({ message: 'booleano' }),
  );

export const OneOf = (values: readonly (string | number)[], o: Field & { name?: string }) =>
  field(
    o,
    { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: [...values], ...(o.name && { enumName: o.name }) },
    ...fromQuery(o, (v) => (typeof values[0] === 'number' && /^\d+$/.test(v) ? Number(v) : v)),
    IsIn(values as any[], { message: `valores|${values.join(', ')}` }),
  );

/** One or more of them; in a query repeated, or with commas between. */
export const SomeOf = (values: readonly string[], o: Field & { name?: string }) =>
  field(
    o,
    { type: 'string', enum: [...values], isArray: true, minItems: 1, maxItems: values.length, ...(o.name && { enumName: o.name }) },
    ...(o.query ? [Transform(({ value }) => [value].flat().flatMap((one: unknown) => (typeof one === 'string' ? one.split(',') : [one])))] : []),
    check('lista', `lista|1|${values.length}`, (v) => Array.isArray(v) && v.length >= 1 && v.length <= values.length),
    check('valores', `valores|${values.join(', ')}`, (v) => Array.isArray(v) && v.every((x) => values.includes(x))),
  );

// What validates is what the document shows.
const MONEY = /^\d{1,10}(\.\d{1,2})?$/;
export const DATE = /^(19|20|21)\d{2}-\d{2}-\d{2}$/;
export const HORA = /^([01]\d|2[0-3]):[0-5]\d$/;
const HORA_O_MEDIANOCHE = new RegExp(`${HORA.source}|^24:00$`);
const INSTANT = new RegExp(`${DATE.source.slice(0, -1)}T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,6})?)?(Z|[+-]\\d{2}:\\d{2})$`);
const EMAIL = /^[^\s@"<>(),;:\\]+@[^\s@"<>(),;:\\]+\.[^\s@.]{2,}$/;

/** Of the header, in which nothing is trimmed. */
export const IDEMPOTENCY_KEY_FORM = /^[\x21-\x7e]{1,255}$/;

const matching = (form: RegExp) => (value: unknown): value is string => typeof value === 'string' && form.test(value);

/** Decimal text with up to two decimals; the currency stands beside it in `moneda`. */
export const Money = (o: Field) => field(o, { type: 'string', format: 'decimal', pattern: MONEY.source, example: shown(o, '150.00') }, check('decimal', 'decimal', matching(MONEY)));

export const Percent = (o: Field & { min: number; max: number }) => {
  const form = new RegExp(`^${o.min < 0 ? '-?' : ''}\\d{1,${String(o.max).length}}(\\.\\d{1,2})?$`);
  return field(o, { type: 'string', format: 'decimal', pattern: form.source, example: shown(o, '10.00') },
    check('porcentaje', `porcentaje|${o.min}|${o.max}`, (v) => matching(form)(v) && Number(v) >= o.min && Number(v) <= o.max));
};

export function isDate(value: unknown): value is string {
  if (!matching(DATE)(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/** A calendar date of the organisation, YYYY-MM-DD. */
export const Fecha = (o: Field) => field(o, { type: 'string', format: 'date', pattern: DATE.source, example: shown(o, '2027-03-15') }, check('fecha', 'fecha', isDate));

/** A wall-clock time of the organisation, HH:MM; `untilMidnight` also takes 24:00, the end of a day. */
export const Hora = (o: Field & { untilMidnight?: boolean }) => {
  const form = o.untilMidnight ? HORA_O_MEDIANOCHE : HORA;
  return field(o, { type: 'string', pattern: form.source, example: shown(o, '09:00') }, check('hora', 'hora', matching(form)));
};

/** RFC 3339 with an offset, of a date that exists. */
export function isInstant(value: unknown): value is string {
  return matching(INSTANT)(value) && isDate(value.slice(0, 10)) && !Number.isNaN(Date.parse(value));
}

export const Instante = (o: Field) =>
  field(o, { type: 'string', format: 'date-time', pattern: INSTANT.source, example: shown(o, '2027-03-15T14:00:00.000Z') }, check('instante', 'instante', isInstant));

export const Email = (o: Field) =>
  field(o, { type: 'string', format: 'email', maxLength: 254, pattern: EMAIL.source, example: shown(o, 'ana@example.com') }, lowered,
    check('correo', 'correo', (v) => isText(v) && v.length <= 254 && EMAIL.test(v)));

const PAIS = /^[A-Z]{2}$/;
/** A country whose phone numbers are known: it gives them their prefix. */
export const Pais = (o: Field) =>
  applyDecorators(
    Text({ example: 'CO', ...o, min: 2, max: 2, pattern: PAIS, form: 'CO' }),
    check('pais', 'pais', (v) => !isText(v) || !PAIS.test(v) || isSupportedCountry(v)),
  );

/** A phone number as people write it; stored as E.164 by the rules of the organisation's country. */
export const Telefono = (o: Field) => Text({ example: '+573001234567', ...o, min: 5, max: 30, pattern: /^[+()\d .-]+$/, form: '+573001234567' });

export const Url = (o: Field) => Text({ example: 'https://example.com/logo.png', ...o, max: 300, pattern: /^https?:\/\/[^\s]+$/, form: 'https://…' });

/** Each item is text as that of Text. Of those that are wrong the message has a line each, with their place, which names them. */
export const TextList = (o: Field & { min?: number; max: number; each: RegExp }) => {
  const wrong = (item: unknown) => (item === '' || item === null ? 'requerido' : !isText(item) ? 'texto' : o.each.test(item) ? undefined : `formato|${o.each.source}`);
  return field(
    o,
    { type: 'string', isArray: true, pattern: o.each.source, ...(o.min && { minItems: o.min }), maxItems: o.max },
    Transform(({ value }) => (Array.isArray(value) ? value.map(trimText) : value)),
    check('lista', `lista|${o.min ?? 0}|${o.max}`, (v) => Array.isArray(v) && v.length >= (o.min ?? 0) && v.length <= o.max),
    check('elementos', ({ value }) => value.map((item: unknown, i: number) => wrong(item) && `${i}:${wrong(item)}`).filter(Boolean).join('\n'),
      (v) => !Array.isArray(v) || v.every((item) => !wrong(item))),
  );
};

export const IdList = (o: Field & { min?: number; max: number }) =>
  field(
    o,
    { type: 'integer', isArray: true, minimum: 1, maximum: Number.MAX_SAFE_INTEGER, minItems: o.min ?? 1, maxItems: o.max },
    check('lista', `lista|${o.min ?? 1}|${o.max}`, (v) => Array.isArray(v) && v.length >= (o.min ?? 1) && v.length <= o.max),
    check('entero', `entero|1|${Number.MAX_SAFE_INTEGER}`, (v) => Array.isArray(v) && v.every((x) => Number.isSafeInteger(x) && x > 0)),
  );

export const IntList = (o: Field & { from: number; to: number; min: number; max: number }) =>
  field(
    o,
    { type: 'integer', isArray: true, minimum: o.from, maximum: o.to, minItems: o.min, maxItems: o.max, uniqueItems: true },
    check('lista', `lista|${o.min}|${o.max}`, (v) => Array.isArray(v) && v.length >= o.min && v.length <= o.max),
    check('entero', `entero|${o.from}|${o.to}`, (v) => Array.isArray(v) && v.every((x) => Number.isInteger(x) && x >= o.from && x <= o.to)),
    check('distintos', 'distintos', (v) => Array.isArray(v) && new Set(v).size === v.length),
  );

/** An object of free keys, in answers only. */
export const Objeto = (o: Field) => field(o, { type: 'object', additionalProperties: true });

/** Objects of another class; with `list`, an array of them. */
export const Nested = (type: () => Function, o: Field & { list?: { min: number; max: number } }) =>
  field(
    o,
    // swagger knows a lazy type by the function's name, which it has only when written here
    { type: () => type(), ...(o.list && { isArray: true }) },
    Type(type as () => Function),
    ...(o.list
      ? [IsArray({ message: `lista|${o.list.min}|${o.list.max}` }), ArrayMinSize(o.list.min, { message: `lista|${o.list.min}|${o.list.max}` }), ArrayMaxSize(o.list.max, { message: `lista|${o.list.min}|${o.list.max}` })]
      : []),
    // ValidateNested looks into a list where an object should be, and finds nothing wrong in an empty one.
    check('objeto', 'objeto', (v) => (o.list ? !Array.isArray(v) || v.every(isObject) : isObject(v))),
    ValidateNested({ each: !!o.list, message: 'objeto' }),
  );

/** In an answer nothing is left out, and in a change what is left out stays: a default says neither, and a client that fills it in would set it. */
function redescribe<T>(type: Class<T>, required: boolean): Class<T> {
  const names: string[] = Reflect.getMetadata(DECORATORS.API_MODEL_PROPERTIES_ARRAY, type.prototype) ?? [];
  for (const name of names.map((one) => one.slice(1))) {
    const { default: _, ...said } = Reflect.getMetadata(DECORATORS.API_MODEL_PROPERTIES, type.prototype, name);
    Reflect.defineMetadata(DECORATORS.API_MODEL_PROPERTIES, { ...said, required }, type.prototype, name);
  }
  return type;
}

/** The same fields in an answer, which tells all of them: what may be absent when it comes in is there when it goes out. */
export const Told = <T>(type: Class<T>) => redescribe(class extends (type as Class<object>) {}, true) as Class<Required<T>>;

/** The same fields for a PATCH: each may be absent, and null only where the field takes null. */
export const Changes = <T>(type: Class<T>): Class<Partial<T>> => redescribe(PartialType(type, { skipNullProperties: false }), false);
