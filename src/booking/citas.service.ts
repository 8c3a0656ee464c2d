import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Db } from '../database/db.service.js';
import { inOrder } from '../database/in-order.js';
import { estado_cita } from '../generated/prisma/enums.js';
import { isInstant } from '../http/fields.js';
import { checkOrder, pageOf, readCursor } from '../http/page.js';
import { absent, fieldProblem, inactive, Problem } from '../http/problems.js';
import { OfertaService, type Oferta } from '../scheduling/oferta.service.js';
import type { CambiarCita, Cita, CrearCita, EventoCita, FiltroCitas, ListaCitas, ReprogramarCita } from './citas.dto.js';
import { citasFrom } from './citas.sql.js';

type Hold = { profesional_id: number; servicio_id: number | null; inicia_en: Date; buffer_antes_minutos: number | null; reservado_por: number | null };

@Injectable()
export class CitasService {
  constructor(
    private readonly db: Db,
    private readonly ofertas: OfertaService,
  ) {}

  get isClient(): boolean {
    return this.db.session.rol === 'cliente';
  }

  /** Rows of `source` that this caller may see, as they are answered. */
  async #answer(source: RawBuilder<unknown>): Promise<Cita> {
    const { rows } = await citasFrom(source, this.db.organizacion_id, this.isClient).execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  /** Of this organisation; for a client, only their own. */
  get mine(): RawBuilder<boolean> {
    const own = sql`and c.cliente_id = (
      select x.id from clientes x where x.organizacion_id = ${this.db.organizacion_id} and x.usuario_id = ${this.db.session.usuario_id})`;
    return sql`c.organizacion_id = ${this.db.organizacion_id} ${this.isClient ? own : sql``}`;
  }

  /** Those of `mine` that this caller may change: an empleado who is a profesional, their own, unless the organisation says otherwise. */
  get changeable(): RawBuilder<boolean> {
    if (this.db.session.rol !== 'empleado') return this.mine;
    const { organizacion_id, session } = this.db;
    return sql`${this.mine} and (
      c.profesional_id = coalesce(
        (select x.id from profesionales x where x.organizacion_id = ${organizacion_id} and x.usuario_id = ${session.usuario_id}), c.profesional_id)
      or (select o.empleados_gestionan_agenda from organizaciones o where o.id = ${organizacion_id}))`;
  }

  /** Whoever sees a cita and may not change it, or not into the agenda of that profesional, is told so. */
  async checkChangeable(id: number, profesional_id?: number): Promise<void> {
    if (this.db.session.rol !== 'empleado') return;
    const agenda = sql`coalesce(${profesional_id ?? null}::bigint, c.profesional_id) as profesional_id`;
    const source = sql`(select c.organizacion_id, ${agenda} from citas c where ${this.mine} and c.id = ${id})`;
    const { rows } = await sql<{ suya: boolean }>`select ${this.changeable} as suya from ${source} c`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    if (!rows[0].suya) throw new Problem('prohibido');
  }

  get(id: number): Promise<Cita> {
    return this.#answer(sql`(select * from citas c where ${this.mine} and c.id = ${id})`);
  }

  byCode(codigo: string): Promise<Cita> {
    const read = codigo.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
    if (!/^[0-9A-Z]{7}$/.test(read)) throw new Problem('no_encontrado');
    return this.#answer(sql`(select * from citas c where ${this.mine} and c.codigo_cita = ${read})`);
  }

