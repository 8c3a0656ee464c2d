// What is read in what WhatsApp tells, before anything is done about it.
import { leerAviso } from '../src/notifications/entrantes.lectura.js';
import { calificacionDe, intencionDe } from '../src/notifications/intencion.js';
import { telefonoDe, variantes } from '../src/notifications/telefonos.js';
import { wrote } from './evolution.js';

describe('what a client means', () => {
  test.each<[string, string | null]>([
    ...['1', ' 1 ', '1.', '1)', '¡1!', '1️⃣', '１', 'uno', 'Sí', 'SI', 'si', 'sí!', 'Sí, gracias', 'Confirmo', 'CONFIRMADO', 'Sí, confirmo', 'confirmo mi cita', 'Quiero confirmar la cita',
      'ok', 'ok 👍', 'OK!!', '👍', '👍🏽👍🏽', '✅', 'dale', 'Vale, gracias', 'listo', 'Hola, sí', 'perfecto 😊', 'Sim', 'yes', 'Yes please', 'sí 🙏', 'Sí.\nGracias'].map((text): [string, string] => [text, 'confirmar']),
    ...['2', '2.', 'Dos', 'cancelar', 'Cancelo', 'CANCELAR!!!', 'Cancelar por favor', 'Quiero cancelar mi cita', 'hola, quiero cancelar', 'cancelar cita gracias', 'cancel', '2️⃣', '2 👍', '❌ cancelar', 'cáncelo'].map((text): [string, string] => [text, 'cancelar']),
    ...['BAJA', 'baja', 'Stop', 'STOP.', 'dar de baja', 'quiero darme de baja'].map((text): [string, string] => [text, 'baja']),
    ...['ALTA', 'alta', 'start'].map((text): [string, string] => [text, 'alta']),
    ...['', ' ', '1000 gracias', 'mil gracias', 'gracias', 'no puedo ir el 2', 'el 2 no puedo', '12', '1 2', '1 o 2', '2 personas', '1 hora tarde', 'no', 'No confirmo', 'no cancelar', 'sí, cancelar', 'ok cancelar',
      '¿puedo cancelar?', 'puedo cancelar', 'si pero más tarde', 'sí, pero a las 2', '¿a las 2?', 'a la 1', 'llego a las 2', 'Si llueve no voy', 'no quiero cancelar', 'cancelaron la luz', '👎', '🤔', 'hola', 'buenos días',
      '¿Cuánto cuesta?', 'sinceramente no', 'la baja del precio', 'estoy de alta médica', 'no pares', 'confirmo que no voy', 'ok?', '¿1?', 'cancelar?', 'si '.repeat(60), '-1', '1.5', '1/2', '$1', '+1', 'uno de mis hijos', 'ok 👎', '1 ❌', 'Sí 🚫', 'confirmo 🙅🏽‍♀️'].map((text): [string, null] => [text, null]),
  ])('%j', (text, intention) => {
    expect(intencionDe(text)).toBe(intention);
  });
});

test.each<[string, number | null]>([
  ['5', 5], [' 4. ', 4], ['3️⃣', 3], ['１', 1], ['cinco', 5], ['Un 5', 5], ['Le pongo un 5, gracias', 5], ['5/5', 5], ['4 de 5', 4], ['4 / 5', 4], ['Muchas gracias! 5', 5], ['5 estrellas', 5], ['⭐⭐⭐⭐', 4],
  ['⭐️ ⭐️', 2], ['5 ⭐⭐⭐⭐⭐', 5], ['dou um 4', 4], ['two stars', 2], ['5!!! 🙌', 5],
  ['0', null], ['6', null], ['10', null], ['15', null], ['4.5', null], ['4,5', null], ['4/10', null], ['-1', null], ['$5', null], ['5%', null], ['⭐⭐⭐⭐⭐⭐', null], ['⭐', null], ['🌟', null], ['5 👎', null], ['¿5?', null], ['1 o 2', null],
  ['2 personas', null], ['5 minutos tarde', null], ['a las 5', null], ['el 5', null], ['no 5', null], ['5 pero esperé mucho', null], ['un', null], ['uma', null], ['excelente', null], ['👍', null], ['', null], ['5 '.repeat(61), null],
])('%j is the mark %j', (text, mark) => {
  expect(calificacionDe(text)).toBe(mark);
});

