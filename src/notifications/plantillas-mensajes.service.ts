import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { fieldProblem, Problem } from '../http/problems.js';
import type { Lengua } from './mensajes.textos.js';
import type { GuardarPlantillaMensajes, ListaPlantillasMensajes, MensajePrevio, PlantillaMensajes, VistaPrevia } from './plantillas-mensajes.dto.js';
import { enUnaLinea, errorDePlantilla, rellenar, VARIABLES } from './plantillas-mensajes.motor.js';
import {
  CANALES_MENSAJES, EVENTOS_CLIENTE, EVENTOS_MENSAJES, PREDETERMINADOS, TEXTOS_CLIENTE, type CanalMensajes, type EventoMensajes,
} from './plantillas-mensajes.textos.js';
import { MUESTRA, valoresDe, type DatosCita } from './plantillas-mensajes.valores.js';

const COLUMNS = ['id', 'evento', 'canal', 'idioma', 'asunto', 'cuerpo', 'activo', 'solo_respaldo'] as const;

const admits = (evento: EventoMensajes, canal: CanalMensajes) => canal === 'whatsapp' || (EVENTOS_CLIENTE as readonly string[]).includes(evento);

/** What the code says where the organisation does not. */
function predeterminada(evento: EventoMensajes, canal: CanalMensajes, idioma: Lengua): PlantillaMensajes {
  const { asunto, cuerpo } = TEXTOS_CLIENTE[idioma][evento];
  // Nobody answers a number to an e-mail.
  const said = canal === 'correo' && ['recordatorio-cita', 'solicitar-feedback'].includes(evento) ? cuerpo.slice(0, cuerpo.lastIndexOf('\n\n')) : cuerpo;
  return { id: null, evento, canal, idioma, asunto: canal === 'correo' ? asunto : null, cuerpo: said, activo: PREDETERMINADOS.includes(evento), solo_respaldo: true };
}

/** The words of each message: the organisation's, or those of the code. */
@Injectable()
export class PlantillasMensajesService {
  constructor(private readonly db: Db) {}

