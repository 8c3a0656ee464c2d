import { API } from './openapi.js';

/** Where Evolution API reports to. What follows in the path is a secret. */
export const INBOUND = `${API}/whatsapp/inbound/`;

/** Where Stripe reports to. What it signs are the bytes of the body, so these are kept, here alone. */
export const STRIPE_WEBHOOK = `${API}/billing/stripe/webhook`;

/** Other servers that speak for everybody: their limit and their bodies are their own. */
export const isInbound = (url: string) => url.startsWith(INBOUND) || url === STRIPE_WEBHOOK;

/** A message of WhatsApp brings thumbnails, of what it quotes too, a number a byte. */
export const INBOUND_BODY_LIMIT = 1024 * 1024;
