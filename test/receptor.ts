import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

export interface Recibido {
  ruta: string;
  headers: Record<string, string>;
  /** As it came, before it was parsed. */
  texto: string;
  cuerpo: any;
  en: number;
}

/** How it answers a request: a status with what goes with it, or what a broken network does. */
export type Trato =
  | number
  | { estado: number; headers?: Record<string, string>; texto?: string; demora?: number }
  | 'callar' // takes the request and never answers
  | 'colgar' // closes the connection without a word
  | 'cortar'; // says 200 and half a body

/** A real server on the other side: it receives as it is told to. Its port stays the same while it is down. */
export class Receptor {
  readonly recibidos: Recibido[] = [];
  /** Requests at the same time, now and at most. */
  abiertos = 0;
  maximo = 0;
  /** What the next ones get; a function chooses by what came. */
  trato: Trato | ((recibido: Recibido) => Trato | Promise<Trato>) = 200;
  readonly #sockets = new Set<Socket>();
  #server?: http.Server;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The ids that came, each once: what is left after a receiver dropped what it had. */
  get unicos(): string[] {
    return [...new Set(this.recibidos.map(({ headers }) => headers['webhook-id']))];
  }

  get eventos(): string[] {
    return this.recibidos.map(({ cuerpo }) => cuerpo.evento);
  }

  async abrir(): Promise<this> {
    this.#server = http.createServer((request, response) => void this.#receive(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Connections are refused from now on, and those that are open break. */
  async cerrar(): Promise<void> {
    const closed = new Promise((resolve) => this.#server!.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #receive(request: http.IncomingMessage, response: http.ServerResponse) {
    this.maximo = Math.max(this.maximo, ++this.abiertos);
    response.on('close', () => this.abiertos--);
    let texto = '';
    for await (const chunk of request.setEncoding('utf8')) texto += chunk;
    const recibido: Recibido = { ruta: request.url!, headers: request.headers as Record<string, string>, texto, cuerpo: JSON.parse(texto), en: Date.now() };
    this.recibidos.push(recibido);
    const trato = typeof this.trato === 'function' ? await this.trato(recibido) : this.trato;
    if (trato === 'callar') return;
    if (trato === 'colgar') return void request.socket.destroy();
    if (trato === 'cortar') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('la mitad');
      return void setTimeout(() => request.socket.destroy(), 20);
    }
    const { estado, headers = {}, texto: answer = 'ok', demora = 0 } = typeof trato === 'number' ? { estado: trato } : trato;
    if (demora) await sleep(demora);
    response.writeHead(estado, headers).end(answer);
  }
}

/** Takes connections and never says a word, not even of the protocol. A connection that the other end gives up is destroyed. */
export async function mudo() {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => void sockets.push(socket.on('error', () => {}).resume())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cerrar = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { donde: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, cerrar };
}

/** Whether the signature of what came is that of `secreto`; throws when it is not. */
export const comprobar = (secreto: string, { texto, headers }: Recibido) => new Webhook(secreto).verify(texto, headers);

/** Waits until `check` holds, and fails with what `tell` says if it never does. */
export async function hasta(check: () => boolean | Promise<boolean>, tell: () => unknown = () => '', ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !(await check()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`It did not happen within ${ms} ms: ${JSON.stringify(tell())}`);
  }
}
