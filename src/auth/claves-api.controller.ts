import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Session } from '../database/session.js';
import { OwnTransactions } from '../database/tenant.interceptor.js';
import { Caller, MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { CambiarClaveApi, ClaveApi, ClaveApiNueva, CrearClaveApi, ListaClavesApi, RotarClaveApi } from './claves-api.dto.js';
import { ClavesApiService } from './claves-api.service.js';

// What answers a key opens its own transaction: with an Idempotency-Key the answer would be stored, and the key in it.
@ApiTags('api-keys')
@Controller('api-keys')
@Roles(MANAGERS)
export class ClavesApiController {
  constructor(private readonly claves: ClavesApiService) {}

  @Get()
  @ApiOperation({ summary: 'Lista las claves de API', description: 'Las de un rol inferior al propio, sin su secreto.' })
  @Returns(200, ListaClavesApi, 'Una página.')
  @Fails('cursor_invalido')
  list(@Query() query: Page) {
    return this.claves.list(query);
  }

  @Post()
  @OwnTransactions()
  @ApiOperation({
    summary: 'Crea una clave de API',
    description: 'Para una integración: va en `Authorization: Bearer` o en `X-API-Key`. La clave entera se muestra solo en esta respuesta.',
  })
  @Returns(201, ClaveApiNueva, 'La clave, con su secreto.')
  @Fails('funcion_no_incluida')
  create(@Caller() session: Session, @Body() body: CrearClaveApi) {
    return this.claves.create(session, body);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Una clave de API' })
  @Returns(200, ClaveApi, 'La clave, sin su secreto.')
  get(@Param('id', IdPipe) id: number) {
    return this.claves.get(id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Cambia el nombre, los permisos o el vencimiento', description: 'Vale desde la siguiente solicitud de la clave.' })
  @Returns(200, ClaveApi, 'La clave, sin su secreto.')
  @Fails('clave_revocada')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarClaveApi) {
    return this.claves.update(id, body);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoca una clave de API', description: 'Deja de servir en su siguiente solicitud, y para siempre. Repetirlo no cambia nada.' })
  @Returns(204, null, 'Está revocada.')
  revoke(@Param('id', IdPipe) id: number) {
    return this.claves.revoke(id);
  }

  @Post(':id/rotate')
  @OwnTransactions()
  @ApiOperation({
    summary: 'Cambia el secreto de una clave de API',
    description: 'La anterior sirve `minutos_gracia` más, para cambiarla sin corte; la de una rotación más antigua, ya no. De dos cambios a la vez se hace uno: el otro responde 409.',
  })
  @Returns(201, ClaveApiNueva, 'La clave, con su nuevo secreto.')
  @Fails('clave_revocada', 'rotacion_simultanea')
  rotate(@Caller() session: Session, @Param('id', IdPipe) id: number, @Body() body: RotarClaveApi) {
    return this.claves.rotate(session, id, body);
  }
}
