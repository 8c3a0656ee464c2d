import { execFile } from 'node:child_process';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { porSmtp } from '../src/notifications/correo.js';
import { SECRETS } from './api.js';
import { build } from './proceso.js';

/** Of correo.example.com until 2120, and of an authority whose key is gone, so that nobody else can be given one. */
const CERTIFICATE = { cert: fs.readFileSync('test/tls/correo.pem'), key: fs.readFileSync('test/tls/clave.pem') };
const AUTHORITY = 'test/tls/ca.pem';

const heard: string[] = [];
const open: SMTPServer[] = [];
afterEach(async () => {
  heard.length = 0;
  for (const server of open.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
});

/** A mail server with a password; answers its port. */
async function receive(disabledCommands: string[] = []): Promise<number> {
  const server = new SMTPServer({
    ...CERTIFICATE,
    disabledCommands,
    allowInsecureAuth: true,
    onAuth: ({ password }, { secure }, done) => (heard.push(`${password} ${secure}`), done(null, { user: 'franja' })),
    onData: (stream, { secure }, done) => (stream.resume(), heard.push(`mail ${secure}`), done()),
  });
  server.on('error', () => {});
  open.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.server.address() as AddressInfo).port;
}

test('mail goes to nobody in clear where TLS is asked for: not where it is not offered, nor where nobody vouches for the certificate', async () => {
  const [bare, unknown] = [await receive(['STARTTLS']), await receive()].map((port) => `smtp://franja:clave@127.0.0.1:${port}`);
  const send = (smtpUrl: string, tls: boolean) => porSmtp({ smtpUrl, tls, from: 'a@example.com', dir: '' })({ to: 'b@example.com', subject: 'x', text: 'x' });
  await expect(send(bare, true)).rejects.toThrow('ETLS');
  await expect(send(`${bare}?ignoreTLS=true&requireTLS=false`, true)).rejects.toThrow('ETLS');
  await expect(send(unknown, true)).rejects.toThrow(/ESOCKET|ETLS/);
  await expect(send(`${unknown}?tls.rejectUnauthorized=false`, true)).rejects.toThrow(/ESOCKET|ETLS/);
  expect(heard).toEqual([]);
  await send(bare, false);
  expect(heard).toEqual(['clave false', 'mail false']);
});

test('a server in production sends by STARTTLS to whom an authority vouches for, by that name, and to no other', async () => {
  await build();
  const port = await receive();
  /** In a process of its own, because Node reads authorities when it starts. 0.0.0.0 is this machine, but not as our own addresses that need no TLS. */
  const send = (query: string, authority?: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', `
      import { readConfig } from './dist/config.js';
      import { porSmtp } from './dist/notifications/correo.js';
      await porSmtp(readConfig().mail)({ to: 'b@example.com', subject: 'x', text: 'x' });`], {
      env: {
        ...SECRETS, NODE_ENV: 'production', TRUST_PROXY: 'off', APP_URL: 'https://example.com', MAIL_FROM: 'a@example.com', APP_DATABASE_URL: 'postgresql://localhost/x',
        SMTP_URL: `smtp://franja:clave@0.0.0.0:${port}${query}`, ...(authority && { NODE_EXTRA_CA_CERTS: authority }),
      },
    });
  const named = '?tls.servername=correo.example.com';
  await expect(send(named)).rejects.toThrow(/ESOCKET|ETLS/);
  await expect(send('', AUTHORITY)).rejects.toThrow(/ESOCKET|ETLS/);
  await expect(send('?tls.servername=otro.example.com', AUTHORITY)).rejects.toThrow(/ESOCKET|ETLS/);
  expect(heard).toEqual([]);
  await send(named, AUTHORITY);
  expect(heard).toEqual(['clave true', 'mail true']);
});
