// What whoever starts Franja reads when something around it is wrong: one line that says what, and no stack.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { SECRETS } from './api.js';
import { build } from './proceso.js';
import { freshDatabase } from './setup/database.mjs';

const DATABASE = 'postgresql://postgres:x@127.0.0.1:1/postgres'; // nobody listens there
// As on most machines: a name with two addresses, whose failure is told in an error of several without a message of its own.
const TWO_ADDRESSES = `data:text/javascript,${encodeURIComponent(`import dns from 'node:dns';
  const { lookup } = dns;
  dns.lookup = (name, options, done) => name === 'localhost' && options.all ? done(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]) : lookup(name, options, done);`)}`;

/** All it wrote, with its exit code. */
async function run(script: string[], env: Record<string, string>): Promise<string> {
  const given = { PATH: process.env.PATH, ...SECRETS, ...env };
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, script, { env: given, timeout: 30_000 })
    .then((wrote) => ({ code: 0, ...wrote }), (error: { code: number; stdout: string; stderr: string }) => error);
  return `${code} ${(stdout + stderr).trim()}`;
}

beforeAll(build, 60_000);

describe('npm start says what is wrong with', () => {
  const bad: [string, Record<string, string>, string][] = [
    ['a port that is no number', { PORT: 'abc' }, 'PORT must be an integer from 1 to 65535'],
    ['a port that there is not', { PORT: '99999' }, 'PORT must be an integer from 1 to 65535'],
    ['the port of its PostgreSQL', { PGPORT: 'abc' }, 'PGPORT must be an integer from 1 to 65535'],
    ['the address of yours', { DATABASE_URL: 'localhost:5432' }, 'DATABASE_URL must be like postgresql://postgres:password@localhost:5432/postgres'],
    ['an address that is not of this machine', { HOST: '192.0.2.1' }, 'EADDRNOTAVAIL'],
  ];
  test.each(bad)('%s', async (_, env, line) => {
    const wrote = await run(['scripts/start.mjs'], { DATABASE_URL: DATABASE, ...env });
    expect(wrote).toMatch(/^1 /);
    expect(wrote).toContain(line);
    expect(wrote).not.toMatch(/is taken|NaN| at /);
  });

  test('a port that somebody has', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const PORT = String((holder.address() as AddressInfo).port);
    expect(await run(['scripts/start.mjs'], { DATABASE_URL: DATABASE, PORT })).toBe(`1 Port ${PORT} of 127.0.0.1 is taken. Choose another: PORT=${Number(PORT) + 1} npm start`);
    holder.close();
  });
});

test.each([
  ['npm start', 'scripts/start.mjs'], ['npm run db:migrate', 'scripts/db.mjs migrate'], ['the image', 'deploy/database.mjs migrate'], ['the API', 'dist/main.js'],
])('%s says that nobody answers where the database should be, whatever addresses its name has', async (_, script) => {
  const at = 'postgresql://postgres:x@localhost:1/postgres';
  const wrote = await run(['--import', TWO_ADDRESSES, ...script.split(' ')], { DATABASE_URL: at, APP_DATABASE_URL: at, PORT: '39997' });
  expect(wrote).toMatch(/^1 [^]*ECONNREFUSED/);
  expect(wrote).not.toMatch(/\n {4}at /);
});

test.each(['before its first word', 'once it let us in'])('the API says that the database of super_admin fell silent %s', async (when) => {
  const database = await freshDatabase();
  const { port } = new URL(database.appUrl);
  const silent = net.createServer((client) => {
    const upstream = net.connect(Number(port), '127.0.0.1');
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {});
    if (when !== 'before its first word') upstream.pipe(client);
    client.on('data', (data) => data[0] !== 'P'.charCodeAt(0) && data[0] !== 'Q'.charCodeAt(0) && upstream.write(data)); // no question gets there
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const admin = new URL(database.appUrl);
  admin.port = String((silent.address() as AddressInfo).port);
  const began = Date.now();
  const wrote = await run(['dist/main.js'], { APP_DATABASE_URL: database.appUrl, ADMIN_DATABASE_URL: admin.href, PORT: '39997', JOBS: 'off' });
  silent.close();
  await database.drop();
  expect(wrote).toMatch(/^1 [^]*ADMIN_DATABASE_URL/);
  expect(Date.now() - began).toBeLessThan(20_000);
}, 60_000);

test('a lock left without the number of its holder, by a disk that was full, stops nobody for long', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-cerrojo-'));
  const file = path.join(folder, 'bootstrap.lock');
  fs.writeFileSync(file, '');
  const lock = pathToFileURL(path.resolve('scripts/file-lock.mjs')).href;
  const taken = await run(['--input-type=module', '-e', `(await import('${lock}')).withFileLock('${file}', () => console.log('taken'))`], {});
  expect(taken).toBe('0 taken');
  expect(fs.existsSync(file)).toBe(false);
  fs.rmSync(folder, { recursive: true });
}, 40_000);

