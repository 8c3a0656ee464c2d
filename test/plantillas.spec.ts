import { enUnaLinea, errorDePlantilla, rellenar, VARIABLES, type Valores } from '../src/notifications/plantillas-mensajes.motor.js';
import { CANALES_MENSAJES, EVENTOS_MENSAJES, TEXTOS_CLIENTE } from '../src/notifications/plantillas-mensajes.textos.js';
import { MUESTRA, valoresDe } from '../src/notifications/plantillas-mensajes.valores.js';
import { nextWeekday, openShop, register, registerClient, startApi, type Api, type Shop } from './api.js';

let api: Api;
let shop: Shop;
beforeAll(async () => {
  api = await startApi();
  shop = await openShop(api);
});
afterAll(() => api.close());

const EMPTY = Object.fromEntries(VARIABLES.map((name) => [name, ''])) as Valores;
const whatsapp = (cuerpo: string, more: object = {}) => ({ evento: 'recordatorio-cita', canal: 'whatsapp', cuerpo, ...more });

describe('the templates of the code', () => {
  test.each(['es', 'en', 'pt'] as const)('in %s say everything, name only variables there are, and speak as it is spoken', (lengua) => {
    for (const evento of EVENTOS_MENSAJES) {
      const { asunto, cuerpo } = TEXTOS_CLIENTE[lengua][evento];
      for (const text of [asunto, cuerpo]) expect([evento, errorDePlantilla('cuerpo', text)]).toEqual([evento, undefined]);
      expect(cuerpo.length).toBeLessThan(400);
    }
    expect(TEXTOS_CLIENTE[lengua]['recordatorio-cita'].cuerpo).toMatch(/1[^\d]+2/);
    expect(TEXTOS_CLIENTE[lengua]['solicitar-feedback'].cuerpo).toMatch(/1[^\d]+5/);
    for (const name of ['servicio', 'profesional', 'fecha', 'hora', 'codigo_cita', 'negocio', 'cliente_nombre']) {
      for (const evento of ['cita-creada', 'recordatorio-cita'] as const) expect(TEXTOS_CLIENTE[lengua][evento].cuerpo).toContain(`{{${name}}}`);
    }
  });
});

describe('a template', () => {
  test.each([
    ['Hola {{cliente_nombre}}, {{ hora }}', undefined],
    ['{ nada } } {', undefined],
    ['{{cliente}}', 'variable|cliente|'],
    ['{{__proto__}} {{constructor}}', 'variable|__proto__|'],
    ['Hola {{cliente_nombre', 'llaves|Hola {{cliente_nombre'],
    ['Hola cliente_nombre}}', 'llaves|Hola cliente_nombre}}'],
    ['{{cliente nombre}}', 'llaves|{{cliente nombre}}'],
    ['{{{{hora}}}}', 'llaves|{{}}'],
    ['{{}}', 'llaves|{{}}'],
  ])('%s', (text, wrong) => {
    const error = errorDePlantilla('cuerpo', text);
    if (wrong === undefined) expect(error).toBeUndefined();
    else expect(error?.mensaje.startsWith(wrong)).toBe(true);
  });

  test('takes values as they are: what looks like a variable, a replacement pattern or several lines stays that', () => {
    for (const cliente_nombre of ['{{codigo_cita}}', '$& $1 $$ $`', 'Ana\nTorres', '}}{{', '<b>']) {
      expect(rellenar('Hola {{cliente_nombre}}: {{codigo_cita}}', { ...EMPTY, cliente_nombre, codigo_cita: 'K7M2Q4X' })).toBe(`Hola ${cliente_nombre}: K7M2Q4X`);
    }
    expect(enUnaLinea('Hola\r\nBcc: a@example.com')).toBe('Hola Bcc: a@example.com');
  });

  test('leaves out the lines that have nothing to say', () => {
    expect(rellenar('Hola\n{{direccion}}\nTel. {{telefono_negocio}}\n{{negocio}} {{direccion}}', { ...EMPTY, negocio: 'Ñandú' })).toBe('Hola\nÑandú');
  });

  test('says dates, times and money as its country does, in the zone of the business', () => {
    const datos = (pais: string, zona_horaria: string, moneda: string, precio_final: string) => ({
      ...MUESTRA, cita: { ...MUESTRA.cita, inicia_en: '2027-03-15T02:30:00Z', termina_en: '2027-03-15T03:00:00Z', moneda, zona_horaria, precio_final },
      organizacion: { nombre_comercial: 'x', telefono: null, direccion: 'Calle 1', ciudad: 'Lima', pais, zona_horaria },
    });
    const { fecha, hora, precio, direccion } = valoresDe(datos('CO', 'America/Bogota', 'COP', '25000.00'), 'es');
    expect([fecha, hora, precio, direccion]).toEqual(['domingo, 14 de marzo', '9:30 p. m.', '$ 25.000', 'Calle 1, Lima']);
    const english = valoresDe(datos('US', 'America/New_York', 'USD', '25.50'), 'en');
    expect([english.fecha, english.hora, english.precio, english.duracion]).toEqual(['Sunday, March 14', '10:30 PM', '$25.50', '30 min']);
    const portuguese = valoresDe(datos('BR', 'America/Sao_Paulo', 'BRL', '80.00'), 'pt');
    expect([portuguese.fecha, portuguese.hora, portuguese.precio]).toEqual(['domingo, 14 de março', '23:30', 'R$ 80']);
  });
});

