const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

// Runs one step and tells how long it takes: a live line on a terminal; in a log one line, preceded by a sign of life every ten seconds.
export async function step(label, work) {
  const began = performance.now();
  const live = process.stdout.isTTY;
  let detail = '';
  const draw = () => {
    const line = `  … ${label} ${seconds(began)}${detail && `  ${detail}`}`;
    if (live) process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
    else console.log(line);
  };
  const timer = setInterval(draw, live ? 100 : 10_000);
  try {
    const result = await work((text) => (detail = text));
    finish('✓');
    return result;
  } catch (error) {
    finish('✗');
    throw error;
  }

  function finish(mark) {
    clearInterval(timer);
    console.log(`${live ? '\r\x1b[2K' : ''}  ${mark} ${label.padEnd(34)} ${seconds(began).padStart(7)}`);
  }
}
