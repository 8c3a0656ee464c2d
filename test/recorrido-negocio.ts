import Stripe from 'stripe';
import { clock, ok } from './agenda.js';
import { day, nextWeekday, registerClient, unique, type Api, type Shop } from './api.js';
import { connect, wrote, type EvolutionServer } from './evolution.js';
import { STRIPE_SECRET } from './pasarela.js';

/** Every route of the business itself once, as somebody uses it: its agenda, its clients, its messages, its invoices. And under its organisation what is there too. */
export async function recorrerNegocio(api: Api, shop: Shop, evolution: EvolutionServer, repeated: (path: string) => boolean) {
  const organizacion = shop.cuenta.organizacion_id;
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = ok(await shop.request(method, path, body));
    if (method === 'GET' && repeated(path)) ok(await shop.request('GET', `/organizations/${organizacion}${path}`));
    return answer;
  };
  const codigo = shop.cuenta.codigo_tenant;
  const [profesional_id, servicio_id, cliente_id] = [shop.profesional.id, shop.servicio.id, shop.cliente.id];
  const monday = nextWeekday(1, 7);
  const tuesday = nextWeekday(2, 8);

  await call('GET', `/organizations/${organizacion}`);
  await call('PATCH', `/organizations/${organizacion}`, { descripcion: 'Abierto' });
  await call('GET', '/dashboard');
  await call('GET', '/setup/service-templates');
  await call('POST', '/setup/import-services', {});
  const servicio = await call('POST', '/services', { nombre: unique('Barba'), precio: '15000', duracion_minutos: 30 });
  await call('GET', '/services?limite=20');
  await call('GET', `/services/${servicio.id}`);
  await call('PATCH', `/services/${servicio.id}`, { precio: '16000' });
  const profesional = await call('POST', '/professionals', { nombre_completo: 'Eva Ruiz', tipo_profesional: 'barbero', servicio_ids: [servicio_id] });
  await call('GET', '/professionals?limite=200');
  await call('GET', `/professionals?servicio_id=${servicio_id}`);
  await call('GET', `/professionals/${profesional.id}`);
  await call('PATCH', `/professionals/${profesional.id}`, { biografia: 'Quince años.' });
  await call('PUT', `/professionals/${profesional.id}/services/${servicio.id}`, { precio_personalizado: '18000' });
  await call('GET', `/professionals/${profesional.id}/services`);
  await call('DELETE', `/professionals/${profesional.id}/services/${servicio.id}`);

  await call('GET', '/schedules?limite=200');
  await call('GET', `/schedules?profesional_id=${profesional.id}`);
  const feriado = await call('POST', '/schedules', { tipo_horario: 'bloqueo', profesional_id: profesional.id, vigente_desde: day(20), vigente_hasta: day(20) });
  await call('GET', `/schedules/${feriado.id}`);
  await call('PATCH', `/schedules/${feriado.id}`, { motivo: 'Curso' });
  await call('DELETE', `/schedules/${feriado.id}`);
  const horas = [1, 2, 3, 4, 5, 6].map((dia_semana) => ({ dia_semana, hora_inicio: '09:00', hora_fin: '18:00', tipo_horario: 'regular' }));
  await call('PUT', `/schedules/week/${profesional.id}`, { horas });
  await call('POST', '/schedules/generate', { fecha_hasta: day(30) });
  await call('GET', `/schedules/slots?fecha_desde=${monday}&fecha_hasta=${monday}`);
  await call('GET', `/schedules/slots?fecha_desde=${monday}&fecha_hasta=${monday}&profesional_id=${profesional_id}`);

  await call('GET', `/availability/${monday}?servicio_id=${servicio_id}`);
  const month = `servicio_id=${servicio_id}&fecha_desde=${day(1)}&fecha_hasta=${day(30)}`;
  await call('GET', `/availability?${month}&profesional_id=${profesional_id}`);
  await call('GET', `/availability/days?${month}`);
  for (const path of ['', '/services', '/professionals', `/availability/${monday}?servicio_id=${servicio_id}`, `/availability?${month}`, `/availability/days?${month}`]) {
    ok(await api.request('GET', `/public/${codigo}${path}`));
  }

  const slot = (hora_inicio: string) => ({ profesional_id: profesional.id, servicio_id, fecha_cita: monday, hora_inicio });
  const hold = (hora_inicio: string) => call('POST', '/availability/holds', { profesional_id: profesional.id, servicio_id, fecha: monday, hora_inicio });
  const held = await hold('09:00');
  await call('GET', `/availability/holds/${held.id}`);
  await call('DELETE', `/availability/holds/${(await hold('09:30')).id}`);
  const client = await registerClient(api, shop);
  const book = (hora: string, more: object = {}) => call('POST', '/appointments', { ...slot(hora), cliente_id, ...more });
  const cita = await book('09:00', { reserva_id: held.id });
  ok(await client.request('POST', '/appointments', slot('12:00'), { 'idempotency-key': unique('k') }));
  await call('GET', `/appointments/${cita.id}`);
  await call('GET', `/appointments/code/${cita.codigo_cita}`);
  await call('PATCH', `/appointments/${cita.id}`, { notas_internas: 'Llega tarde' });
  await call('PUT', `/appointments/${cita.id}/confirm`);
  await call('PUT', `/appointments/${cita.id}/reschedule`, { fecha_cita: tuesday, hora_inicio: '10:00' });
  await call('PUT', `/appointments/${cita.id}/cancel`, { motivo_cancelacion: 'Viaje' });
  const own = ok(await client.request('POST', '/appointments', slot('15:00')));
  const at = (hora: string) => clock(shop.request, `${monday}T${hora}:00-05:00`);
  await call('PUT', `/appointments/${own.id}/confirm`);
  for (const [hora, step] of [['14:55', 'check-in'], ['15:02', 'start'], ['15:28', 'complete']]) ok(await at(hora)('PUT', `/appointments/${own.id}/${step}`));
  ok(await client.request('PUT', `/appointments/${own.id}/rate`, { calificacion_cliente: 5 }));
  ok(await at('17:00')('PUT', `/appointments/${(await book('16:00')).id}/no-show`));
  await call('GET', `/appointments/${cita.id}/events`);
  for (const filter of ['', `&fecha_desde=${monday}&fecha_hasta=${monday}`, `&profesional_id=${profesional_id}`, `&cliente_id=${cliente_id}`, '&estado=pendiente', '&estado=confirmada', '&estado=en_curso']) {
    await call('GET', `/appointments?limite=100${filter}`);
  }
  ok(await client.request('GET', '/appointments?limite=100'));
  await call('GET', '/appointments/history?limite=100');

  const cliente = await call('POST', '/clients', { nombre: 'Inés Peña', telefono: '+573001112233' });
  await call('GET', '/clients?limite=100');
  await call('GET', '/clients?q=ines');
  await call('GET', '/clients?activo=false');
  await call('GET', `/clients/${cliente.id}`);
  await call('PATCH', `/clients/${cliente.id}`, { notas: 'Prefiere la tarde' });
  await call('DELETE', `/clients/${cliente.id}`);

  const sesion = `${organizacion}:c:${cliente_id}`;
  await call('POST', `/conversations/${sesion}/messages`, { rol: 'cliente', contenido: 'hola' });
  await call('GET', '/conversations?limite=100');
  await call('GET', `/conversations/${sesion}/messages?limite=100`);
  await call('DELETE', `/clients/${cliente_id}/conversations`);

  const template = { evento: 'recordatorio-cita', canal: 'whatsapp', idioma: 'en', cuerpo: 'Hi {{cliente_nombre}}' };
  const { id } = await call('PUT', '/message-templates', template);
  await call('GET', '/message-templates');
  await call('POST', '/message-templates/preview', { evento: 'cita-creada', canal: 'whatsapp', cita_id: cita.id });
  await call('DELETE', `/message-templates/${id}`);

  const numero = `57301${String(organizacion).padStart(7, '0')}`;
  const name = await connect(evolution, shop, numero);
  await call('GET', '/whatsapp/instance');
  await call('POST', '/whatsapp/instance/reconnect');
  await call('POST', '/whatsapp/test', { telefono: '3001234567' });
  const telefono = `+57302${String(organizacion).padStart(7, '0')}`;
  const writes = await call('POST', '/clients', { nombre: 'Escribe', telefono });
  await call('POST', '/appointments', { ...slot('17:00'), cliente_id: writes.id });
  for (const text of ['¿Cuánto cuesta?', '1']) await evolution.tell(name, 'messages.upsert', wrote(telefono.slice(1), text));
  await call('DELETE', '/whatsapp/instance');

  await call('DELETE', `/services/${servicio.id}`);
  await call('DELETE', `/professionals/${profesional.id}`);
  await recorrerWebhooks(call);
  await recorrerFacturas(api, shop, call);
}

