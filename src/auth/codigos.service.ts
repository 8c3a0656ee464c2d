import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { createHmac, hkdfSync, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY, type Session } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { Problem } from '../http/problems.js';
import { Limits } from '../limits/limits.service.js';

export type Proposito = 'invitacion' | 'verificacion' | 'restablecimiento';

/** How long each serves. */
const HOURS: Record<Proposito, number> = { invitacion: 7 * 24, verificacion: 48, restablecimiento: 1 };
const CODE_MINUTES = 10;
const CODE_TRIES = 5;
/** A flood of requests must not flood somebody's mail: meanwhile the former one serves. */
const SECONDS_BETWEEN = 60;
const KEPT_DAYS = 30;
/** All businesses together write to one destination so many times as often as one: whoever wants to plague somebody knows many, or opens them. */
const BUSINESSES = 4;

export interface Enlace {
  id: number;
  usuario_id: number | null;
  destino: string;
  datos: Record<string, unknown>;
  creado_en: Date;
}

interface Nuevo {
  proposito: Proposito | 'acceso';
  destino: string;
  usuario_id?: number;
  datos?: object;
}

/** What is sent to a destination to be brought back once: links of 32 random bytes, and codes of six digits. */
@Injectable()
export class Codigos {
  readonly #key: Buffer;

  constructor(
    private readonly db: Db,
    private readonly limits: Limits,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#key = Buffer.from(hkdfSync('sha256', config.jwtSecret.export(), '', 'franja codigos', 32));
  }

  /** Whoever asks for a message chooses whom this server writes to. Call it outside a transaction. */
  async count(what: 'code' | 'invitation', organizacion_id: number, destino: string): Promise<void> {
    const { code } = this.config.limits;
    if (!code) return;
    await this.limits.takeShared(code, `${what} ${organizacion_id} ${destino}`);
    await this.limits.takeShared({ ...code, max: code.max * BUSINESSES }, `to ${destino}`);
  }

  /** A link that ends the former one to that destination; undefined when that one is younger than a minute, unless `again`. */
  async link(pagina: string, nuevo: Nuevo & { proposito: Proposito }, again = false): Promise<string | undefined> {
    const token = `${this.db.organizacion_id}.${randomBytes(32).toString('base64url')}`;
    const made = await this.#create(nuevo, tokenHash(token), HOURS[nuevo.proposito] * 3600, again ? 0 : SECONDS_BETWEEN);
    // After #, so that it reaches no server's log.
    return made ? `${this.config.appUrl}/${pagina}#token=${token}` : undefined;
  }

  /** Six digits; undefined when the former ones are younger than a minute. */
  async digits(destino: string): Promise<string | undefined> {
    const codigo = String(randomInt(1_000_000)).padStart(6, '0');
    const hash = this.#hashOfDigits(destino, codigo);
    return (await this.#create({ proposito: 'acceso', destino }, hash, CODE_MINUTES * 60, SECONDS_BETWEEN)) ? codigo : undefined;
  }

  async #create({ proposito, destino, usuario_id, datos = {} }: Nuevo, hash: Buffer, seconds: number, between: number) {
    const { organizacion_id } = this.db;
    await sql`
      delete from codigos
      where organizacion_id = ${organizacion_id}
        and (expira_en < now() - make_interval(days => ${KEPT_DAYS})
          or (proposito = ${proposito} and destino = ${destino} and usado_en is null
            and (expira_en <= now() or creado_en <= now() - make_interval(secs => ${between}))))`.execute(this.db.sql);
    const { rows } = await sql`
      insert into codigos (proposito, usuario_id, destino, codigo_hash, expira_en, datos)
      values (${proposito}, ${usuario_id ?? null}, ${destino}, ${hash},
        now() + make_interval(secs => ${seconds}), ${JSON.stringify(datos)}::jsonb)
      on conflict (organizacion_id, proposito, destino) where usado_en is null do nothing
      returning id`.execute(this.db.sql);
    return rows.length === 1;
  }

