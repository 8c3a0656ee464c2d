import type { Lengua } from './mensajes.textos.js';

export const CANALES_MENSAJES = ['whatsapp', 'correo'] as const;
export type CanalMensajes = (typeof CANALES_MENSAJES)[number];

/** What clients are told. The last six answer what they wrote, by WhatsApp alone. */
export const EVENTOS_CLIENTE = [
  'cita-creada', 'cita-confirmada', 'cita-reprogramada', 'cita-cancelada', 'recordatorio-cita', 'solicitar-feedback', 'cita-completada', 'cita-no-asistio',
] as const;
export const RESPUESTAS = ['respuesta-confirmada', 'respuesta-cancelada', 'respuesta-tarde', 'respuesta-calificada', 'respuesta-baja', 'respuesta-alta'] as const;
export type Respuesta = (typeof RESPUESTAS)[number];
export type EventoMensajes = (typeof EVENTOS_CLIENTE)[number] | Respuesta;
export const EVENTOS_MENSAJES: readonly EventoMensajes[] = [...EVENTOS_CLIENTE, ...RESPUESTAS];

/** Told unless a template says otherwise. The others only where a template says so. */
export const PREDETERMINADOS: readonly EventoMensajes[] = [
  'cita-creada', 'cita-confirmada', 'cita-reprogramada', 'cita-cancelada', 'recordatorio-cita', 'solicitar-feedback', ...RESPUESTAS,
];

export interface Contenido {
  asunto: string;
  cuerpo: string;
}

const cita = '{{servicio}} con {{profesional}}\n{{fecha}}, {{hora}}\nCódigo: {{codigo_cita}}\n{{direccion}}';
const appointment = '{{servicio}} with {{profesional}}\n{{fecha}}, {{hora}}\nCode: {{codigo_cita}}\n{{direccion}}';
const agendamento = '{{servicio}} com {{profesional}}\n{{fecha}}, {{hora}}\nCódigo: {{codigo_cita}}\n{{direccion}}';

