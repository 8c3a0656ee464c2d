import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { timingSafeEqual } from 'node:crypto';
import { RespuestasService } from '../booking/respuestas.service.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { Problem } from '../http/problems.js';
import { ConversacionWhatsapp } from './conversacion.service.js';
import { leerAviso, type Aviso, type Mensaje } from './entrantes.lectura.js';
import { ESTADO_DE, InstanciasService } from './instancias.service.js';
import { calificacionDe, intencionDe, type Intencion } from './intencion.js';
import { PlantillasMensajesService } from './plantillas-mensajes.service.js';
import type { Respuesta } from './plantillas-mensajes.textos.js';
import { variantes } from './telefonos.js';

/** An answer older than this is about something else by now. */
const LATE_MS = 24 * 3_600_000;
/** As long as words are kept that no conversation has. */
const SPOKEN_MS = 7 * 24 * 3_600_000;
/**
 * A number or a «perfecto» that answers how it was, or whoever else writes from that number (null), an assistant or a person at the phone, is no answer
 * to a reminder.
 */
const ASKED_ELSE: (string | null)[] = [null, 'solicitar-feedback', 'respuesta-calificada'];
const MOTIVO = 'Cancelada por el cliente por WhatsApp';

interface Quien {
  clientes: number[];
  mensaje: Mensaje;
}

/** What Evolution API tells. All of it is done, or none: what is answered 2xx is committed, and what is not is told again. */
@Injectable()
export class EntrantesService {
  constructor(
    private readonly db: Db,
    private readonly instancias: InstanciasService,
    private readonly respuestas: RespuestasService,
    private readonly conversacion: ConversacionWhatsapp,
    private readonly plantillas: PlantillasMensajesService,
  ) {}

  async recibir(token: string, body: unknown): Promise<void> {
    const [, organizacion] = /^([1-9]\d{0,14})\.[\w-]{43}$/.exec(token) ?? [];
    if (!organizacion) throw new Problem('no_encontrado');
    // Whoever writes is a client: the machine of states, the audit and the history take them for one.
    await this.db.run({ ...NOBODY, organizacion_id: Number(organizacion), rol: 'cliente' }, async () => {
      const { id, nombre } = await this.#instancia(token);
      const aviso = leerAviso(body);
      if (!aviso) throw new Problem('aviso_invalido');
      if (aviso.instancia !== nombre) throw new Problem('no_encontrado');
      await this.#atender(id, aviso);
    });
    this.conversacion.alDia(Number(organizacion));
  }

