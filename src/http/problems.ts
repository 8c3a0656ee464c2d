import { HttpException } from '@nestjs/common';

export interface Entry {
  status: number;
  es: string;
  en: string;
  /** The one field that it is about, so that a form marks it. */
  error?: FieldError;
}

/** Every `codigo` that an answer may carry. Stable: clients switch on it. `{0}` takes the first argument. */
export const PROBLEMS = {
  datos_invalidos: { status: 400, es: 'La solicitud tiene datos inválidos.', en: 'The request has invalid data.' },
  json_invalido: { status: 400, es: 'El cuerpo no es JSON válido.', en: 'The body is not valid JSON.' },
  referencia_invalida: { status: 400, es: 'Un identificador de la solicitud no existe.', en: 'An id in the request does not exist.' },
  regla_incumplida: { status: 400, es: 'Los datos incumplen la regla {0}.', en: 'The data break the rule {0}.' },
  cursor_invalido: { status: 400, es: 'El cursor no es válido: use el que devolvió la página anterior.', en: 'The cursor is not valid: use the one the previous page returned.', error: { campo: 'cursor', mensaje: 'pagina' } },
  hora_inexistente: { status: 400, es: 'Esa hora no existe: el cambio de horario la salta. Elija otra.', en: 'That time does not exist: the clock change skips it. Choose another.', error: { campo: 'hora_inicio', mensaje: 'saltada' } },
  hora_pasada: { status: 400, es: 'Esa hora ya pasó. Elija una futura.', en: 'That time has passed. Choose a future one.', error: { campo: 'hora_inicio', mensaje: 'pasada' } },
  rango_invalido: { status: 400, es: 'El rango de fechas no es válido: la primera no puede ser posterior a la última y, donde hay un máximo de días, no puede pasarlo.', en: 'The date range is not valid: the first date cannot be after the last and, where there is a maximum of days, it cannot exceed it.' },
  demasiados_inicios: { status: 400, es: 'Son más de {0} inicios. Pida menos días, un profesional, los primeros con `limite`, o las horas de cada día en /availability/days.', en: 'These are more than {0} starts. Ask for fewer days, one professional, the first ones with `limite`, or the hours of each day at /availability/days.' },
  servicio_no_ofrecido: { status: 400, es: 'Ese profesional no ofrece ese servicio: elija otro.', en: 'That professional does not give that service: choose another.', error: { campo: 'profesional_id', mensaje: 'no_ofrece' } },
  tipo_no_autorizado: { status: 400, es: 'Ese servicio no admite profesionales de ese tipo: cambie los tipos que admite, o quíteselo antes a quien lo da.', en: 'That service does not admit professionals of that type: change the types that it admits, or first take it from who gives it.' },
  reserva_no_corresponde: { status: 400, es: 'La reserva es de otro horario, profesional o servicio.', en: 'The hold is for another time, professional or service.', error: { campo: 'reserva_id', mensaje: 'de_otro' } },
  zona_horaria_invalida: { status: 400, es: 'La zona horaria debe ser un nombre IANA, como America/Bogota.', en: 'The time zone must be an IANA name such as America/Bogota.', error: { campo: 'zona_horaria', mensaje: 'zona' } },
  decimales_invalidos: { status: 400, es: 'El importe tiene más decimales que los de su moneda.', en: 'The amount has more decimals than its currency.' },
  reloj_no_disponible: { status: 400, es: 'X-Franja-Now solo se acepta fuera de producción, con un instante RFC 3339.', en: 'X-Franja-Now is accepted only outside production, with an RFC 3339 instant.' },
  clave_idempotencia_invalida: { status: 400, es: 'Idempotency-Key debe tener de 1 a 255 caracteres ASCII visibles.', en: 'Idempotency-Key must have 1 to 255 visible ASCII characters.' },
  firma_invalida: { status: 400, es: 'La firma no es de este cuerpo, o es vieja.', en: 'The signature is not of this body, or it is old.' },
  aviso_invalido: { status: 400, es: 'El aviso no tiene la forma que envía Evolution API.', en: 'The notice does not have the form that Evolution API sends.' },
  enlace_invalido: { status: 400, es: 'El enlace no es válido o ya se usó. Pida otro.', en: 'The link is not valid or was already used. Ask for another.', error: { campo: 'token', mensaje: 'no_sirve' } },
  no_autenticado: { status: 401, es: 'Falta un token de acceso válido.', en: 'A valid access token is missing.' },
  credenciales_invalidas: { status: 401, es: 'El correo o la contraseña no son correctos.', en: 'The e-mail or the password is not right.' },
  token_invalido: { status: 401, es: 'El token de renovación no es válido o ya se usó. Inicie sesión.', en: 'The refresh token is not valid or was already used. Sign in.', error: { campo: 'refresh_token', mensaje: 'no_sirve' } },
  codigo_invalido: { status: 401, es: 'El código no es correcto o ya no sirve. Pida otro.', en: 'The code is not right or no longer serves. Ask for another.', error: { campo: 'codigo', mensaje: 'no_sirve' } },
  segundo_factor_requerido: { status: 401, es: 'Falta el segundo factor: envíe `desafio` y un código a /auth/login/second-factor.', en: 'The second factor is missing: send `desafio` and a code to /auth/login/second-factor.' },
  segundo_factor_invalido: { status: 401, es: 'El código no es correcto, o ya se usó: espere al siguiente.', en: 'The code is not right, or was already used: wait for the next one.', error: { campo: 'codigo', mensaje: 'no_sirve' } },
  desafio_invalido: { status: 401, es: 'El desafío no es válido o ya venció. Inicie sesión de nuevo.', en: 'The challenge is not valid or has expired. Sign in again.', error: { campo: 'desafio', mensaje: 'no_sirve' } },
  limite_alcanzado: { status: 402, es: 'El plan de la organización no admite más. Elija uno mayor en /billing/plans, o desactive lo que ya no usa.', en: 'The plan of the organisation allows no more. Choose a larger one at /billing/plans, or deactivate what is no longer used.' },
  funcion_no_incluida: { status: 402, es: 'El plan de la organización no incluye esta función. Elija uno que la tenga en /billing/plans.', en: 'The plan of the organisation does not include this feature. Choose one that does at /billing/plans.' },
  subscripcion_suspendida: { status: 402, es: 'La subscripción de la organización está suspendida o terminó: se puede leer y cancelar citas. Su administrador la reactiva pagando o eligiendo un plan en /billing/subscription.', en: 'The subscription of the organisation is suspended or over: reading and cancelling appointments work. Its admin brings it back by paying or choosing a plan at /billing/subscription.' },
  debe_activar_segundo_factor: { status: 403, es: 'Su cuenta necesita un segundo factor para entrar: envíe `desafio` a /auth/login/second-factor/enroll.', en: 'Your account needs a second factor to sign in: send `desafio` to /auth/login/second-factor/enroll.' },
  prohibido: { status: 403, es: 'Su rol no permite esta operación.', en: 'Your role does not allow this operation.' },
  permiso_faltante: { status: 403, es: 'La clave no tiene el permiso {0}.', en: 'The key lacks the scope {0}.' },
  no_encontrado: { status: 404, es: 'No existe o no es de su organización.', en: 'It does not exist or is not in your organisation.' },
  metodo_no_permitido: { status: 405, es: 'Ese método no existe en esta ruta.', en: 'That method does not exist on this path.' },
  ultimo_admin: { status: 409, es: 'La organización quedaría sin un administrador activo.', en: 'The organisation would be left without an active admin.' },
  ya_existe: { status: 409, es: 'Ya existe uno igual.', en: 'One like it already exists.' },
  codigo_tenant_ocupado: { status: 409, es: 'Ese codigo_tenant ya está tomado. Elija otro.', en: 'That codigo_tenant is taken. Choose another.', error: { campo: 'codigo_tenant', mensaje: 'repetido' } },
  elija_organizacion: { status: 409, es: 'Esa cuenta está en varias organizaciones: repita con codigo_tenant.', en: 'That account is in several organisations: repeat with codigo_tenant.', error: { campo: 'codigo_tenant', mensaje: 'requerido' } },
  segundo_factor_activo: { status: 409, es: 'El segundo factor ya está activo.', en: 'The second factor is already active.' },
  segundo_factor_inactivo: { status: 409, es: 'No hay un segundo factor que confirmar o usar.', en: 'There is no second factor to confirm or use.' },
  demasiados_destinos: { status: 409, es: 'Ya hay {0} destinos: elimine uno.', en: 'There are {0} endpoints already: delete one.' },
  demasiadas_citas: { status: 409, es: 'Ya tiene {0} citas por venir, las que el negocio admite a cada cliente. Cancele una, o llame al negocio.', en: 'You have {0} appointments to come, as many as the business allows each client. Cancel one, or call the business.' },
  destino_inactivo: { status: 409, es: 'El destino no recibe: está pausado o desactivado. Reanúdelo antes.', en: 'The endpoint does not receive: it is paused or switched off. Resume it first.' },
  no_reenviable: { status: 409, es: 'Los mensajes a personas no se reenvían.', en: 'Messages to people are not sent again.' },
  segundo_factor_obligatorio: { status: 409, es: 'Su cuenta no puede quedar sin segundo factor.', en: 'Your account may not be without a second factor.' },
  sin_disponibilidad: { status: 409, es: 'Esa hora no está libre: está ocupada, fuera del horario del profesional o más allá de su agenda generada. Elija una de la disponibilidad.', en: 'That time is not free: taken, outside the hours of the professional, or beyond their generated agenda. Choose one from availability.', error: { campo: 'hora_inicio', mensaje: 'ocupada' } },
  reserva_vencida: { status: 409, es: 'La reserva temporal venció o se liberó, y esa hora ya no está libre.', en: 'The hold expired or was released, and that time is no longer free.', error: { campo: 'reserva_id', mensaje: 'vencida' } },
  transicion_invalida: { status: 409, es: 'La cita no puede pasar a ese estado desde el actual. Si ya terminó o se canceló, reserve otra.', en: 'The appointment cannot go to that state from the current one. If it is over or cancelled, book another.' },
  cita_no_movible: { status: 409, es: 'Solo se reprograma una cita pendiente o confirmada. Si ya terminó o se canceló, reserve otra.', en: 'Only a pending or confirmed appointment can be rescheduled. If it is over or cancelled, book another.' },
  llegada_antes_de_su_dia: { status: 409, es: 'Nadie llega antes del día de su cita.', en: 'Nobody arrives before the day of their appointment.' },
  inicio_antes_de_su_dia: { status: 409, es: 'Una cita no empieza antes de su día.', en: 'An appointment does not start before its day.' },
  aun_no_es_la_hora: { status: 409, es: 'Aún no es la hora de la cita: no puede marcarse como inasistencia.', en: 'It is not yet time for the appointment: it cannot be marked as a no-show.' },
  cita_no_calificable: { status: 409, es: 'Solo se califica una cita completada.', en: 'Only a completed appointment can be rated.' },
  ya_calificada: { status: 409, es: 'La cita ya fue calificada.', en: 'The appointment has already been rated.' },
  plazo_vencido: { status: 409, es: 'Ya pasó el plazo para cancelar o mover la cita. Llame al negocio.', en: 'The deadline to cancel or move the appointment has passed. Call the business.' },
  fuera_de_politica: { status: 409, es: 'El negocio no ofrece esa hora a sus clientes: falta antelación, está más allá de su horizonte o no es de las que ofrece.', en: 'The business does not offer that time to its clients: too soon, beyond its horizon, or not one of the times it offers.', error: { campo: 'hora_inicio', mensaje: 'no_se_ofrece' } },
  inactivo: { status: 409, es: 'El {0} está desactivado: actívelo o elija otro.', en: 'The {1} is deactivated: activate it or choose another.' },
  horario_solapado: { status: 409, es: 'El horario se solapa con otro del mismo profesional.', en: 'The hours overlap with others of the same professional.' },
  moneda_fija: { status: 409, es: 'La moneda no cambia cuando ya hay servicios.', en: 'The currency does not change once there are services.', error: { campo: 'moneda', mensaje: 'fija' } },
  clave_en_curso: { status: 409, es: 'Una solicitud con la misma Idempotency-Key está en curso. Reintente en unos segundos.', en: 'A request with the same Idempotency-Key is in progress. Retry in a few seconds.' },
  clave_revocada: { status: 409, es: 'La clave ya fue revocada. Cree otra.', en: 'The key has been revoked. Create another.' },
  rotacion_simultanea: { status: 409, es: 'Otra solicitud acaba de cambiar ese secreto: sirve el que ella respondió. Repita si aun así quiere otro.', en: 'Another request has just changed that secret: the one that it answered serves. Repeat if you want another all the same.' },
  plan_no_disponible: { status: 409, es: 'El plan {0} ya no está a la venta: elija otro.', en: 'The plan {0} is not for sale any more: choose another.', error: { campo: 'plan', mensaje: 'no_a_la_venta' } },
  uso_no_cabe: { status: 409, es: 'Lo que usa no cabe en el plan {0}: vea `medidas`, reduzca el uso o elija otro plan.', en: 'What you use does not fit in the plan {0}: see `medidas`, use less or choose another plan.' },
  sin_cambio: { status: 409, es: 'Ese ya es su plan.', en: 'That is your plan already.' },
  pago_pendiente: { status: 409, es: 'Hay un pago pendiente: páguelo antes de cambiar la subscripción.', en: 'There is a payment due: pay it before changing the subscription.' },
  cambio_simultaneo: { status: 409, es: 'Otra solicitud acaba de cambiar la subscripción. Consúltela y decida de nuevo.', en: 'Another request has just changed the subscription. Look at it and decide again.' },
  transicion_de_subscripcion: { status: 409, es: 'La subscripción no permite eso en su estado actual. Para volver a empezar, elija un plan en /billing/subscription/change.', en: 'The subscription does not allow that in its current state. To begin again, choose a plan at /billing/subscription/change.' },
  suspendida_por_plataforma: { status: 409, es: 'La plataforma suspendió la subscripción, y solo ella la levanta. Escríbale.', en: 'The platform suspended the subscription, and it alone can lift that. Write to it.' },
  factura_no_cobrable: { status: 409, es: 'La factura ya está pagada o anulada.', en: 'The invoice has been paid or voided.' },
  importe_no_coincide: { status: 409, es: 'El importe y la moneda del pago deben ser los de la factura.', en: 'The amount and the currency of the payment must be those of the invoice.' },
  pasarela_no_disponible: { status: 409, es: 'Este servidor no cobra en línea. Pida a quien lo administra que configure Stripe, o pague por otro medio.', en: 'This server takes no payments online. Ask whoever runs it to set up Stripe, or pay by other means.' },
  tarea_en_curso: { status: 409, es: 'Esa tarea ya se está ejecutando.', en: 'That task is already running.' },
  canal_no_disponible: { status: 409, es: 'Este servidor no envía mensajes por ese canal. Pida a quien lo administra que lo configure.', en: 'This server sends no messages by that channel. Ask whoever runs it to set it up.' },
  whatsapp_desconectado: { status: 409, es: 'El WhatsApp del negocio no está conectado. Conéctelo con su código QR.', en: 'The WhatsApp of the business is not connected. Connect it with its QR code.' },
  numero_sin_whatsapp: { status: 409, es: 'Ese número no tiene WhatsApp.', en: 'That number has no WhatsApp.', error: { campo: 'telefono', mensaje: 'sin_whatsapp' } },
  enlace_vencido: { status: 410, es: 'El enlace venció. Pida otro.', en: 'The link has expired. Ask for another.', error: { campo: 'token', mensaje: 'no_sirve' } },
  cuerpo_muy_grande: { status: 413, es: 'El cuerpo supera el tamaño permitido.', en: 'The body is larger than allowed.' },
  tipo_no_admitido: { status: 415, es: 'Envíe el cuerpo como application/json.', en: 'Send the body as application/json.' },
  clave_reutilizada: { status: 422, es: 'Esa Idempotency-Key ya se usó con otra solicitud.', en: 'That Idempotency-Key was already used with another request.' },
  demasiadas_solicitudes: { status: 429, es: 'Demasiadas solicitudes. Reintente en {0} segundos.', en: 'Too many requests. Retry in {0} seconds.' },
  error_interno: { status: 500, es: 'Error interno. Ya quedó registrado.', en: 'Internal error. It has been logged.' },
  conversaciones_no_disponibles: { status: 503, es: 'Este servidor no guarda conversaciones. Pida a quien lo administra que configure CHAT_DATABASE_URL.', en: 'This server keeps no conversations. Ask whoever runs it to set CHAT_DATABASE_URL.' },
  no_listo: { status: 503, es: 'Este proceso no puede atender ahora: vea `fallan`.', en: 'This process cannot serve just now: see `fallan`.' },
  no_disponible: { status: 503, es: 'Servicio ocupado. Reintente en unos segundos.', en: 'Service busy. Retry in a few seconds.' },
  pasarela_no_responde: { status: 503, es: 'El servicio de pagos no respondió como debía. Reintente en unos minutos.', en: 'The payment service did not answer as it should. Retry in a few minutes.' },
  whatsapp_no_responde: { status: 503, es: 'El servidor de WhatsApp no respondió como debía. Reintente en unos minutos.', en: 'The WhatsApp server did not answer as it should. Retry in a few minutes.' },
} as const satisfies Record<string, Entry>;

