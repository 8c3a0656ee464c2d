import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { randomBytes } from 'node:crypto';
import { Db } from '../database/db.service.js';
import type { Session } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { pageOf, readIdCursor, type Page } from '../http/page.js';
import { fieldProblem, Problem } from '../http/problems.js';
import type { CambiarClaveApi, ClaveApi, ClaveApiNueva, CrearClaveApi, ListaClavesApi, RotarClaveApi } from './claves-api.dto.js';

/** A key names its organisation, so that it is looked for in one tenant. Kept are its first characters and its hash. */
function newKey(organizacion_id: number) {
  const secret = randomBytes(32).toString('base64url');
  const clave = `frj_${organizacion_id}_${secret}`;
  return { clave, prefijo: clave.slice(0, 6 - secret.length), secreto_hash: tokenHash(clave) };
}

const inTheFuture = (expira_en?: string | null) => {
  if (expira_en && Date.parse(expira_en) <= Date.now()) throw fieldProblem('expira_en', 'futuro');
};

const sorted = <T>(values: T[]) => [...new Set(values)].sort();

/** Keys of integrations, each with a user of its own. That it is below who manages it, the database says too (app.claves_api_guardia). */
@Injectable()
export class ClavesApiService {
  constructor(private readonly db: Db) {}

  async list({ limite, cursor }: Page): Promise<ListaClavesApi> {
    const before = readIdCursor<[number]>(cursor, 1);
    const rows = await this.#visible()
      .$if(before !== undefined, (q) => q.where('c.id', '<', before![0]))
      .orderBy('c.id', 'desc')
      .limit(limite + 1)
      .execute();
    return pageOf(rows as ClaveApi[], limite, (row) => [row.id]);
  }

  async get(id: number): Promise<ClaveApi> {
    const row = await this.#visible().where('c.id', '=', id).executeTakeFirst();
    if (!row) throw new Problem('no_encontrado');
    return row as ClaveApi;
  }

  async create(session: Session, { nombre, rol, permisos, expira_en }: CrearClaveApi): Promise<ClaveApiNueva> {
    inTheFuture(expira_en);
    return this.db.run(session, async () => {
      const { clave, ...stored } = newKey(this.db.organizacion_id);
      const user = await this.db.sql.insertInto('usuarios').values({ nombre, rol, es_clave_api: true }).returning('id').executeTakeFirstOrThrow();
      const values = { usuario_id: user.id, permisos: sorted(permisos), expira_en, ...stored };
      const { id } = await this.db.sql.insertInto('claves_api').values(values).returning('id').executeTakeFirstOrThrow();
      return { ...(await this.get(id)), clave };
    });
  }

  async update(id: number, { nombre, permisos, expira_en }: CambiarClaveApi): Promise<ClaveApi> {
    inTheFuture(expira_en);
    const { usuario_id } = await this.get(id);
    // Also when only the name changes: a revoked key refuses it.
    const changed = { permisos: permisos ? sorted(permisos) : sql.ref<string[]>('permisos'), expira_en };
    await this.db.sql.updateTable('claves_api').set(changed).where('organizacion_id', '=', this.db.organizacion_id).where('id', '=', id).execute();
    if (nombre !== undefined) {
      const { organizacion_id } = this.db;
      await this.db.sql.updateTable('usuarios').set({ nombre }).where('organizacion_id', '=', organizacion_id).where('id', '=', usuario_id).execute();
    }
    return this.get(id);
  }

  async revoke(id: number): Promise<void> {
    await this.get(id);
    await this.db.sql
      .updateTable('claves_api')
      .set({ revocada_en: sql`now()` })
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .where('revocada_en', 'is', null)
      .execute();
  }

  /** Of two at once one: the second would take the grace from the key that is in use, and give it to one that nobody has yet. */
  async rotate(session: Session, id: number, { minutos_gracia = 0 }: RotarClaveApi): Promise<ClaveApiNueva> {
    return this.db.run(session, async () => {
      const { prefijo } = await this.get(id);
      const { clave, ...stored } = newKey(this.db.organizacion_id);
      const former =
        minutos_gracia > 0
          ? { anterior_hash: sql.ref<Buffer>('secreto_hash'), anterior_hasta: sql<Date>`now() + make_interval(mins => ${minutos_gracia})` }
          : { anterior_hash: null, anterior_hasta: null };
      const { numUpdatedRows } = await this.db.sql
        .updateTable('claves_api')
        .set({ ...stored, ...former })
        .where('organizacion_id', '=', this.db.organizacion_id)
        .where('id', '=', id)
        .where('prefijo', '=', prefijo)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Problem('rotacion_simultanea');
      return { ...(await this.get(id)), clave };
    });
  }

  /** A propietario sees what a propietario may manage. */
  #visible() {
    return this.db.sql
      .selectFrom('claves_api as c')
      .innerJoin('usuarios as u', (join) => join.onRef('u.organizacion_id', '=', 'c.organizacion_id').onRef('u.id', '=', 'c.usuario_id'))
      .select(['c.id', 'u.nombre', 'c.prefijo', 'u.rol', 'c.permisos', 'c.usuario_id', 'c.expira_en', 'c.anterior_hasta', 'c.ultimo_uso_en'])
      .select(['c.revocada_en', 'c.creado_en', 'c.creado_por', sql<string | null>`host(c.ultima_ip)`.as('ultima_ip')])
      .select(sql<boolean>`c.revocada_en is null and coalesce(c.expira_en > now(), true)`.as('vigente'))
      .where('c.organizacion_id', '=', this.db.organizacion_id)
      .$if(this.db.session.rol === 'propietario', (q) => q.where('u.rol', '=', 'empleado'));
  }
}
