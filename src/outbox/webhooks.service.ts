import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import { fieldProblem, Problem } from '../http/problems.js';
import { Sealing } from '../sealing.js';
import { problemaDelHost } from './direcciones.js';
import { Entregas } from './entregas.service.js';
import { nuevoSecreto } from './firma.js';
import type { CambiarDestino, CrearDestino, Destino, DestinoNuevo, Enviada, ListaDestinos, RotarSecreto } from './webhooks.dto.js';

const MOST = 20;

/** Where an organisation is told. Names are resolved outside transactions, so what takes a URL opens its own. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly db: Db,
    private readonly sealing: Sealing,
    private readonly entregas: Entregas,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async list({ limite, cursor }: Page): Promise<ListaDestinos> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.#visible()
      .$if(after !== undefined, (q) => q.where('id', '>', after![0]))
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows, limite, (row) => [row.id]);
  }

  async get(id: number): Promise<Destino> {
    const row = await this.#visible().where('id', '=', id).executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row;
  }

  async create(session: Session, { url, ...rest }: CrearDestino): Promise<DestinoNuevo> {
    await this.db.run(session, async () => {}); // who may not is refused before a name is looked up
    await this.#checkUrl(url);
    return this.db.run(session, async () => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`destinos_webhook/${this.db.organizacion_id}`}, 0))`.execute(this.db.sql);
      if ((await this.#visible().execute()).length >= MOST) throw new Problem('demasiados_destinos', { args: [String(MOST)] });
      const { id } = await this.db.sql.insertInto('destinos_webhook').values({ url, ...rest }).returning('id').executeTakeFirstOrThrow();
      const secreto = nuevoSecreto();
      await this.#set(id, { secreto_sellado: this.#seal(secreto, id) });
      return { ...(await this.get(id)), secreto };
    });
  }

  async update(session: Session, id: number, body: CambiarDestino): Promise<Destino> {
    const before = await this.db.run(session, () => this.get(id));
    const moved = body.url !== undefined && body.url !== before.url;
    if (moved) await this.#checkUrl(body.url!);
    return this.db.run(session, async () => {
      await this.get(id);
      if (Object.keys(body).length) await this.#set(id, { ...body, ...(moved && { fallando_desde: null, espera_hasta: null }) }); // what the former address did
      if (body.activo === false) await this.entregas.cancelarPendientes(id, 'el destino se desactivó');
      return this.get(id);
    });
  }

  async remove(id: number): Promise<void> {
    await this.get(id);
    await this.#set(id, { activo: false, secreto_sellado: null, secreto_anterior_sellado: null, anterior_hasta: null, eliminado_en: sql<Date>`now()` });
    await this.entregas.cancelarPendientes(id, 'el destino se eliminó');
  }

  /** Of two at once one: the second would take the grace from the secret that receivers have. */
  async rotate(session: Session, id: number, { minutos_gracia = 1440 }: RotarSecreto): Promise<DestinoNuevo> {
    return this.db.run(session, async () => {
      const before = await this.#visible().select('secreto_sellado').where('id', '=', id).executeTakeFirst();
      if (!before) throw new Problem('no_encontrado');
      const secreto = nuevoSecreto();
      const former =
        minutos_gracia > 0
          ? { secreto_anterior_sellado: sql.ref<string>('secreto_sellado'), anterior_hasta: sql<Date>`now() + make_interval(mins => ${minutos_gracia})` }
          : { secreto_anterior_sellado: null, anterior_hasta: null };
      const { numUpdatedRows } = await this.#change(id, { ...former, secreto_sellado: this.#seal(secreto, id) })
        .where('secreto_sellado', '=', before.secreto_sellado)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Problem('rotacion_simultanea');
      return { ...(await this.get(id)), secreto };
    });
  }

  /** What waited too long meanwhile is not sent by surprise: it is in the log, to be replayed. */
  async resume(id: number): Promise<Destino> {
    await this.get(id);
    await sql`
      update entregas set estado = 'fallida', ultimo_error = 'venció mientras el destino estaba en pausa'
      where organizacion_id = ${this.db.organizacion_id} and destino_id = ${id} and estado = 'pendiente' and tomada_hasta is null and reintentar_hasta < now()`.execute(this.db.sql);
    await sql`
      update entregas set proximo_intento_en = now()
      where organizacion_id = ${this.db.organizacion_id} and destino_id = ${id} and estado = 'pendiente' and proximo_intento_en > now()`.execute(this.db.sql);
    await this.#set(id, { activo: true, pausado_en: null, motivo_pausa: null, fallando_desde: null, espera_hasta: null });
    return this.get(id);
  }

  async ping(id: number): Promise<Enviada> {
    await this.get(id);
    const { rows } = await sql<{ entrega_id: number | null }>`select app.registrar_prueba(${id}) as entrega_id`.execute(this.db.sql);
    if (rows[0].entrega_id === null) throw new Problem('destino_inactivo');
    return { entrega_id: rows[0].entrega_id };
  }

  async #checkUrl(text: string) {
    const { produccion, outbox } = this.config;
    if (!URL.canParse(text)) throw fieldProblem('url', 'formato|https://…');
    const url = new URL(text);
    if (produccion && url.protocol !== 'https:') throw fieldProblem('url', 'formato|https://…');
    if (url.username || url.password) throw fieldProblem('url', 'url_con_clave');
    const problem = outbox.redesPrivadas ? undefined : await problemaDelHost(url);
    if (problem) throw fieldProblem('url', problem);
  }

  #seal(secreto: string, id: number) {
    return this.sealing.seal(secreto, { tabla: 'destinos_webhook', organizacion_id: this.db.organizacion_id, id });
  }

  async #set(id: number, values: Record<string, unknown>) {
    await this.#change(id, values).execute();
  }

  #change(id: number, values: Record<string, unknown>) {
    return this.db.sql.updateTable('destinos_webhook').set(values).where('organizacion_id', '=', this.db.organizacion_id).where('id', '=', id).where('eliminado_en', 'is', null);
  }

  #visible() {
    return this.db.sql
      .selectFrom('destinos_webhook')
      .select(['id', 'url', 'descripcion', sql<Destino['eventos']>`eventos`.as('eventos'), 'activo', 'pausado_en', 'motivo_pausa', 'fallando_desde', 'creado_en'])
      .select(sql<Date | null>`case when anterior_hasta > now() then anterior_hasta end`.as('anterior_hasta'))
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('eliminado_en', 'is', null);
  }
}