type Call = (method: string, path: string, body?: unknown) => Promise<any>;

async function recorrerWebhooks(call: Call) {
  const destino = await call('POST', '/webhooks', { url: 'http://127.0.0.1:9/gancho' });
  const { entrega_id } = await call('POST', `/webhooks/${destino.id}/ping`);
  await call('GET', '/webhooks?limite=100');
  await call('GET', `/webhooks/${destino.id}`);
  await call('PATCH', `/webhooks/${destino.id}`, { descripcion: 'CRM' });
  await call('POST', `/webhooks/${destino.id}/rotate-secret`, {});
  await call('PUT', `/webhooks/${destino.id}/resume`);
  const days = `desde=${day(-2)}T00:00:00Z&hasta=${day(2)}T00:00:00Z`;
  for (const filter of ['', `&destino_id=${destino.id}`, '&estado=pendiente', '&estado=fallida', `&${days}`]) await call('GET', `/webhooks/deliveries?limite=100${filter}`);
  await call('GET', `/webhooks/deliveries/${entrega_id}`);
  await call('POST', `/webhooks/deliveries/${entrega_id}/replay`);
  await call('POST', '/webhooks/deliveries/replay', { desde: `${day(-20)}T00:00:00Z`, hasta: `${day(-10)}T00:00:00Z` });
  await call('DELETE', `/webhooks/${destino.id}`);
}

