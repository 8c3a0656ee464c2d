import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONFIG, type Config } from '../src/config.js';
import { startApi, type Api, type Member } from './api.js';

export const GLOBAL_KEY = 'la-clave-global-de-evolution';

interface Instance {
  token: string;
  state: 'open' | 'connecting' | 'close';
  webhook?: { url: string; events: string[] };
}

export interface Sent {
  instance: string;
  number: string;
  text: string;
  at: number;
  traceparent?: string;
}

/** What the server does with the next texts instead of sending them: answers that, says nothing, or hangs up. */
export type Lie = { status: number; body: string } | 'stall' | 'drop';

/** Evolution API v2 as far as it is used here, over real HTTP: its statuses, its errors, its keys, and its lies when told to. */
export class EvolutionServer {
  readonly instances = new Map<string, Instance>();
  readonly sent: Sent[] = [];
  readonly asked: string[] = [];
  /** Numbers without WhatsApp. */
  readonly unknown = new Set<string>();
  readonly lies: Lie[] = [];
  /** Dies before it answers the creation of an instance, once. */
  dropCreate = false;
  /** Answers nothing at all. */
  down = false;
  /** Sends, and hangs up before saying so, that many times. */
  sendsAndDrops = 0;
  /** Texts that it said nothing to, and that nobody waits for any more. */
  givenUp = 0;
  /** Sends, and says nothing. */
  sendsAndStalls = false;
  /** Told of what leaves, as Evolution tells: send.message. */
  tells = false;
  readonly #server = http.createServer((request, response) => this.#serve(request, response));

  static async start(): Promise<EvolutionServer> {
    const server = new EvolutionServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get env() {
    return { EVOLUTION_API_URL: this.url, EVOLUTION_API_KEY: GLOBAL_KEY, EVOLUTION_INSTANCE: 'plataforma' };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Somebody reads the QR with the phone. */
  async scan(name: string, number: string): Promise<void> {
    this.instances.get(name)!.state = 'open';
    await this.tell(name, 'connection.update', { instance: name, wuid: `${number}@s.whatsapp.net`, state: 'open', statusReason: 200 }, number);
  }

  /** Reports to the webhook of the instance, if it wants that, as the real one does: with the key of the instance in the body. */
  async tell(name: string, event: string, data: unknown, sender = '573009990000', more: object = {}): Promise<Response | undefined> {
    const { webhook, token } = this.instances.get(name)!;
    if (!webhook?.events.includes(event.replace('.', '_').toUpperCase())) return undefined;
    return fetch(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        event, instance: name, data, destination: webhook.url, date_time: '2026-11-22T10:00:00.000Z', sender: `${sender}@s.whatsapp.net`, server_url: this.url, apikey: token, ...more,
      }),
    });
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse) {
    let text = '';
    request.on('data', (chunk) => (text += chunk)).on('end', () => {
      const [, area, verb, name = ''] = request.url!.split('?')[0].split('/');
      this.asked.push(`${request.method} /${area}/${verb}`);
      if (this.down) return request.socket.destroy();
      const body = text ? JSON.parse(text) : {};
      const answer = (status: number, content: unknown) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
      const refuse = (status: number, error: string, message: unknown) => answer(status, { status, error, response: { message } });
      const instance = this.instances.get(name);
      const key = request.headers.apikey;
      if (key !== GLOBAL_KEY && (!instance || key !== instance.token)) return refuse(401, 'Unauthorized', 'Unauthorized');
      if (`${area}/${verb}` === 'instance/create') {
        if (key !== GLOBAL_KEY) return refuse(401, 'Unauthorized', 'Unauthorized');
        if (this.instances.has(body.instanceName)) return refuse(403, 'Forbidden', [`This name "${body.instanceName}" is already in use.`]);
        this.instances.set(body.instanceName, { token: body.token, state: 'close' });
        if (this.dropCreate) {
          this.dropCreate = false;
          return request.socket.destroy();
        }
        return answer(201, { instance: { instanceName: body.instanceName, integration: body.integration, status: 'close' }, hash: body.token, qrcode: {} });
      }
      if (!instance) return refuse(404, 'Not Found', [`The "${name}" instance does not exist`]);
      switch (`${request.method} ${area}/${verb}`) {
        case 'POST webhook/set':
          instance.webhook = body.webhook;
          return answer(201, { id: 'x', ...body.webhook });
        case 'GET instance/connectionState':
          return answer(200, { instance: { instanceName: name, state: instance.state } });
        case 'GET instance/connect':
          if (instance.state === 'open') return answer(200, { instance: { instanceName: name, state: 'open' } });
          instance.state = 'connecting';
          return answer(200, { pairingCode: null, code: '2@codigo', base64: 'data:image/png;base64,iVBORw0KGgo=', count: 1 });
        case 'DELETE instance/delete':
          this.instances.delete(name);
          return answer(200, { status: 'SUCCESS', error: false, response: { message: 'Instance deleted' } });
        case 'POST message/sendText':
          return this.#send(name, instance, body, request, answer);
      }
      return refuse(404, 'Not Found', [`Cannot ${request.method} ${request.url}`]);
    });
  }

  #send(name: string, instance: Instance, { number, text }: { number: string; text: string }, request: http.IncomingMessage, answer: (status: number, content: unknown) => void) {
    const lie = this.lies.shift();
    if (lie === 'stall') return void request.socket.on('close', () => this.givenUp++);
    if (lie === 'drop') return void request.socket.destroy();
    if (lie) return answer(lie.status, JSON.parse(lie.body));
    if (instance.state !== 'open') return answer(500, { status: 500, error: 'Internal Server Error', response: { message: "Cannot read properties of undefined (reading 'onWhatsApp')" } });
    if (this.unknown.has(number)) return answer(400, { status: 400, error: 'Bad Request', response: { message: [{ jid: `${number}@s.whatsapp.net`, exists: false, number }] } });
    this.sent.push({ instance: name, number, text, at: performance.now(), traceparent: request.headers.traceparent as string | undefined });
    const id = `3EB0${randomBytes(8).toString('hex').toUpperCase()}`;
    const data = { key: { remoteJid: `${number}@s.whatsapp.net`, fromMe: true, id }, pushName: 'Você', status: 'PENDING', message: { conversation: text }, messageType: 'conversation', messageTimestamp: Math.floor(Date.now() / 1000) };
    if (this.tells) void this.tell(name, 'send.message', data);
    if (this.sendsAndDrops > 0) {
      this.sendsAndDrops--;
      return void request.socket.destroy();
    }
    if (this.sendsAndStalls) return;
    return answer(201, data);
  }
}