  async list(filter: FiltroCitas, finished = false): Promise<ListaCitas> {
    const { limite, cursor, fecha_desde, fecha_hasta, profesional_id, cliente_id, estado } = filter;
    checkOrder({ fecha_desde, fecha_hasta });
    const after = readCursor<[string, number]>(cursor, ([at, id]) => isInstant(at) && Number.isSafeInteger(id));
    const direction = filter.orden === 'desc' ? sql`desc` : sql`asc`;
    const midnight = (fecha: string, days: number) => sql`app.instante_cercano(${fecha}::date + ${days}::int, time '00:00', app.zona_actual())`;
    const conditions = [
      this.mine,
      ...(fecha_desde ? [sql`c.inicia_en >= ${midnight(fecha_desde, 0)}`] : []),
      ...(fecha_hasta ? [sql`c.inicia_en < ${midnight(fecha_hasta, 1)}`] : []),
      ...(profesional_id ? [sql`c.profesional_id = ${profesional_id}`] : []),
      ...(cliente_id ? [sql`c.cliente_id = ${cliente_id}`] : []),
      ...(finished ? [sql`c.estado in ('completada', 'cancelada', 'no_asistio')`] : []),
      ...(after ? [sql`(c.inicia_en, c.id) ${filter.orden === 'desc' ? sql`<` : sql`>`} (${after[0]}::timestamptz, ${after[1]}::bigint)`] : []),
    ];
    const page = sql`order by c.inicia_en ${direction}, c.id ${direction} limit ${limite + 1}`;
    const those = (states: RawBuilder<unknown>[]) => sql`(select * from citas c where ${sql.join([...conditions, ...states], sql` and `)} ${page})`;
    // Each state by itself, and as a literal: so the partial index of an open one gives its first, whatever the plan and however long the history. In
    // an order of ours: each other text is a statement more that every connection keeps.
    const asked = Object.values(estado_cita).filter((one) => estado?.includes(one));
    const each = asked.map((one) => those([sql`c.estado = ${sql.lit(one)}`]));
    const source = each.length > 1 ? sql`(select * from (${sql.join(each, sql` union all `)}) c ${page})` : (each[0] ?? those([]));
    const { rows } = await sql<Cita>`${citasFrom(source, this.db.organizacion_id, this.isClient)} order by c.inicia_en ${direction}, c.id ${direction}`.execute(this.db.sql);
    return pageOf(rows, limite, (row) => [row.inicia_en, row.id]);
  }

  async events(id: number): Promise<EventoCita[]> {
    await this.get(id);
    const { organizacion_id, session } = this.db;
    return this.db.sql
      .selectFrom('historial_citas as h')
      .innerJoin('profesionales as p', (join) => join.onRef('p.organizacion_id', '=', 'h.organizacion_id').onRef('p.id', '=', 'h.profesional_id'))
      .leftJoin('usuarios as u', (join) =>
        join.onRef('u.organizacion_id', '=', 'h.organizacion_id').onRef('u.id', '=', 'h.usuario_id').$call((on) => (this.isClient ? on.on('u.id', '=', session.usuario_id) : on)))
      .select(['h.id', 'h.estado_anterior', 'h.estado_nuevo', 'h.inicia_en_anterior', 'h.inicia_en_nueva', 'h.profesional_id', 'h.motivo', 'h.usuario_id', 'h.rol', 'h.creado_en'])
      .select(['p.nombre_completo as profesional_nombre', 'u.nombre as usuario_nombre'])
      .where('h.organizacion_id', '=', organizacion_id)
      .where('h.cita_id', '=', id)
      .orderBy('h.id')
      .execute();
  }

