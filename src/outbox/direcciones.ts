import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

/** IPv4 that is nobody's on the internet (IANA's special-purpose registry), the cloud's metadata address among it. */
const RESERVED = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) RESERVED.addSubnet(network, bits, 'ipv4');

/** IPv6 the other way round: only what was given out is public, less what carries an IPv4 address inside or is for documents. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) RESERVED.addSubnet(network, bits, 'ipv6');

/** Whether an address is one of the public internet, however it is written. */
export function esPublica(address: string): boolean {
  if (isIPv6(address)) return GLOBAL.check(address, 'ipv6') && !RESERVED.check(address, 'ipv6');
  return isIP(address) === 4 && !RESERVED.check(address, 'ipv4');
}

const privada = (host: string) => Object.assign(new Error(`${host} is not a public address`), { code: 'DIRECCION_PRIVADA' });
const literalOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');

/**
 * Names that organisations choose are asked of the name server itself. getaddrinfo would hold one of the two threads that every other name of this
 * process waits for, the mail server's and the database's too, for as long as theirs says nothing.
 */
export const nombres = new Resolver({ timeout: 1_500, tries: 2 });

async function publicas(hostname: string): Promise<LookupAddress[]> {
  const [v4, v6] = await Promise.allSettled([nombres.resolve4(hostname), nombres.resolve6(hostname)]);
  if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
  const found = [v4, v6].flatMap((each, i) => (each.status === 'fulfilled' ? each.value.map((address) => ({ address, family: i ? 6 : 4 })) : []));
  if (found.length === 0 || !found.every(({ address }) => esPublica(address))) throw privada(hostname);
  return found;
}

const buscar = callbackify(publicas);

/**
 * For the connection itself: a name is refused if any of its addresses is private, and what is checked is what is connected to, so a name that
 * changes its mind between the check and the connection gains nothing.
 */
export const lookupPublico: LookupFunction = (hostname, { all }, callback) => {
  buscar(hostname, (error, found) => {
    if (error) return callback(error, [], 0);
    return all ? callback(null, found) : callback(null, found[0].address, found[0].family);
  });
};

/** A host that is an address is never looked up. WHATWG URL has read its decimal, octal and hexadecimal forms by then. */
export function exigirPublica(url: URL): void {
  const literal = literalOf(url);
  if (isIP(literal) && !esPublica(literal)) throw privada(literal);
}

/** What is wrong with the host of a URL, as a code of FIELD_MESSAGES; nothing when all its addresses are public. */
export async function problemaDelHost(url: URL): Promise<'url_privada' | 'url_desconocida' | undefined> {
  try {
    exigirPublica(url);
    if (!isIP(literalOf(url))) await publicas(url.hostname);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'DIRECCION_PRIVADA' ? 'url_privada' : 'url_desconocida';
  }
}