  async #instancia(token: string): Promise<{ id: number; nombre: string }> {
    const row = await this.db.sql
      .selectFrom('instancias_whatsapp as i')
      .innerJoin('organizaciones as o', 'o.id', 'i.organizacion_id')
      .select(['i.id', 'i.nombre', 'i.token_hash'])
      .where('i.organizacion_id', '=', this.db.organizacion_id)
      .where('i.eliminada_en', 'is', null)
      .where('o.activo', '=', true)
      .executeTakeFirst();
    if (!row || !timingSafeEqual(row.token_hash, tokenHash(token))) throw new Problem('no_encontrado');
    return row;
  }

  async #atender(instancia_id: number, aviso: Aviso): Promise<void> {
    if (aviso.es === 'conexion') {
      const estado = aviso.estado === 'refused' ? 'desconectada' : ESTADO_DE[aviso.estado as keyof typeof ESTADO_DE];
      if (estado) await this.instancias.anotarEstado(instancia_id, estado, estado === 'conectada' ? aviso.numero : null);
    }
    if (aviso.es === 'mensajes') for (const mensaje of aviso.mensajes) await this.#recibirUno(instancia_id, mensaje);
  }

  async #recibirUno(instancia_id: number, mensaje: Mensaje): Promise<void> {
    const { clave, saliente, telefono, nombre, tipo, texto, enviado_en } = mensaje;
    const clientes = telefono ? await this.#clientesDe(telefono) : [];
    const noted = await this.db.sql
      .insertInto('mensajes_whatsapp')
      .values({
        instancia_id, clave, telefono, nombre: saliente ? null : nombre, tipo, texto, enviado_en, cliente_id: clientes[0] ?? null,
        direccion: saliente ? 'saliente' : 'entrante',
      })
      .onConflict((c) => c.constraint('mensajes_whatsapp_clave_unica').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!noted || saliente) return;
    const recent = Date.now() - enviado_en.getTime() < LATE_MS;
    const respuesta = tipo === 'texto' && recent && clientes.length > 0;
    const understood = respuesta && (await this.#actuar(noted.id, { clientes, mensaje }));
    if (!understood) await sql`select app.registrar_mensaje_recibido(${noted.id}::bigint)`.execute(this.db.sql);
  }

  /** The oldest first. */
  async #clientesDe(telefono: string): Promise<number[]> {
    const rows = await this.db.sql
      .selectFrom('clientes')
      .select('id')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('telefono', 'in', variantes(telefono))
      .where('activo', '=', true)
      .orderBy('id')
      .limit(50)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Whether the message was understood; then it is answered. */
  async #actuar(id: number, { clientes, mensaje: { texto, telefono } }: Quien): Promise<boolean> {
    const intencion = intencionDe(texto);
    const calificacion = calificacionDe(texto);
    if (intencion === 'baja' || intencion === 'alta') {
      await this.respuestas.aceptarMensajes(clientes, intencion === 'alta');
      return this.#responder(id, intencion, `respuesta-${intencion}`);
    }
    if (intencion === null && calificacion === null) return false;
    const last = await this.#ultimo(telefono!);
    if (calificacion !== null && last?.evento === 'solicitar-feedback') return this.#calificar(id, clientes, last.cita_id, calificacion);
    if (intencion === null || ((intencion === 'confirmar' || /^\W*\d/.test(texto)) && last && ASKED_ELSE.includes(last.evento))) return false;
    const cita = await this.respuestas.citaDe(clientes);
    if (!cita || (await this.#seHabloDeOtraCosa(telefono!, cita.hablada_en))) return false;
    if (intencion === 'confirmar') {
      await this.respuestas.confirmar(cita.id);
      return this.#responder(id, intencion, 'respuesta-confirmada', cita);
    }
    if (cita.tarde) return this.#responder(id, intencion, 'respuesta-tarde', cita);
    await this.respuestas.cancelar(cita.id, MOTIVO);
    return this.#responder(id, intencion, 'respuesta-cancelada', cita);
  }

  /** Only a mark, of the cita that was asked about. What may be meant for a reminder of another one is read by people: neither can be taken back. */
  async #calificar(id: number, clientes: number[], cita_id: number | null, calificacion: number): Promise<boolean> {
    if (cita_id === null || (calificacion <= 2 && (await this.respuestas.citaDe(clientes))) || !(await this.plantillas.pideNota())) return false;
    const cita = await this.respuestas.calificar(clientes, cita_id, calificacion);
    return cita !== undefined && this.#responder(id, 'calificar', 'respuesta-calificada', cita);
  }

  /** What was said last to that phone, by when it was said: what was written while WhatsApp was not connected is told late. */
  #ultimo(telefono: string): Promise<{ evento: string | null; cita_id: number | null } | undefined> {
    return this.db.sql
      .selectFrom('mensajes_whatsapp')
      .select(['evento', 'cita_id'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('telefono', 'in', variantes(telefono))
      .where('direccion', '=', 'saliente')
      .where('creado_en', '>', new Date(Date.now() - SPOKEN_MS))
      .orderBy('enviado_en', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** That a cita was cancelled, or could not be: «ok» takes note of it, and a second «cancelar» says it again. Neither is about the next cita. */
  async #seHabloDeOtraCosa(telefono: string, desde: Date): Promise<boolean> {
    const said = await this.db.sql
      .selectFrom('mensajes_whatsapp')
      .select('id')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('telefono', 'in', variantes(telefono))
      .where('creado_en', '>', new Date(Math.max(desde.getTime(), Date.now() - LATE_MS)))
      .where((when) => when.or([when('accion', 'in', ['cancelar', 'baja', 'alta']), when('evento', '=', 'cita-cancelada')]))
      .limit(1)
      .executeTakeFirst();
    return said !== undefined;
  }

  async #responder(id: number, accion: Intencion, respuesta: Respuesta, cita?: { id: number; cliente_id: number }): Promise<true> {
    await this.db.sql
      .updateTable('mensajes_whatsapp')
      .set({ accion, ...(cita && { cita_id: cita.id, cliente_id: cita.cliente_id }) })
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .execute();
    await sql`select app.registrar_respuesta(${id}::bigint, ${respuesta})`.execute(this.db.sql);
    return true;
  }
}
