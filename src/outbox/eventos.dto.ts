import { estado_cita, industria_tipo, plan_tipo, rol_usuario } from '../generated/prisma/enums.js';
import { Bool, Email, Fecha, Hora, Id, Instante, Int, Money, Nested, OneOf, Telefono, Text } from '../http/fields.js';

const ORIGENES = ['recepcion', 'web', 'whatsapp', 'telefono', 'api'] as const;

export class OrganizacionDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Su nombre en las direcciones públicas.', max: 60, example: 'barberia-central' })
  codigo_tenant: string;

  @Text({ description: 'Nombre del negocio.', max: 150, example: 'Barbería Central' })
  nombre_comercial: string;

  @OneOf(Object.values(industria_tipo), { description: 'A qué se dedica.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @Email({ description: 'Correo de su administración.' })
  email_admin: string;

  @Telefono({ description: 'Teléfono, E.164.', nullable: true })
  telefono: string | null;

  @Text({ description: 'Sitio web.', max: 300, nullable: true, example: 'https://example.com' })
  sitio_web: string | null;

  @Text({ description: 'Dirección.', max: 300, nullable: true, example: 'Calle 10 # 5-20' })
  direccion: string | null;

  @Text({ description: 'Ciudad.', max: 100, nullable: true, example: 'Bogotá' })
  ciudad: string | null;

  @Text({ description: 'País, ISO 3166-1.', max: 2, example: 'CO' })
  pais: string;

  @Text({ description: 'Zona horaria, IANA.', max: 60, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Lengua en que habla con sus clientes.', max: 2, example: 'es' })
  idioma: string;

  @Text({ description: 'Moneda, ISO 4217.', max: 3, example: 'COP' })
  moneda: string;
}

export class CitaDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Código que el cliente puede dictar.', max: 7, example: 'NBQJHD9' })
  codigo_cita: string;

  @OneOf(Object.values(estado_cita), { description: 'Estado tras lo que pasó.', name: 'estado_cita', example: 'confirmada' })
  estado: estado_cita;

  @Instante({ description: 'Inicio.' })
  inicia_en: string;

  @Instante({ description: 'Fin.', example: '2027-03-15T14:30:00.000Z' })
  termina_en: string;

  @Fecha({ description: 'Fecha en `zona_horaria`.' })
  fecha_cita: string;

  @Hora({ description: 'Hora de inicio en `zona_horaria`.' })
  hora_inicio: string;

  @Hora({ description: 'Hora de fin en `zona_horaria`; 24:00, la medianoche que acaba el día.', example: '09:30', untilMidnight: true })
  hora_fin: string;

  @Text({ description: 'Zona horaria de la organización, IANA.', max: 60, example: 'America/Bogota' })
  zona_horaria: string;

  @Money({ description: 'Precio.', example: '25000.00' })
  precio_servicio: string;

  @Money({ description: 'Descuento.', example: '0.00' })
  descuento: string;

  @Money({ description: 'Precio menos descuento.', example: '25000.00' })
  precio_final: string;

  @Text({ description: 'Moneda, ISO 4217.', max: 3, example: 'COP' })
  moneda: string;

  @OneOf(ORIGENES, { description: 'Por dónde se reservó.', example: 'web' })
  origen: (typeof ORIGENES)[number];

  @Int({ description: 'Veces que se movió.', min: 0, max: 32767, example: 0 })
  veces_reprogramada: number;

  @Text({ description: 'Lo que escribió el cliente al reservar.', max: 1000, nullable: true, example: null })
  notas_cliente: string | null;

  @Text({ description: 'Por qué se canceló.', max: 500, nullable: true, example: null })
  motivo_cancelacion: string | null;
}

export class ClienteDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 150, example: 'María Muñoz' })
  nombre: string;

  @Email({ description: 'Correo.', nullable: true })
  email: string | null;

  @Telefono({ description: 'Teléfono, E.164.', nullable: true })
  telefono: string | null;

  @Bool({ description: 'Si acepta mensajes: si no, no le escriba.', example: true })
  acepta_mensajes: boolean;
}

