import { applyDecorators, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Public } from '../http/access.js';
import { Page } from '../http/page.js';
import { Fails, Returns } from '../http/returns.js';
import { versioned, Versions } from '../http/versiones.interceptor.js';
import { DateParam, DatePipe } from '../scheduling/dates.js';
import { CALENDAR, WHAT_IS_OFFERED } from '../scheduling/disponibilidad.controller.js';
import { Calendario, ConsultaCalendario, ConsultaDia, ConsultaRango, Disponibilidad } from '../scheduling/disponibilidad.dto.js';
import { DisponibilidadService } from '../scheduling/disponibilidad.service.js';
import { FiltroProfesionalesPublicos, ListaProfesionalesPublicos, ListaServiciosPublicos, Negocio } from './public.dto.js';
import { PublicService } from './public.service.js';

// The interceptor reads codigo_tenant from the path and works for that organisation; unknown, 404.
const OfTenant = () =>
  applyDecorators(ApiParam({ name: 'codigo_tenant', description: 'Nombre público del negocio.', schema: { type: 'string', maxLength: 60 }, example: 'barberia-centro' }));

@ApiTags('public')
@Public()
@OfTenant()
@Versions()
@Controller('public/:codigo_tenant')
export class PublicController {
  constructor(
    private readonly negocio: PublicService,
    private readonly disponibilidad: DisponibilidadService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'La página de un negocio' })
  @Returns(200, Negocio, 'El negocio.')
  profile() {
    return versioned({ question: ['', {}], answer: async () => ({ body: await this.negocio.profile() }) });
  }

  @Get('services')
  @ApiOperation({ summary: 'Servicios que se reservan en línea' })
  @Returns(200, ListaServiciosPublicos, 'Una página.')
  @Fails('cursor_invalido')
  services(@Query() query: Page) {
    return versioned({ question: ['services', query], answer: async () => ({ body: await this.negocio.services(query) }) });
  }

  @Get('professionals')
  @ApiOperation({ summary: 'Profesionales con quienes se reserva en línea' })
  @Returns(200, ListaProfesionalesPublicos, 'Una página.')
  @Fails('cursor_invalido')
  professionals(@Query() query: FiltroProfesionalesPublicos) {
    return versioned({ question: ['professionals', query], answer: async () => ({ body: await this.negocio.professionals(query) }) });
  }

  @Get('availability')
  @ApiOperation({ summary: 'Inicios disponibles en un rango de fechas', description: WHAT_IS_OFFERED })
  @Returns(200, Disponibilidad, 'Los inicios.')
  @Fails('rango_invalido', 'demasiados_inicios')
  range(@Query() query: ConsultaRango) {
    return this.disponibilidad.starts(query);
  }

  @Get('availability/days')
  @ApiOperation({ summary: 'Calendario de un rango de fechas: las horas disponibles de cada día', description: CALENDAR })
  @Returns(200, Calendario, 'Los días.')
  @Fails('rango_invalido')
  days(@Query() query: ConsultaCalendario) {
    return this.disponibilidad.days(query);
  }

  @Get('availability/:date')
  @DateParam()
  @ApiOperation({ summary: 'Inicios disponibles de un día', description: WHAT_IS_OFFERED })
  @Returns(200, Disponibilidad, 'Los inicios.')
  @Fails('demasiados_inicios')
  day(@Param('date', DatePipe) date: string, @Query() query: ConsultaDia) {
    return this.disponibilidad.starts({ ...query, fecha_desde: date, fecha_hasta: date });
  }
}
