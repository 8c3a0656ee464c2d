import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Public, Roles, Scope } from '../http/access.js';
import { Returns } from '../http/returns.js';
import { Plan, Subscripcion } from './planes.dto.js';
import { PlanesService } from './planes.service.js';

@ApiTags('billing')
@Controller('billing')
export class PlanesController {
  constructor(private readonly planes: PlanesService) {}

  @Get('plans')
  @Public()
  @ApiOperation({ summary: 'Los planes y sus límites' })
  @Returns(200, [Plan], 'Planes activos, en orden.')
  plans() {
    return this.planes.plans();
  }

  @Get('subscription')
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'La subscripción viva de la organización' })
  @Returns(200, Subscripcion, 'La subscripción.')
  subscription() {
    return this.planes.subscription();
  }
}
