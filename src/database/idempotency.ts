import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { sql } from 'kysely';
import { createHash } from 'node:crypto';
import type { FranjaRequest } from '../http/access.js';
import { IDEMPOTENCY_KEY_FORM } from '../http/fields.js';
import { Problem } from '../http/problems.js';
import { Db } from './db.service.js';

/** Idempotency-Key: the answer is stored in the request's own transaction, so it exists exactly when the effect does. */
@Injectable()
export class Idempotency {
  constructor(private readonly db: Db) {}

  async once(request: FranjaRequest, reply: FastifyReply, handle: () => Promise<unknown>): Promise<unknown> {
    const clave = request.headers['idempotency-key'];
    if (clave === undefined || request.method !== 'POST' || this.db.session.usuario_id === null) return handle();
    if (typeof clave !== 'string' || !IDEMPOTENCY_KEY_FORM.test(clave)) throw new Problem('clave_idempotencia_invalida');

    const { usuario_id, organizacion_propia } = this.db.session;
    const organizacion_id = organizacion_propia ?? this.db.organizacion_id;
    const huella = createHash('sha256').update(JSON.stringify([request.method, request.url, request.body ?? null])).digest();

    const lock = await sql<{ taken: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${`${organizacion_id}/${usuario_id}/${clave}`}, 0)) as taken`.execute(this.db.sql);
    if (!lock.rows[0].taken) throw new Problem('clave_en_curso');

    const stored = await this.db.sql
      .selectFrom('idempotencia')
      .select(['huella', 'respuesta'])
      .where('organizacion_id', '=', organizacion_id)
      .where('usuario_id', '=', usuario_id)
      .where('clave', '=', clave)
      .executeTakeFirst();
    if (stored) {
      if (!huella.equals(stored.huella)) throw new Problem('clave_reutilizada');
      reply.header('idempotency-replayed', 'true');
      return stored.respuesta;
    }

    const answer = await handle();
    // What is stored is what is sent: JSON now, not what the objects may become.
    const respuesta = answer === undefined ? null : JSON.stringify(answer);
    await this.db.sql.insertInto('idempotencia').values({ organizacion_id, usuario_id, clave, huella, estado_http: reply.statusCode, respuesta }).execute();
    return answer;
  }
}
