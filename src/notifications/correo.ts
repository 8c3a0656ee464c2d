import { createTransport } from 'nodemailer';
import type { MailConfig } from '../config.js';
import { escribir } from './archivo.js';
import { Fallo, type Enviar } from './fallo.js';

export interface Correo {
  to: string;
  subject: string;
  text: string;
  html?: string;
  attachments?: { filename: string; content: Buffer; contentType: string }[];
}

/** A mail names nobody's file nor URL to be fetched by us. */
const NO_ACCESS = { disableFileAccess: true, disableUrlAccess: true };
const headers = { 'Auto-Submitted': 'auto-generated' };
const message = ({ to, ...rest }: Correo, from: string) => ({ ...rest, from, to: { name: '', address: to }, headers });
const PATIENCE = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/** A connection of its own for each mail: a server that stalls holds nobody else's. */
export function porSmtp({ smtpUrl, tls, from }: MailConfig): Enviar<Correo> {
  const url = new URL(smtpUrl!);
  // In the URL, because nodemailer lets it overrule options. Without it a server is believed that it has no TLS, and so is whoever stands between.
  if (tls) for (const name of ['requireTLS', 'tls.rejectUnauthorized']) url.searchParams.set(name, 'true');
  const transport = createTransport({ url: url.href, ...PATIENCE, ...NO_ACCESS });
  return async (mail, signal) => {
    try {
      await transport.sendMail({ ...message(mail, from), signal });
    } catch (error) {
      const { code, command, responseCode = 0 } = error as { code?: string; command?: string; responseCode?: number };
      // A password or a sender that is refused, or a server that lets nobody in, is put right by whoever runs it.
      const ofThisMail = code === 'EMESSAGE' || (code === 'EENVELOPE' && command !== 'MAIL FROM');
      throw new Fallo(`${code ?? 'error'} ${responseCode || ''}`.trim(), responseCode >= 500 || code === 'EAUTH', responseCode >= 500 && ofThisMail);
    }
    return undefined;
  };
}

/** Real MIME in a file, where there is no server to send it. */
export function enArchivo({ from, dir }: MailConfig): Enviar<Correo> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...NO_ACCESS });
  return async (mail) => {
    const { message: mime } = await transport.sendMail(message(mail, from));
    return escribir(dir, 'eml', mime as Buffer);
  };
}
