import type { Config } from '../config.js';
import { escribir } from './archivo.js';
import { Fallo, type Enviar } from './fallo.js';

export interface Whatsapp {
  /** E.164. */
  numero: string;
  texto: string;
}

const TIMEOUT_MS = 10_000;

/** Through Evolution API v2. It may answer 201 and have sent nothing: only the key of a message says that there is one. */
export function porEvolution({ url, apiKey, instance }: NonNullable<Config['evolution']>): Enviar<Whatsapp> {
  const endpoint = `${url}/message/sendText/${encodeURIComponent(instance)}`;
  return async ({ numero, texto }) => {
    const { status, body } = await post(endpoint, apiKey, { number: numero.slice(1), text: texto });
    if (status >= 200 && status < 300 && typeof body?.key?.id === 'string' && body.key.id) return undefined;
    const hopeless = status >= 300 && status < 500 && status !== 408 && status !== 429;
    throw new Fallo(`status ${status} without a message key`, hopeless);
  };
}

async function post(endpoint: string, apikey: string, body: unknown): Promise<{ status: number; body: any }> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { apikey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual', // the key is for that server only
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : undefined };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    throw new Fallo(cause?.code ?? name, false);
  }
}

/** A text file, where there is no Evolution API. */
export function enTexto(dir: string): Enviar<Whatsapp> {
  return ({ numero, texto }) => escribir(dir, 'txt', `${numero}\n\n${texto}\n`);
}
