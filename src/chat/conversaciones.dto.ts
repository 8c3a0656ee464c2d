import { Id, Instante, Nested, OneOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

export const CANALES = ['whatsapp', 'web', 'telefono', 'correo', 'otro'] as const;
const ROLES = ['cliente', 'agente', 'personal', 'herramienta', 'sistema'] as const;
const SESION = { description: 'La sesión, `<organizacion_id>:<…>`: `wa:` y el teléfono en E.164, `c:` y el id del cliente, `web:` y lo que sea.', example: '1:wa:+573001234567' };

export class FiltroConversaciones extends Page {
  @OneOf(CANALES, { description: 'Solo las de ese canal.', optional: true })
  canal?: (typeof CANALES)[number];
}

export class Conversacion {
  @Text({ ...SESION, max: 166 })
  sesion: string;

  @OneOf(CANALES, { description: 'Canal del último mensaje.', example: 'whatsapp' })
  canal: string;

  @OneOf(ROLES, { description: 'Quién escribió el último mensaje.', example: 'cliente' })
  ultimo_rol: string;

  @Text({ description: 'Comienzo del último mensaje.', min: 0, max: 200, example: '¿Tienen hora mañana?' })
  ultimo_contenido: string;

  @Instante({ description: 'Cuándo llegó.' })
  ultimo_mensaje_en: Date;
}

export class ListaConversaciones {
  @Nested(() => Conversacion, { description: 'Por último mensaje, la más reciente primero.', list: { min: 0, max: 200 } })
  elementos: Conversacion[];

  @Cursor()
  cursor: string | null;
}

export class CrearMensaje {
  @OneOf(['cliente', 'agente', 'personal'], { description: 'Quién habla: el cliente, el agente de IA, o una persona del negocio.', example: 'personal' })
  rol: 'cliente' | 'agente' | 'personal';

  @Text({ description: 'Texto, hasta 16.384 caracteres (64 KB).', max: 16_384, example: 'Sí, a las 10:30.' })
  contenido: string;

  @OneOf(CANALES, { description: 'Por dónde; sin él, el que diga la sesión.', optional: true, example: 'whatsapp' })
  canal?: (typeof CANALES)[number];

  @Text({ description: 'Identificador que le dio su canal: repetirlo en la conversación devuelve el mismo mensaje, sin otro.', max: 200, none: true, example: '3EB0C431C26A1916E07A' })
  externo_id?: string;
}

export class Mensaje {
  @Id({ description: 'Identificador.' })
  id: number;

  @OneOf(ROLES, { description: 'Quién habla; herramienta y sistema solo los escribe n8n.', example: 'cliente' })
  rol: string;

  @Text({ description: 'Texto.', min: 0, max: 1_048_576, example: '¿Tienen hora mañana?' })
  contenido: string;

  @OneOf(CANALES, { description: 'Por dónde.', example: 'whatsapp' })
  canal: string;

  @Id({ description: 'Quién lo agregó por la API; null si fue n8n.', nullable: true })
  usuario_id: number | null;

  @Text({ description: 'Identificador que le dio su canal.', max: 200, nullable: true, example: '3EB0C431C26A1916E07A' })
  externo_id: string | null;

  @Instante({ description: 'Cuándo.' })
  creado_en: Date;
}

export class ListaMensajes {
  @Nested(() => Mensaje, { description: 'Del más reciente al más antiguo.', list: { min: 0, max: 200 } })
  elementos: Mensaje[];

  @Cursor()
  cursor: string | null;
}
