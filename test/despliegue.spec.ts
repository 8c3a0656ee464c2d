import { execFile } from 'node:child_process';
import { randomBytes, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { readEnvironment } from '../scripts/environment.mjs';
import { readConfig } from '../src/config.js';

const run = promisify(execFile);
const text = (file: string) => fs.readFileSync(file, 'utf8');
const source = text('docker-compose.yml');
const compose = parse(source, { merge: true });
const services: [string, any][] = Object.entries(compose.services);
/** NAME=value lines. */
const dotenv = (content: string) => Object.fromEntries([...content.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name, value]));
const example = dotenv(text('.env.example'));
const used = [...new Set([...source.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name))];

/** As Docker Compose does it: ${NAME}, ${NAME:-default}, ${NAME:?}. */
function fill(value: unknown, env: Record<string, string>): string {
  return String(value).replace(/\$\{([A-Z0-9_]+)(?::([-?])([^}]*))?\}/g, (_, name, sign, rest) => {
    if (env[name]) return env[name];
    if (sign === '-') return rest;
    if (sign === '?') throw new Error(`${name} is required`);
    return '';
  });
}
const environmentOf = (service: string, env: Record<string, string>) =>
  Object.fromEntries(Object.entries(compose.services[service].environment).map(([name, value]) => [name, fill(value, env)]));

