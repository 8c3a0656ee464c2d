// The very statements that the application sends for a request: the baseline is never a copy of them.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import diagnostics from 'node:diagnostics_channel';
import { ids } from './fixture.mjs';
import { Wire } from './wire.mjs';

/** The application in this process, for as long as statements are captured: what it asks when it has kept nothing. */
export async function openCapture(env) {
  const { createApp } = await import('../dist/app.js');
  const { readConfig } = await import('../dist/config.js');
  const app = await createApp(readConfig({ ...env, PORT: '0', CACHE_MB: '0' }), { logger: false });
  await app.listen(0, '127.0.0.1');
  const wire = new Wire(await app.getUrl());
  return {
    close: async () => {
      wire.close();
      await app.close();
    },
    /** What `work` makes the application say, transaction by transaction. */
    async capture(work) {
      const heard = [];
      const hear = ({ text, values, ruta }) => ruta && heard.push({ text, values: values ?? [] }); // what has no route is the server's own work
      diagnostics.subscribe('franja:statement', hear);
      try {
        const result = await work(wire);
        while (heard.at(-1)?.text !== 'COMMIT') await sleep(5); // the answer to a read does not wait for it
        return { result, transactions: transactionsOf(heard) };
      } finally {
        diagnostics.unsubscribe('franja:statement', hear);
      }
    },
  };
}

function transactionsOf(heard) {
  const transactions = [];
  for (const statement of heard) {
    if (statement.text.startsWith('BEGIN')) transactions.push([]);
    transactions.at(-1).push(statement);
  }
  return transactions;
}

/** An access token as the application signs it. */
export async function signer({ JWT_SECRET }) {
  const { AUDIENCE, ISSUER, TYPE, keyId } = await import('../dist/auth/jwt.strategy.js');
  const { createSecretKey } = await import('node:crypto');
  const key = createSecretKey(Buffer.from(JWT_SECRET));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'HS256', typ: TYPE, kid: keyId(key) });
  const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
  const tokens = new Map();
  return (t) => {
    if (!tokens.has(t)) {
      const claims = { organizacion_id: ids.organizacion(t), rol: 'admin', sid: '11111111-1111-4111-8111-111111111111', sub: String(ids.usuario(t)), iss: ISSUER, aud: AUDIENCE, nbf: 0, exp };
      const signed = `${head}.${part(claims)}`;
      tokens.set(t, `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
    }
    return tokens.get(t);
  };
}
