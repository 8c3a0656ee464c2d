// Reads SQL text as far as needed to cut it into statements.

const pattern = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*)`,
    String.raw`(?<block>/\*)`,
    String.raw`(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*")`,
    String.raw`(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<cast>::)`,
    String.raw`(?<variable>:'\w+'|:"\w+")`,
    String.raw`(?<command>\\\w+[^\n]*)`,
    String.raw`(?<other>[\s\S])`,
  ].join('|'),
  'gy',
);

function* tokens(sql) {
  pattern.lastIndex = 0;
  for (let match; (match = pattern.exec(sql)); ) {
    const start = match.index;
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    if (kind === 'dollar') {
      const close = sql.indexOf(match[0], pattern.lastIndex);
      pattern.lastIndex = close < 0 ? sql.length : close + match[0].length;
    } else if (kind === 'block') {
      pattern.lastIndex = endOfBlockComment(sql, start);
    }
    yield { kind, start, text: sql.slice(start, pattern.lastIndex) };
  }
}

function endOfBlockComment(sql, start) {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark; (mark = marks.exec(sql)); ) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

const silent = (token) => token.kind === 'comment' || token.kind === 'block' || /^\s*$/.test(token.text);

/**
 * The statements of a script, each with the line where it begins. Dollar quotes, parentheses and BEGIN ATOMIC … END stay whole.
 * With `variables` the text is a psql script: `:'name'` and `:"name"` are replaced, and `\\gexec` or `\\connect` may end a statement.
 * @param {string} sql
 * @param {Record<string, string>} [variables]
 * @returns {{ sql: string, line: number, command?: string, argument?: string }[]}
 */
export function statements(sql, variables) {
  const found = [];
  let current;
  let parentheses = 0;
  let atomic = 0;
  let previous = '';
  for (const token of tokens(sql)) {
    if (!current && (token.text === ';' || silent(token))) continue;
    current ??= { sql: '', line: lineAt(sql, token.start) };
    if (variables && token.kind === 'command') {
      finish(parseCommand(token.text, current.line, variables));
    } else if (token.text === ';' && parentheses === 0 && atomic === 0) {
      finish();
    } else {
      current.sql += variables && token.kind === 'variable' ? substitute(token.text, current.line, variables) : token.text;
      nest(token);
    }
  }
  if (current) finish();
  return found;

  function finish(command) {
    found.push({ ...current, ...command });
    current = undefined;
    parentheses = atomic = 0;
  }

  function nest({ kind, text }) {
    if (text === '(') parentheses++;
    if (text === ')') parentheses--;
    if (kind !== 'word') return;
    const word = text.toLowerCase();
    if (word === 'atomic' && previous === 'begin') atomic = 1;
    else if (atomic && word === 'case') atomic++;
    else if (atomic && word === 'end') atomic--;
    previous = word;
  }
}

function parseCommand(text, line, variables) {
  const [, command, argument] = /^\\(\w+)\s*(.*)$/.exec(text);
  if (command !== 'gexec' && command !== 'connect') fail(line, `\\${command} is not supported here`);
  return { command, argument: substitute(argument, line, variables).trim().replace(/^"(.*)"$/, '$1').replaceAll('""', '"') };
}

function substitute(text, line, variables) {
  return text.replace(/:(['"])(\w+)\1/g, (_, quote, name) => {
    if (variables[name] === undefined) fail(line, `variable ${name} is not set`);
    return `${quote}${String(variables[name]).replaceAll(quote, quote + quote)}${quote}`;
  });
}

function lineAt(sql, index) {
  let line = 1;
  for (let at = sql.indexOf('\n'); at >= 0 && at < index; at = sql.indexOf('\n', at + 1)) line++;
  return line;
}

function fail(line, message) {
  throw Object.assign(new Error(message), { line });
}