  async list(idioma?: Lengua): Promise<ListaPlantillasMensajes> {
    const lengua = idioma ?? (await this.#idioma());
    const rows = await this.#own().where('idioma', '=', lengua).execute();
    const own = new Map(rows.map((row) => [`${row.evento} ${row.canal}`, row as PlantillaMensajes]));
    const elementos = EVENTOS_MENSAJES.flatMap((evento) =>
      CANALES_MENSAJES.filter((canal) => admits(evento, canal)).map((canal) => own.get(`${evento} ${canal}`) ?? predeterminada(evento, canal, lengua)));
    return { elementos, variables: VARIABLES };
  }

  async save({ evento, canal, idioma, ...body }: GuardarPlantillaMensajes): Promise<PlantillaMensajes> {
    const { asunto, cuerpo, activo = true, solo_respaldo = true } = body;
    check(evento, canal, asunto ?? undefined, cuerpo);
    if (canal === 'correo' && !asunto) throw fieldProblem('asunto', 'requerido');
    const values = { asunto: asunto ?? null, cuerpo, activo, solo_respaldo };
    const row = await this.db.sql
      .insertInto('plantillas_mensajes')
      .values({ evento, canal, idioma: idioma ?? (await this.#idioma()), ...values })
      .onConflict((c) => c.constraint('plantillas_mensajes_una').doUpdateSet(values))
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return row as PlantillaMensajes;
  }

  /** Back to the code's. */
  async remove(id: number): Promise<void> {
    const { numDeletedRows } = await this.db.sql
      .deleteFrom('plantillas_mensajes').where('organizacion_id', '=', this.db.organizacion_id).where('id', '=', id).executeTakeFirst();
    if (numDeletedRows === 0n) throw new Problem('no_encontrado');
  }

  async preview({ evento, canal, idioma, asunto, cuerpo, cita_id }: VistaPrevia): Promise<MensajePrevio> {
    check(evento, canal, asunto, cuerpo);
    const lengua = idioma ?? (await this.#idioma());
    const current = await this.vigente(evento, canal, lengua);
    const valores = valoresDe(await this.#datos(cita_id), lengua);
    const subject = canal === 'correo' ? (asunto ?? current.asunto) : null;
    return { asunto: subject === null ? null : enUnaLinea(rellenar(subject, valores)), cuerpo: rellenar(cuerpo ?? current.cuerpo, valores) };
  }

  /** In a transaction of the organisation. */
  async vigente(evento: EventoMensajes, canal: CanalMensajes, idioma: Lengua): Promise<PlantillaMensajes> {
    const own = await this.#own().where('evento', '=', evento).where('canal', '=', canal).where('idioma', '=', idioma).executeTakeFirst();
    return (own as PlantillaMensajes | undefined) ?? predeterminada(evento, canal, idioma);
  }

  /** Whether who is asked how it was is asked for a mark from 1 to 5. Words of their own may ask for another number: «1, sí; 2, no», «del 1 al 10». */
  async pideNota(): Promise<boolean> {
    const { cuerpo } = await this.vigente('solicitar-feedback', 'whatsapp', await this.#idioma());
    return /\b1\b.*\b5\b/s.test(cuerpo);
  }

  #own() {
    return this.db.sql.selectFrom('plantillas_mensajes').select(COLUMNS).where('organizacion_id', '=', this.db.organizacion_id);
  }

  async #idioma(): Promise<Lengua> {
    const { idioma } = await this.db.sql.selectFrom('organizaciones').select('idioma').where('id', '=', this.db.organizacion_id).executeTakeFirstOrThrow();
    return idioma as Lengua;
  }

  async #datos(cita_id?: number): Promise<DatosCita> {
    const { organizacion_id } = this.db;
    if (cita_id === undefined) {
      const organizacion = await this.db.sql
        .selectFrom('organizaciones')
        .select(['nombre_comercial', 'telefono', 'direccion', 'ciudad', 'pais', 'zona_horaria', 'moneda'])
        .where('id', '=', organizacion_id)
        .executeTakeFirstOrThrow();
      const tomorrow = Date.now() + 86_400_000;
      const [inicia_en, termina_en] = [tomorrow, tomorrow + 30 * 60_000].map((at) => new Date(at).toISOString());
      const { moneda, zona_horaria } = organizacion;
      return { ...MUESTRA, cita: { ...MUESTRA.cita, inicia_en, termina_en, moneda, zona_horaria }, anterior: { inicia_en: new Date().toISOString() }, organizacion };
    }
    const { rows } = await sql<{ datos: DatosCita }>`
      select jsonb_build_object(
        'cita', jsonb_build_object('id', c.id, 'inicia_en', c.inicia_en, 'termina_en', c.termina_en, 'codigo_cita', c.codigo_cita, 'precio_final', c.precio_final::text, 'moneda', c.moneda,
          'zona_horaria', o.zona_horaria, 'motivo_cancelacion', c.motivo_cancelacion),
        'cliente', jsonb_build_object('id', cl.id, 'nombre', cl.nombre), 'profesional', jsonb_build_object('nombre_completo', p.nombre_completo),
        'servicio', jsonb_build_object('nombre', s.nombre), 'organizacion', to_jsonb(o)) as datos
      from citas c
      join organizaciones o on o.id = c.organizacion_id
      cross join lateral (select x.id, x.nombre from clientes x where x.organizacion_id = ${organizacion_id} and x.id = c.cliente_id offset 0) cl
      join profesionales p on p.organizacion_id = c.organizacion_id and p.id = c.profesional_id
      join servicios s on s.organizacion_id = c.organizacion_id and s.id = c.servicio_id
      where c.organizacion_id = ${organizacion_id} and c.id = ${cita_id}`.execute(this.db.sql);
    if (!rows[0]) throw fieldProblem('cita_id', 'existente');
    return rows[0].datos;
  }
}

function check(evento: EventoMensajes, canal: CanalMensajes, asunto?: string, cuerpo?: string) {
  if (!admits(evento, canal)) throw fieldProblem('canal', 'valores|whatsapp');
  if (asunto !== undefined && canal === 'whatsapp') throw fieldProblem('asunto', 'combinacion|canal whatsapp');
  const texts: [string, string?][] = [['asunto', asunto], ['cuerpo', cuerpo]];
  const errores = texts.flatMap(([campo, text]) => (text === undefined ? [] : (errorDePlantilla(campo, text) ?? [])));
  if (errores.length) throw new Problem('datos_invalidos', { errores });
}
