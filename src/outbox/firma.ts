import { createHmac, randomBytes } from 'node:crypto';
import { cuerpoDe, type Evento } from './eventos.js';

const VERSION = '0.1.0';

/** As Standard Webhooks writes one: 32 random bytes, whose base64 follows the prefix. */
export const nuevoSecreto = () => `whsec_${randomBytes(32).toString('base64')}`;

/** https://www.standardwebhooks.com: one signature for each secret, so that a receiver may still have the former one. */
export function firmar(evento: Evento, secretos: string[], now = Date.now()): { headers: Record<string, string>; body: string } {
  const body = cuerpoDe(evento);
  const timestamp = String(Math.floor(now / 1000));
  const sign = (secreto: string) =>
    `v1,${createHmac('sha256', Buffer.from(secreto.slice('whsec_'.length), 'base64')).update(`${evento.uuid}.${timestamp}.${body}`).digest('base64')}`;
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': `Franja/${VERSION}`,
      'webhook-id': evento.uuid,
      'webhook-timestamp': timestamp,
      'webhook-signature': secretos.map(sign).join(' '),
    },
  };
}
