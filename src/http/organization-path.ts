import type { IncomingMessage } from 'node:http';
import { API } from './openapi.js';

const UNDER_ORGANIZATION = new RegExp(`^${API}/organizations/(\\d{1,15})(/[^?].*)$`);

/** RFC 9112: who asks a proxy names the host in the target. It says nothing here, and what looks at the path must find it. */
const HOST = /^https?:\/\/[^/?#]*(?=\/)/i;

/** GET /organizations/{organizacionId}/x is GET /x with the organisation checked against the token (RolesGuard). */
export function rewriteUrl(request: IncomingMessage & { organizacionId?: number }): string {
  const url = (request.url ?? '/').replace(HOST, '');
  const match = request.method === 'GET' || request.method === 'HEAD' ? UNDER_ORGANIZATION.exec(url) : null;
  if (!match) return url;
  request.organizacionId = Number(match[1]);
  return API + match[2];
}
