import type { FastifyRequest } from 'fastify';
import { STRIPE_WEBHOOK } from './inbound.js';
import { Problem } from './problems.js';

/** A request whose signature is of the very bytes. */
export type SignedRequest = FastifyRequest & { signedBody?: Buffer };

type Done = (error: Error | null, value?: unknown) => void;

/** No DTO is deeper than a few levels; what validates them calls itself once a level, and 10,000 are the end of the stack. */
const DEEPEST = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a body as what RFC 8259 says JSON is: UTF-8, whole, as it is and not compressed. `parse` is Fastify's, which refuses __proto__. */
export function jsonBody(parse: (request: FastifyRequest, text: string, done: Done) => void) {
  return (request: FastifyRequest, body: Buffer, done: Done): void => {
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = request.headers;
    const [, charset = 'utf-8'] = /charset\s*=\s*"?([^";\s]*)/i.exec(type) ?? [];
    if (encoding.toLowerCase() !== 'identity' || !/^utf-?8$/i.test(charset)) return done(new Problem('tipo_no_admitido'));
    // A client that names JSON and sends nothing (PUT …/confirm) sends no body, not a broken one.
    if (body.length === 0) return done(null, undefined);
    if (request.routeOptions.url === STRIPE_WEBHOOK) (request as SignedRequest).signedBody = body;
    const text = read(body);
    if (text === undefined || isTooDeep(text)) return done(new Problem('json_invalido'));
    return parse(request, text, done);
  };
}

function read(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === '"') while (++i < text.length && text[i] !== '"') i += Number(text[i] === '\\');
    else if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}
