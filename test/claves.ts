import { PERMISOS } from '../src/http/access.js';
import type { Api, Member, Send } from './api.js';

export const ALL = [...PERMISOS] as string[];

export interface Key {
  id: number;
  usuario_id: number;
  clave: string;
  prefijo: string;
  request: Send;
}

/** Requests that carry that key, as tools that know no Bearer do. */
export const withKey = (api: Api, clave: string): Send => (method, path, body, headers) => api.request(method, path, body, { 'x-api-key': clave, ...headers });

/** A key of an empleado with every scope, unless `body` says otherwise. */
export async function newKey(api: Api, owner: Pick<Member, 'request'>, body: Record<string, unknown> = {}): Promise<Key> {
  const answer = await owner.request('POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ALL, ...body });
  expect([answer.status, answer.body.codigo]).toEqual([201, undefined]);
  return { ...answer.body, request: withKey(api, answer.body.clave) };
}
