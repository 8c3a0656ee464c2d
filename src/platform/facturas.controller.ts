import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Factura } from '../billing/facturas.dto.js';
import { PagosService } from '../billing/pagos.service.js';
import { Roles, SUPER_ADMIN } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { AnotarPago, AnularFactura, Emisor, FijarImpuesto, Impuesto } from './facturas.dto.js';
import { AjustesFacturasService } from './facturas.service.js';

@ApiTags('admin')
@Controller('admin')
export class FacturasPlataformaController {
  constructor(
    private readonly pagos: PagosService,
    private readonly ajustes: AjustesFacturasService,
  ) {}

  @Post('organizations/:organizacionId/invoices/:id/payments')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Anota un pago recibido por fuera', description: 'La factura queda pagada y la subscripción como corresponde, en el momento. La misma referencia es el mismo pago.' })
  @Returns(201, Factura, 'La factura.')
  @Fails('factura_no_cobrable', 'importe_no_coincide', 'ya_existe')
  pay(@Param('organizacionId', IdPipe) _organizacion: number, @Param('id', IdPipe) id: number, @Body() { recibido_en, ...pago }: AnotarPago) {
    return this.pagos.anotar({ factura_id: id, ...pago, recibido_en });
  }

  @Post('organizations/:organizacionId/invoices/:id/void')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Anula una factura que no se ha pagado', description: 'Conserva su número. Si era lo último que se debía, la subscripción deja de estar morosa o suspendida por la deuda, y lo que se tenía sin pagar no se conserva: '
      + 'vuelve el plan de antes, o la prueba. Quien canceló un periodo que no pagó no lo retoma. Un periodo renovado de quien sigue queda regalado.' })
  @Returns(201, Factura, 'La factura.')
  @Fails('factura_no_cobrable')
  void(@Param('organizacionId', IdPipe) _organizacion: number, @Param('id', IdPipe) id: number, @Body() { motivo }: AnularFactura) {
    return this.pagos.anular(id, motivo);
  }

  @Get('taxes')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'El impuesto de las facturas, por país del cliente', description: 'Donde no hay uno no se cobra. Los que trae son las tasas generales: los debe revisar un contador.' })
  @Returns(200, [Impuesto], 'Por país.')
  taxes() {
    return this.ajustes.impuestos();
  }

  @Put('taxes/:pais')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Fija el impuesto de un país', description: 'Desde la próxima factura.' })
  @ApiParam({ name: 'pais', description: 'País ISO 3166.', schema: { type: 'string', pattern: '^[A-Z]{2}$' } })
  @Returns(200, Impuesto, 'El impuesto.')
  setTax(@Param('pais') pais: string, @Body() body: FijarImpuesto) {
    return this.ajustes.fijarImpuesto(pais, body);
  }

  @Get('issuer')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Quién emite las facturas' })
  @Returns(200, Emisor, 'El emisor.')
  issuer() {
    return this.ajustes.emisor();
  }

  @Put('issuer')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Dice quién emite las facturas', description: 'Desde la próxima; las emitidas no cambian.' })
  @Returns(200, Emisor, 'El emisor.')
  setIssuer(@Body() body: Emisor) {
    return this.ajustes.fijarEmisor(body);
  }
}
