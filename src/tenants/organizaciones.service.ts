import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { phone } from '../http/phone.js';
import { fieldProblem, Problem } from '../http/problems.js';
import type { CambiarOrganizacion, Organizacion } from './organizaciones.dto.js';

const COLUMNS = [
  'id', 'codigo_tenant', 'nombre_comercial', 'razon_social', 'identificacion_fiscal', 'tipo_industria', 'plan_actual', 'email_admin', 'telefono',
  'sitio_web', 'logo_url', 'descripcion', 'direccion', 'ciudad', 'pais', 'zona_horaria', 'moneda', 'idioma', 'paso_minutos', 'antelacion_minima_minutos',
  'horizonte_dias', 'antelacion_cancelacion_minutos', 'citas_por_cliente', 'minutos_reserva_temporal', 'tolerancia_minutos', 'confirmacion_automatica', 'empleados_gestionan_agenda',
  'segundo_factor_obligatorio', 'retencion_chat_dias', 'recordatorios_activos', 'recordatorios_minutos', 'silencio_desde', 'silencio_hasta', 'feedback_minutos',
  'inasistencia_minutos', 'activo', 'creado_en', 'actualizado_en',
] as const;

const MAX_SILENCE = 20 * 60;

@Injectable()
export class OrganizacionesService {
  constructor(private readonly db: Db) {}

  /** Only the organisation of the token exists. */
  async get(id: number): Promise<Organizacion> {
    if (id !== this.db.organizacion_id) throw new Problem('no_encontrado');
    return this.db.sql.selectFrom('organizaciones').select(COLUMNS).where('id', '=', id).executeTakeFirstOrThrow();
  }

  async update(id: number, body: CambiarOrganizacion): Promise<Organizacion> {
    // One zone after the other: of two forms saved at once, the second would bring back the zone that it read and move no agenda.
    if (body.zona_horaria !== undefined) await sql`select from organizaciones where id = ${this.db.organizacion_id} for no key update`.execute(this.db.sql);
    const before = await this.get(id);
    const { segundo_factor_obligatorio: required = before.segundo_factor_obligatorio } = body;
    const values = { ...body };
    if (this.db.session.rol !== 'admin') {
      if (required !== before.segundo_factor_obligatorio) throw new Problem('prohibido');
      delete values.segundo_factor_obligatorio; // the same it may be no more: an admin who changes it right now would be overruled
    }
    if (Object.keys(values).length === 0) return before;
    if (body.zona_horaria !== undefined && !isZone(body.zona_horaria)) throw fieldProblem('zona_horaria', 'zona');
    if (body.telefono) values.telefono = phone(body.telefono, body.pais ?? before.pais, 'telefono');
    if (body.recordatorios_minutos) values.recordatorios_minutos = body.recordatorios_minutos.toSorted((a, b) => b - a);
    checkSilence(before, body);
    const moves = body.zona_horaria !== undefined && body.zona_horaria !== before.zona_horaria;
    if (moves) await this.#lockAgendas(id);
    await this.db.sql.updateTable('organizaciones').set(values).where('id', '=', id).execute();
    if (moves) await this.#regenerate(id);
    return this.get(id);
  }

  /**
   * Nobody books while the zone changes: a booking that began under the old zone would keep its local time. The citas that will be written first, as who cancels
   * or moves one takes them: by the index of starts (no zone's today began two days ago, no cita takes a day).
   * One that was booked in between may be held by who waits for us by now: let them go first.
   */
  async #lockAgendas(id: number) {
    const coming = sql`from citas c where c.organizacion_id = ${id} and c.inicia_en > app.ahora() - interval '3 days'`;
    for (let all = false; !all; ) {
      await sql`select ${coming} order by c.id for no key update`.execute(this.db.sql);
      await sql`savepoint profesionales`.execute(this.db.sql);
      await sql`select app.bloquear_profesionales(${id}, array(select p.id from profesionales p where p.organizacion_id = ${id}))`.execute(this.db.sql);
      const { rows } = await sql<{ all: boolean }>`
        select (select count(*) ${coming}) = (select count(*) from (select ${coming} for no key update skip locked) taken) as all`.execute(this.db.sql);
      all = rows[0].all;
      if (!all) await sql`rollback to savepoint profesionales`.execute(this.db.sql);
    }
  }

  /**
   * The trigger moved the local times of what is to come; free time is made again, at the hours of the new zone. A hold that it put across midnight gives
   * way: no hours hold it, and released or expired it would give back the time of its first day alone. So does one put on a day that is not generated
   * yet: given back, it would open that day.
   */
  async #regenerate(id: number) {
    await sql`
      delete from horarios_disponibilidad h
      using profesionales p
      where h.organizacion_id = ${id} and p.organizacion_id = ${id} and p.id = h.profesional_id
        and (h.estado in ('disponible', 'bloqueado') or (h.estado = 'reservado_temporal' and (h.hora_fin < h.hora_inicio or h.fecha > p.generado_hasta)))
        and h.termina_en > app.instante_cercano(app.hoy(), time '00:00', app.zona_actual())`.execute(this.db.sql);
    await sql`
      select app.generar_franjas(p.organizacion_id, array_agg(p.id), app.hoy(), p.generado_hasta)
      from profesionales p
      where p.organizacion_id = ${id} and p.generado_hasta >= app.hoy()
      group by p.organizacion_id, p.generado_hasta`.execute(this.db.sql);
  }
}

function checkSilence(before: Organizacion, { silencio_desde = before.silencio_desde, silencio_hasta = before.silencio_hasta }: CambiarOrganizacion) {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  if (silencio_desde === null && silencio_hasta === null) return;
  const length = silencio_desde !== null && silencio_hasta !== null ? (minutes(silencio_hasta) - minutes(silencio_desde) + 1440) % 1440 : 0;
  if (length === 0 || length > MAX_SILENCE) throw fieldProblem('silencio_hasta', 'silencio|silencio_desde');
}

/** PostgreSQL knows one zone more than who writes dates into invoices and messages. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
