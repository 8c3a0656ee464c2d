import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Invitacion } from '../auth/invitaciones.dto.js';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, Roles, SUPER_ADMIN } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarActivacion, FiltroOrganizaciones, InvitarAdmin, ListaOrganizaciones, OrganizacionResumida } from './plataforma.dto.js';
import { PlataformaService } from './plataforma.service.js';

@ApiTags('admin')
@Controller('admin/organizations')
export class PlataformaController {
  constructor(private readonly plataforma: PlataformaService) {}

  @Get()
  @Roles(SUPER_ADMIN)
  @ApiOperation({
    summary: 'Lista las organizaciones',
    description: 'Lo que hay dentro de una se lee en /organizations/{organizacionId}/…, y queda en la auditoría de esa organización.',
  })
  @Returns(200, ListaOrganizaciones, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: FiltroOrganizaciones) {
    return this.plataforma.list(query);
  }

  @Put(':organizacionId/active')
  @Roles(SUPER_ADMIN)
  @ApiOperation({ summary: 'Cierra o reabre una organización' })
  @Returns(200, OrganizacionResumida, 'La organización.')
  activate(@Param('organizacionId', IdPipe) id: number, @Body() body: CambiarActivacion) {
    return this.plataforma.activate(id, body);
  }

  @Post(':organizacionId/invitations')
  @Roles(SUPER_ADMIN)
  @OwnTransactions()
  @ApiOperation({
    summary: 'Invita a un administrador',
    description: 'El segundo de una organización, o el que reemplaza a quien ya no puede entrar. Dentro de ella nadie invita a su propio nivel.',
  })
  @Returns(201, Invitacion, 'Invitación enviada.')
  @Fails('ya_existe', 'canal_no_disponible')
  invite(@Caller() session: Session, @Body() body: InvitarAdmin) {
    return this.plataforma.invite(session, body);
  }
}
