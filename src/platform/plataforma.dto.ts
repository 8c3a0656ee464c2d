import { industria_tipo, plan_tipo } from '../generated/prisma/enums.js';
import { Bool, Email, Id, Instante, Nested, OneOf, Text } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

export class FiltroOrganizaciones extends Page {
  @Text({ description: 'Busca por el comienzo de `codigo_tenant` o por el correo de administración completo.', max: 254, optional: true, example: 'barberia' })
  q?: string;

  @Bool({ description: 'Solo activas (true) o inactivas (false).', optional: true, query: true, example: true })
  activo?: boolean;

  @OneOf(Object.values(plan_tipo), { description: 'Solo con este plan.', name: 'plan_tipo', optional: true, query: true, example: 'trial' })
  plan_actual?: plan_tipo;
}

export class OrganizacionResumida {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre único en direcciones públicas.', max: 60, example: 'barberia-centro' })
  codigo_tenant: string;

  @Text({ description: 'Nombre que ven los clientes.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @OneOf(Object.values(industria_tipo), { description: 'Industria.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @OneOf(Object.values(plan_tipo), { description: 'Plan.', name: 'plan_tipo', example: 'trial' })
  plan_actual: plan_tipo;

  @Text({ description: 'País ISO 3166-1.', max: 2, example: 'CO' })
  pais: string;

  @Email({ description: 'Correo de administración.' })
  email_admin: string;

  @Bool({ description: 'Sus usuarios pueden entrar y su página responde.', example: true })
  activo: boolean;

  @Instante({ description: 'Registro.' })
  creado_en: Date;
}

export class ListaOrganizaciones {
  @Nested(() => OrganizacionResumida, { description: 'Por id.', list: { min: 0, max: 200 } })
  elementos: OrganizacionResumida[];

  @Cursor()
  cursor: string | null;
}

export class CambiarActivacion {
  @Bool({ description: 'false cierra la organización entera en la siguiente solicitud; no borra nada, y true la devuelve como estaba.', example: false })
  activo: boolean;
}

export class InvitarAdmin {
  @Text({ description: 'Nombre completo.', max: 150, example: 'Lucía Peña' })
  nombre: string;

  @Email({ description: 'Correo; recibe el enlace, y con él inicia sesión.' })
  email: string;
}
