// How messages leave: a real SMTP server, and a server that plays Evolution API, which refuse, stall and lie.
import type { LoggerService } from '@nestjs/common';
import { simpleParser, type ParsedMail } from 'mailparser';
import fs from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { createApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import { ok } from './agenda.js';
import { register, SECRETS, startApi, unique, type Api, type Member } from './api.js';
import { eventually, linkTo, mailsTo, tokenIn } from './buzon.js';
import { query } from './checks.js';
import { FAST, negocio } from './outbox-kit.js';
import { mudo } from './receptor.js';

let plain: Api;
beforeAll(async () => {
  plain = await startApi();
});
afterAll(() => plain.close());

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const listening = (server: { listen(port: number, host: string, then: () => void): unknown }) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

interface Smtp {
  url: string;
  mails: ParsedMail[];
  tries: number;
}

/** A mail server with a password. `answer` may refuse, by throwing, or take its time. */
async function withSmtp(work: (smtp: Smtp) => Promise<void>, answer: (attempt: number) => Promise<void> | void = () => {}) {
  const smtp: Smtp = { url: '', mails: [], tries: 0 };
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) => done(username === 'franja' && password === 'clave@1' ? null : new Error('no'), { user: 'franja' }),
    onData(stream, _session, done) {
      smtp.tries++;
      const receive = async () => {
        const mail = await simpleParser(stream);
        await answer(smtp.tries);
        smtp.mails.push(mail);
      };
      callbackify(receive)(done);
    },
  });
  server.on('error', () => {});
  await listening(server);
  smtp.url = `smtp://franja:clave%401@127.0.0.1:${portOf(server.server)}`;
  try {
    await work(smtp);
  } finally {
    await new Promise<void>((resolve) => server.close(resolve));
  }
}

const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

type Sent = { url: string; apikey: unknown; body: any };

