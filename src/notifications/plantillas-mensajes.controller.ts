import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MANAGERS, Roles } from '../http/access.js';
import { IdPipe } from '../http/id.pipe.js';
import { Returns } from '../http/returns.js';
import {
  FiltroPlantillasMensajes, GuardarPlantillaMensajes, ListaPlantillasMensajes, MensajePrevio, PlantillaMensajes, VistaPrevia,
} from './plantillas-mensajes.dto.js';
import { PlantillasMensajesService } from './plantillas-mensajes.service.js';

@ApiTags('message-templates')
@Controller('message-templates')
@Roles(MANAGERS)
export class PlantillasMensajesController {
  constructor(private readonly plantillas: PlantillasMensajesService) {}

  @Get()
  @ApiOperation({ summary: 'Lo que se cuenta a los clientes, y con qué palabras', description: 'Una plantilla por evento y canal: la propia, o la de Franja si no hay.' })
  @Returns(200, ListaPlantillasMensajes, 'Todas, en un idioma.')
  list(@Query() query: FiltroPlantillasMensajes) {
    return this.plantillas.list(query.idioma);
  }

  @Put()
  @ApiOperation({ summary: 'Guarda la plantilla de un evento, canal e idioma', description: 'Con `activo` false, eso no se cuenta por ese canal.' })
  @Returns(200, PlantillaMensajes, 'La plantilla.')
  save(@Body() body: GuardarPlantillaMensajes) {
    return this.plantillas.save(body);
  }

  @Post('preview')
  @ApiOperation({ summary: 'Muestra un mensaje como llegaría', description: 'Con los datos de una cita, o con unos de muestra. No envía nada.' })
  @Returns(201, MensajePrevio, 'El mensaje.')
  preview(@Body() body: VistaPrevia) {
    return this.plantillas.preview(body);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Quita una plantilla propia', description: 'Vuelve la de Franja.' })
  @Returns(204, null, 'Ya no está.')
  remove(@Param('id', IdPipe) id: number) {
    return this.plantillas.remove(id);
  }
}
