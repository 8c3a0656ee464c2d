import diagnostics from 'node:diagnostics_channel';
import type { Envio, NombreCanal, Resultado } from './canal.js';

/** An attempt to deliver that came to its end: what metrics and traces listen to. */
export interface Delivered {
  canal: NombreCanal;
  evento: string;
  es: Resultado['es'];
  ms: number;
}

export const deliveries = diagnostics.channel('franja:delivery');

/** The same sending, told of when it is over. */
export function tellingOf(canal: NombreCanal, evento: string, send: Envio): Envio {
  return async (signal) => {
    const began = performance.now();
    const resultado = await send(signal);
    deliveries.publish({ canal, evento, es: resultado.es, ms: performance.now() - began } satisfies Delivered);
    return resultado;
  };
}
