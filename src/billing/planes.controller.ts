import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../http/access.js';
import { Returns } from '../http/returns.js';
import { Plan } from './planes.dto.js';
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
}
