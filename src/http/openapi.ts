import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { estado_cita } from '../generated/prisma/enums.js';
import { describirEventos, MODELOS } from '../outbox/eventos.openapi.js';
import { IDEMPOTENCY_KEY_FORM } from './fields.js';
import { problemResponse } from './returns.js';
import { PROBLEMS, type Codigo } from './problems.js';

export const API = '/api/v1';

const description = `Agenda multi-tenant para barberías, spas, consultorios, gimnasios, veterinarias y talleres.

- **Nombres**: las claves JSON son las columnas de la base de datos.
- **Tiempo**: \`fecha\` es AAAA-MM-DD y \`hora_*\` HH:MM, en la zona horaria de la organización; los instantes son RFC 3339 con zona.
- **Texto**: sin los espacios de sus extremos; el que solo tiene espacios es vacío.
- **Dinero**: decimal en texto, con su \`moneda\` (ISO 4217).
- **Listas**: por cursor; pase \`cursor\` de una página para pedir la siguiente.
- **Errores**: RFC 9457, \`application/problem+json\`, con un \`codigo\` estable. Español, o inglés con \`Accept-Language: en\`.
- **Claves de API**: las integraciones envían \`X-API-Key: frj_…\`, o la clave como token. \`x-scope\` de una operación es el permiso que pide; sin él, es solo para personas.
- **Idempotency-Key**: en todo POST con token, salvo donde viaja un secreto; la misma clave y el mismo cuerpo devuelven la misma respuesta.
- **/organizations/{organizacionId}/…**: cada GET con token existe también bajo la organización, comprobada contra el token.
- **ETag**: lo de \`/public/…\` y la disponibilidad lo traen; con \`If-None-Match\`, que los navegadores envían solos, se responde 304 mientras no cambie. Al volver atrás, un navegador muestra lo que guardó sin preguntar; con \`cache: 'no-cache'\`, \`fetch\` pregunta siempre.
- **Límites**: \`RateLimit-Limit\`, \`-Remaining\` y \`-Reset\` dicen cuánto queda; un 429 trae \`Retry-After\` en segundos.
- **franja-version**: si hay réplicas de lectura, la trae la respuesta de lo que se escribió. Enviarla en un GET asegura que la respuesta ya lo incluye, sea quien sea el que la envía y por la instancia que sea.
- **X-Franja-Now**: fuera de producción, mueve el reloj de una solicitud (instante RFC 3339).`;

/** In the order in which a reader comes to them. */
const GROUPS = {
  auth: 'Registro, inicio de sesión, segundo factor, contraseñas y sesiones.',
  users: 'Las cuentas de la organización y sus invitaciones.',
  organizations: 'Los datos y ajustes del negocio; y, bajo su id, cada GET con token.',
  setup: 'Para empezar: servicios de plantilla.',
  services: 'Lo que se ofrece: duración, precio, márgenes.',
  professionals: 'Quién atiende, y qué servicios da.',
  schedules: 'Las horas de cada quien, los feriados y los bloqueos, y las franjas que salen de ellos.',
  availability: 'Qué horas están libres, y las reservas temporales.',
  clients: 'Las fichas de los clientes.',
  appointments: 'Las citas: reservar, mover, cancelar, atender, calificar.',
  public: 'Lo que un negocio muestra a cualquiera, sin token.',
  dashboard: 'Cómo va el negocio.',
  audit: 'Quién cambió qué, y cuándo.',
  'message-templates': 'Los textos que el negocio envía.',
  whatsapp: 'El WhatsApp del negocio y lo que llega por él.',
  conversations: 'Las conversaciones con los clientes y la memoria del asistente.',
  'api-keys': 'Claves de las integraciones.',
  webhooks: 'A quién se avisa de lo que pasa, y qué se le entregó.',
  billing: 'El plan del negocio, su uso y sus facturas.',
  admin: 'La plataforma, para super_admin.',
  health: 'Cómo está el proceso.',
};

