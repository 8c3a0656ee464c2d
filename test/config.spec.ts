import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import { readConfig } from '../src/config.js';
import { urlOf } from '../scripts/database.mjs';
import { SECRETS, startApi, type Api } from './api.js';
import { freshDatabase } from './setup/database.mjs';

const random = (form: 'hex' | 'base64' | 'base64url' = 'base64url', bytes = 32) => randomBytes(bytes).toString(form);
/** What production takes. */
const GOOD = { ...SECRETS, NODE_ENV: 'production', TRUST_PROXY: 'off', APP_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@127.0.0.1/saas_db' };

/** The lines of the refusal, or none. */
function refusals(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n- ').slice(1);
  }
}

const withDatabase = (rest: string) => ({ APP_DATABASE_URL: `postgres://saas_app:wH3rTq8ZbN5xKpLd@${rest}` });

describe('production takes', () => {
  const given: [string, NodeJS.ProcessEnv][] = [
    ['what is good', {}],
    ['proxies', { TRUST_PROXY: 'loopback,10.0.0.0/8' }],
    ['origins', { CORS_ORIGINS: 'https://app.example.com, https://otra.example.com:8443' }],
    ['IPv6 loopback', withDatabase('[::1]/saas_db')],
    ['a unix socket', { APP_DATABASE_URL: 'postgres:///saas_db?host=/var/run/postgresql&user=saas_app' }],
    ['a checked certificate', withDatabase('db.example.com/saas_db?sslmode=verify-full')],
    ['what pg 8.23 checks alike', withDatabase('db.example.com/saas_db?sslmode=require')],
    ['ssl=true, which it checks too', withDatabase('db.example.com/saas_db?ssl=true')],
    ['a private network that says so', { ...withDatabase('10.0.0.5/saas_db'), DATABASE_TLS: 'off' }],
    ['two databases of one role', { CHAT_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@127.0.0.1/chat_memories_db' }],
    ['former keys', { ENCRYPTION_KEY_PREVIOUS: `${random()},${random('hex')}`, JWT_SECRET_PREVIOUS: random() }],
  ];
  test.each(given)('%s', (_, env) => expect(refusals({ ...GOOD, ...env })).toEqual([]));

  test('any random secret, however it is written', () => {
    const wrong: string[][] = [];
    for (let i = 0; i < 2000; i++) {
      const bytes = createHash('sha256').update(`secreto ${i}`).digest(); // the same in every run
      const JWT_SECRET = [bytes.toString('base64url'), bytes.toString('base64'), bytes.toString('hex'), bytes.toString('hex', 0, 16)][i % 4];
      wrong.push(refusals({ ...GOOD, JWT_SECRET }));
    }
    expect(wrong.flat()).toEqual([]);
  });
});

describe('production refuses', () => {
  const bad: [string, NodeJS.ProcessEnv, RegExp][] = [
    ...[
      'changeme-changeme-changeme-changeme', 'please-change-this-secret-in-production', 'Sup3rS3cr3tK3yThatNobodyKnows!!!!', 'your-256-bit-key-here-0123456789',
      'P4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rd1', 'mi-contraseña-muy-larga-de-verdad', 'esta-es-una-clave-de-ejemplo-larga', 'franja-franja-franja-franja-franja',
      'x'.repeat(40), 'ab'.repeat(20), '0123456789'.repeat(4), 'abcdefghijklmnopqrstuvwxyz0123456789', 'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccc', '1111111111111111111111111111111111111112',
    ].flatMap((weak): [string, NodeJS.ProcessEnv, RegExp][] => [
      [`JWT_SECRET ${weak}`, { JWT_SECRET: weak }, /^JWT_SECRET (contains|repeats|has fewer|is a row)/],
      [`ENCRYPTION_KEY ${weak}`, { ENCRYPTION_KEY: weak }, /^ENCRYPTION_KEY (contains|repeats|has fewer|is a row)/],
    ]),
    ['no JWT_SECRET', { JWT_SECRET: undefined }, /^JWT_SECRET is required/],
    ['no ENCRYPTION_KEY', { ENCRYPTION_KEY: undefined }, /^ENCRYPTION_KEY is required/],
    ['a short one', { ENCRYPTION_KEY: random('base64url', 20) }, /^ENCRYPTION_KEY, and each .* 32 bytes/],
    ['one secret for two things', { ENCRYPTION_KEY: SECRETS.JWT_SECRET }, /^ENCRYPTION_KEY is the same as JWT_SECRET/],
    ['a former key that is the one of today', { ENCRYPTION_KEY_PREVIOUS: SECRETS.ENCRYPTION_KEY }, /^ENCRYPTION_KEY_PREVIOUS, number 1, is the same as ENCRYPTION_KEY/],
    ['the name of the role as its password', { APP_DATABASE_URL: 'postgres://saas_app:saas_app@localhost/saas_db' }, /^The password in APP_DATABASE_URL contains "saas_app"/],
    ['a short password', { APP_DATABASE_URL: 'postgres://saas_app:x7Kq9@localhost/saas_db' }, /^The password in APP_DATABASE_URL has fewer than 16/],
    ['a password used twice', { ADMIN_DATABASE_URL: 'postgres://saas_admin:wH3rTq8ZbN5xKpLd@localhost/saas_db' }, /^The password in ADMIN_DATABASE_URL is the same as/],
    ['no word about proxies', { TRUST_PROXY: undefined }, /^TRUST_PROXY must be said in production: off when .* or the addresses/],
    ['an empty word about them', { TRUST_PROXY: '' }, /^TRUST_PROXY must be said/],
    ['any origin', { CORS_ORIGINS: '*' }, /^CORS_ORIGINS has \*/],
    ['any subdomain', { CORS_ORIGINS: 'https://a.example.com,https://*.example.com' }, /^CORS_ORIGINS has https:\/\/\*\.example\.com/],
    ['an origin without TLS', { CORS_ORIGINS: 'http://app.example.com' }, /^CORS_ORIGINS has http:/],
    ['an origin that is a page', { CORS_ORIGINS: 'https://app.example.com/login' }, /^CORS_ORIGINS has .* without a path/],
    ...['db.example.com/saas_db', 'db.example.com/saas_db?sslmode=disable', 'db.example.com/saas_db?sslmode=no-verify', '10.0.0.5:5432/saas_db?ssl=0',
      'db.example.com/saas_db?sslmode=require&uselibpqcompat=true', 'db.example.com/saas_db?sslmode=verify-full&sslmode=disable', 'localhost/saas_db?host=db.example.com',
      '127.0.0.1.example.com/saas_db'].map((rest): [string, NodeJS.ProcessEnv, RegExp] =>
      [rest, withDatabase(rest), /^APP_DATABASE_URL goes to \S+ without checking its certificate: add sslmode=verify-full .* DATABASE_TLS=off/]),
    ['another database over the network', { CHAT_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@db.example.com/x' }, /^CHAT_DATABASE_URL goes to db.example.com/],
    ['what pg cannot read', withDatabase('db.example.com/saas_db?sslmode=verify-full&sslrootcert=/no/such/file'), /^APP_DATABASE_URL cannot be read/],
  ];
  test.each(bad)('%s', (_, env, line) => expect(refusals({ ...GOOD, ...env })).toEqual(expect.arrayContaining([expect.stringMatching(line)])));

  test('all at once, and shows no secret', () => {
    const lines = refusals({ ...GOOD, JWT_SECRET: 'changeme-changeme-changeme-changeme', ENCRYPTION_KEY: undefined, TRUST_PROXY: undefined, CORS_ORIGINS: '*', ...withDatabase('db.example.com/x') });
    expect(lines.length).toBe(5);
    expect(lines.join()).not.toMatch(/changeme-changeme|wH3rTq8ZbN5xKpLd/);
  });

  test('and outside it none of that is asked', () =>
    expect(refusals({ JWT_SECRET: 'x'.repeat(32), ENCRYPTION_KEY: 'x'.repeat(32), APP_DATABASE_URL: 'postgres://saas_app:x@db.example.com/x', CORS_ORIGINS: 'http://localhost:5173' })).toEqual([]));

  test('what the scripts read as well', async () => {
    const names = ['SAAS_APP', 'SAAS_ADMIN', 'N8N_APP', 'EVOLUTION_APP', 'READONLY_USER', 'INTEGRATION_USER'].map((role) => `${role}_PASSWORD`);
    const good = Object.fromEntries([...names, 'JWT_SECRET', 'ENCRYPTION_KEY'].map((name) => [name, random()]));
    const run = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', "await (await import('./scripts/environment.mjs')).readEnvironment(); console.log('taken')"], {
        env: { PATH: process.env.PATH, NODE_ENV: 'production', ...good, ...env },
      }).then(({ stdout }) => stdout.trim(), (error: { stderr: string }) => error.stderr);
    expect(await run({})).toBe('taken');
    const refused = await run({ SAAS_APP_PASSWORD: 'changeme', N8N_APP_PASSWORD: good.JWT_SECRET });
    expect(refused).toContain('SAAS_APP_PASSWORD contains "change"');
    expect(refused).toMatch(/(JWT_SECRET|N8N_APP_PASSWORD) is the same as (JWT_SECRET|N8N_APP_PASSWORD)/);
  });
});

test.each<[string, NodeJS.ProcessEnv, boolean]>([
  ['smtp://mail.example.com:587', {}, true], ['smtps://mail.example.com', {}, true], ['smtp://127.0.0.1.example.com', {}, true], ['smtp://10.0.0.5', {}, true],
  ['smtp://localhost:25', {}, false], ['smtp://u:c@127.0.0.1', {}, false], ['smtp://[::1]:25', {}, false],
  ['smtp://10.0.0.5', { SMTP_TLS: 'off' }, false], ['smtp://mail.example.com', { NODE_ENV: 'development' }, false],
])('in production mail to %s needs TLS (with %j: %s)', (SMTP_URL, env, tls) =>
  expect(readConfig({ ...GOOD, MAIL_FROM: 'a@example.com', APP_URL: 'https://app.example.com', SMTP_URL, ...env }).mail.tls).toBe(tls));

describe('everywhere', () => {
  const HERE = { ...SECRETS, APP_DATABASE_URL: 'postgres://saas_app:x@127.0.0.1/saas_db' };

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['a level that there is not', { LOG_LEVEL: 'verbose' }, 'LOG_LEVEL must be silent, error, warn, info or debug'],
    ['a database that is no URL', { APP_DATABASE_URL: 'saas_db' }, 'APP_DATABASE_URL must be like postgresql://user:password@host:5432/database, with / in a password as %2F'],
    ['a database whose password has a slash', { APP_DATABASE_URL: 'postgres://saas_app:x/y@a/saas_db' }, 'APP_DATABASE_URL must be like postgresql://user:password@host:5432/database, with / in a password as %2F'],
    ['a replica that is none', { REPLICA_DATABASE_URL: 'postgres://saas_app:x@a/saas_db,b:5432' }, 'REPLICA_DATABASE_URL must be like postgresql://user:password@host:5432/database, with / in a password as %2F'],
    ['a switch that is neither', { PREPARED_STATEMENTS: 'false' }, 'PREPARED_STATEMENTS must be on or off'],
    ['another', { DATABASE_TLS: 'no' }, 'DATABASE_TLS must be on or off'],
    ['and another', { SMTP_TLS: 'starttls' }, 'SMTP_TLS must be on or off'],
  ])('%s is refused by its name', (_, env, line) => expect(refusals({ ...HERE, ...env })).toEqual([line]));

  test('a variable that is set to nothing is as if it were not', () => {
    const empty = Object.fromEntries(['PORT', 'HOST', 'POOL_MAX', 'SLOW_QUERY_MS', 'SHUTDOWN_DELAY_SECONDS', 'LOG_LEVEL', 'LIMIT_IP', 'PREPARED_STATEMENTS'].map((name) => [name, '']));
    const { port, host, poolMax, slowQueryMs, shutdownDelaySeconds, logLevel, limits, preparedStatements } = readConfig({ ...GOOD, ...empty });
    expect({ port, host, poolMax, slowQueryMs, shutdownDelaySeconds, logLevel, ip: limits.ip, preparedStatements }).toEqual(
      { port: 3000, host: '127.0.0.1', poolMax: 16, slowQueryMs: 200, shutdownDelaySeconds: 5, logLevel: 'warn', ip: { max: 600, seconds: 60 }, preparedStatements: true });
  });
});

