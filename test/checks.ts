import pg from 'pg';
import { registerClient, type Answer, type Api, type Member, type Send } from './api.js';
import { hasta } from './receptor.js';
import { superuser } from './setup/database.mjs';

/** Statements as the superuser, to arrange and to look behind the API. */
export async function query(api: Pick<Api, 'database'>, sql: string, values: unknown[] = []): Promise<any[]> {
  return (await superuser(api.database.adminUrl).query(sql, values)).rows;
}

/** The answers to requests that had begun, one after the other, and waited when `change` was committed. */
export async function overtaken(api: Api, change: string, values: unknown[], ...requests: (() => Promise<Answer>)[]): Promise<Answer[]> {
  const held = new pg.Client(api.database.adminUrl);
  await held.connect();
  const answers: Promise<Answer>[] = [];
  try {
    await held.query('begin');
    await held.query(change, values);
    for (const send of requests) {
      answers.push(send());
      let sessions: any[];
      const allWait = async () => {
        sessions = await query(api, 'select state, wait_event_type, wait_event, query from pg_stat_activity where datname = current_database()');
        return sessions.filter(({ wait_event_type }) => wait_event_type === 'Lock').length === answers.length;
      };
      await hasta(allWait, () => sessions);
    }
    await held.query('commit');
    return await Promise.all(answers);
  } finally {
    await held.end();
  }
}

/** What saas_app sees as that organisation, with the clock of the headers. Nothing stays. */
export async function queryAs(api: Api, owner: Member, sql: string, headers: Record<string, string> = {}): Promise<any[]> {
  const client = new pg.Client({ connectionString: api.database.appUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("select app.fijar_contexto($1, null, 'admin', $2)", [owner.cuenta.organizacion_id, headers['x-franja-now'] ?? null]);
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Somebody who works there with the role empleado. */
export async function employee(api: Api, owner: Member): Promise<Member> {
  const account = await registerClient(api, owner);
  await query(api, "update usuarios set rol = 'empleado' where id = $1", [account.cuenta.usuario_id]);
  const { status, body } = await api.request('POST', '/auth/refresh', { refresh_token: account.refresh_token });
  expect(status).toBe(200);
  const request: Send = (method, path, data, headers) => api.request(method, path, data, { authorization: `Bearer ${body.access_token}`, ...headers });
  return { ...account, token: body.access_token, refresh_token: body.refresh_token, request };
}

/** [field, value, code of its message] */
export type BadField = [campo: string, value: unknown, codigo: string];

/** Each bad value alone is refused with 400 and a message that names its field. */
export async function expectRefused(send: (body: Record<string, unknown>) => ReturnType<Send>, cases: BadField[]) {
  for (const [campo, value, codigo] of cases) {
    const { status, body } = await send({ [campo]: value });
    expect({ campo, value, status, errores: body.errores?.map((e: any) => [e.campo, e.codigo]) }).toEqual({ campo, value, status: 400, errores: [[campo, codigo]] });
    expect(body.errores[0].mensaje).not.toBe(codigo);
  }
}
