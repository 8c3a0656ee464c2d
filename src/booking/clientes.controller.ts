import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarCliente, CambiarMiFicha, ClienteConTotales, CrearCliente, FiltroClientes, ListaClientes, MiFicha } from './clientes.dto.js';
import { ClientesService } from './clientes.service.js';

@ApiTags('clients')
@Controller('clients')
@Scope('clientes')
export class ClientesController {
  constructor(private readonly clientes: ClientesService) {}

  @Get()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Lista o busca clientes' })
  @Returns(200, ListaClientes, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroClientes) {
    return this.clientes.list(query);
  }

  @Post()
  @Roles(STAFF)
  @ApiOperation({ summary: 'Crea una ficha de cliente', description: 'Correo y teléfono pueden repetirse.' })
  @Returns(201, ClienteConTotales, 'El cliente.')
  @Fails('referencia_invalida', 'limite_alcanzado')
  create(@Body() body: CrearCliente) {
    return this.clientes.create(body);
  }

  @Get('me')
  @Roles(['cliente'])
  @ApiOperation({ summary: 'La ficha de quien pregunta' })
  @Returns(200, MiFicha, 'La ficha.')
  @Fails('no_encontrado')
  me() {
    return this.clientes.me();
  }

  @Patch('me')
  @Roles(['cliente'])
  @ApiOperation({ summary: 'Un cliente cambia su ficha' })
  @Returns(200, MiFicha, 'La ficha.')
  @Fails('no_encontrado')
  updateMe(@Body() body: CambiarMiFicha) {
    return this.clientes.updateMe(body);
  }

  @Get(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Un cliente, con los totales de sus citas' })
  @Returns(200, ClienteConTotales, 'El cliente.')
  get(@Param('id', IdPipe) id: number) {
    return this.clientes.get(id);
  }

  @Patch(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Cambia un cliente' })
  @Returns(200, ClienteConTotales, 'El cliente.')
  @Fails('referencia_invalida', 'limite_alcanzado')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarCliente) {
    return this.clientes.update(id, body);
  }

  @Delete(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Desactiva un cliente', description: 'No se borra: su historia queda. PATCH con activo=true lo devuelve.' })
  @Returns(204, null, 'Desactivado.')
  async deactivate(@Param('id', IdPipe) id: number) {
    await this.clientes.update(id, { activo: false });
  }
}
