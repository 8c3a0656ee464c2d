import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Public, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { Cuenta } from './auth.dto.js';
import { ConEnlace } from './codigos.dto.js';
import { AceptarInvitacion, FiltroInvitaciones, Invitacion, InvitacionAbierta, Invitar, ListaInvitaciones } from './invitaciones.dto.js';
import { InvitacionesService } from './invitaciones.service.js';

@Controller()
export class InvitacionesController {
  constructor(private readonly invitaciones: InvitacionesService) {}

  @Get('users/invitations')
  @ApiTags('users')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Lista las invitaciones pendientes' })
  @Returns(200, ListaInvitaciones, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroInvitaciones) {
    return this.invitaciones.list(query);
  }

  @Post('users/invitations')
  @ApiTags('users')
  @Roles(MANAGERS)
  @OwnTransactions()
  @ApiOperation({
    summary: 'Invita a un usuario',
    description: 'A un rol inferior al propio, con un enlace que dura 7 días. Otra invitación al mismo destino anula la anterior.',
  })
  @Returns(201, Invitacion, 'La invitación; el mensaje saldrá en unos segundos.')
  @Fails('ya_existe', 'canal_no_disponible')
  create(@Caller() session: Session, @Body() body: Invitar) {
    return this.invitaciones.create(session, body);
  }

  @Delete('users/invitations/:id')
  @ApiTags('users')
  @Roles(MANAGERS)
  @ApiOperation({ summary: 'Anula una invitación pendiente', description: 'De un rol inferior al propio.' })
  @Returns(204, null, 'Su enlace ya no sirve.')
  delete(@Param('id', IdPipe) id: number) {
    return this.invitaciones.delete(id);
  }

  @Post('auth/invitations/show')
  @ApiTags('auth')
  @Public()
  @OwnTransactions()
  @ApiOperation({ summary: 'Lo que dice una invitación' })
  @Returns(200, InvitacionAbierta, 'La invitación; su enlace sigue sirviendo.')
  @Fails('enlace_invalido', 'enlace_vencido')
  show(@Body() body: ConEnlace) {
    return this.invitaciones.show(body);
  }

  @Post('auth/invitations/accept')
  @ApiTags('auth')
  @Public()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Acepta una invitación',
    description: 'Crea la cuenta, si quien invitó sigue activo y por encima de ese rol. No inicia sesión: use POST /auth/login.',
  })
  @Returns(201, Cuenta, 'La cuenta.')
  @Fails('enlace_invalido', 'enlace_vencido', 'ya_existe', 'limite_alcanzado')
  accept(@Body() body: AceptarInvitacion) {
    return this.invitaciones.accept(body);
  }
}
