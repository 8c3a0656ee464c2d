import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { Sealing } from '../sealing.js';
import { Canales, type Canal, type Entrega, type Envio } from './canal.js';
import { EVENTOS } from './eventos.js';
import { firmar } from './firma.js';
import { enviarPost } from './peticion.js';
import { CADUCADA, vigente } from './recordatorio.js';
import { resultadoDe } from './resultado.js';

/** The endpoints of the organisations. Whoever writes one chooses where this server connects to, so only public addresses. */
@Injectable()
export class CanalWebhook implements Canal, OnModuleInit {
  readonly canal = 'webhook';
  readonly compartido = false;

  constructor(
    private readonly canales: Canales,
    private readonly db: Db,
    private readonly sealing: Sealing,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit() {
    this.canales.registrar(this);
  }

  get simultaneas(): number {
    return this.config.outbox.simultaneas;
  }

  reparto(organizacion_id: number): RawBuilder<unknown> {
    return sql`
      select n.id as evento_id, d.id as destino_id
      from nuevos n join destinos_webhook d on d.organizacion_id = ${organizacion_id} and d.activo and (d.eventos is null or n.evento = any (d.eventos))
      where n.evento = any (${EVENTOS as readonly string[]}::text[])`;
  }

  async preparar(entrega: Entrega): Promise<Envio> {
    const { organizacion_id } = this.db;
    const id = entrega.destino_id!;
    const destino = await this.db.sql
      .selectFrom('destinos_webhook')
      .select(['url', 'secreto_sellado', sql<string | null>`case when anterior_hasta > now() then secreto_anterior_sellado end`.as('anterior')])
      .where('organizacion_id', '=', organizacion_id)
      .where('id', '=', id)
      .where('activo', '=', true)
      .executeTakeFirst();
    if (!destino?.secreto_sellado) return async () => ({ es: 'descartar', error: 'el destino se desactivó' });
    if (!(await vigente(this.db, entrega))) return async () => CADUCADA;
    const sealed = [destino.secreto_sellado, destino.anterior].filter((secreto) => secreto !== null);
    const secretos = sealed.map((secreto) => this.sealing.open(secreto, { tabla: 'destinos_webhook', organizacion_id, id }));
    const { timeoutMs, redesPrivadas } = this.config.outbox;
    return async (signal) =>
      resultadoDe(await enviarPost({ url: new URL(destino.url), ...firmar(entrega, secretos), timeoutMs, publica: !redesPrivadas, signal }));
  }
}
