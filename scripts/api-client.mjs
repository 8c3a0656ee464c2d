// What the seed and the replay know of HTTP: JSON in, JSON out, tokens that renew themselves.
import { setTimeout as sleep } from 'node:timers/promises';

const patience = 5; // times that "busy" (503) is asked again

export class Api {
  #url;
  #measure;

  /**
   * @param {string} baseUrl such as http://127.0.0.1:3000
   * @param {(kind: string, milliseconds: number, status: number) => void} [measure] told of every answer
   */
  constructor(baseUrl, measure = () => {}) {
    this.#url = `${baseUrl.replace(/\/+$/, '')}/api/v1`;
    this.#measure = measure;
  }

  /**
   * The answer, whatever it is.
   * @param {{ body?: unknown, token?: string, now?: string, kind?: string }} [options] `now` moves the server's clock for this request
   * @returns {Promise<{ status: number, body: any }>}
   */
  async ask(method, path, { body, token, now, kind = 'other' } = {}) {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(now && { 'x-franja-now': now }),
    };
    for (let attempt = 1; ; attempt++) {
      const began = performance.now();
      const response = await fetch(this.#url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      const text = await response.text();
      this.#measure(kind, performance.now() - began, response.status);
      if (response.status !== 503 || attempt === patience) return { status: response.status, body: parse(method, path, response, text) };
      await sleep(1000 * Number(response.headers.get('retry-after') ?? 1));
    }
  }

  /** The body of an answer that has to be a success. */
  async send(method, path, options) {
    return bodyOf(method, path, await this.ask(method, path, options));
  }
}

/** One account. Its access token is renewed before it expires, once for all the requests that wait for it. */
export class Session {
  #api;
  #tokens;
  #expires;
  #renewal;

  constructor(api, tokens) {
    this.#api = api;
    this.#keep(tokens);
  }

  #keep(tokens) {
    this.#tokens = tokens;
    this.#expires = performance.now() + tokens.expires_in * 800;
  }

  async #token() {
    if (performance.now() > this.#expires) {
      this.#renewal ??= this.#api
        .send('POST', '/auth/refresh', { body: { refresh_token: this.#tokens.refresh_token } })
        .then((tokens) => this.#keep(tokens))
        .finally(() => (this.#renewal = undefined));
      await this.#renewal;
    }
    return this.#tokens.access_token;
  }

  /** @param {Parameters<Api['ask']>[2]} [options] */
  async ask(method, path, options) {
    return this.#api.ask(method, path, { ...options, token: await this.#token() });
  }

  /** @param {Parameters<Api['ask']>[2]} [options] */
  async send(method, path, options) {
    return bodyOf(method, path, await this.ask(method, path, options));
  }

  /** Every element of a list, page by page. */
  async all(path, options) {
    const found = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = await this.send('GET', `${path}${path.includes('?') ? '&' : '?'}limite=200${cursor && `&cursor=${cursor}`}`, options);
      found.push(...page.elementos);
      cursor = page.cursor;
    }
    return found;
  }
}

function parse(method, path, response, text) {
  if (!text) return null;
  if (!/json/.test(response.headers.get('content-type') ?? '')) throw new Error(`${method} ${path}: ${response.status}, not an answer of Franja`);
  return JSON.parse(text);
}

function bodyOf(method, path, { status, body }) {
  if (status < 300) return body;
  const fields = (body?.errores ?? []).map(({ campo, mensaje }) => `${campo} ${mensaje}`).join('; ');
  throw new Error(`${method} ${path}: ${status} ${body?.codigo ?? ''} ${body?.title ?? ''} ${fields}`.trimEnd());
}
