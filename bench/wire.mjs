// HTTP/1.1 by hand, for a load that shares two cores with what it loads: node:http takes five times the CPU for a request.
import net from 'node:net';

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

  /** Whatever the answer is. @returns {Promise<{ status: number, retry?: string, body: Buffer[] }>} */
  ask(method, path, { token, body } = {}) {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const lines = [...(token ? [`authorization: Bearer ${token}`] : []), ...(sent ? ['content-type: application/json', `content-length: ${Buffer.byteLength(sent)}`] : [])];
    const connection = this.#free.pop() ?? this.#connect();
    return new Promise((resolve, reject) => {
      connection.asked = { resolve, reject };
      connection.write(`${method} /api/v1${path}${this.#head}${lines.map((line) => `${line}\r\n`).join('')}\r\n${sent}`);
    });
  }

  /** The answer has to be a success; its body only if `read`. */
  async send(method, path, { read = false, ...options } = {}) {
    const { status, body } = await this.ask(method, path, options);
    const text = () => Buffer.concat(body).toString();
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text()}`);
    return read ? JSON.parse(text()) : undefined;
  }

  #connect() {
    const socket = net.connect(this.#server);
    this.#open.add(socket);
    let answer;
    socket.on('data', (data) => {
      if (!answer) answer = open(data);
      else take(answer, data);
      if (answer.missing > 0) return;
      const { resolve } = socket.asked;
      socket.asked = undefined;
      this.#free.push(socket);
      resolve(answer);
      answer = undefined;
    });
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
function open(data) {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('Half of a head');
  const head = data.latin1Slice(0, end);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const answer = { status: Number(head.slice(9, 12)), retry: /\r\nretry-after: (\d+)/i.exec(head)?.[1], missing: length, body: [] };
  take(answer, data.subarray(end + 4));
  return answer;
}

function take(answer, data) {
  answer.body.push(data);
  answer.missing -= data.length;
}
