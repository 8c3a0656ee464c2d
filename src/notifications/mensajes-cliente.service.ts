import { Inject, Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Entrega } from '../outbox/canal.js';
import { claro, type Lengua } from './mensajes.textos.js';
import { enUnaLinea, rellenar } from './plantillas-mensajes.motor.js';
import { PlantillasMensajesService } from './plantillas-mensajes.service.js';
import { EVENTOS_CLIENTE, PREDETERMINADOS, type CanalMensajes, type EventoMensajes } from './plantillas-mensajes.textos.js';
import { valoresDe, type DatosCita } from './plantillas-mensajes.valores.js';

/** What one message to a client says, and to whom, and whether its template is on; or why there is none any more. */
export type Mensaje = { texto: string; asunto: string | null; activa: boolean; telefono: string | null; email: string | null; cliente_id: number | null; cita_id: number | null };
export type Redactado = Mensaje | { descartar: string };

/** A message that is later than this tells nobody anything. */
const STALE = sql`interval '24 hours'`;
/** What is said before an appointment. */
const BEFORE: readonly string[] = ['cita-creada', 'cita-confirmada', 'cita-reprogramada', 'cita-cancelada', 'recordatorio-cita', 'respuesta-tarde', 'respuesta-confirmada'];

const list = (values: readonly string[]) => sql`${[...values]}::text[]`;

/** Which eventos clients are told, by which channel, in which words. */
@Injectable()
export class MensajesCliente {
  constructor(
    private readonly db: Db,
    private readonly plantillas: PlantillasMensajesService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Whether the phone of an instance `i` is connected, or was a while ago: then its messages wait for it. */
  get conectada(): RawBuilder<boolean> {
    return sql<boolean>`(i.estado = 'conectada' or (i.numero is not null and i.estado_desde > now() - make_interval(mins => ${this.config.whatsapp.esperaMinutos})))`;
  }

  /**
   * Rows of `nuevos` for that channel. One message for each evento: by WhatsApp where the server has it and the business is connected, or was a while ago, and the
   * client has a phone; otherwise, or where its template says always, by e-mail. Never to who said no; nor what answers the client's own words, which is answered already.
   * While something earlier of the same cita waits for WhatsApp it waits behind that, and becomes an e-mail with it: else the client reads last what was true first.
   */
  reparto(organizacion_id: number, canal: CanalMensajes): RawBuilder<unknown> {
    const active = (template: 'p' | 'w') => sql`coalesce(${sql.ref(`${template}.activo`)}, n.evento = any (${list(PREDETERMINADOS)}))`;
    const mailable = sql`c.email is not null and ${active('p')}`;
    const byWhatsapp = sql`${this.config.evolution !== undefined} and c.telefono is not null and ${active('w')} and exists (
      select from instancias_whatsapp i where i.organizacion_id = ${organizacion_id} and i.eliminada_en is null and ${this.conectada})`;
    const behind = sql`(${mailable} or ${active('w')}) and exists (
      select from entregas d where d.organizacion_id = ${organizacion_id} and d.carril = 'whatsapp' and d.clave_orden = n.clave_orden and d.estado = 'pendiente')`;
    const wanted = canal === 'whatsapp' ? sql`(${byWhatsapp} or ${behind})` : sql`${mailable} and (not coalesce(p.solo_respaldo, true) or not (${byWhatsapp} or ${behind}))`;
    return sql`
      select n.id as evento_id, null::bigint as destino_id
      from nuevos n
      join organizaciones o on o.id = ${organizacion_id}
      -- offset 0: by their key, and not by reading all of them for the few that something happened to
      cross join lateral (
        select x.* from clientes x where x.organizacion_id = ${organizacion_id} and x.id = (n.datos #>> '{cliente,id}')::bigint offset 0) c
      left join plantillas_mensajes p on p.organizacion_id = ${organizacion_id} and p.evento = n.evento and p.canal = 'correo' and p.idioma = o.idioma
      left join plantillas_mensajes w on w.organizacion_id = ${organizacion_id} and w.evento = n.evento and w.canal = 'whatsapp' and w.idioma = o.idioma
      where n.evento = any (${list(EVENTOS_CLIENTE)}) and c.acepta_mensajes and c.activo and ${wanted}
        and not exists (
          select from mensajes_whatsapp m
          where m.organizacion_id = ${organizacion_id} and m.cita_id = (n.datos #>> '{cita,id}')::bigint and m.accion in ('confirmar', 'cancelar')
            and m.creado_en = n.ocurrido_en)`;
  }

  /** In a transaction of the organisation. Asks again whether it is still to be told: since then the client may have said no. */
  async redactar(entrega: Entrega, canal: CanalMensajes): Promise<Redactado> {
    const { organizacion_id } = this.db;
    const evento = entrega.evento as EventoMensajes;
    const datos = entrega.datos as DatosCita & { responder_a?: string };
    const { rows } = await sql<{ idioma: Lengua; negocio_activo: boolean; vieja: boolean; pasada: boolean | null; vigente: boolean | null; acepta: boolean | null; suya: boolean | null; telefono: string | null; email: string | null }>`
      select o.idioma, o.activo as negocio_activo, d.creado_en < now() - ${STALE} as vieja, k.inicia_en < now() as pasada,
        k.estado in ('pendiente', 'confirmada') and k.inicia_en = ${datos.cita?.inicia_en ?? null}::timestamptz as vigente,
        c.acepta_mensajes and c.activo as acepta, k.cancelada_por = c.usuario_id as suya, c.telefono, c.email
      from entregas d
      join organizaciones o on o.id = d.organizacion_id
      left join clientes c on c.organizacion_id = o.id and c.id = ${datos.cliente?.id ?? null}::bigint
      left join citas k on k.organizacion_id = o.id and k.id = ${datos.cita?.id ?? null}::bigint
      where d.organizacion_id = ${organizacion_id} and d.id = ${entrega.id}`.execute(this.db.sql);
    const [now] = rows;
    // Who wrote is answered, also with what they asked us not to write any more.
    const answers = datos.responder_a !== undefined;
    if (!now?.negocio_activo) return { descartar: 'el negocio no está activo' };
    if (!answers && !now.acepta) return { descartar: 'el cliente no acepta mensajes' };
    if (now.vieja) return { descartar: 'ya no es a tiempo' };
    if (BEFORE.includes(evento) && now.pasada) return { descartar: 'la hora de la cita ya pasó' };
    if (evento === 'recordatorio-cita' && !now.vigente) return { descartar: 'la cita se canceló o cambió de hora' };
    const plantilla = await this.plantillas.vigente(evento, canal, now.idioma);
    const valores = valoresDe(datos, now.idioma);
    // What staff give as a reason may lead somewhere. Whoever typed this e-mail or phone as theirs may have cancelled to say something to its owner.
    if (now.suya) valores.motivo = claro(valores.motivo);
    return {
      texto: rellenar(plantilla.cuerpo, valores),
      activa: plantilla.activo,
      asunto: plantilla.asunto && enUnaLinea(rellenar(plantilla.asunto, valores)),
      telefono: datos.responder_a ?? now.telefono,
      email: now.email,
      cliente_id: datos.cliente?.id ?? null,
      cita_id: datos.cita?.id ?? null,
    };
  }
}
