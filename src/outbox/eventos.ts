/** What n8n and the organisations' own endpoints are told. Other eventos are for us. */
export const EVENTOS = [
  'organizacion-creada', 'cita-creada', 'cita-confirmada', 'cita-reprogramada', 'cita-cancelada', 'cita-completada', 'cita-no-asistio',
  'recordatorio-cita', 'solicitar-feedback', 'uso-cercano-limite', 'limite-alcanzado', 'mensaje-recibido',
] as const;
export type NombreEvento = (typeof EVENTOS)[number];

/** An endpoint of ours is paused: for the mail to its administrator. */
export const WEBHOOK_PAUSADO = 'webhook-pausado';

/** Something about the organisation's subscription: for the mail to its administrator. */
export const AVISO_SUBSCRIPCION = 'aviso-subscripcion';

/** As it happened; `datos` is what things were then. */
export interface Evento {
  uuid: string;
  evento: string;
  organizacion_id: number;
  ocurrido_en: Date;
  datos: unknown;
}

/** The body: the same bytes in every attempt, because what it is made of never changes. */
export function cuerpoDe({ uuid, evento, ocurrido_en, organizacion_id, datos }: Evento): string {
  return JSON.stringify({ id: uuid, evento, ocurrido_en, organizacion_id, datos });
}
