import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { sql } from 'kysely';
import { Public } from './http/access.js';
import { Db } from './database/db.service.js';
import { OwnTransactions } from './database/tenant.interceptor.js';
import { OneOf } from './http/fields.js';
import { Returns } from './http/returns.js';

class Salud {
  @OneOf(['ok'], { description: 'El proceso responde.', example: 'ok' })
  estado: string;
}

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly db: Db) {}

  @Get('live')
  @OwnTransactions()
  @ApiOperation({ summary: 'El proceso vive', description: 'No consulta la base de datos.' })
  @Returns(200, Salud, 'El proceso responde.')
  live(): Salud {
    return { estado: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Puede atender', description: 'Abre una transacción y consulta la base de datos; 503 si no puede.' })
  @Returns(200, Salud, 'La base de datos responde.')
  async ready(): Promise<Salud> {
    await sql`select 1`.execute(this.db.sql);
    return { estado: 'ok' };
  }
}