test('a phone is known by every form that WhatsApp gives it', () => {
  for (const [a, b] of [['+5511987654321', '+551187654321'], ['+5215512345678', '+525512345678'], ['+5491123456789', '+541123456789']]) {
    expect(variantes(a)).toEqual(expect.arrayContaining([a, b]));
    expect(variantes(b)).toEqual(expect.arrayContaining([a, b]));
  }
  expect(variantes('+573001234567')).toEqual(['+573001234567']);
  expect(variantes('+551132654321')).toEqual(['+551132654321']); // a landline
  expect(['573001234567@s.whatsapp.net', '573001234567:12@s.whatsapp.net', '120363@g.us', '99887766554433@lid', 'status@broadcast', '0@s.whatsapp.net', 5, null].map(telefonoDe))
    .toEqual(['+573001234567', '+573001234567', null, null, null, null, null, null]);
});

test('of what Evolution tells, what is said is read, and nothing else', () => {
  const read = (data: object, event = 'messages.upsert') => {
    const aviso = leerAviso({ event, instance: 'x', data });
    return aviso?.es === 'mensajes' ? aviso.mensajes.map(({ texto, telefono, tipo }) => [tipo, telefono, texto].join(' ')) : aviso;
  };
  const with_ = (message: object) => read(wrote('573001234567', '', { message }));
  expect(with_({ extendedTextMessage: { text: 'hola' } })).toEqual(['texto +573001234567 hola']);
  expect(with_({ ephemeralMessage: { message: { conversation: 'hola' } } })).toEqual(['texto +573001234567 hola']);
  expect(with_({ imageMessage: { caption: 'mi pelo', jpegThumbnail: {} } })).toEqual(['archivo +573001234567 [imagen] mi pelo']);
  expect(with_({ audioMessage: {} })).toEqual(['archivo +573001234567 [audio]']);
  for (const nothing of [{ reactionMessage: { text: '👍' } }, { protocolMessage: {} }, { pollUpdateMessage: {} }, { conversation: ' ' }, {}]) expect(with_(nothing)).toEqual([]);
  const typed = leerAviso({ event: 'messages.upsert', instance: 'x', data: wrote('573001234567', 'hola', { key: { fromMe: true } }) });
  expect(typed).toMatchObject({ mensajes: [{ saliente: true, telefono: '+573001234567', texto: 'hola' }] });
  expect(read(wrote('573001234567', 'hola'), 'send.message')).toEqual([]);
  for (const key of [{ remoteJid: '120363025@g.us' }, { remoteJid: 'status@broadcast' }, { remoteJid: '1@newsletter' }, { id: '' }, { id: 5 }]) {
    expect(read(wrote('573001234567', 'hola', { key }))).toEqual([]);
  }
  expect(read(wrote('1', 'hola', { key: { remoteJid: '99@lid', remoteJidAlt: '573001234567@s.whatsapp.net' } }))).toEqual(['texto +573001234567 hola']);
  expect(read(wrote('1', 'hola', { key: { remoteJid: '9988776655@lid' } }))).toEqual(['texto  hola']);
  expect(read([wrote('573001234567', 'a'), wrote('573001234567', 'b')])).toHaveLength(2);
  expect(read(wrote('573001234567', 'a\0b\ud800'))).toEqual(['texto +573001234567 ab\ufffd']);
  for (const broken of [null, 5, [], {}, { event: 'messages.upsert' }, { event: 'messages.upsert', instance: 'x' }, { event: 'messages.upsert', instance: 'x', data: [{}] }, { event: 'connection.update', instance: 'x', data: [] }]) {
    expect(leerAviso(broken)).toBeUndefined();
  }
});
