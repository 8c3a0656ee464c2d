import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles, Scope } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { Factura, ListaFacturas } from './facturas.dto.js';
import { FacturasImpresas } from './facturas-impresas.service.js';
import { FacturasService } from './facturas.service.js';

@ApiTags('billing')
@Controller('billing/invoices')
export class FacturasController {
  constructor(
    private readonly facturas: FacturasService,
    private readonly impresas: FacturasImpresas,
  ) {}

  @Get()
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'Las facturas de la subscripción' })
  @Returns(200, ListaFacturas, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() page: Page) {
    return this.facturas.list(page);
  }

  @Get(':id')
  @Roles(MANAGERS)
  @Scope('subscripciones')
  @ApiOperation({ summary: 'Una factura, con sus líneas y pagos' })
  @Returns(200, Factura, 'La factura.')
  get(@Param('id', IdPipe) id: number) {
    return this.facturas.get(id);
  }

  @Get(':id/pdf')
  @Roles(MANAGERS)
  @OwnTransactions()
  @ApiOperation({ summary: 'Una factura en PDF', description: 'En el idioma de la organización. Se hace cada vez, de lo guardado.' })
  @ApiResponse({ status: 200, description: 'El PDF.', content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } })
  async pdf(@Caller() session: Session, @Param('id', IdPipe) id: number) {
    const { content, filename } = await this.impresas.pdf(session, id);
    return new StreamableFile(content, { type: 'application/pdf', disposition: `inline; filename="${filename}"` });
  }
}