/** Short and warm: what a business says that has written no words of its own. */
export const TEXTOS_CLIENTE: Record<Lengua, Record<EventoMensajes, Contenido>> = {
  es: {
    'cita-creada': {
      asunto: 'Su cita en {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Hola, {{cliente_nombre}}. Gracias por reservar en {{negocio}}.\n\n${cita}\n\n¡Le esperamos!`,
    },
    'cita-confirmada': {
      asunto: 'Su cita en {{negocio}} está confirmada',
      cuerpo: `Hola, {{cliente_nombre}}. {{negocio}} confirma su cita.\n\n${cita}\n\n¡Le esperamos!`,
    },
    'cita-reprogramada': {
      asunto: 'Su cita en {{negocio}} cambió: {{fecha}}, {{hora}}',
      cuerpo: `Hola, {{cliente_nombre}}. Su cita en {{negocio}} cambió de hora.\n\nAntes: {{fecha_anterior}}, {{hora_anterior}}\nAhora:\n${cita}`,
    },
    'cita-cancelada': {
      asunto: 'Su cita en {{negocio}} se canceló',
      cuerpo: 'Hola, {{cliente_nombre}}. Su cita en {{negocio}} del {{fecha}}, {{hora}} ({{servicio}}) se canceló.\nMotivo: {{motivo}}\n\nCuando quiera, le damos otra.',
    },
    'recordatorio-cita': {
      asunto: 'Le recordamos su cita en {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Hola, {{cliente_nombre}}. Le recordamos su cita en {{negocio}}.\n\n${cita}\n\nResponda 1 para confirmar, 2 para cancelar.`,
    },
    'solicitar-feedback': {
      asunto: '¿Cómo le fue en {{negocio}}?',
      cuerpo: 'Hola, {{cliente_nombre}}. Gracias por su visita a {{negocio}}. ¿Cómo le fue con {{profesional}}? Cuéntenos en una respuesta: leemos todas.\n\nDel 1 al 5, ¿qué nota le pone? 5 es excelente.',
    },
    'cita-completada': { asunto: 'Gracias por su visita a {{negocio}}', cuerpo: 'Gracias por su visita, {{cliente_nombre}}. Hasta pronto.\n{{negocio}}' },
    'cita-no-asistio': {
      asunto: 'Le esperamos en {{negocio}}',
      cuerpo: 'Hola, {{cliente_nombre}}. Le esperamos hoy a las {{hora}} y no pudo venir. Si quiere otra cita, responda a este mensaje.\n{{negocio}}',
    },
    'respuesta-confirmada': { asunto: 'Su cita está confirmada', cuerpo: '¡Gracias! Su cita está confirmada: {{fecha}}, {{hora}}. Le esperamos en {{negocio}}.' },
    'respuesta-cancelada': { asunto: 'Su cita se canceló', cuerpo: 'Listo: su cita del {{fecha}}, {{hora}} se canceló. Cuando quiera, le damos otra.\n{{negocio}}' },
    'respuesta-tarde': {
      asunto: 'Llame para cancelar',
      cuerpo: 'Ya pasó el plazo para cancelar por aquí su cita del {{fecha}}, {{hora}}. Por favor, llame a {{negocio}}.\n{{telefono_negocio}}',
    },
    'respuesta-calificada': { asunto: 'Gracias por su calificación', cuerpo: '¡Gracias por su calificación! Si quiere contarnos algo más, escríbanos aquí.\n{{negocio}}' },
    'respuesta-baja': { asunto: 'No le escribiremos más', cuerpo: 'Listo: {{negocio}} no le enviará más mensajes. Si cambia de idea, responda ALTA.' },
    'respuesta-alta': { asunto: 'Le escribiremos de nuevo', cuerpo: '¡Gracias! {{negocio}} le enviará de nuevo sus recordatorios. Para dejar de recibirlos, responda BAJA.' },
  },
  en: {
    'cita-creada': {
      asunto: 'Your appointment at {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Hello {{cliente_nombre}}. Thank you for booking with {{negocio}}.\n\n${appointment}\n\nSee you soon!`,
    },
    'cita-confirmada': {
      asunto: 'Your appointment at {{negocio}} is confirmed',
      cuerpo: `Hello {{cliente_nombre}}. {{negocio}} confirms your appointment.\n\n${appointment}\n\nSee you soon!`,
    },
    'cita-reprogramada': {
      asunto: 'Your appointment at {{negocio}} has moved: {{fecha}}, {{hora}}',
      cuerpo: `Hello {{cliente_nombre}}. Your appointment at {{negocio}} has moved.\n\nBefore: {{fecha_anterior}}, {{hora_anterior}}\nNow:\n${appointment}`,
    },
    'cita-cancelada': {
      asunto: 'Your appointment at {{negocio}} is cancelled',
      cuerpo: 'Hello {{cliente_nombre}}. Your appointment at {{negocio}} on {{fecha}}, {{hora}} ({{servicio}}) is cancelled.\nReason: {{motivo}}\n\nWe will gladly find you another time.',
    },
    'recordatorio-cita': {
      asunto: 'Your appointment at {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Hello {{cliente_nombre}}. A reminder of your appointment at {{negocio}}.\n\n${appointment}\n\nReply 1 to confirm, 2 to cancel.`,
    },
    'solicitar-feedback': {
      asunto: 'How was {{negocio}}?',
      cuerpo: 'Hello {{cliente_nombre}}. Thank you for your visit to {{negocio}}. How was it with {{profesional}}? Tell us in a reply: we read them all.\n\nFrom 1 to 5, how do you rate it? 5 is excellent.',
    },
    'cita-completada': { asunto: 'Thank you for your visit to {{negocio}}', cuerpo: 'Thank you for your visit, {{cliente_nombre}}. See you soon.\n{{negocio}}' },
    'cita-no-asistio': {
      asunto: 'We missed you at {{negocio}}',
      cuerpo: 'Hello {{cliente_nombre}}. We expected you today at {{hora}}. If you would like another appointment, reply to this message.\n{{negocio}}',
    },
    'respuesta-confirmada': { asunto: 'Your appointment is confirmed', cuerpo: 'Thank you! Your appointment is confirmed: {{fecha}}, {{hora}}. See you at {{negocio}}.' },
    'respuesta-cancelada': { asunto: 'Your appointment is cancelled', cuerpo: 'Done: your appointment on {{fecha}}, {{hora}} is cancelled. We will gladly find you another time.\n{{negocio}}' },
    'respuesta-tarde': {
      asunto: 'Please call to cancel',
      cuerpo: 'It is too late to cancel your appointment on {{fecha}}, {{hora}} here. Please call {{negocio}}.\n{{telefono_negocio}}',
    },
    'respuesta-calificada': { asunto: 'Thank you for your rating', cuerpo: 'Thank you for your rating! If there is more to say, write to us here.\n{{negocio}}' },
    'respuesta-baja': { asunto: 'We will not write again', cuerpo: 'Done: {{negocio}} will not write to you again. If you change your mind, reply START.' },
    'respuesta-alta': { asunto: 'We will write again', cuerpo: 'Thank you! {{negocio}} will send you reminders again. To stop them, reply STOP.' },
  },
  pt: {
    'cita-creada': {
      asunto: 'Seu horário em {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Olá, {{cliente_nombre}}! Obrigado por agendar em {{negocio}}.\n\n${agendamento}\n\nEsperamos você!`,
    },
    'cita-confirmada': {
      asunto: 'Seu horário em {{negocio}} está confirmado',
      cuerpo: `Olá, {{cliente_nombre}}! {{negocio}} confirma o seu horário.\n\n${agendamento}\n\nEsperamos você!`,
    },
    'cita-reprogramada': {
      asunto: 'Seu horário em {{negocio}} mudou: {{fecha}}, {{hora}}',
      cuerpo: `Olá, {{cliente_nombre}}! Seu horário em {{negocio}} mudou.\n\nAntes: {{fecha_anterior}}, {{hora_anterior}}\nAgora:\n${agendamento}`,
    },
    'cita-cancelada': {
      asunto: 'Seu horário em {{negocio}} foi cancelado',
      cuerpo: 'Olá, {{cliente_nombre}}! Seu horário em {{negocio}} de {{fecha}}, {{hora}} ({{servicio}}) foi cancelado.\nMotivo: {{motivo}}\n\nQuando quiser, marcamos outro.',
    },
    'recordatorio-cita': {
      asunto: 'Lembrete do seu horário em {{negocio}}: {{fecha}}, {{hora}}',
      cuerpo: `Olá, {{cliente_nombre}}! Lembramos do seu horário em {{negocio}}.\n\n${agendamento}\n\nResponda 1 para confirmar, 2 para cancelar.`,
    },
    'solicitar-feedback': {
      asunto: 'Como foi em {{negocio}}?',
      cuerpo: 'Olá, {{cliente_nombre}}! Obrigado pela visita a {{negocio}}. Como foi com {{profesional}}? Conte para nós em uma resposta: lemos todas.\n\nDe 1 a 5, que nota você dá? 5 é excelente.',
    },
    'cita-completada': { asunto: 'Obrigado pela visita a {{negocio}}', cuerpo: 'Obrigado pela visita, {{cliente_nombre}}. Até breve!\n{{negocio}}' },
    'cita-no-asistio': {
      asunto: 'Esperamos você em {{negocio}}',
      cuerpo: 'Olá, {{cliente_nombre}}! Esperávamos você hoje às {{hora}}. Se quiser outro horário, responda a esta mensagem.\n{{negocio}}',
    },
    'respuesta-confirmada': { asunto: 'Seu horário está confirmado', cuerpo: 'Obrigado! Seu horário está confirmado: {{fecha}}, {{hora}}. Esperamos você em {{negocio}}.' },
    'respuesta-cancelada': { asunto: 'Seu horário foi cancelado', cuerpo: 'Pronto: seu horário de {{fecha}}, {{hora}} foi cancelado. Quando quiser, marcamos outro.\n{{negocio}}' },
    'respuesta-tarde': {
      asunto: 'Ligue para cancelar',
      cuerpo: 'O prazo para cancelar por aqui o seu horário de {{fecha}}, {{hora}} já passou. Por favor, ligue para {{negocio}}.\n{{telefono_negocio}}',
    },
    'respuesta-calificada': { asunto: 'Obrigado pela avaliação', cuerpo: 'Obrigado pela avaliação! Se quiser contar mais, escreva aqui.\n{{negocio}}' },
    'respuesta-baja': { asunto: 'Não escreveremos mais', cuerpo: 'Pronto: {{negocio}} não enviará mais mensagens. Se mudar de ideia, responda ALTA.' },
    'respuesta-alta': { asunto: 'Escreveremos de novo', cuerpo: 'Obrigado! {{negocio}} enviará lembretes de novo. Para não receber mais, responda BAIXA.' },
  },
};