/** The .env that deploy/env.sh writes. */
async function madeEnv(): Promise<Record<string, string>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-env-'));
  fs.cpSync('.env.example', path.join(folder, '.env.example'));
  fs.mkdirSync(path.join(folder, 'deploy'));
  fs.cpSync('deploy/env.sh', path.join(folder, 'deploy/env.sh'));
  try {
    await run('sh', ['deploy/env.sh'], { cwd: folder });
    await expect(run('sh', ['deploy/env.sh'], { cwd: folder })).rejects.toThrow(/there already/);
    expect(fs.statSync(path.join(folder, '.env')).mode & 0o777).toBe(0o600);
    return dotenv(text(path.join(folder, '.env')));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe('docker-compose.yml', () => {
  test('every variable it uses is in .env.example and in docs/deploy.md, and none stands there for nothing', () => {
    const inSecrets = Object.values<any>(compose.secrets).map((secret) => secret.environment);
    expect([...new Set([...used, ...inSecrets])].sort()).toEqual(Object.keys(example).sort());
    expect(used.filter((name) => !text('docs/deploy.md').includes(`\`${name}\``))).toEqual([]);
  });

  test('no password has a default, anywhere', () => {
    const secret = /(PASSWORD|SECRET|_KEY)$/;
    expect(Object.entries(example).filter(([name, value]) => secret.test(name) && value)).toEqual([]);
    expect([...source.matchAll(/\$\{([A-Z0-9_]+):-([^}]*)\}/g)].filter(([, name]) => secret.test(name))).toEqual([]);
    for (const [, service] of services) {
      for (const [name, value] of Object.entries<any>(service.environment ?? {})) if (/(PASSWORD|SECRET|_KEY)$/.test(name) && name !== 'CACHE_REDIS_PREFIX_KEY') expect(`${name}=${value}`).toMatch(/=\$\{/);
    }
  });

  test('images are exact versions; only api and n8n are published, on this machine alone', () => {
    for (const [name, { image, build }] of services) if (!build) expect(`${name} ${image}`).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/);
    for (const from of text('Dockerfile').matchAll(/^FROM (\S+)/gm)) expect(from[1]).toMatch(/^node:24\.\d+\.\d+-slim$/);
    const ports = services.flatMap(([name, { ports = [] }]) => ports.map((port: string) => [name, port]));
    expect(ports.map(([name]) => name)).toEqual(['api', 'n8n']);
    for (const [, port] of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const { networks } = compose;
    expect([networks.data.internal, networks.cache.internal]).toEqual([true, true]);
    for (const name of ['postgres', 'pgbouncer', 'migrate']) expect(compose.services[name].networks).toEqual(['data']);
  });

  test("the superuser's password reaches PostgreSQL and the migrations, and nobody else", () => {
    expect(services.filter(([, service]) => JSON.stringify(service).includes('POSTGRES_PASSWORD')).map(([name]) => name)).toEqual(['postgres', 'migrate']);
    expect(services.filter(([, service]) => JSON.stringify(service).includes('DATABASE_URL":"postgres://postgres')).map(([name]) => name)).toEqual(['migrate']);
  });

  test('whoever starts after another names one that exists and says when it is ready; volumes, networks and files exist', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries<any>(service.depends_on ?? {})) {
        const { healthcheck, restart, build } = compose.services[other];
        if (condition === 'service_completed_successfully') expect([name, restart]).toEqual([name, 'no']);
        else expect([name, other, !!(healthcheck?.test || build), condition]).toEqual([name, other, true, 'service_healthy']);
      }
      for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
      for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret);
      for (const volume of service.volumes ?? []) {
        const [from] = volume.split(':');
        if (from.startsWith('.')) expect(fs.existsSync(from)).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(from);
      }
    }
  });

  test('with the .env that deploy/env.sh makes, the API and the migrations take their configuration in production', async () => {
    const env = await madeEnv();
    const config = readConfig(environmentOf('api', env));
    expect(config).toMatchObject({ produccion: true, host: '0.0.0.0', n8n: { url: 'http://n8n:5678' }, evolution: { url: 'http://evolution-api:8080' } });
    expect(new URL(config.databaseUrl)).toMatchObject({ username: 'saas_app', password: env.SAAS_APP_PASSWORD, host: 'pgbouncer:6432', pathname: '/saas_db' });
    expect(new URL(config.chatDatabaseUrl!)).toMatchObject({ username: 'saas_app', pathname: '/chat_memories_db' });
    const { databaseUrl, database, variables } = await readEnvironment(environmentOf('migrate', env));
    expect([new URL(databaseUrl!).password, database, (variables as Record<string, string>).n8n_app_password]).toEqual([env.POSTGRES_PASSWORD, 'saas_db', env.N8N_APP_PASSWORD]);
    for (const name of Object.keys(env)) expect(() => environmentOf('api', { ...env, [name]: '' })).not.toThrow(/undefined/);
    expect(() => environmentOf('api', { ...env, JWT_SECRET: '' })).toThrow('JWT_SECRET is required');
  });

  test('a key is replaced without losing what the former one sealed and signed', async () => {
    const env = await madeEnv();
    const [ENCRYPTION_KEY_PREVIOUS, JWT_SECRET_PREVIOUS] = [(await madeEnv()).ENCRYPTION_KEY, (await madeEnv()).JWT_SECRET];
    const config = readConfig(environmentOf('api', { ...env, ENCRYPTION_KEY_PREVIOUS, JWT_SECRET_PREVIOUS }));
    const textOf = (key: KeyObject) => key.export().toString();
    expect([config.encryptionKeys.map(textOf), config.jwtPreviousSecrets.map(textOf)]).toEqual([[env.ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS], [JWT_SECRET_PREVIOUS]]);
  });

  test('a WhatsApp session outlives its container: half of it is in the database, half in a Redis that writes to its volume', () => {
    const { 'evolution-api': evolution, 'evolution-redis': redis } = compose.services;
    expect(evolution.environment).toMatchObject({ DATABASE_SAVE_DATA_INSTANCE: 'true', CACHE_REDIS_ENABLED: 'true', CACHE_REDIS_URI: 'redis://evolution-redis:6379/6' });
    expect([redis.command.slice(1), redis.volumes]).toEqual([['--appendonly', 'yes'], ['evolution-redis:/data']]);
  });

  test('the API is given nothing that it does not read', () => {
    const readers = fs.readdirSync('src').filter((file) => file.startsWith('config')).map((file) => text(path.join('src', file))).join('\n');
    for (const name of Object.keys(compose.services.api.environment)) expect(readers).toMatch(new RegExp(String.raw`\b${name}\b`));
    const scripts = text('scripts/environment.mjs');
    for (const name of Object.keys(compose.services.migrate.environment)) expect(scripts).toMatch(new RegExp(String.raw`\b${name}\b`));
  });
});

