import { isUrl } from './config-values.js';

/** How fast and how patiently messages leave by WhatsApp, and where it reports to. */
export interface WhatsappConfig {
  /** Base at which Evolution API reaches this API. */
  publicUrl: string;
  whatsapp: {
    /** At least so long between two messages of one number: who writes faster is taken for a machine and banned. */
    intervaloMs: number;
    /** What could not leave for so long goes by e-mail. */
    esperaMinutos: number;
  };
}

type Integer = (name: string, fallback: number, min: number, max: number) => number;

export function readWhatsapp(env: NodeJS.ProcessEnv, produccion: boolean, errors: string[], integer: Integer): WhatsappConfig {
  const publicUrl = (env.PUBLIC_URL || (produccion ? '' : `http://localhost:${env.PORT || 3000}`)).replace(/\/+$/, '');
  if (publicUrl && !isUrl(publicUrl)) errors.push('PUBLIC_URL must be an http or https URL');
  if (!publicUrl && env.EVOLUTION_API_URL) errors.push('PUBLIC_URL is required with EVOLUTION_API_URL: where Evolution API reaches this API, such as http://api:3000');
  return {
    publicUrl,
    whatsapp: { intervaloMs: integer('WHATSAPP_INTERVAL_MS', 1_000, 0, 60_000), esperaMinutos: integer('WHATSAPP_WAIT_MINUTES', 60, 0, 1_440) },
  };
}
