import { telefonoDe } from './telefonos.js';

/** A message of WhatsApp, as far as it is of use. */
export interface Mensaje {
  clave: string;
  saliente: boolean;
  telefono: string | null;
  nombre: string | null;
  tipo: 'texto' | 'archivo';
  texto: string;
  enviado_en: Date;
}

export type Aviso =
  | { es: 'mensajes'; instancia: string; mensajes: Mensaje[] }
  | { es: 'conexion'; instancia: string; estado: unknown; numero: string | null }
  | { es: 'otro'; instancia: string };

type Json = Record<string, any>;

const MOST_MESSAGES = 100;
const FILES: Record<string, string> = {
  imageMessage: 'imagen', videoMessage: 'video', ptvMessage: 'video', audioMessage: 'audio', documentMessage: 'documento', stickerMessage: 'sticker',
  locationMessage: 'ubicación', liveLocationMessage: 'ubicación', contactMessage: 'contacto', contactsArrayMessage: 'contactos',
};
const WRAPPERS = ['ephemeralMessage', 'viewOnceMessage', 'viewOnceMessageV2', 'documentWithCaptionMessage'];

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** What PostgreSQL stores, and no more of it. */
const text = (value: unknown, max: number) => (typeof value === 'string' ? [...value.toWellFormed().replaceAll('\0', '')].slice(0, max).join('').trim() : '');

/** What Evolution API says happened; undefined, when it is nothing that it says. Its `apikey` is read by nobody and kept nowhere. */
export function leerAviso(body: unknown): Aviso | undefined {
  if (!isObject(body) || typeof body.event !== 'string' || typeof body.instance !== 'string') return undefined;
  const event = body.event.toLowerCase().replaceAll('_', '.');
  const { instance: instancia, data } = body;
  if (event === 'connection.update') {
    if (!isObject(data)) return undefined;
    return { es: 'conexion', instancia, estado: data.state, numero: telefonoDe(data.wuid ?? body.sender) };
  }
  if (event !== 'messages.upsert' && event !== 'send.message') return { es: 'otro', instancia };
  const found = (Array.isArray(data) ? data : [data]).slice(0, MOST_MESSAGES);
  if (!found.every((one) => isObject(one) && isObject(one.key))) return undefined;
  return { es: 'mensajes', instancia, mensajes: found.flatMap((one) => leerMensaje(one as Json, event === 'send.message') ?? []) };
}

/** Neither groups, states and channels, nor what is no message: reactions, edits, votes. What the business writes on its own phone comes as what it receives. */
function leerMensaje({ key, pushName, message, messageTimestamp }: Json, sent: boolean): Mensaje | undefined {
  const clave = text(key.id, 100);
  const saliente = key.fromMe === true;
  if (!clave || (sent && !saliente) || !isObject(message)) return undefined;
  if (typeof key.remoteJid !== 'string' || !/@(s\.whatsapp\.net|c\.us|lid)$/.test(key.remoteJid)) return undefined;
  const said = loQueDice(message);
  if (!said) return undefined;
  // Who hides behind a @lid shows the number beside it, in most versions.
  const telefono = [key.remoteJid, key.remoteJidAlt, key.senderPn].map(telefonoDe).find((phone) => phone !== null) ?? null;
  return { clave, saliente, telefono, nombre: text(pushName, 150) || null, ...said, enviado_en: instante(messageTimestamp) };
}

function loQueDice(message: Json): Pick<Mensaje, 'tipo' | 'texto'> | undefined {
  const wrapper = WRAPPERS.find((name) => isObject(message[name]?.message));
  if (wrapper) return loQueDice(message[wrapper].message);
  const written = text(
    message.conversation ?? message.extendedTextMessage?.text ?? message.buttonsResponseMessage?.selectedDisplayText
      ?? message.templateButtonReplyMessage?.selectedDisplayText ?? message.listResponseMessage?.title,
    4_500,
  );
  if (written) return { tipo: 'texto', texto: written };
  const file = Object.keys(FILES).find((name) => isObject(message[name]));
  if (!file) return undefined;
  return { tipo: 'archivo', texto: `[${FILES[file]}] ${text(message[file].caption, 4_500)}`.trim() };
}

/** Seconds, as a number or as text; never later than now. */
function instante(seconds: unknown): Date {
  const ms = Number(isObject(seconds) ? seconds.low : seconds) * 1000;
  return new Date(ms > 1e12 && ms < Date.now() ? ms : Date.now());
}
