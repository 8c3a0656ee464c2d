import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { Canales, type Canal, type Entrega, type Envio } from '../outbox/canal.js';
import { AVISO_SUBSCRIPCION, WEBHOOK_PAUSADO } from '../outbox/eventos.js';
import { enArchivo, porSmtp, type Correo } from './correo.js';
import { Fallo, type Enviar } from './fallo.js';
import { MensajesCliente } from './mensajes-cliente.service.js';
import type { Lengua } from './mensajes.textos.js';
import { avisoPausa, type DatosPausa } from './pausa.textos.js';
import { avisoSubscripcion, type AvisoSubscripcion } from './subscripcion.textos.js';

/** E-mails that the outbox sends: to clients, what WhatsApp does not tell them; to the administrator, that an endpoint is paused, and what becomes of the subscription. */
@Injectable()
export class CanalCorreo implements Canal, OnModuleInit {
  readonly canal = 'correo';
  /** One mail server for all. */
  readonly compartido = true;
  readonly simultaneas = 4;
  readonly #alAdministrador: Record<string, (lengua: Lengua, datos: unknown) => { subject: string; text: string }> = {
    [WEBHOOK_PAUSADO]: (lengua, datos) => avisoPausa(lengua, datos as DatosPausa),
    [AVISO_SUBSCRIPCION]: (lengua, datos) => avisoSubscripcion(lengua, datos as AvisoSubscripcion),
  };
  readonly #send?: Enviar<Correo>;

  constructor(
    private readonly canales: Canales,
    private readonly db: Db,
    private readonly mensajes: MensajesCliente,
    @Inject(CONFIG) { mail, produccion }: Config,
  ) {
    if (mail.smtpUrl) this.#send = porSmtp(mail);
    else if (!produccion) this.#send = enArchivo(mail);
  }

  get hay(): boolean {
    return this.#send !== undefined;
  }

  onModuleInit() {
    if (this.hay) this.canales.registrar(this);
  }

  reparto(organizacion_id: number): RawBuilder<unknown> {
    return sql`
      ${this.mensajes.reparto(organizacion_id, 'correo')}
      union all
      select n.id, null::bigint from nuevos n where n.evento in (${WEBHOOK_PAUSADO}, ${AVISO_SUBSCRIPCION})`;
  }

  async preparar(entrega: Entrega): Promise<Envio> {
    const mail = entrega.evento in this.#alAdministrador ? await this.#administrador(entrega) : await this.#mensaje(entrega);
    if (typeof mail === 'string') return async () => ({ es: 'descartar', error: mail });
    return async (signal) => {
      try {
        await this.#send!(mail, signal);
        return { es: 'entregada' };
      } catch (error) {
        const { message, deEste } = error instanceof Fallo ? error : { message: (error as NodeJS.ErrnoException).code ?? 'error', deEste: false };
        return { es: deEste ? 'descartar' : 'reintentar', error: message };
      }
    };
  }

  async #mensaje(entrega: Entrega): Promise<Correo | string> {
    const mensaje = await this.mensajes.redactar(entrega, 'correo');
    if ('descartar' in mensaje) return mensaje.descartar;
    if (!mensaje.activa) return 'la plantilla está desactivada';
    if (!mensaje.email) return 'el cliente no tiene correo';
    return { to: mensaje.email, subject: mensaje.asunto!, text: mensaje.texto };
  }

  async #administrador({ evento, datos }: Entrega): Promise<Correo | string> {
    const { email_admin, idioma } = await this.db.sql
      .selectFrom('organizaciones').select(['email_admin', 'idioma']).where('id', '=', this.db.organizacion_id).executeTakeFirstOrThrow();
    return { to: email_admin, ...this.#alAdministrador[evento](idioma as Lengua, datos) };
  }
}
