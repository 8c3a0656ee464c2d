import type { Lengua, Texto } from './mensajes.textos.js';

export interface DatosPausa {
  destino: { url: string; motivo_pausa: string };
}

/** The log tells of failures in Spanish; a status or the code of an error is read everywhere. */
const FALLOS: [es: RegExp, en: string, pt: string][] = [
  [/sin respuesta completa en/, 'no complete answer in', 'sem resposta completa em'],
  [/las redirecciones no se siguen/, 'redirects are not followed', 'os redirecionamentos não são seguidos'],
  [/respuesta cortada/, 'the answer broke off', 'a resposta foi cortada'],
  [/error interno/, 'an error of ours', 'um erro nosso'],
];
const enIngles = (fallo: string) => FALLOS.reduce((text, [es, en]) => text.replace(es, en), fallo);
const enPortugues = (fallo: string) => FALLOS.reduce((text, [es, , pt]) => text.replace(es, pt), fallo);

/** Switched off by a 410, what happens is not kept; in pause it waits its three days. */
const TEXTOS: Record<Lengua, { subject: string; apagado: (host: string) => string; pausado: (host: string, fallo: string) => string }> = {
  es: {
    subject: 'Su webhook está en pausa',
    apagado: (host) =>
      `Franja dejó de enviar avisos a ${host} porque dijo que no quiere recibir más (HTTP 410).\n\nLo que pasa mientras tanto no se le guarda, y lo que esperaba quedó cancelado. Si aún los quiere, reanúdelo, y reenvíe lo cancelado.`,
    pausado: (host, fallo) =>
      `Franja dejó de enviar avisos a ${host} porque lleva 24 horas seguidas de fallos; el último: ${fallo}.\n\nLo que pasa mientras tanto espera tres días. Cuando funcione de nuevo, reanúdelo.`,
  },
  en: {
    subject: 'Your webhook is paused',
    apagado: (host) =>
      `Franja stopped sending events to ${host} because it says that it wants nothing more (HTTP 410).\n\nWhat happens meanwhile is not kept for it, and what was waiting was cancelled. If you still want it, resume it, and replay what was cancelled.`,
    pausado: (host, fallo) =>
      `Franja stopped sending events to ${host} because of 24 hours of nothing but failures; the last one: ${enIngles(fallo)}.\n\nWhat happens meanwhile waits three days. When it works again, resume it.`,
  },
  pt: {
    subject: 'Seu webhook está em pausa',
    apagado: (host) =>
      `A Franja parou de enviar avisos para ${host} porque ele disse que não quer receber mais (HTTP 410).\n\nO que acontece nesse meio-tempo não é guardado para ele, e o que esperava foi cancelado. Se ainda os quiser, retome-o e reenvie o que foi cancelado.`,
    pausado: (host, fallo) =>
      `A Franja parou de enviar avisos para ${host} após 24 horas seguidas de falhas; a última: ${enPortugues(fallo)}.\n\nO que acontece nesse meio-tempo espera três dias. Quando voltar a funcionar, retome-o.`,
  },
};

export function avisoPausa(lengua: Lengua, { destino: { url, motivo_pausa } }: DatosPausa): Texto {
  const { subject, apagado, pausado } = TEXTOS[lengua];
  const { host } = new URL(url); // the rest of an address may carry a token
  return { subject, text: motivo_pausa.startsWith('HTTP 410') ? apagado(host) : pausado(host, motivo_pausa.replace(/^.*; el último: /, '')) };
}
