import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import { freshDatabase } from './setup/database.mjs';

export interface Answer {
  status: number;
  body: any;
  headers: Headers;
}

export type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

export interface Api {
  /** Origin, such as http://127.0.0.1:41234. */
  url: string;
  app: NestFastifyApplication;
  database: Awaited<ReturnType<typeof freshDatabase>>;
  /** Where it writes what it would send. */
  mailDir: string;
  /** A request without a token. Paths are under /api/v1 unless they start with http. */
  request: Send;
  close(): Promise<void>;
}

/** Good enough for production, so that a test may be in it. */
export const SECRETS = { JWT_SECRET: 'vB3n0Yx7qLr2WdKzHf9uTgMsEj5cXaPi8oR6NQeUwV4', ENCRYPTION_KEY: 'mK8tZ1hYpD4sVbG7xRqN2fLwJ9uCe5oAi3XyTzB6rWM' };

/** The real application on a free port, as saas_app, over a database of its own or that of another instance. Limits are off unless `env` sets them. */
export async function startApi(env: NodeJS.ProcessEnv = {}, shared?: Api): Promise<Api> {
  const database = shared?.database ?? (await freshDatabase());
  const mailDir = path.join(os.tmpdir(), `${database.name}-mail`);
  const config = readConfig({ ...SECRETS, LOG_LEVEL: 'silent', JOBS: 'off', MAIL_DIR: mailDir, ADMIN_DATABASE_URL: database.urlAs('saas_admin'), ...env, APP_DATABASE_URL: database.appUrl });
  const app = await createApp(config, { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    url,
    app,
    database,
    mailDir,
    request: sender(url),
    async close() {
      await app.close();
      if (shared) return;
      await database.drop();
      await fs.rm(mailDir, { recursive: true, force: true });
    },
  };
}

function sender(url: string, token?: string): Send {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson && text ? JSON.parse(text) : text || null, headers: response.headers };
  };
}

let sequence = 0;
/** A word that no other test uses. */
export const unique = (prefix: string) => `${prefix}-${process.pid}-${Date.now().toString(36)}-${++sequence}`;

export interface Member {
  token: string;
  refresh_token: string;
  cuenta: any;
  request: Send;
}

const memberOf = (api: Api, { cuenta, tokens }: any): Member => ({
  token: tokens.access_token,
  refresh_token: tokens.refresh_token,
  cuenta,
  request: sender(api.url, tokens.access_token),
});

export const PASSWORD = 'una-clave-larga';

function created(answer: Answer): any {
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A new organisation and its admin: every test makes its own. */
export async function register(api: Api, overrides: Record<string, unknown> = {}): Promise<Member> {
  const codigo_tenant = unique('negocio');
  return memberOf(api, created(await api.request('POST', '/auth/register-organization', {
    codigo_tenant, nombre_comercial: 'Barbería Prueba', tipo_industria: 'barberia', zona_horaria: 'America/Bogota', moneda: 'COP', pais: 'CO',
    nombre: 'Ana Torres', email: `${codigo_tenant}@example.com`, password: PASSWORD, ...overrides,
  })));
}

/** A client's own account in that organisation. */
export async function registerClient(api: Api, organization: Member, overrides: Record<string, unknown> = {}): Promise<Member> {
  return memberOf(api, created(await api.request('POST', '/auth/register-client', {
    codigo_tenant: organization.cuenta.codigo_tenant, nombre: 'José Ñáñez', email: `${unique('cliente')}@example.com`, password: PASSWORD, ...overrides,
  })));
}

export interface Shop extends Member {
  servicio: any;
  profesional: any;
  cliente: any;
}

/** An organisation ready to book: a 30-minute service of 25,000 COP, a professional with the default week generated, a client. */
export async function openShop(api: Api, overrides: Record<string, unknown> = {}, days = 30): Promise<Shop> {
  const owner = await register(api, overrides);
  const servicio = created(await owner.request('POST', '/services', { nombre: 'Corte', precio: '25000', duracion_minutos: 30 }));
  const profesional = created(await owner.request('POST', '/professionals', { nombre_completo: 'Juan Pérez', tipo_profesional: 'barbero' }));
  const cliente = created(await owner.request('POST', '/clients', { nombre: 'María Muñoz', telefono: '+573001234567' }));
  created(await owner.request('POST', '/schedules/generate', { fecha_hasta: day(days) }));
  return { ...owner, servicio, profesional, cliente };
}

/** A date `days` from today, YYYY-MM-DD in UTC. */
export const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** The next date at least `from` days away that falls on `weekday` (0 = Sunday). */
export function nextWeekday(weekday: number, from = 1): string {
  let days = from;
  while (new Date(`${day(days)}T00:00:00Z`).getUTCDay() !== weekday) days++;
  return day(days);
}
