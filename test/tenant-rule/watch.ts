// In every test file: what the application sends is held to the rule, and a statement that breaks it fails the test that made it be sent.
import diagnostics from 'node:diagnostics_channel';
import { loadModule } from 'libpg-query';
import type { Statement } from '../../src/database/statements.js';
import { EXCEPTIONS } from './exceptions.js';
import { type Catalogue, tenantProblems } from './rule.js';

const channel = diagnostics.channel('franja:statement');
const heard = new Set<string>();
let pending: Statement[] = [];

// The context of a BEGIN travels as literals.
const shapeOf = (text: string) => (text.startsWith('BEGIN') ? text.replaceAll(/'(?:[^']|'')*'|\d+/g, '?') : text);

/** A route under an organisation is the one that it stands for. */
const plain = (ruta?: string) => ruta?.replace(/^(GET \/api\/v1)\/organizations\/\d+(?=\/)/, '$1');

function hear(message: unknown) {
  const statement = message as Statement;
  const shape = `${shapeOf(statement.text)}\n${EXCEPTIONS.some((one) => one.ruta === plain(statement.ruta))}`;
  if (heard.has(shape)) return;
  heard.add(shape);
  pending.push(statement);
}

async function check() {
  if (pending.length === 0) return;
  const statements = pending;
  pending = [];
  await loadModule();
  const catalogue: Catalogue = JSON.parse(process.env.FRANJA_TEST_CATALOGUE!);
  const wrong = statements.flatMap(({ text, ruta }) => {
    const problems = tenantProblems(text, catalogue).filter((problem) => !EXCEPTIONS.some((one) => one.ruta === plain(ruta) && one.problem === problem));
    return problems.length ? [`${ruta ?? 'work of the server itself'}\n${problems.join('\n')}\n\n${text}`] : [];
  });
  if (wrong.length) throw new Error(`Every statement names its tenant and joins on it (docs/citus.md):\n\n${wrong.join('\n\n')}`);
}

beforeAll(() => channel.subscribe(hear));
afterEach(check);
afterAll(async () => {
  channel.unsubscribe(hear);
  await check();
});
