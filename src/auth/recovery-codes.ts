import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O or U. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Sixteen signs in four groups: 80 random bits. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: 10 }, () => [...randomBytes(16)].map((byte) => SIGNS[byte % 32]).join('').replace(/(.{4})(?!$)/g, '$1-'));

/**
 * How one is stored, or undefined when it is none. 80 bits cannot be searched, so a fast hash keeps them; a key of ours would only add a
 * rotation that makes them useless. Bound to its user: the same code of another would not do.
 */
export function recoveryHash(code: string, organizacion_id: number, usuario_id: number): Buffer | undefined {
  const plain = code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(plain)) return undefined;
  return createHash('sha256').update(`${organizacion_id}/${usuario_id}/${plain}`).digest();
}