const PROBLEMA = {
  type: 'object',
  description: 'Problema según RFC 9457.',
  required: ['type', 'title', 'status', 'codigo', 'instance'],
  properties: {
    type: { type: 'string', example: 'urn:franja:problem:datos_invalidos' },
    title: { type: 'string', description: 'Qué pasó y cómo se arregla, en el idioma pedido.' },
    status: { type: 'integer', example: 400 },
    codigo: { type: 'string', description: 'Código estable: los clientes deciden por él.', enum: Object.keys(PROBLEMS) },
    instance: { type: 'string', description: 'Identificador de la solicitud, el mismo que `x-request-id`.' },
    regla: { type: 'string', description: 'La regla de la base de datos que se incumplió, si fue una.' },
    medida: { type: 'string', description: 'De `limite_alcanzado`: qué se mide.' },
    limite: { type: ['integer', 'null'], description: 'De `limite_alcanzado`: lo que admite el plan.' },
    uso: { type: 'integer', description: 'De `limite_alcanzado`: lo que se usa.' },
    funcion: { type: 'string', description: 'De `funcion_no_incluida`: cuál.' },
    plan: { type: ['string', 'null'], description: 'De `limite_alcanzado` y `funcion_no_incluida`: el plan actual, null si no hay. De `uso_no_cabe`: el pedido.' },
    plan_sugerido: { type: ['string', 'null'], description: 'El plan más barato que serviría.' },
    medidas: {
      type: 'array',
      description: 'De `uso_no_cabe`: las que se exceden.',
      items: {
        type: 'object',
        required: ['medida', 'uso', 'limite'],
        properties: { medida: { type: 'string' }, uso: { type: 'integer' }, limite: { type: 'integer' } },
      },
    },
    maximo_dias: { type: 'integer', description: 'De `rango_invalido`: los días que caben en el rango, si tienen un máximo.' },
    estado: { type: 'string', description: 'De un cambio de estado que no procede: el que tiene la cita.', enum: Object.values(estado_cita) },
    organizaciones: {
      type: 'array',
      description: 'De `elija_organizacion`: aquellas en que esa cuenta puede entrar.',
      items: {
        type: 'object',
        required: ['codigo_tenant', 'nombre_comercial'],
        properties: { codigo_tenant: { type: 'string' }, nombre_comercial: { type: 'string' } },
      },
    },
    fallan: { type: 'array', items: { type: 'string' }, description: 'De `no_listo`: qué falla.' },
    desafio: { type: 'string', description: 'Para el segundo factor, si el inicio de sesión lo pide.' },
    errores: {
      type: 'array',
      description: 'Uno por campo inválido.',
      items: {
        type: 'object',
        required: ['campo', 'codigo', 'mensaje'],
        properties: { campo: { type: 'string' }, codigo: { type: 'string' }, mensaje: { type: 'string' } },
      },
    },
  },
};

type Operation = { responses: Record<string, any>; parameters?: any[]; requestBody?: any; security?: any; description?: string; operationId?: string; tags?: string[]; 'x-roles'?: string[]; 'x-scope'?: string; 'x-own-transactions'?: boolean };

const takesKey = (method: string, operation: Operation) => method === 'post' && operation.security && !operation['x-own-transactions'];

