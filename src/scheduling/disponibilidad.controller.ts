import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVERYBODY, Roles, Scope } from '../http/access.js';
import { Fails, Returns } from '../http/returns.js';
import { Versions } from '../http/versiones.interceptor.js';
import { DateParam, DatePipe } from './dates.js';
import { Calendario, ConsultaCalendario, ConsultaDia, ConsultaRango, Disponibilidad } from './disponibilidad.dto.js';
import { DisponibilidadService } from './disponibilidad.service.js';

export const WHAT_IS_OFFERED = `Cada inicio en que caben el servicio y sus minutos de preparación y limpieza, en la cuadrícula del reloj local (paso_minutos).
A un cliente se le aplican la antelación y el horizonte del negocio y solo lo reservable en línea; al personal, que no haya pasado.
Una hora que el cambio de horario repite se ofrece una vez, en su primer paso.`;

export const CALENDAR = `${WHAT_IS_OFFERED}
Dice lo mismo que el rango inicio por inicio en unas veinte veces menos bytes: lo que un calendario muestra y una reserva necesita.`;

@ApiTags('availability')
@Controller('availability')
@Scope('disponibilidad')
@Versions()
export class DisponibilidadController {
  constructor(private readonly disponibilidad: DisponibilidadService) {}

  @Get()
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Inicios disponibles en un rango de fechas', description: WHAT_IS_OFFERED })
  @Returns(200, Disponibilidad, 'Los inicios.')
  @Fails('rango_invalido', 'demasiados_inicios', 'no_encontrado')
  range(@Query() query: ConsultaRango) {
    return this.disponibilidad.starts(query);
  }

  @Get('days')
  @Roles(EVERYBODY)
  @ApiOperation({ summary: 'Calendario de un rango de fechas: las horas disponibles de cada día', description: CALENDAR })
  @Returns(200, Calendario, 'Los días.')
  @Fails('rango_invalido', 'no_encontrado')
  days(@Query() query: ConsultaCalendario) {
    return this.disponibilidad.days(query);
  }

  @Get(':date')
  @Roles(EVERYBODY)
  @DateParam()
  @ApiOperation({ summary: 'Inicios disponibles de un día', description: WHAT_IS_OFFERED })
  @Returns(200, Disponibilidad, 'Los inicios.')
  @Fails('demasiados_inicios')
  day(@Param('date', DatePipe) date: string, @Query() query: ConsultaDia) {
    return this.disponibilidad.starts({ ...query, fecha_desde: date, fecha_hasta: date });
  }
}
