import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { porSmtp } from '../src/notifications/correo.js';

test('mail goes to nobody in clear where TLS is asked for: not where it is not offered, nor where nobody vouches for the certificate', async () => {
  const heard: string[] = [];
  const receive = async (disabledCommands: string[]) => {
    const server = new SMTPServer({
      disabledCommands,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => (heard.push(password!), done(null, { user: 'franja' })),
      onData: (stream, _session, done) => (stream.resume(), heard.push('mail'), done()),
    });
    server.on('error', () => {});
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return { server, smtpUrl: `smtp://franja:clave@127.0.0.1:${(server.server.address() as AddressInfo).port}` };
  };
  const [bare, unknown] = [await receive(['STARTTLS']), await receive([])];
  const send = (smtpUrl: string, tls: boolean) => porSmtp({ smtpUrl, tls, from: 'a@example.com', dir: '' })({ to: 'b@example.com', subject: 'x', text: 'x' });
  await expect(send(bare.smtpUrl, true)).rejects.toThrow('ETLS');
  await expect(send(`${bare.smtpUrl}?ignoreTLS=true&requireTLS=false`, true)).rejects.toThrow('ETLS');
  await expect(send(unknown.smtpUrl, true)).rejects.toThrow(/ESOCKET|ETLS/);
  await expect(send(`${unknown.smtpUrl}?tls.rejectUnauthorized=false`, true)).rejects.toThrow(/ESOCKET|ETLS/);
  expect(heard).toEqual([]);
  await send(bare.smtpUrl, false);
  expect(heard).toEqual(['clave', 'mail']);
  for (const { server } of [bare, unknown]) await new Promise<void>((resolve) => server.close(resolve));
});
