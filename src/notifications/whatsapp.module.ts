import { Module } from '@nestjs/common';
import { BillingModule } from '../billing/billing.module.js';
import { BookingModule } from '../booking/booking.module.js';
import { ChatModule } from '../chat/chat.module.js';
import { ConversacionWhatsapp } from './conversacion.service.js';
import { CanalCorreo } from './correo.canal.js';
import { EntrantesController } from './entrantes.controller.js';
import { EntrantesService } from './entrantes.service.js';
import { Evolution } from './evolution.js';
import { EnvioFacturasController } from './facturas.controller.js';
import { EnvioFacturas } from './facturas.service.js';
import { InstanciasController } from './instancias.controller.js';
import { InstanciasService } from './instancias.service.js';
import { MensajesCliente } from './mensajes-cliente.service.js';
import { NotificationsModule } from './notifications.module.js';
import { PlantillasMensajesController } from './plantillas-mensajes.controller.js';
import { PlantillasMensajesService } from './plantillas-mensajes.service.js';
import { CanalWhatsapp } from './whatsapp.canal.js';

/** What clients are told and answer, in the words of their business. Apart from NotificationsModule, which sign-in needs and which knows no cita. */
@Module({
  imports: [BookingModule, ChatModule, BillingModule, NotificationsModule],
  controllers: [InstanciasController, EntrantesController, PlantillasMensajesController, EnvioFacturasController],
  providers: [ConversacionWhatsapp, Evolution, InstanciasService, EntrantesService, MensajesCliente, PlantillasMensajesService, CanalWhatsapp, CanalCorreo, EnvioFacturas],
})
export class WhatsappModule {}
