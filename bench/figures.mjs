export const percentile = (values, p) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)];
};

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
};

const rounded = (value) => (value === undefined || Number.isNaN(value) ? '–' : value >= 100 ? String(Math.round(value)) : value.toPrecision(value >= 10 ? 3 : 2));

/** Median of the rounds, with the least and the most. */
export const spread = (values, unit = '') => `${rounded(median(values))}${unit} (${rounded(Math.min(...values))}–${rounded(Math.max(...values))})`;

export const times = (values) => `${median(values).toFixed(2)}x (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;

export const goal = (reached) => (reached ? 'yes' : '**no**');

export const markdown = ({ title, head, rows }) =>
  [`#### ${title}`, '', `| ${head.join(' | ')} |`, `|${head.map((name, i) => (i === 0 ? '---' : '--:')).join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n');
