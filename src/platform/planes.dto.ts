import { Plan } from '../billing/planes.dto.js';
import { Bool, Changes, Id, Int, Money, Nested, Text } from '../http/fields.js';

const limite = (description: string, min = 1) => ({ description: `${description}; null = sin límite.`, min, max: 2_147_483_647, nullable: true, example: 10 });
const incluye = (what: string) => ({ description: what, optional: true, example: true });

export class PlanDePlataforma extends Plan {
  @Id({ description: 'Identificador.' })
  id: number;

  @Bool({ description: 'Se ofrece. Quien ya lo tiene lo conserva.', example: true })
  activo: boolean;
}

/** What it does not name stays. */
export class FuncionesPlan {
  @Bool(incluye('Claves de API.'))
  api_keys?: boolean;

  @Bool(incluye('Webhooks propios.'))
  webhooks?: boolean;

  @Bool(incluye('WhatsApp desde su propio número.'))
  whatsapp_propio?: boolean;

  @Bool(incluye('Conversaciones.'))
  chat?: boolean;

  @Bool(incluye('Mensajes de WhatsApp; para comparar planes.'))
  whatsapp?: boolean;

  @Bool(incluye('Recordatorios; para comparar planes.'))
  recordatorios?: boolean;

  @Bool(incluye('Reportes avanzados; para comparar planes.'))
  reportes_avanzados?: boolean;

  @Bool(incluye('Marca propia; para comparar planes.'))
  marca_propia?: boolean;

  @Bool(incluye('Soporte prioritario; para comparar planes.'))
  soporte_prioritario?: boolean;
}

class CamposPlan {
  @Text({ description: 'Nombre.', max: 80, example: 'Profesional' })
  nombre: string;

  @Text({ description: 'Para quién es.', max: 500, example: 'Para equipos con agenda llena.' })
  descripcion: string;

  @Money({ description: 'Precio al mes, para quien lo contrate desde ahora.', example: '39.00' })
  precio_mensual: string;

  @Money({ description: 'Precio al año, para quien lo contrate desde ahora.', example: '390.00' })
  precio_anual: string;

  @Int(limite('Profesionales activos'))
  limite_profesionales: number | null;

  @Int(limite('Clientes activos'))
  limite_clientes: number | null;

  @Int(limite('Servicios activos'))
  limite_servicios: number | null;

  @Int(limite('Usuarios activos'))
  limite_usuarios: number | null;

  @Int(limite('Citas al mes'))
  limite_citas_mes: number | null;

  @Int(limite('Mensajes de WhatsApp al mes', 0))
  limite_whatsapp_mes: number | null;

  @Int({ description: 'Días de prueba.', min: 0, max: 365, example: 14 })
  dias_prueba: number;

  @Nested(() => FuncionesPlan, { description: 'Las que cambian.' })
  funciones: FuncionesPlan;

  @Bool({ description: 'Se ofrece.', example: true })
  activo: boolean;
}

export class EditarPlan extends Changes(CamposPlan) {}
