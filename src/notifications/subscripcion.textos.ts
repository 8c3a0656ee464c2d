import type { Medida } from '../billing/uso.dto.js';
import type { Lengua } from './mensajes.textos.js';

export interface AvisoSubscripcion {
  aviso: string;
  /** In the organisation's zone, YYYY-MM-DD. */
  fecha: string;
  dias?: number;
  plan?: string;
  medidas?: { medida: Medida; uso: number; limite: number }[];
  subscripcion: { nombre_plan: string };
}

type Texto = (datos: AvisoSubscripcion) => { subject: string; text: string };

const MEDIDAS: Record<Lengua, Record<Medida, string>> = {
  es: { profesionales: 'profesionales', clientes: 'clientes', servicios: 'servicios', usuarios: 'usuarios', citas_mes: 'citas del mes', whatsapp_mes: 'WhatsApp del mes' },
  en: { profesionales: 'professionals', clientes: 'clients', servicios: 'services', usuarios: 'users', citas_mes: 'appointments this month', whatsapp_mes: 'WhatsApp this month' },
  pt: { profesionales: 'profissionais', clientes: 'clientes', servicios: 'serviços', usuarios: 'usuários', citas_mes: 'agendamentos do mês', whatsapp_mes: 'WhatsApp do mês' },
};

const usos = (lengua: Lengua, { medidas = [] }: AvisoSubscripcion) => medidas.map(({ medida, uso, limite }) => `- ${MEDIDAS[lengua][medida]}: ${uso} / ${limite}`).join('\n');

const ES: Record<string, Texto> = {
  prueba: ({ dias, fecha }) => ({
    subject: dias === 1 ? 'Su prueba de Franja termina mañana' : `Su prueba de Franja termina en ${dias} días`,
    text: `Termina el ${fecha}. Elija un plan antes para seguir agendando; lo que ya tiene no se borra.`,
  }),
  prueba_vencida: () => ({
    subject: 'Su prueba de Franja terminó',
    text: 'Sus datos siguen ahí: puede leerlos y cancelar citas, y los recordatorios siguen saliendo. Elija un plan para volver a agendar.',
  }),
  pago_vencido: ({ fecha }) => ({ subject: 'Su pago de Franja está vencido', text: `Venció el ${fecha}. Páguelo para que su cuenta siga como está.` }),
  reclamo: ({ fecha, dias }) => ({
    subject: 'Su pago de Franja sigue pendiente',
    text: `Venció el ${fecha}, hace ${dias} días. A los siete días la cuenta queda de solo lectura.`,
  }),
  suspendida: () => ({
    subject: 'Su cuenta de Franja está suspendida',
    text: 'No se borró nada: puede leer y cancelar citas, y los recordatorios siguen saliendo. Al pagar, todo vuelve al instante.',
  }),
  suspendida_por_plataforma: () => ({
    subject: 'Su cuenta de Franja está suspendida',
    text: 'La suspendió quien administra la plataforma: escríbale. No se borró nada: puede leer y cancelar citas, y los recordatorios siguen saliendo.',
  }),
  cancelada: ({ fecha }) => ({ subject: 'Su subscripción de Franja terminó', text: `Terminó el ${fecha}. Sus datos siguen ahí; elija un plan cuando quiera volver.` }),
  reactivada: ({ subscripcion }) => ({ subject: 'Su cuenta de Franja está activa', text: `Todo está como lo dejó, en el plan ${subscripcion.nombre_plan}.` }),
  cambio_no_cabe: (datos) => ({
    subject: 'Su cambio de plan no se hizo',
    text: `Lo que usa no cabe en el plan ${datos.plan}:\n\n${usos('es', datos)}\n\nSigue en el plan ${datos.subscripcion.nombre_plan}.`,
  }),
};

