import fs from 'node:fs';
import { parse } from 'yaml';
import { Ejecutor } from '../src/jobs/ejecutor.service.js';
import { readConfig } from '../src/config.js';
import { SECRETS, type Api } from './api.js';
import { startApiWithChat } from './chat.js';
import { query } from './checks.js';
import { destino, FAST, negocio } from './outbox-kit.js';
import { hasta, Receptor } from './receptor.js';

const text = (file: string) => fs.readFileSync(`deploy/observability/${file}`, 'utf8');
const dashboard = JSON.parse(text('grafana-dashboard.json'));
const rules: any[] = parse(text('prometheus-rules.yml')).groups.flatMap((group: any) => group.rules);

let api: Api;
/** Metric → its labels, of a server that has served. */
const series = new Map<string, Map<string, Set<string>>>();
beforeAll(async () => {
  api = await startApiWithChat(FAST);
  const receptor = await new Receptor().abrir();
  const shop = await negocio(api);
  await destino(shop, receptor.url);
  await shop.reservar(0);
  await shop.request('POST', '/appointments', { cliente_id: 0 });
  await hasta(() => receptor.eventos.includes('cita-creada'));
  receptor.trato = 500;
  await shop.reservar(1);
  const { ejecucion } = await (api.app.get(Ejecutor, { strict: false }) as any).ejecuciones.tomar({ nombre: 'prueba', cada: 1, desfase: 0 });
  await query(api, "update ejecuciones_tareas set estado = 'completada', terminada_en = now() where id = $1", [ejecucion]);
  const ejecutor = api.app.get(Ejecutor, { strict: false });
  await ejecutor.pedir('retencion', shop.cuenta.usuario_id);
  const scrape = async () => read((await api.request('GET', `${api.url}/metrics`)).body);
  await hasta(async () => {
    await scrape();
    return series.get('franja_outbox_pending')?.get('queue')?.has('webhook') === true && series.has('franja_task_runs_total') && series.get('franja_task_runs_total')!.has('task');
  }, () => [...series.keys()], 20_000);
  await receptor.cerrar();
}, 60_000);
afterAll(() => api.close());

function read(exposition: string) {
  for (const line of exposition.split('\n').filter((one) => one && !one.startsWith('#'))) {
    const [, name, labels = ''] = /^([\w:]+)(?:\{(.*)\})? /.exec(line)!;
    const known = series.get(name) ?? new Map<string, Set<string>>();
    series.set(name, known);
    for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) known.set(label, (known.get(label) ?? new Set()).add(value));
  }
}

/** Prometheus gives these to whatever it scrapes, and `up` itself. */
const SCRAPED = ['job', 'instance'];
const WORDS = new Set([
  'sum', 'max', 'min', 'avg', 'rate', 'increase', 'histogram_quantile', 'topk', 'time', 'vector', 'by', 'without', 'and', 'or', 'unless', 'on', 'ignoring', 'bool', 'offset', 'label_values', 'instance',
]);

/** What an expression reads that is not there: a metric, a label of it, or a value that the label never has. */
function wrong(expr: string): string[] {
  const found: string[] = [];
  const metrics: string[] = [];
  const plain = expr.replace(/([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}/g, (_, name, matchers) => {
    metrics.push(name);
    for (const [, label, sign, value] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (SCRAPED.includes(label)) continue;
      const values = series.get(name)?.get(label);
      if (!values) found.push(`${name}{${label}}`);
      else if (sign === '=' && !values.has(value) && label !== 'queue' && label !== 'task') found.push(`${name}{${label}="${value}"}`);
    }
    return ' ';
  });
  const grouped = plain.replace(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, labels: string) => {
    for (const label of labels.split(',').map((one) => one.trim()).filter(Boolean)) {
      const all = [...metrics, ...names(plain)];
      if (!SCRAPED.includes(label) && !all.some((name) => series.get(name)?.has(label))) found.push(`by (${label})`);
    }
    return ' ';
  });
  for (const name of [...metrics, ...names(grouped)]) if (name !== 'up' && !series.has(name)) found.push(name);
  return found;
}
const names = (expr: string) => [...expr.replace(/\[[^\]]*\]/g, ' ').matchAll(/[a-zA-Z_:][\w:]*/g)].map(([name]) => name).filter((name) => !WORDS.has(name));

const panels: any[] = dashboard.panels.filter((panel: any) => panel.type !== 'row');

test('every metric, label and value that the dashboard reads is there', () => {
  const expressions: string[] = panels.flatMap((panel) => panel.targets.map((target: any) => target.expr));
  expect(expressions.length).toBeGreaterThan(35);
  expect(expressions.flatMap((expr) => wrong(expr).map((what) => `${what} in ${expr}`))).toEqual([]);
  for (const { query: { query: of } } of dashboard.templating.list.filter(({ type }: any) => type === 'query')) expect(wrong(of)).toEqual([]);
});

test('every label in a legend is one that its expression keeps', () => {
  for (const { targets } of panels) {
    for (const { expr, legendFormat } of targets) {
      const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels.split(',').map((label: string) => label.trim()));
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(`${label} of ${kept.join(' ')}`).toMatch(new RegExp(`of.*\\b${label}\\b`));
    }
  }
});

test('panels have a title and a unit of their own, and do not lie on each other', () => {
  expect(new Set(dashboard.panels.map(({ id }: any) => id)).size).toBe(dashboard.panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`));
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ fieldConfig, gridPos: { x, w } }) => fieldConfig.defaults.unit && x + w <= 24)).toBe(true);
});

test('every alert reads what is there, says how bad it is and in a sentence what, and the page explains it', () => {
  const page = fs.readFileSync('docs/observability.md', 'utf8');
  expect(rules.length).toBeGreaterThan(10);
  for (const { alert, expr, labels, annotations, for: wait } of rules) {
    expect([alert, wrong(expr)]).toEqual([alert, []]);
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(20);
    expect(`${alert} ${wait ?? '0m'}`).toMatch(/ \d+[smh]$/);
    expect(page).toContain(`\`${alert}\``);
  }
});

test('every metric of Franja is on the page, and the page names no other', () => {
  const page = fs.readFileSync('docs/observability.md', 'utf8');
  const own = new Set([...series.keys()].filter((name) => name.startsWith('franja_')).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  const named = new Set([...page.matchAll(/`(franja_\w+)/g)].map(([, name]) => name));
  expect([...named].toSorted()).toEqual([...own].toSorted());
});

test('the scrape example asks where /metrics is, under the job of the alerts, with a token that production takes', () => {
  const { scrape_configs: [job], rule_files } = parse(text('prometheus.yml'));
  expect(job).toMatchObject({ job_name: 'franja', metrics_path: '/metrics', authorization: { type: 'Bearer' } });
  expect(rule_files.every((file: string) => fs.existsSync(`deploy/observability/${file}`))).toBe(true);
  const config = { ...SECRETS, APP_DATABASE_URL: 'postgres://saas_app:wH3rTq8ZbN5xKpLd@127.0.0.1/saas_db', NODE_ENV: 'production', TRUST_PROXY: 'off' };
  expect(readConfig(config)).toMatchObject({ metrics: false, slowQueryMs: 200, shutdownDelaySeconds: 5, traces: false });
  expect(readConfig({ ...config, METRICS_TOKEN: 'tS8vQ2mX4nR7wZ1pL6kB9cF3' })).toMatchObject({ metrics: true });
  for (const METRICS_TOKEN of ['corto', 'con espacios y mas de 16', 'changeme-changeme-1']) expect(() => readConfig({ ...config, METRICS_TOKEN })).toThrow(/METRICS_TOKEN/);
});