  /** Who holds this link: nobody yet, in the organisation that it names. Whether the link is real is for `find` and `use` to say. */
  sessionOf(token: string): Session {
    const [, organizacion_id] = /^([1-9]\d{0,14})\.[\w-]{43}$/.exec(token) ?? [];
    if (!organizacion_id) throw new Problem('enlace_invalido');
    return { ...NOBODY, organizacion_id: Number(organizacion_id) };
  }

  /** What a good link says; it goes on being good. */
  async find(proposito: Proposito, token: string): Promise<Enlace> {
    const row = await this.db.sql
      .selectFrom('codigos as c')
      .innerJoin('organizaciones as o', 'o.id', 'c.organizacion_id')
      .select(['c.id', 'c.usuario_id', 'c.destino', 'c.datos', 'c.creado_en', 'c.usado_en', sql<boolean>`c.expira_en <= now()`.as('vencido')])
      .where('c.organizacion_id', '=', this.db.organizacion_id)
      .where('c.proposito', '=', proposito)
      .where('c.codigo_hash', '=', tokenHash(token))
      .where('o.activo', '=', true)
      .executeTakeFirst();
    if (!row || row.usado_en) throw new Problem('enlace_invalido');
    if (row.vencido) throw new Problem('enlace_vencido');
    return row as Enlace;
  }

  /** Uses what `find` or `guess` found: of two at once, one does. */
  async use(id: number): Promise<boolean> {
    const { rows } = await sql`
      update codigos set usado_en = now()
      where organizacion_id = ${this.db.organizacion_id} and id = ${id} and usado_en is null and expira_en > now()
      returning id`.execute(this.db.sql);
    return rows.length === 1;
  }

  /** The account that a link was sent to, while it is active and has that e-mail. A super_admin's is not changed by mail. */
  async accountOf({ usuario_id, destino }: Enlace) {
    const account = await this.db.sql
      .selectFrom('usuarios as u')
      .innerJoin('organizaciones as o', 'o.id', 'u.organizacion_id')
      .select(['u.id as usuario_id', 'u.organizacion_id', 'u.rol', 'o.nombre_comercial', 'o.codigo_tenant'])
      .where('u.organizacion_id', '=', this.db.organizacion_id)
      .where('u.id', '=', usuario_id)
      .where('u.email', '=', destino)
      .where('u.activo', '=', true)
      .where('u.rol', '<>', 'super_admin')
      .executeTakeFirst();
    if (!account) throw new Problem('enlace_invalido');
    return account;
  }

  /**
   * Whether these are the digits that were sent there; answers the id to `use`. Opens its own transaction: the guess is counted and committed
   * before it is compared, so that parallel ones cannot pass each other, nor take their count back by failing.
   */
  async guess(organizacion_id: number, destino: string, codigo: string): Promise<number> {
    const { rows } = await this.db.run({ ...NOBODY, organizacion_id }, () =>
      sql<{ id: number; codigo_hash: Buffer }>`
        update codigos set intentos = intentos + 1
        where organizacion_id = ${organizacion_id} and proposito = 'acceso' and destino = ${destino}
          and usado_en is null and expira_en > now() and intentos < ${CODE_TRIES}
        returning id, codigo_hash`.execute(this.db.sql),
    );
    const expected = this.#hashOfDigits(destino, codigo, organizacion_id);
    if (rows.length === 0 || !timingSafeEqual(rows[0].codigo_hash, expected)) throw new Problem('codigo_invalido');
    return rows[0].id;
  }

  /** A million digits are soon tried against a plain hash: whoever reads the table lacks the key. */
  #hashOfDigits(destino: string, codigo: string, organizacion_id = this.db.organizacion_id): Buffer {
    return createHmac('sha256', this.#key).update(`${organizacion_id} ${destino} ${codigo}`).digest();
  }
}
