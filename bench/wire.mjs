// HTTP/1.1 by hand, for a load that shares two cores with what it loads: node:http takes five times the CPU for a request.
import net from 'node:net';

/** Every connection is read into the same bytes: chunks of their own were collected for up to 13 ms, in the middle of a measurement. */
const buffer = Buffer.allocUnsafe(256 * 1024);

/** Connections to one server, each with one request at a time; one more is opened when none is free. */
export class Wire {
  #server;
  #head;
  #free = [];
  #open = new Set();

  constructor(baseUrl) {
    const { hostname: host, port } = new URL(baseUrl);
    this.#server = { host, port: Number(port), noDelay: true };
    this.#head = ` HTTP/1.1\r\nhost: ${host}:${port}\r\n`;
  }

  /** Whatever the answer is; the body of a success only if `read`. @returns {Promise<{ status: number, retry?: string, body: Buffer[] }>} */
  ask(method, path, { token, body, read = false } = {}) {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const lines = [...(token ? [`authorization: Bearer ${token}`] : []), ...(sent ? ['content-type: application/json', `content-length: ${Buffer.byteLength(sent)}`] : [])];
    const connection = this.#free.pop() ?? this.#connect();
    return new Promise((resolve, reject) => {
      connection.asked = { resolve, reject, read };
      connection.write(`${method} /api/v1${path}${this.#head}${lines.map((line) => `${line}\r\n`).join('')}\r\n${sent}`);
    });
  }

  /** The answer has to be a success; its body only if `read`. */
  async send(method, path, options = {}) {
    const { status, body } = await this.ask(method, path, options);
    const text = () => Buffer.concat(body).toString();
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text()}`);
    return options.read ? JSON.parse(text()) : undefined;
  }

  #connect() {
    let answer;
    const callback = (size) => {
      const data = buffer.subarray(0, size);
      if (!answer) answer = open(data, socket.asked.read);
      else take(answer, data);
      if (answer.missing > 0) return true;
      const { resolve } = socket.asked;
      socket.asked = undefined;
      this.#free.push(socket);
      resolve(answer);
      answer = undefined;
      return true;
    };
    const socket = net.connect({ ...this.#server, onread: { buffer, callback } });
    this.#open.add(socket);
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#free = this.#free.filter((other) => other !== socket);
      socket.asked?.reject(new Error('The server closed the connection'));
    });
    socket.on('error', () => {}); // it closes
    return socket;
  }

  close() {
    for (const socket of this.#open) socket.destroy();
  }
}

/** The API says how long each answer is, and its head comes in one piece. */
function open(data, read) {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('Half of a head');
  const head = data.latin1Slice(0, end);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const status = Number(head.slice(9, 12));
  const answer = { status, retry: /\r\nretry-after: (\d+)/i.exec(head)?.[1], missing: length, body: [], kept: read || status >= 300 };
  take(answer, data.subarray(end + 4));
  return answer;
}

function take(answer, data) {
  if (answer.kept) answer.body.push(Buffer.from(data));
  answer.missing -= data.length;
}
