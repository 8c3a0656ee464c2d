import type { IncomingMessage } from 'node:http';
import { API } from './openapi.js';

const UNDER_ORGANIZATION = new RegExp(`^${API}/organizations/(\\d{1,15})(/[^?].*)$`);

/** GET /organizations/{organizacionId}/x is GET /x with the organisation checked against the token (RolesGuard). */
export function rewriteUrl(request: IncomingMessage & { organizacionId?: number }): string {
  const url = request.url ?? '/';
  const match = request.method === 'GET' || request.method === 'HEAD' ? UNDER_ORGANIZATION.exec(url) : null;
  if (!match) return url;
  request.organizacionId = Number(match[1]);
  return API + match[2];
}
