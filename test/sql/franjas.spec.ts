// Random operations in any order, in real transactions as saas_app: after each, the franjas are what the model says, to the minute.
import fc from 'fast-check';
import { type Op, Run } from './agenda-run.js';
import { type Client, type Database, inContext, insertCita, newTenant, openDatabase, openHours, type Tenant } from './tenant.js';

let database: Database;
let app: Client;
let neighbour: Tenant;
let neighbourBefore: string;

beforeAll(async () => {
  database = await openDatabase();
  ({ app } = database);
  neighbour = await newTenant(app, { ahora: '2026-01-01T00:00Z' });
  await openHours(app, neighbour, ['09:00', '18:00'], ['2026-04-01', '2026-09-10']);
  await inContext(app, neighbour.admin, () =>
    insertCita(app, neighbour, { fecha_cita: '2026-06-09', hora_inicio: '10:00', hora_fin: '11:00' }),
  );
  neighbourBefore = await everythingOf(neighbour);
});

afterAll(() => database.close());

const everythingOf = (tenant: Tenant): Promise<string> =>
  database.admin.value(
    `
  select string_agg(t::text, '|' order by t::text)
  from (select row(c) as t from citas c where c.organizacion_id = $1
        union all select row(h) from horarios_disponibilidad h where h.organizacion_id = $1
        union all select row(h) from historial_citas h where h.organizacion_id = $1) x`,
    tenant.organizacion,
  );

/** Ordinary days, and both DST changes of Chile, which repeat and skip an hour at midnight. */
const WINDOWS = ['2026-06-08', '2026-04-03', '2026-09-05'];
const prof = fc.nat(1);
const day = fc.constantFrom(0, 0, 1, 2);
// Mostly a few working hours on a grid of fifteen minutes, so that bookings meet; sometimes any five minutes of the day.
const slot = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 36, max: 46 }).map((n) => n * 3) },
  { weight: 2, arbitrary: fc.integer({ min: 50, max: 72 }).map((n) => n * 3) },
  { weight: 1, arbitrary: fc.nat(299) },
);
const length = fc.constantFrom(3, 6, 6, 12);
const which = fc.nat(99);
const mistake = fc.constantFrom(null, null, null, null, 'professional', 'length');
const hours = fc.constantFrom(['08:00', '10:00'], ['09:30', '16:05'], ['00:00', '24:00'], ['23:00', '24:00'], ['00:00', '01:30']);

const operation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constant('book'),
      prof,
      day,
      slot,
      length,
      before: fc.constantFrom(0, 0, 2),
      after: fc.constantFrom(0, 0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('hold'), prof, day, slot, length, minutes: fc.constantFrom(5, 10, 60) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('bookHold'), hold: which, mistake }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('release'), hold: which }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('move'), cita: which, prof, day, slot }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('moveToHold'), cita: which, hold: which }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('cancel'), cita: which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('block'),
      prof,
      day,
      all: fc.boolean(),
      feriado: fc.boolean(),
      weekly: fc.boolean(),
      hours: fc.option(hours),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('special'), prof, day, hours, permite: fc.boolean(), precio: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unblock'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('week'),
      slotOfWeek: fc.nat(11),
      hours: fc.nat(2),
      permite: fc.boolean(),
      precio: fc.nat(3),
      activo: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('regenerate') }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('clock'), minutes: fc.constantFrom(6, 15, 60, 300) }) },
);

it('book, hold, cancel, move, block, regenerate, expire, change the week: in any order the franjas partition the time', async () => {
  const done: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WINDOWS),
      fc.array(operation as fc.Arbitrary<Op>, { minLength: 12, maxLength: 25, size: 'max' }),
      async (window, ops) => {
        const run = new Run(database, await newTenant(app, { ahora: `${window}T00:00Z` }), window);
        await run.setUp();
        await run.check();
        for (const op of ops) {
          await run.apply(op);
          await run.check();
          done[op.op] = (done[op.op] ?? 0) + 1;
        }
        await run.checkUse();
      },
    ),
    { numRuns: 40 }, // a failure prints its seed and path: pass them here to see it again
  );
  expect(Object.keys(done).length).toBe(13);
  expect(await everythingOf(neighbour)).toBe(neighbourBefore);
}, 180_000);
