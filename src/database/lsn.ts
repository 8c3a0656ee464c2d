/** Positions in PostgreSQL's log (pg_lsn): what a commit has written, what a replica has replayed. */

/** Further than any server ever is. */
export const BEYOND = (1n << 64n) - 1n;

const PAGE = 8192n;
const PAGE_HEADER = 24n;

/** What is no position is one that nobody has reached, so that a doubt leads to the primary. */
export function parseLsn(text: unknown): bigint {
  const [, high, low] = /^([\dA-F]{1,8})\/([\dA-F]{1,8})$/i.exec(String(text)) ?? [];
  if (!low) return BEYOND;
  const lsn = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
  // The next record of a page that is just full goes behind the header of a page that does not exist yet, and that no replica has.
  return lsn % PAGE === PAGE_HEADER ? lsn - PAGE_HEADER : lsn;
}

export const formatLsn = (lsn: bigint) => `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