describe('the image', () => {
  test('what it runs imports only production dependencies and files that it has', () => {
    const { dependencies } = JSON.parse(text('package.json'));
    const seen = new Set<string>();
    const bare = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file) || file.includes('generated')) return;
      seen.add(file);
      for (const [, from] of text(file).replace(/^import type .*$/gm, '').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
        if (!from.startsWith('.')) bare.add(from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0]);
        else {
          const target = path.join(path.dirname(file), from);
          visit(fs.existsSync(target) ? target : target.replace(/\.js$/, '.ts'));
        }
      }
    };
    visit('src/main.ts');
    visit('deploy/database.mjs');
    expect(seen.size).toBeGreaterThan(100);
    expect([...bare].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name) && !(name in dependencies))).toEqual([]);
    const copied = [...text('Dockerfile').split(/^FROM /m).at(-1)!.matchAll(/^COPY (?:--from=\S+ )?(.+) \S+$/gm)].flatMap(([, files]) => files.split(' ')).map((file) => file.replace('/app/', ''));
    for (const file of seen) expect(copied.some((each) => file.replace(/^src/, 'dist').startsWith(each))).toBe(true);
  });

  test('its context lets in what is copied and no secret', () => {
    const allowed = text('.dockerignore').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const wanted = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files.split(' '));
    expect(wanted.filter((file) => !allowed.includes(file.split('/')[0]))).toEqual([]);
    for (const file of wanted) expect(fs.existsSync(file)).toBe(true);
    expect(text('.dockerignore').split('\n')[0]).toBe('*');
    expect(text('.gitignore').split('\n')).toContain('.env');
  });

  test('it runs as nobody special, and looks after itself', () => {
    const last = text('Dockerfile').split(/^FROM /m).at(-1)!;
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(text('Dockerfile')).toMatch(/npm ci --omit=dev/);
  });

  test('to prepare the databases it asks for a superuser, and does nothing that it was not told', async () => {
    const base = { PATH: process.env.PATH };
    await expect(run('node', ['deploy/database.mjs', 'migrate'], { env: base })).rejects.toThrow(/DATABASE_URL is required/);
    await expect(run('node', ['deploy/database.mjs', 'drop'], { env: { ...base, DATABASE_URL: 'postgres://x@127.0.0.1:1/x' } })).rejects.toThrow(/Usage/);
  });
});

describe('deploy/pgbouncer.sh', () => {
  test('writes who may connect, whatever is in a password, where only it can read, and hands none of it on', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'franja-bouncer-'));
    const password = `a"b'c\\$d ${randomBytes(4).toString('hex')}`;
    const fake = path.join(folder, 'pgbouncer');
    fs.writeFileSync(fake, '#!/bin/sh\necho "$1"; env\n', { mode: 0o755 });
    const env = { PATH: process.env.PATH, PGBOUNCER: fake, PGBOUNCER_RUN: folder, SAAS_APP_PASSWORD: password, SAAS_ADMIN_PASSWORD: 'otra' };
    const { stdout } = await run('sh', ['deploy/pgbouncer.sh'], { env });
    const file = path.join(folder, 'userlist.txt');
    expect(text(file)).toBe(`"saas_app" "${password.replaceAll('"', '""')}"\n"saas_admin" "otra"\n`);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(stdout.split('\n')[0]).toBe('/etc/pgbouncer/pgbouncer.ini');
    expect(stdout).not.toContain('otra');
    fs.rmSync(folder, { recursive: true });
  });

  test('pools by transaction, keeps prepared statements, and stands where compose looks for it', () => {
    const ini = text('deploy/pgbouncer.ini');
    expect(ini).toMatch(/^pool_mode = transaction$/m);
    expect(ini).toMatch(/^max_prepared_statements = [1-9]\d+$/m);
    expect(ini).toMatch(/^auth_type = scram-sha-256$/m);
    expect(ini).toMatch(/^auth_file = \/run\/pgbouncer\/userlist.txt$/m);
    expect(compose.services.pgbouncer.tmpfs[0]).toMatch(/^\/run\/pgbouncer:/);
    expect(ini).toMatch(/^listen_port = 6432$/m);
    expect(ini).toMatch(/^server_login_retry = 1$/m); // a PostgreSQL that restarted is found again
  });
});