  async create(body: CrearCita): Promise<Cita> {
    if (this.isClient) this.#refuseStaffFields(body);
    const { profesional_id, servicio_id, fecha_cita, hora_inicio, reserva_id } = body;
    const [offer, cliente_id, hold] = await inOrder<[Oferta, number, Hold | undefined, void]>(
      this.ofertas.offer({ servicio_id, profesional_id, fecha: fecha_cita, hora_inicio, reserva_id }),
      this.#clientOf(body),
      this.#hold(reserva_id),
      this.#checkRoom(),
    );
    this.#checkHold(hold, servicio_id, profesional_id, offer);
    const descuento = body.descuento ?? '0';
    if (Number(descuento) > Number(offer.precio)) throw fieldProblem('descuento', `maximo|${offer.precio}`);
    const { precio, moneda, inicia_en, termina_en, buffer_antes_minutos, buffer_despues_minutos } = offer;
    const estado = body.confirmada || !offer.por_confirmar ? 'confirmada' : 'pendiente';
    return this.#changed(sql`
      insert into citas (organizacion_id, cliente_id, profesional_id, servicio_id, reserva_id, inicia_en, termina_en, buffer_antes_minutos,
        buffer_despues_minutos, estado, precio_servicio, descuento, moneda, origen, notas_cliente, notas_internas)
      values (${this.db.organizacion_id}, ${cliente_id}, ${profesional_id}, ${servicio_id}, ${reserva_id ?? null}, ${inicia_en}, ${termina_en},
        ${buffer_antes_minutos}, ${buffer_despues_minutos}, ${estado}, ${precio}, ${descuento}, ${moneda},
        ${this.isClient ? 'web' : (body.origen ?? 'recepcion')}, ${body.notas_cliente ?? null}, ${body.notas_internas ?? null})`);
  }

  async update(id: number, body: CambiarCita): Promise<Cita> {
    const cita = await this.get(id);
    await this.checkChangeable(id);
    if (body.descuento !== undefined && Number(body.descuento) > Number(cita.precio_servicio)) {
      throw fieldProblem('descuento', `maximo|${cita.precio_servicio}`);
    }
    const set = Object.entries(body).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
    if (set.length === 0) return cita;
    return this.#changed(sql`update citas c set ${sql.join(set)} where ${this.changeable} and c.id = ${id}`);
  }

  /** The old time is freed only if the new one is taken: one UPDATE, and the trigger moves the franja with it. */
  async reschedule(id: number, body: ReprogramarCita): Promise<Cita> {
    const cita = await this.get(id);
    await this.checkDeadline(id);
    await this.checkChangeable(id);
    if (body.profesional_id) await this.checkChangeable(id, body.profesional_id);
    const profesional_id = body.profesional_id ?? cita.profesional_id;
    const { fecha_cita: fecha, hora_inicio, reserva_id } = body;
    const offer = await this.ofertas.offer({ servicio_id: cita.servicio_id, profesional_id, fecha, hora_inicio, reserva_id, cita_de: cita.profesional_id });
    this.#checkHold(await this.#hold(reserva_id), cita.servicio_id, profesional_id, offer);
    // Another professional has their own price and duration; the same one keeps what was agreed. Whose it is the UPDATE reads: meanwhile it may have moved.
    const other = sql`c.profesional_id <> ${profesional_id}`;
    // The trigger refuses to move what is closed, but to its own time nothing moves: whoever asks would believe that it lives again.
    const moved = await this.changed(sql`
      update citas c set inicia_en = ${offer.inicia_en}, profesional_id = ${profesional_id}, reserva_id = ${reserva_id ?? null},
        termina_en = case when ${other} then ${offer.termina_en}::timestamptz else ${offer.inicia_en}::timestamptz + (c.termina_en - c.inicia_en) end,
        precio_servicio = case when ${other} then ${offer.precio}::numeric else c.precio_servicio end,
        descuento = case when ${other} then least(c.descuento, ${offer.precio}::numeric) else c.descuento end,
        buffer_antes_minutos = case when ${other} then ${offer.buffer_antes_minutos}::int else c.buffer_antes_minutos end,
        buffer_despues_minutos = case when ${other} then ${offer.buffer_despues_minutos}::int else c.buffer_despues_minutos end,
        veces_reprogramada = c.veces_reprogramada + (${other} or c.inicia_en <> ${offer.inicia_en}::timestamptz)::int
      where ${this.changeable} and c.id = ${id} and c.estado in ('pendiente', 'confirmada')`);
    if (!moved) throw new Problem('cita_no_movible');
    return moved;
  }

  /** A client cancels or moves only until the organisation's deadline; staff always. */
  async checkDeadline(id: number): Promise<void> {
    if (!this.isClient) return;
    const { rows } = await sql<{ late: boolean }>`
      select c.estado in ('pendiente', 'confirmada') and c.inicia_en < app.ahora() + make_interval(mins => o.antelacion_cancelacion_minutos) as late
      from citas c join organizaciones o on o.id = c.organizacion_id
      where ${this.mine} and c.id = ${id}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    if (rows[0].late) throw new Problem('plazo_vencido');
  }

