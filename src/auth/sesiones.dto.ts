import { Bool, Instante, Text } from '../http/fields.js';

export class Sesion {
  @Text({ description: 'Identificador (UUID); el `sid` de sus tokens.', max: 36, example: '0197f2a0-6c1e-7cc3-98c4-dc0c0c07398f' })
  id: string;

  @Text({ description: 'Navegador o programa, como él se nombra.', max: 300, nullable: true, example: 'Mozilla/5.0 (Android 15; Mobile)' })
  agente: string | null;

  @Text({ description: 'Dirección desde la que se renovó por última vez.', max: 45, nullable: true, example: '203.0.113.7' })
  ip: string | null;

  @Instante({ description: 'Inicio de sesión.' })
  iniciada_en: Date;

  @Instante({ description: 'Última renovación.' })
  renovada_en: Date;

  @Instante({ description: 'Si no se renueva antes, termina entonces.' })
  expira_en: Date;

  @Bool({ description: 'Es la de este token.', example: true })
  actual: boolean;
}
