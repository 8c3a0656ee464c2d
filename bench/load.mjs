// HTTP from this process. It shares the machine with the API and PostgreSQL: what it costs is part of every HTTP figure.
import http from 'node:http';

/** Keep-alive connections to one server. node:http and not fetch: a third of the CPU. */
export class Sender {
  #agent;
  #url;

  constructor(baseUrl, connections) {
    this.#url = new URL(baseUrl);
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections, scheduling: 'fifo' });
  }

  /** Whatever the answer is; its body only if `read`. */
  ask(method, path, { token, body, read = false } = {}) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(sent && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
    };
    return new Promise((resolve, reject) => {
      const options = { host: this.#url.hostname, port: this.#url.port, path: `/api/v1${path}`, method, headers, agent: this.#agent };
      const request = http.request(options, (response) => {
        const chunks = [];
        if (read || response.statusCode >= 400) response.on('data', (chunk) => chunks.push(chunk));
        else response.resume();
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(sent);
    });
  }

  /** The answer has to be a success. */
  async send(method, path, options) {
    const { status, text } = await this.ask(method, path, options);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return options?.read ? JSON.parse(text) : undefined;
  }

  close() {
    this.#agent.destroy();
  }
}

/**
 * `clients` that each do `warm + count` times the next piece of work, one after the other.
 * @returns {Promise<{ rate: number, times: number[] }>} a second; milliseconds. What is warm-up is not in them.
 */
export async function closedLoop({ clients, count, warm, work }) {
  const times = [];
  let first = Infinity;
  let last = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let turn = 0; turn < warm + count; turn++) {
        const began = performance.now();
        await work(turn * clients + client);
        const ended = performance.now();
        if (turn < warm) continue;
        times.push(ended - began);
        first = Math.min(first, began);
        last = Math.max(last, ended);
      }
    }),
  );
  return { rate: (1000 * times.length) / (last - first), times };
}
