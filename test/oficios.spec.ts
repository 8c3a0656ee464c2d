// Nobody gives a service that is closed to their type, whatever changes at once: the service, the professional, or who gives what.
import { ok } from './agenda.js';
import { register, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { overtaken, query } from './checks.js';

let api: Api;
let owner: Member;
beforeAll(async () => {
  api = await startApi();
  owner = await register(api);
});
afterAll(() => api.close());

const service = async (tipos_profesional_autorizados: string[] | null = null): Promise<number> =>
  ok(await owner.request('POST', '/services', { nombre: unique('Corte'), precio: '25000', duracion_minutos: 30, tipos_profesional_autorizados })).id;
const hire = (servicio_ids: number[]) =>
  owner.request('POST', '/professionals', { nombre_completo: 'Lucía Peña', tipo_profesional: 'barbero', servicio_ids, horario_inicial: false });
const give = (profesional: number, servicio: number) => owner.request('PUT', `/professionals/${profesional}/services/${servicio}`, {});
const close = (servicio: number, tipo: string) => owner.request('PATCH', `/services/${servicio}`, { tipos_profesional_autorizados: [tipo] });
const retrain = (profesional: number) => owner.request('PATCH', `/professionals/${profesional}`, { tipo_profesional: 'estilista' });

const CLOSED = "update servicios set tipos_profesional_autorizados = '{estilista}' where id = $1";
const KEPT = "update servicios set tipos_profesional_autorizados = '{barbero}' where id = $1";
const RETRAINED = "update profesionales set tipo_profesional = 'estilista' where id = $1";
const GIVEN = 'insert into servicios_profesionales (organizacion_id, profesional_id, servicio_id) select organizacion_id, $1, $2 from profesionales where id = $1';

const outside = () => query(api, `select p.id as profesional, s.id as servicio from servicios_profesionales sp
  join profesionales p on p.organizacion_id = sp.organizacion_id and p.id = sp.profesional_id
  join servicios s on s.organizacion_id = sp.organizacion_id and s.id = sp.servicio_id
  where sp.activo and p.tipo_profesional <> all (s.tipos_profesional_autorizados)`);

type Race = (servicio: number, profesional: number) => [change: string, values: number[], request: () => Promise<Answer>];

test.each<[string, { tipos?: string[]; given?: boolean }, Race]>([
  ['the service was closed to who is to give it', {}, (s, p) => [CLOSED, [s], () => give(p, s)]],
  ['who is to give it has another type', { tipos: ['barbero'] }, (s, p) => [RETRAINED, [p], () => give(p, s)]],
  ['the service was closed to a new professional', {}, (s) => [CLOSED, [s], () => hire([s])]],
  ['somebody gives the service that is to be closed', { tipos: ['barbero'] }, (s, p) => [GIVEN, [p, s], () => close(s, 'estilista')]],
  ['who gives the service has another type', { given: true }, (s, p) => [RETRAINED, [p], () => close(s, 'barbero')]],
  ['somebody who is to have another type gives it', { tipos: ['barbero'] }, (s, p) => [GIVEN, [p, s], () => retrain(p)]],
  ['the service that they give was closed to others', { given: true }, (s, p) => [KEPT, [s], () => retrain(p)]],
])('what was committed meanwhile decides: %s', async (_, { tipos, given }, race) => {
  const servicio = await service(tipos);
  const profesional = ok(await hire(given ? [servicio] : [])).id;
  const [answer] = await overtaken(api, ...race(servicio, profesional));
  expect([answer.status, answer.body.codigo, await outside()]).toEqual([400, 'tipo_no_autorizado', []]);
});

test('all at once, 30 times: some are refused, nobody sees an error of ours, and nothing is left that may not be', async () => {
  const seen = new Set<number>();
  for (let round = 0; round < 30; round++) {
    const [servicio, { id }] = [await service(), ok(await hire([]))];
    const answers = await Promise.all([give(id, servicio), close(servicio, 'barbero'), retrain(id)]);
    for (const { status } of answers) seen.add(status);
    expect(await outside()).toEqual([]);
  }
  expect([...seen].toSorted()).toEqual([200, 400]);
});
