import type { Resultado } from './canal.js';
import type { Contestacion } from './peticion.js';

/** 2xx is success and 410 the end; everything else may pass: n8n answers 404 while it starts, a wrong redirect is put right. */
export function resultadoDe(answer: Contestacion): Resultado {
  if (answer.error !== undefined) return { es: 'reintentar', error: answer.error, estado_http: answer.estado };
  const { estado, texto, espera } = answer;
  const seen = { estado_http: estado, respuesta: texto };
  if (estado >= 200 && estado < 300) return { es: 'entregada', ...seen };
  if (estado === 410) return { es: 'pausar', error: 'HTTP 410: el destino ya no quiere recibir', ...seen };
  const error = estado >= 300 && estado < 400 ? `HTTP ${estado}: las redirecciones no se siguen` : `HTTP ${estado}`;
  return { es: 'reintentar', error, despues: espera, ...seen };
}
