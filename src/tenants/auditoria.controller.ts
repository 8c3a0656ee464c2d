import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { FiltroAuditoria, ListaAuditoria } from './auditoria.dto.js';
import { AuditoriaService } from './auditoria.service.js';

@ApiTags('audit')
@Controller('audit')
export class AuditoriaController {
  constructor(private readonly auditoria: AuditoriaService) {}

  @Get()
  @Roles(['admin'])
  @ApiOperation({
    summary: 'Quién cambió qué, cuándo y desde dónde',
    description: 'De usuarios, claves, ajustes y citas, y cada acceso de la administración de la plataforma. Nadie puede cambiarla ni borrarla.',
  })
  @Returns(200, ListaAuditoria, 'Una página.')
  @Fails('cursor_invalido', 'rango_invalido')
  list(@Query() query: FiltroAuditoria) {
    return this.auditoria.list(query);
  }
}