test('a disk that is full takes away no secret that was there', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-lleno-'));
  const file = path.join(folder, '.data/secrets.json');
  fs.mkdirSync(path.dirname(file));
  const before = JSON.stringify({ ENCRYPTION_KEY: 'la-de-siempre'.repeat(200) }); // more than still fits
  fs.writeFileSync(file, before);
  const environment = pathToFileURL(path.resolve('scripts/environment.mjs')).href;
  const script = `await (await import('${environment}')).readEnvironment()`;
  await promisify(execFile)('sh', ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, script], { cwd: folder, env: { PATH: process.env.PATH } }).catch(() => {});
  expect(fs.readFileSync(file, 'utf8')).toBe(before);
  fs.rmSync(folder, { recursive: true });
});

test('processes that start for the first time at the same moment have the same secrets', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-primeros-'));
  const environment = pathToFileURL(path.resolve('scripts/environment.mjs')).href;
  // A slow disk: all have looked before any has written.
  const script = `import fs from 'node:fs';
    const { writeFileSync } = fs;
    fs.writeFileSync = (file, ...rest) => {
      if (file.includes('secrets.json')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      return writeFileSync(file, ...rest);
    };
    const { readEnvironment } = await import('${environment}');
    const { jwtSecret, encryptionKeys, n8nSecret, variables } = await readEnvironment();
    console.log(JSON.stringify([jwtSecret, encryptionKeys, n8nSecret, variables]))`;
  const started = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env: { PATH: process.env.PATH } }));
  const read = new Set((await Promise.all(started)).map(({ stdout }) => stdout));
  const kept = fs.readFileSync(path.join(folder, '.data/secrets.json'), 'utf8');
  expect(fs.readdirSync(path.join(folder, '.data'))).toEqual(['secrets.json']);
  fs.rmSync(folder, { recursive: true });
  expect(read.size).toBe(1);
  for (const name of ['JWT_SECRET', 'ENCRYPTION_KEY']) expect([...read][0]).toContain(JSON.parse(kept)[name]);
}, 30_000);

test('the embedded PostgreSQL, which has no TLS, starts in a shell that asks every server for it', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-tls-'));
  fs.chmodSync(folder, 0o755); // root lends its server to another account
  const embedded = pathToFileURL(path.resolve('scripts/embedded-postgres.mjs')).href;
  const script = `const { startPostgres } = await import('${embedded}'); const { stop } = await startPostgres({ dataDir: '${folder}/pg', durable: false }); await stop(); console.log('started')`;
  const started = await run(['--input-type=module', '-e', script], { PGSSLMODE: 'require' });
  fs.rmSync(folder, { recursive: true });
  expect(started).toBe('0 started');
}, 40_000);

test('npm run super-admin lets somebody into a server of your own, and changes nothing else of it', async () => {
  const { adminUrl, drop } = await freshDatabase();
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  try {
    await admin.query('drop table migraciones_aplicadas'); // as psql alone prepares it
    const wrote = await run(['scripts/db.mjs', 'super-admin', 'Ana@example.com'], { DATABASE_URL: adminUrl, POSTGRES_DB: new URL(adminUrl).pathname.slice(1) });
    expect(wrote).toMatch(/^0 ana@example\.com is super_admin\. Its password, shown only now: \S{24}\n/);
    const { rows } = await admin.query("select rol, to_regclass('migraciones_aplicadas') as registro from usuarios where email = 'ana@example.com'");
    expect(rows).toEqual([{ rol: 'super_admin', registro: null }]);
  } finally {
    await admin.end();
    await drop();
  }
});
