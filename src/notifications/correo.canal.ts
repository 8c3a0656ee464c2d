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
import { avisoSubscripcion, type AvisoSubscripcion } from './subscripcion.textos.js';

interface DatosPausa {
  destino: { url: string; motivo_pausa: string };
}

/** The rest of an address may carry a token. */
const host = ({ url }: DatosPausa['destino']) => new URL(url).host;

const PAUSA: Record<Lengua, (datos: DatosPausa) => { subject: string; text: string }> = {
  es: ({ destino }) => ({
    subject: 'Su webhook está en pausa',
    text: `Franja dejó de enviar avisos a ${host(destino)} porque ${destino.motivo_pausa}.\n\nLo que pasa mientras tanto no se pierde: espera. Cuando funcione de nuevo, reanúdelo.`,
  }),
  en: ({ destino }) => ({
    subject: 'Your webhook is paused',
    text: `Franja stopped sending events to ${host(destino)} because: ${destino.motivo_pausa}.\n\nWhat happens meanwhile is not lost: it waits. When it works again, resume it.`,
  }),
  pt: ({ destino }) => ({
    subject: 'Seu webhook está em pausa',
    text: `A Franja parou de enviar avisos para ${host(destino)} porque: ${destino.motivo_pausa}.\n\nO que acontece nesse meio-tempo não se perde: espera. Quando voltar a funcionar, retome-o.`,
  }),
};

/** E-mails that the outbox sends: to clients, what WhatsApp does not tell them; to the administrator, that an endpoint is paused, and what becomes of the subscription. */
@Injectable()
export class CanalCorreo implements Canal, OnModuleInit {
  readonly canal = 'correo';
  /** One mail server for all. */
  readonly compartido = true;
  readonly simultaneas = 4;
  readonly #alAdministrador: Record<string, (lengua: Lengua, datos: unknown) => { subject: string; text: string }> = {
    [WEBHOOK_PAUSADO]: (lengua, datos) => PAUSA[lengua](datos as DatosPausa),
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
    return async () => {
      try {
        await this.#send!(mail);
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