let keys = 0;
/** What a phone writes. */
export const wrote = (number: string, text: string, more: { id?: string; key?: object; message?: object; at?: number } = {}) => ({
  key: { remoteJid: `${number}@s.whatsapp.net`, fromMe: false, id: more.id ?? `CLI${process.pid}${Date.now().toString(36)}${++keys}`, ...more.key },
  pushName: 'María',
  message: more.message ?? { conversation: text },
  messageType: 'conversation',
  messageTimestamp: Math.floor((more.at ?? Date.now()) / 1000),
});

/** Its instance, connected, under that number. */
export async function connect(evolution: EvolutionServer, owner: Member, number: string): Promise<string> {
  const answer = await owner.request('POST', '/whatsapp/instance');
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  const name = instanceOf(evolution, owner);
  await evolution.scan(name, number);
  return name;
}

export const instanceOf = (evolution: EvolutionServer, { cuenta }: Member): string => [...evolution.instances.keys()].find((name) => name.startsWith(`franja-${cuenta.organizacion_id}-`))!;

/** The real application with a quick worker, told where it is itself. */
export async function startWithEvolution(evolution: EvolutionServer, env: NodeJS.ProcessEnv = {}, shared?: Api): Promise<Api> {
  const quick = { JOBS: 'on', JOBS_POLL_MS: '20', WEBHOOK_RETRY_MS: '50', WEBHOOK_TIMEOUT_MS: '1000', WHATSAPP_INTERVAL_MS: '0' };
  const api = await startApi({ ...evolution.env, ...quick, ...env }, shared);
  Object.assign(api.app.get<Config>(CONFIG), { publicUrl: api.url });
  return api;
}
