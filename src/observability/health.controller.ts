import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Public } from '../http/access.js';
import { OneOf } from '../http/fields.js';
import { Problem } from '../http/problems.js';
import { Fails, Returns } from '../http/returns.js';
import { ChatState, CONVERSACIONES, type Conversaciones } from './chat-state.service.js';
import { Readiness } from './readiness.service.js';

class Salud {
  @OneOf(['ok'], { description: 'El proceso responde.', example: 'ok' })
  estado: string;
}

class Preparacion extends Salud {
  @OneOf(CONVERSACIONES, {
    description: 'La base de datos de conversaciones: `no_responde`, `sin_migraciones` (le falta alguna que esta versión conoce) o `sin_configurar`. Sin ella solo falla `/conversations`.',
    example: 'ok',
  })
  conversaciones: Conversaciones;
}

@ApiTags('health')
@Public()
@OwnTransactions()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly chat: ChatState,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'El proceso vive', description: 'No consulta la base de datos. Si no responde, hay que reiniciar el proceso.' })
  @Returns(200, Salud, 'El proceso responde.')
  live(): Salud {
    return { estado: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Puede atender',
    description:
      'La base de datos responde en 2 segundos, tiene todas las migraciones que esta versión conoce, queda sitio en la cola de conexiones y el proceso no está terminando. ' +
      'Si no, 503 `no_listo`, y `fallan` dice qué: `cierre`, `cola`, `base_de_datos` o `migraciones`. Mientras tanto no hay que enviarle solicitudes.',
  })
  @Returns(200, Preparacion, 'Puede atender.')
  @Fails('no_listo')
  async ready(): Promise<Preparacion> {
    const [fallan, conversaciones] = await Promise.all([this.readiness.failing(), this.chat.read()]);
    if (fallan.length) throw new Problem('no_listo', { extra: { fallan } });
    return { estado: 'ok', conversaciones };
  }
}
