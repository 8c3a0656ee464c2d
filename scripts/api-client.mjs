// What the seed and the replay know of HTTP: JSON in, JSON out, tokens that renew themselves.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const patience = 5; // times that "busy" (503) is asked again

export class Api {
  #url;
  #measure;
  #http;
  #agent;

  /**
   * @param {string} baseUrl such as http://127.0.0.1:3000
   * @param {(kind: string, milliseconds: number, status: number) => void} [measure] told of every answer
   */
  constructor(baseUrl, measure = () => {}) {
    this.#url = `${baseUrl.replace(/\/+$/, '')}/api/v1`;
    this.#measure = measure;
    this.#http = this.#url.startsWith('https:') ? https : http;
    this.#agent = new this.#http.Agent({ keepAlive: true });
  }

  /**
   * The answer, whatever it is.
   * @param {{ body?: unknown, token?: string, now?: string, kind?: string }} [options] `now` moves the server's clock for this request
   * @returns {Promise<{ status: number, body: any }>}
   */
  async ask(method, path, { body, token, now, kind = 'other' } = {}) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(sent && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(now && { 'x-franja-now': now }),
    };
    for (let attempt = 1; ; attempt++) {
      const began = performance.now();
      const answer = await this.#exchange(method, path, headers, sent);
      this.#measure(kind, performance.now() - began, answer.status);
      if (answer.status !== 503 || attempt === patience) return { status: answer.status, body: parse(method, path, answer) };
      await sleep(1000 * Number(answer.headers['retry-after'] ?? 1));
    }
  }

  // Not fetch: it costs three times the CPU, on the machine that the server is measured on.
  #exchange(method, path, headers, sent) {
    return new Promise((resolve, reject) => {
      const request = this.#http.request(this.#url + path, { method, headers, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(sent);
    });
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

function parse(method, path, { status, headers, text }) {
  if (!text) return null;
  if (!/json/.test(headers['content-type'] ?? '')) throw new Error(`${method} ${path}: ${status}, not an answer of Franja`);
  return JSON.parse(text);
}

function bodyOf(method, path, { status, body }) {
  if (status < 300) return body;
  const fields = (body?.errores ?? []).map(({ campo, mensaje }) => `${campo} ${mensaje}`).join('; ');
  throw new Error(`${method} ${path}: ${status} ${body?.codigo ?? ''} ${body?.title ?? ''} ${fields}`.trimEnd());
}
