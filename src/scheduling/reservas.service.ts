import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { STAFF } from '../http/access.js';
import { Problem } from '../http/problems.js';
import { OfertaService } from './oferta.service.js';
import type { PedirReserva, Reserva } from './reservas.dto.js';

/** A hold is a franja cut out for minutes. A client has one at a time; staff hold for whoever is on the phone. */
@Injectable()
export class ReservasService {
  constructor(
    private readonly db: Db,
    private readonly oferta: OfertaService,
  ) {}

  async create(body: PedirReserva): Promise<Reserva> {
    const { organizacion_id, session } = this.db;
    if (session.rol === 'cliente') await this.#releaseOwn(body.profesional_id);
    const offer = await this.oferta.offer(body);
    const { rows } = await sql<{ id: number }>`
      select app.ocupar_franja(${organizacion_id}, ${body.profesional_id}, ${body.fecha}::date, ${offer.ocupa_desde}, ${offer.ocupa_hasta},
        'reservado_temporal', ${body.servicio_id}, null, null, app.ahora() + make_interval(mins => ${offer.minutos_reserva_temporal})) as id
      from app.bloquear_profesionales(${organizacion_id}, array[${body.profesional_id}]::bigint[])`.execute(this.db.sql);
    return this.get(rows[0].id);
  }

  /** Live and one's own; staff see all. Its times are those of the service, without the buffers that the franja has included since it was made. */
  async get(id: number): Promise<Reserva> {
    const { rows } = await sql<Reserva>`
      select h.id, h.servicio_id, h.profesional_id, h.fecha, (t.inicia_en at time zone o.zona_horaria)::time as hora_inicio,
        app.hora_de_fin(t.inicia_en at time zone o.zona_horaria, app.fin_local(t.termina_en, o.zona_horaria)) as hora_fin, t.inicia_en, t.termina_en,
        round(coalesce(sp.precio_personalizado, s.precio) * (1 + coalesce(h.precio_dinamico, 0) / 100), m.decimales)::numeric(12,2) as precio, o.moneda,
        (extract(epoch from t.termina_en - t.inicia_en) / 60)::int as duracion_minutos, h.reservado_hasta
      from horarios_disponibilidad h
      join organizaciones o on o.id = h.organizacion_id
      join monedas m on m.codigo = o.moneda
      join servicios s on s.organizacion_id = h.organizacion_id and s.id = h.servicio_id
      left join servicios_profesionales sp
        on sp.organizacion_id = h.organizacion_id and sp.profesional_id = h.profesional_id and sp.servicio_id = h.servicio_id and sp.activo
      cross join lateral (select h.inicia_en + make_interval(mins => coalesce(h.buffer_antes_minutos, s.buffer_antes_minutos)) as inicia_en,
                                 h.termina_en - make_interval(mins => coalesce(h.buffer_despues_minutos, s.buffer_despues_minutos)) as termina_en) t
      where h.organizacion_id = ${this.db.organizacion_id} and h.id = ${id} and ${this.#mine()}`.execute(this.db.sql);
    if (!rows[0]) throw new Problem('no_encontrado');
    return rows[0];
  }

  async release(id: number): Promise<void> {
    const { organizacion_id } = this.db;
    const { profesional_id } = await this.get(id);
    // The lock before the row: a booking that consumes this hold takes them in the same order.
    await sql`select app.bloquear_profesionales(${organizacion_id}, array[${profesional_id}]::bigint[])`.execute(this.db.sql);
    const { rows } = await sql<{ fecha: string }>`
      delete from horarios_disponibilidad h where h.organizacion_id = ${organizacion_id} and h.id = ${id} and ${this.#mine()} returning h.fecha`.execute(this.db.sql);
    if (rows.length === 0) throw new Problem('no_encontrado');
    const [{ fecha }] = rows; // as it is now: a change of zone that had the lock before may have put it on another day
    await sql`select app.generar_franjas(${organizacion_id}, array[${profesional_id}]::bigint[], ${fecha}::date, ${fecha}::date)`.execute(this.db.sql);
  }

  /** Gives back what this client held, with the lock of the professional they now ask for. */
  async #releaseOwn(profesional_id: number): Promise<void> {
    const { organizacion_id, session } = this.db;
    // One request of a client at a time: two at once would each find nothing to give back.
    await sql`select from usuarios where organizacion_id = ${organizacion_id} and id = ${session.usuario_id} for no key update`.execute(this.db.sql);
    const own = sql`organizacion_id = ${organizacion_id} and estado = 'reservado_temporal' and reservado_por = ${session.usuario_id}`;
    const { rows: held } = await sql<{ profesional_id: number }>`select profesional_id from horarios_disponibilidad where ${own}`.execute(this.db.sql);
    if (held.length === 0) return;
    const ids = [profesional_id, ...held.map((h) => h.profesional_id)];
    await sql`select app.bloquear_profesionales(${organizacion_id}, ${ids}::bigint[])`.execute(this.db.sql);
    const { rows: freed } = await sql<{ profesional_id: number; fecha: string }>`
      delete from horarios_disponibilidad where ${own} returning profesional_id, fecha`.execute(this.db.sql);
    for (const { profesional_id: id, fecha } of freed) {
      await sql`select app.generar_franjas(${organizacion_id}, array[${id}]::bigint[], ${fecha}::date, ${fecha}::date)`.execute(this.db.sql);
    }
  }

  #mine() {
    const { rol, usuario_id } = this.db.session;
    const staff = rol !== null && STAFF.includes(rol);
    return sql`h.estado = 'reservado_temporal' and h.reservado_hasta > app.ahora() and (${staff} or h.reservado_por = ${usuario_id})`;
  }
}
