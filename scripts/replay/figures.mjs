// How long the answers took, and what that is per second.

/** Collects the time of every answer by kind of request. */
export class Figures {
  #times = new Map();
  serverErrors = 0;

  add = (kind, milliseconds, status) => {
    if (status >= 500) this.serverErrors++;
    if (!this.#times.has(kind)) this.#times.set(kind, []);
    this.#times.get(kind).push(milliseconds);
  };

  /** @param {Record<string, string>} labels kind → what it is called */
  table(labels) {
    const rows = [['', 'requests', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms']];
    for (const [kind, label] of Object.entries(labels)) {
      const times = Float64Array.from(this.#times.get(kind) ?? []).sort();
      if (times.length === 0) continue;
      const at = (part) => times[Math.max(0, Math.ceil(times.length * part) - 1)].toFixed(1); // nearest rank
      rows.push([label, count(times.length), at(0.5), at(0.95), at(0.99), at(1)]);
    }
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    return rows.map((row) => row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  '));
  }
}

export const count = (number) => number.toLocaleString('en-US');

/** Runs `work` on every item, at most `limit` at a time, in the order given; the first failure stops the rest. */
export async function each(items, limit, work, detail = (_text) => {}) {
  const began = performance.now();
  const queue = items.values();
  let done = 0;
  let failed = false;
  const worker = async () => {
    for (const item of queue) {
      if (failed) return;
      await work(item);
      done++;
      detail(bar(done, items.length, began));
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, () => worker().catch((error) => {
    failed = true;
    throw error;
  }));
  await Promise.all(workers);
  return (performance.now() - began) / 1000;
}

export function bar(done, total, began) {
  const rate = (1000 * done) / (performance.now() - began);
  const full = Math.floor((24 * done) / total);
  const left = Math.ceil((total - done) / rate);
  return `${'█'.repeat(full)}${'░'.repeat(24 - full)} ${count(done)}/${count(total)}  ${rate.toFixed(0)}/s  ${left} s left`;
}
