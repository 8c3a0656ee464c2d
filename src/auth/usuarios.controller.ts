import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarUsuario, CrearUsuario, FiltroUsuarios, ListaUsuarios, Usuario } from './usuarios.dto.js';
import { UsuariosService } from './usuarios.service.js';

@ApiTags('users')
@Controller('users')
export class UsuariosController {
  constructor(private readonly usuarios: UsuariosService) {}

  @Get()
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Lista los usuarios' })
  @Returns(200, ListaUsuarios, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroUsuarios) {
    return this.usuarios.list(query);
  }

  @Post()
  @Roles(MANAGERS)
  @OwnTransactions()
  @ApiOperation({ summary: 'Crea un usuario', description: 'De un rol inferior al propio, con una contraseña temporal. Un cliente recibe también su ficha.' })
  @Returns(201, Usuario, 'El usuario.')
  @Fails('ya_existe', 'limite_alcanzado')
  create(@Caller() session: Session, @Body() body: CrearUsuario) {
    return this.usuarios.create(session, body);
  }

  @Get(':id')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Un usuario' })
  @Returns(200, Usuario, 'El usuario.')
  get(@Param('id', IdPipe) id: number) {
    return this.usuarios.get(id);
  }

  @Patch(':id')
  @Roles(MANAGERS)
  @ApiOperation({
    summary: 'Cambia un usuario',
    description: 'De un rol inferior al propio, y a uno inferior al propio; de uno mismo, los datos, o un rol más bajo. Vale desde su siguiente solicitud.',
  })
  @Returns(200, Usuario, 'El usuario.')
  @Fails('ultimo_admin', 'limite_alcanzado')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarUsuario) {
    return this.usuarios.update(id, body);
  }
}