export class ProfesionalDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 150, example: 'Juan Pérez' })
  nombre_completo: string;

  @Text({ description: 'Oficio.', max: 50, example: 'barbero' })
  tipo_profesional: string;

  @Email({ description: 'Correo.', nullable: true, example: 'juan@example.com' })
  email: string | null;

  @Telefono({ description: 'Teléfono, E.164.', nullable: true })
  telefono: string | null;
}

export class ServicioDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 120, example: 'Corte' })
  nombre: string;

  @Text({ description: 'Categoría.', max: 80, nullable: true, example: 'Cabello' })
  categoria: string | null;

  @Int({ description: 'Duración habitual, en minutos; la de esta cita va de `inicia_en` a `termina_en`.', min: 5, max: 720, example: 30 })
  duracion_minutos: number;
}

export class AutorDeEvento {
  @Id({ description: 'Usuario; null, un cliente que contestó por WhatsApp.', nullable: true })
  usuario_id: number | null;

  @OneOf(Object.values(rol_usuario), { description: 'Su rol: cliente, o alguien del negocio.', name: 'rol_usuario', example: 'cliente' })
  rol: rol_usuario;
}

/** What a message about a cita needs: nobody has to ask back. */
export class DatosCita {
  @Nested(() => CitaDeEvento, { description: 'La cita, como quedó.' })
  cita: CitaDeEvento;

  @Nested(() => ClienteDeEvento, { description: 'Quién viene.' })
  cliente: ClienteDeEvento;

  @Nested(() => ProfesionalDeEvento, { description: 'Quién atiende.' })
  profesional: ProfesionalDeEvento;

  @Nested(() => ServicioDeEvento, { description: 'Qué se hace.' })
  servicio: ServicioDeEvento;

  @Nested(() => OrganizacionDeEvento, { description: 'El negocio.' })
  organizacion: OrganizacionDeEvento;

  @Nested(() => AutorDeEvento, { description: 'Quién lo hizo; null, si fue el reloj.', nullable: true })
  autor: AutorDeEvento | null;
}

export class CitaAnterior {
  @Id({ description: 'Profesional de antes.' })
  profesional_id: number;

  @Instante({ description: 'Inicio de antes.', example: '2027-03-12T14:00:00.000Z' })
  inicia_en: string;

  @Instante({ description: 'Fin de antes.', example: '2027-03-12T14:30:00.000Z' })
  termina_en: string;

  @Fecha({ description: 'Fecha de antes.', example: '2027-03-12' })
  fecha_cita: string;

  @Hora({ description: 'Hora de inicio de antes.' })
  hora_inicio: string;

  @Hora({ description: 'Hora de fin de antes.', example: '09:30', untilMidnight: true })
  hora_fin: string;
}

export class DatosReprogramada extends DatosCita {
  @Nested(() => CitaAnterior, { description: 'Cuándo y con quién era.' })
  anterior: CitaAnterior;
}

export class RecordatorioDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Int({ description: 'Cuál de los recordatorios del negocio es: cuántos minutos antes de la cita.', min: 15, max: 20_160, example: 1440 })
  minutos_antes: number;

  @Instante({ description: 'Cuándo debía salir.' })
  programado_para: string;

  @Int({ description: 'Minutos que faltaban al salir.', min: 0, max: 20_160, example: 1438 })
  faltan_minutos: number;
}

export class DatosRecordatorio extends DatosCita {
  @Nested(() => RecordatorioDeEvento, { description: 'El recordatorio.' })
  recordatorio: RecordatorioDeEvento;
}

export class AdministradorDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 150, example: 'Ana Torres' })
  nombre: string;

  @Email({ description: 'Correo.' })
  email: string;

  @Telefono({ description: 'Teléfono, E.164.', nullable: true })
  telefono: string | null;
}

export class DatosOrganizacion {
  @Nested(() => OrganizacionDeEvento, { description: 'El negocio.' })
  organizacion: OrganizacionDeEvento;

  @Nested(() => AdministradorDeEvento, { description: 'Quien la dio de alta.' })
  administrador: AdministradorDeEvento;
}

export class MensajeDeEvento {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(['whatsapp'], { description: 'Por dónde llegó.', example: 'whatsapp' })
  canal: 'whatsapp';

