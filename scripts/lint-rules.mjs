// The project's own bans, which no linter knows: a text, where it may stand, and why it may not stand elsewhere.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const roots = ['.ci', 'bench', 'prisma', 'scripts', 'sql', 'src', 'test'];
const generated = ['prisma/schema.prisma', 'src/database/tables.ts']; // by npm run db:types
const longest = 400;

// Tests of the isolation attack it with these very statements.
const bans = [
  { text: /\bset_config\s*\(/i, except: /^(sql\/schema\/02-functions\.sql$|sql\/migrations\/2026-11-23-1-contexto\.sql$|sql\/migrations\/2026-11-28-2-versiones\.sql$|sql\/migrations\/2026-11-29-9d-zona-conocida\.sql$|sql\/chat\/01-conversaciones\.sql$|test\/)/, why: 'the context is set by app.fijar_contexto and app.fijar_origen only; versiones keeps a note of its own, and a zone is tried' },
  { text: /\bset\s+(session\s+|local\s+)?"?app"?\./i, in: /^(src|scripts|bench)\//, why: 'the context is set by app.fijar_contexto only' },
  { text: /^\s*set\s+(session\s+|local\s+)?"?app"?\.[^;$]*;/i, in: /^sql\//, why: 'only a function may carry "set app.…", in its head' },
  { text: /\$(queryRawUnsafe|executeRawUnsafe)\b/, why: 'text pasted into SQL is how an injection begins: use the tagged form' },
  { text: /\b(describe|it|test)\s*\.\s*(skip|only|todo)\b|\b(xit|xdescribe|xtest|fit|fdescribe)\s*\(/, in: /^(src|test)\//, why: 'every test runs' },
  { text: /\bTO-?DO\b|\bFIXME\b/, why: 'finish it or leave it out' },
];

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const problems = roots.flatMap((root) => filesIn(root)).flatMap(check);
if (/"resolved"/.test(fs.readFileSync(path.join(project, 'package-lock.json'), 'utf8'))) {
  problems.push('package-lock.json names a registry: run npm install with the .npmrc of this project');
}
for (const problem of problems) console.error(problem);
if (problems.length) process.exitCode = 1;

function filesIn(root) {
  const folder = path.join(project, root);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(project, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.startsWith('src/generated/') && file !== 'scripts/lint-rules.mjs');
}

function check(file) {
  const lines = fs.readFileSync(path.join(project, file), 'utf8').split('\n');
  const read = (line) => (file.endsWith('.sql') ? line.replace(/--.*$/, '') : line);
  const found = lines.flatMap((line, index) =>
    bans
      .filter((ban) => (!ban.in || ban.in.test(file)) && !ban.except?.test(file) && ban.text.test(read(line)))
      .map((ban) => `${file}:${index + 1}: ${line.trim()}  (${ban.why})`),
  );
  if (lines.length > longest + 1 && !generated.includes(file)) found.push(`${file}: ${lines.length - 1} lines; at most ${longest}`);
  return found;
}
