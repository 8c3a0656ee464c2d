import { Id, Instante, Nested, Objeto, OneOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

const ACCIONES = ['alta', 'cambio', 'baja', 'acceso'] as const;

export class FiltroAuditoria extends Page {
  @Text({ description: 'Solo de esta tabla.', max: 60, pattern: /^[a-z_]+$/, form: 'citas', optional: true, example: 'citas' })
  tabla?: string;

  @Id({ description: 'Solo de esta fila; con `tabla`.', optional: true, query: true, example: 1 })
  registro_id?: number;

  @Id({ description: 'Solo lo que hizo este usuario.', optional: true, query: true, example: 1 })
  usuario_id?: number;

  @OneOf(ACCIONES, { description: 'Solo de esta clase.', optional: true, query: true, example: 'cambio' })
  accion?: (typeof ACCIONES)[number];

  @Instante({ description: 'Desde este instante.', optional: true })
  desde?: string;

  @Instante({ description: 'Hasta antes de este instante.', optional: true })
  hasta?: string;
}

export class Auditado {
  @Id({ description: 'Identificador; crece con el tiempo.' })
  id: number;

  @Instante({ description: 'Cuándo.' })
  ocurrido_en: Date;

  @OneOf(ACCIONES, { description: '`alta`, `cambio` o `baja` de una fila; `acceso`: la administración de la plataforma miró o trabajó aquí.', example: 'cambio' })
  accion: (typeof ACCIONES)[number];

  @Text({ description: 'Tabla; null en un acceso.', max: 60, nullable: true, example: 'usuarios' })
  tabla: string | null;

  @Id({ description: 'Fila de esa tabla.', nullable: true, example: 7 })
  registro_id: number | null;

  @Objeto({
    description: 'De un cambio, cada columna con su valor de antes y de después; de un secreto solo se dice que cambió.',
    nullable: true,
    example: { rol: ['empleado', 'propietario'] },
  })
  cambios: Record<string, [unknown, unknown]> | null;

  @Text({ description: 'De un acceso, su método y ruta.', max: 2000, nullable: true, example: null })
  ruta: string | null;

  @Id({ description: 'Quién; null, un visitante o el propio servidor.', nullable: true, example: 1 })
  usuario_id: number | null;

  @Text({ description: 'Su nombre hoy, si es de la organización.', max: 150, nullable: true, example: 'Ana Torres' })
  usuario_nombre: string | null;

  @Text({ description: 'Con qué rol.', max: 20, nullable: true, example: 'admin' })
  rol: string | null;

  @Text({ description: 'Desde qué dirección.', max: 45, nullable: true, example: '203.0.113.7' })
  ip: string | null;

  @Text({ description: 'El `x-request-id` de la respuesta.', max: 36, nullable: true, example: '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f' })
  solicitud: string | null;
}

export class ListaAuditoria {
  @Nested(() => Auditado, { description: 'De lo más reciente a lo más antiguo.', list: { min: 0, max: 200 } })
  elementos: Auditado[];

  @Cursor()
  cursor: string | null;
}
