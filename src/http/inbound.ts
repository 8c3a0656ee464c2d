import { API } from './openapi.js';

/** Where Evolution API reports to. What follows in the path is a secret. */
export const INBOUND = `${API}/whatsapp/inbound/`;

/** A message of WhatsApp brings thumbnails, of what it quotes too, a number a byte. */
export const INBOUND_BODY_LIMIT = 1024 * 1024;

/** A URL for the log. */
export const withoutSecret = (url: string) => (url.startsWith(INBOUND) ? `${INBOUND}…` : url);
