import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate, urlOf } from '../scripts/database.mjs';
import { statements } from '../scripts/sql-script.mjs';

const adminUrl = process.env.FRANJA_TEST_ADMIN_URL!;
const files = {
  'setup/01-init.sql': `
-- A comment with an apostrophe: it's not a string; nor is this; a statement.
select format('create database %I', :'postgres_db') where not exists (select from pg_database where datname = :'postgres_db')
\\gexec

\\connect :"postgres_db"

grant create on schema public to saas_owner;
`,
  'setup/03-grants.sql': `\\connect :"postgres_db"\n\ngrant select on public.cosas to public;\n`,
  'schema/01-cosas.sql': `create table public.cosas (id int primary key, nombre text not null default 'a;b');\n`,
  'schema/02-funciones.sql': `create function public.doble(n int) returns int language plpgsql as $$
begin
  -- it's in a body; it stays whole
  return n * 2;
end $$;
create function public.suma(a int, b int) returns int language sql begin atomic select case when true then a + b end; end;
insert into public.cosas values (1, 'uno');
`,
};

describe('migrator', () => {
  let root: string;
  let name: string;

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-sql-'));
    name = `prueba_${process.env.FRANJA_TEST_RUN}_${path.basename(root).toLowerCase()}`;
    for (const [file, sql] of Object.entries(files)) write(file, sql);
  });

  afterEach(async () => {
    fs.rmSync(root, { recursive: true });
    await query('postgres', `drop database if exists "${name}" with (force)`);
  });

  const run = () => migrate({ adminUrl, root, variables: { postgres_db: name } });
  const rows = async (sql: string) => (await query(name, sql)).rows;

  function write(file: string, sql: string) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), sql);
  }

  it('applies everything in order, as saas_owner, and a second time nothing', async () => {
    write('migrations/2026-01-01-mas.sql', 'insert into public.cosas select public.suma(public.doble(2), 1);');
    write('data/cosas.sql', "insert into public.cosas values (2, 'dos');");
    expect(await run()).toEqual(['schema/01-cosas.sql', 'schema/02-funciones.sql', 'data/cosas.sql', 'migrations/2026-01-01-mas.sql']);
    const before = await rows('select * from public.migraciones_aplicadas order by nombre');
    expect(await run()).toEqual([]);
    expect(await rows('select * from public.migraciones_aplicadas order by nombre')).toEqual(before);
    expect(await rows('select id, nombre from public.cosas order by id')).toEqual([
      { id: 1, nombre: 'uno' },
      { id: 2, nombre: 'dos' },
      { id: 5, nombre: 'a;b' },
    ]);
    expect(await rows("select tableowner from pg_tables where schemaname = 'public' order by tablename")).toEqual([
      { tableowner: 'saas_owner' },
      { tableowner: decodeURIComponent(new URL(adminUrl).username) },
    ]);
  });

  it('refuses an applied file that was edited, and one that is missing', async () => {
    await run();
    write('schema/01-cosas.sql', `${files['schema/01-cosas.sql']}-- later\n`);
    await expect(run()).rejects.toThrow(/schema\/01-cosas\.sql was changed after it was applied/);
    write('schema/01-cosas.sql', files['schema/01-cosas.sql'].replaceAll('\n', '\r\n'));
    expect(await run()).toEqual([]);
    fs.rmSync(path.join(root, 'schema/02-funciones.sql'));
    await expect(run()).rejects.toThrow(/schema\/02-funciones\.sql was applied but is missing/);
  });

  it('says of a database that a later version prepared that it is one, and leaves it as it is', async () => {
    write('migrations/2026-01-01-mas.sql', 'select 1;');
    write('migrations/2026-02-01-luego.sql', 'select 1;');
    await run();
    fs.rmSync(path.join(root, 'migrations/2026-02-01-luego.sql'));
    write('setup/03-grants.sql', `\\connect :"postgres_db"\n\nrevoke select on public.cosas from public;\n`);
    await expect(run()).rejects.toThrow(/2026-02-01-luego\.sql is of a later version, which prepared this database: .*docs\/deploy\.md/);
    expect(await rows("select has_table_privilege('readonly_user', 'public.cosas', 'select') as sigue")).toEqual([{ sigue: true }]);
  });

  it('refuses a file that comes before an applied one, except in sql/data', async () => {
    write('migrations/2026-02-01-b.sql', 'select 1;');
    await run();
    write('data/cosas.sql', "insert into public.cosas values (9, 'nueve');");
    expect(await run()).toEqual(['data/cosas.sql']);
    write('migrations/2026-01-01-a.sql', 'select 1;');
    await expect(run()).rejects.toThrow(/2026-01-01-a\.sql comes before .*2026-02-01-b\.sql, which was already applied/);
  });

  it('keeps the database of conversations by the same rules, with a record of its own', async () => {
    const chat = `${name}_chat`;
    const runBoth = () => migrate({ adminUrl, root, variables: { postgres_db: name, chat_db: chat } });
    write('setup/01-init-chat.sql', files['setup/01-init.sql'].replaceAll('postgres_db', 'chat_db'));
    write('chat/01-mensajes.sql', 'create table public.mensajes (id int);');
    try {
      expect(await runBoth()).toEqual(['schema/01-cosas.sql', 'schema/02-funciones.sql', 'chat/01-mensajes.sql']);
      expect(await runBoth()).toEqual([]);
      expect((await query(chat, 'select nombre from public.migraciones_aplicadas')).rows).toEqual([{ nombre: 'chat/01-mensajes.sql' }]);
      expect(await rows("select to_regclass('public.mensajes') as mensajes")).toEqual([{ mensajes: null }]);
      write('chat/01-mensajes.sql', 'create table public.mensajes (id bigint);');
      await expect(runBoth()).rejects.toThrow(/chat\/01-mensajes\.sql was changed after it was applied.*new file in sql\/chat /);
    } finally {
      await query('postgres', `drop database if exists "${chat}" with (force)`);
    }
  });

  it('applies each file once when several instances start together', async () => {
    const applied = await Promise.all([run(), run(), run(), run()]);
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 0, 2]);
    expect(await rows('select count(*)::int as n from public.cosas')).toEqual([{ n: 1 }]);
  });

  it('runs a file outside a transaction when it asks for it, also while another instance waits', async () => {
    write('migrations/2026-01-01-indice.sql', '-- migrate:no-transaction\ncreate index concurrently cosas_nombre on public.cosas (nombre);\n');
    await Promise.all([run(), run()]);
    expect(await rows("select indisvalid, pg_get_userbyid(relowner) as dueno from pg_index join pg_class on oid = indexrelid where relname = 'cosas_nombre'")).toEqual([
      { indisvalid: true, dueno: 'saas_owner' },
    ]);
  });

  it('waits for a lock without keeping everybody else behind it', async () => {
    await run();
    const [holding, reading] = [new pg.Client(urlOf(adminUrl, name)), new pg.Client(urlOf(adminUrl, name))];
    await Promise.all([holding.connect(), reading.connect()]);
    try {
      await holding.query('begin; select from public.cosas'); // a pg_dump, or a report, of hours
      write('migrations/2026-01-01-mas.sql', 'alter table public.cosas add column color text;');
      const applying = run();
      const waiting = "select 1 from pg_locks where relation = 'public.cosas'::regclass and not granted";
      while ((await reading.query(waiting)).rowCount === 0) await sleep(10);
      await reading.query("set statement_timeout = '5s'");
      await expect(reading.query('select count(*) from public.cosas')).resolves.toMatchObject({ rowCount: 1 });
      await holding.query('commit');
      expect(await applying).toEqual(['migrations/2026-01-01-mas.sql']);
    } finally {
      await Promise.all([holding.end(), reading.end()]);
    }
  });

  it('leaves to a function that is dropped and made anew its owner and its rights, before setup gives them again', async () => {
    await run();
    await query(name, `create schema app authorization saas_owner;
      create function app.doble(n int) returns int language sql as $$ select n * 2 $$;
      alter function app.doble(int) owner to saas_system;
      revoke all on function app.doble(int) from public;
      grant execute on function app.doble(int) to saas_app, saas_admin`);
    const state = `select oid::regprocedure::text as funcion, pg_get_userbyid(proowner) as dueno,
      array(select format('%s %s', a.grantee::regrole, a.privilege_type) from aclexplode(proacl) a order by 1) as derechos
      from pg_proc where pronamespace = 'app'::regnamespace`;
    const before = await rows(state);
    expect(before).toEqual([{ funcion: 'app.doble(integer)', dueno: 'saas_system', derechos: ['saas_admin EXECUTE', 'saas_app EXECUTE', 'saas_system EXECUTE'] }]);
    write('migrations/2026-01-01-triple.sql', 'drop function app.doble(int); create function app.doble(n int) returns int language sql as $$ select n * 3 $$;');
    write('migrations/2026-01-02-malo.sql', 'select 1/0;'); // so that setup/03 does not follow
    await expect(run()).rejects.toThrow(/2026-01-02-malo/);
    expect(await rows(state)).toEqual(before);
    expect(await rows('select app.doble(2) as triple')).toEqual([{ triple: 6 }]);
  });

  it('refuses a database that psql prepared, and leaves no record in it', async () => {
    await run();
    await query(name, 'drop table public.migraciones_aplicadas; create schema app');
    await expect(run()).rejects.toThrow(/was prepared with psql/);
    expect(await rows("select to_regclass('public.migraciones_aplicadas') as registro")).toEqual([{ registro: null }]);
  });

  it('keeps the administrator for a file that asks for it', async () => {
    write('migrations/2026-01-01-admin.sql', '-- migrate:as-admin\ncreate table public.de_admin ();\n');
    await run();
    expect(await rows("select tableowner <> 'saas_owner' as ajena from pg_tables where tablename = 'de_admin'")).toEqual([{ ajena: true }]);
  });

  it.each([
    ['a syntax error', 'select 1;\n\nselect\n  * form x;\n', /01-malo\.sql:4: syntax error at or near "form"/],
    ['an error without position', "select 1;\n-- ñ 😀\ninsert into public.cosas\nvalues (1, 'otra vez');\n", /01-malo\.sql:3: duplicate key .*\(Key \(id\)=\(1\) already exists\.\)/],
    ['an error after characters of several units', "select '😀😀\n',\n  nada;\n", /01-malo\.sql:3: column "nada" does not exist/],
    ['a hint', 'select\n  lenght(1);\n', /01-malo\.sql:2: function lenght\(integer\) does not exist \(.*\)/],
    ['a transaction of its own', 'select 1;\ncommit;\n', /01-malo\.sql:2: commit: each file is already one transaction/],
  ])('names file and line of %s, and leaves nothing of the file', async (_, sql, message) => {
    write('migrations/2026-01-01-malo.sql', `create table public.resto ();${sql}`);
    await expect(run()).rejects.toThrow(message);
    expect(await rows("select to_regclass('public.resto') as resto")).toEqual([{ resto: null }]);
    expect(await rows('select nombre from public.migraciones_aplicadas order by 1')).toEqual([
      { nombre: 'schema/01-cosas.sql' },
      { nombre: 'schema/02-funciones.sql' },
    ]);
    write('migrations/2026-01-01-malo.sql', 'create table public.resto ();');
    expect(await run()).toEqual(['migrations/2026-01-01-malo.sql']);
  });

  it('names file and line of an error in setup, and the variable that is not set', async () => {
    write('setup/02-roles.sql', '\\connect :"postgres_db"\n\nselect 1;\nselect 1/0;\n');
    await expect(run()).rejects.toThrow(/setup\/02-roles\.sql:4: division by zero/);
    write('setup/02-roles.sql', "alter role saas_owner password :'olvidada';\n");
    await expect(run()).rejects.toThrow(/setup\/02-roles\.sql:1: variable olvidada is not set/);
  });

  it('runs what a query ending in \\gexec returns, quoting variables as psql does', async () => {
    write('setup/02-vistas.sql', `\\connect :"postgres_db"
select format('create or replace view public.%I as select %L::text as dicho', v, :'dicho'), null from unnest(array['v1', 'v2']) v \\gexec
`);
    await migrate({ adminUrl, root, variables: { postgres_db: name, dicho: "d'Artagnan; :'x'\\" } });
    expect(await rows('select * from public.v1 union all select * from public.v2')).toEqual([
      { dicho: "d'Artagnan; :'x'\\" },
      { dicho: "d'Artagnan; :'x'\\" },
    ]);
  });
});

describe('statements', () => {
  it.each([
    ["select 'a;b', e'\\';', \"x;y\"; select 2", ["select 'a;b', e'\\';', \"x;y\"", 'select 2']],
    ['select $x$ ; $$ ; $x$ /* ; /* ; */ ; */ ; -- ;\nselect a$1$', ['select $x$ ; $$ ; $x$ /* ; /* ; */ ; */ ', 'select a$1$']],
    ['create rule r as on insert to t do (select 1; select 2);;', ['create rule r as on insert to t do (select 1; select 2)']],
    ["select 1::text, :'not_psql';", ["select 1::text, :'not_psql'"]],
  ])('cuts %s', (sql, expected) => {
    expect(statements(sql).map((statement) => statement.sql)).toEqual(expected);
  });
});

async function query(database: string, sql: string) {
  const client = new pg.Client({ connectionString: urlOf(adminUrl, database) });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
