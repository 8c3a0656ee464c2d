import PDFDocument from 'pdfkit';
import { buffer } from 'node:stream/consumers';
import type { Factura, ParteFactura } from './facturas.dto.js';
import type { IdiomaFactura } from './facturas.service.js';
import { fechaLocal, TEXTOS } from './facturas.textos.js';

const LEFT = 50;
const RIGHT = 545;
const BOTTOM = 780;
const COLUMNS = [
  { x: LEFT, width: 255 },
  { x: 310, width: 60 },
  { x: 375, width: 80 },
  { x: 460, width: 85 },
];

/** What the standard fonts have: Windows-1252. The rest of the world's signs print as "?". */
const printable = (text: string) => text.normalize('NFC').replace(/[^\n\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/gu, '?');

/** The same bytes for the same invoice. */
export function pdfDeFactura(factura: Factura, idioma: IdiomaFactura, zona: string): Promise<Buffer> {
  const t = TEXTOS[idioma];
  const { numero, moneda, emitida_en } = factura;
  const doc = new PDFDocument({ size: 'A4', margin: LEFT, info: { Title: `${t.factura} ${numero}`, CreationDate: emitida_en, ModDate: emitida_en } });
  const done = buffer(doc);
  const write = (text: string, x: number, y: number, options: PDFKit.Mixins.TextOptions & { bold?: boolean; size?: number } = {}) => {
    const { bold, size = 10, ...rest } = options;
    doc.font(bold ? 'Helvetica-Bold' : 'Helvetica').fontSize(size).text(printable(text), x, y, rest);
  };
  const row = (cells: string[], y: number, bold = false) =>
    cells.forEach((cell, i) => write(cell, COLUMNS[i].x, y, { width: COLUMNS[i].width, align: i ? 'right' : 'left', bold }));

  write(`${t.factura} ${numero}`, LEFT, 50, { bold: true, size: 20 });
  write(t.estados[factura.estado], LEFT, 78, { bold: true, size: 12 });
  const [emitida, vence, desde, hasta] = [emitida_en, factura.vence_en, factura.periodo_inicio, factura.periodo_fin].map((instante) => fechaLocal(instante, zona));
  write(`${t.emitida}: ${emitida}\n${t.vence}: ${vence}\n${t.periodo}: ${desde} – ${hasta}`, 345, 50, { width: 200, align: 'right' });
  const parte = (titulo: string, { razon_social, identificacion_fiscal, direccion, ciudad, pais, email }: ParteFactura, x: number) => {
    write(titulo, x, 120, { bold: true });
    const lines = [razon_social, identificacion_fiscal && `${t.identificacion}: ${identificacion_fiscal}`, direccion, [ciudad, pais].filter(Boolean).join(', '), email];
    // Each is one line, whatever was typed: a name of many would push the rest off the page.
    write(lines.filter(Boolean).map((line) => line!.replace(/\s+/g, ' ')).join('\n'), x, 136, { width: 235 });
    return doc.y;
  };
  let y = Math.max(parte(t.emisor, factura.emisor, LEFT), parte(t.cliente, factura.cliente, 310)) + 25;

  row([t.descripcion, t.cantidad, t.precio, t.importe], y, true);
  y += 18;
  doc.moveTo(LEFT, y - 3).lineTo(RIGHT, y - 3).stroke();
  for (const { descripcion, cantidad, precio_unitario, importe } of factura.lineas) {
    const height = doc.font('Helvetica').fontSize(10).heightOfString(printable(descripcion), { width: COLUMNS[0].width });
    if (y + height > BOTTOM) {
      doc.addPage();
      y = LEFT;
    }
    row([descripcion, String(cantidad), precio_unitario, importe], y);
    y += height + 6;
  }
  if (y + 80 > BOTTOM) {
    doc.addPage();
    y = LEFT;
  }
  doc.moveTo(310, y + 2).lineTo(RIGHT, y + 2).stroke();
  const { impuesto_nombre, tasa, impuesto_incluido } = factura;
  const tax = impuesto_nombre && `${impuesto_nombre} ${Number(tasa)} %${impuesto_incluido ? ` (${t.incluido})` : ''}`;
  const sums = [[t.subtotal, factura.subtotal], ...(tax ? [[tax, factura.impuesto]] : []), [t.total, `${factura.total} ${moneda}`]];
  sums.forEach(([name, amount], i) => {
    const options = { bold: i === sums.length - 1 };
    write(name, 200, y + 10 + i * 16, { width: 240, align: 'right', ...options });
    write(amount, 445, y + 10 + i * 16, { width: 100, align: 'right', ...options });
  });
  doc.end();
  return done;
}
