import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import type { Db } from '../database/db.service.js';
import { fieldProblem } from './problems.js';

/** A phone number as somebody in `pais` writes it → E.164. */
export function phone(value: string | null | undefined, pais: string, campo: string): string | null {
  if (value === null || value === undefined) return null;
  const written = parsePhoneNumberFromString(value, pais as CountryCode);
  // Until 2019 a 1 was dialled before a Mexican mobile, and contacts still have it.
  const number = written?.isValid() ? written : parsePhoneNumberFromString(written?.number.replace(/^\+521(?=\d{10}$)/, '+52') ?? '');
  if (!number?.isValid()) throw fieldProblem(campo, 'telefono');
  return number.number;
}

/** The same, of this request's organisation; the country is asked for only when there is a number. */
export async function localPhone<T extends { telefono?: string | null }>(db: Db, body: T): Promise<T> {
  if (!body.telefono) return body;
  const { pais } = await db.sql.selectFrom('organizaciones').select('pais').where('id', '=', db.organizacion_id).executeTakeFirstOrThrow();
  return { ...body, telefono: phone(body.telefono, pais, 'telefono') };
}
