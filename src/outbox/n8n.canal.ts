import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { Canales, type Canal, type Entrega, type Envio } from './canal.js';
import { EVENTOS } from './eventos.js';
import { firmar } from './firma.js';
import { enviarPost } from './peticion.js';
import { CADUCADA, vigente } from './recordatorio.js';
import { resultadoDe } from './resultado.js';

/** The n8n of whoever runs the server: every evento of every organisation, to `/webhook/{evento}`. It may stand on a private address. */
@Injectable()
export class CanalN8n implements Canal, OnModuleInit {
  readonly canal = 'n8n';
  readonly compartido = true;
  #busyUntil = 0;

  constructor(
    private readonly canales: Canales,
    private readonly db: Db,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit() {
    if (this.config.n8n) this.canales.registrar(this);
  }

  get simultaneas(): number {
    return this.config.outbox.simultaneas;
  }

  listo(): boolean {
    return Date.now() >= this.#busyUntil;
  }

  reparto(): RawBuilder<unknown> {
    return sql`select n.id as evento_id, null::bigint as destino_id from nuevos n where n.evento = any (${EVENTOS as readonly string[]}::text[])`;
  }

  async preparar(entrega: Entrega): Promise<Envio> {
    if (!(await vigente(this.db, entrega))) return async () => CADUCADA;
    const { url, secreto } = this.config.n8n!;
    return async (signal) => {
      const answer = await enviarPost({
        url: new URL(`${url}/webhook/${entrega.evento}`), ...firmar(entrega, [secreto]), timeoutMs: this.config.outbox.timeoutMs, publica: false, signal,
      });
      const resultado = resultadoDe(answer);
      // The operator's own is never switched off by an answer.
      if (resultado.es === 'pausar') return { ...resultado, es: 'reintentar' };
      if (resultado.es === 'reintentar' && resultado.despues) this.#busyUntil = Date.now() + resultado.despues * 1000;
      return resultado;
    };
  }
}