  /** Runs a write of citas and answers the row it wrote; null when it wrote none. */
  async changed(write: RawBuilder<unknown>): Promise<Cita | null> {
    const { rows } = await sql<Cita>`with cambiada as (${write} returning *) ${citasFrom(sql`cambiada`, this.db.organizacion_id, this.isClient)}`.execute(this.db.sql);
    return rows[0] ?? null;
  }

  async #changed(write: RawBuilder<unknown>): Promise<Cita> {
    const cita = await this.changed(write);
    if (!cita) throw new Problem('no_encontrado');
    return cita;
  }

  #refuseStaffFields(body: CrearCita): void {
    const fields = (['cliente_id', 'descuento', 'confirmada', 'origen', 'notas_internas'] as const).filter((field) => body[field] !== undefined);
    if (fields.length) throw new Problem('datos_invalidos', { errores: fields.map((campo) => ({ campo, mensaje: 'desconocido' })) });
  }

  async #clientOf({ cliente_id }: CrearCita): Promise<number> {
    if (!this.isClient && cliente_id === undefined) throw fieldProblem('cliente_id', 'requerido');
    const client = await this.db.sql
      .selectFrom('clientes')
      .select(['id', 'activo'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .$if(this.isClient, (q) => q.where('usuario_id', '=', this.db.session.usuario_id))
      .$if(!this.isClient, (q) => q.where('id', '=', cliente_id!))
      .$if(this.isClient, (q) => q.forNoKeyUpdate()) // one booking of a client at a time: two at once would each find room
      .executeTakeFirst();
    if (!client) throw absent('cliente_id');
    if (!client.activo) throw inactive('cliente_id');
    return client.id;
  }

  /** Anybody opens a client's account: it must not take every hour there is. A statement of its own, behind the lock of #clientOf: it sees who went before. */
  async #checkRoom(): Promise<void> {
    if (!this.isClient) return;
    const { rows } = await sql<{ citas_por_cliente: number }>`
      select o.citas_por_cliente from organizaciones o
      where o.id = ${this.db.organizacion_id} and o.citas_por_cliente <= (
        select count(*) from citas c where ${this.mine} and c.inicia_en > app.ahora() and c.estado in ('pendiente', 'confirmada'))`.execute(this.db.sql);
    if (rows[0]) throw new Problem('demasiadas_citas', { args: [String(rows[0].citas_por_cliente)] });
  }

  async #hold(id?: number): Promise<Hold | undefined> {
    if (id === undefined) return undefined;
    return this.db.sql
      .selectFrom('horarios_disponibilidad')
      .select(['profesional_id', 'servicio_id', 'inicia_en', 'buffer_antes_minutos', 'reservado_por'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('id', '=', id)
      .where('estado', '=', 'reservado_temporal')
      .executeTakeFirst();
  }

  /** A hold that is not the caller's, or no longer there, is simply not free time: the insert answers that. */
  #checkHold(hold: Hold | undefined, servicio_id: number, profesional_id: number, offer: Oferta): void {
    if (!hold) return;
    if (this.isClient && hold.reservado_por !== this.db.session.usuario_id) throw new Problem('reserva_vencida');
    const inicia_en = hold.inicia_en.getTime() + (hold.buffer_antes_minutos ?? offer.buffer_antes_minutos) * 60_000;
    if (hold.profesional_id !== profesional_id || hold.servicio_id !== servicio_id || inicia_en !== offer.inicia_en.getTime()) {
      throw new Problem('reserva_no_corresponde');
    }
  }
}