async function recorrerFacturas(api: Api, shop: Shop, call: Call) {
  await call('GET', '/billing/plans');
  await call('GET', '/billing/subscription');
  await call('GET', '/billing/subscription/history?limite=100');
  await call('GET', '/billing/usage');
  const { elementos: [{ id }] } = await call('GET', '/billing/invoices?limite=100');
  await call('GET', `/billing/invoices/${id}`);
  await call('GET', `/billing/invoices/${id}/pdf`);
  await call('POST', `/billing/invoices/${id}/send`);
  const owed = (await call('GET', '/billing/invoices?limite=100')).elementos.find(({ estado }: any) => estado === 'emitida');
  await call('POST', '/billing/checkout', { factura_id: owed.id });
  await call('POST', '/billing/portal');
  const metadata = { organizacion_id: String(shop.cuenta.organizacion_id), factura_id: String(owed.id) };
  const object = { id: unique('pi'), object: 'payment_intent', currency: owed.moneda.toLowerCase(), amount_received: Math.round(Number(owed.total) * 100), metadata };
  const payload = JSON.stringify({ id: unique('evt'), object: 'event', type: 'payment_intent.succeeded', data: { object } });
  const signature = new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
  ok(await api.request('POST', '/billing/stripe/webhook', payload, { 'stripe-signature': signature, 'content-type': 'application/json' }));
  await call('POST', '/billing/subscription/cancel', { al_final: true });
  await call('POST', '/billing/subscription/reactivate');
}
