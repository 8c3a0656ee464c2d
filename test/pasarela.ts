import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unique } from './api.js';

export const STRIPE_SECRET = 'whsec_de_prueba';

/** What of Stripe's API is asked for here, answered with something that passes. */
export async function startPasarela() {
  const server = createServer((request, response) => {
    const id = unique('x').replaceAll('-', '_');
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(JSON.stringify({ id, object: 'thing', url: `https://checkout.example/${id}` })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: STRIPE_SECRET, STRIPE_API_BASE: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  return { env, close: () => server.close() };
}
