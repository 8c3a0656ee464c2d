import { createHash } from 'node:crypto';
import { CicloSubscripciones } from '../src/billing/ciclo-subscripciones.service.js';
import { PagosService } from '../src/billing/pagos.service.js';
import { Db } from '../src/database/db.service.js';
import { register, registerClient, startApi, type Api, type Member } from './api.js';
import { mailTo } from './buzon.js';
import { employee, query } from './checks.js';
import { conFactura, emitir, enTransaccion, textoDePdf } from './facturas-kit.js';
import { change, enEl, mas, subscripcion } from './subscripciones-kit.js';
import { superAdmin, type SuperAdmin } from './super-admin.js';

let api: Api;
let root: SuperAdmin;
beforeAll(async () => {
  api = await startApi();
  root = await superAdmin(api);
});
afterAll(() => api.close());

const numeros = async (serie = 'F') =>
  (await query(api, 'select split_part(numero, $2, 2)::int as n from facturas where serie = $1 and numero is not null order by 1', [serie, '-'])).map(({ n }) => n);
const linea = (importe: string) => [{ descripcion: 'Muestra', importe }];
const admin = (owner: Member, id: number, action: string) => `/admin/organizations/${owner.cuenta.organizacion_id}/invoices/${id}/${action}`;
const pagar = (owner: Member, factura: any, changes: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  root.request('POST', admin(owner, factura.id, 'payments'), { importe: factura.total, moneda: factura.moneda, referencia: `TR-${factura.id}`, ...changes }, headers);
/** The clock of that organisation until there is nothing to do; its state then. */
async function alDia(owner: Member, ahora: string): Promise<string> {
  const session = { organizacion_id: owner.cuenta.organizacion_id, usuario_id: null, rol: null, ahora };
  for (let more = true; more; ) ({ mas: more } = await api.app.get(Db).run(session, () => api.app.get(CicloSubscripciones).paso()));
  return (await subscripcion(owner, ahora)).estado;
}
const anular = (owner: Member, factura: any, headers: Record<string, string> = {}) => root.request('POST', admin(owner, factura.id, 'void'), { motivo: 'Equivocada' }, headers);

test('choosing a plan issues its invoice, with the tax of the country and whom it was at the time', async () => {
  const owner = await conFactura(api, { nombre_comercial: 'Barbería Ñandú', pais: 'CO' });
  const { status, body } = await owner.request('GET', `/billing/invoices/${owner.factura.id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    numero: expect.stringMatching(/^F-\d{8}$/), estado: 'emitida', moneda: 'USD', subtotal: '15.00', impuesto: '2.85', total: '17.85', impuesto_nombre: 'IVA', tasa: '19.00',
    impuesto_incluido: false, lineas: [{ descripcion: expect.stringContaining('mensual'), cantidad: 1, precio_unitario: '15.00', importe: '15.00' }], pagos: [],
    emisor: { razon_social: 'Franja' }, cliente: { razon_social: 'Barbería Ñandú', pais: 'CO', email: owner.cuenta.email },
  });
  expect((await subscripcion(owner)).deuda_vence_en).toBe(body.vence_en);
  expect((await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { nombre_comercial: 'Otra' })).status).toBe(200);
  expect((await owner.request('GET', `/billing/invoices/${owner.factura.id}`)).body.cliente.razon_social).toBe('Barbería Ñandú');
});

test('an upgrade is invoiced for the rest, with what is unused of the old plan as a credit', async () => {
  const owner = await conFactura(api, { pais: 'US' });
  await pagar(owner, owner.factura);
  const { periodo_inicio, fecha_proximo_pago } = await subscripcion(owner);
  const half = new Date((Date.parse(periodo_inicio) + Date.parse(fecha_proximo_pago)) / 2).toISOString();
  expect((await owner.request('POST', '/billing/subscription/change', { plan: 'profesional' }, enEl(half))).status).toBe(201);
  const [last] = (await owner.request('GET', '/billing/invoices?limite=1')).body.elementos;
  const { lineas, total, impuesto, impuesto_nombre } = (await owner.request('GET', `/billing/invoices/${last.id}`)).body;
  expect([impuesto, impuesto_nombre]).toEqual(['0.00', null]);
  expect(lineas[1]).toMatchObject({ importe: '-7.50' });
  expect(Number(lineas[0].importe) - 7.5).toBeCloseTo(Number(total), 2);
});

test('thirty at once, a third of which fail after they have their number: no gap and no number twice', async () => {
  const owners = await Promise.all([1, 2, 3].map(() => register(api)));
  const before = (await numeros()).length;
  const issued = await Promise.allSettled(Array.from({ length: 30 }, (_, i) =>
    enTransaccion(api.database.appUrl, owners[i % 3], async (client) => {
      await emitir(client, linea('10.00'));
      if (i % 5 === 1) await client.query('select 1 / 0');
    }, { commit: i % 5 !== 3 })));
  expect(issued.filter(({ status }) => status === 'rejected').length).toBe(6);
  const found = await numeros();
  expect(found.length).toBe(before + 18);
  expect(found).toEqual(found.map((_, i) => i + 1));
});

/** Exact arithmetic on whole numbers: amounts in the least unit, rates in hundredths of a percent. */
function desglose(amount: bigint, rate: bigint, included: boolean): [bigint, bigint, bigint] {
  const half = (a: bigint, b: bigint) => (2n * a + b) / (2n * b);
  if (!included) return [amount, half(amount * rate, 10_000n), amount + half(amount * rate, 10_000n)];
  const subtotal = half(amount * 10_000n, 10_000n + rate);
  return [subtotal, amount - subtotal, amount];
}

test('for any lines, currency and rate, included or not: lines and tax are the total, rounded half up to what the currency has', async () => {
  const owner = await register(api);
  const random = (n: number, seed: string) => Number(createHash('sha256').update(seed).digest().readBigUInt64BE() % BigInt(n));
  let halves = 0;
  await enTransaccion(api.database.adminUrl, owner, async (client) => {
    for (let i = 0; i < 150; i++) {
      const [moneda, decimales] = ([['USD', 2], ['CLP', 0], ['PYG', 0], ['COP', 2], ['MXN', 2]] as const)[i % 5];
      const tie = i % 6 === 0; // 10.5 % of an odd hundred of units
      const [rate, included] = tie ? [1_050, false] : [i % 7 === 0 ? 0 : random(3_000, `rate ${i}`), random(2, `included ${i}`) === 1];
      const units = Array.from({ length: 1 + random(5, `lines ${i}`) }, (_, n) => 1 + random(100_000, `line ${i} ${n}`));
      if (units.length > 2) units[1] = -Math.floor(units[0] / 2);
      if (tie) units.splice(0, units.length, 100 + 200 * random(500, `tie ${i}`));
      const money = (unit: bigint) => (Number(unit) / 10 ** decimales).toFixed(2);
      await client.query("update impuestos_pais set tasa = $1, incluido = $2 where pais = 'CO'", [rate / 100, included]);
      const id = await emitir(client, units.map((unit) => ({ descripcion: 'x', importe: money(BigInt(unit)) })), moneda);
      const { rows } = await client.query('select subtotal, impuesto, total from facturas where id = $1', [id]);
      const sum = BigInt(units.reduce((a, b) => a + b, 0));
      const [subtotal, impuesto, total] = desglose(sum, BigInt(rate), included);
      if (!included && (2n * sum * BigInt(rate)) % 20_000n === 10_000n) halves++;
      expect({ i, ...rows[0] }).toEqual({ i, subtotal: money(subtotal), impuesto: money(impuesto), total: money(total) });
    }
  }, { commit: false });
  expect(halves).toBeGreaterThan(20);
});

test('an amount finer than its currency is refused', async () => {
  const owner = await register(api);
  await expect(enTransaccion(api.database.appUrl, owner, (client) => emitir(client, linea('10.50'), 'CLP'))).rejects.toMatchObject({ constraint: 'decimales_de_la_moneda' });
});

const STATES: Record<string, string> = {
  borrador: "estado = 'borrador', numero = null, emitida_en = null, pagada_en = null, anulada_en = null, motivo_anulacion = null",
  emitida: "estado = 'emitida', pagada_en = null, anulada_en = null, motivo_anulacion = null",
  pagada: "estado = 'pagada', pagada_en = now(), anulada_en = null, motivo_anulacion = null",
  anulada: "estado = 'anulada', pagada_en = null, anulada_en = now(), motivo_anulacion = 'x'",
  incobrable: "estado = 'incobrable', pagada_en = null, anulada_en = null, motivo_anulacion = null",
};
const MAY: Record<string, string[]> = { borrador: ['emitida'], emitida: ['pagada', 'anulada', 'incobrable'], pagada: [], anulada: [], incobrable: ['pagada', 'anulada'] };

test('an invoice goes from state to state as the table says, whoever writes', async () => {
  const { factura, ...owner } = await conFactura(api);
  for (const from of Object.keys(STATES)) {
    for (const to of Object.keys(STATES).filter((state) => state !== from)) {
      const change = enTransaccion(api.database.adminUrl, owner, async (client) => {
        await client.query("set local session_replication_role = 'replica'");
        await client.query(`update facturas set ${STATES[from]} where id = $1`, [factura.id]);
        await client.query("set local session_replication_role = 'origin'");
        await client.query(`update facturas set ${STATES[to]} where id = $1`, [factura.id]);
      }, { commit: false });
      const outcome = await change.then(() => 'done', (error) => error.constraint);
      expect([from, to, outcome]).toEqual([from, to, MAY[from].includes(to) ? 'done' : expect.stringMatching(/^facturas_(transicion|inmutable)$/)]);
    }
  }
});

test('what is issued never changes: not by the roles of the API, not by the superuser', async () => {
  const { factura, ...owner } = await conFactura(api);
  await pagar(owner, factura);
  const statements = [
    ...['total = 0, subtotal = 0, impuesto = 0', "cliente = '{}'", "estado = 'anulada'", "numero = 'F-1'", 'pagada_en = now()'].map((set) => `update facturas set ${set} where id = ${factura.id}`),
    `delete from facturas where id = ${factura.id}`, `delete from facturas_lineas where factura_id = ${factura.id}`,
    `update facturas_lineas set importe = 0, precio_unitario = 0 where factura_id = ${factura.id}`,
    `insert into facturas_lineas (organizacion_id, factura_id, descripcion, precio_unitario, importe) values (${owner.cuenta.organizacion_id}, ${factura.id}, 'x', 1, 1)`,
  ];
  for (const [url, rol] of [[api.database.appUrl, 'admin'], [api.database.urlAs('saas_admin'), 'super_admin'], [api.database.adminUrl, 'admin']]) {
    for (const statement of statements) {
      const refused = enTransaccion(url, owner, (client) => client.query(statement), { rol, commit: false });
      await expect(refused).rejects.toMatchObject(url === api.database.adminUrl ? { code: 'FR409' } : { code: '42501' });
    }
  }
  for (const url of [api.database.appUrl, api.database.urlAs('saas_admin')]) {
    for (const statement of ["update pagos set importe = 1", 'delete from pagos', 'update emisores_facturas set ultimo = 0', "select app.anular_factura(1, 'x')", "select app.registrar_pago(1, 'manual', 1, 'USD', 'x', now())"].slice(0, url === api.database.appUrl ? 5 : 3)) {
      await expect(enTransaccion(url, owner, (client) => client.query(statement), { rol: 'super_admin', commit: false })).rejects.toMatchObject({ code: '42501' });
    }
  }
});

test('lines that do not add up are not issued', async () => {
  const { factura, ...owner } = await conFactura(api);
  const wrong = enTransaccion(api.database.adminUrl, owner, (client) => client.query(
    `with f as (insert into facturas (organizacion_id, subscripcion_id, serie, moneda, subtotal, impuesto, total, periodo_inicio, periodo_fin, vence_en)
       select organizacion_id, subscripcion_id, serie, moneda, 9, 0, 9, periodo_inicio, periodo_fin, vence_en from facturas where id = $1 returning *)
     insert into facturas_lineas (organizacion_id, factura_id, descripcion, precio_unitario, importe) select organizacion_id, id, 'x', 8, 8 from f returning factura_id`, [factura.id])
    .then(({ rows }) => client.query("update facturas set estado = 'emitida' where id = $1", [rows[0].factura_id])));
  await expect(wrong).rejects.toMatchObject({ constraint: 'facturas_lineas_suman' });
});

test('a payment by hand pays the invoice and the subscription; told twice it is one, and it is written down', async () => {
  const { factura, ...owner } = await conFactura(api);
  const late = mas(factura.vence_en, 1);
  await query(api, "update subscripciones set estado = 'suspendida' where organizacion_id = $1", [owner.cuenta.organizacion_id]); // by the clock, for its debt
  expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).body.codigo).toBe('subscripcion_suspendida');
  expect((await owner.request('GET', '/billing/invoices')).body.elementos.length).toBe(1);
  const [first, second] = [await pagar(owner, factura, {}, enEl(late)), await pagar(owner, factura, {}, enEl(late))];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body).toEqual(first.body);
  expect(first.body).toMatchObject({ estado: 'pagada', pagada_en: late, pagos: [{ metodo: 'manual', importe: factura.total, moneda: 'USD', sobra: false }] });
  expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', solo_lectura: false, deuda_vence_en: null });
  expect((await owner.request('POST', '/clients', { nombre: 'Ana' })).status).toBe(201);
  const audit = await query(api, "select tabla, accion, rol from auditoria where organizacion_id = $1 and tabla in ('pagos', 'facturas') order by id", [owner.cuenta.organizacion_id]);
  expect(audit).toContainEqual({ tabla: 'pagos', accion: 'alta', rol: 'super_admin' });
  const payments = await query(api, "select importe from historial_subscripciones where organizacion_id = $1 and tipo_evento = 'pago'", [owner.cuenta.organizacion_id]);
  expect(payments).toEqual([{ importe: factura.total }]);
});

test('ten of the same payment at once are one', async () => {
  const { factura, ...owner } = await conFactura(api);
  const answers = await Promise.all(Array.from({ length: 10 }, () => pagar(owner, factura)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect((await query(api, 'select count(*)::int as n from pagos where organizacion_id = $1', [owner.cuenta.organizacion_id]))[0].n).toBe(1);
});

test('a payment that is not of this invoice is refused, and nothing stays', async () => {
  const { factura, ...owner } = await conFactura(api);
  const other = await conFactura(api);
  const cases: [Record<string, unknown>, number, string][] = [
    [{ importe: '17.84' }, 409, 'importe_no_coincide'], [{ moneda: 'COP' }, 409, 'importe_no_coincide'], [{ importe: '0' }, 409, 'importe_no_coincide'], [{ referencia: '' }, 400, 'datos_invalidos'],
  ];
  for (const [changes, status, codigo] of cases) {
    const answer = await pagar(owner, factura, changes);
    expect([changes, answer.status, answer.body.codigo]).toEqual([changes, status, codigo]);
  }
  expect((await pagar(owner, other.factura)).status).toBe(404);
  expect((await query(api, 'select from pagos where organizacion_id = $1', [owner.cuenta.organizacion_id])).length).toBe(0);
  await pagar(owner, factura);
  expect((await pagar(owner, factura, { referencia: 'otra' })).body.codigo).toBe('factura_no_cobrable');
  expect((await anular(owner, factura)).body.codigo).toBe('factura_no_cobrable');
});

test('a payment by hand was received by now, but for the minutes of a clock that is fast; what is later is refused by its field', async () => {
  const { factura, ...owner } = await conFactura(api);
  const now = mas(factura.emitida_en, 1);
  const on = (recibido_en: string) => pagar(owner, factura, { recibido_en }, enEl(now));
  for (const later of [mas(now, 0, 301_000), mas(now, 365)]) {
    const { status, body } = await on(later);
    expect([status, body.codigo, body.errores]).toEqual([400, 'datos_invalidos', [{ campo: 'recibido_en', codigo: 'no_futuro', mensaje: 'no puede estar en el futuro' }]]);
  }
  expect((await owner.request('GET', `/billing/invoices/${factura.id}`)).body).toMatchObject({ estado: 'emitida', pagos: [] });
  expect((await on(mas(now, 0, 299_000))).body).toMatchObject({ estado: 'pagada', pagada_en: mas(now, 0, 299_000) });
});

test('a debt of before a cancellation begins no new period when it is paid', async () => {
  const { factura, ...owner } = await conFactura(api);
  expect((await owner.request('POST', '/billing/subscription/cancel', { al_final: false })).status).toBe(201);
  expect((await pagar(owner, factura)).status).toBe(201);
  expect(await subscripcion(owner)).toMatchObject({ estado: 'cancelada', deuda_vence_en: null });
});

test('voiding keeps the number and clears the debt; whoever was late only by it is not any more', async () => {
  const { factura: first, ...owner } = await conFactura(api);
  await pagar(owner, first);
  await alDia(owner, mas((await subscripcion(owner)).fecha_proximo_pago, 0, 1));
  const [factura] = (await owner.request('GET', '/billing/invoices')).body.elementos;
  await query(api, "update subscripciones set estado = 'morosa' where organizacion_id = $1", [owner.cuenta.organizacion_id]);
  const { status, body } = await anular(owner, factura);
  expect({ status, ...body }).toMatchObject({ status: 201, numero: factura.numero, estado: 'anulada', motivo_anulacion: 'Equivocada' });
  expect(await subscripcion(owner)).toMatchObject({ estado: 'activa', deuda_vence_en: null });
  expect((await pagar(owner, factura)).body.codigo).toBe('factura_no_cobrable');
  expect((await anular(owner, factura)).body.codigo).toBe('factura_no_cobrable');
});

test('voiding begins nothing that was not paid, and another debt stays one', async () => {
  const { factura, ...owner } = await conFactura(api);
  await query(api, "update subscripciones set estado = 'morosa' where organizacion_id = $1", [owner.cuenta.organizacion_id]);
  const second = await enTransaccion(api.database.appUrl, owner, (client) => emitir(client, linea('5.00')));
  await anular(owner, factura);
  const { estado, deuda_vence_en } = await subscripcion(owner);
  const { body } = await owner.request('GET', `/billing/invoices/${second}`);
  expect([estado, deuda_vence_en]).toEqual(['morosa', body.vence_en]);

  const expired = await register(api);
  await query(api, "update subscripciones set estado = 'expirada' where organizacion_id = $1", [expired.cuenta.organizacion_id]);
  expect((await expired.request('POST', '/billing/subscription/change', { plan: 'basico' })).body.aplicado).toBe(false);
  const [waiting] = (await expired.request('GET', '/billing/invoices')).body.elementos;
  await anular(expired, waiting);
  expect(await subscripcion(expired)).toMatchObject({ estado: 'expirada', deuda_vence_en: null });
});

test('of several debts the oldest counts, whatever becomes of a newer one', async () => {
  const { factura, ...owner } = await conFactura(api);
  const [second, third] = await enTransaccion(api.database.appUrl, owner, async (client) => [await emitir(client, linea('5.00')), await emitir(client, linea('6.00'))]);
  await pagar(owner, (await owner.request('GET', `/billing/invoices/${third}`)).body);
  const session = { organizacion_id: owner.cuenta.organizacion_id, usuario_id: null, rol: null };
  expect(await api.app.get(Db).run(session, () => api.app.get(PagosService).fallo(second))).toBe('impaga');
  expect((await subscripcion(owner)).deuda_vence_en).toBe(factura.vence_en);
});

test('a renewal does not put off what an upgrade owes', async () => {
  const { factura, ...owner } = await conFactura(api);
  await pagar(owner, factura);
  const { fecha_proximo_pago } = await subscripcion(owner);
  const before = mas(fecha_proximo_pago, -2);
  expect((await change(owner, { plan: 'profesional' }, before)).status).toBe(201);
  expect(await alDia(owner, mas(fecha_proximo_pago, 0, 1))).toBe('activa');
  const { body: { elementos: [renewal, upgrade] } } = await owner.request('GET', '/billing/invoices');
  expect([renewal.vence_en, upgrade.vence_en]).toEqual([mas(fecha_proximo_pago, 3, 1), mas(before, 3)]);
  expect((await subscripcion(owner, before)).deuda_vence_en).toBe(upgrade.vence_en);
});

test('month after month: billed by the clock, claimed, suspended, paid late, and a period that begins then', async () => {
  const { factura, ...owner } = await conFactura(api);
  await pagar(owner, factura);
  const { fecha_proximo_pago } = await subscripcion(owner);
  expect(await alDia(owner, mas(fecha_proximo_pago, 0, 1))).toBe('activa');
  const [second] = (await owner.request('GET', '/billing/invoices')).body.elementos;
  expect(second).toMatchObject({ estado: 'emitida', total: factura.total, periodo_inicio: fecha_proximo_pago, vence_en: mas(fecha_proximo_pago, 3, 1) });
  expect([await alDia(owner, mas(second.vence_en, 1)), await alDia(owner, mas(second.vence_en, 8))]).toEqual(['morosa', 'suspendida']);
  const late = mas(second.vence_en, 60);
  await pagar(owner, second, {}, enEl(late));
  expect(await subscripcion(owner, late)).toMatchObject({ estado: 'activa', solo_lectura: false, deuda_vence_en: null, fecha_proximo_pago: late });
  await alDia(owner, late);
  const all = (await owner.request('GET', '/billing/invoices')).body.elementos;
  expect(all.map((f: any) => [f.estado, f.periodo_inicio])).toEqual([['emitida', late], ['pagada', fecha_proximo_pago], ['pagada', factura.periodo_inicio]]);
});

test('what the platform forgives is claimed no more, and can still be paid', async () => {
  const { factura, ...owner } = await conFactura(api);
  await root.request('PUT', `/admin/organizations/${owner.cuenta.organizacion_id}/subscription`, { estado: 'activa', motivo: 'Acuerdo' });
  expect((await owner.request('GET', `/billing/invoices/${factura.id}`)).body.estado).toBe('incobrable');
  expect((await subscripcion(owner)).deuda_vence_en).toBeNull();
  expect((await pagar(owner, factura)).body.estado).toBe('pagada');
});

test('taxes and the issuer are settings of the platform, from the next invoice on', async () => {
  expect((await root.request('PUT', '/admin/taxes/UY', { nombre: 'IVA', tasa: '10.00', incluido: true })).status).toBe(200);
  const issuer = { razon_social: 'Agenda Ñu SAS', identificacion_fiscal: '900-1', direccion: null, ciudad: 'Bogotá', pais: 'CO', email: null };
  expect((await root.request('PUT', '/admin/issuer', issuer)).body).toEqual(issuer);
  const owner = await conFactura(api, { pais: 'UY' });
  expect((await owner.request('GET', `/billing/invoices/${owner.factura.id}`)).body).toMatchObject({
    subtotal: '13.64', impuesto: '1.36', total: '15.00', impuesto_incluido: true, emisor: issuer,
  });
  expect((await root.request('GET', '/admin/taxes')).body).toContainEqual({ pais: 'UY', nombre: 'IVA', tasa: '10.00', incluido: true });
  expect((await root.request('PUT', '/admin/taxes/uru', { nombre: 'IVA', tasa: '10.00', incluido: true })).status).toBe(400);
});

const bytes = async (owner: Member, path: string) => {
  const response = await fetch(`${api.url}/api/v1${path}`, { headers: { authorization: `Bearer ${owner.token}` } });
  return { status: response.status, type: response.headers.get('content-type'), content: Buffer.from(await response.arrayBuffer()) };
};

test.each([['es', 'Factura', 'Por pagar'], ['en', 'Invoice', 'To be paid'], ['pt', 'Fatura', 'Vencimento']])('the PDF speaks %s and has the accents of names', async (idioma, title, word) => {
  const owner = await conFactura(api, { nombre_comercial: 'Peluquería Ñañá «Ação» 中' });
  await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { idioma });
  const { status, type, content } = await bytes(owner, `/billing/invoices/${owner.factura.id}/pdf`);
  expect([status, type]).toEqual([200, 'application/pdf']);
  const text = textoDePdf(content);
  for (const part of [`${title} ${owner.factura.numero}`, word, 'Peluquería Ñañá «Ação» ?', 'Básico (mensual)', '17.85 USD', 'IVA 19 %']) expect(text).toContain(part);
  expect((await bytes(owner, `/billing/invoices/${owner.factura.id}/pdf`)).content.equals(content)).toBe(true);
});

test.each([['CLP', '17850'], ['USD', '17850.00']])('on paper and by mail amounts in %s have the decimals of it', async (moneda, importe) => {
  const owner = await register(api, { pais: 'PY' });
  const id = await enTransaccion(api.database.appUrl, owner, (client) => emitir(client, linea('17850.00'), moneda));
  const { body: factura } = await owner.request('GET', `/billing/invoices/${id}`);
  const sin = (amount: string) => (moneda === 'CLP' ? amount.replace('.00', '') : amount);
  const words = textoDePdf((await bytes(owner, `/billing/invoices/${id}/pdf`)).content).split('\n');
  expect(words.filter((word) => word === importe)).toHaveLength(3);
  expect(words).toEqual(expect.arrayContaining([sin(factura.impuesto), `${sin(factura.total)} ${moneda}`]));
  await owner.request('POST', `/billing/invoices/${id}/send`);
  expect((await mailTo(api, owner.cuenta.email, new RegExp(factura.numero))).text).toContain(` ${sin(factura.total)} ${moneda}`);
});

test('a name of many lines is one line on paper', async () => {
  const owner = await register(api);
  await owner.request('PATCH', `/organizations/${owner.cuenta.organizacion_id}`, { razon_social: `Ana\t${'\n'.repeat(150)}Total: 0` });
  const id = await enTransaccion(api.database.appUrl, owner, (client) => emitir(client, linea('1.00')));
  const { content } = await bytes(owner, `/billing/invoices/${id}/pdf`);
  expect(content.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
  expect(textoDePdf(content)).toContain('Ana Total: 0');
});

test('a long invoice goes on to another page', async () => {
  const owner = await register(api);
  const id = await enTransaccion(api.database.appUrl, owner, (client) =>
    emitir(client, Array.from({ length: 60 }, (_, i) => ({ descripcion: `Línea ${i} ${'palabra '.repeat(15)}`.trim(), importe: '1.00' }))));
  const { content } = await bytes(owner, `/billing/invoices/${id}/pdf`);
  expect(content.toString('latin1').match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(1);
  expect(textoDePdf(content)).toContain('Línea 59');
});

test('it is sent by e-mail with the PDF', async () => {
  const owner = await conFactura(api);
  expect((await owner.request('POST', `/billing/invoices/${owner.factura.id}/send`)).status).toBe(204);
  const { attachments, text } = await mailTo(api, owner.cuenta.email, new RegExp(owner.factura.numero));
  expect(text).toContain('17.85 USD');
  expect(attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([[`${owner.factura.numero}.pdf`, 'application/pdf']]);
  expect(textoDePdf(attachments[0].content)).toContain(owner.factura.numero);
});

test('invoices are of one organisation and of its managers', async () => {
  const owner = await conFactura(api);
  const stranger = await conFactura(api);
  const path = `/billing/invoices/${owner.factura.id}`;
  for (const [method, tail] of [['GET', ''], ['GET', '/pdf'], ['POST', '/send']]) {
    expect((await stranger.request(method, path + tail)).status).toBe(404);
    expect((await (await employee(api, owner)).request(method, path + tail)).status).toBe(403);
    expect((await (await registerClient(api, owner)).request(method, path + tail)).status).toBe(403);
    expect((await api.request(method, path + tail)).status).toBe(401);
  }
  expect((await owner.request('POST', admin(owner, owner.factura.id, 'payments'), { importe: '17.85', moneda: 'USD', referencia: 'x' })).status).toBe(403);
  expect((await root.request('GET', `/organizations/${owner.cuenta.organizacion_id}${path}`)).status).toBe(200);
  const rows = await enTransaccion(api.database.appUrl, stranger, (client) => client.query('select organizacion_id from facturas').then((result) => result.rows));
  expect(new Set(rows.map((row) => Number(row.organizacion_id)))).toEqual(new Set([stranger.cuenta.organizacion_id]));
});

test('pages of invoices neither repeat nor lose one', async () => {
  const owner = await register(api);
  for (let i = 0; i < 5; i++) await enTransaccion(api.database.appUrl, owner, (client) => emitir(client, linea('1.00')));
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const { body }: { body: any } = await owner.request('GET', `/billing/invoices?limite=2${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...body.elementos.map((f: any) => f.id));
    ({ cursor } = body);
  } while (cursor);
  expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  expect(new Set(seen).size).toBe(5);
});