  @Telefono({ description: 'De quién, E.164; null, si WhatsApp lo oculta.', nullable: true })
  telefono: string | null;

  @Text({ description: 'El nombre que se puso en WhatsApp.', max: 150, nullable: true, example: 'María' })
  nombre: string | null;

  @OneOf(['texto', 'archivo'], { description: 'Si es un archivo, `texto` dice cuál, y su pie.', example: 'texto' })
  tipo: 'texto' | 'archivo';

  @Text({ description: 'Lo que escribió.', max: 5000, example: '¿Tienen hora mañana?' })
  texto: string;

  @Instante({ description: 'Cuándo lo escribió.' })
  enviado_en: string;
}

export class DatosMensaje {
  @Nested(() => MensajeDeEvento, { description: 'El mensaje.' })
  mensaje: MensajeDeEvento;

  @Nested(() => ClienteDeEvento, { description: 'El cliente de ese teléfono; null, si no hay.', nullable: true })
  cliente: ClienteDeEvento | null;

  @Nested(() => OrganizacionDeEvento, { description: 'El negocio.' })
  organizacion: OrganizacionDeEvento;
}

export class UsoDeEvento {
  @Text({ description: 'Qué se mide.', max: 20, example: 'citas_mes' })
  medida: string;

  @Int({ description: 'Lo que se usa.', min: 0, max: 2_147_483_647, example: 640 })
  uso: number;

  @Int({ description: 'Lo que admite el plan.', min: 0, max: 2_147_483_647, example: 800 })
  limite: number;

  @Text({ description: 'Uso del límite, en porcentaje.', max: 20, example: '80.00' })
  porcentaje: string;
}

export class DatosUso {
  @Nested(() => UsoDeEvento, { description: 'Qué límite, y cuánto se usa.' })
  uso: UsoDeEvento;

  @OneOf(Object.values(plan_tipo), { description: 'Plan.', name: 'plan_tipo', example: 'basico' })
  plan: plan_tipo;

  @OneOf(Object.values(plan_tipo), { description: 'El plan más barato que serviría.', name: 'plan_tipo', nullable: true, example: 'profesional' })
  plan_sugerido: plan_tipo | null;

  @Nested(() => OrganizacionDeEvento, { description: 'El negocio.' })
  organizacion: OrganizacionDeEvento;
}

export class DatosPrueba {
  @Id({ description: 'El destino que se prueba.' })
  destino_id: number;

  @Nested(() => OrganizacionDeEvento, { description: 'El negocio.' })
  organizacion: OrganizacionDeEvento;
}

/** What each one is, and what its `datos` are. In the order of a cita's life. */
export const CATALOGO: Record<string, { resumen: string; datos: new () => object }> = {
  'organizacion-creada': { resumen: 'Se registró una organización', datos: DatosOrganizacion },
  'cita-creada': { resumen: 'Se reservó una cita; `cita.estado` dice si nació confirmada, que no es otro evento', datos: DatosCita },
  'cita-confirmada': { resumen: 'Se confirmó una cita pendiente', datos: DatosCita },
  'cita-reprogramada': { resumen: 'Cambió de hora o de profesional', datos: DatosReprogramada },
  'cita-cancelada': { resumen: 'Se canceló', datos: DatosCita },
  'cita-completada': { resumen: 'Terminó', datos: DatosCita },
  'cita-no-asistio': { resumen: 'El cliente no vino', datos: DatosCita },
  'recordatorio-cita': { resumen: 'Se acerca: es la hora de recordarla', datos: DatosRecordatorio },
  'solicitar-feedback': { resumen: 'Terminó hace un rato: es la hora de pedir una calificación', datos: DatosCita },
  'uso-cercano-limite': { resumen: 'Se usa el 80 % de un límite del plan; una vez por mes y límite', datos: DatosUso },
  'limite-alcanzado': { resumen: 'Se usa todo un límite del plan; una vez por mes y límite', datos: DatosUso },
  'mensaje-recibido': { resumen: 'Alguien escribió por WhatsApp algo que no es una respuesta a un recordatorio', datos: DatosMensaje },
  prueba: { resumen: 'Alguien pidió probar el destino (POST /webhooks/{id}/ping)', datos: DatosPrueba },
};
