import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { sentHeaders } from '../outbox/deliveries.js';
import { Fallo } from './fallo.js';

/** What Evolution API knows of an instance; `ausente`, that it has none of that name. */
export type Conexion = 'open' | 'connecting' | 'close' | 'ausente';

export interface Qr {
  /** An image as a data URL. */
  base64: string;
  /** What the image says. */
  codigo: string;
}

/** What became of a text. `incierto`: it may have left all the same. */
export type Envio =
  | { es: 'enviado'; clave: string }
  | { es: 'sin_whatsapp' }
  | { es: 'fallo'; error: string; estado_http?: number; incierto: boolean };

interface Llamada {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Of the instance; without it, the one that manages all. */
  apikey?: string;
  body?: unknown;
  timeoutMs: number;
  signal?: AbortSignal;
}

const MANAGE_MS = 15_000;
const ASK_MS = 3_000;
const MOST_BYTES = 512 * 1024;
const EVENTS = ['MESSAGES_UPSERT', 'SEND_MESSAGE', 'CONNECTION_UPDATE'];

/** Evolution API v2 over HTTP. Never called inside a transaction. Its status says little: what counts is in the body. */
@Injectable()
export class Evolution {
  readonly #server?: NonNullable<Config['evolution']>;

  constructor(@Inject(CONFIG) config: Config) {
    this.#server = config.evolution;
  }

  get hay(): boolean {
    return this.#server !== undefined;
  }

  /** With a key that we chose. That it is there already is no failure: somebody died after asking for it. */
  async crear(nombre: string, apikey: string): Promise<void> {
    const body = { instanceName: nombre, token: apikey, integration: 'WHATSAPP-BAILEYS', qrcode: false, groupsIgnore: true };
    const { status } = await this.#call({ method: 'POST', path: '/instance/create', body, timeoutMs: MANAGE_MS });
    if (status !== 201 && status !== 403) throw new Fallo(`create: HTTP ${status}`, false);
    if ((await this.estado(nombre, apikey)) === 'ausente') throw new Fallo(`create: HTTP ${status}, and there is no instance`, false);
  }

  async fijarWebhook(nombre: string, url: string): Promise<void> {
    const webhook = { enabled: true, url, byEvents: false, base64: false, events: EVENTS };
    const { status } = await this.#call({ method: 'POST', path: `/webhook/set/${nombre}`, body: { webhook }, timeoutMs: MANAGE_MS });
    if (status !== 201 && status !== 200) throw new Fallo(`webhook: HTTP ${status}`, false);
  }

  async estado(nombre: string, apikey?: string, signal?: AbortSignal): Promise<Conexion> {
    const { status, body } = await this.#call({ method: 'GET', path: `/instance/connectionState/${nombre}`, apikey, timeoutMs: ASK_MS, signal });
    if (status === 404) return 'ausente';
    if (status !== 200) throw new Fallo(`state: HTTP ${status}`, false);
    // An instance that is stored and not loaded has no state.
    const state = body?.instance?.state;
    return state === 'open' || state === 'connecting' ? state : 'close';
  }

  /** Starts connecting, if it is not. Answers the QR to be read, if there is one yet. */
  async conectar(nombre: string, timeoutMs = MANAGE_MS): Promise<Qr | undefined> {
    const { status, body } = await this.#call({ method: 'GET', path: `/instance/connect/${nombre}`, timeoutMs });
    if (status !== 200 || body?.error) throw new Fallo(`connect: HTTP ${status}`, false);
    const { base64, code } = body?.qrcode ?? body ?? {};
    return typeof base64 === 'string' && typeof code === 'string' ? { base64, codigo: code } : undefined;
  }

  /** Ends its session and forgets it. That it is gone already is no failure. */
  async eliminar(nombre: string): Promise<void> {
    const { status } = await this.#call({ method: 'DELETE', path: `/instance/delete/${nombre}`, timeoutMs: MANAGE_MS });
    if (status !== 200 && status !== 404) throw new Fallo(`delete: HTTP ${status}`, false);
  }

  /** Never throws. Sent is what has the key of a message; 201 may be an error. */
  async enviar(nombre: string, apikey: string, numero: string, texto: string, timeoutMs: number, signal?: AbortSignal): Promise<Envio> {
    try {
      const { status, body } = await this.#call({
        method: 'POST', path: `/message/sendText/${nombre}`, apikey, body: { number: numero.slice(1), text: texto }, timeoutMs, signal,
      });
      const clave = body?.key?.id;
      const accepted = status >= 200 && status < 300;
      if (accepted && typeof clave === 'string' && clave) return { es: 'enviado', clave: clave.slice(0, 100) };
      if (status === 400 && [body?.response?.message].flat().some((said) => said?.exists === false)) return { es: 'sin_whatsapp' };
      // 4xx was refused before WhatsApp was asked, but for 400, which Evolution also makes of an error while sending.
      const incierto = accepted || status === 400 || status >= 500;
      return { es: 'fallo', estado_http: status, error: `HTTP ${status} sin clave de mensaje`, incierto };
    } catch (error) {
      return { es: 'fallo', error: (error as Error).message, incierto: true };
    }
  }

  async #call({ method, path, apikey, body, timeoutMs, signal }: Llamada): Promise<{ status: number; body: any }> {
    if (!this.#server) throw new Fallo('EVOLUTION_API_URL is not set', true);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(this.#server.url + path, {
        method,
        headers: { ...sentHeaders.getStore(), apikey: apikey ?? this.#server.apiKey, ...(body !== undefined && { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual', // the key is for that server only
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      });
      return { status: response.status, body: parsed(await read(response)) };
    } catch (error) {
      const { name, cause } = error as { name: string; cause?: { code?: string } };
      throw new Fallo(cause?.code ?? name, false);
    }
  }
}

async function read(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
