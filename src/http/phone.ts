import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { fieldProblem } from './problems.js';

/** A phone number as somebody in `pais` writes it → E.164. */
export function phone(value: string | null | undefined, pais: string, campo: string): string | null {
  if (value === null || value === undefined) return null;
  const number = parsePhoneNumberFromString(value, pais as CountryCode);
  if (!number?.isValid()) throw fieldProblem(campo, 'telefono');
  return number.number;
}
