import { Secret, TOTP } from 'otpauth';
import { makeSuperAdmin } from '../scripts/super-admin.mjs';
import { unique, type Api, type Send } from './api.js';

export interface SuperAdmin {
  email: string;
  password: string;
  /** The secret of its second factor. */
  secreto: string;
  token: string;
  request: Send;
}

/** An account of the platform that has signed in for the first time. */
export async function superAdmin(api: Api): Promise<SuperAdmin> {
  const email = `${unique('super')}@example.com`;
  const password = await makeSuperAdmin(api.database.adminUrl, email);
  const login = await api.request('POST', '/auth/login', { email, password });
  expect([login.status, login.body.codigo]).toEqual([403, 'debe_activar_segundo_factor']);
  const { desafio } = login.body;
  const enrolled = await api.request('POST', '/auth/login/second-factor/enroll', { desafio });
  const { secreto } = enrolled.body;
  const entered = await api.request('POST', '/auth/login/second-factor', { desafio, codigo: codeOf(secreto) });
  expect({ status: entered.status, body: entered.body }).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  const token = entered.body.access_token ?? entered.body.tokens?.access_token;
  const request: Send = (method, path, body, headers) => api.request(method, path, body, { authorization: `Bearer ${token}`, ...headers });
  return { email, password, secreto, token, request };
}

export const codeOf = (secreto: string, timestamp = Date.now()) => new TOTP({ secret: Secret.fromBase32(secreto) }).generate({ timestamp });