/** Something that answers POSTs as `answer` says. */
async function withServer(answer: (sent: Sent, response: http.ServerResponse, attempt: number) => void, work: (url: string, sent: Sent[]) => Promise<void>) {
  const sent: Sent[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => {
      const one = { url: request.url!, apikey: request.headers.apikey, body: body ? JSON.parse(body) : null };
      sent.push(one);
      answer(one, response, sent.length);
    });
  });
  await listening(server);
  try {
    await work(`http://127.0.0.1:${portOf(server)}`, sent);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const evolution = (url: string) => ({ EVOLUTION_API_URL: url, EVOLUTION_API_KEY: 'una-clave', EVOLUTION_INSTANCE: 'franja centro' });

class Recorder implements LoggerService {
  readonly lines: string[] = [];
  log = (...parts: unknown[]) => void this.lines.push(parts.map(String).join(' '));
  warn = this.log;
  error = this.log;
  get text() {
    return this.lines.join('\n');
  }
}

/** Another instance over the same database, with its log. */
async function withApi(env: NodeJS.ProcessEnv, work: (api: Api, log: Recorder) => Promise<void>) {
  const api = await startApi(env, plain);
  const log = new Recorder();
  api.app.useLogger(log);
  try {
    await work(api, log);
  } finally {
    await api.close();
    plain.app.useLogger(false);
  }
}

const as = (api: Api, owner: Member) => (method: string, route: string, body?: unknown) => api.request(method, route, body, { authorization: `Bearer ${owner.token}` });
const invitation = (more: object = {}) => ({ nombre: 'Íñigo Ñáñez', email: `${unique('inigo')}@example.com`, rol: 'empleado', canal: 'email', ...more });
const byWhatsapp = () => invitation({ canal: 'whatsapp', telefono: '+573001234567' });
const logged = (log: Recorder, pattern: RegExp) => eventually(() => (pattern.test(log.text) ? true : undefined), 15_000);

describe('mail', () => {
  test('arrives at the mail server, from the sender that is set, with accents right and one link', () =>
    withSmtp((smtp) =>
      withApi({ SMTP_URL: smtp.url, MAIL_FROM: 'Agenda Ñandú <agenda@example.com>', APP_URL: 'https://agenda.example.com/' }, async (api) => {
        const owner = await register(plain, { nombre_comercial: 'Peluquería «Ñandú» & Cía' });
        const body = invitation();
        ok(await as(api, owner)('POST', '/users/invitations', body));
        const [mail] = await eventually(() => (smtp.mails.length === 1 ? smtp.mails : undefined));
        expect(mail.subject).toBe('Peluquería «Ñandú» & Cía le invita a su agenda');
        expect(mail.from?.value).toEqual([{ name: 'Agenda Ñandú', address: 'agenda@example.com' }]);
        expect(mail.to).toMatchObject({ value: [{ address: body.email }] });
        expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
        expect(mail.text).toContain('Hola, Íñigo Ñáñez:');
        expect(mail.text!.match(/https?:\S+/g)).toEqual([expect.stringMatching(/^https:\/\/agenda\.example\.com\/invitacion#token=\d+\.[\w-]{43}$/)]);
        expect((await api.request('POST', '/auth/invitations/show', { token: tokenIn(mail.text) })).status).toBe(200);
      })));

  test('that is refused for now is tried again; the log holds neither the link nor the address', () =>
    withSmtp(
      (smtp) =>
        withApi({ SMTP_URL: smtp.url }, async (api, log) => {
          const owner = await register(plain);
          const body = invitation();
          ok(await as(api, owner)('POST', '/users/invitations', body));
          await eventually(() => (smtp.mails.length === 1 ? true : undefined));
          expect(smtp.tries).toBe(3);
          expect(log.text).not.toContain('not sent');
        }),
      (attempt) => {
        if (attempt < 3) throw refusal(451, 'greylisted');
      },
    ));

  test('that is refused for good is not, and the log says so without the link nor the address', () =>
    withSmtp(
      (smtp) =>
        withApi({ SMTP_URL: smtp.url }, async (api, log) => {
          const owner = await register(plain);
          const body = invitation();
          ok(await as(api, owner)('POST', '/users/invitations', body));
          await logged(log, /Mail: not sent, attempt 1: EMESSAGE 554/);
          await sleep(1_000);
          expect(smtp.tries).toBe(1);
          for (const secret of [body.email, 'token', 'clave@1', 'ahem']) expect(log.text).not.toContain(secret);
        }),
      () => {
        throw refusal(554, 'ahem, your message to them says …');
      },
    ));

  test('is given up after three tries where nobody listens, and a wrong password of ours is tried once', async () => {
    const closed = net.createServer();
    await listening(closed);
    const port = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const owner = await register(plain);
    await withApi({ SMTP_URL: `smtp://127.0.0.1:${port}` }, async (api, log) => {
      ok(await as(api, owner)('POST', '/users/invitations', invitation()));
      await logged(log, /Mail: not sent, attempt 3: ESOCKET|Mail: not sent, attempt 3: ECONN/);
    });
    await withSmtp((smtp) =>
      withApi({ SMTP_URL: smtp.url.replace('clave', 'otra') }, async (api, log) => {
        ok(await as(api, owner)('POST', '/users/invitations', invitation()));
        await logged(log, /Mail: not sent, attempt 1: EAUTH 535/);
      }));
  });

  test('of an event waits while our password is wrong or the server refuses us as a sender, and leaves once that is right; only a refusal of the mail itself is the end', async () => {
    const shop = await negocio(plain);
    const { organizacion_id } = shop.cuenta;
    const entrega = async () => (await query(plain, "select estado, ultimo_error from entregas where organizacion_id = $1 and canal = 'correo' order by id desc limit 1", [organizacion_id]))[0];
    ok(await shop.request('PATCH', `/clients/${shop.cliente.id}`, { email: 'maria@example.com' }));
    let refuse = false;
    await withSmtp(
      async (smtp) => {
        await shop.reservar(0);
        for (const [SMTP_URL, ultimo_error] of [[smtp.url.replace('clave', 'otra'), 'EAUTH 535'], [smtp.url.replace(/\/\/.*@/, '//'), 'EENVELOPE 530']]) {
          await withApi({ ...FAST, SMTP_URL }, async () => {
            await eventually(async () => ((await entrega())?.ultimo_error === ultimo_error ? true : undefined));
          });
          expect(await entrega()).toEqual({ estado: 'pendiente', ultimo_error });
        }
        await withApi({ ...FAST, SMTP_URL: smtp.url }, async () => {
          await eventually(async () => ((await entrega()).estado === 'entregada' ? true : undefined));
          refuse = true;
          await shop.reservar(1);
          await eventually(async () => ((await entrega()).estado === 'cancelada' ? true : undefined));
        });
        expect([smtp.mails.length, await entrega()]).toEqual([1, { estado: 'cancelada', ultimo_error: 'EMESSAGE 554' }]);
      },
      () => {
        if (refuse) throw refusal(554, 'no');
      },
    );
  });

  test('delays no answer while the server stalls, and stopping waits no longer than seconds', async () => {
    const { donde, sockets, cerrar } = await mudo();
    const owner = await register(plain);
    let closing = 0;
    await withApi({ SMTP_URL: `smtp://${donde}` }, async (api) => {
      expect((await api.request('POST', '/auth/password/forgot', { email: owner.cuenta.email })).status).toBe(204);
      expect((await api.request('POST', '/auth/code', { codigo_tenant: owner.cuenta.codigo_tenant, email: `${unique('x')}@example.com` })).status).toBe(204);
      ok(await as(api, owner)('POST', '/users/invitations', invitation()));
      expect(sockets.map(({ destroyed }) => destroyed)).not.toContain(true); // nobody had yet waited in vain
      await eventually(() => (sockets.length >= 3 ? true : undefined));
      closing = performance.now();
    });
    expect(performance.now() - closing).toBeLessThan(9_000);
    cerrar();
  }, 30_000);

  test('under way when the server stops still leaves', () =>
    withSmtp(
      async (smtp) => {
        const owner = await register(plain);
        await withApi({ SMTP_URL: smtp.url }, async (api) => {
          ok(await as(api, owner)('POST', '/users/invitations', invitation()));
        });
        expect(smtp.mails).toHaveLength(1);
      },
      () => sleep(1_000),
    ));

  test('that was asked for right before the server stops still leaves, though it is begun some time after the answer', () =>
    withSmtp(
      async (smtp) => {
        const owner = await register(plain);
        await withApi({ SMTP_URL: smtp.url }, async (api) => {
          expect((await api.request('POST', '/auth/password/forgot', { email: owner.cuenta.email })).status).toBe(204);
        });
        expect(smtp.mails).toHaveLength(1);
      },
      () => sleep(1_000),
    ), 20_000);

  test('without a mail server is a file that only its owner reads, and the log names the file and nothing in it', async () => {
    const owner = await register(plain);
    const token = await linkTo(plain, owner.cuenta.email, 'verificar');
    const [mail] = await mailsTo(plain, owner.cuenta.email);
    expect(mail).toMatchObject({ subject: 'Confirme su correo', from: { value: [{ name: 'Franja', address: 'no-reply@localhost' }] } });
    expect(mail.text).toContain(`http://localhost:5173/verificar#token=${token}`);
    const MAIL_DIR = path.join(plain.mailDir, 'dentro');
    await withApi({ MAIL_DIR }, async (api, log) => {
      for (const body of [invitation(), byWhatsapp()]) ok(await as(api, owner)('POST', '/users/invitations', body));
      const names = await eventually(async () => {
        const found = await fs.readdir(MAIL_DIR).catch(() => []);
        return found.length === 2 ? found : undefined;
      });
      await logged(log, /txt[^]*eml|eml[^]*txt/);
      expect((await fs.stat(MAIL_DIR)).mode & 0o777).toBe(0o700);
      for (const name of names) {
        expect((await fs.stat(path.join(MAIL_DIR, name))).mode & 0o777).toBe(0o600);
        expect(log.text).toContain(`written to ${path.join(MAIL_DIR, name)}`);
      }
      expect(log.text).not.toMatch(/token|example\.com|573001234567/);
    });
  });
});

describe('WhatsApp', () => {
  const asked = async (api: Api) => ok(await as(api, await register(plain))('POST', '/users/invitations', byWhatsapp()));

  test('goes to the instance that is set, with its key, and counts as sent by the key of the message', () =>
    withServer(
      (_, response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"key":{"id":"3EB0"},"status":"PENDING"}'),
      (url, sent) =>
        withApi(evolution(url), async (api, log) => {
          await asked(api);
          await eventually(() => (sent.length === 1 ? true : undefined));
          await sleep(1_500);
          expect(sent).toEqual([{ url: '/message/sendText/franja%20centro', apikey: 'una-clave', body: { number: '573001234567', text: expect.stringMatching(/Íñigo Ñáñez[^]*#token=/) } }]);
          expect(log.text).not.toContain('not sent');
        }),
    ));

  /** What Evolution answers, and how many times it is then asked. */
  const LIES: [status: number, body: string, tries: number][] = [
    [201, '{"error":true,"message":"session closed"}', 3], [201, '', 3], [200, '{"key":', 3], [500, '{"key":{"id":"x"}}', 3], [429, '', 3],
    [400, '{"response":{"message":[{"exists":false}]}}', 1], [401, '', 1],
  ];

  test('is not sent, whatever the status says, without the key of a message', () =>
    withServer(
      ({ body: { number } }, response) => {
        const [status, body] = LIES[Number(number.at(-1))];
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      },
      (url, sent) =>
        withApi(evolution(url), async (api, log) => {
          const owner = await register(plain);
          for (const i of LIES.keys()) ok(await as(api, owner)('POST', '/users/invitations', invitation({ canal: 'whatsapp', telefono: `+57300123456${i}` })));
          await eventually(() => (log.lines.filter((line) => line.includes('WhatsApp message: not sent')).length === LIES.length ? true : undefined), 15_000);
          expect(LIES.map((_, i) => sent.filter(({ body }) => body.number.endsWith(`6${i}`)).length)).toEqual(LIES.map(([, , tries]) => tries));
          expect(log.text).not.toMatch(/token|57300123456|una-clave/);
        }),
    ), 20_000);

  test('leaves at the third try, and takes its key nowhere else', async () => {
    await withServer(
      (_, response, attempt) => (attempt < 3 ? response.writeHead(502).end() : response.writeHead(201).end('{"key":{"id":"3EB0"}}')),
      (url, sent) =>
        withApi(evolution(url), async (api, log) => {
          await asked(api);
          await eventually(() => (sent.length === 3 ? true : undefined));
          await sleep(200);
          expect(log.text).not.toContain('not sent');
        }),
    );
    await withServer(
      (_, response) => response.writeHead(201).end('{"key":{"id":"3EB0"}}'),
      (elsewhere, received) =>
        withServer(
          (_, response) => response.writeHead(307, { location: `${elsewhere}/message/sendText/x` }).end(),
          (url) =>
            withApi(evolution(url), async (api, log) => {
              await asked(api);
              await logged(log, /not sent, attempt 1: status 307/);
              expect(received).toEqual([]);
            }),
        ),
    );
  });

  test('delays no answer while Evolution stalls', () => {
    let givenUp = 0;
    return withServer(
      (_, response) => response.on('close', () => givenUp++),
      (url, sent) =>
        withApi(evolution(url), async (api) => {
          const owner = await register(plain);
          expect((await api.request('POST', '/auth/code', { codigo_tenant: owner.cuenta.codigo_tenant, telefono: '+573001234567' })).status).toBe(204);
          expect(givenUp).toBe(0);
          await eventually(() => (sent.length === 1 ? true : undefined));
        }),
    );
  }, 20_000);
});

describe('in production without a mail server', () => {
  const PRODUCTION = { NODE_ENV: 'production', TRUST_PROXY: 'off', LIMIT_AUTH: '0', LIMIT_REGISTER: '0', LIMIT_CODE: '0' };

  test('whoever asks for a message is told at once, whoever they are; accounts are made all the same', () =>
    withApi(PRODUCTION, async (api) => {
      const owner = await register(api);
      const request = as(api, owner);
      const { codigo_tenant, email } = owner.cuenta;
      const answers = [
        await request('POST', '/users/invitations', invitation()), await request('POST', '/users/invitations', byWhatsapp()), await request('POST', '/auth/email/verification'),
        await request('POST', '/auth/password/forgot', { email }), await request('POST', '/auth/password/forgot', { email: 'nadie@example.com' }),
        await request('POST', '/auth/code', { codigo_tenant, email: 'nadie@example.com' }), await request('POST', '/auth/code', { codigo_tenant, telefono: '+573001234567' }),
      ];
      expect(answers.map(({ status, body }) => [status, body.codigo])).toEqual(answers.map(() => [409, 'canal_no_disponible']));
    }));

  test('starting warns', async () => {
    const log = new Recorder();
    const config = readConfig({ ...SECRETS, ...PRODUCTION, APP_DATABASE_URL: plain.database.appUrl });
    const app = await createApp(config, { logger: log });
    await app.init();
    await app.close();
    plain.app.useLogger(false);
    expect(log.text).toContain('SMTP_URL is not set');
  });
});

test('what is set wrong is said before starting', () => {
  const wrong = (env: NodeJS.ProcessEnv) => () => readConfig({ ...SECRETS, APP_DATABASE_URL: 'postgresql://localhost/x', ...env });
  const production = { NODE_ENV: 'production', TRUST_PROXY: 'off', SMTP_URL: 'smtps://mail.example.com', MAIL_FROM: 'a@example.com' };
  expect(wrong({ SMTP_URL: 'mail.example.com' })).toThrow('SMTP_URL must be like');
  expect(wrong({ EVOLUTION_API_URL: 'http://127.0.0.1:8080' })).toThrow('EVOLUTION_API_KEY and EVOLUTION_INSTANCE go together');
  expect(wrong({ ...evolution('ftp://x') })).toThrow('EVOLUTION_API_URL must be');
  expect(wrong({ APP_URL: 'agenda' })).toThrow('APP_URL must be');
  expect(wrong(production)).toThrow('APP_URL is required');
  expect(wrong({ ...production, APP_URL: 'http://agenda.example.com' })).toThrow('APP_URL must be an https URL');
  expect(wrong({ ...production, MAIL_FROM: '', APP_URL: 'https://agenda.example.com' })).toThrow('MAIL_FROM is required');
  expect(wrong({ ...production, APP_URL: 'https://agenda.example.com' })).not.toThrow(/SMTP|MAIL|APP_URL/);
});
