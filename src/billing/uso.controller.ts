import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles, Scope } from '../http/access.js';
import { Returns } from '../http/returns.js';
import { Uso } from './uso.dto.js';
import { UsoService } from './uso.service.js';

@ApiTags('billing')
@Controller('billing')
export class UsoController {
  constructor(private readonly uso: UsoService) {}

  @Get('usage')
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'Lo que usa la organización, y lo que admite su plan' })
  @Returns(200, Uso, 'El uso de ahora mismo.')
  usage() {
    return this.uso.usage();
  }
}
