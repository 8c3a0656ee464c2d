import { applyDecorators, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { from, mergeMap, type Observable } from 'rxjs';
import { Db } from '../database/db.service.js';
import { askedWith } from '../http/etag.js';

/** What a handler answers if nobody knows it yet. */
export interface Versioned<T = unknown> {
  /** Tells this question from every other of the same organisation. */
  question: readonly [route: string, query: object];
  /** Whose agendas the answer depends on; absent where it is of the catalogue alone. */
  agenda?: { servicio_id: number; profesional_id?: number };
  /** A string is JSON already. */
  answer(): Promise<T>;
  /** When the clock alone changes that answer, in microseconds since 1970; but for midnights. */
  until?(answer: T): Promise<number | null>;
}

export const versioned = <T>(asked: Versioned<T>): Versioned<T> => asked;

interface Kept {
  /** Of the question and its version. */
  mark: string;
  until: number;
  body: Buffer;
}

const BYTES = 32 * 1024 * 1024;
/**
 * No answer is kept over a mark of five minutes, in microseconds: midnight is one in every zone, and what nothing else tells, such as a
 * release, is over by then.
 */
const LONGEST = 300_000_000;

/**
 * Answers of public pages, kept until a write or the clock changes them. The version is read first and the answer after it, so what is kept
 * may be newer than its version and never older; nothing is shared but the database, so any number of instances agree. An ETag says
 * question, version and how long it is good, so a 304 needs no copy of the answer.
 */
@Injectable()
export class VersionesInterceptor implements NestInterceptor {
  readonly #kept = new LRUCache<string, Kept>({ maxSize: BYTES, maxEntrySize: BYTES / 8, sizeCalculation: ({ body }, key) => body.length + key.length + 200 });

  constructor(private readonly db: Db) {}

  intercept(context: ExecutionContext, next: CallHandler<Versioned>): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const known = askedWith(http.getRequest<FastifyRequest>());
    return next.handle().pipe(mergeMap((asked) => from(this.#answer(asked, known, reply))));
  }

  async #answer(asked: Versioned, known: string[], reply: FastifyReply): Promise<unknown> {
    if (this.db.session.ahora) return asked.answer(); // a clock of its own concerns nobody else
    const { organizacion_id } = this.db;
    const [route, query] = asked.question;
    const key = JSON.stringify([organizacion_id, route, Object.entries(query).filter(([, value]) => value !== undefined).toSorted()]);
    const { rows } = await version(organizacion_id, asked.agenda).execute(this.db.sql);
    const [{ ahora, versiones }] = rows;
    const mark = createHash('sha256').update(`${key}\n${versiones}`).digest('base64url').slice(0, 22);
    const good = known.find((etag) => etag.slice(1, 23) === mark && ahora < Number.parseInt(etag.slice(24), 36));
    if (good) return void reply.header('etag', good); // src/http/etag.ts answers 304
    let kept = this.#kept.get(key);
    if (kept?.mark !== mark || ahora >= kept.until) {
      kept = await this.#find(asked, mark, ahora);
      this.#kept.set(key, kept);
    }
    reply.header('etag', `"${kept.mark}.${kept.until.toString(36)}"`).header('content-type', 'application/json; charset=utf-8');
    return kept.body;
  }

  async #find(asked: Versioned, mark: string, ahora: number): Promise<Kept> {
    const answer = await asked.answer();
    const change = (await asked.until?.(answer)) ?? Infinity;
    // The same end in every instance, so that they give the same ETag.
    const longest = (Math.floor(ahora / LONGEST) + 1) * LONGEST;
    return { mark, until: Math.min(change, longest), body: Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)) };
  }
}

/** The clock of this transaction and the versions of what an answer depends on, all of one moment. */
function version(organizacion_id: number, agenda: Versioned['agenda']) {
  const who =
    agenda === undefined ? sql`array[0]`
    : agenda.profesional_id !== undefined ? sql`array[0, ${agenda.profesional_id}]`
    : sql`0::bigint || array(
        select sp.profesional_id from servicios_profesionales sp where sp.organizacion_id = ${organizacion_id} and sp.servicio_id = ${agenda.servicio_id})`;
  return sql<{ ahora: number; versiones: string }>`
    select (extract(epoch from app.ahora()) * 1000000)::bigint as ahora,
      coalesce(string_agg(v.profesional_id || ':' || v.version, ',' order by v.profesional_id), '') as versiones
    from versiones v
    where v.organizacion_id = ${organizacion_id} and v.profesional_id = any (${who}::bigint[])`;
}

/** The routes of this controller answer with `versioned`. */
export const Versions = () =>
  applyDecorators(
    UseInterceptors(VersionesInterceptor),
    ApiHeader({ name: 'If-None-Match', required: false, description: 'El `ETag` de una respuesta anterior. Los navegadores lo envían solos.', schema: { type: 'string' } }),
    ApiResponse({ status: 304, description: 'La respuesta de ese `ETag` sigue siendo la de ahora; sin cuerpo.' }),
  );
