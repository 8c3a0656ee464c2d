// The demo organisation: a barber shop with two weeks behind it and appointments ahead, made through the API like any other.
// It needs the movable clock, so it is for servers outside production.
import { Api, Session } from './api-client.mjs';

const codigo_tenant = 'barberia-demo';
const zone = 'America/Bogota';
const password = 'franja-demo';
const owner = { nombre: 'Ana Torres', email: 'ana@barberia-demo.example', password };
const client = { nombre: 'José Ñáñez', email: 'jose@barberia-demo.example', password, telefono: '300 123 4567' };

const professionals = [
  { nombre_completo: 'Lucía Peña', tipo_profesional: 'barbero', especialidades: ['degradado', 'niños'], color_calendario: '#1e88e5', orden: 1 },
  { nombre_completo: 'Iván Gutiérrez', tipo_profesional: 'barbero', especialidades: ['barba'], color_calendario: '#43a047', orden: 2 },
  { nombre_completo: 'Zoë Ibáñez', tipo_profesional: 'estilista', especialidades: ['color'], color_calendario: '#e53935', orden: 3 },
];

const clients = [
  { nombre: 'María Muñoz', telefono: '+57 301 555 0101', email: 'maria@example.com' },
  { nombre: 'Íñigo Núñez', telefono: '+57 302 555 0102' },
  { nombre: 'Sofía Agüero', telefono: '+57 303 555 0103', alergias: 'Alergia al amoníaco.' },
  { nombre: 'Andrés Peláez', email: 'andres@example.com', notas: 'Llega siempre temprano.' },
];

/**
 * Makes the demo organisation unless it is already there.
 * @param {string} baseUrl
 * @returns {Promise<Record<string, string>>} what to tell the user
 */
export async function seed(baseUrl) {
  const api = new Api(baseUrl);
  const told = {
    'Demo owner': `${owner.email} / ${password}`,
    'Demo client': `${client.email} / ${password}`,
    'Demo page': `${baseUrl}/api/v1/public/${codigo_tenant}`,
  };
  // The client's account is made last: who can sign in with it finds everything made.
  const complete = await api.ask('POST', '/auth/login', { body: { email: client.email, password, codigo_tenant } });
  if (complete.status === 200) return told;
  const shop = await openShop(api);
  if (!shop) return {};
  await fill(shop);
  const { cuenta, tokens } = await api.send('POST', '/auth/register-client', { body: { ...client, codigo_tenant } });
  await visit(shop, { ...cuenta, session: new Session(api, tokens) });
  return told;
}

/** Signs in to what an interrupted seed left, or registers; undefined when the name belongs to somebody else. */
async function openShop(api) {
  const left = await api.ask('POST', '/auth/login', { body: { email: owner.email, password, codigo_tenant } });
  if (left.status === 200) return new Session(api, left.body);
  const { status, body } = await api.ask('POST', '/auth/register-organization', {
    body: {
      ...owner, codigo_tenant, nombre_comercial: 'Barbería Demo', tipo_industria: 'barberia', zona_horaria: zone, moneda: 'COP', pais: 'CO',
      telefono: '+57 601 555 0100', importar_plantillas: true,
    },
  });
  if (body.codigo === 'codigo_tenant_ocupado') return undefined;
  if (status !== 201) throw new Error(`The demo organisation: ${status} ${body.codigo}`);
  return new Session(api, body.tokens);
}

async function fill(shop) {
  const isEmpty = async (path) => (await shop.send('GET', `${path}?limite=1`)).elementos.length === 0;
  const then = clockAt(-14, '08:00');
  if (await isEmpty('/professionals')) for (const body of professionals) await shop.send('POST', '/professionals', { body, now: then });
  await shop.send('POST', '/schedules/generate', { body: { fecha_hasta: day(60) }, now: then });
  if (await isEmpty('/clients')) for (const body of clients) await shop.send('POST', '/clients', { body });
  if (!(await isEmpty('/appointments'))) return;
  const { elementos: servicios } = await shop.send('GET', '/services');
  const { elementos: clientes } = await shop.send('GET', '/clients');
  const who = (turn) => ({ servicio_id: servicios[turn % servicios.length].id, cliente_id: clientes[turn % clientes.length].id, turn });
  await Promise.all(span(-13, -1).map((days, index) => pastDay(shop, days, [who(2 * index), who(2 * index + 1)])));
  await Promise.all(span(1, 5).map((days, index) => comingDay(shop, days, [who(2 * index), who(2 * index + 1)])));
}

async function pastDay(shop, days, visits) {
  for (const visit of visits) {
    const cita = await book(shop, { ...visit, fecha: day(days), now: clockAt(days, '07:00') });
    if (!cita) return; // Sunday
    if (visit.turn % 9 === 4) await shop.send('PUT', `/appointments/${cita.id}/no-show`, { now: later(cita.inicia_en, 20) });
    else if (visit.turn % 9 === 7) await cancel(shop, cita, 'Viaje imprevisto', clockAt(days, '07:30'));
    else await attend(shop, cita, (visit.turn % 4) * 2);
  }
}

async function comingDay(shop, days, visits) {
  const citas = [];
  for (const visit of visits) citas.push(await book(shop, { ...visit, fecha: day(days) }));
  const [first, second] = citas;
  if (first) await shop.send('PUT', `/appointments/${first.id}/confirm`);
  if (second && days % 2 === 0) await cancel(shop, second, 'Cambio de planes');
}

/** A client of the house: came, rated, and booked again alone. */
async function visit(shop, { session, cliente_id }) {
  const { elementos: servicios } = await shop.send('GET', '/services');
  const servicio_id = servicios[0].id;
  for (const days of [-3, -4]) { // one of the two is no Sunday
    const cita = await book(shop, { servicio_id, cliente_id, turn: 0, fecha: day(days), now: clockAt(days, '07:00') });
    if (!cita) continue;
    const { hora_fin_real } = await attend(shop, cita, 0);
    const body = { calificacion_cliente: 5, comentario_cliente: 'Muy puntual.' };
    await session.send('PUT', `/appointments/${cita.id}/rate`, { body, now: hora_fin_real });
    break;
  }
  for (const days of [2, 3]) if (await book(session, { servicio_id, turn: 1, fecha: day(days) })) break;
}

/** Books one of the free starts of a day; undefined when there is none. */
async function book(session, { servicio_id, cliente_id, turn, fecha, now }) {
  const { inicios } = await session.send('GET', `/availability/${fecha}?servicio_id=${servicio_id}`, { now });
  if (inicios.length === 0) return undefined;
  const { profesional_id, hora_inicio } = inicios[(turn * 11) % inicios.length];
  return session.send('POST', '/appointments', { body: { servicio_id, cliente_id, profesional_id, fecha_cita: fecha, hora_inicio }, now });
}

async function attend(shop, { id, inicia_en, termina_en }, late) {
  await shop.send('PUT', `/appointments/${id}/check-in`, { now: later(inicia_en, -4) });
  await shop.send('PUT', `/appointments/${id}/start`, { now: later(inicia_en, late) });
  return shop.send('PUT', `/appointments/${id}/complete`, { now: later(termina_en, late) });
}

const cancel = (shop, { id }, motivo_cancelacion, now) =>
  shop.send('PUT', `/appointments/${id}/cancel`, { body: { motivo_cancelacion }, now });

const later = (instant, minutes) => new Date(Date.parse(instant) + minutes * 60_000).toISOString();

const span = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A date, so many days from today where the shop is. */
function day(days) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now() + days * 86_400_000);
}

const clockAt = (days, time) => `${day(days)}T${time}:00-05:00`;
