import fs from 'node:fs';
import path from 'node:path';

/** Which module may import which; http, database, limits and outbox are under all of them. A cycle cannot be written in this table. */
const MAY_IMPORT: Record<string, string[]> = {
  tenants: [],
  billing: [],
  catalog: ['billing'],
  notifications: ['booking', 'chat', 'billing'],
  chat: [],
  auth: ['tenants', 'billing', 'catalog', 'notifications'],
  staff: ['catalog', 'billing'],
  scheduling: ['staff', 'catalog'],
  booking: ['scheduling', 'staff', 'catalog', 'billing'],
  platform: ['auth', 'tenants', 'billing'],
  jobs: ['billing', 'chat'],
  public: ['scheduling', 'staff', 'catalog', 'tenants'],
  observability: ['jobs', 'chat'], // what tasks tell, how that database is; nobody imports it
};
const FOUNDATION = ['http', 'database', 'limits', 'outbox', 'generated'];
/** Who writes a table; everybody may read by joining. */
const OWNER: Record<string, string> = {
  organizaciones: 'tenants', servicios: 'catalog', profesionales: 'staff', servicios_profesionales: 'staff', horarios_profesionales: 'scheduling',
  horarios_disponibilidad: 'scheduling', clientes: 'booking', citas: 'booking', usuarios: 'auth', sesiones: 'auth', limites: 'limits',
  auditoria: 'triggers alone', segundos_factores: 'auth', codigos_recuperacion: 'auth', codigos: 'auth', claves_api: 'auth', eventos: 'outbox', entregas: 'outbox', destinos_webhook: 'outbox', instancias_whatsapp: 'notifications', mensajes_whatsapp: 'notifications', plantillas_mensajes: 'notifications', recordatorios: 'jobs', ejecuciones_tareas: 'functions alone', uso_deltas: 'triggers alone', versiones: 'triggers alone', avisos_uso: 'triggers alone', metricas_uso_organizacion: 'functions alone', subscripciones: 'functions alone', historial_subscripciones: 'triggers alone', avisos_subscripcion: 'functions alone', facturas: 'functions alone', facturas_lineas: 'functions alone', pagos: 'functions alone', eventos_stripe: 'functions alone', emisores_facturas: 'platform', impuestos_pais: 'platform',
};
/**
 * Whoever becomes a client is given their ficha; generating marks how far a professional is generated; the clock marks who did not come and was asked; a new zone remakes free time; that a
 * key was used, only its transaction knows.
 */
const ALSO: Record<string, string[]> = { clientes: ['auth'], profesionales: ['scheduling', 'jobs'], horarios_disponibilidad: ['tenants'], organizaciones: ['platform'], claves_api: ['database'], citas: ['jobs'] };

const files = fs.readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('generated'));
const source = (file: string) => fs.readFileSync(path.join('src', file), 'utf8');
const moduleOf = (file: string) => (file.includes('/') ? file.split('/')[0] : undefined);

test('modules import only what the table allows', () => {
  const wrong = files.flatMap((file) => {
    const from = moduleOf(file);
    if (!from || FOUNDATION.includes(from)) return [];
    expect(Object.keys(MAY_IMPORT)).toContain(from);
    return [...source(file).matchAll(/from '(\.[^']+)'/g)]
      .map(([, target]) => moduleOf(path.normalize(path.join(path.dirname(file), target))))
      .filter((to): to is string => to !== undefined && to !== from && !FOUNDATION.includes(to) && to !== '..' && !MAY_IMPORT[from].includes(to))
      .map((to) => `${file} imports ${to}`);
  });
  expect(wrong).toEqual([]);
});

test('the foundation knows no domain', () => {
  const wrong = files.filter((file) => FOUNDATION.includes(moduleOf(file) ?? '')).flatMap((file) =>
    [...source(file).matchAll(/from '\.\.\/(\w+)\//g)].map(([, to]) => to).filter((to) => !FOUNDATION.includes(to)).map((to) => `${file} imports ${to}`));
  expect(wrong).toEqual([]);
});

test('each table is written by the module that owns it', () => {
  const wrong = files.flatMap((file) =>
    [...source(file).matchAll(/(?:insertInto|updateTable|deleteFrom)\('(\w+)'|(?:insert into|delete from|^\s*update) (\w+)/gm)]
      .map(([, a, b]) => a ?? b)
      .filter((table) => table in OWNER && moduleOf(file) !== OWNER[table] && !ALSO[table]?.includes(moduleOf(file)!))
      .map((table) => `${file} writes ${table}`));
  expect(wrong).toEqual([]);
});

test('domain modules stay small: no file over 400 lines, no catch-all folder', () => {
  expect(files.filter((file) => file !== 'database/tables.ts' && source(file).split('\n').length > 401)).toEqual([]); // that one is generated
  expect(fs.readdirSync('src').filter((name) => ['utils', 'common', 'shared', 'helpers', 'lib'].includes(name))).toEqual([]);
});

// Swagger names a schema by its class: of two with one name, the document shows one in both places.
test('no two DTOs have one name', () => {
  const names = files.filter((file) => file.endsWith('.dto.ts')).flatMap((file) => [...source(file).matchAll(/^export class (\w+)/gm)].map(([, name]) => name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
});
