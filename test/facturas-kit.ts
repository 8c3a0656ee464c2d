import pg from 'pg';
import zlib from 'node:zlib';
import { register, type Api, type Member } from './api.js';

/** An organisation that has chosen a plan, and the invoice of its first period. */
export async function conFactura(api: Api, overrides: Record<string, unknown> = {}, plan = 'basico'): Promise<Member & { factura: any }> {
  const owner = await register(api, overrides);
  const { status } = await owner.request('POST', '/billing/subscription/change', { plan });
  expect(status).toBe(201);
  const { body } = await owner.request('GET', '/billing/invoices');
  expect(body.elementos.length).toBe(1);
  return { ...owner, factura: body.elementos[0] };
}

/** One transaction of that organisation; with `role`, as whom. Rolled back if it throws, or if `commit` is false. */
export async function enTransaccion<T>(url: string, owner: Member, work: (client: pg.Client) => Promise<T>, { rol = 'admin', commit = true } = {}): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select app.fijar_contexto($1, null, $2, null)', [owner.cuenta.organizacion_id, rol]);
    const result = await work(client);
    if (commit) await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

export async function emitir(client: pg.Client, lineas: { descripcion: string; importe: string }[], moneda = 'USD'): Promise<number> {
  const { rows } = await client.query(
    `select app.emitir_factura((select id from app.subscripcion_vigente()), $1::jsonb, $2, now(), now() + interval '1 month', now() + interval '3 days') as id`,
    [JSON.stringify(lineas), moneda],
  );
  return Number(rows[0].id);
}

/** The words of a PDF of ours: its streams inflated, and what they show, in Windows-1252. */
export function textoDePdf(pdf: Buffer): string {
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  // What pdfkit writes around a stream, and no more: its last byte may be that of a carriage return.
  const streams = [...pdf.toString('latin1').matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, data]) => zlib.inflateSync(Buffer.from(data, 'latin1')).toString('latin1'));
  const shown = [...streams.join('\n').matchAll(/\[([^\]]*)\] TJ/g)].map(([, parts]) => Buffer.from([...parts.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => hex).join(''), 'hex'));
  return shown.map((bytes) => new TextDecoder('windows-1252').decode(bytes)).join('\n');
}