/** Refused to a business without a live subscription, but for one's own account, the way back, and what super_admin does. */
const writesTheBusiness = (path: string, method: string) =>
  !['get', 'head'].includes(method) && (path.endsWith('/auth/register-client') || !/\/(auth|billing|admin|whatsapp\/inbound)\//.test(path)) && !path.endsWith('/cancel');

/** What every route may answer, by what it takes. What a route adds with @Fails stays. */
function commonProblems(path: string, method: string, operation: Operation): Codigo[] {
  const secured = !!operation.security;
  const taking = operation.requestBody || operation.parameters?.length;
  return [
    ...(taking ? (['datos_invalidos'] as const) : []),
    // What cannot be read is refused before anybody asks whether the route takes a body.
    ...(method === 'get' ? [] : (['json_invalido', 'cuerpo_muy_grande', 'tipo_no_admitido'] as const)),
    ...(secured ? (['no_autenticado', 'prohibido'] as const) : []),
    ...(operation['x-scope'] ? (['permiso_faltante'] as const) : []),
    ...(path.includes('{') ? (['no_encontrado'] as const) : []),
    ...(writesTheBusiness(path, method) ? (['subscripcion_suspendida'] as const) : []),
    ...(takesKey(method, operation) ? (['clave_en_curso', 'clave_reutilizada', 'clave_idempotencia_invalida'] as const) : []),
    'demasiadas_solicitudes',
    'no_disponible',
  ];
}

function addProblems(path: string, method: string, operation: Operation) {
  for (const codigo of commonProblems(path, method, operation)) {
    const { status, ...response } = problemResponse(PROBLEMS[codigo].status, [codigo]);
    const present = operation.responses[status];
    if (!present) operation.responses[status] = response;
    else {
      Object.assign(present.content['application/problem+json'].examples, response.content['application/problem+json'].examples);
      present.description += `\n\n${response.description}`;
    }
  }
}

/** @Scope names the resource; the document says the whole scope, and only where a key has a role to come in. */
function openToKeys(method: string, operation: Operation) {
  const { 'x-scope': scope, 'x-roles': roles = [] } = operation;
  if (!scope) return;
  delete operation['x-scope'];
  if (!roles.includes('propietario') && !roles.includes('empleado')) return;
  operation['x-scope'] = `${scope}:${method === 'get' ? 'read' : 'write'}`;
  operation.security = [...operation.security, { clave: [] }];
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Clave única de esta operación, de 1 a 255 caracteres ASCII visibles. Repetirla devuelve la misma respuesta sin repetir el efecto.',
  schema: { type: 'string', pattern: IDEMPOTENCY_KEY_FORM.source },
};

/** What stands in a path says no more in the code than its name and IdPipe. */
const IN_PATH: Record<string, string> = {
  id: 'Identificador.',
  servicioId: 'Identificador del servicio.',
  profesionalId: 'Identificador del profesional.',
  organizacionId: 'Identificador de la organización; al personal de otra se le responde 404.',
  codigo_cita: 'Código que se le dio al cliente, el `codigo_cita` de la cita.',
  sesion: 'La `sesion` de la conversación.',
  tarea: 'Nombre de la tarea, como en /admin/jobs.',
};

function describePath(operation: Operation) {
  for (const parameter of (operation.parameters ?? []).filter((one) => one.in === 'path')) {
    parameter.description ??= IN_PATH[parameter.name];
    if (parameter.schema.type === 'number') parameter.schema = { type: 'integer', minimum: 1 };
  }
}

const ORGANIZACION_ID = {
  name: 'organizacionId',
  in: 'path',
  required: true,
  description: IN_PATH.organizacionId,
  schema: { type: 'integer', minimum: 1 },
};

export function openApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Franja')
    .setDescription(description)
    .setVersion('1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', description: 'Un token de acceso, o una clave de API.' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Una clave de API, `frj_…`; se crean en /api-keys.' }, 'clave');
  for (const [name, text] of Object.entries(GROUPS)) config.addTag(name, text);
  const document = SwaggerModule.createDocument(app, config.build(), {
    extraModels: MODELOS,
    autoTagControllers: false, // a controller whose routes stand in several groups would stand in one of its own too
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problema: PROBLEMA as any } };
  describirEventos(document);
  for (const [path, item] of Object.entries(document.paths)) {
    const operations = item as Record<string, Operation>;
    for (const [method, operation] of Object.entries(operations)) {
      if (takesKey(method, operation)) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
      openToKeys(method, operation);
      describePath(operation);
      addProblems(path, method, operation);
      const { 'x-roles': roles, 'x-scope': scope } = operation;
      if (roles) operation.description = [operation.description, `Roles: ${roles.join(', ')}.`, scope && `Clave de API: \`${scope}\`.`].filter(Boolean).join(' ');
    }
    // rewriteUrl (organization-path.ts) serves every GET with a token under its organisation too.
    const get = operations.get;
    if (get?.security && !path.startsWith(`${API}/organizations/`)) {
      const twin = structuredClone(get);
      twin.operationId += 'DeOrganizacion';
      twin.tags = ['organizations'];
      twin.parameters = [ORGANIZACION_ID, ...(twin.parameters ?? [])];
      addProblems('{', 'get', twin);
      document.paths[path.replace(API, `${API}/organizations/{organizacionId}`)] = { get: twin } as any;
    }
  }
  return document;
}
