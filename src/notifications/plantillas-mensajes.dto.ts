import { Bool, Id, Nested, OneOf, Text, TextList } from '../http/fields.js';
import { VARIABLES } from './plantillas-mensajes.motor.js';
import { CANALES_MENSAJES, EVENTOS_MENSAJES, type CanalMensajes, type EventoMensajes } from './plantillas-mensajes.textos.js';
import type { Lengua } from './mensajes.textos.js';

const IDIOMAS = ['es', 'en', 'pt'] as const;
const CUERPO = 'Hola, {{cliente_nombre}}: le esperamos el {{fecha}} a las {{hora}}. {{negocio}}';

const Evento = () => OneOf(EVENTOS_MENSAJES, { description: 'Qué se cuenta al cliente. `respuesta-…` contesta lo que él escribió.', name: 'evento_mensajes', example: 'recordatorio-cita' });
const CanalDe = () => OneOf(CANALES_MENSAJES, { description: 'Por dónde sale.', name: 'canal_mensajes', example: 'whatsapp' });
const Idioma = (optional: boolean) => OneOf(IDIOMAS, { description: 'Idioma; por defecto, el de la organización, que es el que se envía.', optional, example: 'es' });

export class FiltroPlantillasMensajes {
  @OneOf(IDIOMAS, { description: 'Idioma; por defecto, el de la organización.', optional: true, query: true })
  idioma?: Lengua;
}

export class GuardarPlantillaMensajes {
  @Evento()
  evento: EventoMensajes;

  @CanalDe()
  canal: CanalMensajes;

  @Idioma(true)
  idioma?: Lengua;

  @Text({ description: 'Asunto, solo de un correo.', max: 200, optional: true, nullable: true, example: null })
  asunto?: string | null;

  @Text({ description: 'El mensaje, con `{{variables}}`. Una línea cuyas variables están todas vacías no se envía.', max: 4000, example: CUERPO })
  cuerpo: string;

  @Bool({ description: 'false: esto no se cuenta por este canal.', optional: true, default: true })
  activo?: boolean;

  @Bool({ description: 'De un correo: solo cuando no puede salir por WhatsApp. false: siempre, además.', optional: true, default: true })
  solo_respaldo?: boolean;
}

export class PlantillaMensajes {
  @Id({ description: 'Identificador; null, si es la de Franja.', nullable: true })
  id: number | null;

  @Evento()
  evento: EventoMensajes;

  @CanalDe()
  canal: CanalMensajes;

  @Idioma(false)
  idioma: Lengua;

  @Text({ description: 'Asunto de un correo.', max: 200, nullable: true, example: null })
  asunto: string | null;

  @Text({ description: 'El mensaje.', max: 4000, example: CUERPO })
  cuerpo: string;

  @Bool({ description: 'Se envía.' })
  activo: boolean;

  @Bool({ description: 'De un correo: solo cuando no puede salir por WhatsApp.' })
  solo_respaldo: boolean;
}

export class ListaPlantillasMensajes {
  @Nested(() => PlantillaMensajes, { description: 'Una por evento y canal: la propia, o la de Franja.', list: { min: 0, max: 100 } })
  elementos: PlantillaMensajes[];

  @TextList({ description: 'Las variables que una plantilla puede nombrar.', max: 50, each: /^\w+$/, example: VARIABLES.slice(0, 3) })
  variables: readonly string[];
}

export class VistaPrevia {
  @Evento()
  evento: EventoMensajes;

  @CanalDe()
  canal: CanalMensajes;

  @Idioma(true)
  idioma?: Lengua;

  @Text({ description: 'Asunto que probar; sin él, el vigente.', max: 200, optional: true, example: 'Su cita: {{fecha}}' })
  asunto?: string;

  @Text({ description: 'Mensaje que probar; sin él, el vigente.', max: 4000, optional: true, example: CUERPO })
  cuerpo?: string;

  @Id({ description: 'Con los datos de esta cita; sin ella, con unos de muestra.', none: true })
  cita_id?: number;
}

export class MensajePrevio {
  @Text({ description: 'Asunto de un correo.', max: 200, nullable: true, example: null })
  asunto: string | null;

  @Text({ description: 'El mensaje como llegaría.', max: 20_000, example: 'Hola, José: le esperamos el lunes, 15 de marzo a las 9:00 a. m. Barbería Centro' })
  cuerpo: string;
}