export type Codigo = keyof typeof PROBLEMS;
export type Idioma = 'es' | 'en';

/** What is wrong with one field. `mensaje` is `code|argument|…` of FIELD_MESSAGES. */
export interface FieldError {
  campo: string;
  mensaje: string;
}

/** How much of a limit is left. */
export interface Quota {
  limit: number;
  remaining: number;
  /** Seconds until it is whole again. */
  reset: number;
}

/** An answer that is not a success. Thrown anywhere; the filter turns it into application/problem+json. */
export class Problem extends HttpException {
  constructor(
    readonly codigo: Codigo,
    readonly more: { args?: string[]; errores?: FieldError[]; extra?: Record<string, unknown>; quota?: Quota } = {},
  ) {
    super(codigo, PROBLEMS[codigo].status);
  }
}

/** A limit is used up. */
export const tooMany = (quota: Quota) => new Problem('demasiadas_solicitudes', { args: [String(quota.reset)], quota });

/** The problem of one field that only a service can judge. */
export function fieldProblem(campo: string, mensaje: string): Problem {
  return new Problem('datos_invalidos', { errores: [{ campo, mensaje }] });
}

/** A range, by the names of its ends. `maximo_dias`, both ends counted. */
export const badRange = (desde: string, hasta: string, maximo_dias?: number) =>
  new Problem('rango_invalido', { errores: [{ campo: hasta, mensaje: maximo_dias ? `rango|${desde}|${maximo_dias}` : `no_antes|${desde}` }], extra: { maximo_dias } });

