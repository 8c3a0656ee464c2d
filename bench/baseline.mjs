// The same transactions without the application: captured statements as scripts of pgbench, sent as prepared ones.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { prepareValue } from 'pg/lib/utils.js';

const folder = '.data/bench-scripts';
const found = process.env.BENCH_BASELINE === 'clients' ? undefined : ['pgbench', ...[18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`)]
  .flatMap((name) => (name.includes('/') ? [name] : (process.env.PATH ?? '').split(path.delimiter).map((dir) => path.join(dir, name))))
  .find((file) => fs.existsSync(file));

export const pgbench = found;

/**
 * Transactions as lines of a script. A value stays a parameter of its statement: by the name that `know` gives it where it differs from turn to
 * turn, otherwise a constant. Reads go out in one packet with their COMMIT; of what writes, BEGIN and the context do, as the application sends them.
 * @param {{ text: string, values: readonly unknown[] }[][]} transactions
 * @param {{ know?: (value: unknown) => string | undefined, keep?: Record<string, string>, sets?: string[], today?: string }} [options] `keep`: what of a statement's text asks for its
 *   answer as variables with that prefix; `sets`: lines before it, of the agenda of `today`
 */
export function scriptOf(transactions, { know = () => undefined, keep = {}, sets = [], today } = {}) {
  const constants = new Map();
  const constant = (text) => {
    if (!constants.has(text)) constants.set(text, `k${constants.size}`);
    return constants.get(text);
  };
  const param = (value) => {
    if (value === null || value === undefined) return 'null';
    return know(value) ?? `:${constant(prepareValue(value))}`;
  };
  const lines = transactions.flatMap((statements) => {
    const [begin, context] = splitBegin(statements[0].text, know);
    const rest = statements.slice(1, -1).map(({ text, values }) => {
      const asked = Object.entries(keep).find(([part]) => text.includes(part));
      return `${text.replace(/\$(\d+)/g, (_, n) => param(values[n - 1]))}${asked ? `\n\\gset ${asked[1]}` : ';'}`;
    });
    if (begin.includes('READ ONLY')) return ['\\startpipeline', begin, context, ...rest, 'COMMIT;', '\\endpipeline'];
    return ['\\startpipeline', begin, context, '\\endpipeline', ...rest, 'COMMIT;'];
  });
  return { sets, today, lines, constants: Object.fromEntries([...constants].map(([text, name]) => [name, text])) };
}

function splitBegin(text, know) {
  const [, begin, context] = /^(BEGIN[^;]*); ([^]*)$/.exec(text);
  return [`${begin};`, `${context.replace(/\b\d{7,}\b/g, (digits) => know(Number(digits)) ?? digits)};`];
}

/**
 * One run; the first `warm` transactions of each client are left out, for connections and plans are new.
 * @param {{ sets: string[], lines: string[], constants: Record<string, string> }[]} scripts each turn takes one of them
 * @returns {Promise<{ rate: number, times: number[] }>}
 */
export function runBaseline(url, scripts, { clients = 1, count, warm, region }) {
  return found ? runPgbench(url, scripts, { clients, count, warm, variables: { ...region, clientes: clients, n: 0 } }) : runClients({ url, scripts, clients, count, warm, region });
}

/** In a process of its own, like pgbench. */
async function runClients(task) {
  const child = spawn(process.execPath, ['bench/clients.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('bench/clients.mjs failed');
  return JSON.parse(said);
}

async function runPgbench(url, scripts, { clients, count, warm, variables }) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const { hostname, port, username, password, pathname } = new URL(url);
  const args = ['-h', hostname, '-p', port, '-U', username, '-n', '-M', 'prepared', '-c', clients, '-j', Math.min(clients, 2), '-t', warm + count];
  args.push('-l', '--log-prefix', path.join(folder, 'log'));
  for (const [name, value] of Object.entries(variables)) args.push('-D', `${name}=${value}`);
  for (const [i, { sets, lines, constants }] of scripts.entries()) {
    const own = (text) => text.replace(/(?<!:):(k\d+)\b/g, `:s${i}_$1`);
    for (const [name, value] of Object.entries(constants)) args.push('-D', `s${i}_${name}=${value}`);
    fs.writeFileSync(path.join(folder, `${i}.sql`), `${[...sets, ...lines.map(own)].join('\n')}\n`);
    args.push('-f', path.join(folder, `${i}.sql`));
  }
  const child = spawn(found, [...args.map(String), pathname.slice(1)], { env: { ...process.env, PGPASSWORD: password, PGAPPNAME: 'bench' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`pgbench: ${said.slice(-2000)}`);
  return readLog(warm);
}

/** client transaction microseconds script epoch microseconds-of-epoch, where both times are when it ended. */
function readLog(warm) {
  const files = fs.readdirSync(folder).filter((file) => file.startsWith('log'));
  const rows = files.flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim().split('\n')).map((line) => line.split(' ').map(Number));
  const counted = rows.filter(([, turn]) => turn > warm).map(([, , took, , seconds, micros]) => ({ took: took / 1000, ended: seconds * 1000 + micros / 1000 }));
  const times = counted.map(({ took }) => took);
  const first = counted.reduce((least, { took, ended }) => Math.min(least, ended - took), Infinity);
  const last = counted.reduce((most, { ended }) => Math.max(most, ended), 0);
  return { rate: (1000 * times.length) / (last - first), times };
}
