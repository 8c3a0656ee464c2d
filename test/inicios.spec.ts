import fc from 'fast-check';
import type { Oferta } from '../src/scheduling/availability.sql.js';
import { writeStarts } from '../src/scheduling/inicios.js';

const head = { servicio_id: 7, zona_horaria: 'America/Bogota' };
const [MINUTE, DAY] = [60_000, 1440];
const iso = (minutes: number) => new Date(minutes * MINUTE).toISOString();

/** The same as objects: one by one, then sorted. */
function plain(ofertas: Oferta[], paso: number, limite = Infinity) {
  const starts = ofertas.flatMap(([profesional_id, profesional_nombre, precio, duracion_minutos, locales, hasta_fin, hasta_utc, cuantos], rank) =>
    locales.flatMap((local, k) => Array.from({ length: cuantos[k] }, (_, n) => {
      const [inicio, instante] = [local + n * paso, local + n * paso + hasta_utc[k]];
      const fin = inicio + hasta_fin[k];
      const of = Math.floor(local / DAY) * DAY;
      const json = {
        fecha: iso(inicio).slice(0, 10), hora_inicio: iso(inicio).slice(11, 16), hora_fin: fin - of === DAY ? '24:00' : iso(fin).slice(11, 16),
        inicia_en: iso(instante), termina_en: iso(instante + duracion_minutos), profesional_id, profesional_nombre, precio, duracion_minutos,
      };
      return { instante, rank, json };
    })));
  return starts.sort((a, b) => a.instante - b.instante || a.rank - b.rank).slice(0, limite).map(({ json }) => json);
}

/** Of a few days, each tramo within its own; from the third on the clock is half an hour ahead, and what starts on the last ends past a change of it. */
const ofertas = (paso: number): fc.Arbitrary<Oferta[]> => {
  const day = Math.floor(Date.parse('2027-03-12') / MINUTE);
  const tramo = fc.record({ of: fc.nat(4), marks: fc.nat(Math.floor(600 / paso)), late: fc.boolean(), cuantos: fc.integer({ min: 1, max: 6 }) });
  const oferta = (i: number) =>
    fc.tuple(fc.constantFrom('Ana', 'Íñigo "Ñ" 日本', '\\'), fc.constantFrom('20000.00', '0.00'), fc.constantFrom(15, 30, 45, 90), fc.uniqueArray(tramo, { maxLength: 6, selector: ({ of, late }) => `${of} ${late}` }))
      .map(([nombre, precio, duracion, tramos]): Oferta => {
        const locales = tramos.map(({ of, marks, late }) => day + of * DAY + marks * paso + (late ? 720 : 0));
        const cuantos = tramos.map(({ cuantos, marks }) => Math.min(cuantos, Math.floor((685 - marks * paso - duracion) / paso)));
        return [i, nombre, precio, duracion, locales, tramos.map(({ of }) => duracion + (of === 4 ? 30 : 0)), tramos.map(({ of }) => (of < 2 ? 300 : 270)), cuantos.map((many) => Math.max(many, 1))];
      });
  return fc.tuple(...[1, 2, 3, 4].map(oferta)).chain((all) => fc.subarray(all));
};

test('starts written as bytes are the same objects, in the same order, as many as asked for', () => {
  const question = fc.constantFrom(5, 15, 20, 30).chain((paso) => fc.tuple(ofertas(paso), fc.constant(paso), fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined })));
  fc.assert(
    fc.property(question, ([of, paso, limite]) => {
      expect(JSON.parse(writeStarts(JSON.stringify(head), of, paso, limite).toString())).toEqual({ ...head, inicios: plain(of, paso, limite) });
    }),
    { numRuns: 500 },
  );
});

test('the last start of a day may end at 24:00, and its instants be of the next', () => {
  const local = Math.floor(Date.parse('2027-03-12T23:00Z') / MINUTE);
  const { inicios } = JSON.parse(writeStarts('{"a":1}', [[1, 'Ana', '1.00', 30, [local], [30], [300], [3]]], 15).toString());
  expect(inicios.map(({ hora_inicio, hora_fin, inicia_en }: any) => [hora_inicio, hora_fin, inicia_en])).toEqual([
    ['23:00', '23:30', '2027-03-13T04:00:00.000Z'], ['23:15', '23:45', '2027-03-13T04:15:00.000Z'], ['23:30', '24:00', '2027-03-13T04:30:00.000Z'],
  ]);
});