describe('the API refuses to run', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const role = `prueba_rol_${randomBytes(4).toString('hex')}`;
  const asAdmin = async (sql: string) => {
    const client = new pg.Client(database.adminUrl);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const start = (appUrl: string) => startApi({}, { database: { ...database, appUrl } } as Api);

  beforeAll(async () => {
    database = await freshDatabase();
    await asAdmin(`create role ${role} login noinherit password 'x'; grant connect on database ${database.name} to ${role};
      grant usage on schema app, public to ${role}; grant execute on all functions in schema app to ${role}`);
  });
  afterAll(async () => {
    await asAdmin(`drop owned by ${role}; drop role ${role}`);
    await database.drop();
  });

  test('as a superuser, in production or not', async () => {
    await expect(start(database.adminUrl)).rejects.toThrow(/^The database role \S+ is a superuser, .* saas_app/);
  });

  test.each([
    ['BYPASSRLS', 'alter role %s bypassrls', 'alter role %s nobypassrls', 'has BYPASSRLS'],
    // Not the real ones: other tests look at who is a member of them.
    ['membership of a role of the platform', 'create role saas_%s nologin; grant saas_%s to %s', 'drop role saas_%s', `is a member of saas_${role}`],
  ])('with %s', async (_, give, take, why) => {
    await asAdmin(give.replaceAll('%s', role));
    try {
      await expect(start(urlOf(database.adminUrl, database.name, role, 'x'))).rejects.toThrow(`The database role ${role} ${why}`);
    } finally {
      await asAdmin(take.replaceAll('%s', role));
    }
  });
});
