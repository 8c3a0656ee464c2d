import { applyDecorators, Inject, Injectable, UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql, type RawBuilder } from 'kysely';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { from, mergeMap, type Observable } from 'rxjs';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { askedWith } from './etag.js';

/** The clock, in microseconds since 1970, and the versions of what an answer depends on, as one transaction sees them. */
export interface Stamp {
  ahora: number;
  versiones: string;
}

/** `body`: bytes are JSON already. `hasta`: when the clock alone changes it, in microseconds since 1970; but for midnights. */
export type Answered = { body: unknown; hasta?: number | null } & Partial<Stamp>;

/** What a handler answers if nobody knows it yet. */
export interface Versioned {
  /** Tells this question from every other of the same organisation, and who asks where that makes another answer. */
  question: readonly [route: string, query: object];
  /** Whose agendas the answer depends on; absent where it is of the catalogue alone. */
  agenda?: { servicio_id: number; profesional_id?: number };
  /** With an agenda, also reads `stamp` in the same statement if it is asked to. */
  answer(stamp?: RawBuilder<Stamp>): Promise<Answered>;
}

export const versioned = (asked: Versioned): Versioned => asked;

interface Answer {
  /** Of the question and its version. */
  mark: string;
  until: number;
  body: Buffer;
}

const MEBIBYTE = 1024 * 1024;
/**
 * No answer is kept over a mark of five minutes, in microseconds: midnight is one in every zone, and what nothing else tells, such as a
 * release, is over by then.
 */
const LONGEST = 300_000_000;

/** The answers that this process keeps, of every route together: so much memory and no more. */
@Injectable()
export class Kept {
  readonly answers: LRUCache<string, Answer>;
  /** Since this process began: read and written anew, sent as they were kept, and not sent because the caller's copy is good. */
  readonly outcomes = { made: 0, kept: 0, unchanged: 0 };

  constructor(@Inject(CONFIG) { cacheMb }: Config) {
    const maxSize = Math.max(1, cacheMb * MEBIBYTE); // in one byte no answer fits
    this.answers = new LRUCache({ maxSize, maxEntrySize: Math.ceil(maxSize / 8), sizeCalculation: ({ body }, key) => body.length + key.length + 200 });
  }
}

/**
 * Answers of what is offered and of what is free, kept until a write or the clock changes them. The version is read with the answer or before it, so what is kept
 * may be newer than its version and never older; nothing is shared but the database, so any number of instances agree. An ETag says
 * question, version and how long it is good, so a 304 needs no copy of the answer.
 */
@Injectable()
export class VersionesInterceptor implements NestInterceptor {
  constructor(
    private readonly db: Db,
    private readonly kept: Kept,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<Versioned>): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const known = askedWith(http.getRequest<FastifyRequest>());
    return next.handle().pipe(mergeMap((asked) => from(this.#answer(asked, known, reply))));
  }

  async #answer(asked: Versioned, known: string[], reply: FastifyReply): Promise<unknown> {
    reply.header('content-type', 'application/json; charset=utf-8'); // Fastify would call bytes what they are
    if (this.db.session.ahora) return (await asked.answer()).body; // a clock of its own concerns nobody else
    const { organizacion_id } = this.db;
    const [route, query] = asked.question;
    const key = JSON.stringify([organizacion_id, route, Object.entries(query).filter(([, value]) => value !== undefined).toSorted()]);
    const stamp = stampOf(organizacion_id, asked.agenda);
    let kept = this.kept.answers.get(key);
    let outcome: keyof Kept['outcomes'] = 'made';
    if (!kept && asked.agenda && known.length === 0) {
      const answered = await asked.answer(stamp); // nobody has a copy to compare: one statement for all
      kept = this.#keep(key, answered as Answered & Stamp, answered);
    } else {
      const { rows: [now] } = await stamp.execute(this.db.sql);
      const mark = markOf(key, now);
      const good = known.find((etag) => etag.slice(1, 23) === mark && now.ahora < Number.parseInt(etag.slice(24), 36));
      if (good) {
        this.kept.outcomes.unchanged++;
        return void reply.header('etag', good); // src/http/etag.ts answers 304
      }
      if (kept?.mark === mark && now.ahora < kept.until) outcome = 'kept';
      else kept = this.#keep(key, now, await asked.answer());
    }
    this.kept.outcomes[outcome]++;
    reply.header('etag', `"${kept.mark}.${kept.until.toString(36)}"`);
    return kept.body;
  }

  #keep(key: string, stamp: Stamp, { body, hasta }: Answered): Answer {
    // The same end in every instance, so that they give the same ETag.
    const longest = (Math.floor(stamp.ahora / LONGEST) + 1) * LONGEST;
    const kept = { mark: markOf(key, stamp), until: Math.min(hasta ?? Infinity, longest), body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)) };
    this.kept.answers.set(key, kept);
    return kept;
  }
}

const markOf = (key: string, { versiones }: Stamp) => createHash('sha256').update(`${key}\n${versiones}`).digest('base64url').slice(0, 22);

function stampOf(organizacion_id: number, agenda: Versioned['agenda']) {
  const who =
    agenda === undefined ? sql`array[0]`
    : agenda.profesional_id !== undefined ? sql`array[0, ${agenda.profesional_id}]`
    : sql`0::bigint || array(
        select sp.profesional_id from servicios_profesionales sp where sp.organizacion_id = ${organizacion_id} and sp.servicio_id = ${agenda.servicio_id})`;
  return sql<Stamp>`
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
