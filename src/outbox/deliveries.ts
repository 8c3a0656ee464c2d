import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import type { Envio, NombreCanal, Resultado } from './canal.js';

/** An attempt to deliver. */
export interface Sending {
  canal: NombreCanal;
  evento: string;
}

/** The same one, come to its end: what metrics and traces listen to. */
export interface Delivered extends Sending {
  es: Resultado['es'];
  ms: number;
}

/** Whoever binds `sentHeaders` to it says what every HTTP request of the attempt carries. */
export const sendings = diagnostics.channel('franja:sending');
export const deliveries = diagnostics.channel('franja:delivery');
export const sentHeaders = new AsyncLocalStorage<Record<string, string>>();

/** The same sending, told of when it begins and when it is over. */
export function tellingOf(canal: NombreCanal, evento: string, send: Envio): Envio {
  return (signal) => {
    const sending: Sending = { canal, evento };
    return sendings.runStores(sending, async () => {
      const began = performance.now();
      const resultado = await send(signal);
      deliveries.publish(Object.assign(sending, { es: resultado.es, ms: performance.now() - began }) satisfies Delivered);
      return resultado;
    });
  };
}