describe('/message-templates', () => {
  test('lists one for each event and channel; a saved one stands in for the code\'s until it is removed', async () => {
    const owner = await register(api);
    const { elementos, variables } = (await owner.request('GET', '/message-templates')).body;
    expect(elementos).toHaveLength(8 * 2 + 6);
    // Nobody answers an e-mail with a number.
    const asks = elementos.filter(({ cuerpo }: any) => /\b1\b/.test(cuerpo)).map(({ evento, canal }: any) => [evento, canal]);
    expect(asks).toEqual([['recordatorio-cita', 'whatsapp'], ['solicitar-feedback', 'whatsapp']]);
    expect(variables).toEqual(VARIABLES);
    expect(elementos.filter(({ id }: any) => id !== null)).toEqual([]);
    const saved = await owner.request('PUT', '/message-templates', whatsapp('  Le esperamos el {{fecha}}  ', { activo: false }));
    expect(saved).toMatchObject({ status: 200, body: { id: expect.any(Number), idioma: 'es', cuerpo: 'Le esperamos el {{fecha}}', activo: false, asunto: null, solo_respaldo: true } });
    const again = await owner.request('PUT', '/message-templates', whatsapp('Otro'));
    expect(again.body).toEqual({ ...saved.body, cuerpo: 'Otro', activo: true });
    const find = async (query = '') => (await owner.request('GET', `/message-templates${query}`)).body.elementos.find((t: any) => t.evento === 'recordatorio-cita' && t.canal === 'whatsapp');
    expect(await find()).toEqual(again.body);
    expect((await find('?idioma=pt')).cuerpo).toBe(TEXTOS_CLIENTE.pt['recordatorio-cita'].cuerpo);
    expect((await owner.request('DELETE', `/message-templates/${saved.body.id}`)).status).toBe(204);
    expect((await owner.request('DELETE', `/message-templates/${saved.body.id}`)).status).toBe(404);
    expect((await find()).cuerpo).toBe(TEXTOS_CLIENTE.es['recordatorio-cita'].cuerpo);
  });

  test('refuses what could not be sent as it is meant, and names it', async () => {
    const mail = { evento: 'cita-creada', canal: 'correo', cuerpo: 'Hola' };
    for (const [body, campo, codigo] of [
      [whatsapp('Hola {{nombre}}'), 'cuerpo', 'variable'],
      [whatsapp('Hola {{cliente_nombre'), 'cuerpo', 'llaves'],
      [whatsapp('Hola', { asunto: 'x' }), 'asunto', 'combinacion'],
      [whatsapp('  '), 'cuerpo', 'requerido'],
      [mail, 'asunto', 'requerido'],
      [{ ...mail, asunto: '{{x}}' }, 'asunto', 'variable'],
      [{ ...mail, evento: 'respuesta-baja', asunto: 'x' }, 'canal', 'valores'],
      [{ ...mail, evento: 'otra-cosa', asunto: 'x' }, 'evento', 'valores'],
    ] as const) {
      const { status, body: problem } = await shop.request('PUT', '/message-templates', body);
      expect([status, problem.errores?.[0].campo, problem.errores?.[0].codigo]).toEqual([400, campo, codigo]);
    }
    const { body } = await shop.request('PUT', '/message-templates', whatsapp('{{nombre}}'), { 'accept-language': 'en' });
    expect(body.errores[0].mensaje).toMatch(/^names the variable nombre, which does not exist: use cliente_nombre, servicio/);
  });

  test('shows a message as it would arrive: of a sample, of a cita, of words that are not saved; never of another business', async () => {
    const preview = (body: object, who: Pick<Shop, 'request'> = shop) => who.request('POST', '/message-templates/preview', { evento: 'cita-creada', canal: 'whatsapp', ...body });
    expect((await preview({})).body).toEqual({ asunto: null, cuerpo: expect.stringContaining('Hola, José Ñáñez. Gracias por reservar en Barbería Prueba.') });
    const { body: cliente } = await shop.request('POST', '/clients', { nombre: '{{codigo_cita}} $&' });
    const { body: cita } = await shop.request('POST', '/appointments', {
      cliente_id: cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: nextWeekday(2, 3), hora_inicio: '09:00',
    });
    const words = { cuerpo: '{{cliente_nombre}}|{{codigo_cita}}|{{hora}}|{{precio}}', cita_id: cita.id };
    expect((await preview(words)).body.cuerpo).toBe(`{{codigo_cita}} $&|${cita.codigo_cita}|9:00 a. m.|$ 25.000`);
    expect((await preview({ canal: 'correo', asunto: '{{servicio}}', idioma: 'en' })).body).toEqual({ asunto: 'Corte de cabello', cuerpo: expect.stringMatching(/^Hello José/) });
    // As long as this professional takes, whatever the service says.
    await shop.request('PUT', `/professionals/${shop.profesional.id}/services/${shop.servicio.id}`, { duracion_personalizada_minutos: 45 });
    const { body: longer } = await shop.request('POST', '/appointments', {
      cliente_id: cliente.id, profesional_id: shop.profesional.id, servicio_id: shop.servicio.id, fecha_cita: nextWeekday(2, 3), hora_inicio: '10:00',
    });
    expect((await preview({ cuerpo: '{{duracion}}', cita_id: longer.id })).body.cuerpo).toBe('45 min');
    expect((await preview({ cuerpo: '{{duracion}}', cita_id: cita.id })).body.cuerpo).toBe('30 min');
    const stranger = await register(api);
    expect((await preview({ cita_id: cita.id }, stranger)).body.errores).toEqual([{ campo: 'cita_id', codigo: 'existente', mensaje: expect.any(String) }]);
    expect((await preview({ cuerpo: '{{x}}' })).status).toBe(400);
  });

  test('is for who manages; what one business writes, no other sees or removes', async () => {
    const [owner, stranger] = [await register(api), await register(api)];
    const client = await registerClient(api, owner);
    const { body } = await owner.request('PUT', '/message-templates', whatsapp('Nuestro'));
    expect((await client.request('GET', '/message-templates')).status).toBe(403);
    expect((await stranger.request('DELETE', `/message-templates/${body.id}`)).status).toBe(404);
    expect(JSON.stringify((await stranger.request('GET', '/message-templates')).body)).not.toContain('Nuestro');
    expect(CANALES_MENSAJES).toEqual(['whatsapp', 'correo']);
  });
});
