import { Body, Controller, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { EVERYBODY, Roles, Scope, STAFF } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Fails, Returns } from '../http/returns.js';
import {
  CalificarCita, CambiarCita, CancelarCita, Cita, CrearCita, EventoCita, FiltroCitas, FiltroHistorial, ListaCitas, ReprogramarCita,
} from './citas.dto.js';
import { CitasService } from './citas.service.js';
import { EstadosService } from './estados.service.js';

@ApiTags('appointments')
@Controller('appointments')
@Scope('citas')
export class CitasController {
  constructor(
    private readonly citas: CitasService,
    private readonly estados: EstadosService,
  ) {}

  @Get()
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Lista citas', description: 'Por día, profesional, cliente y estado. Un cliente ve solo las suyas.' })
  @Returns(200, ListaCitas, 'Una página.')
  @Fails('cursor_invalido', 'rango_invalido')
  list(@Query() query: FiltroCitas) {
    return this.citas.list(query);
  }

  @Get('history')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Historial con métricas', description: 'Citas terminadas, lo más reciente primero, con duración real, espera y puntualidad.' })
  @Returns(200, ListaCitas, 'Una página.')
  @Fails('cursor_invalido', 'rango_invalido')
  history(@Query() query: FiltroHistorial) {
    return this.citas.list({ ...query, orden: 'desc' }, true);
  }

  @Post()
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Reserva una cita', description: 'El personal, para un cliente; un cliente, para sí. Atómica: gana una sola de las solicitudes por una hora.' })
  @Returns(201, Cita, 'La cita.')
  @Fails('referencia_invalida', 'servicio_no_ofrecido', 'hora_pasada', 'hora_inexistente', 'reserva_no_corresponde', 'decimales_invalidos', 'sin_disponibilidad', 'reserva_vencida', 'fuera_de_politica', 'demasiadas_citas', 'inactivo', 'limite_alcanzado')
  create(@Body() body: CrearCita) {
    return this.citas.create(body);
  }

  @Get('code/:codigo_cita')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Una cita por su código', description: 'Acepta minúsculas, espacios y guiones, y O por 0, I o L por 1.' })
  @ApiParam({ name: 'codigo_cita', schema: { type: 'string' }, example: 'K7M2Q4X' })
  @Returns(200, Cita, 'La cita.')
  byCode(@Param('codigo_cita') codigo: string) {
    return this.citas.byCode(codigo);
  }

  @Get(':id')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Una cita' })
  @Returns(200, Cita, 'La cita.')
  get(@Param('id', IdPipe) id: number) {
    return this.citas.get(id);
  }

  @Get(':id/events')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Qué pasó con una cita', description: 'Cada cambio de estado u hora: quién, cuándo y por qué.' })
  @Returns(200, [EventoCita], 'En orden.')
  events(@Param('id', IdPipe) id: number) {
    return this.citas.events(id);
  }

  @Patch(':id')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Cambia descuento o notas' })
  @Returns(200, Cita, 'La cita.')
  @Fails('regla_incumplida', 'decimales_invalidos')
  update(@Param('id', IdPipe) id: number, @Body() body: CambiarCita) {
    return this.citas.update(id, body);
  }

  @Put(':id/confirm')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Confirma', description: 'De pendiente a confirmada.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida')
  confirm(@Param('id', IdPipe) id: number) {
    return this.estados.confirm(id);
  }

  @Put(':id/check-in')
  @Roles(STAFF)
  @ApiOperation({ summary: 'El cliente llegó', description: 'Sella hora_llegada, en el día de la cita; con ella se mide la espera.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida', 'llegada_antes_de_su_dia')
  checkIn(@Param('id', IdPipe) id: number) {
    return this.estados.checkIn(id);
  }

  @Put(':id/start')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Empieza', description: 'De pendiente o confirmada a en_curso, desde el día de la cita.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida', 'inicio_antes_de_su_dia')
  start(@Param('id', IdPipe) id: number) {
    return this.estados.start(id);
  }

  @Put(':id/complete')
  @Roles(STAFF)
  @ApiOperation({ summary: 'Termina', description: 'De en_curso a completada.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida')
  complete(@Param('id', IdPipe) id: number) {
    return this.estados.complete(id);
  }

  @Put(':id/cancel')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Cancela', description: 'Libera la hora. Un cliente, solo hasta antelacion_cancelacion_minutos antes.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida', 'plazo_vencido')
  cancel(@Param('id', IdPipe) id: number, @Body() body: CancelarCita) {
    return this.estados.cancel(id, body);
  }

  @Put(':id/no-show')
  @Roles(STAFF)
  @ApiOperation({ summary: 'No asistió', description: 'Solo después de su hora de inicio. Libera el resto de la hora.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('transicion_invalida', 'aun_no_es_la_hora')
  noShow(@Param('id', IdPipe) id: number) {
    return this.estados.noShow(id);
  }

  @Put(':id/reschedule')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Cambia de hora', description: 'Atómica: la hora anterior se libera solo si la nueva se toma. Con el mismo profesional, el personal la mueve aunque ya no ofrezca el servicio.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('referencia_invalida', 'servicio_no_ofrecido', 'hora_pasada', 'hora_inexistente', 'reserva_no_corresponde', 'sin_disponibilidad', 'reserva_vencida', 'fuera_de_politica', 'inactivo', 'cita_no_movible', 'plazo_vencido')
  reschedule(@Param('id', IdPipe) id: number, @Body() body: ReprogramarCita) {
    return this.citas.reschedule(id, body);
  }

  @Put(':id/rate')
  @Roles(['cliente'])
  @ApiOperation({ summary: 'Califica', description: 'Su cliente, una vez, cuando está completada.' })
  @Returns(200, Cita, 'La cita.')
  @Fails('cita_no_calificable', 'ya_calificada')
  rate(@Param('id', IdPipe) id: number, @Body() body: CalificarCita) {
    return this.estados.rate(id, body);
  }
}
