import { ai, human, n8nMemory } from '../chat.js';
import { freshDatabase } from '../setup/database.mjs';
import { Client } from './tenant.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let admin: Client;
let app: Client;
let n8n: Awaited<ReturnType<typeof n8nMemory>>;
const INSERT = 'insert into chat.n8n_chat_histories (session_id, message) values ($1, $2)';

async function connect(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

beforeAll(async () => {
  database = await freshDatabase('_chat');
  admin = await connect(database.adminUrl);
  app = await connect(database.appUrl);
  n8n = await n8nMemory(database.urlAs('n8n_app'), '1:wa:+573001234567');
});
afterAll(async () => {
  await Promise.all([admin.end(), app.end(), n8n.close()]);
  await database.drop();
});

/** As the API does: a transaction with its tenant, undone afterwards. */
async function asTenant<T>(organizacion: number | null, work: () => Promise<T>): Promise<T> {
  await app.query('begin');
  await app.query('select app.fijar_contexto($1, null, null)', [organizacion]);
  try {
    return await work();
  } finally {
    await app.query('rollback');
  }
}

const codeOf = (work: Promise<unknown>) => work.then(() => 'accepted', (error) => `${error.code} ${error.constraint ?? ''}`.trim());

describe("n8n's node", () => {
  it('creates its table if it does not exist, and finds ours', async () => {
    const again = await n8nMemory(database.urlAs('n8n_app'), '1:wa:2');
    await again.add(human('hola'));
    await again.close();
    expect(await admin.value("select tableowner from pg_tables where tablename = 'n8n_chat_histories'")).toBe('saas_owner');
  });

  it('fails without the right to create in that schema, although the table is there: why it has it', async () => {
    await admin.query('revoke create on schema chat from n8n_app');
    await expect(n8nMemory(database.urlAs('n8n_app'), '1:x')).rejects.toThrow(/permission denied for schema chat/);
    await admin.query('grant create on schema chat to n8n_app');
  });

  it('reads in the order in which it wrote, whoever of several wrote', async () => {
    const messages = Array.from({ length: 20 }, (_, n) => (n % 2 ? ai(`a${n}`) : human(`h${n}`)));
    for (const message of messages) await n8n.add(message);
    expect(await n8n.read()).toEqual(messages);
    expect(await admin.rows(`select distinct rol, canal, organizacion_id::int, usuario_id from chat.n8n_chat_histories where session_id = '1:wa:+573001234567' order by 1`)).toEqual([
      { rol: 'agente', canal: 'whatsapp', organizacion_id: 1, usuario_id: null },
      { rol: 'cliente', canal: 'whatsapp', organizacion_id: 1, usuario_id: null },
    ]);
  });

  it.each(['', 'abc', 'wa:+57', ':x', '0:x', '-1:x', '1:', '1: x', "1:'", '1:ñ', '1234567890123456:x', `1:${'x'.repeat(151)}`, '1:a\nb', '1:a/b'])(
    'may not write the session id %j',
    async (session) => {
      const answer = await codeOf(n8n.query(`INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)`, [session, human('x')]));
      expect(answer).toBe('23514 n8n_chat_histories_sesion');
    },
  );

  it.each([
    ['a list', [], 'n8n_chat_histories_mensaje'], ['no type', { content: 'x' }, 'n8n_chat_histories_mensaje'], ['no content', { type: 'human' }, 'n8n_chat_histories_mensaje'],
    ['over a megabyte', human('x'.repeat(1_048_576)), 'n8n_chat_histories_tamano'],
  ])('may not write a message that is %s', async (_, message, constraint) => {
    expect(await codeOf(n8n.query('INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)', ['1:x', JSON.stringify(message)]))).toBe(`23514 ${constraint}`);
  });

  it.each([
    ["insert into n8n_chat_histories (session_id, message, rol) values ('1:x', '{}', 'personal')"], ["insert into n8n_chat_histories (session_id, message, usuario_id) values ('1:x', '{}', 1)"],
    ["update n8n_chat_histories set message = '{}'"], ['truncate n8n_chat_histories'],
    ['create table app.x ()'], ['create table public.x ()'], ['create schema otro'], ['set role saas_owner'], ['set role saas_app'], ['delete from conversaciones'],
    ['select * from public.migraciones_aplicadas'], ['create function app.tenant_actual() returns bigint language sql return 1'],
  ])('may not: %s', async (statement) => expect(await codeOf(n8n.query(statement))).toBe('42501'));

  it.each(['drop table n8n_chat_histories', 'alter table n8n_chat_histories disable row level security', 'create trigger t after insert on n8n_chat_histories execute function f()', 'drop schema chat cascade'])(
    'does not own: %s',
    async (statement) => expect(await codeOf(n8n.query(statement))).toBe('42501'),
  );

  it('reaches a conversation by its index, however many there are', async () => {
    await admin.query(`insert into chat.n8n_chat_histories (session_id, message) select (n % 500 + 1) || ':web:' || n % 5000, '{"type":"ai","content":"x"}' from generate_series(1, 50000) n`);
    await admin.query('analyze chat.n8n_chat_histories, chat.conversaciones');
    const plan = async (client: { query(sql: string): Promise<{ rows: any[] }> }, sql: string) => (await client.query(`explain ${sql}`)).rows.map((row: any) => row['QUERY PLAN']).join('\n');
    expect(await plan(n8n as any, "select message from n8n_chat_histories where session_id = '7:web:6' order by id")).toMatch(/n8n_chat_histories_conversacion/);
    await asTenant(7, async () => {
      expect(await plan(app, "select id from chat.n8n_chat_histories where organizacion_id = 7 and session_id = '7:web:6' order by id desc limit 51")).toMatch(/n8n_chat_histories_conversacion/);
      expect(await plan(app, 'select id from chat.n8n_chat_histories where organizacion_id = 7 and creado_en < now() limit 5000')).toMatch(/n8n_chat_histories_antiguedad/);
      expect(await plan(app, 'select session_id from chat.conversaciones where organizacion_id = 7 order by ultimo_mensaje_id desc limit 51')).toMatch(/conversaciones_recientes/);
    });
  });
});

describe('saas_app', () => {
  it('sees the tenant in its context, and without one nothing', async () => {
    await n8n.query('INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)', ['900:x', human('mío')]);
    await n8n.query('INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)', ['901:x', human('ajeno')]);
    const count = () => app.rows('select distinct session_id from chat.n8n_chat_histories union all select session_id from chat.conversaciones');
    expect(await asTenant(900, count)).toEqual([{ session_id: '900:x' }, { session_id: '900:x' }]);
    expect(await asTenant(null, count)).toEqual([]);
    expect(await count()).toEqual([]);
  });

  it("writes only its tenant's sessions, deletes only its tenant's rows", async () => {
    const write = (session: string) => asTenant(900, () => codeOf(app.query(INSERT, [session, human('x')])));
    expect(await write('900:y')).toBe('accepted');
    for (const session of ['901:x', '9000:x', 'x', '900x:1', ' 900:x']) expect(await write(session)).toBe('42501');
    expect(await asTenant(900, async () => (await app.query('delete from chat.n8n_chat_histories')).rowCount)).toBe(1);
    expect(await asTenant(900, async () => (await app.query('delete from chat.conversaciones')).rowCount)).toBe(1);
    expect(await asTenant(900, () => codeOf(app.query("insert into chat.conversaciones (session_id, canal, ultimo_mensaje_en, ultimo_mensaje_id) values ('901:z', 'web', now(), 1)")))).toBe('42501');
  });

  it.each(["update chat.n8n_chat_histories set rol = 'agente'", 'truncate chat.n8n_chat_histories', 'create table chat.x ()', 'create table public.x ()', 'set role n8n_app', 'select * from public.migraciones_aplicadas'])(
    'may not: %s',
    async (statement) => expect(await codeOf(app.query(statement))).toBe('42501'),
  );
});

describe('the database', () => {
  it('forces RLS on each table of its schema', async () => {
    expect(await admin.rows("select relname, relrowsecurity and relforcerowsecurity as forced from pg_class where relnamespace = 'chat'::regnamespace and relkind = 'r' order by 1")).toEqual([
      { relname: 'conversaciones', forced: true },
      { relname: 'n8n_chat_histories', forced: true },
    ]);
  });

  it('has no function that runs with more than its caller, and none that PUBLIC may run', async () => {
    expect(await admin.rows(`select proname from pg_proc p where pronamespace in ('app'::regnamespace, 'chat'::regnamespace, 'public'::regnamespace)
      and (prosecdef or exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0))`)).toEqual([]);
  });

  it.each(['evolution_app', 'readonly_user', 'saas_admin'])('does not let %s in', async (role) => {
    await expect(connect(database.urlAs(role))).rejects.toThrow(/permission denied for database/);
  });

  it('lets integration_user in and shows it nothing', async () => {
    const client = await connect(database.urlAs('integration_user'));
    expect(await codeOf(client.query('select * from chat.n8n_chat_histories'))).toBe('42501');
    await client.end();
  });

  it.each([
    [human('texto'), 'texto'], [ai(''), ''], [ai([{ type: 'text', text: 'a' }, 'b', { type: 'image_url', image_url: 'https://x' }]), 'a\nb'], [ai([]), ''],
    [{ type: 'tool', content: null }, ''], [{ type: 'tool', content: { a: 1 } }, '{"a": 1}'], [{ type: 'x', content: 5 }, '5'], [ai([{ text: null }, 7]), ''],
  ])('reads the text of %j', async (message, text) => expect(await admin.value('select app.contenido_de($1)', JSON.stringify(message))).toBe(text));
});