const EN: Record<string, Texto> = {
  prueba: ({ dias, fecha }) => ({
    subject: dias === 1 ? 'Your Franja trial ends tomorrow' : `Your Franja trial ends in ${dias} days`,
    text: `It ends on ${fecha}. Choose a plan before then to go on booking; nothing you have is deleted.`,
  }),
  prueba_vencida: () => ({
    subject: 'Your Franja trial is over',
    text: 'Your data are still there: you can read them and cancel appointments, and reminders still go out. Choose a plan to book again.',
  }),
  pago_vencido: ({ fecha }) => ({ subject: 'Your Franja payment is overdue', text: `It was due on ${fecha}. Pay it to keep your account as it is.` }),
  reclamo: ({ fecha, dias }) => ({
    subject: 'Your Franja payment is still due',
    text: `It was due on ${fecha}, ${dias} days ago. After seven days the account becomes read-only.`,
  }),
  suspendida: () => ({
    subject: 'Your Franja account is suspended',
    text: 'Nothing was deleted: you can read and cancel appointments, and reminders still go out. When you pay, everything is back at once.',
  }),
  suspendida_por_plataforma: () => ({
    subject: 'Your Franja account is suspended',
    text: 'Whoever runs the platform suspended it: write to them. Nothing was deleted: you can read and cancel appointments, and reminders still go out.',
  }),
  cancelada: ({ fecha }) => ({ subject: 'Your Franja subscription is over', text: `It ended on ${fecha}. Your data are still there; choose a plan whenever you want to come back.` }),
  reactivada: ({ subscripcion }) => ({ subject: 'Your Franja account is active', text: `Everything is as you left it, on the plan ${subscripcion.nombre_plan}.` }),
  cambio_no_cabe: (datos) => ({
    subject: 'Your change of plan was not made',
    text: `What you use does not fit in the plan ${datos.plan}:\n\n${usos('en', datos)}\n\nYou stay on the plan ${datos.subscripcion.nombre_plan}.`,
  }),
};

const PT: Record<string, Texto> = {
  prueba: ({ dias, fecha }) => ({
    subject: dias === 1 ? 'Seu teste da Franja termina amanhã' : `Seu teste da Franja termina em ${dias} dias`,
    text: `Termina em ${fecha}. Escolha um plano antes disso para continuar agendando; nada do que você tem é apagado.`,
  }),
  prueba_vencida: () => ({
    subject: 'Seu teste da Franja terminou',
    text: 'Seus dados continuam lá: você pode lê-los e cancelar consultas, e os lembretes continuam saindo. Escolha um plano para voltar a agendar.',
  }),
  pago_vencido: ({ fecha }) => ({ subject: 'Seu pagamento da Franja está vencido', text: `Venceu em ${fecha}. Pague para que sua conta continue como está.` }),
  reclamo: ({ fecha, dias }) => ({
    subject: 'Seu pagamento da Franja continua pendente',
    text: `Venceu em ${fecha}, há ${dias} dias. Após sete dias a conta fica somente para leitura.`,
  }),
  suspendida: () => ({
    subject: 'Sua conta da Franja está suspensa',
    text: 'Nada foi apagado: você pode ler e cancelar consultas, e os lembretes continuam saindo. Ao pagar, tudo volta na hora.',
  }),
  suspendida_por_plataforma: () => ({
    subject: 'Sua conta da Franja está suspensa',
    text: 'Quem administra a plataforma a suspendeu: escreva para lá. Nada foi apagado: você pode ler e cancelar consultas, e os lembretes continuam saindo.',
  }),
  cancelada: ({ fecha }) => ({ subject: 'Sua assinatura da Franja terminou', text: `Terminou em ${fecha}. Seus dados continuam lá; escolha um plano quando quiser voltar.` }),
  reactivada: ({ subscripcion }) => ({ subject: 'Sua conta da Franja está ativa', text: `Tudo está como você deixou, no plano ${subscripcion.nombre_plan}.` }),
  cambio_no_cabe: (datos) => ({
    subject: 'Sua mudança de plano não foi feita',
    text: `O que você usa não cabe no plano ${datos.plan}:\n\n${usos('pt', datos)}\n\nVocê continua no plano ${datos.subscripcion.nombre_plan}.`,
  }),
};

const TEXTOS: Record<Lengua, Record<string, Texto>> = { es: ES, en: EN, pt: PT };

/** prueba_7 and its like say the same with another number. */
export function avisoSubscripcion(lengua: Lengua, datos: AvisoSubscripcion): { subject: string; text: string } {
  return TEXTOS[lengua][datos.aviso.replace(/_\d$/, '')](datos);
}
