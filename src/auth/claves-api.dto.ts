import { OmitType } from '@nestjs/swagger';
import { rol_usuario } from '../generated/prisma/enums.js';
import { PERMISOS, type Permiso } from '../http/access.js';
import { Bool, Changes, Id, Instante, Int, Nested, OneOf, SomeOf, Text } from '../http/fields.js';
import { Cursor } from '../http/page.js';

const ROLES = [rol_usuario.propietario, rol_usuario.empleado];
const EJEMPLO: Permiso[] = ['citas:read', 'citas:write', 'clientes:read'];

export class CrearClaveApi {
  @Text({ description: 'Para qué es; con este nombre aparece en la auditoría.', max: 150, example: 'n8n' })
  nombre: string;

  @OneOf(ROLES, { description: 'Lo que puede como mucho; siempre inferior al de quien la crea.', name: 'rol_clave', example: 'empleado' })
  rol: rol_usuario;

  @SomeOf(PERMISOS, { description: 'Lo que puede de eso; cada ruta dice en `x-scope` el permiso que pide.', example: EJEMPLO })
  permisos: Permiso[];

  @Instante({ description: 'Desde entonces no sirve; null, no vence.', optional: true, nullable: true })
  expira_en?: string | null;
}

export class CambiarClaveApi extends Changes(OmitType(CrearClaveApi, ['rol'])) {}

export class RotarClaveApi {
  @Int({ description: 'La clave anterior sirve estos minutos más; 0, ninguno.', min: 0, max: 1440, optional: true, default: 0, example: 60 })
  minutos_gracia?: number;
}

export class ClaveApi {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Para qué es.', max: 150, example: 'n8n' })
  nombre: string;

  @Text({ description: 'Con lo que empieza, para reconocerla.', max: 40, example: 'frj_12_Ab3dE6' })
  prefijo: string;

  @OneOf(ROLES, { description: 'Lo que puede como mucho.', name: 'rol_clave', example: 'empleado' })
  rol: rol_usuario;

  @SomeOf(PERMISOS, { description: 'Lo que puede de eso.', example: EJEMPLO })
  permisos: Permiso[];

  @Id({ description: 'El usuario con el que la clave actúa: `creado_por` y la auditoría lo nombran. No es una persona y no está en /users.' })
  usuario_id: number;

  @Bool({ description: 'Ni revocada ni vencida.', example: true })
  vigente: boolean;

  @Instante({ description: 'Desde entonces no sirve; null, no vence.', nullable: true })
  expira_en: Date | null;

  @Instante({ description: 'Hasta entonces sirve también la clave anterior a la última rotación.', nullable: true })
  anterior_hasta: Date | null;

  @Instante({ description: 'Último uso, con medio minuto de retraso como mucho.', nullable: true })
  ultimo_uso_en: Date | null;

  @Text({ description: 'Dirección del último uso.', max: 45, nullable: true, example: '203.0.113.7' })
  ultima_ip: string | null;

  @Instante({ description: 'Revocación.', nullable: true })
  revocada_en: Date | null;

  @Instante({ description: 'Creación.' })
  creado_en: Date;

  @Id({ description: 'Usuario que la creó.', nullable: true })
  creado_por: number | null;
}

export class ClaveApiNueva extends ClaveApi {
  @Text({ description: 'La clave entera. Solo esta respuesta la muestra: guárdela ahora.', max: 80, example: 'frj_12_Ab3dE6Yx7qLr2WdKzHf9uTgMsEj5cXaPi8oR6NQeUwV' })
  clave: string;
}

export class ListaClavesApi {
  @Nested(() => ClaveApi, { description: 'Las más nuevas primero, también revocadas y vencidas.', list: { min: 0, max: 200 } })
  elementos: ClaveApi[];

  @Cursor()
  cursor: string | null;
}
