export type Intencion = 'confirmar' | 'cancelar' | 'calificar' | 'baja' | 'alta';

const words = (text: string) => new Set(text.split(' '));

const CONFIRM = words('1 uno si sii siii sip sim yes yep yeah ok oki okay okey okis vale dale listo claro perfecto confirmo confirmado confirmada confirmar confirma confirm confirmed');
const CANCEL = words('2 dos cancelar cancelo cancela cancelen cancelado cancelada cancele cancel cancelled');
const VERBS = { confirmar: /^confirm/, cancelar: /^cancel/ } as const;
/** May stand around a verb and change nothing: «quiero cancelar mi cita». «no» is not among them. */
const AROUND = words('quiero deseo quisiera necesito voy a por favor la mi el su cita turno reserva hora horario agendamento asistencia please my the appointment i want to would like para meu o favor');
/** Said with anything. */
const COURTESY = words('gracias muchas hola buenas buenos dias dia tardes noches buen ola bom boa tarde noite obrigado obrigada thanks thank you please hello hi porfa porfavor');
const STOP = new Set(['baja', 'dar de baja', 'darme de baja', 'quiero darme de baja', 'stop', 'unsubscribe', 'baixa', 'parar', 'no mas mensajes', 'sair']);
const START = new Set(['alta', 'start', 'dar de alta', 'darme de alta']);
const NEGATED = /[👎❌✖✗✘🚫⛔🙅]/u;
const THUMB = /^[\s\p{P}]*(?:[👍✅👌]\p{M}*[\u{1F3FB}-\u{1F3FF}]?\s*)+[\s\p{P}]*$/u;

const unsure = (text: string) => text.length > 120 || /[?¿]/.test(text);

/** Its words, as they are compared, without courtesy. */
function saidIn(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\ufe0f\u20e3]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return plain.split(' ').filter((word) => word && !COURTESY.has(word));
}

/**
 * What somebody wants who answers a reminder, or nothing that is sure. The whole message has to say it and nothing else: what is not understood
 * is read by people, and a cita cancelled by mistake is worse than one more message to read.
 */
export function intencionDe(text: string): Intencion | null {
  if (unsure(text)) return null;
  if (THUMB.test(text)) return 'confirmar';
  const said = saidIn(text);
  // «-1», «+1» and «$2» count something.
  if (said.length === 0 || (said.every((word) => /^\d+$/.test(word)) && /[-+$€%#/=]/.test(text))) return null;
  if (STOP.has(said.join(' '))) return 'baja';
  if (START.has(said.join(' '))) return 'alta';
  for (const [intention, known] of [['confirmar', CONFIRM], ['cancelar', CANCEL]] as const) {
    // «ok 👎», «1 ❌»: not a yes. Beside «cancelar» they say the same as it.
    if (intention === 'confirmar' && NEGATED.test(text)) continue;
    if (said.every((word) => known.has(word))) return intention;
    if (said.some((word) => VERBS[intention].test(word) && known.has(word)) && said.every((word) => known.has(word) || AROUND.has(word))) return intention;
  }
  return null;
}

const MARKS = [words('1 uno one'), words('2 dos two dois'), words('3 tres three'), words('4 cuatro four quatro'), words('5 cinco five')];
/** May stand around a mark: «le pongo un 5», «4 estrellas de 5». */
const AROUND_MARK = words('le les doy pongo un una um uma nota calificacion estrella estrellas estrela estrelas star stars punto puntos pontos points i give a de of dou');
/** One alone is praise, or the lowest mark. */
const STARS = /^\s*(?:[⭐🌟★]\ufe0f?\s*){2,5}$/u;

/** From 1 to 5, of who was asked for a mark; null, when the message says more than that, or anything else. */
export function calificacionDe(text: string): number | null {
  if (unsure(text) || NEGATED.test(text) || /[-+$€%#=]|[.,]\d/.test(text)) return null;
  if (STARS.test(text)) return [...text].filter((sign) => '⭐🌟★'.includes(sign)).length;
  const said = saidIn(text.replace(/\s*\/\s*5\b/, ' de 5'));
  if (said.slice(-2).join(' ') === 'de 5' || said.slice(-2).join(' ') === 'of 5') said.splice(-2);
  const marks = said.filter((word) => !AROUND_MARK.has(word));
  const mark = MARKS.findIndex((known) => known.has(marks[0]));
  return marks.length === 1 && mark >= 0 ? mark + 1 : null;
}
