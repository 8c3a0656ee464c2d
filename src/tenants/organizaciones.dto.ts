import { industria_tipo, plan_tipo } from '../generated/prisma/enums.js';
import { Bool, Changes, Email, Hora, Id, Instante, Int, IntList, OneOf, Pais, Telefono, Text, Url } from '../http/fields.js';

const PASOS = [5, 10, 15, 20, 30, 60] as const;

export class AjustesOrganizacion {
  @Text({ description: 'Nombre que ven los clientes.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @Text({ description: 'Razón social.', max: 200, nullable: true, example: 'Centro S.A.S.' })
  razon_social: string | null;

  @Text({ description: 'Identificación fiscal.', max: 30, nullable: true, example: '900.123.456-7' })
  identificacion_fiscal: string | null;

  @OneOf(Object.values(industria_tipo), { description: 'Industria; decide las plantillas de servicios.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @Email({ description: 'Correo de administración.' })
  email_admin: string;

  @Telefono({ description: 'Teléfono del negocio; se guarda en E.164.', nullable: true })
  telefono: string | null;

  @Url({ description: 'Sitio web.', nullable: true, example: 'https://example.com' })
  sitio_web: string | null;

  @Url({ description: 'Logotipo.', nullable: true })
  logo_url: string | null;

  @Text({ description: 'Presentación del negocio.', max: 1000, nullable: true, example: 'Cortes desde 1998.' })
  descripcion: string | null;

  @Text({ description: 'Dirección.', max: 300, nullable: true, example: 'Calle 10 # 20-30' })
  direccion: string | null;

  @Text({ description: 'Ciudad.', max: 100, nullable: true, example: 'Bogotá' })
  ciudad: string | null;

  @Pais({ description: 'País ISO 3166-1; da el prefijo a los teléfonos.' })
  pais: string;

  @Text({ description: 'Zona horaria IANA; decide qué significa "9:00".', max: 64, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Moneda ISO 4217; no cambia cuando ya hay servicios.', min: 3, max: 3, pattern: /^[A-Z]{3}$/, form: 'COP', example: 'COP' })
  moneda: string;

  @OneOf(['es', 'en', 'pt'], { description: 'Idioma de los mensajes a sus clientes.', example: 'es' })
  idioma: string;

  @OneOf(PASOS, { description: 'Cada cuántos minutos del reloj se ofrece un inicio.', example: 15 })
  paso_minutos: number;

  @Int({ description: 'Antelación mínima de un cliente para reservar, en minutos.', min: 0, max: 43_200, example: 60 })
  antelacion_minima_minutos: number;

  @Int({ description: 'Hasta cuántos días adelante reserva un cliente.', min: 1, max: 730, example: 60 })
  horizonte_dias: number;

  @Int({ description: 'Hasta cuántos minutos antes un cliente cancela o mueve su cita.', min: 0, max: 43_200, example: 120 })
  antelacion_cancelacion_minutos: number;

  @Int({ description: 'Citas por venir que un cliente puede tener cuando reserva él mismo; el personal le reserva más.', min: 1, max: 1000, example: 20 })
  citas_por_cliente: number;

  @Int({ description: 'Minutos que dura una reserva temporal.', min: 1, max: 60, example: 10 })
  minutos_reserva_temporal: number;

  @Int({ description: 'Minutos de retraso que aún cuentan como puntual.', min: 0, max: 120, example: 5 })
  tolerancia_minutos: number;

  @Bool({ description: 'Las reservas nacen confirmadas.', example: false })
  confirmacion_automatica: boolean;

  @Bool({ description: 'Un empleado que es profesional cambia también las citas de los demás; quien no lo es (recepción), siempre.', example: false })
  empleados_gestionan_agenda: boolean;

  @Bool({ description: 'Los admin inician sesión con segundo factor. Solo un admin lo cambia; las sesiones ya abiertas siguen.', example: false })
  segundo_factor_obligatorio: boolean;

  @Int({ description: 'Días que se guardan las conversaciones; null las guarda siempre.', min: 1, max: 3650, nullable: true, example: 180 })
  retencion_chat_dias: number | null;

  @Bool({ description: 'Se recuerdan las citas a sus clientes.', example: true })
  recordatorios_activos: boolean;

  @IntList({ description: 'Cuántos minutos antes de una cita se recuerda, de 15 a 20160 (14 días); se devuelven de mayor a menor.', from: 15, to: 20_160, min: 1, max: 5, example: [1440, 120] })
  recordatorios_minutos: number[];

  @Hora({ description: 'Desde esta hora local y hasta `silencio_hasta`, pase o no por medianoche, no sale ningún recordatorio ni petición de opinión; ambas null: a cualquier hora.', nullable: true, example: '21:00' })
  silencio_desde: string | null;

  @Hora({ description: 'Fin de las horas de silencio.', nullable: true, example: '08:00' })
  silencio_hasta: string | null;

  @Int({ description: 'Minutos tras completarse una cita para pedir la opinión de su cliente; null: no se pide.', min: 0, max: 1440, nullable: true, example: 60 })
  feedback_minutos: number | null;

  @Int({ description: 'Minutos tras el inicio para marcar no_asistio a quien no llegó; null: solo lo marca una persona.', min: 5, max: 1440, nullable: true, example: null })
  inasistencia_minutos: number | null;
}

export class CambiarOrganizacion extends Changes(AjustesOrganizacion) {}

export class Organizacion extends AjustesOrganizacion {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre único en sus direcciones públicas.', max: 60, example: 'barberia-centro' })
  codigo_tenant: string;

  @OneOf(Object.values(plan_tipo), { description: 'Plan contratado.', name: 'plan_tipo', example: 'trial' })
  plan_actual: plan_tipo;

  @Bool({ description: 'En servicio.' })
  activo: boolean;

  @Instante({ description: 'Registro.' })
  creado_en: Date;

  @Instante({ description: 'Último cambio.' })
  actualizado_en: Date;
}
