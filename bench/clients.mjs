// Where there is no pgbench: its scripts by plain clients of pg, statements by name. Slower, so a weaker baseline, and `npm run bench` says so.
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { closedLoop } from './load.mjs';
import { agenda } from './places.mjs';

const { url, scripts, clients, count, warm, region } = JSON.parse(await text(process.stdin));
const programs = scripts.map(compile);
const pool = await Promise.all(
  Array.from({ length: clients }, async () => {
    const client = new pg.Client({ connectionString: url, pipeline: true });
    await client.connect();
    return client;
  }),
);
const answer = await closedLoop({ clients, count, warm, work: (turn) => perform(pool[turn % clients], programs[turn % programs.length], turn) });
await Promise.all(pool.map((client) => client.end()));
console.log(JSON.stringify(answer));

function compile({ lines, constants, today }, script) {
  const variablesOf = today ? agenda(today).variables : () => ({});
  const steps = lines.map((line, i) => {
    if (line.startsWith('\\')) return { mark: line };
    const [sql, keep] = line.replace(/;$/, '').split('\n\\gset ');
    const names = [];
    const named = sql.replace(/(?<!:):([a-z_]\w*)/gi, (_, name) => `$${names.push(name)}`);
    return { name: `s${script}_${i}`, sql: named, names, keep };
  });
  return { steps, variablesFor: (turn) => ({ ...constants, ...variablesOf(region, turn) }) };
}

async function perform(client, { steps, variablesFor }, turn) {
  const variables = variablesFor(turn);
  let together;
  for (const { mark, name, sql, names, keep } of steps) {
    if (mark === '\\startpipeline') together = [];
    else if (mark) {
      await Promise.all(together);
      together = undefined;
    } else {
      const answer = client.query({ name, text: sql, values: names.map((each) => variables[each]) });
      if (together) together.push(answer);
      else {
        const { rows } = await answer;
        if (keep) for (const [column, value] of Object.entries(rows[0])) variables[keep + column] = value;
      }
    }
  }
}