/** What another has already, and only one may have. */
export const repeated = (campo: string) => new Problem('ya_existe', { errores: [{ campo, mensaje: 'repetido' }] });

const missing = (campos: string[]) => ({ errores: campos.map((campo) => ({ campo, mensaje: 'existente' })) });

/** Ids of the request that are nobody's, or not the organisation's. */
export const absent = (...campos: string[]) => new Problem('referencia_invalida', missing(campos));

/** The same where without them nothing is there. */
export const notFound = (...campos: string[]) => new Problem('no_encontrado', missing(campos));

/** That of who is signed in; of who signs in nobody says whether it is the e-mail or the password. */
export const wrongPassword = (campo: string) => new Problem('credenciales_invalidas', { errores: [{ campo, mensaje: 'incorrecta' }] });

const CHOICES = { profesional_id: ['profesional', 'professional'], servicio_id: ['servicio', 'service'], servicio_ids: ['servicio', 'service'], cliente_id: ['cliente', 'client'] };

/** What the request chose is deactivated: of three choices a form marks the one. */
export const inactive = (campo: keyof typeof CHOICES) => new Problem('inactivo', { args: CHOICES[campo], errores: [{ campo, mensaje: 'inactivo' }] });

export const FIELD_MESSAGES: Record<string, Record<Idioma, string>> = {
  requerido: { es: 'es obligatorio', en: 'is required' },
  desconocido: { es: 'no se reconoce: quítelo', en: 'is not recognised: remove it' },
  texto: { es: 'debe ser texto sin caracteres nulos', en: 'must be text without null characters' },
  longitud: { es: 'debe tener de {0} a {1} caracteres', en: 'must have {0} to {1} characters' },
  formato: { es: 'debe tener el formato {0}', en: 'must have the form {0}' },
  entero: { es: 'debe ser un entero de {0} a {1}', en: 'must be an integer from {0} to {1}' },
  multiplo: { es: 'debe ser múltiplo de {0}', en: 'must be a multiple of {0}' },
  decimal: { es: 'debe ser un importe en texto, como "150.00"', en: 'must be an amount as text, such as "150.00"' },
  decimales: { es: 'su moneda admite a lo sumo {0} decimales', en: 'its currency has {0} decimals at most' },
  porcentaje: { es: 'debe ser un porcentaje en texto de {0} a {1}, como "12.50"', en: 'must be a percentage as text from {0} to {1}, such as "12.50"' },
  fecha: { es: 'debe ser una fecha que exista, AAAA-MM-DD', en: 'must be a date that exists, YYYY-MM-DD' },
  hora: { es: 'debe ser una hora HH:MM de 24 horas', en: 'must be a 24-hour time HH:MM' },
  instante: { es: 'debe ser un instante RFC 3339 con zona', en: 'must be an RFC 3339 instant with offset' },
  correo: { es: 'debe ser un correo electrónico', en: 'must be an e-mail address' },
  telefono: { es: 'debe ser un teléfono válido, mejor con prefijo internacional', en: 'must be a valid phone number, better with its international prefix' },
  valores: { es: 'debe ser uno de: {0}', en: 'must be one of: {0}' },
  booleano: { es: 'debe ser true o false', en: 'must be true or false' },
  lista: { es: 'debe ser una lista de {0} a {1} elementos', en: 'must be a list of {0} to {1} items' },
  distintos: { es: 'no puede repetir elementos', en: 'cannot repeat items' },
  objeto: { es: 'debe ser un objeto JSON', en: 'must be a JSON object' },
  existente: { es: 'no existe', en: 'does not exist' },
  inactivo: { es: 'está desactivado', en: 'is deactivated' },
  no_sirve: { es: 'no es correcto, o ya se usó o venció', en: 'is not right, or was used or has expired' },
  incorrecta: { es: 'no es la de la cuenta', en: 'is not that of the account' },
  sin_whatsapp: { es: 'no tiene WhatsApp', en: 'has no WhatsApp' },
  igual: { es: 'debe ser {0}', en: 'must be {0}' },
  repetido: { es: 'ya lo tiene otro', en: 'is taken by another' },
  pagina: { es: 'no es el que devolvió la página anterior', en: 'is not the one that the previous page returned' },
  ocupada: { es: 'no está libre', en: 'is not free' },
  pasada: { es: 'ya pasó', en: 'has passed' },
  saltada: { es: 'no existe: el cambio de horario la salta', en: 'does not exist: the clock change skips it' },
  no_se_ofrece: { es: 'no se ofrece a los clientes', en: 'is not offered to clients' },
  no_ofrece: { es: 'no ofrece ese servicio', en: 'does not give that service' },
  de_otro: { es: 'es de otro horario, profesional o servicio', en: 'is for another time, professional or service' },
  vencida: { es: 'venció o se liberó', en: 'expired or was released' },
  fija: { es: 'no cambia cuando ya hay servicios', en: 'does not change once there are services' },
  no_a_la_venta: { es: 'ya no está a la venta', en: 'is not for sale any more' },
  solapa: { es: 'se solapa con {0} ({1}–{2})', en: 'overlaps with {0} ({1}–{2})' },
  orden: { es: 'debe ser posterior a {0}', en: 'must be after {0}' },
  maximo: { es: 'no puede superar {0}', en: 'cannot exceed {0}' },
  pais: { es: 'debe ser un país ISO 3166-1 de dos letras, como CO', en: 'must be an ISO 3166-1 country of two letters, such as CO' },
  zona: { es: 'debe ser una zona horaria IANA, como America/Bogota', en: 'must be an IANA time zone such as America/Bogota' },
  futuro: { es: 'debe ser un instante futuro', en: 'must be an instant in the future' },
  no_futuro: { es: 'no puede estar en el futuro', en: 'cannot be in the future' },
  fecha_pasada: { es: 'debe ser una fecha pasada', en: 'must be a past date' },
  tipo_ajeno: { es: 'no corresponde: el servicio {1} no admite {0}', en: 'does not fit: the service {1} does not admit {0}' },
  tipo_en_uso: { es: 'deja fuera {0}: alguien de ese tipo lo da', en: 'leaves out {0}: somebody of that type gives it' },
  combinacion: { es: 'no se admite junto con {0}', en: 'is not allowed together with {0}' },
  comun: { es: 'es una contraseña muy común, o el nombre del correo o del negocio: elija otra', en: 'is a very common password, or the name of the e-mail or the business: choose another' },
  url_con_clave: { es: 'no puede llevar usuario ni contraseña', en: 'cannot carry a user or a password' },
  url_privada: { es: 'no puede apuntar a una red privada', en: 'cannot point at a private network' },
  url_desconocida: { es: 'no tiene una dirección: revise el nombre', en: 'has no address: check the name' },
  silencio: { es: 'va con {0}: dos horas distintas, o ambas null, que dejen al menos 4 horas del día', en: 'goes with {0}: two different times, or both null, that leave at least 4 hours of the day' },
  variable: { es: 'nombra la variable {0}, que no existe: use {1}', en: 'names the variable {0}, which does not exist: use {1}' },
  llaves: { es: 'tiene llaves que no nombran una variable: {0}', en: 'has braces that name no variable: {0}' },
  rango: { es: 'no puede ser anterior a {0}; en total, a lo sumo {1} días', en: 'cannot be before {0}; {1} days in all, at most' },
  no_antes: { es: 'no puede ser anterior a {0}', en: 'cannot be before {0}' },
};
