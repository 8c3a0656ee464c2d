import http from 'node:http';
import https from 'node:https';
import { sentHeaders } from './deliveries.js';
import { exigirPublica, lookupPublico } from './direcciones.js';

const MOST_BYTES = 64 * 1024;
const KEPT_CHARACTERS = 500;
const LONGEST_WAIT = 86_400;

export interface Peticion {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** From the look-up of the name to the end of the answer. */
  timeoutMs: number;
  /** Only to public addresses. */
  publica: boolean;
  signal: AbortSignal;
}

/** What came back, or why nothing whole did. `espera` is Retry-After in seconds. */
export type Contestacion = { estado: number; texto: string; espera?: number; error?: undefined } | { estado?: number; error: string };

/** A POST on a connection of its own. Redirects are not followed: they could point anywhere, and would carry the signature there. */
export function enviarPost({ url, headers, body, timeoutMs, publica, signal }: Peticion): Promise<Contestacion> {
  return new Promise((resolve) => {
    let request: http.ClientRequest | undefined;
    const end = (answer: Contestacion) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(answer);
      request?.destroy();
    };
    const abort = () => end({ error: 'interrumpida' });
    const timer = setTimeout(() => end({ error: `sin respuesta completa en ${timeoutMs} ms` }), timeoutMs);
    signal.addEventListener('abort', abort);
    if (signal.aborted) return abort();
    try {
      if (publica) exigirPublica(url);
      request = (url.protocol === 'https:' ? https : http).request(url, {
        method: 'POST',
        agent: false,
        headers: { ...sentHeaders.getStore(), ...headers, 'content-length': Buffer.byteLength(body) },
        ...(publica && { lookup: lookupPublico }),
      });
      request.on('response', (response) => read(response, end));
      request.on('error', (error: NodeJS.ErrnoException) => end({ error: error.code ?? 'error' }));
      request.end(body);
    } catch (error) {
      end({ error: (error as NodeJS.ErrnoException).code ?? 'error' });
    }
  });
}

/** Its first 64 KB are enough: of a longer answer the status counts. */
function read(response: http.IncomingMessage, end: (answer: Contestacion) => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const estado = response.statusCode ?? 0;
  const whole = () => end({ estado, texto: excerpt(Buffer.concat(chunks)), espera: waitOf(response.headers['retry-after']) });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BYTES) whole();
  });
  response.on('end', () => (response.complete ? whole() : end({ estado, error: 'respuesta cortada' })));
  response.on('error', () => end({ estado, error: 'respuesta cortada' }));
}

/** What PostgreSQL stores and a person reads. */
function excerpt(body: Buffer): string {
  const text = body.subarray(0, KEPT_CHARACTERS * 4).toString('utf8').replace(/\p{Cc}+/gu, ' ').toWellFormed();
  return [...text].slice(0, KEPT_CHARACTERS).join('');
}

/** Seconds or an HTTP date, a day at most; what cannot be read is none. */
export function waitOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Math.min(Number(header), LONGEST_WAIT);
  if (!/^[A-Z][a-z]{2,8}, /.test(header)) return undefined; // Date.parse reads far more than HTTP dates
  const seconds = Math.ceil((Date.parse(header) - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), LONGEST_WAIT);
}
